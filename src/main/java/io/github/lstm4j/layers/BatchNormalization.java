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
 * {@code gamma·(x − mean)/√(variance + epsilon) + beta}, for each feature by itself. In training
 * mean and variance are those of the batch, over all timesteps that count, and move the averages
 * that stand for them otherwise: {@code moving = momentum·moving + (1 − momentum)·batch}. A frozen
 * layer uses the averages in training too.
 *
 * <p>Weights: {@code gamma}, {@code beta}, and the averages {@code moving_mean} and {@code
 * moving_variance}, which no optimizer moves; each (features). Source: Ioffe and Szegedy, "Batch
 * Normalization" (ICML 2015), in Keras's form.
 *
 * <pre>{@code
 * Sequential model = new Sequential(new Input(5), new Dense(3), new BatchNormalization());
 * System.out.println(model.layers().get(1).countParams()); // 12
 * System.out.println(model.layers().get(1).trainableWeights().size()); // 2
 * }</pre>
 */
public final class BatchNormalization extends Layer {
  private int axis = -1;
  private float momentum = 0.99f;
  private float epsilon = 1e-3f;
  private boolean center = true;
  private boolean scale = true;
  private Weight gamma;
  private Weight beta;
  private Weight movingMean;
  private Weight movingVariance;

  /** Of the last axis. */
  public BatchNormalization() {
    super(
        new WeightRules()
            .with("beta", Initializer.zeros())
            .with("gamma", Initializer.ones())
            .withFixed("moving_mean", Initializer.zeros())
            .withFixed("moving_variance", Initializer.ones()));
  }

  /** The axis whose elements are normalised each by itself; not the batch. Default -1, the last. */
  public BatchNormalization axis(int number) {
    requireUnbuilt();
    axis = number;
    return this;
  }

  /** How much of the averages stays at each training step; default 0.99. */
  public BatchNormalization momentum(float stays) {
    requireUnbuilt();
    momentum = stays;
    return this;
  }

  /** What is added to the variance; default 0.001. */
  public BatchNormalization epsilon(float small) {
    requireUnbuilt();
    epsilon = small;
    return this;
  }

  /** What is added to the variance. */
  public float epsilon() {
    return epsilon;
  }

  /** Whether there is beta; default true. */
  public BatchNormalization center(boolean add) {
    requireUnbuilt();
    center = add;
    return this;
  }

  /** Whether there is gamma; default true. */
  public BatchNormalization scale(boolean multiply) {
    requireUnbuilt();
    scale = multiply;
    return this;
  }

  /** Initializer of beta; default zeros. */
  public BatchNormalization betaInitializer(Initializer initializer) {
    rules().initializer("beta", initializer);
    return this;
  }

  /** As {@link #betaInitializer(Initializer)}, by Keras's name. */
  public BatchNormalization betaInitializer(String initializer) {
    return betaInitializer(Initializer.of(initializer));
  }

  /** What beta adds to the loss; default nothing. */
  public BatchNormalization betaRegularizer(Regularizer regularizer) {
    rules().regularizer("beta", regularizer);
    return this;
  }

  /** As {@link #betaRegularizer(Regularizer)}, by Keras's name. */
  public BatchNormalization betaRegularizer(String regularizer) {
    return betaRegularizer(Regularizer.of(regularizer));
  }

  /** Where beta must stay; default anywhere. */
  public BatchNormalization betaConstraint(Constraint constraint) {
    rules().constraint("beta", constraint);
    return this;
  }

  /** As {@link #betaConstraint(Constraint)}, by Keras's name. */
  public BatchNormalization betaConstraint(String constraint) {
    return betaConstraint(Constraint.of(constraint));
  }

  /** Initializer of gamma; default ones. */
  public BatchNormalization gammaInitializer(Initializer initializer) {
    rules().initializer("gamma", initializer);
    return this;
  }

  /** As {@link #gammaInitializer(Initializer)}, by Keras's name. */
  public BatchNormalization gammaInitializer(String initializer) {
    return gammaInitializer(Initializer.of(initializer));
  }

  /** What gamma adds to the loss; default nothing. */
  public BatchNormalization gammaRegularizer(Regularizer regularizer) {
    rules().regularizer("gamma", regularizer);
    return this;
  }

  /** As {@link #gammaRegularizer(Regularizer)}, by Keras's name. */
  public BatchNormalization gammaRegularizer(String regularizer) {
    return gammaRegularizer(Regularizer.of(regularizer));
  }

  /** Where gamma must stay; default anywhere. */
  public BatchNormalization gammaConstraint(Constraint constraint) {
    rules().constraint("gamma", constraint);
    return this;
  }

  /** As {@link #gammaConstraint(Constraint)}, by Keras's name. */
  public BatchNormalization gammaConstraint(String constraint) {
    return gammaConstraint(Constraint.of(constraint));
  }

  /** Initializer of the average of means; default zeros. */
  public BatchNormalization movingMeanInitializer(Initializer initializer) {
    rules().initializer("moving_mean", initializer);
    return this;
  }

