package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.List;

/** Clipping of gradients, and the optimizers. */
final class UpdateLaunches {
  private UpdateLaunches() {}

  static void launch(PlanBuilder plan, UpdateOp op) {
    if (op instanceof UpdateOp.ClipValue o) {
      int n = o.gradient().size();
      plan.each("optimizers", "clip_value", n, Place.of(o.gradient()), n, o.limit());
    } else if (op instanceof UpdateOp.ClipNorm o) {
      clipNorm(plan, o);
    } else if (op instanceof UpdateOp.Update o) {
      update(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  private static void clipNorm(PlanBuilder plan, UpdateOp.ClipNorm o) {
    int count = o.gradients().size();
    for (int i = 0; i < count; i++) {
      Value g = o.gradients().get(i);
      plan.sumOfSquares(Place.of(g), g.size(), Place.of(o.norms(), i));
    }
    plan.kernel(
        "optimizers", "clip_factor", Dim3.of(1), Dim3.of(1), Place.of(o.norms()), count, o.limit());
    for (Value g : o.gradients()) {
      plan.each(
          "optimizers", "scale_by", g.size(), Place.of(g), Place.of(o.norms(), count), g.size());
    }
  }

  private static void update(PlanBuilder plan, UpdateOp.Update o) {
    int n = o.weight().size();
    Place w = Place.of(o.weight());
    Place g = Place.of(o.gradient());
    Place scalars = Place.of(o.scalars());
    List<Value> slots = o.slots();
    if (o.rule() instanceof UpdateRule.Sgd r) {
      Place velocity = slots.isEmpty() ? null : Place.of(slots.get(0));
      plan.each(
          "optimizers", "sgd", n, w, g, velocity, scalars, n, r.momentum(), r.nesterov() ? 1 : 0);
    } else if (o.rule() instanceof UpdateRule.RmsProp r) {
      Place velocity = r.momentum() != 0 ? Place.of(slots.get(1)) : null;
      Place average = r.centered() ? Place.of(slots.get(slots.size() - 1)) : null;
      plan.each(
          "optimizers",
          "rmsprop",
          n,
          w,
          g,
          Place.of(slots.get(0)),
          velocity,
          average,
          scalars,
          n,
          r.rho(),
          r.momentum(),
          r.epsilon());
    } else if (o.rule() instanceof UpdateRule.Adam r) {
      plan.each(
          "optimizers",
          "adam",
          n,
          w,
          g,
          Place.of(slots.get(0)),
          Place.of(slots.get(1)),
          scalars,
          n,
          r.beta1(),
          r.beta2(),
          r.epsilon(),
          r.weightDecay());
    } else {
      throw new IllegalStateException(
          "the CUDA backend has no update rule " + o.rule().getClass().getSimpleName());
    }
  }
}
