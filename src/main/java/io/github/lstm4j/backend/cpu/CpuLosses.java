package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.losses.Loss;

/** Every loss: the value of a row and its gradient. Formulas: {@link Loss}. */
final class CpuLosses {
  /** The bounds of probabilities, as float32 has them: 1 − ε is 1 − 2⁻²³. */
  private static final float LOWEST = 1e-7f;

  private static final float HIGHEST = 1 - 1e-7f;

  private CpuLosses() {}

  /** What a row's value and gradient are computed from. */
  record Rows(Span prediction, Span target, boolean sparse, int width) {
    double p(int row, int k) {
      return prediction.get(row * width + k);
    }

    double t(int row, int k) {
      if (sparse) {
        return (int) target.get(row) == k ? 1 : 0;
      }
      return target.get(row * width + k);
    }
  }

  private static Rows rows(ObjectiveOp.LossValue op, CpuBinding binding) {
    return new Rows(
        binding.span(op.prediction()),
        binding.span(op.target()),
        op.loss().sparse(),
        op.prediction().shape().last());
  }

  static Task loss(ObjectiveOp.LossValue op, CpuBinding binding) {
    Rows rows = rows(op, binding);
    Loss loss = op.loss();
    Weights weights = weights(op, binding);
    int n = Graph.rows(op.prediction());
    int batch = op.batch();
    Span values = binding.span(op.rows());
    Span result = binding.span(op.result());
    Task weigh = weigh(row -> value(loss, rows, row), weights, n, rows.width(), values, binding);
    return () -> {
      weigh.run();
      float sum = sum(values, n);
      float divisor =
          switch (loss.reduction()) {
            case SUM_OVER_BATCH_SIZE -> weights.unmasked(n);
            case SUM -> 1;
            case MEAN_WITH_SAMPLE_WEIGHT -> weights.sum(n);
          };
      float value = divisor == 0 ? 0 : sum / divisor;
      result.set(0, value);
      result.set(1, divisor);
      result.set(2, value * batch);
      result.set(3, batch);
    };
  }

  /** What rows count: sample weights (N) or (B), and mask (N); each may be null. */
  record Weights(Span samples, Span mask) {
    float of(int row) {
      float weight = samples == null ? 1 : samples.get(row % samples.size());
      return mask == null ? weight : weight * mask.get(row);
    }

    /** How many of n rows are not masked. */
    float unmasked(int n) {
      return mask == null ? n : CpuLosses.sum(mask, n);
    }

    /** The weights of n rows that are not masked; without a mask each sample counts once. */
    float sum(int n) {
      if (samples == null) {
        return unmasked(n);
      } else if (mask == null) {
        return CpuLosses.sum(samples, samples.size());
      }
      double sum = 0;
      for (int r = 0; r < n; r++) {
        sum += of(r);
      }
      return (float) sum;
    }
  }

  private static Weights weights(ObjectiveOp.LossValue op, CpuBinding binding) {
    return new Weights(binding.span(op.sampleWeights()), binding.span(op.mask()));
  }

  /** A row's value before its weight. */
  interface RowValue {
    double of(int row);
  }

  /** Weighs the values of {@code n} rows; a row of weight 0 is 0, even if its value is NaN. */
  static Task weigh(
      RowValue value, Weights weights, int n, int width, Span rows, CpuBinding binding) {
    return binding
        .parallel()
        .over(
            n,
            8 * width,
            (from, to) -> {
              for (int r = from; r < to; r++) {
                float weight = weights.of(r);
                rows.set(r, weight == 0 ? 0 : (float) (weight * value.of(r)));
              }
            });
  }

  /** The sum of the first n. */
  static float sum(Span values, int n) {
    double sum = 0;
    for (int r = 0; r < n; r++) {
      sum += values.get(r);
    }
    return (float) sum;
  }

  static Task gradient(ObjectiveOp.LossGrad op, CpuBinding binding) {
    ObjectiveOp.LossValue forward = op.forward();
    Rows rows = rows(forward, binding);
    Weights weights = weights(forward, binding);
    Span result = binding.span(forward.result());
    Span dp = binding.span(op.dPrediction());
    return binding
        .parallel()
        .over(
            Graph.rows(forward.prediction()),
            8 * rows.width(),
            (from, to) -> {
              float divisor = result.get(1);
              for (int r = from; r < to; r++) {
                float weight = weights.of(r);
                if (weight == 0 || divisor == 0) {
                  dp.part(r * rows.width(), rows.width()).fill(0);
                } else {
                  gradient(forward.loss(), rows, r, weight / (double) divisor, dp);
                }
              }
            });
  }

  private static double value(Loss loss, Rows rows, int r) {
    if (loss.kind().isElementwise()) {
      double sum = 0;
      for (int k = 0; k < rows.width(); k++) {
        sum += elementValue(loss, rows.t(r, k), rows.p(r, k));
      }
      return sum / rows.width();
    }
    return switch (loss.kind()) {
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY ->
          loss.fromLogits() ? logSoftmaxValue(rows, r) : categoricalValue(rows, r);
      case MEAN_SQUARED_ERROR, MEAN_ABSOLUTE_ERROR, HUBER, BINARY_CROSSENTROPY ->
          throw new IllegalStateException(loss.kind() + " is elementwise");
    };
  }

