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
              int k = tile * TILE;
              int few = Math.min(TILE, columns - k);
              block(x, from + k, xStride, y, at + k * yStride, yStride, rows, few);
            });
  }

  /** As {@link #transpose}, by the thread that calls. */
  static void block(
      float[] x, int from, int xStride, float[] y, int at, int yStride, int rows, int columns) {
    float[] tile = new float[TILE * TILE]; // rows of a power of two evict one another
    for (int k0 = 0; k0 < columns; k0 += TILE) {
      int wide = Math.min(TILE, columns - k0);
      for (int i0 = 0; i0 < rows; i0 += TILE) {
        int high = Math.min(TILE, rows - i0);
        for (int i = 0; i < high; i++) {
          System.arraycopy(x, from + (i0 + i) * xStride + k0, tile, i * TILE, wide);
        }
        for (int k = 0; k < wide; k++) {
          int to = at + (k0 + k) * yStride + i0;
          for (int i = 0; i < high; i++) {
            y[to + i] = tile[i * TILE + k];
          }
        }
      }
    }
  }
}
