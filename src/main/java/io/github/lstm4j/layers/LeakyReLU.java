package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code x} where x is at least 0, {@code negativeSlope·x} elsewhere.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new LeakyReLU(0.5f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{-2, 0, 4}}))); // Tensor(1, 3)[-1.0, 0.0, 4.0]
 * }</pre>
 */
public final class LeakyReLU extends Layer {
  private float negativeSlope = 0.3f;

  /** With the slope 0.3. */
  public LeakyReLU() {}

  /**
   * @param negativeSlope at least 0
   */
  public LeakyReLU(float negativeSlope) {
    this.negativeSlope = notNegative(negativeSlope, "negativeSlope");
  }

  private float notNegative(float value, String what) {
    if (!(value >= 0)) {
      throw new IllegalArgumentException(
          label() + ": " + what + " must be at least 0, got " + value);
    }
    return value;
  }

  @Override
  protected void configure(Config c) {
    negativeSlope = notNegative(c.number("negative_slope", negativeSlope), "negativeSlope");
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
    return to.activate(Activation.leakyRelu(negativeSlope), in, name());
  }
}
