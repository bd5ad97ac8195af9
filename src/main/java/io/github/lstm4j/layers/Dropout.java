package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * Sets a fraction of the inputs to zero in training, and scales the others by {@code 1/(1 − rate)};
 * passes everything on otherwise. Any shape.
 */
public final class Dropout extends Layer {
  private float rate;

  Dropout() {}

  /**
   * @param rate the fraction, in [0, 1)
   */
  public Dropout(float rate) {
    this.rate = fraction(rate, "rate");
  }

  @Override
  public void configure(Config c) {
    rate = fraction(c.number("rate", rate), "rate");
    c.ignored("seed", null); // the model has one
    c.constant("noise_shape", null);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
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
}
