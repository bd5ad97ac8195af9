package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What nvcc made of the kernels in {@code src/test/resources/ptx}, run and compared with Java. */
class PtxInterpreterTest {
  private final Random random = new Random(7);

  private float[] normal(int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian();
    }
    return values;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 31, 33, 64, 1025})
  void saxpy(int n) {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var x = normal(n);
      var y = normal(n);
      long onDevice = device.floats(y);
      device.launch("saxpy", (n + 63) / 64, 64, n, 1.7f, device.floats(x), onDevice);
      var expected = new float[n];
      for (int i = 0; i < n; i++) {
        expected[i] = Math.fma(1.7f, x[i], y[i]);
      }
      assertThat(device.readFloats(onDevice, n)).containsExactly(expected);
    }
  }

  @Test
  void vectorLoadsAndStores() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var x = normal(4 * 37);
      var y = normal(4 * 37);
      long onDevice = device.floats(y);
      device.launch("saxpy4", 2, 32, 37, -0.5f, device.floats(x), onDevice);
      var expected = new float[y.length];
      for (int i = 0; i < y.length; i++) {
        expected[i] = Math.fma(-0.5f, x[i], y[i]);
      }
      assertThat(device.readFloats(onDevice, y.length)).containsExactly(expected);
    }
  }

  @Test
  void stridedCopyWithGridStrideLoop() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      int rows = 13;
      int cols = 11;
      int stride = 17;
      var source = normal(rows * stride);
      long target = device.empty(4L * rows * cols);
      device.launch("strided_copy", 2, 40, rows, cols, device.floats(source), stride, target);
      var expected = new float[rows * cols];
      for (int i = 0; i < expected.length; i++) {
        expected[i] = source[i / cols * stride + i % cols];
      }
      assertThat(device.readFloats(target, expected.length)).containsExactly(expected);
    }
  }

  @Test
  void loopsOfDifferentLength() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      int n = 70;
      var start = new int[n];
      var expected = new int[n];
      for (int i = 0; i < n; i++) {
        start[i] = 1 + random.nextInt(1000);
        for (long v = start[i]; v != 1; expected[i]++) {
          v = v % 2 == 1 ? 3 * v + 1 : v / 2;
        }
      }
      long steps = device.empty(4L * n);
      device.launch("collatz", 3, 32, n, device.ints(start), steps);
      assertThat(device.readInts(steps, n)).containsExactly(expected);
    }
  }

  @Test
  void float64() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      int rows = 5;
      int cols = 1000;
      var x = normal(rows * cols);
      long mean = device.empty(4L * rows);
      long variance = device.empty(4L * rows);
      device.launch("moments", 1, 32, rows, cols, device.floats(x), mean, variance);
      for (int r = 0; r < rows; r++) {
        double s = 0;
        double q = 0;
        for (int c = 0; c < cols; c++) {
          double v = x[r * cols + c];
          s += v;
          q = Math.fma(v, v, q);
        }
        double m = s / cols;
        assertThat(device.readFloats(mean, rows)[r]).isEqualTo((float) m);
        assertThat(device.readFloats(variance, rows)[r])
            .isCloseTo((float) (q / cols - m * m), within(1e-6f));
      }
    }
  }

  /** The functions of the kernel {@code functions}, in order; null where Java has none. */
  private static final List<DoubleUnaryOperator> FUNCTIONS =
      Arrays.asList(
          Math::exp,
          Math::tanh,
          x -> 1 / (1 + Math.exp(-x)),
          x -> Math.log1p(Math.exp(x)),
          x -> Math.max(0, Math.min(1, (double) Math.fma(0.2f, (float) x, 0.5f))),
          x -> Math.sqrt(Math.abs(x)),
          x -> 1 / Math.sqrt(Math.abs(x) + 1),
          Math::cos,
          Math::sin,
          x -> Math.log(Math.abs(x) + 1e-3f),
          x -> Math.copySign(2.5, x),
          Math::rint,
          x -> (int) x,
          x -> x > 0 ? x : Math.expm1(x),
          null,
          x -> Math.pow(Math.abs(x), 1.5),
          x -> Math.floor(x) + Math.ceil(x));

  @Test
  void mathFunctions() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var x = normal(200);
      for (int i = 0; i < 60; i++) {
        x[i] *= 20;
      }
      x[60] = 0;
      x[61] = -0f;
      x[62] = 1e6f; // sin and cos reduce it with the table in global memory and local arrays
      x[63] = -3e7f;
      x[64] = 88;
      x[65] = -87;
      x[66] = 2.5f;
      long in = device.floats(x);
      long out = device.empty(4L * x.length);
      for (int k = 0; k < FUNCTIONS.size(); k++) {
        var f = FUNCTIONS.get(k);
        if (f == null) {
          continue;
        }
        device.launch("functions", 4, 64, x.length, k, in, out);
        var z = device.readFloats(out, x.length);
        for (int i = 0; i < x.length; i++) {
          double expected = f.applyAsDouble(x[i]);
          assertThat((double) z[i])
              .as("function %d of %s", k, x[i])
              .satisfiesAnyOf(
                  v -> assertThat(v).isEqualTo((double) (float) expected),
                  v -> assertThat(v).isCloseTo(expected, within(1e-7 + 1e-6 * Math.abs(expected))));
        }
      }
    }
  }

  @Test
  void lanesTakeDifferentBranches() {
    // the first step of the loop of each function is another one for each lane
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var mask = new byte[77];
      random.nextBytes(mask);
      for (int i = 0; i < mask.length; i += 3) {
        mask[i] = 0;
      }
      long out = device.empty(mask.length);
      device.launch("invert_mask", 3, 32, mask.length, device.bytes(mask), out);
      var expected = new byte[mask.length];
      for (int i = 0; i < mask.length; i++) {
        expected[i] = (byte) (mask[i] == 0 ? 1 : 0);
      }
      assertThat(device.readBytes(out, mask.length)).containsExactly(expected);
    }
  }

  @Test
  void integerFunctions() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var x = random.ints(100).toArray();
      x[0] = 0;
      x[1] = -1;
      x[2] = Integer.MIN_VALUE;
      long out = device.empty(4L * x.length);
      device.launch("bits", 4, 32, x.length, device.ints(x), out);
      var expected = new int[x.length];
      for (int i = 0; i < x.length; i++) {
        expected[i] = bits(x[i]);
      }
      assertThat(device.readInts(out, x.length)).containsExactly(expected);
    }
  }

  private static int bits(int v) {
    int lowest = v == 0 ? 0 : Integer.numberOfTrailingZeros(v) + 1;
    int s = Integer.bitCount(v) + 100 * Integer.numberOfLeadingZeros(v) + 10000 * lowest;
    // the bytes 3, 4, 1 and 6 of v (0-3) and s (4-7)
    int permuted =
        (v >>> 24) | (s & 0xFF) << 8 | ((v >>> 8) & 0xFF) << 16 | ((s >>> 16) & 0xFF) << 24;
    s ^=
        Integer.reverse(v)
            ^ permuted
            ^ ((s << 7) | (v >>> 25))
            ^ (int) ((Integer.toUnsignedLong(v) * 0x9E3779B9L) >>> 32);
    s += (v >> 5) + v / 7 + Integer.remainderUnsigned(v, 13) + Math.abs(v);
    return s + (int) ((Integer.toUnsignedLong(v) * 0x5851F42D4C957F2DL) >>> 33);
  }

  @Test
  void atomics() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      var x = random.ints(500, 0, 7).toArray();
      long counts = device.ints(new int[7]);
      device.launch("histogram", 4, 128, x.length, device.ints(x), counts);
      var expected = new int[7];
      for (int v : x) {
        expected[v]++;
      }
      assertThat(device.readInts(counts, 7)).containsExactly(expected);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 127, 5000})
  void sumsOfBlocks(int n) {
    try (var device = TestDevice.of("blocks.ptx")) {
      var x = normal(n);
      long partial = device.empty(4 * 3);
      device.launch("block_sum", 3, 96, n, device.floats(x), partial);
      double sum = 0;
      for (float v : x) {
        sum += v;
      }
      double found = 0;
      for (float v : device.readFloats(partial, 3)) {
        found += v;
      }
      assertThat(found).isCloseTo(sum, within(1e-6 * (1 + Math.sqrt(n))));
    }
  }

  @Test
  void transposeThroughSharedMemory() {
    try (var device = TestDevice.of("blocks.ptx")) {
      int rows = 45;
      int cols = 70;
      var source = normal(rows * cols);
      long target = device.empty(4L * rows * cols);
      device.launch(
          "transpose", Dim3.of(3, 2), Dim3.of(32, 8), 0, rows, cols, device.floats(source), target);
      var expected = new float[rows * cols];
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < cols; c++) {
          expected[c * rows + r] = source[r * cols + c];
        }
      }
      assertThat(device.readFloats(target, rows * cols)).containsExactly(expected);
    }
  }

  @Test
  void barriersInALoop() {
    try (var device = TestDevice.of("blocks.ptx")) {
      int n = 150;
      var x = new float[n];
      var expected = new float[n];
      for (int i = 0; i < n; i++) {
        x[i] = random.nextInt(100);
        expected[i] = x[i] + (i > 0 ? expected[i - 1] : 0);
      }
      long y = device.empty(4L * n);
      device.launch("scan", Dim3.of(1), Dim3.of(160), 4 * 160, n, device.floats(x), y);
      assertThat(device.readFloats(y, n)).containsExactly(expected);
    }
  }

  @Test
  void shufflesAndVotes() {
    try (var device = TestDevice.of("blocks.ptx")) {
      var x = random.ints(32, 6, 1000).toArray();
      long y = device.empty(4 * 32);
      device.launch("warp_functions", 1, 32, device.ints(x), y);
      int odd = (int) Arrays.stream(x).filter(v -> v % 2 == 1).count();
      var expected = new int[32];
      for (int i = 0; i < 32; i++) {
        expected[i] = x[0] + 3 * x[i >= 3 ? i - 3 : i] + 7 * odd + 1000;
      }
      assertThat(device.readInts(y, 32)).containsExactly(expected);
    }
  }

  @Test
  void lstmGates() {
    try (var device = TestDevice.of("lstm.ptx")) {
      int batch = 3;
      int units = 33;
      var z = normal(batch * 4 * units);
      var bias = normal(4 * units);
      var h = normal(batch * units);
      var c = normal(batch * units);
      long newH = device.empty(4L * batch * units);
      long newC = device.empty(4L * batch * units);
      device.launch(
          "lstm_gates",
          Dim3.of(2, batch),
          Dim3.of(32),
          0,
          batch,
          units,
          device.floats(z),
          device.floats(bias),
          device.bytes(new byte[] {1, 0, 1}),
          device.floats(h),
          device.floats(c),
          newH,
          newC);
      var foundH = device.readFloats(newH, batch * units);
      var foundC = device.readFloats(newC, batch * units);
      for (int b = 0; b < batch; b++) {
        for (int u = 0; u < units; u++) {
          int s = b * units + u;
          var gates = new double[4];
          for (int g = 0; g < 4; g++) {
            double v = z[(b * 4 + g) * units + u] + bias[g * units + u];
            gates[g] = g == 2 ? Math.tanh(v) : 1 / (1 + Math.exp(-v));
          }
          double next = b == 1 ? c[s] : gates[1] * c[s] + gates[0] * gates[2];
          assertThat((double) foundC[s]).isCloseTo(next, within(1e-6));
          assertThat((double) foundH[s])
              .isCloseTo(b == 1 ? h[s] : gates[3] * Math.tanh(next), within(1e-6));
        }
      }
    }
  }

  @Test
  void philoxGivesThePublishedNumbers() {
    // the known answers of Random123: counter and key all zero
    try (var device = TestDevice.of("lstm.ptx")) {
      long out = device.empty(4 * 4 * 5);
      device.launch("philox", 1, 32, 5, 0L, 0, out);
      assertThat(device.readInts(out, 4))
          .containsExactly(0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8);
    }
  }

  @Test
  void orderOfBlocksAndWarpsDoesNotMatter() {
    for (int seed = 0; seed < 3; seed++) {
      var cuda = SimulatedCuda.builder().shuffle(seed).build();
      try (var device = new TestDevice(cuda, TestDevice.text("blocks.ptx"))) {
        var x = new float[1000];
        Arrays.fill(x, 1);
        long partial = device.empty(4 * 5);
        device.launch("block_sum", 5, 128, x.length, device.floats(x), partial);
        assertThat(device.readFloats(partial, 5)).containsExactly(256, 256, 232, 128, 128);
      }
    }
  }

  @Test
  void unknownInstructionsAreNamed() {
    String ptx =
        """
        .version 6.0
        .target sm_60
        .address_size 64
        .visible .entry broken()
        {
          .reg .b32 %r<2>;
          frobnicate.b32 %r1, %r1;
          ret;
        }
        """;
    var cuda = SimulatedCuda.builder().build();
    long module = cuda.loadModule("broken.ptx", ptx);
    assertThatThrownBy(() -> cuda.function(module, "broken"))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessage(
            "broken.ptx, kernel broken, line 7: instruction 'frobnicate.b32' is not supported");
  }
}
