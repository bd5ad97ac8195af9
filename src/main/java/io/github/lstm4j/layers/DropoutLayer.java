package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * A layer that drops a fraction of its inputs, or disturbs them as much, in training alone, and
 * passes everything on otherwise.
 */
public abstract class DropoutLayer extends Layer {
  private float rate;

  DropoutLayer() {}

  DropoutLayer(float rate) {
    this.rate = fraction(rate, "rate");
  }

  /** The fraction, in [0, 1). */
  final float rate() {
    return rate;
  }

  @Override
  protected void configure(Config c) {
    rate = fraction(c.number("rate", rate), "rate");
    kept(c, "seed", null, SEED);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    return input;
  }

  @Override
  public final Signal lower(Signal in, Lowering to) {
    return to.training() && rate > 0 ? new Signal(dropped(in.value(), to), in.mask()) : in;
  }

  /** Writes what becomes of the inputs in training, with a rate above 0. */
  abstract Value dropped(Value x, Lowering to);
}
