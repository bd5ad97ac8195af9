package io.github.lstm4j.backend.cpu;

import java.util.Arrays;

/**
 * The matrix product in loops that the JIT compiler turns into vector instructions by itself. It
 * does so only for whole arrays read from index 0, so the rows of B are copied into arrays of their
 * own, and a row of C is summed in one before it goes to its place.
 */
final class PlainGemm implements Gemm {
  /** A block of DEPTH rows of WIDTH floats stays in the second-level cache. */
  private static final int DEPTH = 128;

  private static final int WIDTH = 256;

  private static final ThreadLocal<Scratch> SCRATCH = ThreadLocal.withInitial(Scratch::new);

  /** What one thread needs: a block of B and a row of sums. */
  private static final class Scratch {
    final float[][] block = new float[DEPTH][WIDTH];
    final float[] sums = new float[WIDTH];
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
    int rowStep = transposeA ? 1 : lda;
    int depthStep = transposeA ? lda : 1;
    Scratch scratch = SCRATCH.get();
    for (int j = 0; j < n; j += WIDTH) {
      int width = Math.min(WIDTH, n - j);
      // an empty sum still replaces C: one round for k = 0
      for (int q = 0; q == 0 || q < k; q += DEPTH) {
        int depth = Math.min(DEPTH, k - q);
        copy(
            transposeB,
            b,
            bAt + (transposeB ? j * ldb + q : q * ldb + j),
            ldb,
            width,
            depth,
            scratch.block,
            0);
        rows(
            m,
            width,
            depth,
            a,
            aAt + q * depthStep,
            rowStep,
            depthStep,
            scratch.block,
            0,
            scratch.sums,
            c,
            cAt + j,
            ldc,
            accumulate || q > 0);
      }
    }
  }

  @Override
  public PackedB packedB(int k, int n) {
    return new Panels(k, n);
  }

  /** B as panels of WIDTH columns, every row of a panel an array. */
  private static final class Panels implements PackedB {
    private final int k;
    private final int n;
    private final float[][][] panels;

    Panels(int k, int n) {
      this.k = k;
      this.n = n;
      panels = new float[(n + WIDTH - 1) / WIDTH][k][WIDTH];
    }

    @Override
    public void pack(boolean transpose, float[] b, int bAt, int ldb) {
      Gemm.check("B", transpose ? n : k, transpose ? k : n, b, bAt, ldb);
      for (int j = 0; j < n; j += WIDTH) {
        copy(
            transpose,
            b,
            bAt + (transpose ? j * ldb : j),
            ldb,
            Math.min(WIDTH, n - j),
            k,
            panels[j / WIDTH],
            0);
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
      int rowStep = transpose ? 1 : lda;
      int depthStep = transpose ? lda : 1;
      float[] sums = SCRATCH.get().sums;
      for (int j = 0; j < n; j += WIDTH) {
        int width = Math.min(WIDTH, n - j);
        for (int q = 0; q == 0 || q < k; q += DEPTH) {
          rows(
              m,
              width,
              Math.min(DEPTH, k - q),
              a,
              aAt + q * depthStep,
              rowStep,
              depthStep,
              panels[j / WIDTH],
              q,
              sums,
              c,
              cAt + j,
              ldc,
              accumulate || q > 0);
        }
      }
    }
  }

  /** Copies {@code depth} rows of op(B), {@code width} long, from index {@code at} of b on. */
  private static void copy(
      boolean transpose,
      float[] b,
      int at,
      int ldb,
      int width,
      int depth,
      float[][] block,
      int to) {
    for (int q = 0; q < depth; q++) {
      float[] row = block[to + q];
      if (transpose) {
        for (int j = 0, from = at + q; j < width; j++, from += ldb) {
          row[j] = b[from];
        }
      } else {
        System.arraycopy(b, at + q * ldb, row, 0, width);
      }
    }
  }

  /** (m,depth)x(depth,width) -> (m,width), a row of C at a time. */
  private static void rows(
      int m,
      int width,
      int depth,
      float[] a,
      int aAt,
      int rowStep,
      int depthStep,
      float[][] block,
      int first,
      float[] sums,
      float[] c,
      int cAt,
      int ldc,
      boolean accumulate) {
    int fours = depth & ~3;
    for (int i = 0; i < m; i++) {
      Arrays.fill(sums, 0, width, 0);
      int at = aAt + i * rowStep;
      for (int q = 0; q < fours; q += 4, at += 4 * depthStep) {
        addFour(
            sums,
            width,
            a[at],
            block[first + q],
            a[at + depthStep],
            block[first + q + 1],
            a[at + 2 * depthStep],
            block[first + q + 2],
            a[at + 3 * depthStep],
            block[first + q + 3]);
      }
      for (int q = fours; q < depth; q++, at += depthStep) {
        addOne(sums, width, a[at], block[first + q]);
      }
      int to = cAt + i * ldc;
      if (accumulate) {
        for (int j = 0; j < width; j++) {
          c[to + j] += sums[j];
        }
      } else {
        System.arraycopy(sums, 0, c, to, width);
      }
    }
  }

  private static void addFour(
      float[] sums,
      int width,
      float a0,
      float[] b0,
      float a1,
      float[] b1,
      float a2,
      float[] b2,
      float a3,
      float[] b3) {
    for (int j = 0; j < width; j++) {
      sums[j] += ((a0 * b0[j] + a1 * b1[j]) + a2 * b2[j]) + a3 * b3[j];
    }
  }

  private static void addOne(float[] sums, int width, float a, float[] b) {
    for (int j = 0; j < width; j++) {
      sums[j] += a * b[j];
    }
  }
}
