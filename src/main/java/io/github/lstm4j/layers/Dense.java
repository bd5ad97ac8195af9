package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code activation(x·kernel + bias)} on the last axis: (batch, features) to (batch, units), and
 * (batch, timesteps, features) to (batch, timesteps, units). Weights: {@code kernel} (features,
 * units), {@code bias} (units).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new LSTM(8).inputShape(24, 3), new Dense(3, "softmax"));
 * Tensor probabilities = model.predict(Tensor.zeros(2, 24, 3));
 * System.out.println(probabilities.shape()); // (2, 3)
 * System.out.println(model.layers().get(1).countParams()); // 27
 * }</pre>
 */
public final class Dense extends KernelLayer<Dense> {
  private int units;
  private Activation activation = Activation.LINEAR;
  private Weight kernel;
  private Weight bias;

  Dense() {}

  /**
   * @param units the length of the output, at least 1
   */
  public Dense(int units) {
    this.units = positive(units, "units");
  }

  /** A dense layer with an activation by Keras's name. */
  public Dense(int units, String activation) {
    this(units);
    this.activation = Activation.of(activation);
  }

  @Override
  public Dense inputShape(int... dims) {
    super.inputShape(dims);
    return this;
  }

  /** What the outputs go through. */
  public Activation activation() {
    return activation;
  }

  /** The activation; default linear. */
  public Dense activation(Activation a) {
    requireUnbuilt();
    activation = given(a, "activation");
    return this;
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public Dense activation(String a) {
    return activation(Activation.of(a));
  }

  @Override
  protected void configure(Config c) {
    units = positive(c.integer("units", units), "units");
    activation = c.activation("activation", activation);
    configureBias(c);
    configureRules(c);
    lora(c);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.rank() < 2 || input.last() == Shape.UNKNOWN) {
      throw wrongInput(
          "(batch, features) or (batch, timesteps, features)", input, "give the features' number");
    }
    Shape output = input.with(-1, units);
    isOverLastAxis(activation, output); // or there is no such axis
    return output;
  }

  @Override
  protected void onBuild(Shape input) {
    kernel = addWeight("kernel", Shape.of(input.last(), units), "kernel");
    if (usesBias()) {
      bias = addWeight("bias", Shape.of(units), "bias");
    }
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
    Value y =
        to.graph()
            .matMul(
                in.value(),
                to.variable(kernel),
                bias == null ? null : to.variable(bias),
                activation.kind() == Activation.Kind.LINEAR ? name() : name() + ".linear");
    return to.activate(activation, new Signal(y, in.mask()), name());
  }
}
