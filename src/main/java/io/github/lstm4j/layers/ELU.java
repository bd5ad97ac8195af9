package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code x} where x is above 0, {@code alpha·(eˣ − 1)} elsewhere.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new ELU(0f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{-2, 0, 4}}))); // Tensor(1, 3)[-0.0, 0.0, 4.0]
 * }</pre>
 */
public final class ELU extends Layer {
  private float alpha = 1;

  /** With alpha 1. */
  public ELU() {}

  /**
   * @param alpha minus what it goes to on the left
   */
  public ELU(float alpha) {
    this.alpha = alpha;
  }

  @Override
  protected void configure(Config c) {
    alpha = c.number("alpha", alpha);
  }

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
    return to.activate(Activation.elu(alpha), in, name());
  }
}
