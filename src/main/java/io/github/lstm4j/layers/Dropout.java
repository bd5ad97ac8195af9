package io.github.lstm4j.layers;

import io.github.lstm4j.graph.Value;
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
public final class Dropout extends DropoutLayer {
  Dropout() {}

  /**
   * @param rate the fraction, in [0, 1)
   */
  public Dropout(float rate) {
    super(rate);
  }

  @Override
  protected void configure(Config c) {
    super.configure(c);
    leftOut(c, "noise_shape", List.class);
  }

  @Override
  Value dropped(Value x, Lowering to) {
    return to.graph().dropout(to.draw(rate()), x, to.scalars(), name());
  }
}
