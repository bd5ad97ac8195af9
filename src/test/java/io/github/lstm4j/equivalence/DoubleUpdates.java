package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.function.Function;

/** The update rules of Keras 3 in double, one element after the other. */
final class DoubleUpdates {
  private DoubleUpdates() {}

  static void apply(UpdateOp.Update op, Function<Value, Cells> cells) {
    Cells w = cells.apply(op.weight());
    Cells gradient = cells.apply(op.gradient());
    Cells[] slots = op.slots().stream().map(cells).toArray(Cells[]::new);
    double lr = cells.apply(op.scalars()).get(Scalars.LEARNING_RATE);
    double alpha = cells.apply(op.scalars()).get(Scalars.STEP_SIZE);
    for (int i = 0; i < w.size(); i++) {
      double g = gradient.get(i);
      if (op.rule() instanceof UpdateRule.Sgd sgd) {
        sgd(sgd, w, g, slots, i, lr);
      } else if (op.rule() instanceof UpdateRule.RmsProp rms) {
        rmsProp(rms, w, g, slots, i, lr);
      } else if (op.rule() instanceof UpdateRule.Adam adam) {
        adam(adam, w, g, slots, i, lr, alpha);
      } else {
        throw new IllegalStateException("no oracle for " + op.rule());
      }
    }
  }

  private static void sgd(UpdateRule.Sgd rule, Cells w, double g, Cells[] slots, int i, double lr) {
    if (rule.momentum() == 0) {
      w.add(i, -lr * g);
      return;
    }
    double v = rule.momentum() * slots[0].get(i) - lr * g;
    slots[0].set(i, v);
    w.add(i, rule.nesterov() ? rule.momentum() * v - lr * g : v);
  }

  private static void rmsProp(
      UpdateRule.RmsProp rule, Cells w, double g, Cells[] slots, int i, double lr) {
    double rho = rule.rho();
    Cells squares = slots[0];
    squares.set(i, rho * squares.get(i) + (1 - rho) * g * g);
    double denominator = squares.get(i) + rule.epsilon();
    if (rule.centered()) {
      Cells average = slots[slots.length - 1];
      average.set(i, rho * average.get(i) + (1 - rho) * g);
      denominator -= average.get(i) * average.get(i);
    }
    double d = lr * g / Math.sqrt(denominator);
    if (rule.momentum() != 0) {
      slots[1].set(i, rule.momentum() * slots[1].get(i) + d);
      d = slots[1].get(i);
    }
    w.add(i, -d);
  }

  private static void adam(
      UpdateRule.Adam rule, Cells w, double g, Cells[] slots, int i, double lr, double alpha) {
    w.add(i, -w.get(i) * rule.weightDecay() * lr);
    slots[0].add(i, (g - slots[0].get(i)) * (1 - (double) rule.beta1()));
    slots[1].add(i, (g * g - slots[1].get(i)) * (1 - (double) rule.beta2()));
    w.add(i, -alpha * slots[0].get(i) / (Math.sqrt(slots[1].get(i)) + rule.epsilon()));
  }
}
