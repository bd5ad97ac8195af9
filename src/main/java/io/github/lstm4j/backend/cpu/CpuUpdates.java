package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.List;

/** Clipping of gradients and the optimizers' rules. Formulas: {@link UpdateRule}. */
final class CpuUpdates {
  private CpuUpdates() {}

  static Task clipValue(UpdateOp.ClipValue op, CpuBinding binding) {
    Span g = binding.span(op.gradient());
    float limit = op.limit();
    return binding
        .parallel()
        .over(
            g.size(),
            1,
            (from, to) -> {
              for (int e = from; e < to; e++) {
                g.set(e, Math.min(Math.max(g.get(e), -limit), limit));
              }
            });
  }

  static Task clipNorm(UpdateOp.ClipNorm op, CpuBinding binding) {
    List<Span> gradients = binding.spans(op.gradients());
    Span norms = binding.span(op.norms());
    List<Task> scales =
        gradients.stream()
            .map(g -> scaleBy(g, norms.part(gradients.size(), 1), binding.parallel()))
            .toList();
    double limit = op.limit();
    return () -> {
      double total = 0;
      for (int i = 0; i < gradients.size(); i++) {
        double squares = squares(gradients.get(i));
        norms.set(i, (float) squares);
        total += squares;
      }
      norms.set(gradients.size(), (float) (limit / Math.max(Math.sqrt(total), limit)));
      for (Task scale : scales) {
        scale.run();
      }
    };
  }

  private static Task scaleBy(Span g, Span factor, Parallel parallel) {
    return parallel.over(
        g.size(),
        1,
        (from, to) -> {
          float f = factor.get(0);
          for (int e = from; e < to; e++) {
            g.set(e, g.get(e) * f);
          }
        });
  }

  private static double squares(Span g) {
    double sum = 0;
    for (int e = 0; e < g.size(); e++) {
      sum += (double) g.get(e) * g.get(e);
    }
    return sum;
  }

  static Task update(UpdateOp.Update op, CpuBinding binding) {
    Span w = binding.span(op.weight());
    Span g = binding.span(op.gradient());
    Span scalars = binding.span(op.scalars());
    List<Span> slots = binding.spans(op.slots());
    Parallel.Range body;
    if (op.rule() instanceof UpdateRule.Sgd rule) {
      body = sgd(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.RmsProp rule) {
      body = rmsProp(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Adam rule) {
      body = adam(rule, w, g, slots, scalars);
    } else {
      throw new IllegalStateException("no update for " + op.rule());
    }
    return binding.parallel().over(w.size(), 4, body);
  }

  private static Parallel.Range sgd(
      UpdateRule.Sgd rule, Span w, Span g, List<Span> slots, Span scalars) {
    float mu = rule.momentum();
    Span v = mu == 0 ? null : slots.get(0);
    return (from, to) -> {
      float lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float step = lr * g.get(e);
        if (v == null) {
          w.set(e, w.get(e) - step);
        } else {
          float velocity = mu * v.get(e) - step;
          v.set(e, velocity);
          w.set(e, w.get(e) + (rule.nesterov() ? mu * velocity - step : velocity));
        }
      }
    };
  }

  private static Parallel.Range rmsProp(
      UpdateRule.RmsProp rule, Span w, Span g, List<Span> slots, Span scalars) {
    float rho = rule.rho();
    float rest = rest(rho);
    float mu = rule.momentum();
    Span v = slots.get(0);
    Span m = mu == 0 ? null : slots.get(1);
    Span a = rule.centered() ? slots.get(mu == 0 ? 1 : 2) : null;
    return (from, to) -> {
      float lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float square = rho * v.get(e) + rest * gradient * gradient;
        v.set(e, square);
        if (a != null) {
          float average = rho * a.get(e) + rest * gradient;
          a.set(e, average);
          square -= average * average;
        }
        float step = lr * gradient / (float) Math.sqrt(square + rule.epsilon());
        if (m != null) {
          step += mu * m.get(e);
          m.set(e, step);
        }
        w.set(e, w.get(e) - step);
      }
    };
  }

  private static Parallel.Range adam(
      UpdateRule.Adam rule, Span w, Span g, List<Span> slots, Span scalars) {
    float rest1 = rest(rule.beta1());
    float rest2 = rest(rule.beta2());
    float epsilon = rule.epsilon();
    Span mean = slots.get(0);
    Span square = slots.get(1);
    return (from, to) -> {
      float alpha = scalars.get(Scalars.STEP_SIZE);
      float decay = rule.weightDecay() * scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float m = mean.get(e) + (gradient - mean.get(e)) * rest1;
        float v = square.get(e) + (gradient * gradient - square.get(e)) * rest2;
        mean.set(e, m);
        square.set(e, v);
        float weight = w.get(e) - w.get(e) * decay;
        w.set(e, weight - alpha * m / ((float) Math.sqrt(v) + epsilon));
      }
    };
  }

  /** 1 − β, with no more error than β itself has. */
  private static float rest(float beta) {
    return (float) (1.0 - beta);
  }
}
