package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * The mean of its inputs; shapes and masks as {@link Merge} says.
 *
 * <pre>{@code
 * KerasTensor a = new Input(3).output();
 * KerasTensor b = new Input(3).output();
 * Model model = Model.of(List.of(a, b), List.of(new Average().apply(a, b)));
 * List<Tensor> x = List.of(Tensor.of(new float[][] {{1, 2, 3}}), Tensor.of(new float[][] {{4, 2, 0}}));
 * System.out.println(model.predict(x).get(0)); // Tensor(1, 3)[2.5, 2.0, 1.5]
 * }</pre>
 */
public final class Average extends Merge {
  @Override
  Value merge(Graph graph, List<Value> values, List<Value> masks) {
    return graph.scale(1f / values.size(), fold(graph, Combine.SUM, values), name());
  }
}
