package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.Map;

/**
 * Sets a fraction of the inputs to zero in training, and scales the others by {@code 1/(1 − rate)};
 * passes everything on otherwise. Any shape.
 */
public final class Dropout extends Layer {
  private final float rate;

  /**
   * @param rate the fraction, in [0, 1)
   */
  public Dropout(float rate) {
    if (!(rate >= 0 && rate < 1)) {
      throw new IllegalArgumentException("Dropout: rate must lie in [0, 1), got " + rate);
    }
    this.rate = rate;
  }

  @Override
  protected Shape onBuild(Shape input) {
    return input;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return to.training() && rate > 0
        ? new Signal(to.graph().dropout(to.draw(rate), in.value(), to.scalars(), name()), in.mask())
        : in;
  }

  @Override
  public Map<String, Object> config() {
    Map<String, Object> c = newConfig();
    c.put("rate", (double) rate);
    c.put("seed", null);
    c.put("noise_shape", null);
    return c;
  }
}
