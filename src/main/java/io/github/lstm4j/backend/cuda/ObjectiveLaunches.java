package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.ObjectiveOp;

/** Losses, their gradients, metrics, and the totals of both. */
final class ObjectiveLaunches {
  private ObjectiveLaunches() {}

  static void launch(PlanBuilder plan, ObjectiveOp op) {
    if (op instanceof ObjectiveOp.LossValue o) {
      loss(plan, o);
    } else if (op instanceof ObjectiveOp.LossGrad o) {
      lossGrad(plan, o);
    } else if (op instanceof ObjectiveOp.MetricValue o) {
      metric(plan, o);
    } else if (op instanceof ObjectiveOp.Accumulate o) {
      accumulate(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  private static void loss(PlanBuilder plan, ObjectiveOp.LossValue o) {
    int rows = o.rows().size();
    plan.rows(
        "loss",
        "loss_rows",
        rows,
        Place.of(o.prediction()),
        Place.of(o.target()),
        Place.of(o.sampleWeights()),
        samples(o),
        Place.of(o.mask()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.loss().kind().ordinal(),
        o.loss().fromLogits() ? 1 : 0,
        o.loss().delta());
    plan.kernel(
        "reduce",
        "loss_of_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        Place.of(o.sampleWeights()),
        samples(o),
        Place.of(o.mask()),
        rows,
        o.loss().reduction().ordinal(),
        o.batch(),
        Place.of(o.result()));
  }

  private static int samples(ObjectiveOp.LossValue o) {
    return o.sampleWeights() == null ? 0 : o.sampleWeights().size();
  }

  private static void lossGrad(PlanBuilder plan, ObjectiveOp.LossGrad o) {
    ObjectiveOp.LossValue f = o.forward();
    int rows = f.rows().size();
    plan.rows(
        "loss",
        "loss_grad",
        rows,
        Place.of(f.prediction()),
        Place.of(f.target()),
        Place.of(f.sampleWeights()),
        samples(f),
        Place.of(f.mask()),
        Place.of(f.result()),
        Place.of(o.dPrediction()),
        rows,
        f.prediction().shape().last(),
        f.loss().kind().ordinal(),
        f.loss().fromLogits() ? 1 : 0,
        f.loss().delta());
  }

  private static void metric(PlanBuilder plan, ObjectiveOp.MetricValue o) {
    int rows = o.rows().size();
    plan.rows(
        "metrics",
        "metric_rows",
        rows,
        Place.of(o.prediction()),
        Place.of(o.target()),
        Place.of(o.mask()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.metric().ordinal());
    plan.kernel(
        "reduce",
        "sum_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(o.rows()),
        Place.of(o.mask()),
        rows,
        Place.of(o.result()));
  }

  private static void accumulate(PlanBuilder plan, ObjectiveOp.Accumulate o) {
    int n = o.addend().size();
    plan.each("metrics", "accumulate", n, Place.of(o.addend()), Place.of(o.state()), n);
  }
}
