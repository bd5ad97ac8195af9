package io.github.lstm4j.io;

import java.util.stream.IntStream;

/** Rows as columns, for the layouts of others. */
public final class Transposition {
  private static final int TILE = 32;

  private Transposition() {}

  /**
   * Sets {@code y[at + k·yStride + i]} to {@code x[from + i·xStride + k]}, in tiles that the cache
   * holds, by all processors.
   *
   * @param rows of x, each begins {@code xStride} behind the one before; the numbers i
   * @param columns of x, the numbers k; {@code yStride} lies between their beginnings in y
   */
  public static void transpose(
      float[] x, int from, int xStride, float[] y, int at, int yStride, int rows, int columns) {
    IntStream.range(0, (columns + TILE - 1) / TILE)
        .parallel()
        .forEach(
            tile -> {
              int until = Math.min(columns, (tile + 1) * TILE);
              for (int i0 = 0; i0 < rows; i0 += TILE) {
                int end = Math.min(rows, i0 + TILE);
                for (int k = tile * TILE; k < until; k++) {
                  int to = at + k * yStride;
                  for (int i = i0; i < end; i++) {
                    y[to + i] = x[from + i * xStride + k];
                  }
                }
              }
            });
  }
}
