package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Value;

/**
 * Multiplies its inputs by normal noise of mean 1 in training; passes everything on otherwise. Any
 * shape. The noise's standard deviation is {@code √(rate/(1 − rate))}.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new GaussianDropout(0.2f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class GaussianDropout extends DropoutLayer {
  GaussianDropout() {}

  /**
   * @param rate as a Dropout's, in [0, 1)
   */
  public GaussianDropout(float rate) {
    super(rate);
  }

  @Override
  Value dropped(Value x, Lowering to) {
    float deviation = (float) Math.sqrt(rate() / (1.0 - rate()));
    Value noise = to.noise(1, deviation, x, name() + ".noise");
    return to.graph().binary(Combine.MUL, x, noise, name());
  }
}
