package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.metrics.Metric;
import java.util.List;

/** Metrics, and the totals of an epoch. Formulas: {@link Metric}. */
final class CpuMetrics {
  private CpuMetrics() {}

  static Task metric(ObjectiveOp.MetricValue op, CpuBinding binding) {
    Metric metric = op.metric();
    int width = op.prediction().shape().last();
    CpuLosses.Rows rows =
        new CpuLosses.Rows(
            binding.span(op.prediction()), binding.span(op.target()), metric.sparse(), width);
    return CpuLosses.weightedSums(
        row -> value(metric, rows, row),
        Graph.rows(op.prediction()),
        width,
        binding.span(op.weights()),
        binding.span(op.rows()),
        binding.span(op.result()),
        binding);
  }

  private static double value(Metric metric, CpuLosses.Rows rows, int r) {
    return switch (metric) {
      case CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> sameLargest(rows, r) ? 1 : 0;
      default -> {
        double sum = 0;
        for (int k = 0; k < rows.width(); k++) {
          sum += elementValue(metric, rows.t(r, k), rows.p(r, k));
        }
        yield sum / rows.width();
      }
    };
  }

  private static double elementValue(Metric metric, double t, double p) {
    return switch (metric) {
      case MEAN_ABSOLUTE_ERROR -> Math.abs(t - p);
      case MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR -> (t - p) * (t - p);
      case BINARY_ACCURACY -> (p > 0.5 ? 1 : 0) == t ? 1 : 0;
      default -> throw new IllegalStateException(metric + " is not elementwise");
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
    Span loss = binding.span(op.lossResult());
    List<Span> metrics = binding.spans(op.metricResults());
    Span totals = binding.span(op.totals());
    return () -> {
      add(totals, 0, loss.get(0) * op.batch());
      add(totals, 2, op.batch());
      for (int i = 0; i < metrics.size(); i++) {
        add(totals, 4 * (i + 1), metrics.get(i).get(0));
        add(totals, 4 * (i + 1) + 2, metrics.get(i).get(1));
      }
    };
  }

  /** Adds to an unevaluated sum of two floats; the error of the first goes to the second. */
  private static void add(Span totals, int at, float x) {
    float high = totals.get(at);
    float sum = high + x;
    float part = sum - high;
    float error = (high - (sum - part)) + (x - part);
    totals.set(at, sum);
    totals.set(at + 1, totals.get(at + 1) + error);
  }
}
