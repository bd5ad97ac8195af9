package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code eˣ/Σeˣ} along an axis: numbers that add up to 1. A masked sequence is refused, as by
 * Keras.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(2), new Softmax());
 * System.out.println(model.predict(Tensor.of(new float[][] {{5, 5}}))); // Tensor(1, 2)[0.5, 0.5]
 * }</pre>
 */
public final class Softmax extends Layer {
  private int axis = -1;

  /** Along the last axis. */
  public Softmax() {}

  /**
   * @param axis counted with the batch as 0, or from the end if negative
   */
  public Softmax(int axis) {
    this.axis = axis;
  }

  @Override
  protected void configure(Config c) {
    axis = c.single("axis", axis);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    isOverLastAxis(Activation.softmax(axis), input); // or there is no such axis
    return input;
  }

  @Override
  public boolean runsStepwise() {
    return isOverLastAxis(Activation.softmax(axis), inputShape());
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    if (in.mask() != null) {
      throw new IllegalArgumentException(
          label()
              + ": takes no masked sequences, as in Keras; use new ActivationLayer(\"softmax\")");
    }
    return activate(Activation.softmax(axis), in, to);
  }
}
