package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Matrix products of the driver against sums in double precision. */
@Tag("gpu")
class CublasTest {
  private NativeCuda driver;
  private DeviceArrays arrays;

  @BeforeEach
  void open() {
    driver = Gpu.open();
    driver.enter();
    assumeTrue(driver.hasGemm(), () -> CudaProbe.result().cublasReason());
    arrays = new DeviceArrays(driver);
  }

  @AfterEach
  void close() {
    if (driver != null) {
      driver.leave();
      driver.close();
    }
  }

  static Stream<Arguments> cases() {
    return Stream.of(MathMode.values())
        .flatMap(
            math ->
                Stream.of(false, true)
                    .flatMap(
                        ta ->
                            Stream.of(false, true)
                                .flatMap(
                                    tb ->
                                        Stream.of(1, 3)
                                            .map(batch -> Arguments.of(math, ta, tb, batch)))));
  }

  @ParameterizedTest(name = "{0}, A transposed: {1}, B transposed: {2}, batch of {3}")
  @MethodSource("cases")
  void isTheProductOfItsDefinition(MathMode math, boolean ta, boolean tb, int batch) {
    Random random = new Random(7);
    int[][] shapes = {{1, 1, 1}, {31, 33, 1}, {1, 13, 128}, {33, 1, 31}, {17, 65, 130}};
    for (int[] mnk : shapes) {
      // leading dimensions beyond the extents, strides beyond the matrices
      int m = mnk[0];
      int n = mnk[1];
      int k = mnk[2];
      int lda = (ta ? k : m) + random.nextInt(4);
      int ldb = (tb ? n : k) + random.nextInt(4);
      int ldc = m + random.nextInt(4);
      int sizeA = lda * (ta ? m : k) + 5;
      int sizeB = ldb * (tb ? k : n) + 3;
      int sizeC = ldc * n + 2;
      float[] a = random(random, sizeA * batch);
      float[] b = random(random, sizeB * batch);
      float[] c = random(random, sizeC * batch);
      float alpha = random.nextBoolean() ? 1f : 0.7f;
      float beta = random.nextInt(3) * 0.5f;
      long da = arrays.of(a);
      long db = arrays.of(b);
      long dc = arrays.of(c);
      Gemm gemm =
          new Gemm(
              ta, tb, m, n, k, alpha, da, lda, sizeA, db, ldb, sizeB, beta, dc, ldc, sizeC, batch,
              math);
      driver.gemm(gemm, 0);
      float[] result = arrays.read(dc, c.length);
      boolean[] written = new boolean[c.length];
      for (int p = 0; p < batch; p++) {
        for (int j = 0; j < n; j++) {
          for (int i = 0; i < m; i++) {
            double sum = 0;
            double size = 0;
            for (int l = 0; l < k; l++) {
              double x = a[p * sizeA + (ta ? i * lda + l : l * lda + i)];
              double y = b[p * sizeB + (tb ? l * ldb + j : j * ldb + l)];
              sum += x * y;
              size += Math.abs(x * y);
            }
            int at = p * sizeC + j * ldc + i;
            written[at] = true;
            double expected = alpha * sum + beta * (double) c[at];
            double bound = (size + Math.abs(beta * c[at])) * (epsilon(math) + k * 0x1p-24) + 1e-30;
            assertThat((double) result[at])
                .as("%dx%dx%d (%d,%d) of %d", m, n, k, i, j, p)
                .isCloseTo(expected, within(bound));
          }
        }
      }
      for (int i = 0; i < c.length; i++) {
        if (!written[i]) {
          assertThat(result[i]).as("between the columns").isEqualTo(c[i]);
        }
      }
      driver.free(da);
      driver.free(db);
      driver.free(dc);
    }
  }

  /** Both inputs are rounded: 2^-11 each for TF32, 2^-9 for bfloat16, with room for truncation. */
  private static double epsilon(MathMode math) {
    return switch (math) {
      case FP32 -> 0x1p-22;
      case TF32 -> 0x1p-9;
      case BF16 -> 0x1p-7;
    };
  }

  @Test
  void theMathModesReachCublas() {
    assumeTrue(Gpu.isSimulated(), "a device may compute a small product more exactly than asked");
    assumeTrue(driver.device().computeCapability() >= 80, "TF32 and bfloat16 came with 8.0");
    // 1 + 2^-9 is exact in TF32 and 1 in bfloat16; 1 + 2^-12 is 1 in both
    assertThat(timesOne(1 + 0x1p-9f, MathMode.FP32)).isEqualTo(1 + 0x1p-9f);
    assertThat(timesOne(1 + 0x1p-9f, MathMode.TF32)).isEqualTo(1 + 0x1p-9f);
    assertThat(timesOne(1 + 0x1p-9f, MathMode.BF16)).isEqualTo(1f);
    assertThat(timesOne(1 + 0x1p-12f, MathMode.FP32)).isEqualTo(1 + 0x1p-12f);
    assertThat(timesOne(1 + 0x1p-12f, MathMode.TF32)).isEqualTo(1f);
  }

