package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * {@code (x − mean)/√variance}, feature by feature, with mean and variance of data that was seen
 * before training: {@link #adapt}. Weights, which training leaves as they are: {@code mean} and
 * {@code variance} (features), {@code count}, which is 0.
 *
 * <pre>{@code
 * Normalization scale = new Normalization();
 * scale.adapt(Tensor.of(new float[][] {{1, 10}, {3, 30}}));
 * Sequential model = new Sequential(new Input(2), scale);
 * System.out.println(model.predict(Tensor.of(new float[][] {{3, 20}}))); // Tensor(1, 2)[1.0, 0.0]
 * }</pre>
 */
public final class Normalization extends Layer {
  private static final float LEAST = 1e-7f; // of a deviation: Keras's fuzz factor

  private int[] axis = {-1};
  private boolean invert;
  private float[] givenMean = {}; // empty unless said
  private float[] givenVariance = {};
  private Weight mean;
  private Weight variance;

  /** Of the last axis: each feature has a mean and a variance of its own. */
  public Normalization() {}

  /** The axes whose elements have means of their own; without any there is one. */
  public Normalization axis(int... numbers) {
    requireUnbuilt();
    axis = numbers.clone();
    return this;
  }

  /** Whether it goes back, {@code x·√variance + mean}; default false. */
  public Normalization invert(boolean back) {
    requireUnbuilt();
    invert = back;
    return this;
  }

  /**
   * The mean, one number for all or one for each feature. With it goes {@link #variance}; then
   * there are no weights, and nothing to {@link #adapt}.
   */
  public Normalization mean(float... numbers) {
    requireUnbuilt();
    givenMean = numbers.clone();
    return this;
  }

  /** The variance, as {@link #mean}. */
  public Normalization variance(float... numbers) {
    requireUnbuilt();
    givenVariance = numbers.clone();
    return this;
  }

  @Override
  protected void configure(Config c) {
    axis = c.integers("axis", axis);
    invert = c.flag("invert", invert);
    givenMean = c.optionalNumbers("mean", givenMean);
    givenVariance = c.optionalNumbers("variance", givenVariance);
  }

  private boolean isGiven() {
    return givenMean.length > 0;
  }

  private int[] axes(Shape input) {
    return MemoryAxes.checked(label(), axis, input);
  }

  /** The shape of mean and variance. */
  private Shape perElement(Shape input) {
    int[] axes = axes(input);
    return Shape.of(Arrays.stream(axes).map(input::dim).toArray());
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    Shape each = perElement(input);
    if (!each.isKnown()) {
      throw wrongInput("a known length of axes " + Arrays.toString(axis), input, "give Input all");
    }
    if (isGiven() != givenVariance.length > 0) {
      throw new IllegalArgumentException(
          label() + ": expected mean and variance, got one of the two; give both or adapt");
    }
    for (int given : new int[] {givenMean.length, givenVariance.length}) {
      if (given > 1 && given != each.size()) {
        throw wrongInput(given + " features", input, "there are so many means or variances");
      }
    }
    return input;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return axes(input);
  }

  @Override
  protected boolean servesToo(List<Shape> inputs) {
    return areAlongWeights(inputs); // numbers that were given lie as weights do
  }

  @Override
  protected void onBuild(Shape input) {
    if (!isGiven()) {
      Shape each = perElement(input);
      mean = addFixedWeight("mean", each, Initializer.zeros());
      variance = addFixedWeight("variance", each, Initializer.ones());
      addFixedWeight("count", Shape.of(), Initializer.zeros());
    }
  }

  /**
   * Sets mean and variance to those of data, before or after the layer came into a model.
   *
   * @param data as the layer's input, (samples, features) or (samples, timesteps, features)
   * @throws IllegalStateException if the layer has numbers that were given
   * @throws IllegalArgumentException if the data is of another shape; names the layer
   */
  public void adapt(Tensor data) {
    if (isGiven()) {
      throw new IllegalStateException(label() + ": adapt: mean and variance were given");
    }
    Shape shape = given(data, "data").shape();
    if (!isBuilt()) {
      build(shape.with(0, Shape.UNKNOWN), new Philox(0, 0)); // its weights are not drawn
    }
    if (shape.rank() != inputShape().rank() || !perElement(shape).equals(mean.shape())) {
      throw wrongInput("data like " + inputShape(), shape, "adapt to what the model is fed with");
    }
    int each = mean.shape().size();
    int[] to = places(shape);
    double[] sums = new double[each];
    double[] squares = new double[each];
    int count = data.size() / each;
    for (int i = 0; i < data.size(); i++) {
      sums[to[i % to.length]] += data.data()[i];
    }
    for (int i = 0; i < data.size(); i++) {
      int k = to[i % to.length];
      double away = data.data()[i] - sums[k] / count;
      squares[k] += away * away;
    }
    Tensor means = Tensor.zeros(mean.shape().dims());
    Tensor variances = Tensor.zeros(mean.shape().dims());
    for (int k = 0; k < each; k++) {
      means.data()[k] = (float) (sums[k] / count);
      variances.data()[k] = (float) (squares[k] / count);
    }
    mean.assign(means);
    variance.assign(variances);
  }

  /** For each element of a sample, which mean is its. */
  private int[] places(Shape data) {
    int[] axes = axes(data);
    int sample = 1;
    for (int i = 1; i < data.rank(); i++) {
      sample *= data.dim(i);
    }
    int[] to = new int[sample];
    for (int e = 0; e < sample; e++) {
      int rest = e;
      int[] at = new int[data.rank()];
      for (int i = data.rank() - 1; i > 0; i--) {
        at[i] = rest % data.dim(i);
        rest /= data.dim(i);
      }
      for (int a : axes) {
        to[e] = to[e] * data.dim(a) + at[a];
      }
    }
    return to;
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || Arrays.stream(axes(inputShape())).noneMatch(a -> a == 1);
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int[] axes = axes(x.shape());
    int rank = x.shape().rank();
    Value m = along(graph, isGiven() ? null : to.variable(mean), givenMean, axes, rank, ".mean");
    Value v =
        along(
            graph,
            isGiven() ? null : to.variable(variance),
            givenVariance,
            axes,
            rank,
            ".variance");
    Value root = graph.unary(Unary.SQRT, v, name() + ".root");
    Value deviation = graph.binary(Combine.MAX, root, graph.constant(LEAST), name() + ".deviation");
    if (invert) {
      Value scaled = graph.binary(Combine.MUL, x, deviation, name() + ".scaled");
      return new Signal(graph.binary(Combine.SUM, scaled, m, name()), in.mask());
    }
    Value centred = graph.binary(Combine.SUB, x, m, name() + ".centred");
    return new Signal(graph.binary(Combine.DIV, centred, deviation, name()), in.mask());
  }

  private Value along(Graph graph, Value weight, float[] given, int[] axes, int rank, String what) {
    if (given.length == 1) {
      return graph.constant(given[0]);
    }
    Value each = weight;
    if (each == null) {
      Shape shape = perElement(inputShape());
      each = graph.constant(name() + what + ".given", Tensor.of(given, shape));
    }
    return MemoryAxes.along(graph, each, axes, rank, name() + what);
  }
}
