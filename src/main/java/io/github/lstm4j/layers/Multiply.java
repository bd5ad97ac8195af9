package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;

/**
 * The product of its inputs, element by element; shapes and masks as {@link Merge} says. An input
 * counts as 1 where it is masked, the product as 0 where all are.
 *
 * <pre>{@code
 * KerasTensor a = new Input(3).output();
 * KerasTensor b = new Input(3).output();
 * Model model = Model.of(List.of(a, b), List.of(new Multiply().apply(a, b)));
 * List<Tensor> x = List.of(Tensor.of(new float[][] {{1, 2, 3}}), Tensor.of(new float[][] {{4, 2, 0}}));
 * System.out.println(model.predict(x).get(0)); // Tensor(1, 3)[4.0, 4.0, 0.0]
 * }</pre>
 */
public final class Multiply extends Merge {
  @Override
  Value merge(Graph graph, List<Value> values, List<Value> masks) {
    List<Value> counting = new ArrayList<>();
    for (int i = 0; i < values.size(); i++) {
      Value m = masks.get(i);
      Value x = values.get(i);
      counting.add(m == null ? x : graph.where(m, x, graph.constant(1), name() + ".counting"));
    }
    Value product = fold(graph, Combine.MUL, counting);
    if (masks.contains(null)) {
      return product;
    }
    Value any = fold(graph, Combine.MAX, masks);
    return graph.where(any, product, graph.constant(0), name() + ".masked");
  }
}
