package io.github.lstm4j.compile;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.LinkedHashSet;
import java.util.List;

/** What a program has of its layers' regularizers and constraints, and of their averages. */
final class Regularization {
  private Regularization() {}

  /**
   * Writes the sum of all penalties: of each weight that training changes, and of layers' outputs,
   * which are divided by the batch's size.
   *
   * @return of shape (), or null if there is none
   */
  static Value penalty(Lowering to, List<Weight> weights, int batch) {
    Graph graph = to.graph();
    Value sum = null;
    for (Weight w : new LinkedHashSet<>(weights)) { // once, however often a layer is used
      if (w.trainable() && w.regularizer() != null) {
        Value x = to.variable(w);
        sum = plus(graph, sum, w.regularizer().penalty(graph, x, w.path() + ".penalty"));
      }
    }
    for (Lowering.Activity a : to.activities()) {
      String name = a.value().name() + ".penalty";
      Value all = a.regularizer().penalty(graph, a.value(), name + ".batch");
      sum = plus(graph, sum, all == null ? null : graph.scale(1f / batch, all, name));
    }
    return sum;
  }

  private static Value plus(Graph graph, Value sum, Value more) {
    return sum == null
        ? more
        : more == null
            ? sum
            : graph.binary(ElementwiseOp.Combine.SUM, sum, more, more.name() + ".sum");
  }

  /** What it adds to its mean over an epoch, in which batches count by their size, as in Keras. */
  static Value addend(Graph graph, Value penalty, int batch) {
    Value sum = graph.scale(batch, penalty, "penalty.batch");
    Value count = graph.constant("penalty.count", Tensor.of(new float[] {batch}, Shape.of(1)));
    return graph.concat(
        List.of(graph.reshape(sum, Shape.of(1), "penalty.one"), count), 0, "penalty.addend");
  }

  /** Moves weights to where they must stay, and gives others what layers have made for them. */
  static void afterUpdate(Lowering to, List<Weight> trained) {
    for (Weight w : trained) {
      Constraint constraint = w.constraint();
      Value x = to.variable(w);
      Value moved =
          constraint == null ? null : constraint.apply(to.graph(), x, w.path() + ".constrained");
      if (moved != null) {
        to.graph().add(new ElementwiseOp.Copy(moved, x));
      }
    }
    to.kept().forEach((weight, value) -> to.graph().add(new ElementwiseOp.Copy(value, weight)));
  }
}
