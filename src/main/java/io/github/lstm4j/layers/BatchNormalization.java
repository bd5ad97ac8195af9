package io.github.lstm4j.layers;

import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
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
public final class BatchNormalization extends ScaledNormalization<BatchNormalization> {
  private int axis = -1;
  private float momentum = 0.99f;
  private Weight movingMean;
  private Weight movingVariance;

  /** Of the last axis. */
  public BatchNormalization() {
    super(
        gammaAndBeta()
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
    configureScale(c);
    configureRules(c);
  }

  private int axis(Shape input) {
    return MemoryAxes.checked(label(), new int[] {axis}, input)[0];
  }

  @Override
  protected Shape computeOutputShape(Shape input) {
    MemoryAxes.requireKnown(label(), new int[] {axis}, input);
    return input;
  }

  @Override
  protected int[] weightAxes(Shape input) {
    return new int[] {axis(input)};
  }

  @Override
  protected void onBuild(Shape input) {
    Shape shape = Shape.of(input.dim(axis(input)));
    addGammaAndBeta(shape);
    movingMean = addWeight("moving_mean", shape, "moving_mean");
    movingVariance = addWeight("moving_variance", shape, "moving_variance");
  }

  @Override
  public boolean runsStepwise() {
    return inputShape().rank() == 2 || axis(inputShape()) != 1;
  }

  @Override
  protected boolean passesMask() {
    return true;
  }

  @Override
  protected boolean takesMask() {
    return true;
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
      Value away = graph.binary(Combine.SUB, x, mean, name() + ".away");
      Value squares = graph.unary(Unary.SQUARE, away, name() + ".squares");
      variance = mean(graph, squares, column, axes[0], ".batch_variance");
      move(averageMean, mean, movingMean, to);
      move(averageVariance, variance, movingVariance, to);
    }
    Value factor =
        graph.unary(
            Unary.RSQRT,
            graph.affine(1, variance, epsilon(), name() + ".shifted"),
            name() + ".inverse");
    Value centred = graph.binary(Combine.SUB, x, mean, name() + ".less_mean");
    Value y = graph.binary(Combine.MUL, centred, timesGamma(factor, axes, to), name() + ".normal");
    return new Signal(plusBeta(y, axes, to), in.mask());
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
