package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.function.Function;

/** What happens to gradients and weights, as in Keras 3, in double, one element after the other. */
final class DoubleUpdates {
  private final Function<Value, Cells> cells;

  DoubleUpdates(Function<Value, Cells> cells) {
    this.cells = cells;
  }

  void run(UpdateOp op) {
    if (op instanceof UpdateOp.ClipValue o) {
      clipValue(o);
    } else if (op instanceof UpdateOp.ClipNorm o) {
      clipNorm(o);
    } else if (op instanceof UpdateOp.AddGradient o) {
      Cells sum = cells.apply(o.sum());
      for (int i = 0; i < sum.size(); i++) {
        sum.add(i, cells.apply(o.gradient()).get(i));
      }
    } else if (op instanceof UpdateOp.MeanGradient o) {
      Cells g = cells.apply(o.gradient());
      Cells sum = cells.apply(o.sum());
      for (int i = 0; i < g.size(); i++) {
        g.set(i, (g.get(i) + sum.get(i)) / o.steps());
        sum.set(i, 0);
      }
    } else if (op instanceof UpdateOp.Decay o) {
      Cells w = cells.apply(o.weight());
      double lr = cells.apply(o.scalars()).get(Scalars.LEARNING_RATE);
      for (int i = 0; i < w.size(); i++) {
        w.add(i, -w.get(i) * o.rate() * lr);
      }
    } else if (op instanceof UpdateOp.Average o) {
      average(o);
    } else if (op instanceof UpdateOp.Update o) {
      update(o);
    } else {
      throw new IllegalStateException("no oracle for " + op.name());
    }
  }

  private void clipValue(UpdateOp.ClipValue op) {
    Cells g = cells.apply(op.gradient());
    for (int i = 0; i < g.size(); i++) {
      g.set(i, Math.max(-op.limit(), Math.min(op.limit(), g.get(i))));
    }
  }

  private void clipNorm(UpdateOp.ClipNorm op) {
    double squares = 0;
    for (int i = 0; i < op.gradients().size(); i++) {
      double sum = 0;
      Cells g = cells.apply(op.gradients().get(i));
      for (int k = 0; k < g.size(); k++) {
        sum += g.get(k) * g.get(k);
      }
      cells.apply(op.norms()).set(i, sum);
      squares += sum;
    }
    double factor = op.limit() / Math.max(Math.sqrt(squares), op.limit());
    cells.apply(op.norms()).set(op.gradients().size(), factor);
    for (Value g : op.gradients()) {
      for (int i = 0; i < g.size(); i++) {
        cells.apply(g).set(i, cells.apply(g).get(i) * factor);
      }
    }
  }

  private void average(UpdateOp.Average op) {
    Cells w = cells.apply(op.weight());
    Cells average = cells.apply(op.average());
    double momentum = cells.apply(op.scalars()).get(Scalars.AVERAGING);
    for (int i = 0; i < w.size(); i++) {
      average.set(i, momentum * average.get(i) + (1 - momentum) * w.get(i));
      if (cells.apply(op.scalars()).get(Scalars.OVERWRITE) == 1) {
        w.set(i, average.get(i));
      }
    }
  }

