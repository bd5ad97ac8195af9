package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.UpdateOp;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** What the ops of a graph cover: their classes, and what they compute. */
final class Coverage {
  private Coverage() {}

  /** Every class of op. */
  static List<Class<?>> ops() {
    return Arrays.stream(Op.class.getPermittedSubclasses())
        .flatMap(family -> Arrays.stream(family.getPermittedSubclasses()))
        .collect(Collectors.toList());
  }

  /** An activation in one of its places. */
  static Object of(String place, Activation a) {
    return place + " " + a;
  }

  static void add(Op op, Set<Object> covered) {
    covered.add(op.getClass());
    if (op instanceof ElementwiseOp.Binary b) {
      covered.add(b.combine());
    } else if (op instanceof ElementwiseOp.Apply a) {
      covered.add(a.function());
    } else if (op instanceof ReduceOp.Reduce r) {
      covered.add(r.reduction());
    } else if (op instanceof ObjectiveOp.LossGrad l) {
      covered.add(l.forward().loss().kind());
      covered.add(l.forward().loss().reduction());
    } else if (op instanceof ObjectiveOp.MetricValue m) {
      covered.add(m.metric().kind());
    } else if (op instanceof UpdateOp.Update u) {
      covered.add(u.rule().getClass());
    } else if (op instanceof ElementwiseOp.Activate a) {
      covered.add(of("Activate", a.activation()));
    } else if (op instanceof ElementwiseOp.ActivateGrad a) {
      covered.add(of("ActivateGrad", a.activation()));
    } else if (op instanceof RecurrentOp.RecurrentGrad r) {
      CellSpec cell = r.forward().cell();
      covered.add(cell.getClass());
      if (cell instanceof CellSpec.Lstm lstm) {
        covered.add(lstm.peephole());
        covered.add(of("φ", lstm.activation()));
        covered.add(of("σ", lstm.recurrentActivation()));
      } else if (cell instanceof CellSpec.SimpleRnn simple) {
        covered.add(of("SimpleRnn", simple.activation()));
      } else if (cell instanceof CellSpec.Gru gru) {
        covered.add(of("Gru φ", gru.activation()));
        covered.add(of("Gru σ", gru.recurrentActivation()));
      }
    }
  }
}
