package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Value;

/**
 * The way of sequences from samples first (B,T,…), as users have them, to timesteps first (T,B,…),
 * and back. Each thread moves the samples that {@link BatchSlices} gives it in a recurrent layer:
 * they are, and stay, in its own cache.
 */
final class CpuTransposition {
  /** Fewer floats than this are not worth a second thread. */
  private static final int GRAIN = 1 << 12;

  /** So much of a sample, a page of memory, is moved before the next one's turn. */
  private static final int BLOCK = 1 << 10;

  private final int timesteps;
  private final int batch;
  private final int width;
  private final int each; // elements of a sample
  private final int block; // timesteps
  private final BatchSlices slices;
  private final ThreadTeam team;

  /**
   * @param value (T,B,…)
   */
  CpuTransposition(Value value, ThreadTeam team) {
    this.timesteps = value.dim(0);
    this.batch = value.dim(1);
    this.each = value.size() / batch;
    this.width = each / timesteps;
    this.block = Math.max(1, BLOCK / Math.max(1, width));
    int parts = Math.max(1, Math.min(team.size(), value.size() / GRAIN));
    this.slices = new BatchSlices(batch, parts, false);
    this.team = team;
  }

  /**
   * Samples on their way in.
   *
   * @param base where all samples begin in their array
   * @param from where the first one stands in the order, else the index of its first element,
   *     counted from there
   * @param order which of the samples to take, or null: one after the other
   */
  void in(float[] samples, int base, int from, int[] order, float[] steps, int at) {
    move(samples, base, from, order, steps, at, true);
  }

  /** Samples on their way out, to {@code to} and on. */
  void out(float[] steps, int at, float[] samples, int to) {
    move(samples, 0, to, null, steps, at, false);
  }

  private void move(
      float[] samples, int base, int from, int[] order, float[] steps, int at, boolean in) {
    team.run(
        slices.parts(),
        part -> {
          int end = slices.from(part + 1);
          for (int first = 0; first < timesteps; first += block) {
            int last = Math.min(timesteps, first + block);
            for (int b = slices.from(part); b < end; b++) {
              int sample = base + (order == null ? from + b * each : order[from + b] * each);
              for (int t = first; t < last; t++) {
                int step = at + (t * batch + b) * width;
                if (in) {
                  copy(samples, sample + t * width, steps, step);
                } else {
                  copy(steps, step, samples, sample + t * width);
                }
              }
            }
          }
        });
  }

  private void copy(float[] from, int at, float[] to, int toAt) {
    if (width == 1) {
      to[toAt] = from[at];
    } else {
      System.arraycopy(from, at, to, toAt, width);
    }
  }
}
