package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.RowLayout;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;

/** Losses, their gradients, metrics, and the totals of both. */
final class ObjectiveLaunches {
  private static final int ELEMENTS_OF_A_BLOCK = 16_384;

  private ObjectiveLaunches() {}

  static void launch(PlanBuilder plan, ObjectiveOp op) {
    if (op instanceof ObjectiveOp.LossValue o) {
      loss(plan, o);
    } else if (op instanceof ObjectiveOp.LossGrad o) {
      lossGrad(plan, o);
    } else if (op instanceof ObjectiveOp.MetricValue o) {
      metric(plan, o);
    } else if (op instanceof ObjectiveOp.Ctc o) {
      plan.kernel(
          "ctc",
          "ctc",
          Dim3.of(o.logs().dim(1)),
          Dim3.of(32),
          Place.of(o.logs()),
          Place.of(o.labels()),
          Place.of(o.loss()),
          Place.of(o.slope()),
          Place.of(o.scratch()),
          o.logs().dim(0),
          o.logs().dim(1),
          o.logs().dim(2));
    } else if (op instanceof ObjectiveOp.Accumulate o) {
      accumulate(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  /** What the kernels take for the weights of rows, in their order. */
  private record Weights(Value sampleWeights, Value mask, Value target, Integer ignoreClass) {
    Place samples() {
      return Place.of(sampleWeights);
    }

    int count() {
      return sampleWeights == null ? 0 : sampleWeights.size();
    }

    Place masked() {
      return Place.of(mask);
    }

    /** The targets, if there is a class to be ignored. */
    Place classes() {
      return ignoreClass == null ? null : Place.of(target);
    }

    int ignored() {
      return ignoreClass == null ? 0 : ignoreClass;
    }
  }

  private static Weights weights(ObjectiveOp.LossValue o) {
    return new Weights(o.sampleWeights(), o.mask(), o.target(), o.loss().ignoreClass());
  }

  private static void loss(PlanBuilder plan, ObjectiveOp.LossValue o) {
    Weights w = weights(o);
    lossRows(plan, o.loss(), o.layout(), w, o.prediction(), o.quantiles(), o.rows());
    plan.kernel(
        "loss",
        "loss_of_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        w.samples(),
        w.count(),
        w.masked(),
        w.classes(),
        w.ignored(),
        o.layout().count(),
        o.loss().reduction().ordinal(),
        o.loss().weight(),
        o.batch(),
        Place.of(o.result()));
  }

  /** Whether a loss is work for one block, which spares launches. */
  static boolean isSmall(ObjectiveOp.LossValue o) {
    return o.prediction().size() <= ELEMENTS_OF_A_BLOCK && o.layout().count() > 0;
  }

  /**
   * A small loss in one launch.
   *
   * @param total adds it to its mean over an epoch; or null
   * @param grad its gradient; or null
   */
  static void whole(
      PlanBuilder plan,
      ObjectiveOp.LossValue o,
      ObjectiveOp.Accumulate total,
      ObjectiveOp.LossGrad grad) {
    Weights w = weights(o);
    Loss loss = o.loss();
    plan.kernel(
        "loss",
        "loss_whole",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.prediction()),
        Place.of(w.target()),
        w.samples(),
        w.count(),
        w.masked(),
        w.classes(),
        w.ignored(),
        Place.of(o.rows()),
        o.layout(),
        loss.kind().ordinal(),
        loss.fromLogits() ? 1 : 0,
        loss.delta(),
        loss.unsmoothed(),
        loss.smoothed(o.prediction().shape().last()),
        loss.quantiles().isEmpty() ? null : Place.of(o.quantiles()),
        loss.outputsPerTarget(),
        loss.reduction().ordinal(),
        loss.weight(),
        o.batch(),
        Place.of(o.result()),
        total == null ? null : Place.of(total.state()),
        grad == null ? null : Place.of(grad.dPrediction()));
  }

  private static void lossRows(
      PlanBuilder plan,
      Loss loss,
      RowLayout layout,
      Weights w,
      Value prediction,
      Value quantiles,
      Value rows) {
    plan.rows(
        "loss",
        "loss_rows",
        layout.count(),
        Place.of(prediction),
        Place.of(w.target()),
        w.samples(),
        w.count(),
        w.masked(),
        w.classes(),
        w.ignored(),
        Place.of(rows),
        layout,
        loss.kind().ordinal(),
        loss.fromLogits() ? 1 : 0,
        loss.delta(),
        loss.unsmoothed(),
        loss.smoothed(prediction.shape().last()),
        loss.quantiles().isEmpty() ? null : Place.of(quantiles),
        loss.outputsPerTarget());
  }

  private static void lossGrad(PlanBuilder plan, ObjectiveOp.LossGrad o) {
    ObjectiveOp.LossValue f = o.forward();
    Loss loss = f.loss();
    RowLayout layout = f.layout();
    Weights w = weights(f);
    plan.rows(
        "loss",
        "loss_grad",
        layout.count(),
        Place.of(f.prediction()),
        Place.of(f.target()),
        w.samples(),
        w.count(),
        w.masked(),
        w.classes(),
        w.ignored(),
        Place.of(f.result()),
        Place.of(o.dPrediction()),
        layout,
        loss.kind().ordinal(),
        loss.fromLogits() ? 1 : 0,
        loss.delta(),
        loss.unsmoothed(),
        loss.smoothed(f.prediction().shape().last()),
        Place.of(f.quantiles()),
        loss.outputsPerTarget());
  }

  private static void metric(PlanBuilder plan, ObjectiveOp.MetricValue o) {
    Metric metric = o.metric();
    RowLayout layout = o.layout();
    Integer ignored = metric.kind().isOfLoss() ? metric.loss().ignoreClass() : null;
    Weights w = new Weights(o.sampleWeights(), o.mask(), o.target(), ignored);
    if (metric.kind().isOfLoss()) {
      lossRows(plan, metric.loss(), layout, w, o.prediction(), o.quantiles(), o.rows());
    } else {
      plan.rows(
          "metrics",
          "metric_rows",
          layout.count(),
          Place.of(o.prediction()),
          Place.of(o.target()),
          w.samples(),
          w.count(),
          w.masked(),
          Place.of(o.rows()),
          layout.count(),
          layout.columns(),
          metric.kind().ordinal(),
          metric.threshold(),
          metric.k());
    }
    plan.kernel(
        "reduce",
        "sum_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        w.samples(),
        w.count(),
        w.masked(),
        o.leavesOutIgnored() ? w.classes() : null,
        w.ignored(),
        layout.count(),
        Place.of(o.result()));
  }

  private static void accumulate(PlanBuilder plan, ObjectiveOp.Accumulate o) {
    int n = o.addend().size();
    plan.each("metrics", "accumulate", n, Place.of(o.addend()), Place.of(o.state()), n);
  }
}
