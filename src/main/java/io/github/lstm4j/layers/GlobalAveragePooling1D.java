package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * The mean of all timesteps that count, feature by feature; of none it is NaN, as in Keras. (batch,
 * timesteps, features) to (batch, features). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3, 1), new GlobalAveragePooling1D());
 * Tensor x = Tensor.of(new float[][][] {{{1}, {3}, {2}}});
 * System.out.println(model.predict(x)); // Tensor(1, 1)[2.0]
 * }</pre>
 */
public final class GlobalAveragePooling1D extends GlobalPooling<GlobalAveragePooling1D> {
  /** To (batch, features). */
  public GlobalAveragePooling1D() {}

  @Override
  protected boolean takesMask() {
    return true;
  }

  @Override
  Value pool(Graph graph, Signal in) {
    Value mask = in.mask();
    if (mask == null) {
      return graph.reduce(Reduction.MEAN, in.value(), 0, false, name());
    }
    Value counting = graph.maskRows(in.value(), mask, name() + ".counting");
    Value sum = graph.reduce(Reduction.SUM, counting, 0, false, name() + ".sum");
    Value count = graph.reduce(Reduction.SUM, mask, 0, false, name() + ".count");
    Value column = graph.reshape(count, Shape.of(count.size(), 1), name() + ".column");
    return graph.binary(Combine.DIV, sum, column, name());
  }
}
