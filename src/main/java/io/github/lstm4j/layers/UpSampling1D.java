package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Each timestep several times: (batch, timesteps, features) to (batch, size·timesteps, features).
 * Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2, 1), new UpSampling1D(2));
 * Tensor x = Tensor.of(new float[][][] {{{3}, {5}}});
 * System.out.println(model.predict(x)); // Tensor(1, 4, 1)[3.0, 3.0, 5.0, 5.0]
 * }</pre>
 */
public final class UpSampling1D extends Layer {
  private int size = 2;

  UpSampling1D() {}

  /**
   * @param size how often each timestep comes, at least 1
   */
  public UpSampling1D(int size) {
    this.size = positive(size, "size");
  }

  @Override
  protected void configure(Config c) {
    size = positive(c.integer("size", size), "size");
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    int t = input.dim(1);
    return t == Shape.UNKNOWN ? input : input.with(1, Math.multiplyExact(t, size));
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int t = x.dim(0);
    int b = x.dim(1);
    int f = x.dim(2);
    Value each = graph.reshape(x, Shape.of(t, 1, b, f), false, name() + ".each");
    Value all = graph.broadcastTo(each, Shape.of(t, size, b, f), name() + ".all");
    return new Signal(graph.reshape(all, Shape.of(t * size, b, f), true, name()), null);
  }
}