  /** Initializer of the average of variances; default ones. */
  public BatchNormalization movingVarianceInitializer(Initializer initializer) {
    rules().initializer("moving_variance", initializer);
    return this;
  }

  @Override
  protected void configure(Config c) {
    axis = c.integer("axis", axis);
    momentum = c.number("momentum", momentum);
    epsilon = c.number("epsilon", epsilon);
    center = c.flag("center", center);
    scale = c.flag("scale", scale);
    configureRules(c);
  }

  private int axis(Shape input) {
    return MemoryAxes.checked(label(), new int[] {axis}, input)[0];
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    if (input.dim(axis(input)) == Shape.UNKNOWN) {
      throw wrongInput("a known length of axis " + axis, input, "give Input all dimensions");
    }
    return input;
  }

  @Override
  protected void onBuild(Shape input) {
    Shape shape = Shape.of(input.dim(axis(input)));
    gamma = scale ? addWeight("gamma", shape, "gamma") : null;
    beta = center ? addWeight("beta", shape, "beta") : null;
    movingMean = addWeight("moving_mean", shape, "moving_mean");
    movingVariance = addWeight("moving_variance", shape, "moving_variance");
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || axis(inputShape()) != 1;
  }

  @Override
  public Signal lower(Signal in, Lowering to) {
    Graph graph = to.graph();
    Value x = in.value();
    int rank = x.shape().rank();
    int[] axes = {axis < 0 ? axis + rank : axis};
    Value mean = MemoryAxes.along(graph, to.latest(movingMean), axes, rank, name() + ".mean");
    Value variance =
        MemoryAxes.along(graph, to.latest(movingVariance), axes, rank, name() + ".variance");
    if (to.training() && isTrainable()) {
      Value averageMean = mean;
      Value averageVariance = variance;
      Value column = in.mask() == null ? null : column(graph, in.mask(), rank);
      mean = mean(graph, x, column, axes[0], ".batch_mean");
      Value centred = graph.binary(Combine.SUB, x, mean, name() + ".centred");
      Value squares = graph.unary(Unary.SQUARE, centred, name() + ".squares");
      variance = mean(graph, squares, column, axes[0], ".batch_variance");
      move(averageMean, mean, movingMean, to);
      move(averageVariance, variance, movingVariance, to);
    }
    Value factor =
        graph.unary(
            Unary.RSQRT,
            graph.affine(1, variance, epsilon, name() + ".shifted"),
            name() + ".inverse");
    if (gamma != null) {
      Value g = MemoryAxes.along(graph, to.variable(gamma), axes, rank, name() + ".gamma");
      factor = graph.binary(Combine.MUL, factor, g, name() + ".factor");
    }
    Value y =
        graph.binary(
            Combine.MUL,
            graph.binary(Combine.SUB, x, mean, name() + ".less_mean"),
            factor,
            name() + ".scaled");
    if (beta != null) {
      Value b = MemoryAxes.along(graph, to.variable(beta), axes, rank, name() + ".beta");
      y = graph.binary(Combine.SUM, y, b, name());
    }
    return new Signal(y, in.mask());
  }

  /** A mask of timesteps, or of the samples of one, as it goes along the input. */
  private Value column(Graph graph, Value mask, int rank) {
    return rank == 2
        ? graph.reshape(mask, Shape.of(mask.dim(0), 1), false, name() + ".mask")
        : MemoryAxes.column(graph, mask, rank, name() + ".mask");
  }

  /** The mean over all axes but one, of what a mask (T,B,1) lets count. */
  private Value mean(Graph graph, Value x, Value column, int axis, String what) {
    int rank = x.shape().rank();
    int kept = MemoryAxes.of(axis, rank);
    Value counting =
        column == null ? x : graph.where(column, x, graph.constant(0), name() + what + ".counting");
    Value sum = counting;
    for (int i = 0; i < rank; i++) {
      sum = i == kept ? sum : graph.reduce(Reduction.SUM, sum, i, true, name() + what + ".sum");
    }
    if (column == null) {
      return graph.scale((float) x.dim(kept) / x.size(), sum, name() + what);
    }
    Value count = graph.broadcastTo(column, x.shape(), name() + what + ".counted");
    for (int i = 0; i < rank; i++) {
      count =
          i == kept ? count : graph.reduce(Reduction.SUM, count, i, true, name() + what + ".count");
    }
    Value shifted = graph.affine(1, count, 1e-7f, name() + what + ".shifted"); // as in Keras
    return graph.binary(Combine.DIV, sum, shifted, name() + what);
  }

  private void move(Value average, Value batch, Weight weight, Lowering to) {
    Graph graph = to.graph();
    Value stays = graph.scale(momentum, average, name() + ".stays");
    Value comes = graph.scale(1 - momentum, batch, name() + ".comes");
    Value moved = graph.binary(Combine.SUM, stays, comes, name() + ".moved");
    to.keep(graph.reshape(moved, weight.shape(), false, name() + ".average"), weight);
  }
}