  private float timesOne(float x, MathMode math) {
    long a = arrays.of(new float[] {x});
    long b = arrays.of(new float[] {1f});
    long c = arrays.of(new float[] {0f});
    driver.gemm(square(1, 0f, a, b, c, math), 0);
    return arrays.read(c, 1)[0];
  }

  @Test
  void aRecordedProductIsTheSameBits() {
    int n = 48;
    Random random = new Random(11);
    long a = arrays.of(random(random, n * n));
    long b = arrays.of(random(random, n * n));
    float[] start = random(random, n * n);
    for (MathMode math : MathMode.values()) {
      long c = arrays.of(start);
      Gemm gemm = square(n, 1f, a, b, c, math);
      long stream = driver.createStream();
      driver.gemm(gemm, stream);
      driver.gemm(gemm, stream);
      driver.synchronize(stream);
      float[] eager = arrays.read(c, n * n);

      long again = arrays.of(start);
      driver.beginCapture(stream);
      driver.gemm(square(n, 1f, a, b, again, math), stream);
      long graph = driver.endCapture(stream);
      assertThat(arrays.read(again, n * n)).as("only recorded").isEqualTo(start);
      driver.launchGraph(graph, stream);
      driver.launchGraph(graph, stream);
      driver.synchronize(stream);
      assertThat(arrays.read(again, n * n)).isEqualTo(eager);
      driver.destroyGraph(graph);
      driver.destroyStream(stream);
    }
  }

  @Test
  void twoStreamsMultiplyInOneRecording() {
    int n = 33;
    Random random = new Random(13);
    long a = arrays.of(random(random, n * n));
    long b = arrays.of(random(random, n * n));
    long main = driver.createStream();
    long side = driver.createStream();
    long fork = driver.createEvent();
    long join = driver.createEvent();
    long c = arrays.of(new float[n * n]);
    long d = arrays.of(new float[n * n]);
    driver.gemm(square(n, 0f, a, b, c, MathMode.FP32), main);
    driver.gemm(square(n, 0f, b, a, d, MathMode.FP32), side);
    driver.synchronize(main);
    driver.synchronize(side);
    float[] ab = arrays.read(c, n * n);
    float[] ba = arrays.read(d, n * n);
    driver.fill(c, 0, (long) n * n, 0);
    driver.fill(d, 0, (long) n * n, 0);
    driver.synchronize(0);

    driver.beginCapture(main);
    driver.recordEvent(fork, main);
    driver.waitEvent(side, fork);
    driver.gemm(square(n, 0f, a, b, c, MathMode.FP32), main);
    driver.gemm(square(n, 0f, b, a, d, MathMode.FP32), side);
    driver.recordEvent(join, side);
    driver.waitEvent(main, join);
    long graph = driver.endCapture(main);
    driver.launchGraph(graph, main);
    driver.synchronize(main);
    assertThat(arrays.read(c, n * n)).isEqualTo(ab);
    assertThat(arrays.read(d, n * n)).isEqualTo(ba);
  }

  @Test
  void theFirstProductOfAStreamCannotBeRecorded() {
    long a = arrays.of(new float[] {2f});
    long stream = driver.createStream();
    Gemm gemm = square(1, 0f, a, a, arrays.of(new float[1]), MathMode.FP32);
    driver.beginCapture(stream);
    assertThatThrownBy(() -> driver.gemm(gemm, stream))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("run it once before");
    driver.abortCapture(stream);
    driver.gemm(gemm, stream);
    driver.synchronize(stream);
    assertThat(arrays.read(gemm.c(), 1)).containsExactly(4f);
  }

  @Test
  void aWrongProductNamesItsSizes() {
    long a = arrays.of(new float[64]);
    Gemm wrong =
        new Gemm(
            false, true, 8, 4, 2, 1f, a, 7, 0, a, 4, 0, 0f, a, 8, 0, 1, MathMode.FP32); // lda < m
    assertThatThrownBy(() -> driver.gemm(wrong, 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("cublasSgemm: CUBLAS_STATUS_INVALID_VALUE (7)")
        .hasMessageContaining("op(A) 8x2 N lda 7, op(B) 2x4 T ldb 4, C 8x4 ldc 8, FP32");
  }

  private static Gemm square(int n, float beta, long a, long b, long c, MathMode math) {
    return new Gemm(false, false, n, n, n, 1f, a, n, 0, b, n, 0, beta, c, n, 0, 1, math);
  }

  private static float[] random(Random random, int length) {
    float[] values = new float[length];
    for (int i = 0; i < length; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }
}
