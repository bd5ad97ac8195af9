package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Op;
import java.util.Set;

/** What the ops of a graph cover: their classes, and what they compute. */
final class Coverage {
  private Coverage() {}

  /** An activation in one of its places. */
  static Object of(String place, Activation a) {
    return place + " " + a;
  }

  static void add(Op op, Set<Object> covered) {
    covered.add(op.getClass());
    if (op instanceof Op.Binary b) {
      covered.add(b.combine());
    } else if (op instanceof Op.LossGrad l) {
      covered.add(l.forward().loss().kind());
    } else if (op instanceof Op.MetricOp m) {
      covered.add(m.metric());
    } else if (op instanceof Op.Update u) {
      covered.add(u.rule().getClass());
    } else if (op instanceof Op.Activate a) {
      covered.add(of("Activate", a.activation()));
    } else if (op instanceof Op.ActivateGrad a) {
      covered.add(of("ActivateGrad", a.activation()));
    } else if (op instanceof Op.LstmGrad l) {
      covered.add(l.forward().spec().peephole());
      covered.add(of("φ", l.forward().spec().activation()));
      covered.add(of("σ", l.forward().spec().recurrentActivation()));
    }
  }
}
