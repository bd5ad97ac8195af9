package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;

/**
 * Passes everything on. Any shape.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new Identity());
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class Identity extends Layer {
  /** Keras's. */
  public Identity() {}

  @Override
  protected void configure(Config c) {}

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    return input;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return in;
  }
}
