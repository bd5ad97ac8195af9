package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;

/**
 * The largest of all timesteps, feature by feature; a mask is not looked at, as in Keras. (batch,
 * timesteps, features) to (batch, features). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3, 1), new GlobalMaxPooling1D());
 * Tensor x = Tensor.of(new float[][][] {{{1}, {3}, {2}}});
 * System.out.println(model.predict(x)); // Tensor(1, 1)[3.0]
 * }</pre>
 */
public final class GlobalMaxPooling1D extends GlobalPooling<GlobalMaxPooling1D> {
  /** To (batch, features). */
  public GlobalMaxPooling1D() {}

  @Override
  Value pool(Graph graph, Signal in) {
    return graph.reduce(Reduction.MAX, in.value(), 0, false, name());
  }
}
