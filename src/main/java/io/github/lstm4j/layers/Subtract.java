package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * The first input less the second; shapes and masks as {@link Merge} says.
 *
 * <pre>{@code
 * KerasTensor a = new Input(3).output();
 * KerasTensor b = new Input(3).output();
 * Model model = Model.of(List.of(a, b), List.of(new Subtract().apply(a, b)));
 * List<Tensor> x = List.of(Tensor.of(new float[][] {{1, 2, 3}}), Tensor.of(new float[][] {{4, 2, 0}}));
 * System.out.println(model.predict(x).get(0)); // Tensor(1, 3)[-3.0, 0.0, 3.0]
 * }</pre>
 */
public final class Subtract extends Merge {
  @Override
  void requireCount(int inputs) {
    if (inputs != 2) {
      throw new IllegalArgumentException(label() + ": expected two inputs, got " + inputs);
    }
  }

  @Override
  Value merge(Graph graph, List<Value> values, List<Value> masks) {
    return fold(graph, Combine.SUB, values);
  }
}
