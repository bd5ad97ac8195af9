package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.RowLayout;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;

/** Every loss: the value of a row and its gradient. Formulas: {@link Loss}. */
final class CpuLosses {
  /** The bounds of probabilities, as float32 has them: 1 − ε is 1 − 2⁻²³. */
  private static final float LOWEST = 1e-7f;

  private static final float HIGHEST = 1 - 1e-7f;

  private CpuLosses() {}

  /**
   * What the rows' values and gradients are computed from.
   *
   * @param quantiles null for losses that have none: then each output has a target of its own
   * @param unsmoothed what a target is multiplied by
   * @param smoothed what is added to it then
   */
  record Rows(
      Span prediction,
      Span target,
      Span quantiles,
      boolean sparse,
      RowLayout layout,
      float unsmoothed,
      float smoothed) {
    Row row(int number) {
      return new Row(this, number, layout.start(number));
    }
  }

  /** One of them, which begins at that element of the prediction. */
  record Row(Rows rows, int number, int start) {
    int width() {
      return rows.layout.columns();
    }

    int at(int k) {
      return start + k * rows.layout.stride();
    }

    /** A sparse target. */
    int classNumber() {
      return (int) rows.target.get(number);
    }

    double p(int k) {
      return rows.prediction.get(at(k));
    }

    double t(int k) {
      return rows.sparse
          ? rows.target.get(number) == k ? 1 : 0
          : rows.target.get(at(k) / outputsPerTarget()) * (double) rows.unsmoothed + rows.smoothed;
    }

    private int outputsPerTarget() {
      return rows.quantiles == null ? 1 : rows.quantiles.size();
    }

    double quantile(int k) {
      return rows.quantiles.get(k % outputsPerTarget());
    }
  }

  /** The rows of a loss in a prediction. */
  static Rows rows(Loss loss, Value prediction, Value target, Value quantiles, CpuBinding binding) {
    return new Rows(
        binding.span(prediction),
        binding.span(target),
        loss.quantiles().isEmpty() ? null : binding.span(quantiles),
        loss.sparse(),
        RowLayout.of(prediction.shape(), loss.axis()),
        loss.unsmoothed(),
        loss.smoothed(prediction.shape().last()));
  }

  private static Rows rows(ObjectiveOp.LossValue op, CpuBinding binding) {
    return rows(op.loss(), op.prediction(), op.target(), op.quantiles(), binding);
  }

  static Task loss(ObjectiveOp.LossValue op, CpuBinding binding) {
    Rows rows = rows(op, binding);
    Loss loss = op.loss();
    Weights weights = weights(op, binding);
    int n = rows.layout().count();
    int batch = op.batch();
    Span values = binding.span(op.rows());
    Span result = binding.span(op.result());
    Task weigh = weigh(row -> value(loss, rows.row(row)), weights, rows.layout(), values, binding);
    return () -> {
      weigh.run();
      float sum = sum(values, n);
      float divisor =
          switch (loss.reduction()) {
            case SUM_OVER_BATCH_SIZE -> weights.unmasked(n);
            case SUM -> 1;
            case MEAN_WITH_SAMPLE_WEIGHT -> weights.sum(n);
            case NONE -> n;
          };
      float value = divisor == 0 ? 0 : loss.weight() * (sum / divisor);
      float gradientDivisor = loss.reduction() == Loss.Reduction.NONE ? 1 : divisor;
      result.set(0, value);
      result.set(1, gradientDivisor == 0 ? 0 : loss.weight() / gradientDivisor);
      result.set(2, value * batch);
      result.set(3, batch);
    };
  }

  /**
   * What rows count: sample weights (N) or (B), and mask (N), and 0 for those whose target is the
   * ignored class; each may be null.
   */
  record Weights(Span samples, Span mask, Span classes, int ignored) {
    /** Of a loss's rows. */
    static Weights of(Span samples, Span mask, Span target, Integer ignoreClass) {
      return ignoreClass == null
          ? new Weights(samples, mask, null, 0)
          : new Weights(samples, mask, target, ignoreClass);
    }

    float of(int row) {
      return samples == null ? counts(row) : counts(row) * samples.get(row % samples.size());
    }

    /** 1, or 0 for a row that is masked or ignored. */
    private float counts(int row) {
      if (classes != null && classes.get(row) == ignored) {
        return 0;
      }
      return mask == null ? 1 : mask.get(row);
    }

