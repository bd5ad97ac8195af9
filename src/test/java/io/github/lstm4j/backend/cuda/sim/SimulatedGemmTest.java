package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.DeviceException;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Matrix products as cuBLAS defines them, against the definition element by element. */
class SimulatedGemmTest {
  private final Random random = new Random(11);
  private final TestDevice device = TestDevice.of("arithmetic.ptx");

  @AfterEach
  void close() {
    device.close();
  }

  private float[] normal(int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @Test
  void everyTranspositionWithGapsAndBatches() {
    for (int kind = 0; kind < 8; kind++) {
      boolean ta = (kind & 1) != 0;
      boolean tb = (kind & 2) != 0;
      float beta = (kind & 4) != 0 ? 0.5f : 0;
      int m = 1 + random.nextInt(9);
      int n = 1 + random.nextInt(9);
      int k = 1 + random.nextInt(9);
      int lda = (ta ? k : m) + 2;
      int ldb = (tb ? n : k) + 1;
      int ldc = m + 3;
      int strideA = lda * (ta ? m : k);
      int strideB = ldb * (tb ? k : n);
      int strideC = ldc * n;
      var a = normal(2 * strideA);
      var b = normal(2 * strideB);
      var c = normal(2 * strideC);
      long onDevice = device.floats(c);
      device.cuda.gemm(
          new Gemm(
              ta,
              tb,
              m,
              n,
              k,
              1.5f,
              device.floats(a),
              lda,
              strideA,
              device.floats(b),
              ldb,
              strideB,
              beta,
              onDevice,
              ldc,
              strideC,
              2,
              MathMode.FP32),
          0);
      var found = device.readFloats(onDevice, c.length);
      for (int i = 0; i < c.length; i++) {
        int batch = i / strideC;
        int row = i % strideC % ldc;
        int column = i % strideC / ldc;
        if (row >= m) {
          assertThat(found[i]).isEqualTo(c[i]);
          continue;
        }
        double sum = 0;
        for (int p = 0; p < k; p++) {
          double x = a[batch * strideA + (ta ? p + row * lda : row + p * lda)];
          double y = b[batch * strideB + (tb ? column + p * ldb : p + column * ldb)];
          sum += x * y;
        }
        assertThat((double) found[i]).isCloseTo(1.5 * sum + beta * c[i], within(1e-5));
      }
    }
  }

  private Gemm product(long a, long b, long c, float beta, MathMode math) {
    return new Gemm(false, false, 2, 2, 2, 1, a, 2, 0, b, 2, 0, beta, c, 2, 0, 1, math);
  }

  @Test
  void resultIsNotReadIfBetaIsZero() {
    long a = device.floats(1, 0, 0, 1);
    long c = device.empty(16);
    assertThatThrownBy(() -> device.cuda.gemm(product(a, a, c, 1, MathMode.FP32), 0))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("matrix C: read of memory that was never written");
    device.cuda.gemm(product(a, a, c, 0, MathMode.FP32), 0);
    assertThat(device.readFloats(c, 4)).containsExactly(1, 0, 0, 1);
  }

  @Test
  void tensorCoresRoundTheirInputs() {
    float x = 1 + 1f / 512 + 1f / 4096; // 10 bits hold 1 + 1/512, 7 bits hold 1
    long a = device.floats(x, 0, 0, x);
    long one = device.floats(1, 0, 0, 1);
    long c = device.empty(16);
    device.cuda.gemm(product(a, one, c, 0, MathMode.TF32), 0);
    assertThat(device.readFloats(c, 4)[0]).isEqualTo(1 + 1f / 512);
    device.cuda.gemm(product(a, one, c, 0, MathMode.BF16), 0);
    assertThat(device.readFloats(c, 4)[0]).isEqualTo(1);
    device.cuda.gemm(product(a, one, c, 0, MathMode.FP32), 0);
    assertThat(device.readFloats(c, 4)[0]).isEqualTo(x);
  }

  @Test
  void wrongArgumentsAreRefused() {
    long a = device.floats(1, 0, 0, 1);
    var narrow = new Gemm(false, false, 2, 2, 2, 1, a, 1, 0, a, 2, 0, 0, a, 2, 0, 1, MathMode.FP32);
    assertThatThrownBy(() -> device.cuda.gemm(narrow, 0))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("lda=1 is less than the rows of A, 2");
    assertThatThrownBy(() -> device.cuda.gemm(product(a, a, a, 0, MathMode.FP32), 0))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("C overlaps A");
    long c = device.empty(12);
    assertThatThrownBy(() -> device.cuda.gemm(product(a, a, c, 0, MathMode.FP32), 0))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining("matrix C: 8 bytes at");
  }
}
