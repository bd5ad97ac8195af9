package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Convolution along time: each output is {@code activation(Σ_i x[t·stride + i·dilation]·kernel[i] +
 * bias)}. (batch, timesteps, features) to (batch, fewer timesteps or as many, filters). Weights:
 * {@code kernel} (size, features, filters), {@code bias} (filters). Masks end here.
 *
 * <pre>{@code
 * Sequential model = new Sequential();
 * model.add(new Conv1D(8, 3).padding("causal").activation("relu").inputShape(24, 2));
 * model.add(new LSTM(4));
 * System.out.println(model.layers().get(0).outputShape()); // (None, 24, 8)
 * System.out.println(model.layers().get(0).countParams()); // 56
 * }</pre>
 */
public final class Conv1D extends KernelLayer<Conv1D> {
  private int filters;
  private int kernelSize;
  private int strides = 1;
  private int dilationRate = 1;
  private Padding padding = Padding.VALID;
  private Activation activation = Activation.LINEAR;
  private Weight kernel;
  private Weight bias;

  Conv1D() {}

  /**
   * @param filters the length of an output's timestep, at least 1
   * @param kernelSize how many timesteps a window has, at least 1
   */
  public Conv1D(int filters, int kernelSize) {
    this.filters = positive(filters, "filters");
    this.kernelSize = positive(kernelSize, "kernelSize");
  }

  /** On the first layer of a model: the shape of one sample. */
  public Conv1D inputShape(int timesteps, int features) {
    declareInput(timesteps, features);
    return this;
  }

  /** How far windows begin apart, at least 1; default 1. */
  public Conv1D strides(int apart) {
    requireUnbuilt();
    strides = positive(apart, "strides");
    return this;
  }

  /** How far the timesteps of a window lie apart, at least 1; default 1. */
  public Conv1D dilationRate(int apart) {
    requireUnbuilt();
    dilationRate = positive(apart, "dilationRate");
    return this;
  }

  /** What is done at the ends; default valid. */
  public Conv1D padding(Padding ends) {
    requireUnbuilt();
    padding = given(ends, "padding");
    return this;
  }

  /** As {@link #padding(Padding)}, by Keras's name: valid, same or causal. */
  public Conv1D padding(String ends) {
    return padding(Pooling.padding(label(), ends));
  }

  /** The activation; default linear. */
  public Conv1D activation(Activation a) {
    requireUnbuilt();
    activation = given(a, "activation");
    return this;
  }

  /** As {@link #activation(Activation)}, by Keras's name. */
  public Conv1D activation(String a) {
    return activation(Activation.of(a));
  }

  @Override
  protected void configure(Config c) {
    filters = positive(c.integer("filters", filters), "filters");
    kernelSize = positive(c.single("kernel_size", kernelSize), "kernelSize");
    strides = positive(c.single("strides", strides), "strides");
    padding = c.choice("padding", padding);
    c.constant("data_format", "channels_last");
    dilationRate = positive(c.single("dilation_rate", dilationRate), "dilationRate");
    c.constant("groups", 1);
    activation = c.activation("activation", activation);
    configureBias(c);
    configureRules(c);
    lora(c);
  }

  private Sliding sliding() {
    return new Sliding(kernelSize, strides, dilationRate, padding);
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    requireSequence(input);
    if (strides > 1 && dilationRate > 1) {
      throw new IllegalArgumentException(
          label()
              + ": strides="
              + strides
              + " does not go with dilationRate="
              + dilationRate
              + "; one must be 1, as in Keras");
    }
    Shape output = Pooling.slid(this, sliding(), input).with(-1, filters);
    isOverLastAxis(activation, output); // or there is no such axis
    return output;
  }

  @Override
  protected void onBuild(Shape input) {
    kernel = addWeight("kernel", Shape.of(kernelSize, input.last(), filters), "kernel");
    if (usesBias()) {
      bias = addWeight("bias", Shape.of(filters), "bias");
    }
  }

  @Override
  public boolean runsStepwise() {
    return false;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value windows = sliding().of(graph, in.value(), 0, name());
    int width = kernelSize * windows.dim(3);
    Value rows =
        graph.reshape(
            windows, Shape.of(windows.dim(0), windows.dim(1), width), true, name() + ".rows");
    Value flat =
        graph.reshape(to.variable(kernel), Shape.of(width, filters), name() + ".kernel.flat");
    Value y = graph.matMul(rows, flat, bias == null ? null : to.variable(bias), name() + ".linear");
    return activate(activation, new Signal(y, null), to);
  }
}
