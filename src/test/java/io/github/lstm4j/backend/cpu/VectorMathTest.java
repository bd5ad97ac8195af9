package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.util.Arrays;
import java.util.Random;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The elementwise functions in both forms against java.lang.Math in double. */
class VectorMathTest {
  private static final float INFINITY = Float.POSITIVE_INFINITY;
  private static final double ERROR = 2e-7;

  static Stream<CpuMath> forms() {
    return Stream.of(CpuMath.plain(), CpuMath.best());
  }

  private interface Slices {
    void apply(float[] x, int xAt, float[] y, int yAt, int length);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Values of all sizes, of both signs. */
  private static float[] samples() {
    float[] x = new float[400_003];
    for (int i = 0; i < 300_000; i++) {
      x[i] = (i - 150_000) * 7e-4f; // -105 to 105
    }
    Random random = new Random(1);
    for (int i = 300_000; i < x.length; i++) {
      x[i] = (float) (random.nextGaussian() * Math.pow(10, random.nextInt(12) - 8));
    }
    return x;
  }

  private static void assertClose(Slices slices, DoubleUnaryOperator exact, double smallest) {
    float[] x = samples();
    float[] y = new float[x.length];
    slices.apply(x, 0, y, 0, x.length);
    for (int i = 0; i < x.length; i++) {
      double expected = exact.applyAsDouble(x[i]);
      if (expected > Float.MAX_VALUE) {
        assertThat(y[i]).isEqualTo(INFINITY);
      } else if (!(Math.abs(y[i] - expected) <= ERROR * Math.max(Math.abs(expected), smallest))) {
        assertThat((double) y[i]).as("at %s", x[i]).isEqualTo(expected);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void functionsAreAccurateOverTheirWholeRange(CpuMath form) {
    VectorMath math = form.math();
    // relative errors; below the smallest normal float some units of the smallest denormal
    assertClose(math::exp, Math::exp, Float.MIN_NORMAL);
    assertClose(math::tanh, Math::tanh, Float.MIN_NORMAL);
    // eˣ overflows a little before the sigmoid becomes denormal
    assertClose(math::sigmoid, VectorMathTest::sigmoid, 6e-39 / ERROR);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void sigmoidIsRelativelyAccurateToo(CpuMath form) {
    float[] x = new float[87_000];
    for (int i = 0; i < x.length; i++) {
      x[i] = -i * 1e-3f;
    }
    float[] y = new float[x.length];
    form.math().sigmoid(x, 0, y, 0, x.length);
    for (int i = 0; i < x.length; i++) {
      double expected = sigmoid(x[i]);
      assertThat((double) y[i]).as("at %s", x[i]).isCloseTo(expected, within(ERROR * expected));
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theLimitsAreRight(CpuMath form) {
    float[] x = {INFINITY, -INFINITY, 1e30f, -1e30f, 0, -0f, Float.MIN_VALUE, -1e-40f};
    float[] y = new float[x.length];
    form.math().exp(x, 0, y, 0, x.length);
    assertThat(y).containsExactly(INFINITY, 0, INFINITY, 0, 1, 1, 1, 1);
    form.math().tanh(x, 0, y, 0, x.length);
    assertThat(Arrays.copyOf(y, 4)).containsExactly(1, -1, 1, -1);
    assertThat(y[4] == 0 && y[5] == 0).isTrue();
    assertThat(Arrays.copyOfRange(y, 6, 8)).containsExactly(Float.MIN_VALUE, -1e-40f);
    form.math().sigmoid(x, 0, y, 0, x.length);
    assertThat(y).containsExactly(1, 0, 1, 0, 0.5f, 0.5f, 0.5f, 0.5f);
  }

  @ParameterizedTest
  @MethodSource("forms")
  void notANumberStaysAlone(CpuMath form) {
    VectorMath math = form.math();
    for (Slices slices : new Slices[] {math::exp, math::tanh, math::sigmoid}) {
      float[] x = new float[37];
      x[5] = Float.NaN;
      x[36] = Float.NaN;
      float[] y = new float[37];
      slices.apply(x, 0, y, 0, 37);
      for (int i = 0; i < 37; i++) {
        assertThat(Float.isNaN(y[i])).isEqualTo(i == 5 || i == 36);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void aResultDoesNotDependOnThePlaceAndNothingElseIsTouched(CpuMath form) {
    VectorMath math = form.math();
    Random random = new Random(2);
    float[] x = new float[101];
    for (int i = 0; i < x.length; i++) {
      x[i] = (float) (4 * random.nextGaussian());
    }
    for (Slices slices : new Slices[] {math::exp, math::tanh, math::sigmoid}) {
      float[] all = new float[101];
      slices.apply(x, 0, all, 0, 101);
      for (int from = 0; from < 40; from += 3) {
        for (int length = 0; from + length <= 101; length += 7) {
          float[] part = new float[130];
          Arrays.fill(part, -7);
          slices.apply(x, from, part, 11, length);
          float[] expected = new float[130];
          Arrays.fill(expected, -7);
          System.arraycopy(all, from, expected, 11, length);
          assertThat(part).isEqualTo(expected);
          float[] inPlace = x.clone();
          slices.apply(inPlace, from, inPlace, from, length);
          assertThat(Arrays.copyOfRange(inPlace, from, from + length))
              .isEqualTo(Arrays.copyOfRange(all, from, from + length));
        }
      }
    }
  }

  /** One step of {@code units} units, its slices at odd places of larger arrays. */
  private static final class Step {
    final int units;
    final float[] z;
    final float[] cPrevious;
    final float[] c;
    final float[] h;
    final float[] dh;
    final float[] dc;

    Step(int units, long seed) {
      this.units = units;
      Random random = new Random(seed);
      z = random(random, 4 * units + 5, 3);
      cPrevious = random(random, units + 3, 1);
      c = random(random, units + 2, 1);
      h = random(random, units + 6, 1);
      dh = random(random, units + 4, 1);
      dc = random(random, units + 1, 1);
    }

    static float[] random(Random random, int length, double size) {
      float[] values = new float[length];
      for (int i = 0; i < length; i++) {
        values[i] = (float) (size * random.nextGaussian());
      }
      return values;
    }

    void forward(VectorMath math) {
      int f = 4 + units;
      int g = f + units;
      int o = g + units;
      math.sigmoid(z, 4, z, 4, 2 * units);
      math.tanh(z, g, z, g, units);
      math.sigmoid(z, o, z, o, units);
      math.sumOfProducts(z, f, cPrevious, 2, z, 4, z, g, c, 1, units);
      math.tanh(c, 1, h, 5, units);
      math.multiply(h, 5, z, o, h, 5, units);
    }

    void backward(VectorMath math) {
      math.lstmBackward(z, 4, cPrevious, 2, c, 1, dh, 3, dc, 0, units);
    }
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theLstmStepFollowsItsEquations(CpuMath form) {
    for (int units : new int[] {1, 5, 16, 31, 33, 64, 97, 1025}) {
      Step before = new Step(units, units);
      Step step = new Step(units, units);
      step.forward(form.math());
      for (int j = 0; j < units; j++) {
        double i = sigmoid(before.z[4 + j]);
        double f = sigmoid(before.z[4 + units + j]);
        double g = Math.tanh(before.z[4 + 2 * units + j]);
        double o = sigmoid(before.z[4 + 3 * units + j]);
        double c = f * before.cPrevious[2 + j] + i * g;
        assertThat((double) step.z[4 + j]).isCloseTo(i, within(ERROR));
        assertThat((double) step.z[4 + units + j]).isCloseTo(f, within(ERROR));
        assertThat((double) step.z[4 + 2 * units + j]).isCloseTo(g, within(ERROR));
        assertThat((double) step.z[4 + 3 * units + j]).isCloseTo(o, within(ERROR));
        assertThat((double) step.c[1 + j]).isCloseTo(c, within(2e-6));
        assertThat((double) step.h[5 + j]).isCloseTo(o * Math.tanh(c), within(2e-6));
      }
      assertThat(step.c[0]).isEqualTo(before.c[0]);
      assertThat(step.c[units + 1]).isEqualTo(before.c[units + 1]);
      assertThat(step.h[4]).isEqualTo(before.h[4]);
      assertThat(step.z[3]).isEqualTo(before.z[3]);
      assertThat(step.z[4 * units + 4]).isEqualTo(before.z[4 * units + 4]);
    }
  }

  /** h and c of one unit as functions of its pre-activations i, f, c, o and of c₋. */
  private static double[] unit(double... in) {
    double c = sigmoid(in[1]) * in[4] + sigmoid(in[0]) * Math.tanh(in[2]);
    return new double[] {sigmoid(in[3]) * Math.tanh(c), c};
  }

  @ParameterizedTest
  @MethodSource("forms")
  void theBackwardStepIsTheDerivativeOfTheForwardStep(CpuMath form) {
    for (int units : new int[] {1, 31, 33, 64, 1025}) {
      Step before = new Step(units, units);
      Step step = new Step(units, units);
      step.forward(form.math());
      step.backward(form.math());
      for (int j = 0; j < units; j++) {
        double[] in = new double[5];
        for (int gate = 0; gate < 4; gate++) {
          in[gate] = before.z[4 + gate * units + j];
        }
        in[4] = before.cPrevious[2 + j];
        for (int variable = 0; variable < 5; variable++) {
          double[] more = in.clone();
          double[] less = in.clone();
          more[variable] += 1e-5;
          less[variable] -= 1e-5;
          double dh = (unit(more)[0] - unit(less)[0]) / 2e-5;
          double dc = (unit(more)[1] - unit(less)[1]) / 2e-5;
          double expected = before.dh[3 + j] * dh + before.dc[j] * dc;
          double actual = variable < 4 ? step.z[4 + variable * units + j] : step.dc[j];
          assertThat(actual).as("variable %d", variable).isCloseTo(expected, within(5e-6));
        }
      }
      assertThat(step.dh).isEqualTo(before.dh);
      assertThat(step.cPrevious).isEqualTo(before.cPrevious);
      assertThat(step.dc[units]).isEqualTo(before.dc[units]);
    }
  }

  /** A unit gives the same bits alone as among 1025. */
  @ParameterizedTest
  @MethodSource("forms")
  void aUnitDoesNotDependOnItsPlace(CpuMath form) {
    int units = 1025;
    Step all = new Step(units, 9);
    Step start = new Step(units, 9);
    all.forward(form.math());
    float[] c = all.c.clone();
    float[] h = all.h.clone();
    all.backward(form.math());
    for (int j : new int[] {0, 1, 15, 16, 500, 511, 512, 1023, 1024}) {
      Step one = new Step(1, 0);
      for (int gate = 0; gate < 4; gate++) {
        one.z[4 + gate] = start.z[4 + gate * units + j];
      }
      one.cPrevious[2] = start.cPrevious[2 + j];
      one.dh[3] = start.dh[3 + j];
      one.dc[0] = start.dc[j];
      one.forward(form.math());
      assertThat(one.c[1]).isEqualTo(c[1 + j]);
      assertThat(one.h[5]).isEqualTo(h[5 + j]);
      one.backward(form.math());
      for (int gate = 0; gate < 4; gate++) {
        assertThat(one.z[4 + gate]).isEqualTo(all.z[4 + gate * units + j]);
      }
      assertThat(one.dc[0]).isEqualTo(all.dc[j]);
    }
  }
}
