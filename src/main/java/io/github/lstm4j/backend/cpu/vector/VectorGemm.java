package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.Gemm;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * The matrix product in the Vector API: a tile of C of 4 rows and 2 vectors is summed in registers,
 * reading B from panels as wide as the tile and A in rows.
 *
 * <p>An element of C is a chain of fused multiply-adds over DEPTH elements of k, then these sums
 * are added in order: in a full tile, in one at the edge, and in a single row.
 */
final class VectorGemm implements Gemm {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  /** The tile. */
  static final int ROWS = 4;

  static final int COLUMNS = 2 * LANES;

  /** A panel of B, DEPTH x COLUMNS, stays in the first-level cache while rows of A pass by. */
  private static final int DEPTH = 256;

  /** Of A, HEIGHT x DEPTH stay in the second-level cache while panels of B pass by. */
  private static final int HEIGHT = 192;

  /** Of an unpacked B, DEPTH x WIDTH are packed at a time. */
  private static final int WIDTH = 16 * COLUMNS;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /** What one thread needs. */
  private static final class Scratch {
    final float[] blockA = new float[HEIGHT * DEPTH];
    final float[] blockB = new float[DEPTH * WIDTH];
    final float[] tile = new float[ROWS * COLUMNS];
  }

  @Override
  public void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      boolean accumulate) {
    Gemm.check("A", transposeA ? k : m, transposeA ? m : k, a, aAt, lda);
    Gemm.check("B", transposeB ? n : k, transposeB ? k : n, b, bAt, ldb);
    Gemm.check("C", m, n, c, cAt, ldc);
    Scratch scratch = SCRATCH.get();
    // an empty sum still replaces C: one round for k = 0
    for (int q = 0; q == 0 || q < k; q += DEPTH) {
      int depth = Math.min(DEPTH, k - q);
      boolean add = accumulate || q > 0;
      if (m == 1 && !transposeA && !transposeB) {
        unpackedRow(n, depth, a, aAt + q, b, bAt + q * ldb, ldb, c, cAt, add, scratch);
        continue;
      }
      for (int j = 0; j < n; j += WIDTH) {
        int width = Math.min(WIDTH, n - j);
        int from = bAt + (transposeB ? j * ldb + q : q * ldb + j);
        packPanels(transposeB, width, depth, b, from, ldb, scratch.blockB, 0);
        if (!transposeA) {
          rows(m, width, depth, a, aAt + q, lda, scratch.blockB, 0, c, cAt + j, ldc, add, scratch);
          continue;
        }
        for (int i = 0; i < m; i += HEIGHT) {
          int height = Math.min(HEIGHT, m - i);
          transpose(height, depth, a, aAt + q * lda + i, lda, scratch.blockA);
          int to = cAt + i * ldc + j;
          rows(
              height,
              width,
              depth,
              scratch.blockA,
              0,
              DEPTH,
              scratch.blockB,
              0,
              c,
              to,
              ldc,
              add,
              scratch);
        }
      }
    }
  }

  @Override
  public PackedB packedB(int k, int n) {
    return new Panels(k, n);
  }

  /** For every DEPTH rows of B the panels side by side, the last one filled up with zeros. */
  private static final class Panels implements PackedB {
    private final int k;
    private final int n;
    private final int paddedN;
    private final float[] panels;

    Panels(int k, int n) {
      this.k = k;
      this.n = n;
      paddedN = (n + COLUMNS - 1) / COLUMNS * COLUMNS;
      panels = new float[Math.multiplyExact(k, paddedN)];
    }

    @Override
    public void pack(boolean transpose, float[] b, int bAt, int ldb) {
      Gemm.check("B", transpose ? n : k, transpose ? k : n, b, bAt, ldb);
      for (int q = 0; q < k; q += DEPTH) {
        int from = bAt + (transpose ? q : q * ldb);
        packPanels(transpose, n, Math.min(DEPTH, k - q), b, from, ldb, panels, q * paddedN);
      }
    }

    @Override
    public void multiply(
        boolean transpose,
        int m,
        float[] a,
        int aAt,
        int lda,
        float[] c,
        int cAt,
        int ldc,
        boolean accumulate) {
      Gemm.check("A", transpose ? k : m, transpose ? m : k, a, aAt, lda);
      Gemm.check("C", m, n, c, cAt, ldc);
      Scratch scratch = SCRATCH.get();
      for (int q = 0; q == 0 || q < k; q += DEPTH) {
        int depth = Math.min(DEPTH, k - q);
        boolean add = accumulate || q > 0;
        int panel = q * paddedN;
        if (!transpose) {
          rows(m, n, depth, a, aAt + q, lda, panels, panel, c, cAt, ldc, add, scratch);
          continue;
        }
        float[] block = scratch.blockA;
        for (int i = 0; i < m; i += HEIGHT) {
          int height = Math.min(HEIGHT, m - i);
          transpose(height, depth, a, aAt + q * lda + i, lda, block);
          int to = cAt + i * ldc;
          rows(height, n, depth, block, 0, DEPTH, panels, panel, c, to, ldc, add, scratch);
        }
      }
    }
  }

  /** Copies {@code depth} rows of op(B), {@code width} long, into panels from {@code to} on. */
  private static void packPanels(
      boolean transpose, int width, int depth, float[] b, int at, int ldb, float[] panels, int to) {
    for (int j = 0; j < width; j += COLUMNS) {
      int columns = Math.min(COLUMNS, width - j);
      int panel = to + j * depth;
      if (transpose) {
        for (int x = 0; x < columns; x++) {
          int from = at + (j + x) * ldb;
          for (int q = 0; q < depth; q++) {
            panels[panel + q * COLUMNS + x] = b[from + q];
          }
        }
      } else {
        for (int q = 0; q < depth; q++) {
          System.arraycopy(b, at + q * ldb + j, panels, panel + q * COLUMNS, columns);
        }
      }
    }
  }

  /** The transpose of {@code depth} rows of A, as {@code height} rows with distance DEPTH. */
  private static void transpose(int height, int depth, float[] a, int at, int lda, float[] to) {
    int few = 8; // columns at a time, so that a line of the cache is read once
    for (int i = 0; i < height; i += few) {
      int end = Math.min(i + few, height);
      for (int q = 0; q < depth; q++) {
        int from = at + q * lda;
        for (int y = i; y < end; y++) {
          to[y * DEPTH + q] = a[from + y];
        }
      }
    }
  }

  /** (m,depth)x(depth,n) -> (m,n), B in panels. */
  private static void rows(
      int m,
      int n,
      int depth,
      float[] a,
      int aAt,
      int lda,
      float[] panels,
      int panelsAt,
      float[] c,
      int cAt,
      int ldc,
      boolean add,
      Scratch scratch) {
    if (m == 1) {
      packedRow(n, depth, a, aAt, panels, panelsAt, c, cAt, add, scratch.tile);
      return;
    }
    for (int first = 0; first < m; first += HEIGHT) {
      int last = Math.min(first + HEIGHT, m) - 1;
      for (int j = 0; j < n; j += COLUMNS) {
        int panel = panelsAt + j * depth;
        int columns = Math.min(COLUMNS, n - j);
        for (int i = first; i <= last; i += ROWS) {
          // at the lower edge the last row is computed several times and kept once
          int a0 = aAt + i * lda;
          int a1 = aAt + Math.min(i + 1, last) * lda;
          int a2 = aAt + Math.min(i + 2, last) * lda;
          int a3 = aAt + Math.min(i + 3, last) * lda;
          int to = cAt + i * ldc + j;
          if (columns == COLUMNS && i + ROWS <= last + 1) {
            tile(depth, a, a0, a1, a2, a3, panels, panel, c, to, ldc, add);
          } else {
            tile(depth, a, a0, a1, a2, a3, panels, panel, scratch.tile, 0, COLUMNS, false);
            for (int y = 0; y <= last - i && y < ROWS; y++) {
              keep(scratch.tile, y * COLUMNS, columns, c, to + y * ldc, add);
            }
          }
        }
      }
    }
  }

  /** (4,depth)x(depth,COLUMNS) -> (4,COLUMNS), the rows of A at a0 to a3. */
  private static void tile(
      int depth,
      float[] a,
      int a0,
      int a1,
      int a2,
      int a3,
      float[] panel,
      int at,
      float[] c,
      int cAt,
      int ldc,
      boolean add) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    for (int q = 0; q < depth; q++) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, panel, at + q * COLUMNS);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panel, at + q * COLUMNS + LANES);
      FloatVector v = FloatVector.broadcast(SPECIES, a[a0 + q]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[a1 + q]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      v = FloatVector.broadcast(SPECIES, a[a2 + q]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[a3 + q]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
    }
    store(c00, c, cAt, add);
    store(c01, c, cAt + LANES, add);
    store(c10, c, cAt + ldc, add);
    store(c11, c, cAt + ldc + LANES, add);
    store(c20, c, cAt + 2 * ldc, add);
    store(c21, c, cAt + 2 * ldc + LANES, add);
    store(c30, c, cAt + 3 * ldc, add);
    store(c31, c, cAt + 3 * ldc + LANES, add);
  }

  /** (1,depth)x(depth,n) -> (1,n), B in panels. */
  private static void packedRow(
      int n,
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int panelsAt,
      float[] c,
      int cAt,
      boolean add,
      float[] sums) {
    for (int j = 0; j < n; j += 2 * COLUMNS) {
      int left = panelsAt + j * depth;
      // without a second panel the first one is summed twice, at no cost in time
      int right = j + COLUMNS < n ? left + COLUMNS * depth : left;
      pair(depth, a, aAt, panels, left, right, COLUMNS, sums, 0, false);
      keep(sums, 0, Math.min(2 * COLUMNS, n - j), c, cAt + j, add);
    }
  }

  /** (1,depth)x(depth,n) -> (1,n), B where it is but for its last columns. */
  private static void unpackedRow(
      int n,
      int depth,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      boolean add,
      Scratch scratch) {
    int j = 0;
    for (; j + 2 * COLUMNS <= n; j += 2 * COLUMNS) {
      pair(depth, a, aAt, b, bAt + j, bAt + j + COLUMNS, ldb, c, cAt + j, add);
    }
    if (j < n) {
      packPanels(false, n - j, depth, b, bAt + j, ldb, scratch.blockB, 0);
      packedRow(n - j, depth, a, aAt, scratch.blockB, 0, c, cAt + j, add, scratch.tile);
    }
  }

  /** One row of A by twice COLUMNS columns of B: enough sums at once to hide the adder's delay. */
  private static void pair(
      int depth,
      float[] a,
      int aAt,
      float[] b,
      int left,
      int right,
      int ldb,
      float[] c,
      int cAt,
      boolean add) {
    FloatVector c0 = FloatVector.zero(SPECIES);
    FloatVector c1 = c0;
    FloatVector c2 = c0;
    FloatVector c3 = c0;
    for (int q = 0; q < depth; q++) {
      FloatVector v = FloatVector.broadcast(SPECIES, a[aAt + q]);
      c0 = v.fma(FloatVector.fromArray(SPECIES, b, left + q * ldb), c0);
      c1 = v.fma(FloatVector.fromArray(SPECIES, b, left + q * ldb + LANES), c1);
      c2 = v.fma(FloatVector.fromArray(SPECIES, b, right + q * ldb), c2);
      c3 = v.fma(FloatVector.fromArray(SPECIES, b, right + q * ldb + LANES), c3);
    }
    store(c0, c, cAt, add);
    store(c1, c, cAt + LANES, add);
    store(c2, c, cAt + COLUMNS, add);
    store(c3, c, cAt + COLUMNS + LANES, add);
  }

  private static void store(FloatVector sums, float[] c, int at, boolean add) {
    if (add) {
      FloatVector.fromArray(SPECIES, c, at).add(sums).intoArray(c, at);
    } else {
      sums.intoArray(c, at);
    }
  }

  /** Stores the part of a tile's row that lies within C. */
  private static void keep(float[] sums, int from, int columns, float[] c, int at, boolean add) {
    for (int x = 0; x < columns; x++) {
      c[at + x] = add ? c[at + x] + sums[from + x] : sums[from + x];
    }
  }
}
