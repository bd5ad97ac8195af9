package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code gamma·(x − mean)/√(variance + epsilon) + beta}, with mean and variance of each sample over
 * all its timesteps and the features of one group, of which there are as many in each. Weights:
 * {@code gamma} and {@code beta} (features). Source: Wu and He, "Group Normalization" (2018).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(5, 4), new GroupNormalization(2));
 * System.out.println(model.layers().get(0).countParams()); // 8
 * }</pre>
 */
public final class GroupNormalization extends ScaledNormalization<GroupNormalization> {
  private int groups = 32;
  private int axis = -1;

  /** Of 32 groups. */
  public GroupNormalization() {}

  /**
   * @param groups at least 1, or -1: each feature is a group of its own
   */
  public GroupNormalization(int groups) {
    this.groups = checked(groups);
  }

  private int checked(int number) {
    return number == -1 ? number : positive(number, "groups");
  }

  /** The axis that is divided into groups; not the batch. Default -1, the last. */
  public GroupNormalization axis(int number) {
    requireUnbuilt();
    axis = number;
    return this;
  }

  @Override
  protected void configure(Config c) {
    groups = checked(c.integer("groups", groups));
    axis = c.integer("axis", axis);
    configureScale(c);
    configureRules(c);
  }

  private int axis(Shape input) {
    return MemoryAxes.checked(label(), new int[] {axis}, input)[0];
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    MemoryAxes.requireKnown(label(), new int[] {axis}, input);
    int features = input.dim(axis(input));
    if (groups != -1 && features % groups != 0) {
      throw wrongInput(
          "a multiple of groups=" + groups + " along axis " + axis, input, "use a divisor");
    }
    return input;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return new int[] {axis(input)};
  }

  @Override
  protected void onBuild(Shape input) {
    int features = input.dim(axis(input));
    groups = groups == -1 ? features : groups; // as Keras, whose files then say so
    addGammaAndBeta(Shape.of(features));
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int rank = x.shape().rank();
    int[] axes = {axis < 0 ? axis + rank : axis};
    int at = MemoryAxes.of(axes[0], rank);
    Value apart = graph.reshape(x, apart(x.shape(), at), false, name() + ".groups");
    Value mean = mean(graph, apart, at, rank, ".mean");
    Value centred = graph.binary(Combine.SUB, apart, mean, name() + ".less_mean");
    Value squares = graph.unary(Unary.SQUARE, centred, name() + ".squares");
    Value variance = mean(graph, squares, at, rank, ".variance");
    Value shifted = graph.affine(1, variance, epsilon(), name() + ".shifted");
    Value inverse = graph.unary(Unary.RSQRT, shifted, name() + ".inverse");
    Value normal = graph.binary(Combine.MUL, centred, inverse, name() + ".normal");
    Value y = graph.reshape(normal, x.shape(), rank > 2, name() + ".together");
    return new Signal(plusBeta(timesGamma(y, axes, to), axes, to), in.mask());
  }

  /** A shape whose axis is one of groups, and one of what each has. */
  private Shape apart(Shape shape, int at) {
    int[] dims = new int[shape.rank() + 1];
    for (int i = 0; i < shape.rank(); i++) {
      dims[i < at ? i : i + 1] = shape.dim(i);
    }
    dims[at] = groups;
    dims[at + 1] = shape.dim(at) / groups;
    return Shape.of(dims);
  }

  /** The mean over all axes but those of batch and groups, which stay with length 1. */
  private Value mean(Graph graph, Value x, int at, int rank, String what) {
    int batch = MemoryAxes.of(0, rank);
    int moved = batch < at ? batch : batch + 1; // by the axis of groups
    Value mean = x;
    for (int i = 0; i <= rank; i++) {
      mean =
          i == at || i == moved ? mean : graph.reduce(Reduction.MEAN, mean, i, true, name() + what);
    }
    return mean;
  }
}
