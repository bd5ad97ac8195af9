package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Multiplies its inputs by normal noise of mean 1 in training; passes everything on otherwise. Any
 * shape. The noise's standard deviation is {@code √(rate/(1 − rate))}.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new GaussianDropout(0.2f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class GaussianDropout extends Layer {
  private float rate;

  GaussianDropout() {}

  /**
   * @param rate as a Dropout's, in [0, 1)
   */
  public GaussianDropout(float rate) {
    this.rate = fraction(rate, "rate");
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
  protected Shape computeOutputShape(Shape input) {
    return input;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (!to.training() || rate == 0) {
      return in;
    }
    float deviation = (float) Math.sqrt(rate / (1.0 - rate));
    Value noise = to.noise(1, deviation, in.value(), name() + ".noise");
    return new Signal(to.graph().binary(Combine.MUL, in.value(), noise, name()), in.mask());
  }
}
