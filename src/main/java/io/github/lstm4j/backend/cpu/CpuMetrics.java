package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.metrics.Metric;
import java.util.function.IntToDoubleFunction;

/** Metrics and their states over an epoch. Formulas: {@link Metric}. */
final class CpuMetrics {
  private CpuMetrics() {}

  static Task metric(ObjectiveOp.MetricValue op, CpuBinding binding) {
    Metric metric = op.metric();
    CpuLosses.Rows rows = rows(op, binding);
    Integer ignored = metric.kind().isOfLoss() ? metric.loss().ignoreClass() : null;
    CpuLosses.Weights weights =
        CpuLosses.Weights.of(
            binding.span(op.sampleWeights()), binding.span(op.mask()), rows.target(), ignored);
    CpuLosses.Weights counted =
        op.leavesOutIgnored() ? weights : CpuLosses.Weights.of(null, null, null, null);
    int n = rows.layout().count();
    Span values = binding.span(op.rows());
    Span result = binding.span(op.result());
    Task weigh =
        CpuLosses.weigh(
            row -> value(metric, rows.row(row)), weights, rows.layout(), values, binding);
    return () -> {
      weigh.run();
      result.set(0, CpuLosses.sum(values, n));
      result.set(1, counted.sumOfRows(n));
    };
  }

  private static CpuLosses.Rows rows(ObjectiveOp.MetricValue op, CpuBinding binding) {
    Metric metric = op.metric();
    return metric.kind().isOfLoss()
        ? CpuLosses.rows(metric.loss(), op.prediction(), op.target(), op.quantiles(), binding)
        : new CpuLosses.Rows(
            binding.span(op.prediction()),
            binding.span(op.target()),
            null,
            metric.sparse(),
            op.layout(),
            1,
            0);
  }

  private static double value(Metric metric, CpuLosses.Row row) {
    return switch (metric.kind()) {
      case MEAN, ROOT_MEAN_SQUARED_ERROR -> CpuLosses.value(metric.loss(), row);
      case BINARY_ACCURACY -> {
        double right = 0;
        for (int k = 0; k < row.width(); k++) {
          right += (row.p(k) > metric.threshold() ? 1 : 0) == row.t(k) ? 1 : 0;
        }
        yield right / row.width();
      }
      case CATEGORICAL_ACCURACY -> largest(row::p, row) == largest(row::t, row) ? 1 : 0;
      case SPARSE_CATEGORICAL_ACCURACY -> largest(row::p, row) == row.classNumber() ? 1 : 0;
      case TOP_K_CATEGORICAL_ACCURACY -> isAmong(metric.k(), largest(row::t, row), row) ? 1 : 0;
      case SPARSE_TOP_K_CATEGORICAL_ACCURACY -> isAmong(metric.k(), row.classNumber(), row) ? 1 : 0;
      case ACCURACY, OWN -> throw new IllegalStateException(metric + " has no rows");
    };
  }

  /** The first largest of a row's predictions or targets. */
  private static int largest(IntToDoubleFunction of, CpuLosses.Row row) {
    int largest = 0;
    for (int k = 1; k < row.width(); k++) {
      largest = of.applyAsDouble(k) > of.applyAsDouble(largest) ? k : largest;
    }
    return largest;
  }

  /** Whether fewer than {@code most} predictions are larger than that of a class. */
  private static boolean isAmong(int most, int of, CpuLosses.Row row) {
    if (of < 0 || of >= row.width() || !Double.isFinite(row.p(of))) {
      return false;
    }
    int larger = 0;
    for (int k = 0; k < row.width(); k++) {
      larger += row.p(k) > row.p(of) ? 1 : 0;
    }
    return larger < most;
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
