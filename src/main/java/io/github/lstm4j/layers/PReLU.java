package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.stream.IntStream;

/**
 * {@code x} where x is above 0, {@code alpha·x} elsewhere, with an alpha that is trained for each
 * element of a sample. Weights: {@code alpha} (timesteps, features), or with length 1 along shared
 * axes.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(10, 4), new PReLU().sharedAxes(1), new LSTM(2));
 * System.out.println(model.layers().get(0).countParams()); // 4
 * }</pre>
 */
public final class PReLU extends Layer {
  private int[] sharedAxes = {};
  private Weight alpha;

  /** With an alpha of its own for each element. */
  public PReLU() {
    super(new WeightRules().with("alpha", Initializer.zeros()));
  }

  /**
   * Axes along which alpha is the same, from 1: the timesteps are axis 1. Default none. Keras
   * counts others from the end, and 0 with them: 0 is the last axis, -1 the one before it.
   */
  public PReLU sharedAxes(int... axes) {
    requireUnbuilt();
    sharedAxes = axes.clone();
    return this;
  }

  /** Initializer of alpha; default zeros. */
  public PReLU alphaInitializer(Initializer initializer) {
    rules().initializer("alpha", initializer);
    return this;
  }

  /** As {@link #alphaInitializer(Initializer)}, by Keras's name. */
  public PReLU alphaInitializer(String initializer) {
    return alphaInitializer(Initializer.of(initializer));
  }

  /** What alpha adds to the loss; default nothing. */
  public PReLU alphaRegularizer(Regularizer regularizer) {
    rules().regularizer("alpha", regularizer);
    return this;
  }

  /** As {@link #alphaRegularizer(Regularizer)}, by Keras's name. */
  public PReLU alphaRegularizer(String regularizer) {
    return alphaRegularizer(Regularizer.of(regularizer));
  }

  /** Where alpha must stay; default anywhere. */
  public PReLU alphaConstraint(Constraint constraint) {
    rules().constraint("alpha", constraint);
    return this;
  }

  /** As {@link #alphaConstraint(Constraint)}, by Keras's name. */
  public PReLU alphaConstraint(String constraint) {
    return alphaConstraint(Constraint.of(constraint));
  }

  @Override
  protected void configure(Config c) {
    configureRules(c);
    sharedAxes = c.optionalIntegers("shared_axes", sharedAxes);
  }

  /** Whether alpha has length 1 along an axis of inputs of that rank. */
  private boolean isShared(int axis, int rank) {
    return Arrays.stream(sharedAxes).anyMatch(shared -> axis == at(shared, rank));
  }

  private static int at(int shared, int rank) {
    return shared > 0 ? shared : shared + rank - 1;
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    for (int shared : sharedAxes) {
      int at = at(shared, input.rank());
      if (at < 1 || at >= input.rank()) {
        throw wrongInput(
            "an axis " + shared, input, "sharedAxes is " + Arrays.toString(sharedAxes));
      }
    }
    for (int i = 1; i < input.rank(); i++) {
      if (!isShared(i, input.rank()) && input.dim(i) == Shape.UNKNOWN) {
        throw wrongInput("a known length of axis " + i, input, "or use sharedAxes(" + i + ")");
      }
    }
    return input;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return IntStream.range(1, input.rank()).filter(i -> !isShared(i, input.rank())).toArray();
  }

  @Override
  protected void onBuild(Shape input) {
    int[] dims = new int[input.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = isShared(i + 1, input.rank()) ? 1 : input.dim(i + 1);
    }
    alpha = addWeight("alpha", Shape.of(dims), "alpha");
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || isShared(1, inputShape().rank());
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
    int[] axes = IntStream.range(1, rank).toArray();
    Value a = MemoryAxes.along(graph, to.variable(alpha), axes, rank, name() + ".alpha");
    Value positive = graph.activate(Activation.RELU, x, name() + ".positive");
    Value minus = graph.scale(-1, x, name() + ".minus");
    Value negative = graph.activate(Activation.RELU, minus, name() + ".negative");
    Value part = graph.binary(Combine.MUL, a, negative, name() + ".part");
    return new Signal(graph.binary(Combine.SUB, positive, part, name()), in.mask());
  }
}
