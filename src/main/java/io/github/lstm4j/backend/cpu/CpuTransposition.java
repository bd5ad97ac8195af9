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

  private final int timesteps;
  private final int batch;
  private final int width;
  private final BatchSlices slices;
  private final ThreadTeam team;

  /**
   * @param value (T,B,…)
   */
  CpuTransposition(Value value, ThreadTeam team) {
    this.timesteps = value.dim(0);
    this.batch = value.dim(1);
    this.width = value.size() / (timesteps * batch);
    int parts = Math.max(1, Math.min(team.size(), value.size() / GRAIN));
    this.slices = new BatchSlices(batch, parts, false);
    this.team = team;
  }

  /**
   * Samples on their way in.
   *
   * @param from where the first one stands in the order, else the index of its first element
   * @param order which of the samples to take, or null: one after the other
   */
  void in(float[] samples, int from, int[] order, float[] steps, int at) {
    team.run(
        slices.parts(),
        part -> {
          int begin = slices.from(part);
          int end = begin + slices.rows(part);
          int each = timesteps * width;
          for (int t = 0; t < timesteps; t++) {
            for (int b = begin; b < end; b++) {
              int sample = order == null ? from + b * each : order[from + b] * each;
              copy(samples, sample + t * width, steps, at + (t * batch + b) * width);
            }
          }
        });
  }

  /** Samples on their way out, to {@code to} and on. */
  void out(float[] steps, int at, float[] samples, int to) {
    team.run(
        slices.parts(),
        part -> {
          int begin = slices.from(part);
          int end = begin + slices.rows(part);
          for (int b = begin; b < end; b++) {
            for (int t = 0; t < timesteps; t++) {
              int y = to + (b * timesteps + t) * width;
              copy(steps, at + (t * batch + b) * width, samples, y);
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
