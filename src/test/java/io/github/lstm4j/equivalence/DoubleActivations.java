package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;

/** The activations and their derivatives in double, both as functions of the input x. */
final class DoubleActivations {
  private static final double SELU_SCALE = 1.05070098;
  private static final double SELU_ALPHA = 1.67326324;

  private DoubleActivations() {}

  static double value(Activation a, double x) {
    return switch (a.kind()) {
      case LINEAR -> x;
      case RELU ->
          x > a.gamma() ? Math.min(x, a.alpha()) : a.beta() == 0 ? 0 : a.beta() * (x - a.gamma());
      case RELU6 -> Math.min(Math.max(x, 0), 6);
      case LEAKY_RELU -> x > 0 ? x : a.alpha() * x;
      case ELU -> x > 0 ? x : a.alpha() * Math.expm1(x);
      case CELU -> x > 0 ? x : a.alpha() * Math.expm1(x / a.alpha());
      case SELU -> x > 0 ? SELU_SCALE * x : SELU_SCALE * SELU_ALPHA * Math.expm1(x);
      case GELU -> x * normalCdf(x);
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
      case HARD_SHRINK -> Math.abs(x) > 0.5 ? x : 0;
      case SOFT_SHRINK -> x > 0.5 ? x - 0.5 : x < -0.5 ? x + 0.5 : 0;
      case TANH_SHRINK -> x - Math.tanh(x);
      case LOG_SIGMOID -> -softplus(-x);
      case SQUAREPLUS -> (x + Math.sqrt(x * x + 4)) / 2;
      case SPARSE_PLUS -> x <= -1 ? 0 : x < 1 ? (x + 1) * (x + 1) / 4 : x;
      case SPARSE_SIGMOID -> clip((x + 1) / 2, 0, 1);
      case AFFINE -> a.alpha() * x + a.beta();
      case SCALED_TANH -> a.alpha() * Math.tanh(a.beta() * x);
      case SOFTMAX, LOG_SOFTMAX -> throw new IllegalArgumentException(a + " is of a whole row");
    };
  }

  static double derivative(Activation a, double x) {
    return switch (a.kind()) {
      case LINEAR -> 1;
      case RELU -> x <= a.gamma() ? a.beta() : x < a.alpha() ? 1 : 0;
      case RELU6 -> x > 0 && x < 6 ? 1 : 0;
      case LEAKY_RELU -> x > 0 ? 1 : a.alpha();
      case ELU -> x > 0 ? 1 : a.alpha() * Math.exp(x);
      case CELU -> x > 0 ? 1 : Math.exp(x / a.alpha());
      case SELU -> x > 0 ? SELU_SCALE : SELU_SCALE * SELU_ALPHA * Math.exp(x);
      case GELU -> normalCdf(x) + x * Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
      case SIGMOID -> sigmoid(x) * sigmoid(-x);
      case HARD_SIGMOID -> {
        double line = a.alpha() * x + a.beta();
        yield line > 0 && line < 1 ? a.alpha() : 0;
      }
      case TANH -> 1 / (Math.cosh(x) * Math.cosh(x));
      case SOFTSIGN -> 1 / ((1 + Math.abs(x)) * (1 + Math.abs(x)));
      case SOFTPLUS -> sigmoid(x);
      case SILU -> sigmoid(x) + x * sigmoid(x) * sigmoid(-x);
      case EXPONENTIAL -> Math.exp(x);
      case MISH -> {
        double th = Math.tanh(softplus(x));
        yield th + x * (1 - th * th) * sigmoid(x);
      }
      case HARD_SILU -> x <= -3 ? 0 : x >= 3 ? 1 : x / 3 + 0.5;
      case HARD_TANH -> Math.abs(x) < 1 ? 1 : 0;
      case HARD_SHRINK, SOFT_SHRINK -> Math.abs(x) > 0.5 ? 1 : 0;
      case TANH_SHRINK -> Math.tanh(x) * Math.tanh(x);
      case LOG_SIGMOID -> sigmoid(-x);
      case SQUAREPLUS -> (1 + x / Math.sqrt(x * x + 4)) / 2;
      case SPARSE_PLUS -> x <= -1 ? 0 : x < 1 ? (x + 1) / 2 : 1;
      case SPARSE_SIGMOID -> Math.abs(x) < 1 ? 0.5 : 0;
      case AFFINE -> a.alpha();
      case SCALED_TANH -> a.alpha() * a.beta() / Math.pow(Math.cosh(a.beta() * x), 2);
      case SOFTMAX, LOG_SOFTMAX -> throw new IllegalArgumentException(a + " is of a whole row");
    };
  }

  /** A row through {@code a}: softmax and its logarithm, or each element by itself. */
  static double[] row(Activation a, double[] x) {
    double[] y = new double[x.length];
    if (a.isElementwise()) {
      for (int i = 0; i < x.length; i++) {
        y[i] = value(a, x[i]);
      }
      return y;
    }
    double largest = Double.NEGATIVE_INFINITY;
    for (double v : x) {
      largest = Math.max(largest, v);
    }
    double sum = 0;
    for (double v : x) {
      sum += Math.exp(v - largest);
    }
    for (int i = 0; i < x.length; i++) {
      double log = x[i] - largest - Math.log(sum);
      y[i] = a.kind() == Activation.Kind.SOFTMAX ? Math.exp(log) : log;
    }
    return y;
  }

  /** The gradient of {@link #row} by x: dy times the Jacobian. */
  static double[] rowGradient(Activation a, double[] x, double[] dy) {
    double[] dx = new double[x.length];
    double[] p = a.isElementwise() ? null : row(Activation.SOFTMAX, x);
    for (int j = 0; j < x.length; j++) {
      if (p == null) {
        dx[j] = dy[j] * derivative(a, x[j]);
        continue;
      }
      for (int i = 0; i < x.length; i++) {
        double same = i == j ? 1 : 0;
        double jacobian = a.kind() == Activation.Kind.SOFTMAX ? p[i] * (same - p[j]) : same - p[j];
        dx[j] += dy[i] * jacobian;
      }
    }
    return dx;
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

  /** Φ by its Taylor series about 0 for small |x|, by the continued fraction of its tail beyond. */
  static double normalCdf(double x) {
    double density = Math.exp(-x * x / 2) / Math.sqrt(2 * Math.PI);
    if (Math.abs(x) < 5) {
      double term = x;
      double sum = x;
      for (int n = 3; Math.abs(term) > 1e-18 * Math.abs(sum); n += 2) {
        term *= x * x / n;
        sum += term;
      }
      return 0.5 + density * sum;
    }
    double fraction = Math.abs(x);
    for (int n = 60; n > 0; n--) {
      fraction = Math.abs(x) + n / fraction;
    }
    double tail = density / fraction;
    return x < 0 ? tail : 1 - tail;
  }
}
