package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.ArrayList;
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
      update(plan, List.of(o));
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

  private static final int SLOTS = 3;

  /**
   * Updates by one rule and the same scalars, of different weights: in one launch if that can be.
   */
  static void update(PlanBuilder plan, List<UpdateOp.Update> updates) {
    UpdateRule rule = updates.get(0).rule();
    Place scalars = Place.of(updates.get(0).scalars());
    if (rule instanceof UpdateRule.Lamb r) {
      updates.forEach(o -> lamb(plan, o, r));
    } else if (rule instanceof UpdateRule.Sgd r) {
      table(plan, updates, "sgd", scalars, r.momentum(), r.nesterov() ? 1 : 0);
    } else if (rule instanceof UpdateRule.RmsProp r) {
      table(plan, updates, "rmsprop", scalars, r.rho(), r.momentum(), r.epsilon());
    } else if (rule instanceof UpdateRule.Adagrad r) {
      table(plan, updates, "adagrad", scalars, r.epsilon());
    } else if (rule instanceof UpdateRule.Adadelta r) {
      table(plan, updates, "adadelta", scalars, r.rho(), r.epsilon());
    } else if (rule instanceof UpdateRule.Adam r) {
      table(plan, updates, "adam", scalars, r.beta1(), r.beta2(), r.epsilon());
    } else if (rule instanceof UpdateRule.Adamax r) {
      table(plan, updates, "adamax", scalars, r.beta1(), r.beta2(), r.epsilon());
    } else if (rule instanceof UpdateRule.Nadam r) {
      table(plan, updates, "nadam", scalars, r.beta1(), r.beta2(), r.epsilon());
    } else if (rule instanceof UpdateRule.Lion r) {
      table(plan, updates, "lion", scalars, r.beta1(), r.beta2());
    } else if (rule instanceof UpdateRule.Ftrl r) {
      float power = -r.learningRatePower();
      table(plan, updates, "ftrl", scalars, power, r.l1(), r.l2(), r.l2Shrinkage(), r.beta());
    } else {
      throw new IllegalStateException(
          "the CUDA backend has no update rule " + rule.getClass().getSimpleName());
    }
  }

  /** One launch over all tensors: a row of the table for each, as the kernels declare it. */
  private static void table(
      PlanBuilder plan, List<UpdateOp.Update> updates, String entry, Object... arguments) {
    List<Object> words = new ArrayList<>();
    int blocks = 0;
    int tensors = 0;
    for (UpdateOp.Update o : updates) {
      int n = o.weight().size();
      if (n > 0) {
        words.add(Place.of(o.weight()));
        words.add(Place.of(o.gradient()));
        for (int slot = 0; slot < SLOTS; slot++) {
          words.add(slot(o, slot));
        }
        words.add(n | (long) blocks << 32);
        blocks += PlanBuilder.blocks(n, PlanBuilder.PART);
        tensors++;
      }
    }
    if (tensors > 0) {
      List<Object> all = new ArrayList<>(List.of(new Work.Table(words), tensors));
      all.addAll(List.of(arguments));
      Dim3 block = Dim3.of(PlanBuilder.BLOCK);
      plan.kernel("optimizers", entry, Dim3.of(blocks), block, all.toArray());
    }
  }

  /** The slot of that number as the rule's kernel knows it, or null. */
  private static Place slot(UpdateOp.Update o, int slot) {
    int at = slot;
    if (o.rule() instanceof UpdateRule.RmsProp r && slot > 0) { // square, velocity, average
      boolean has = slot == 1 ? r.momentum() != 0 : r.centered();
      at = !has ? SLOTS : slot == 1 ? 1 : o.slots().size() - 1;
    }
    return at < o.slots().size() ? Place.of(o.slots().get(at)) : null;
  }

  private static void lamb(PlanBuilder plan, UpdateOp.Update o, UpdateRule.Lamb r) {
    int n = o.weight().size();
    Place w = Place.of(o.weight());
    Place scalars = Place.of(o.scalars());
    Place scratch = plan.scratch(PlanBuilder.SQUARES_SCRATCH + 2L + n);
    Place norms = scratch.plus(PlanBuilder.SQUARES_SCRATCH); // which are sums of squares
    Place direction = norms.plus(2);
    plan.each(
        "optimizers",
        "lamb_direction",
        n,
        Place.of(o.gradient()),
        Place.of(o.slots().get(0)),
        Place.of(o.slots().get(1)),
        direction,
        scalars,
        n,
        r.beta1(),
        r.beta2(),
        r.epsilon());
    plan.sumOfSquares(w, n, norms);
    plan.sumOfSquares(direction, n, norms.plus(1));
    plan.each("optimizers", "lamb_step", n, w, direction, norms, scalars, n);
  }
}
