package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.RecurrentOp;

/**
 * How the work of a recurrent layer is divided among threads. The rows of a batch do not see each
 * other, so each thread takes its slice of the batch through all timesteps without waiting for the
 * others. If there are few rows and many units, there is one slice, and the threads share each
 * product.
 *
 * @param batch B
 * @param parts the number of slices
 * @param sharedProducts whether the threads share each product; then parts is 1
 */
record BatchSlices(int batch, int parts, boolean sharedProducts) {
  /** Cuts lie at multiples of the rows that the matrix product takes at once. */
  private static final int UNIT = 4;

  /** Fewer multiplications than this in all timesteps are not worth a second thread. */
  private static final long WORTH_A_THREAD = 1 << 17;

  /** Fewer multiplications than this in one timestep are not worth waiting for each other. */
  private static final long WORTH_WAITING = 1 << 16;

  /** The division of a recurrent layer's batch among {@code threads} threads. */
  static BatchSlices of(RecurrentOp.Recurrent op, int threads) {
    int width = op.cell().gates() * op.units();
    return of(op.batch(), op.timesteps(), op.features(), op.units(), width, threads);
  }

  static BatchSlices of(int batch, int timesteps, int features, int units, int width, int threads) {
    long product = (long) batch * units * width;
    long all = timesteps * (product + (long) batch * features * width);
    long most = Math.max(1, Math.min(threads, Math.min(ceil(batch), all / WORTH_A_THREAD)));
    if (2 * most <= threads && product >= WORTH_WAITING) {
      return new BatchSlices(batch, 1, true);
    }
    return new BatchSlices(batch, (int) most, false);
  }

  private static int ceil(int rows) {
    return (rows + UNIT - 1) / UNIT;
  }

  /** The first row of a slice. */
  int from(int part) {
    return Math.min(batch, (int) ((long) ceil(batch) * part / parts) * UNIT);
  }

  /** The number of rows of a slice. */
  int rows(int part) {
    return from(part + 1) - from(part);
  }
}
