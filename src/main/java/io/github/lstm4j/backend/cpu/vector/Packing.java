package io.github.lstm4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** Copies the factors of a product into panels, which {@link Tiles} read from front to back. */
final class Packing {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int APART = Tiles.APART;

  private Packing() {}

  /**
   * Copies {@code depth} rows of op(B), {@code width} long, into panels from {@code to} on.
   *
   * @param high how many rows a panel has
   */
  static void columns(
      boolean transpose,
      int width,
      int depth,
      float[] b,
      int at,
      int ldb,
      float[] panels,
      int to,
      int high) {
    int j = 0;
    // two panels at a time: their rows lie in one line of the cache
    for (; !transpose && j + 2 * LANES <= width; j += 2 * LANES) {
      for (int q = 0; q < depth; q++) {
        int from = at + q * ldb + j;
        int next = to + j * high + q * LANES;
        FloatVector.fromArray(SPECIES, b, from).intoArray(panels, next);
        FloatVector.fromArray(SPECIES, b, from + LANES).intoArray(panels, next + high * LANES);
      }
    }
    for (; j < width; j += LANES) {
      int columns = Math.min(LANES, width - j);
      int panel = to + j * high;
      if (transpose) {
        for (int x = 0; x < columns; x++) {
          int from = at + (j + x) * ldb;
          for (int q = 0; q < depth; q++) {
            panels[panel + q * LANES + x] = b[from + q];
          }
        }
      } else {
        for (int q = 0; q < depth; q++) {
          System.arraycopy(b, at + q * ldb + j, panels, panel + q * LANES, columns);
        }
      }
    }
  }

  /**
   * Copies {@code rows} rows of op(A), {@code depth} long, into panels one after the other.
   *
   * @param high the rows of a panel, 6 or 8
   * @param inHigh so many of the rows are in such panels, the others four in each
   * @param panelsAt where the first of them goes; a transposed A may leave a vector behind the last
   * @param length how many k a panel has
   */
  static void rows(
      boolean transpose,
      int rows,
      int high,
      int inHigh,
      int depth,
      float[] a,
      int at,
      int lda,
      float[] panels,
      int panelsAt,
      int length) {
    int rowStep = transpose ? 1 : lda;
    int depthStep = transpose ? lda : 1;
    int to = panelsAt;
    for (int y = 0; y < rows; ) {
      int height = y < inHigh ? high : 4;
      int from = at + y * rowStep;
      boolean whole = y + height <= rows;
      if (transpose && whole) {
        for (int x = 0; x < height; x += LANES) {
          int part = Math.min(LANES, height - x);
          // what is read beyond a panel's rows is not used; but the array may end there
          int fit = Math.floorDiv(a.length - LANES - from - x, lda) + 1;
          int inside = Math.max(0, Math.min(depth, fit));
          side(inside, a, from + x, lda, panels, to + x);
          int end = from + x + inside * lda;
          edge(part, depth - inside, a, end, 1, lda, panels, to + x + inside * APART);
        }
      } else if (transpose || !whole) {
        edge(Math.min(height, rows - y), depth, a, from, rowStep, depthStep, panels, to);
      } else if (height == 8) {
        four(depth, a, from, lda, panels, to);
        four(depth, a, from + 4 * lda, lda, panels, to + 4);
      } else if (height == 6) {
        six(depth, a, from, lda, panels, to);
      } else {
        four(depth, a, from, lda, panels, to);
      }
      to += APART * length;
      y += height;
    }
  }

  /**
   * Where the rows of op(A) lie side by side, and a vector has room for a panel's. A longer one
   * leaves some in the next k, which comes after.
   */
  private static void side(int depth, float[] a, int at, int lda, float[] panel, int to) {
    for (int q = 0; q < depth; q++) {
      FloatVector.fromArray(SPECIES, a, at + q * lda).intoArray(panel, to + q * APART);
    }
  }

  private static void six(int depth, float[] a, int at, int lda, float[] panel, int to) {
    int next = to;
    for (int from = at; from < at + depth; from++, next += APART) {
      panel[next] = a[from];
      panel[next + 1] = a[from + lda];
      panel[next + 2] = a[from + 2 * lda];
      panel[next + 3] = a[from + 3 * lda];
      panel[next + 4] = a[from + 4 * lda];
      panel[next + 5] = a[from + 5 * lda];
    }
  }

  private static void four(int depth, float[] a, int at, int lda, float[] panel, int to) {
    int next = to;
    for (int from = at; from < at + depth; from++, next += APART) {
      panel[next] = a[from];
      panel[next + 1] = a[from + lda];
      panel[next + 2] = a[from + 2 * lda];
      panel[next + 3] = a[from + 3 * lda];
    }
  }

  private static void edge(
      int rows, int depth, float[] a, int at, int rowStep, int depthStep, float[] panel, int to) {
    for (int y = 0; y < rows; y++) {
      int from = at + y * rowStep;
      for (int q = 0; q < depth; q++, from += depthStep) {
        panel[to + q * APART + y] = a[from];
      }
    }
  }
}
