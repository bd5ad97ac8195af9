package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Tensor;

/**
 * The mean of each window of timesteps, feature by feature; what padding adds does not count.
 * (batch, timesteps, features) to (batch, windows, features). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(4, 1), new AveragePooling1D(2));
 * Tensor x = Tensor.of(new float[][][] {{{1}, {3}, {2}, {6}}});
 * System.out.println(model.predict(x)); // Tensor(1, 2, 1)[2.0, 4.0]
 * }</pre>
 */
public final class AveragePooling1D extends Pooling<AveragePooling1D> {
  /** Of windows of two timesteps. */
  public AveragePooling1D() {}

  /**
   * @param poolSize how many timesteps a window has, at least 1
   */
  public AveragePooling1D(int poolSize) {
    super(poolSize);
  }

  @Override
  Value pool(Graph graph, Value x, Sliding sliding) {
    Value windows = sliding.of(graph, x, 0, name());
    Value sum = graph.reduce(Reduction.SUM, windows, 2, false, name() + ".sum");
    Tensor shares = Tensor.zeros(windows.dim(0), 1, 1);
    int before = sliding.missing(x.dim(0))[0];
    for (int w = 0; w < windows.dim(0); w++) {
      int from = w * sliding.stride() - before;
      int counted = Math.min(from + sliding.size(), x.dim(0)) - Math.max(from, 0);
      shares.data()[w] = 1f / counted;
    }
    return graph.binary(Combine.MUL, sum, graph.constant(name() + ".shares", shares), name());
  }
}
