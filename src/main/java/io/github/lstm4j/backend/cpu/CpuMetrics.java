package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.metrics.Metric;

/** Metrics and their states over an epoch. Formulas: {@link Metric}. */
final class CpuMetrics {
  private CpuMetrics() {}

  static Task metric(ObjectiveOp.MetricValue op, CpuBinding binding) {
    Metric metric = op.metric();
    int width = op.prediction().shape().last();
    CpuLosses.Rows rows =
        new CpuLosses.Rows(
            binding.span(op.prediction()), binding.span(op.target()), metric.sparse(), width);
    CpuLosses.Weights weights = new CpuLosses.Weights(null, binding.span(op.mask()));
    int n = Graph.rows(op.prediction());
    Span values = binding.span(op.rows());
    Span result = binding.span(op.result());
    Task weigh =
        CpuLosses.weigh(row -> value(metric, rows, row), weights, n, width, values, binding);
    return () -> {
      weigh.run();
      result.set(0, CpuLosses.sum(values, n));
      result.set(1, weights.unmasked(n));
    };
  }

  private static double value(Metric metric, CpuLosses.Rows rows, int r) {
    if (metric.isElementwise()) {
      double sum = 0;
      for (int k = 0; k < rows.width(); k++) {
        sum += elementValue(metric, rows.t(r, k), rows.p(r, k));
      }
      return sum / rows.width();
    }
    return switch (metric) {
      case CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> sameLargest(rows, r) ? 1 : 0;
      case MEAN_ABSOLUTE_ERROR, MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR, BINARY_ACCURACY ->
          throw new IllegalStateException(metric + " is elementwise");
    };
  }

  private static double elementValue(Metric metric, double t, double p) {
    return switch (metric) {
      case MEAN_ABSOLUTE_ERROR -> Math.abs(t - p);
      case MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR -> (t - p) * (t - p);
      case BINARY_ACCURACY -> (p > 0.5 ? 1 : 0) == t ? 1 : 0;
      case CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY ->
          throw new IllegalStateException(metric + " is not elementwise");
    };
  }

  /** Whether the first largest prediction is at the first largest target. */
  private static boolean sameLargest(CpuLosses.Rows rows, int r) {
    int p = 0;
    int t = 0;
    for (int k = 1; k < rows.width(); k++) {
      p = rows.p(r, k) > rows.p(r, p) ? k : p;
      t = rows.t(r, k) > rows.t(r, t) ? k : t;
    }
    return p == t;
  }

  static Task accumulate(ObjectiveOp.Accumulate op, CpuBinding binding) {
    Span addend = binding.span(op.addend());
    Span state = binding.span(op.state());
    return () -> {
      for (int i = 0; i < addend.size(); i++) {
        add(state, 2 * i, addend.get(i));
      }
    };
  }

  /** Adds to an unevaluated sum of two floats; the error of the first goes to the second. */
  private static void add(Span state, int at, float x) {
    float high = state.get(at);
    float sum = high + x;
    float part = sum - high;
    float error = (high - (sum - part)) + (x - part);
    state.set(at, sum);
    state.set(at + 1, state.get(at + 1) + error);
  }
}
