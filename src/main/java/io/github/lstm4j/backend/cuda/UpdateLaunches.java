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
    } else if (op instanceof UpdateOp.AddGradient o) {
      int n = o.sum().size();
      plan.each("optimizers", "add_gradient", n, Place.of(o.gradient()), Place.of(o.sum()), n);
    } else if (op instanceof UpdateOp.MeanGradient o) {
      int n = o.sum().size();
      Place g = Place.of(o.gradient());
      plan.each("optimizers", "mean_gradient", n, g, Place.of(o.sum()), n, (float) o.steps());
    } else if (op instanceof UpdateOp.Decay o) {
      int n = o.weight().size();
      Place w = Place.of(o.weight());
      plan.each("optimizers", "decay", n, w, Place.of(o.scalars()), n, o.rate());
    } else if (op instanceof UpdateOp.Average o) {
      int n = o.weight().size();
      Place w = Place.of(o.weight());
      plan.each(
          "optimizers", "moving_average", n, w, Place.of(o.average()), Place.of(o.scalars()), n);
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
    Place first = slots.isEmpty() ? null : Place.of(slots.get(0));
    Place second = slots.size() < 2 ? null : Place.of(slots.get(1));
    Place last = slots.isEmpty() ? null : Place.of(slots.get(slots.size() - 1));
    UpdateRule rule = o.rule();
    if (rule instanceof UpdateRule.Sgd r) {
      int nesterov = r.nesterov() ? 1 : 0;
      rule(plan, "sgd", n, w, g, first, scalars, n, r.momentum(), nesterov);
    } else if (rule instanceof UpdateRule.RmsProp r) {
      Place momentum = r.momentum() != 0 ? second : null;
      Place average = r.centered() ? last : null;
      float rho = r.rho();
      float mu = r.momentum();
      rule(plan, "rmsprop", n, w, g, first, momentum, average, scalars, n, rho, mu, r.epsilon());
    } else if (rule instanceof UpdateRule.Adagrad r) {
      rule(plan, "adagrad", n, w, g, first, scalars, n, r.epsilon());
    } else if (rule instanceof UpdateRule.Adadelta r) {
      rule(plan, "adadelta", n, w, g, first, second, scalars, n, r.rho(), r.epsilon());
    } else if (rule instanceof UpdateRule.Adam r) {
      Place largest = r.amsgrad() ? last : null;
      float beta1 = r.beta1();
      float beta2 = r.beta2();
      rule(plan, "adam", n, w, g, first, second, largest, scalars, n, beta1, beta2, r.epsilon());
    } else if (rule instanceof UpdateRule.Adamax r) {
      float beta1 = r.beta1();
      rule(plan, "adamax", n, w, g, first, second, scalars, n, beta1, r.beta2(), r.epsilon());
    } else if (rule instanceof UpdateRule.Nadam r) {
      float beta1 = r.beta1();
      rule(plan, "nadam", n, w, g, first, second, scalars, n, beta1, r.beta2(), r.epsilon());
    } else if (rule instanceof UpdateRule.Lion r) {
      rule(plan, "lion", n, w, g, first, scalars, n, r.beta1(), r.beta2());
    } else if (rule instanceof UpdateRule.Ftrl r) {
      float power = -r.learningRatePower();
      float s = r.l2Shrinkage();
      rule(plan, "ftrl", n, w, g, first, second, scalars, n, power, r.l1(), r.l2(), s, r.beta());
    } else if (rule instanceof UpdateRule.Lamb r) {
      Place scratch = plan.scratch(PlanBuilder.SQUARES_SCRATCH + 2L + n);
      Place norms = scratch.plus(PlanBuilder.SQUARES_SCRATCH); // which are sums of squares
      Place direction = norms.plus(2);
      float beta1 = r.beta1();
      float beta2 = r.beta2();
      rule(
          plan,
          "lamb_direction",
          n,
          g,
          first,
          second,
          direction,
          scalars,
          n,
          beta1,
          beta2,
          r.epsilon());
      plan.sumOfSquares(w, n, norms);
      plan.sumOfSquares(direction, n, norms.plus(1));
      rule(plan, "lamb_step", n, w, direction, norms, scalars, n);
    } else {
      throw new IllegalStateException(
          "the CUDA backend has no update rule " + rule.getClass().getSimpleName());
    }
  }

  private static void rule(PlanBuilder plan, String entry, int n, Object... arguments) {
    plan.each("optimizers", entry, n, arguments);
  }
}
