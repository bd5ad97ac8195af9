package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;

/**
 * Every activation: its value and its slope, a line each. Formulas: {@link Activation.Kind}. Bounds
 * are rounded to float as outputs are, so that an output at a bound equals it.
 */
final class CpuActivations {
  private static final double SELU_SCALE = 1.0507009873554805;
  private static final double SELU_ALPHA = 1.6732632423543772;
  private static final double SQRT_HALF = Math.sqrt(0.5);
  private static final double SQRT_PI = Math.sqrt(Math.PI);

  private CpuActivations() {}

  /** The activation of x. */
  static double value(Activation a, double x) {
    return switch (a.kind()) {
      case LINEAR -> x;
      case RELU -> relu(a, x);
      case RELU6 -> clip(x, 0, 6);
      case LEAKY_RELU -> x > 0 ? x : a.alpha() * x;
      case ELU -> x > 0 ? x : a.alpha() * Math.expm1(x);
      case CELU -> x > 0 ? x : a.alpha() * Math.expm1(x / a.alpha());
      case SELU -> SELU_SCALE * (x > 0 ? x : SELU_ALPHA * Math.expm1(x));
      case GELU -> x * normal(x);
      case SIGMOID -> sigmoid(x);
      case HARD_SIGMOID -> clip(a.alpha() * x + a.beta(), 0, 1);
      case TANH -> Math.tanh(x);
      case SOFTSIGN -> x / (1 + Math.abs(x));
      case SOFTPLUS -> softplus(x);
      case SILU -> x * sigmoid(x);
      case EXPONENTIAL -> Math.exp(x);
      case MISH -> x * Math.tanh(softplus(x));
      case HARD_SILU -> x * clip(x / 6 + 0.5, 0, 1);
      case HARD_TANH -> clip(x, -1, 1);
      case HARD_SHRINK -> Math.abs(x) <= 0.5 ? 0 : x;
      case SOFT_SHRINK -> Math.abs(x) <= 0.5 ? 0 : x - Math.copySign(0.5, x);
      case TANH_SHRINK -> x - Math.tanh(x);
      case LOG_SIGMOID -> -softplus(-x);
      case SQUAREPLUS -> x < 0 ? 2 / (root(x) - x) : (x + root(x)) / 2;
      case SPARSE_PLUS -> x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) / 4 : x;
      case SPARSE_SIGMOID -> clip((x + 1) / 2, 0, 1);
      case AFFINE -> a.alpha() * x + a.beta();
      case SCALED_TANH -> a.alpha() * Math.tanh(a.beta() * x);
      case SOFTMAX, LOG_SOFTMAX -> throw new IllegalStateException(a + " is not elementwise");
    };
  }

  /**
   * The derivative, by the input.
   *
   * @param v the output if the activation {@link Activation#derivesFromOutput derives from it},
   *     else the input
   */
  static double slope(Activation a, double v) {
    return switch (a.kind()) {
      case LINEAR -> 1;
      case RELU -> v > (float) a.gamma() ? (v < (float) a.alpha() ? 1 : 0) : a.beta();
      case RELU6 -> v > 0 && v < 6 ? 1 : 0;
      case LEAKY_RELU -> v > 0 ? 1 : a.alpha();
      case ELU -> v > 0 ? 1 : a.derivesFromOutput() ? v + a.alpha() : a.alpha() * Math.exp(v);
      case CELU -> v > 0 ? 1 : v / a.alpha() + 1;
      case SELU -> v > 0 ? SELU_SCALE : v + SELU_SCALE * SELU_ALPHA;
      case GELU -> normal(v) + v * Math.exp(-v * v / 2) * SQRT_HALF / SQRT_PI;
      case SIGMOID -> v * (1 - v);
      case HARD_SIGMOID -> v > 0 && v < 1 ? a.alpha() : 0;
      case TANH -> 1 - v * v;
      case SOFTSIGN -> (1 - Math.abs(v)) * (1 - Math.abs(v));
      case SOFTPLUS -> -Math.expm1(-v);
      case SILU -> sigmoid(v) * (1 + v * sigmoid(-v));
      case EXPONENTIAL -> v;
      case MISH -> mishSlope(v, Math.tanh(softplus(v)));
      case HARD_SILU -> v <= -3 ? 0 : v < 3 ? v / 3 + 0.5 : 1;
      case HARD_TANH -> v > -1 && v < 1 ? 1 : 0;
      case HARD_SHRINK, SOFT_SHRINK -> Math.abs(v) <= 0.5 ? 0 : 1;
      case TANH_SHRINK -> Math.tanh(v) * Math.tanh(v);
      case LOG_SIGMOID -> -Math.expm1(v);
      case SQUAREPLUS -> (v < 0 ? 4 / (root(v) * (root(v) - v)) : 1 + v / root(v)) / 2;
      case SPARSE_PLUS -> v <= -1 ? 0 : v < 1 ? (v + 1) / 2 : 1;
      case SPARSE_SIGMOID -> v > 0 && v < 1 ? 0.5 : 0;
      case AFFINE -> a.alpha();
      case SCALED_TANH -> a.beta() * (a.alpha() - v * v / a.alpha());
      case SOFTMAX, LOG_SOFTMAX -> throw new IllegalStateException(a + " is not elementwise");
    };
  }

  /** {@code y = a(x)} for {@code length} elements; y may be x. */
  static void apply(
      Activation a, VectorMath math, float[] x, int xAt, float[] y, int yAt, int length) {
    if (a.equals(Activation.RELU)) { // without the branch that random signs would mispredict
      for (int j = 0; j < length; j++) {
        y[yAt + j] = Math.max(x[xAt + j], 0);
      }
      return;
    }
    switch (a.kind()) {
      case TANH -> math.tanh(x, xAt, y, yAt, length);
      case SIGMOID -> math.sigmoid(x, xAt, y, yAt, length);
      case EXPONENTIAL -> math.exp(x, xAt, y, yAt, length);
      case LINEAR -> System.arraycopy(x, xAt, y, yAt, length);
      default -> {
        for (int j = 0; j < length; j++) {
          y[yAt + j] = (float) value(a, x[xAt + j]);
        }
      }
    }
  }

  /** The same for a matrix with {@code length} columns; rows lie ldx and ldy apart. */
  static void apply(
      Activation a,
      VectorMath math,
      int rows,
      float[] x,
      int xAt,
      int ldx,
      float[] y,
      int yAt,
      int ldy,
      int length) {
    switch (a.kind()) {
      case TANH -> math.tanh(rows, x, xAt, ldx, y, yAt, ldy, length);
      case SIGMOID -> math.sigmoid(rows, x, xAt, ldx, y, yAt, ldy, length);
      default -> {
        for (int r = 0; r < rows; r++) {
          apply(a, math, x, xAt + r * ldx, y, yAt + r * ldy, length);
        }
      }
    }
  }

  /** Softmax of one row, or its logarithm; y must not be x. */
  static void softmax(
      boolean log, VectorMath math, float[] x, int xAt, float[] y, int yAt, int width) {
    float max = Float.NEGATIVE_INFINITY;
    for (int j = 0; j < width; j++) {
      max = Math.max(max, x[xAt + j]);
    }
    for (int j = 0; j < width; j++) {
      y[yAt + j] = x[xAt + j] - max;
    }
    math.exp(y, yAt, y, yAt, width);
    double sum = 0;
    for (int j = 0; j < width; j++) {
      sum += y[yAt + j];
    }
    if (log) {
      double logSum = Math.log(sum);
      for (int j = 0; j < width; j++) {
        y[yAt + j] = (float) ((double) x[xAt + j] - max - logSum);
      }
    } else {
      float factor = (float) (1 / sum);
      for (int j = 0; j < width; j++) {
        y[yAt + j] *= factor;
      }
    }
  }

  /**
   * Gradient of one row of softmax, {@code dx = y·(dy − Σ y·dy)}, or of its logarithm, {@code dx =
   * dy − exp(y)·Σ dy}.
   */
  static void softmaxGrad(
      boolean log, float[] y, int yAt, float[] dy, int dyAt, float[] dx, int dxAt, int width) {
    double sum = 0;
    for (int j = 0; j < width; j++) {
      sum += log ? dy[dyAt + j] : (double) y[yAt + j] * dy[dyAt + j];
    }
    for (int j = 0; j < width; j++) {
      double d = dy[dyAt + j];
      double out = y[yAt + j];
      dx[dxAt + j] = (float) (log ? d - Math.exp(out) * sum : out * (d - sum));
    }
  }

  private static double relu(Activation a, double x) {
    double threshold = (float) a.gamma();
    double y = x <= threshold ? 0 : Math.min(x, (float) a.alpha());
    return a.beta() == 0 ? y : y + a.beta() * Math.min(x - threshold, 0);
  }

  private static double clip(double x, double low, double high) {
    return Math.min(Math.max(x, low), high);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  private static double softplus(double x) {
    return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
  }

  private static double root(double x) {
    return Math.sqrt(x * x + 4);
  }

  /** With t = tanh(softplus(x)). */
  private static double mishSlope(double x, double t) {
    return t + x * (1 - t * t) * sigmoid(x);
  }

  /** Φ(x), the normal distribution; small values are exact to their own size. */
  private static double normal(double x) {
    double z = Math.abs(x) * SQRT_HALF;
    double upper = z < 2.5 ? 1 - erfSeries(z) : erfcFraction(z);
    return x < 0 ? upper / 2 : 1 - upper / 2;
  }

  /** erf(z) = 2/√π·exp(−z²)·Σ 2ⁿz²ⁿ⁺¹/(2n+1)!!, whose terms are all positive (DLMF 7.6.2). */
  private static double erfSeries(double z) {
    double term = z;
    double sum = z;
    for (int n = 1; term > 1e-17 * sum; n++) {
      term *= 2 * z * z / (2 * n + 1);
      sum += term;
    }
    return 2 / SQRT_PI * Math.exp(-z * z) * sum;
  }

  /** erfc(z) = exp(−z²)/√π · 1/(z + (1/2)/(z + 1/(z + (3/2)/(z + …)))) (DLMF 7.9.1). */
  private static double erfcFraction(double z) {
    double tail = z;
    for (int n = 60; n > 0; n--) {
      tail = z + n / 2.0 / tail;
    }
    return Math.exp(-z * z) / (SQRT_PI * tail);
  }
}
