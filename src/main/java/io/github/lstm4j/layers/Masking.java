package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Masks the timesteps whose features all equal a value: the layers after it skip them, and losses
 * and metrics leave them out. (batch, timesteps, features) to the same.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Masking(-1).inputShape(4, 1), new LSTM(2));
 * float[][][] padded = {{{0.5f}, {0.2f}, {-1}, {-1}}}; // two timesteps, filled up to four
 * float[][][] other = {{{-1}, {0.5f}, {-1}, {0.2f}}}; // the same two
 * Tensor a = model.predict(Tensor.of(padded));
 * Tensor b = model.predict(Tensor.of(other));
 * System.out.println(a.get(0, 0) == b.get(0, 0)); // true
 * }</pre>
 */
public final class Masking extends Layer {
  private float maskValue;

  /** Masks timesteps that are all 0. */
  public Masking() {
    this(0f);
  }

  /** Masks timesteps that all equal {@code maskValue}. */
  public Masking(float maskValue) {
    this.maskValue = maskValue;
  }

  /** What all features of a masked timestep equal. */
  public float maskValue() {
    return maskValue;
  }

  @Override
  public Masking inputShape(int... dims) {
    super.inputShape(dims);
    return this;
  }

  @Override
  protected void configure(Config c) {
    maskValue = c.number("mask_value", maskValue);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    return input;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    Value mask = graph.maskOf(x, maskValue, Shape.of(x.dim(0), x.dim(1)), name() + ".mask");
    return new Signal(graph.maskRows(x, mask, name()), mask);
  }
}
