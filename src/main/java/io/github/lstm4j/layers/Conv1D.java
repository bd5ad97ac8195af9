package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * Convolution along time: each output is {@code activation(Σ_i x[t·stride + i·dilation]·kernel[i] +
 * bias)}. (batch, timesteps, features) to (batch, fewer timesteps or as many, filters). Weights:
 * {@code kernel} (size, features / groups, filters), {@code bias} (filters). Masks end here.
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
  private int groups = 1;
  private Padding padding = Padding.VALID;
  private DataFormat dataFormat = DataFormat.CHANNELS_LAST;
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

  @Override
  public Conv1D inputShape(int... dims) {
    super.inputShape(dims);
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

  /**
   * Into how many groups features and filters are divided, at least 1; default 1. The filters of a
   * group see the features of the same one alone.
   */
  public Conv1D groups(int number) {
    requireUnbuilt();
    groups = positive(number, "groups");
    return this;
  }

  /** Which axis of input and output holds the features; default channels_last. */
  public Conv1D dataFormat(DataFormat format) {
    requireUnbuilt();
    dataFormat = given(format, "dataFormat");
    return this;
  }

  /** As {@link #dataFormat(DataFormat)}, by Keras's name. */
  public Conv1D dataFormat(String format) {
    return dataFormat(choice("dataFormat", format, DataFormat.class));
  }

  /** What is done at the ends; default valid. */
  public Conv1D padding(Padding ends) {
    requireUnbuilt();
    padding = given(ends, "padding");
    return this;
  }

  /** As {@link #padding(Padding)}, by Keras's name: valid, same or causal. */
  public Conv1D padding(String ends) {
    return padding(choice("padding", ends, Padding.class));
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
    dataFormat = c.choice("data_format", dataFormat);
    dilationRate = positive(c.single("dilation_rate", dilationRate), "dilationRate");
    groups = positive(c.integer("groups", groups), "groups");
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
    Shape sequence = dataFormat.reordered(input);
    requireSequence(sequence);
    if (strides > 1 && dilationRate > 1) {
      throw new IllegalArgumentException(
          label()
              + ": strides="
              + strides
              + " does not go with dilationRate="
              + dilationRate
              + "; one must be 1, as in Keras");
    }
    if (sequence.last() % groups != 0 || filters % groups != 0) {
      throw wrongInput(
          "features and filters that can be divided into " + groups + " groups",
          input,
          "there are " + sequence.last() + " features and " + filters + " filters");
    }
    Shape output = dataFormat.reordered(Pooling.slid(this, sliding(), sequence).with(-1, filters));
    isOverLastAxis(activation, output); // or there is no such axis
    return output;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return new int[] {dataFormat == DataFormat.CHANNELS_FIRST ? 1 : 2};
  }

  private int features(Shape input) {
    return dataFormat.reordered(input).last();
  }

  @Override
  protected void onBuild(Shape input) {
    Shape shape = Shape.of(kernelSize, features(input) / groups, filters);
    kernel = addWeight("kernel", shape, "kernel");
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
    Value x = dataFormat.reordered(graph, in.value(), name() + ".sequence");
    Value windows = sliding().of(graph, x, 0, name());
    Value y = groups == 1 ? products(windows, to) : productsByGroup(windows, to);
    Value ordered = dataFormat.reordered(graph, y, name() + ".channels");
    return to.activate(activation, new Signal(ordered, null), name());
  }

  /** Of windows (W,B,size,F): (W,B,filters). */
  private Value products(Value windows, Lowering to) {
    Graph graph = to.graph();
    int width = kernelSize * windows.dim(3);
    Shape shape = Shape.of(windows.dim(0), windows.dim(1), width);
    Value rows = graph.reshape(windows, shape, true, name() + ".rows");
    Value flat =
        graph.reshape(to.variable(kernel), Shape.of(width, filters), name() + ".kernel.flat");
    return graph.matMul(rows, flat, bias == null ? null : to.variable(bias), name() + ".linear");
  }

  /** As {@link #products}, where each group has a product of its own. */
  private Value productsByGroup(Value windows, Lowering to) {
    Graph graph = to.graph();
    int each = windows.dim(3) / groups; // features
    int rows = windows.dim(0) * windows.dim(1);
    int width = kernelSize * each;
    int out = filters / groups;
    Value apart =
        graph.reshape(windows, Shape.of(rows, kernelSize, groups, each), false, name() + ".apart");
    Value byGroup = graph.permute(apart, new int[] {2, 0, 1, 3}, name() + ".by_group");
    Value left = graph.reshape(byGroup, Shape.of(groups, rows, width), name() + ".rows");
    Value kernels =
        graph.reshape(to.variable(kernel), Shape.of(width, groups, out), name() + ".kernel.apart");
    Value right = graph.permute(kernels, new int[] {1, 0, 2}, name() + ".kernel.by_group");
    Value products = graph.batchMatMul(left, right, false, false, name() + ".products");
    Value together = graph.permute(products, new int[] {1, 0, 2}, name() + ".together");
    Shape shape = Shape.of(windows.dim(0), windows.dim(1), filters);
    Value y = graph.reshape(together, shape, true, name() + ".linear");
    return bias == null ? y : graph.binary(Combine.SUM, y, to.variable(bias), name() + ".biased");
  }
}