    /** How many of n rows are not masked. */
    float unmasked(int n) {
      if (mask == null && classes == null) {
        return n;
      }
      double sum = 0;
      for (int r = 0; r < n; r++) {
        sum += counts(r);
      }
      return (float) sum;
    }

    /** The weights of n rows that are not masked; with nothing masked each sample counts once. */
    float sum(int n) {
      return samples != null && mask == null && classes == null
          ? CpuLosses.sum(samples, samples.size())
          : sumOfRows(n);
    }

    /** The weights of n rows. */
    float sumOfRows(int n) {
      if (samples == null) {
        return unmasked(n);
      }
      double sum = 0;
      for (int r = 0; r < n; r++) {
        sum += of(r);
      }
      return (float) sum;
    }
  }

  private static Weights weights(ObjectiveOp.LossValue op, CpuBinding binding) {
    return Weights.of(
        binding.span(op.sampleWeights()),
        binding.span(op.mask()),
        binding.span(op.target()),
        op.loss().ignoreClass());
  }

  /** A row's value before its weight. */
  interface RowValue {
    double of(int row);
  }

  /** Weighs the values of the rows; one of weight 0 is 0, even if its value is NaN. */
  static Task weigh(
      RowValue value, Weights weights, RowLayout layout, Span rows, CpuBinding binding) {
    return binding
        .parallel()
        .over(
            layout.count(),
            8 * layout.columns(),
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
            rows.layout().count(),
            8 * rows.layout().columns(),
            (from, to) -> {
              float factor = result.get(1);
              for (int r = from; r < to; r++) {
                Row row = rows.row(r);
                float weight = weights.of(r);
                if (weight == 0 || factor == 0) {
                  for (int k = 0; k < row.width(); k++) {
                    dp.set(row.at(k), 0);
                  }
                } else {
                  gradient(forward.loss(), row, weight * (double) factor, dp);
                }
              }
            });
  }

  /** The value of each row of a loss. */
  static double value(Loss loss, Row row) {
    if (loss.kind().isElementwise()) {
      double sum = 0;
      for (int k = 0; k < row.width(); k++) {
        sum += elementValue(loss, row, k);
      }
      return sum / row.width();
    }
    return switch (loss.kind()) {
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY ->
          loss.fromLogits() ? logSoftmaxValue(row) : categoricalValue(row);
      default -> throw new IllegalStateException(loss.kind() + " is elementwise");
    };
  }

  private static void gradient(Loss loss, Row row, double scale, Span dp) {
    if (loss.kind().isElementwise()) {
      for (int k = 0; k < row.width(); k++) {
        double slope = elementSlope(loss, row, k);
        dp.set(row.at(k), (float) (scale * slope / row.width()));
      }
      return;
    }
    switch (loss.kind()) {
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> {
        if (loss.fromLogits()) {
          logSoftmaxGradient(row, scale, dp);
        } else {
          categoricalGradient(row, scale, dp);
        }
      }
      default -> throw new IllegalStateException("no gradient for " + loss.kind());
    }
  }

