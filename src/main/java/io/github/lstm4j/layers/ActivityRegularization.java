package io.github.lstm4j.layers;

import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;

/**
 * Passes everything on, and lets it add {@code l1·Σ|x| + l2·Σx²} to the loss, the sum over a batch
 * divided by the batch's size. Any shape.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new ActivityRegularization(0.01f, 0));
 * System.out.println(model.predict(Tensor.of(new float[][] {{1, 2}}))); // Tensor(1, 2)[1.0, 2.0]
 * }</pre>
 */
public final class ActivityRegularization extends Layer {
  private float l1;
  private float l2;

  ActivityRegularization() {}

  /** With both factors, at least 0. */
  public ActivityRegularization(float l1, float l2) {
    this.l1 = l1;
    this.l2 = l2;
    Regularizer.l1l2(l1, l2); // or they are none
  }

  @Override
  public Layer activityRegularizer(Regularizer regularizer) {
    throw new IllegalArgumentException(
        label() + ": activityRegularizer: its own is of l1 and l2; give them to the constructor");
  }

  @Override
  protected void configure(Config c) {
    l1 = c.number("l1", l1);
    l2 = c.number("l2", l2);
    Regularizer.l1l2(l1, l2);
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
    if (l1 != 0 || l2 != 0) {
      to.regularize(Regularizer.l1l2(l1, l2), in.value());
    }
    return in;
  }
}
