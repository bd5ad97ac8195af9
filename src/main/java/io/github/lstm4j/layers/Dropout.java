package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Shape;
import java.util.List;

/**
 * Sets a fraction of the inputs to zero in training, and scales the others by {@code 1/(1 − rate)};
 * passes everything on otherwise. Any shape.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new Dropout(0.5f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
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
  protected void configure(Config c) {
    rate = fraction(c.number("rate", rate), "rate");
    kept(c, "seed", null, SEED);
    leftOut(c, "noise_shape", List.class);
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
    return to.training() && rate > 0
        ? new Signal(to.graph().dropout(to.draw(rate), in.value(), to.scalars(), name()), in.mask())
        : in;
  }
}