  private void update(UpdateOp.Update op) {
    Cells w = cells.apply(op.weight());
    Cells gradient = cells.apply(op.gradient());
    Cells[] slots = op.slots().stream().map(cells).toArray(Cells[]::new);
    Cells scalars = cells.apply(op.scalars());
    double lr = scalars.get(Scalars.LEARNING_RATE);
    double[] factors = new double[3];
    for (int i = 0; i < factors.length; i++) {
      factors[i] = scalars.get(Scalars.FACTORS + i);
    }
    if (op.rule() instanceof UpdateRule.Lamb lamb) {
      lamb(lamb, w, gradient, slots, lr, factors);
      return;
    }
    for (int i = 0; i < w.size(); i++) {
      double g = gradient.get(i);
      if (op.rule() instanceof UpdateRule.Sgd sgd) {
        sgd(sgd, w, g, slots, i, lr);
      } else if (op.rule() instanceof UpdateRule.RmsProp rms) {
        rmsProp(rms, w, g, slots, i, lr);
      } else if (op.rule() instanceof UpdateRule.Adagrad r) {
        slots[0].add(i, g * g);
        w.add(i, -lr * g / Math.sqrt(slots[0].get(i) + r.epsilon()));
      } else if (op.rule() instanceof UpdateRule.Adadelta r) {
        adadelta(r, w, g, slots, i, lr);
      } else if (op.rule() instanceof UpdateRule.Adam adam) {
        adam(adam, w, g, slots, i, factors[0]);
      } else if (op.rule() instanceof UpdateRule.Adamax r) {
        slots[0].add(i, (g - slots[0].get(i)) * (1 - (double) r.beta1()));
        slots[1].set(i, Math.max(r.beta2() * slots[1].get(i), Math.abs(g)));
        w.add(i, -factors[0] * slots[0].get(i) / (slots[1].get(i) + r.epsilon()));
      } else if (op.rule() instanceof UpdateRule.Nadam r) {
        moments(slots, i, g, r.beta1(), r.beta2());
        double direction = factors[0] * slots[0].get(i) + factors[1] * g;
        w.add(i, -direction / (Math.sqrt(factors[2] * slots[1].get(i)) + r.epsilon()));
      } else if (op.rule() instanceof UpdateRule.Lion r) {
        double m = slots[0].get(i);
        w.add(i, -lr * Math.signum(r.beta1() * m + (1 - (double) r.beta1()) * g));
        slots[0].set(i, r.beta2() * m + (1 - (double) r.beta2()) * g);
      } else if (op.rule() instanceof UpdateRule.Ftrl r) {
        ftrl(r, w, g, slots, i, lr);
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

  private static void adadelta(
      UpdateRule.Adadelta rule, Cells w, double g, Cells[] slots, int i, double lr) {
    double rho = rule.rho();
    slots[0].set(i, rho * slots[0].get(i) + (1 - rho) * g * g);
    double d =
        g * Math.sqrt((slots[1].get(i) + rule.epsilon()) / (slots[0].get(i) + rule.epsilon()));
    slots[1].set(i, rho * slots[1].get(i) + (1 - rho) * d * d);
    w.add(i, -lr * d);
  }

  private static void moments(Cells[] slots, int i, double g, double beta1, double beta2) {
    slots[0].add(i, (g - slots[0].get(i)) * (1 - beta1));
    slots[1].add(i, (g * g - slots[1].get(i)) * (1 - beta2));
  }

  private static void adam(
      UpdateRule.Adam rule, Cells w, double g, Cells[] slots, int i, double alpha) {
    moments(slots, i, g, rule.beta1(), rule.beta2());
    double v = slots[1].get(i);
    if (rule.amsgrad()) {
      v = Math.max(v, slots[2].get(i));
      slots[2].set(i, v);
    }
    w.add(i, -alpha * slots[0].get(i) / (Math.sqrt(v) + rule.epsilon()));
  }

  private static void ftrl(
      UpdateRule.Ftrl rule, Cells w, double g, Cells[] slots, int i, double lr) {
    double p = -rule.learningRatePower();
    double before = Math.pow(slots[0].get(i), p);
    slots[0].add(i, g * g);
    double after = Math.pow(slots[0].get(i), p);
    double z = slots[1].get(i) + g + (2 * rule.l2Shrinkage() - (after - before) / lr) * w.get(i);
    slots[1].set(i, z);
    double clipped = Math.max(-rule.l1(), Math.min(rule.l1(), z));
    w.set(i, (clipped - z) / (after / lr + 2 * rule.l2() + rule.beta() / lr));
  }

  private static void lamb(
      UpdateRule.Lamb rule, Cells w, Cells gradient, Cells[] slots, double lr, double[] factors) {
    double[] d = new double[w.size()];
    double ofWeight = 0;
    double ofStep = 0;
    for (int i = 0; i < d.length; i++) {
      moments(slots, i, gradient.get(i), rule.beta1(), rule.beta2());
      double root = Math.sqrt(factors[1] * slots[1].get(i)) + rule.epsilon();
      d[i] = factors[0] * slots[0].get(i) / root;
      ofWeight += w.get(i) * w.get(i);
      ofStep += d[i] * d[i];
    }
    double ratio = ofWeight > 0 && ofStep > 0 ? Math.sqrt(ofWeight / ofStep) : 1;
    for (int i = 0; i < d.length; i++) {
      w.add(i, -lr * ratio * d[i]);
    }
  }
}