  private static double elementValue(Loss loss, Row row, int k) {
    double t = row.t(k);
    double p = row.p(k);
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> (t - p) * (t - p);
      case MEAN_ABSOLUTE_ERROR -> Math.abs(t - p);
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR -> 100 * Math.abs(t - p) / Math.max(Math.abs(t), LOWEST);
      case MEAN_SQUARED_LOGARITHMIC_ERROR -> logarithmicError(t, p) * logarithmicError(t, p);
      case LOG_COSH -> logCosh(Math.abs(p - t));
      case POISSON -> p - t * Math.log(p + LOWEST);
      case HUBER -> {
        double d = Math.abs(t - p);
        yield d <= loss.delta() ? d * d / 2 : loss.delta() * d - loss.delta() * loss.delta() / 2.0;
      }
      case QUANTILE -> Math.max(row.quantile(k) * (t - p), (row.quantile(k) - 1) * (t - p));
      case BINARY_CROSSENTROPY ->
          loss.fromLogits()
              // log(1 + exp(p)) − t·p
              ? Math.max(p, 0) + Math.log1p(Math.exp(-Math.abs(p))) - t * p
              : -t * Math.log(clip(p)) - (1 - t) * Math.log(1 - clip(p));
      case OWN -> p; // the function has written it
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY, CTC ->
          throw new IllegalStateException(loss.kind() + " is not elementwise");
    };
  }

  private static double elementSlope(Loss loss, Row row, int k) {
    double t = row.t(k);
    double p = row.p(k);
    return switch (loss.kind()) {
      case MEAN_SQUARED_ERROR -> 2 * (p - t);
      case MEAN_ABSOLUTE_ERROR -> Math.signum(p - t);
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR ->
          100 * Math.signum(p - t) / Math.max(Math.abs(t), LOWEST);
      case MEAN_SQUARED_LOGARITHMIC_ERROR -> p < LOWEST ? 0 : 2 * logarithmicError(t, p) / (1 + p);
      case LOG_COSH -> Math.tanh(p - t);
      case POISSON -> 1 - t / (p + LOWEST);
      case HUBER -> Math.abs(p - t) <= loss.delta() ? p - t : loss.delta() * Math.signum(p - t);
      // 1 − q above the target, −q below, and between them where they meet
      case QUANTILE -> Math.signum(p - t) / 2 + 0.5 - row.quantile(k);
      case BINARY_CROSSENTROPY -> {
        if (loss.fromLogits()) {
          yield 1 / (1 + Math.exp(-p)) - t;
        }
        // clipping has slope 0 beyond its bounds
        yield clip(p) == p ? (1 - t) / (1 - p) - t / p : 0 * p;
      }
      case OWN -> 1;
      case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY, CTC ->
          throw new IllegalStateException(loss.kind() + " is not elementwise");
    };
  }

  /** {@code log(1 + p) − log(1 + t)}, both at least ε. */
  private static double logarithmicError(double t, double p) {
    return Math.log1p(Math.max(p, LOWEST)) - Math.log1p(Math.max(t, LOWEST));
  }

  /**
   * {@code log cosh e} for e of at least 0, in two forms: each loses its digits where it is not
   * used.
   */
  private static double logCosh(double e) {
    double grown = Math.expm1(e);
    return e < 1
        ? Math.log1p(grown * grown / (2 * (1 + grown)))
        : e + Math.log1p(Math.exp(-2 * e)) - Math.log(2);
  }

  private static double clip(double p) {
    return Math.min(Math.max(p, LOWEST), HIGHEST);
  }

  private static double categoricalValue(Row row) {
    double total = total(row);
    double value = 0;
    for (int k = 0; k < row.width(); k++) {
      value -= row.t(k) * Math.log(clip(row.p(k) / total));
    }
    return value;
  }

  /** With q = p/S, S = Σ p and e_k = −t_k/q_k: {@code dp_k = (e_k − Σ e·q)/S}. */
  private static void categoricalGradient(Row row, double scale, Span dp) {
    double total = total(row);
    double mean = 0;
    for (int k = 0; k < row.width(); k++) {
      double q = row.p(k) / total;
      mean += clippedSlope(row.t(k), q) * q;
    }
    for (int k = 0; k < row.width(); k++) {
      double q = row.p(k) / total;
      double slope = (clippedSlope(row.t(k), q) - mean) / total;
      dp.set(row.at(k), (float) (scale * slope));
    }
  }

  private static double clippedSlope(double t, double q) {
    return clip(q) == q ? -t / q : 0 * q;
  }

  private static double total(Row row) {
    double sum = 0;
    for (int k = 0; k < row.width(); k++) {
      sum += row.p(k);
    }
    return sum;
  }

  /** {@code −Σ t_k·(p_k − log Σ exp p)}. */
  private static double logSoftmaxValue(Row row) {
    double logSum = logSumExp(row);
    double value = 0;
    for (int k = 0; k < row.width(); k++) {
      double t = row.t(k);
      value -= t == 0 ? 0 : t * (row.p(k) - logSum);
    }
    return value;
  }

  /** {@code softmax(p)·Σ t − t}. */
  private static void logSoftmaxGradient(Row row, double scale, Span dp) {
    double logSum = logSumExp(row);
    double targets = 0;
    for (int k = 0; k < row.width(); k++) {
      targets += row.t(k);
    }
    for (int k = 0; k < row.width(); k++) {
      double slope = Math.exp(row.p(k) - logSum) * targets - row.t(k);
      dp.set(row.at(k), (float) (scale * slope));
    }
  }

  private static double logSumExp(Row row) {
    double max = Double.NEGATIVE_INFINITY;
    for (int k = 0; k < row.width(); k++) {
      max = Math.max(max, row.p(k));
    }
    double sum = 0;
    for (int k = 0; k < row.width(); k++) {
      sum += Math.exp(row.p(k) - max);
    }
    return max + Math.log(sum);
  }
}