  private static void gradient(Loss loss, Rows rows, int r, double scale, Span dp) {
    if (loss.kind().isElementwise()) {
      for (int k = 0; k < rows.width(); k++) {
        double slope = elementSlope(loss, rows.t(r, k), rows.p(r, k));
        dp.set(r * rows.width() + k, (float) (scale * slope / rows.width()));
      }
      return;
    }
    switch (loss.kind()) {
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> {
        if (loss.fromLogits()) {
          logSoftmaxGradient(rows, r, scale, dp);
        } else {
          categoricalGradient(rows, r, scale, dp);
        }
      }
      default -> throw new IllegalStateException("no gradient for " + loss.kind());
    }
  }

  private static double elementValue(Loss loss, double t, double p) {
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> (t - p) * (t - p);
      case MEAN_ABSOLUTE_ERROR -> Math.abs(t - p);
      case HUBER -> {
        double d = Math.abs(t - p);
        yield d <= loss.delta() ? d * d / 2 : loss.delta() * d - loss.delta() * loss.delta() / 2.0;
      }
      case BINARY_CROSSENTROPY ->
          loss.fromLogits()
              // log(1 + exp(p)) − t·p
              ? Math.max(p, 0) + Math.log1p(Math.exp(-Math.abs(p))) - t * p
              : -t * Math.log(clip(p)) - (1 - t) * Math.log(1 - clip(p));
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY ->
          throw new IllegalStateException(loss.kind() + " is not elementwise");
    };
  }

  private static double elementSlope(Loss loss, double t, double p) {
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> 2 * (p - t);
      case MEAN_ABSOLUTE_ERROR -> Math.signum(p - t);
      case HUBER -> Math.abs(p - t) <= loss.delta() ? p - t : loss.delta() * Math.signum(p - t);
      case BINARY_CROSSENTROPY -> {
        if (loss.fromLogits()) {
          yield 1 / (1 + Math.exp(-p)) - t;
        }
        // clipping has slope 0 beyond its bounds
        yield clip(p) == p ? (1 - t) / (1 - p) - t / p : 0 * p;
      }
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY ->
          throw new IllegalStateException(loss.kind() + " is not elementwise");
    };
  }

  private static double clip(double p) {
    return Math.min(Math.max(p, LOWEST), HIGHEST);
  }

  private static double categoricalValue(Rows rows, int r) {
    double total = total(rows, r);
    double value = 0;
    for (int k = 0; k < rows.width(); k++) {
      value -= rows.t(r, k) * Math.log(clip(rows.p(r, k) / total));
    }
    return value;
  }

  /** With q = p/S, S = Σ p and e_k = −t_k/q_k: {@code dp_k = (e_k − Σ e·q)/S}. */
  private static void categoricalGradient(Rows rows, int r, double scale, Span dp) {
    double total = total(rows, r);
    double mean = 0;
    for (int k = 0; k < rows.width(); k++) {
      double q = rows.p(r, k) / total;
      mean += clippedSlope(rows.t(r, k), q) * q;
    }
    for (int k = 0; k < rows.width(); k++) {
      double q = rows.p(r, k) / total;
      double slope = (clippedSlope(rows.t(r, k), q) - mean) / total;
      dp.set(r * rows.width() + k, (float) (scale * slope));
    }
  }

  private static double clippedSlope(double t, double q) {
    return clip(q) == q ? -t / q : 0 * q;
  }

  private static double total(Rows rows, int r) {
    double sum = 0;
    for (int k = 0; k < rows.width(); k++) {
      sum += rows.p(r, k);
    }
    return sum;
  }

  /** {@code −Σ t_k·(p_k − log Σ exp p)}. */
  private static double logSoftmaxValue(Rows rows, int r) {
    double logSum = logSumExp(rows, r);
    double value = 0;
    for (int k = 0; k < rows.width(); k++) {
      double t = rows.t(r, k);
      value -= t == 0 ? 0 : t * (rows.p(r, k) - logSum);
    }
    return value;
  }

  /** {@code softmax(p)·Σ t − t}. */
  private static void logSoftmaxGradient(Rows rows, int r, double scale, Span dp) {
    double logSum = logSumExp(rows, r);
    double targets = 0;
    for (int k = 0; k < rows.width(); k++) {
      targets += rows.t(r, k);
    }
    for (int k = 0; k < rows.width(); k++) {
      double slope = Math.exp(rows.p(r, k) - logSum) * targets - rows.t(r, k);
      dp.set(r * rows.width() + k, (float) (scale * slope));
    }
  }

  private static double logSumExp(Rows rows, int r) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < rows.width(); k++) {
      max = Math.max(max, rows.p(r, k));
    }
    double sum = 0;
    for (int k = 0; k < rows.width(); k++) {
      sum += Math.exp(rows.p(r, k) - max);
    }
    return max + Math.log(sum);
  }
}
