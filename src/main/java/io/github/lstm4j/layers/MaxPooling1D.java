package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * The largest of each window of timesteps, feature by feature. (batch, timesteps, features) to
 * (batch, windows, features). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(4, 1), new MaxPooling1D(2));
 * Tensor x = Tensor.of(new float[][][] {{{1}, {3}, {2}, {6}}});
 * System.out.println(model.predict(x)); // Tensor(1, 2, 1)[3.0, 6.0]
 * }</pre>
 */
public final class MaxPooling1D extends Pooling<MaxPooling1D> {
  /** Of windows of two timesteps. */
  public MaxPooling1D() {}

  /**
   * @param poolSize how many timesteps a window has, at least 1
   */
  public MaxPooling1D(int poolSize) {
    super(poolSize);
  }

  @Override
  Value pool(Graph graph, Value x, Sliding sliding) {
    Value windows = sliding.of(graph, x, Float.NEGATIVE_INFINITY, name());
    Shape shape = Shape.of(windows.dim(0), windows.dim(1), windows.dim(3));
    Value largest = null;
    for (int i = 0; i < sliding.size(); i++) { // so that of equal ones the first gets the gradient
      Value each = graph.slice(windows, 2, i, 1, name() + ".each");
      Value next = graph.reshape(each, shape, true, name() + ".next");
      largest = largest == null ? next : graph.binary(Combine.MAX, largest, next, name());
    }
    return largest;
  }
}
