package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;

/**
 * {@code gamma·(x − mean)/√(variance + epsilon) + beta}, with mean and variance of each sample (and
 * timestep) over its features. Weights: {@code gamma} and {@code beta}, of the shape of the axes
 * that are normalised. Source: Ba, Kiros and Hinton, "Layer Normalization" (2016).
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(3), new LayerNormalization());
 * Tensor y = model.predict(Tensor.of(new float[][] {{1, 2, 3}, {10, 20, 30}}));
 * System.out.println(Math.abs(y.get(0, 0) - y.get(1, 0)) < 0.001); // true
 * }</pre>
 */
public final class LayerNormalization extends Layer {
  private int[] axis = {-1};
  private float epsilon = 1e-3f;
  private boolean center = true;
  private boolean scale = true;
  private Weight gamma;
  private Weight beta;

  /** Of the last axis. */
  public LayerNormalization() {
    super(new WeightRules().with("beta", Initializer.zeros()).with("gamma", Initializer.ones()));
  }

  /** The axes that are normalised together; not the batch. Default -1, the last. */
  public LayerNormalization axis(int... numbers) {
    requireUnbuilt();
    axis = numbers.clone();
    return this;
  }

  /** What is added to the variance; default 0.001. */
  public LayerNormalization epsilon(float small) {
    requireUnbuilt();
    epsilon = small;
    return this;
  }

  /** What is added to the variance. */
  public float epsilon() {
    return epsilon;
  }

  /** Whether there is beta; default true. */
  public LayerNormalization center(boolean add) {
    requireUnbuilt();
    center = add;
    return this;
  }

  /** Whether there is gamma; default true. */
  public LayerNormalization scale(boolean multiply) {
    requireUnbuilt();
    scale = multiply;
    return this;
  }

  /** Initializer of beta; default zeros. */
  public LayerNormalization betaInitializer(Initializer initializer) {
    rules().initializer("beta", initializer);
    return this;
  }

  /** As {@link #betaInitializer(Initializer)}, by Keras's name. */
  public LayerNormalization betaInitializer(String initializer) {
    return betaInitializer(Initializer.of(initializer));
  }

  /** What beta adds to the loss; default nothing. */
  public LayerNormalization betaRegularizer(Regularizer regularizer) {
    rules().regularizer("beta", regularizer);
    return this;
  }

  /** As {@link #betaRegularizer(Regularizer)}, by Keras's name. */
  public LayerNormalization betaRegularizer(String regularizer) {
    return betaRegularizer(Regularizer.of(regularizer));
  }

  /** Where beta must stay; default anywhere. */
  public LayerNormalization betaConstraint(Constraint constraint) {
    rules().constraint("beta", constraint);
    return this;
  }

  /** As {@link #betaConstraint(Constraint)}, by Keras's name. */
  public LayerNormalization betaConstraint(String constraint) {
    return betaConstraint(Constraint.of(constraint));
  }

  /** Initializer of gamma; default ones. */
  public LayerNormalization gammaInitializer(Initializer initializer) {
    rules().initializer("gamma", initializer);
    return this;
  }

  /** As {@link #gammaInitializer(Initializer)}, by Keras's name. */
  public LayerNormalization gammaInitializer(String initializer) {
    return gammaInitializer(Initializer.of(initializer));
  }

  /** What gamma adds to the loss; default nothing. */
  public LayerNormalization gammaRegularizer(Regularizer regularizer) {
    rules().regularizer("gamma", regularizer);
    return this;
  }

  /** As {@link #gammaRegularizer(Regularizer)}, by Keras's name. */
  public LayerNormalization gammaRegularizer(String regularizer) {
    return gammaRegularizer(Regularizer.of(regularizer));
  }

  /** Where gamma must stay; default anywhere. */
  public LayerNormalization gammaConstraint(Constraint constraint) {
    rules().constraint("gamma", constraint);
    return this;
  }

  /** As {@link #gammaConstraint(Constraint)}, by Keras's name. */
  public LayerNormalization gammaConstraint(String constraint) {
    return gammaConstraint(Constraint.of(constraint));
  }

  @Override
  protected void configure(Config c) {
    axis = c.integers("axis", axis);
    epsilon = c.number("epsilon", epsilon);
    center = c.flag("center", center);
    scale = c.flag("scale", scale);
    configureRules(c);
  }

  @Override
  protected boolean isPerTimestep() {
    return true;
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    for (int at : MemoryAxes.checked(label(), axis, input)) {
      if (input.dim(at) == Shape.UNKNOWN) {
        throw wrongInput("a known length of axis " + at, input, "give Input all dimensions");
      }
    }
    return input;
  }

  @Override
  protected void onBuild(Shape input) {
    int[] dims = MemoryAxes.checked(label(), axis, input);
    for (int i = 0; i < dims.length; i++) {
      dims[i] = input.dim(dims[i]);
    }
    gamma = scale ? addWeight("gamma", Shape.of(dims), "gamma") : null;
    beta = center ? addWeight("beta", Shape.of(dims), "beta") : null;
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || MemoryAxes.checked(label(), axis, inputShape())[0] > 1;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int rank = x.shape().rank();
    int[] axes = MemoryAxes.checked(label(), axis, x.shape());
    Value centred = graph.binary(Combine.SUB, x, mean(graph, x, axes), name() + ".centred");
    Value squares = graph.unary(Unary.SQUARE, centred, name() + ".squares");
    Value shifted = graph.affine(1, mean(graph, squares, axes), epsilon, name() + ".shifted");
    Value inverse = graph.unary(Unary.RSQRT, shifted, name() + ".inverse");
    Value y = graph.binary(Combine.MUL, centred, inverse, name() + ".normal");
    if (gamma != null) {
      Value g = MemoryAxes.along(graph, to.variable(gamma), axes, rank, name() + ".gamma");
      y = graph.binary(Combine.MUL, y, g, name() + ".scaled");
    }
    if (beta != null) {
      Value b = MemoryAxes.along(graph, to.variable(beta), axes, rank, name() + ".beta");
      y = graph.binary(Combine.SUM, y, b, name());
    }
    return new Signal(y, in.mask());
  }

  private Value mean(Graph graph, Value x, int[] axes) {
    Value mean = x;
    for (int axis : axes) {
      int at = MemoryAxes.of(axis, x.shape().rank());
      mean = graph.reduce(Reduction.MEAN, mean, at, true, name() + ".mean");
    }
    return mean;
  }
}
