package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import java.util.Arrays;

/** Losses of one row, their gradients, and metrics of one row, in double. */
final class DoubleLosses {
  private static final double EPSILON = 1e-7;

  private DoubleLosses() {}

  /** The loss of prediction p against target t, both of one row; a class number is one-hot here. */
  static double value(Loss loss, double[] p, double[] t) {
    int k = p.length;
    double sum = 0;
    switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> {
        for (int j = 0; j < k; j++) {
          sum += (t[j] - p[j]) * (t[j] - p[j]);
        }
        return sum / k;
      }
      case MEAN_ABSOLUTE_ERROR -> {
        for (int j = 0; j < k; j++) {
          sum += Math.abs(t[j] - p[j]);
        }
        return sum / k;
      }
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR -> {
        for (int j = 0; j < k; j++) {
          sum += 100 * Math.abs((t[j] - p[j]) / Math.max(Math.abs(t[j]), EPSILON));
        }
        return sum / k;
      }
      case MEAN_SQUARED_LOGARITHMIC_ERROR -> {
        for (int j = 0; j < k; j++) {
          double first = Math.log1p(Math.max(p[j], EPSILON));
          double second = Math.log1p(Math.max(t[j], EPSILON));
          sum += (first - second) * (first - second);
        }
        return sum / k;
      }
      case LOG_COSH -> {
        for (int j = 0; j < k; j++) {
          sum +=
              Math.log1p(2 * Math.pow(Math.sinh((p[j] - t[j]) / 2), 2)); // cosh x = 1 + 2 sinh² x/2
        }
        return sum / k;
      }
      case POISSON -> {
        for (int j = 0; j < k; j++) {
          sum += p[j] - t[j] * Math.log(p[j] + EPSILON);
        }
        return sum / k;
      }
      case HUBER -> {
        double delta = loss.delta();
        for (int j = 0; j < k; j++) {
          double e = Math.abs(t[j] - p[j]);
          sum += e <= delta ? e * e / 2 : delta * e - delta * delta / 2;
        }
        return sum / k;
      }
      case QUANTILE -> {
        for (int j = 0; j < k; j++) {
          double q = loss.quantiles().get(j % loss.quantiles().size());
          sum += t[j] >= p[j] ? q * (t[j] - p[j]) : (1 - q) * (p[j] - t[j]);
        }
        return sum / k;
      }
      case BINARY_CROSSENTROPY -> {
        for (int j = 0; j < k; j++) {
          if (loss.fromLogits()) {
            // log(σ(p)) and log(1 − σ(p)) = log(σ(−p))
            sum -= t[j] * DoubleActivations.value(Activation.of("log_sigmoid"), p[j]);
            sum -= (1 - t[j]) * DoubleActivations.value(Activation.of("log_sigmoid"), -p[j]);
          } else {
            sum -= t[j] * Math.log(clip(p[j])) + (1 - t[j]) * Math.log(1 - clip(p[j]));
          }
        }
        return sum / k;
      }
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> {
        double[] log =
            loss.fromLogits() ? DoubleActivations.row(Activation.of("log_softmax"), p) : null;
        double total = sum(p);
        for (int j = 0; j < k; j++) {
          sum -= t[j] * (log != null ? log[j] : Math.log(clip(p[j] / total)));
        }
        return sum;
      }
      case OWN -> {
        return p[0]; // the ops before it have computed it
      }
      case CTC -> throw new IllegalArgumentException("an op of its own");
    }
    throw new IllegalStateException(loss.toString());
  }

  /** The gradient of {@link #value} by p. */
  static double[] gradient(Loss loss, double[] p, double[] t) {
    int k = p.length;
    double[] d = new double[k];
    switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> {
        for (int j = 0; j < k; j++) {
          d[j] = 2 * (p[j] - t[j]) / k;
        }
      }
      case MEAN_ABSOLUTE_ERROR -> {
        for (int j = 0; j < k; j++) {
          d[j] = Math.signum(p[j] - t[j]) / k;
        }
      }
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR -> {
        for (int j = 0; j < k; j++) {
          d[j] = 100 * Math.signum(p[j] - t[j]) / Math.max(Math.abs(t[j]), EPSILON) / k;
        }
      }
      case MEAN_SQUARED_LOGARITHMIC_ERROR -> {
        for (int j = 0; j < k; j++) {
          double error = Math.log1p(p[j]) - Math.log1p(Math.max(t[j], EPSILON));
          d[j] = p[j] < EPSILON ? 0 : 2 * error / (1 + p[j]) / k;
        }
      }
      case LOG_COSH -> {
        for (int j = 0; j < k; j++) {
          d[j] = Math.tanh(p[j] - t[j]) / k;
        }
      }
      case OWN -> d[0] = 1;
      case CTC -> throw new IllegalArgumentException("an op of its own");
      case POISSON -> {
        for (int j = 0; j < k; j++) {
          d[j] = (1 - t[j] / (p[j] + EPSILON)) / k;
        }
      }
      case HUBER -> {
        for (int j = 0; j < k; j++) {
          d[j] = Math.min(Math.max(p[j] - t[j], -loss.delta()), loss.delta()) / k;
        }
      }
      case QUANTILE -> {
        for (int j = 0; j < k; j++) {
          double q = loss.quantiles().get(j % loss.quantiles().size());
          d[j] = (t[j] > p[j] ? -q : t[j] < p[j] ? 1 - q : 0.5 - q) / k;
        }
      }
      case BINARY_CROSSENTROPY -> {
        for (int j = 0; j < k; j++) {
          if (loss.fromLogits()) {
            d[j] = (DoubleActivations.value(Activation.SIGMOID, p[j]) - t[j]) / k;
          } else if (clip(p[j]) == p[j]) {
            d[j] = (-t[j] / p[j] + (1 - t[j]) / (1 - p[j])) / k;
          }
        }
      }
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> {
        if (loss.fromLogits()) {
          double[] q = DoubleActivations.row(Activation.SOFTMAX, p);
          for (int j = 0; j < k; j++) {
            d[j] = sum(t) * q[j] - t[j];
          }
        } else {
          // q_i = p_i/S, so dq_i/dp_j = (δ_ij − q_i)/S
          double total = sum(p);
          for (int i = 0; i < k; i++) {
            double q = p[i] / total;
            if (clip(q) == q) {
              for (int j = 0; j < k; j++) {
                d[j] -= t[i] / q * ((i == j ? 1 : 0) - q) / total;
              }
            }
          }
        }
      }
    }
    return d;
  }

  /** The metric of one row; for RMSE the mean of the squares. */
  static double metric(Metric metric, double[] p, double[] t) {
    return switch (metric.kind()) {
      case MEAN, ROOT_MEAN_SQUARED_ERROR -> value(metric.loss(), p, t);
      case BINARY_ACCURACY -> {
        double right = 0;
        for (int j = 0; j < p.length; j++) {
          right += (p[j] > metric.threshold() ? 1 : 0) == t[j] ? 1 : 0;
        }
        yield right / p.length;
      }
      case CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> largest(p) == largest(t) ? 1 : 0;
      case TOP_K_CATEGORICAL_ACCURACY, SPARSE_TOP_K_CATEGORICAL_ACCURACY -> {
        double of = p[largest(t)];
        yield Arrays.stream(p).filter(v -> v > of).count() < metric.k() ? 1 : 0;
      }
      case ACCURACY, OWN -> throw new IllegalArgumentException(metric.toString());
    };
  }

  /** Targets of one row after smoothing, K the length of the prediction's last axis. */
  static double[] smoothed(Loss loss, double[] t, int outputs) {
    double s = loss.labelSmoothing();
    double share = loss.kind() == Loss.Kind.BINARY_CROSSENTROPY ? s / 2 : s / outputs;
    return Arrays.stream(t).map(v -> v * (1 - s) + share).toArray();
  }

  private static int largest(double[] row) {
    int at = 0;
    for (int j = 1; j < row.length; j++) {
      at = row[j] > row[at] ? j : at;
    }
    return at;
  }

  private static double sum(double[] row) {
    double sum = 0;
    for (double v : row) {
      sum += v;
    }
    return sum;
  }

  private static double clip(double p) {
    return Math.min(Math.max(p, EPSILON), 1 - EPSILON);
  }
}
