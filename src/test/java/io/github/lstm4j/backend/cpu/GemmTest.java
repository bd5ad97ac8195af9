package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cpu.vector.WideForm;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products in both forms against sums in double, and against each other bit for bit. */
class GemmTest {
  private static final float GAP = -12345.5f;
  private static final int[] SIZES = {1, 2, 3, 5, 8, 31, 33, 64, 97, 257};
  private static final ThreadTeam TEAM = new ThreadTeam(4);

  static Stream<CpuMath> forms() {
    return Stream.of(CpuMath.plain(), CpuMath.best(), WideForm.create());
  }

  @AfterAll
  static void close() {
    TEAM.close();
  }

  /** Operands within larger arrays, their gaps filled. */
  @SuppressWarnings("ArrayRecordComponent") // never compared
  private record Problem(
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
      int ldc) {

    static Problem random(Random random, int m, int n, int k, boolean tA, boolean tB) {
      int lda = (tA ? m : k) + random.nextInt(4);
      int ldb = (tB ? k : n) + random.nextInt(4);
      int ldc = n + random.nextInt(4);
      int aAt = random.nextInt(5);
      int bAt = random.nextInt(5);
      int cAt = random.nextInt(5);
      float[] a = gap(aAt + (tA ? k : m) * lda + 3);
      float[] b = gap(bAt + (tB ? n : k) * ldb + 3);
      float[] c = gap(cAt + m * ldc + 3);
      Problem problem = new Problem(tA, tB, m, n, k, a, aAt, lda, b, bAt, ldb, c, cAt, ldc);
      for (int q = 0; q < k; q++) {
        for (int i = 0; i < m; i++) {
          a[problem.indexA(i, q)] = (float) random.nextGaussian();
        }
        for (int j = 0; j < n; j++) {
          b[problem.indexB(q, j)] = (float) random.nextGaussian();
        }
      }
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          c[cAt + i * ldc + j] = (float) random.nextGaussian();
        }
      }
      return problem;
    }

    private static float[] gap(int length) {
      float[] values = new float[length];
      Arrays.fill(values, GAP);
      return values;
    }

    int indexA(int i, int q) {
      return aAt + (transposeA ? q * lda + i : i * lda + q);
    }

    int indexB(int q, int j) {
      return bAt + (transposeB ? j * ldb + q : q * ldb + j);
    }

    /** C after a product; null for the calling thread alone. */
    float[] run(Gemm gemm, boolean accumulate, ThreadTeam team) {
      float[] to = c.clone();
      if (team == null) {
        gemm.multiply(
            transposeA, transposeB, m, n, k, a, aAt, lda, b, bAt, ldb, to, cAt, ldc, accumulate);
      } else {
        gemm.multiply(
            transposeA,
            transposeB,
            m,
            n,
            k,
            a,
            aAt,
            lda,
            b,
            bAt,
            ldb,
            to,
            cAt,
            ldc,
            accumulate,
            team);
      }
      return to;
    }

    /** The product's rows from {@code i} on into {@code to}, B packed or not. */
    void rows(Gemm gemm, Gemm.PackedB packed, int i, int rows, boolean accumulate, float[] to) {
      int from = indexA(i, 0);
      int toAt = cAt + i * ldc;
      if (packed == null) {
        gemm.multiply(
            transposeA,
            transposeB,
            rows,
            n,
            k,
            a,
            from,
            lda,
            b,
            bAt,
            ldb,
            to,
            toAt,
            ldc,
            accumulate);
      } else {
        packed.multiply(transposeA, rows, a, from, lda, to, toAt, ldc, accumulate);
      }
    }

    void assertRight(float[] result, boolean accumulate) {
      for (int at = 0; at < result.length; at++) {
        int i = Math.floorDiv(at - cAt, ldc);
        int j = Math.floorMod(at - cAt, ldc);
        if (i < 0 || i >= m || j >= n) {
          if (result[at] != GAP) {
            fail("%s touched its gap at %d", this, at);
          }
          continue;
        }
        double sum = accumulate ? c[at] : 0;
        double size = Math.abs(sum);
        for (int q = 0; q < k; q++) {
          double product = (double) a[indexA(i, q)] * b[indexB(q, j)];
          sum += product;
          size += Math.abs(product);
        }
        // the error of k float additions, each at most half a unit in the last place of the sum
        double bound = size * (k + 2) * Math.ulp(1f) / 2;
        if (!(Math.abs(result[at] - sum) <= bound)) {
          fail("%s at (%d,%d): expected %s, got %s", this, i, j, sum, result[at]);
        }
      }
    }

    @Override
    public String toString() {
      return String.format(
          Locale.ROOT, "%dx%dx%d, A%s, B%s", m, n, k, transposeA ? "'" : "", transposeB ? "'" : "");
    }
  }

  private static Stream<Problem> problems(int count) {
    Random random = new Random(7);
    Stream<Problem> some =
        Stream.generate(
                () ->
                    Problem.random(
                        random,
                        SIZES[random.nextInt(SIZES.length)],
                        SIZES[random.nextInt(SIZES.length)],
                        SIZES[random.nextInt(SIZES.length)],
                        random.nextBoolean(),
                        random.nextBoolean()))
            .limit(count);
    Stream<Problem> large =
        Stream.of(
            Problem.random(random, 1025, 33, 64, false, false),
            Problem.random(random, 31, 1025, 64, false, true),
            Problem.random(random, 33, 31, 1025, true, false),
            Problem.random(random, 201, 520, 300, false, false),
            Problem.random(random, 201, 520, 300, true, true),
            Problem.random(random, 1, 512, 128, false, false),
            Problem.random(random, 1, 1025, 600, false, false));
    return Stream.concat(some, large);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void isTheSumOfProductsAndTouchesNothingElse(CpuMath form) {
    problems(120)
        .forEach(
            p -> {
              p.assertRight(p.run(form.gemm(), false, null), false);
              p.assertRight(p.run(form.gemm(), true, null), true);
            });
  }

  @ParameterizedTest
  @MethodSource("forms")
  void threadsDoNotChangeABit(CpuMath form) {
    problems(60)
        .forEach(
            p ->
                assertThat(p.run(form.gemm(), true, TEAM))
                    .as(p.toString())
                    .isEqualTo(p.run(form.gemm(), true, null)));
  }

  @ParameterizedTest
  @MethodSource("forms")
  void splittingTheRowsOrPackingDoesNotChangeABit(CpuMath form) {
    Gemm gemm = form.gemm();
    problems(60)
        .forEach(
            p -> {
              Gemm.PackedB packed = gemm.packedB(p.k, p.n);
              packed.pack(p.transposeB, p.b, p.bAt, p.ldb);
              for (boolean accumulate : new boolean[] {false, true}) {
                float[] whole = p.run(gemm, accumulate, null);
                for (int step : new int[] {1, 3, 7, p.m}) {
                  float[] split = p.c.clone();
                  float[] splitPacked = p.c.clone();
                  for (int i = 0; i < p.m; i += step) {
                    int rows = Math.min(step, p.m - i);
                    p.rows(gemm, null, i, rows, accumulate, split);
                    p.rows(gemm, packed, i, rows, accumulate, splitPacked);
                  }
                  assertThat(split).as("%s by %d rows", p, step).isEqualTo(whole);
                  assertThat(splitPacked).as("%s packed, by %d rows", p, step).isEqualTo(whole);
                }
              }
            });
  }

  /** (m,k)x(k,n) without gaps, k cut in two; the columns are four gates'. */
  @ParameterizedTest
  @MethodSource("forms")
  void chainedAProductMayBeCutAlongItsSums(CpuMath form) {
    Gemm gemm = form.gemm().chained();
    int[][] sizes = {
      {1, 40, 8, 32},
      {5, 20, 3, 7},
      {9, 64, 250, 20},
      {34, 36, 300, 1},
      {130, 24, 4, 600},
      {26, 640, 700, 600},
      {17, 960, 30, 40}
    };
    for (int[] size : sizes) {
      int m = size[0];
      int n = size[1];
      int k1 = size[2];
      int k2 = size[3];
      Random random = new Random(m);
      float[] a1 = random(random, m * k1);
      float[] a2 = random(random, m * k2);
      float[] b = random(random, (k1 + k2) * n);
      float[] start = random(random, n);
      float[] apart = new float[m * n];
      for (int i = 0; i < m; i++) {
        System.arraycopy(start, 0, apart, i * n, n);
      }
      gemm.multiply(false, false, m, n, k1, a1, 0, k1, b, 0, n, apart, 0, n, true);
      Gemm.PackedB second = gemm.packedB(k2, n);
      second.pack(false, b, k1 * n, n);
      second.multiply(false, m, a2, 0, k2, apart, 0, n, true);
      Gemm.PackedPair pair = gemm.packedPair(k1, k2, n, 4);
      pair.pack(b, 0, b, k1 * n);
      float[] together = random(random, m * n);
      for (boolean keep : new boolean[] {false, true}) {
        int[] ready = new int[m * n / 4];
        int[] wrong = new int[1];
        pair.multiply(
            m,
            a1,
            0,
            a2,
            0,
            start,
            0,
            together,
            0,
            keep,
            (row, rows, unit, units, c, at, ldc, far) -> {
              for (int i = 0; i < rows; i++) {
                for (int u = 0; u < units; u++) {
                  ready[(row + i) * n / 4 + unit + u]++;
                  for (int g = 0; g < 4; g++) {
                    float expected = apart[(row + i) * n + g * n / 4 + unit + u];
                    wrong[0] += c[at + i * ldc + g * far + u] == expected ? 0 : 1;
                  }
                }
              }
            });
        assertThat(ready).containsOnly(1);
        assertThat(wrong[0]).isZero();
      }
      assertThat(together).isEqualTo(apart);
      float[] byRows = new float[m * n];
      for (int i = 0; i < m; i++) {
        pair.multiply(
            1,
            a1,
            i * k1,
            a2,
            i * k2,
            start,
            0,
            byRows,
            i * n,
            true,
            (row, rows, unit, units, c, at, ldc, far) -> {});
      }
      assertThat(byRows).isEqualTo(apart);
      int[] wrong = new int[1];
      for (int i = 0; i < m; i++) {
        for (int j = 0; j < n; j++) {
          double sum = start[j];
          for (int q = 0; q < k1 + k2; q++) {
            sum += (double) (q < k1 ? a1[i * k1 + q] : a2[i * k2 + q - k1]) * b[q * n + j];
          }
          double bound = 1e-6 * (k1 + k2 + 10);
          wrong[0] += Math.abs(apart[i * n + j] - sum) <= bound ? 0 : 1;
        }
      }
      assertThat(wrong[0]).isZero();
    }
  }

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** Equal rows and columns give equal elements, wherever in a tile they fall. */
  @ParameterizedTest
  @MethodSource("forms")
  void thePlaceInATileDoesNotChangeABit(CpuMath form) {
    int m = 11;
    int n = 107;
    int k = 300;
    Random random = new Random(3);
    float[] a = new float[m * k];
    float[] b = new float[k * n];
    for (int q = 0; q < k; q++) {
      float x = (float) random.nextGaussian();
      float y = (float) random.nextGaussian();
      for (int i = 0; i < m; i++) {
        a[i * k + q] = x;
      }
      Arrays.fill(b, q * n, (q + 1) * n, y);
    }
    float[] c = new float[m * n];
    form.gemm().multiply(false, false, m, n, k, a, 0, k, b, 0, n, c, 0, n, false);
    assertThat(c).containsOnly(c[0]);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void notANumberAndInfinityReachTheirRowAndColumnOnly(CpuMath form) {
    Problem p = Problem.random(new Random(5), 33, 67, 31, false, false);
    float[] clean = p.run(form.gemm(), false, null);
    p.a[p.indexA(32, 7)] = Float.NaN;
    p.b[p.indexB(30, 66)] = Float.POSITIVE_INFINITY;
    float[] result = p.run(form.gemm(), false, null);
    for (int i = 0; i < p.m; i++) {
      for (int j = 0; j < p.n; j++) {
        int at = p.cAt + i * p.ldc + j;
        if (i == 32) {
          assertThat(result[at]).isNaN();
        } else if (j == 66) {
          assertThat(Float.isInfinite(result[at])).isTrue();
        } else {
          assertThat(result[at]).isEqualTo(clean[at]);
        }
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void anEmptySumIsZero(CpuMath form) {
    Gemm gemm = form.gemm();
    float[] none = {};
    float[] c = {1, 2, 3, 4, 5, 6};
    gemm.multiply(false, false, 2, 3, 0, none, 0, 0, none, 0, 3, c, 0, 3, true);
    assertThat(c).containsExactly(1, 2, 3, 4, 5, 6);
    gemm.multiply(false, false, 2, 3, 0, none, 0, 0, none, 0, 3, c, 0, 3, false);
    assertThat(c).containsOnly(0);
    gemm.multiply(false, false, 0, 3, 2, none, 0, 2, new float[6], 0, 3, none, 0, 3, false, TEAM);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aMatrixThatDoesNotFitIsRefused(CpuMath form) {
    float[] six = new float[6];
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                form.gemm().multiply(false, false, 2, 2, 3, six, 1, 3, six, 0, 2, six, 0, 2, false))
        .withMessage("A: 2x3 with leading dimension 3 from index 1 does not fit an array of 6");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> form.gemm().packedB(2, 3).pack(true, six, 0, 1))
        .withMessageStartingWith("B: 3x2 with leading dimension 1");
  }

  @Test
  void splitsCoverEveryElementOnce() {
    for (int threads : new int[] {1, 2, 3, 4, 7, 16}) {
      for (int[] size :
          new int[][] {{1, 4096, 512}, {6400, 1, 999}, {64, 512, 128}, {33, 31, 999}}) {
        Gemm.Split split = Gemm.Split.of(size[0], size[1], size[2], threads);
        assertThat(split.parts()).isBetween(1, threads);
        assertThat(split.row(0)).isZero();
        assertThat(split.row(split.down())).isEqualTo(size[0]);
        assertThat(split.column(0)).isZero();
        assertThat(split.column(split.across())).isEqualTo(size[1]);
      }
    }
  }

  @Test
  void bothFormsAgree() {
    problems(60)
        .forEach(
            p -> {
              float[] plain = p.run(CpuMath.plain().gemm(), false, null);
              float[] best = p.run(CpuMath.best().gemm(), false, null);
              assertThat(best).containsExactly(plain, within(2e-6f * (p.k + 10)));
            });
  }
}
