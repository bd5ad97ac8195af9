package io.github.lstm4j.backend.cpu;

/**
 * The rows of a batch divided among threads. The rows of an LSTM do not see each other, so each
 * thread takes its slice through all timesteps without waiting for the others.
 */
record BatchSlices(int batch, int parts) {
  /** Cuts lie at multiples of the rows that the matrix product takes at once. */
  private static final int UNIT = 4;

  /** Fewer products than this in all timesteps are not worth a second thread. */
  private static final long WORTH_A_THREAD = 1 << 17;

  /** At most {@code threads} slices for {@code work} multiplications in all. */
  static BatchSlices of(int batch, long work, int threads) {
    long most = Math.min(threads, Math.min((batch + UNIT - 1) / UNIT, work / WORTH_A_THREAD));
    return new BatchSlices(batch, (int) Math.max(1, most));
  }

  /** The first row of a slice. */
  int from(int part) {
    int units = (batch + UNIT - 1) / UNIT;
    return Math.min(batch, units * part / parts * UNIT);
  }

  /** The number of rows of a slice. */
  int rows(int part) {
    return from(part + 1) - from(part);
  }
}
