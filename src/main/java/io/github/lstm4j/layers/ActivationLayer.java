package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;

/**
 * An activation as a layer of its own: {@code Activation} among Keras's layers. Any shape.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new ActivationLayer("relu"));
 * System.out.println(model.predict(Tensor.of(new float[][] {{-1, 0, 2}}))); // Tensor(1, 3)[0.0, 0.0, 2.0]
 * }</pre>
 */
public final class ActivationLayer extends Layer {
  private Activation activation = Activation.LINEAR;

  ActivationLayer() {}

  /** The activation of that Keras name. */
  public ActivationLayer(String name) {
    this(Activation.of(name));
  }

  /** That activation. */
  public ActivationLayer(Activation activation) {
    this.activation = given(activation, "activation");
  }

  /** What the outputs go through. */
  public Activation activation() {
    return activation;
  }

  @Override
  public String className() {
    return "Activation";
  }

  @Override
  protected void configure(Config c) {
    activation = c.activation("activation", activation);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    isOverLastAxis(activation, input); // or there is no such axis
    return input;
  }

  @Override
  public boolean runsStepwise() {
    return isOverLastAxis(activation, outputShape());
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    return to.activate(activation, in, name());
  }
}
