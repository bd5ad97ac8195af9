package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Value;

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
        Place.of(o.weights()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.loss().kind().ordinal(),
        o.loss().fromLogits() ? 1 : 0,
        o.loss().delta());
    sumRows(plan, o.rows(), o.weights(), 1, o.result());
  }

  private static void sumRows(PlanBuilder plan, Value rows, Value weights, int mean, Value result) {
    plan.kernel(
        "reduce",
        "sum_rows",
        Dim3.of(1),
        Dim3.of(1024),
        Place.of(rows),
        Place.of(weights),
        rows.size(),
        mean,
        Place.of(result));
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
        Place.of(f.weights()),
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
        Place.of(o.weights()),
        Place.of(o.rows()),
        rows,
        o.prediction().shape().last(),
        o.metric().ordinal());
    sumRows(plan, o.rows(), o.weights(), 0, o.result());
  }

  private static void accumulate(PlanBuilder plan, ObjectiveOp.Accumulate o) {
    addTotal(plan, o.lossResult(), o.batch(), Place.of(o.totals()));
    for (int i = 0; i < o.metricResults().size(); i++) {
      addTotal(plan, o.metricResults().get(i), 0, Place.of(o.totals(), 4L * (i + 1)));
    }
  }

  private static void addTotal(PlanBuilder plan, Value result, int batch, Place total) {
    plan.kernel("metrics", "accumulate", Dim3.of(1), Dim3.of(1), Place.of(result), batch, total);
  }
}
