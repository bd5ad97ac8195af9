package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code min(x, maxValue)} where x is at least the threshold, {@code negativeSlope·(x − threshold)}
 * elsewhere.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new ReLU().maxValue(3).negativeSlope(0.5f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{-2, 0, 4}}))); // Tensor(1, 3)[-1.0, 0.0, 3.0]
 * }</pre>
 */
public final class ReLU extends Layer {
  private Float maxValue; // null for none
  private float negativeSlope;
  private float threshold;

  /** {@code max(x, 0)}, until it is said otherwise. */
  public ReLU() {}

  /** The largest value, at least 0; default none. */
  public ReLU maxValue(float largest) {
    requireUnbuilt();
    maxValue = notNegative(largest, "maxValue");
    return this;
  }

  /** The slope below the threshold, at least 0; default 0. */
  public ReLU negativeSlope(float slope) {
    requireUnbuilt();
    negativeSlope = notNegative(slope, "negativeSlope");
    return this;
  }

  /** Where it begins, at least 0; default 0. */
  public ReLU threshold(float from) {
    requireUnbuilt();
    threshold = notNegative(from, "threshold");
    return this;
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
    maxValue = c.optionalNumber("max_value", maxValue);
    if (maxValue != null) {
      notNegative(maxValue, "maxValue");
    }
    negativeSlope = notNegative(c.number("negative_slope", negativeSlope), "negativeSlope");
    threshold = notNegative(c.number("threshold", threshold), "threshold");
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
    return to.activate(
        Activation.relu(
            maxValue == null ? Double.POSITIVE_INFINITY : maxValue, negativeSlope, threshold),
        in,
        name());
  }
}
