package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.Map;

/** Repeats its input: (batch, features) to (batch, n, features). */
public final class RepeatVector extends Layer {
  private final int n;

  /**
   * @param n the number of timesteps, at least 1
   */
  public RepeatVector(int n) {
    if (n < 1) {
      throw new IllegalArgumentException("RepeatVector: n must be at least 1, got " + n);
    }
    this.n = n;
  }

  @Override
  protected Shape onBuild(Shape input) {
    if (input.rank() != 2) {
      throw wrongInput(
          "(batch, features)", input, "the recurrent layer before it must not return sequences");
    }
    return Shape.of(input.dim(0), n, input.dim(1));
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return new Signal(to.graph().repeat(in.value(), n, name()), null);
  }

  @Override
  public Map<String, Object> config() {
    Map<String, Object> c = newConfig();
    c.put("n", n);
    return c;
  }
}
