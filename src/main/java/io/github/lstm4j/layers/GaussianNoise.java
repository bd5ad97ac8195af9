package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Adds normal noise of mean 0 to its inputs in training; passes everything on otherwise. Any shape.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new GaussianNoise(0.1f));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class GaussianNoise extends Layer {
  private float stddev;

  GaussianNoise() {}

  /**
   * @param stddev the noise's standard deviation, in [0, 1]
   */
  public GaussianNoise(float stddev) {
    this.stddev = checked(stddev);
  }

  private float checked(float deviation) {
    if (!(deviation >= 0 && deviation <= 1)) {
      throw new IllegalArgumentException(label() + ": stddev must lie in [0, 1], got " + deviation);
    }
    return deviation;
  }

  @Override
  protected void configure(Config c) {
    stddev = checked(c.number("stddev", stddev));
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
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (!to.training() || stddev == 0) {
      return in;
    }
    Value noise = to.noise(0, stddev, in.value(), name() + ".noise");
    return new Signal(to.graph().binary(Combine.SUM, in.value(), noise, name()), in.mask());
  }
}
