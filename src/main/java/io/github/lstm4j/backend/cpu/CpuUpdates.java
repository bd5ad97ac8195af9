package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.List;

/** What happens to gradients and weights: {@link UpdateOp}, rules: {@link UpdateRule}. */
final class CpuUpdates {
  private CpuUpdates() {}

  static Task task(UpdateOp op, CpuBinding binding) {
    if (op instanceof UpdateOp.ClipValue o) {
      return clipValue(o, binding);
    } else if (op instanceof UpdateOp.ClipNorm o) {
      return clipNorm(o, binding);
    } else if (op instanceof UpdateOp.AddGradient o) {
      return addGradient(o, binding);
    } else if (op instanceof UpdateOp.MeanGradient o) {
      return meanGradient(o, binding);
    } else if (op instanceof UpdateOp.Decay o) {
      return decay(o, binding);
    } else if (op instanceof UpdateOp.Average o) {
      return average(o, binding);
    } else if (op instanceof UpdateOp.Update o) {
      return update(o, binding);
    }
    throw new IllegalStateException("the CPU backend has no " + op.name());
  }

  private static Task clipValue(UpdateOp.ClipValue op, CpuBinding binding) {
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

  private static Task clipNorm(UpdateOp.ClipNorm op, CpuBinding binding) {
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

  private static Task addGradient(UpdateOp.AddGradient op, CpuBinding binding) {
    Span g = binding.span(op.gradient());
    Span sum = binding.span(op.sum());
    return binding
        .parallel()
        .over(
            g.size(),
            1,
            (from, to) -> {
              for (int e = from; e < to; e++) {
                sum.set(e, sum.get(e) + g.get(e));
              }
            });
  }

  private static Task meanGradient(UpdateOp.MeanGradient op, CpuBinding binding) {
    Span g = binding.span(op.gradient());
    Span sum = binding.span(op.sum());
    return binding
        .parallel()
        .over(
            g.size(),
            1,
            (from, to) -> {
              for (int e = from; e < to; e++) {
                g.set(e, (g.get(e) + sum.get(e)) / op.steps());
                sum.set(e, 0);
              }
            });
  }

  private static Task decay(UpdateOp.Decay op, CpuBinding binding) {
    Span w = binding.span(op.weight());
    Span scalars = binding.span(op.scalars());
    return binding
        .parallel()
        .over(
            w.size(),
            1,
            (from, to) -> {
              float lost = op.rate() * scalars.get(Scalars.LEARNING_RATE);
              for (int e = from; e < to; e++) {
                w.set(e, w.get(e) - w.get(e) * lost);
              }
            });
  }

  private static Task average(UpdateOp.Average op, CpuBinding binding) {
    Span w = binding.span(op.weight());
    Span average = binding.span(op.average());
    Span scalars = binding.span(op.scalars());
    return binding
        .parallel()
        .over(
            w.size(),
            2,
            (from, to) -> {
              float momentum = scalars.get(Scalars.AVERAGING);
              boolean overwrite = scalars.get(Scalars.OVERWRITE) != 0;
              for (int e = from; e < to; e++) {
                float a = momentum * average.get(e) + (1 - momentum) * w.get(e);
                average.set(e, a);
                if (overwrite) {
                  w.set(e, a);
                }
              }
            });
  }

  private static Task update(UpdateOp.Update op, CpuBinding binding) {
    Span w = binding.span(op.weight());
    Span g = binding.span(op.gradient());
    Span scalars = binding.span(op.scalars());
    List<Span> slots = binding.spans(op.slots());
    Parallel.Range body;
    if (op.rule() instanceof UpdateRule.Sgd rule) {
      body = sgd(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.RmsProp rule) {
      body = rmsProp(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Adagrad rule) {
      body = adagrad(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Adadelta rule) {
      body = adadelta(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Adam rule) {
      body = adam(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Adamax rule) {
      body = adamax(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Nadam rule) {
      body = nadam(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Lion rule) {
      body = lion(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Ftrl rule) {
      body = ftrl(rule, w, g, slots, scalars);
    } else if (op.rule() instanceof UpdateRule.Lamb rule) {
      return lamb(rule, w, g, slots, scalars, binding.parallel());
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

  private static Parallel.Range adagrad(
      UpdateRule.Adagrad rule, Span w, Span g, List<Span> slots, Span scalars) {
    Span squares = slots.get(0);
    return (from, to) -> {
      float lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float sum = squares.get(e) + gradient * gradient;
        squares.set(e, sum);
        w.set(e, w.get(e) - lr * gradient / (float) Math.sqrt(sum + rule.epsilon()));
      }
    };
  }

  private static Parallel.Range adadelta(
      UpdateRule.Adadelta rule, Span w, Span g, List<Span> slots, Span scalars) {
    float rho = rule.rho();
    float rest = rest(rho);
    float epsilon = rule.epsilon();
    Span square = slots.get(0);
    Span moved = slots.get(1);
    return (from, to) -> {
      float lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float s = rho * square.get(e) + rest * gradient * gradient;
        square.set(e, s);
        float root = (float) Math.sqrt(moved.get(e) + epsilon);
        float d = root * gradient / (float) Math.sqrt(s + epsilon);
        moved.set(e, rho * moved.get(e) + rest * d * d);
        w.set(e, w.get(e) - lr * d);
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
    Span largest = rule.amsgrad() ? slots.get(2) : null;
    return (from, to) -> {
      float alpha = scalars.get(Scalars.FACTORS);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float m = mean.get(e) + (gradient - mean.get(e)) * rest1;
        float v = square.get(e) + (gradient * gradient - square.get(e)) * rest2;
        mean.set(e, m);
        square.set(e, v);
        if (largest != null) {
          v = Math.max(largest.get(e), v);
          largest.set(e, v);
        }
        w.set(e, w.get(e) - alpha * m / ((float) Math.sqrt(v) + epsilon));
      }
    };
  }

  private static Parallel.Range adamax(
      UpdateRule.Adamax rule, Span w, Span g, List<Span> slots, Span scalars) {
    float rest1 = rest(rule.beta1());
    Span mean = slots.get(0);
    Span norm = slots.get(1);
    return (from, to) -> {
      float alpha = scalars.get(Scalars.FACTORS);
      for (int e = from; e < to; e++) {
        float m = mean.get(e) + (g.get(e) - mean.get(e)) * rest1;
        float u = Math.max(rule.beta2() * norm.get(e), Math.abs(g.get(e)));
        mean.set(e, m);
        norm.set(e, u);
        w.set(e, w.get(e) - alpha * m / (u + rule.epsilon()));
      }
    };
  }

  private static Parallel.Range nadam(
      UpdateRule.Nadam rule, Span w, Span g, List<Span> slots, Span scalars) {
    float rest1 = rest(rule.beta1());
    float rest2 = rest(rule.beta2());
    Span mean = slots.get(0);
    Span square = slots.get(1);
    return (from, to) -> {
      float ofMean = scalars.get(Scalars.FACTORS);
      float ofGradient = scalars.get(Scalars.FACTORS + 1);
      float ofSquare = scalars.get(Scalars.FACTORS + 2);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float m = mean.get(e) + (gradient - mean.get(e)) * rest1;
        float v = square.get(e) + (gradient * gradient - square.get(e)) * rest2;
        mean.set(e, m);
        square.set(e, v);
        float root = (float) Math.sqrt(ofSquare * v) + rule.epsilon();
        w.set(e, w.get(e) - (ofMean * m + ofGradient * gradient) / root);
      }
    };
  }

  private static Parallel.Range lion(
      UpdateRule.Lion rule, Span w, Span g, List<Span> slots, Span scalars) {
    float beta1 = rule.beta1();
    float rest1 = rest(beta1);
    float beta2 = rule.beta2();
    float rest2 = rest(beta2);
    Span mean = slots.get(0);
    return (from, to) -> {
      float lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float m = mean.get(e);
        w.set(e, w.get(e) - lr * Math.signum(beta1 * m + rest1 * g.get(e)));
        mean.set(e, beta2 * m + rest2 * g.get(e));
      }
    };
  }

  private static Parallel.Range ftrl(
      UpdateRule.Ftrl rule, Span w, Span g, List<Span> slots, Span scalars) {
    double power = -rule.learningRatePower();
    float l1 = rule.l1();
    Span squares = slots.get(0);
    Span linear = slots.get(1);
    return (from, to) -> {
      double lr = scalars.get(Scalars.LEARNING_RATE);
      for (int e = from; e < to; e++) {
        float gradient = g.get(e);
        float weight = w.get(e);
        float sum = squares.get(e) + gradient * gradient;
        double after = Math.pow(sum, power);
        double moved = (after - Math.pow(squares.get(e), power)) / lr * weight;
        float z = (float) (linear.get(e) + gradient + 2 * rule.l2Shrinkage() * weight - moved);
        float clipped = Math.min(Math.max(z, -l1), l1);
        linear.set(e, z);
        squares.set(e, sum);
        w.set(e, (float) ((clipped - z) / (after / lr + 2 * rule.l2() + rule.beta() / lr)));
      }
    };
  }

  /** The norms are of the whole weight, so this runs in two parts. */
  private static Task lamb(
      UpdateRule.Lamb rule, Span w, Span g, List<Span> slots, Span scalars, Parallel parallel) {
    float rest1 = rest(rule.beta1());
    float rest2 = rest(rule.beta2());
    Span mean = slots.get(0);
    Span square = slots.get(1);
    Task moments =
        parallel.over(
            w.size(),
            4,
            (from, to) -> {
              for (int e = from; e < to; e++) {
                float v = g.get(e) * g.get(e);
                mean.set(e, mean.get(e) + (g.get(e) - mean.get(e)) * rest1);
                square.set(e, square.get(e) + (v - square.get(e)) * rest2);
              }
            });
    return () -> {
      moments.run();
      float ofMean = scalars.get(Scalars.FACTORS);
      float ofSquare = scalars.get(Scalars.FACTORS + 1);
      double step = 0;
      for (int e = 0; e < w.size(); e++) {
        double d = lamb(rule, mean.get(e), square.get(e), ofMean, ofSquare);
        step += d * d;
      }
      double weight = squares(w);
      double ratio = weight > 0 && step > 0 ? Math.sqrt(weight / step) : 1;
      float rate = (float) (ratio * scalars.get(Scalars.LEARNING_RATE));
      for (int e = 0; e < w.size(); e++) {
        w.set(e, w.get(e) - rate * lamb(rule, mean.get(e), square.get(e), ofMean, ofSquare));
      }
    };
  }

  private static float lamb(
      UpdateRule.Lamb rule, float mean, float square, float ofMean, float ofSquare) {
    return ofMean * mean / ((float) Math.sqrt(ofSquare * square) + rule.epsilon());
  }

  /** 1 − β, with no more error than β itself has. */
  private static float rest(float beta) {
    return (float) (1.0 - beta);
  }
}
