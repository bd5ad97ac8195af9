package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * The smallest of its inputs, element by element; shapes and masks as {@link Merge} says. Where
 * some inputs are masked, the smallest of the others.
 *
 * <pre>{@code
 * KerasTensor a = new Input(3).output();
 * KerasTensor b = new Input(3).output();
 * Model model = Model.of(List.of(a, b), List.of(new Minimum().apply(a, b)));
 * List<Tensor> x = List.of(Tensor.of(new float[][] {{1, 2, 3}}), Tensor.of(new float[][] {{4, 2, 0}}));
 * System.out.println(model.predict(x).get(0)); // Tensor(1, 3)[1.0, 2.0, 0.0]
 * }</pre>
 */
public final class Minimum extends Merge {
  @Override
  Value merge(Graph graph, List<Value> values, List<Value> masks) {
    return extreme(graph, Combine.MIN, values, masks);
  }
}
