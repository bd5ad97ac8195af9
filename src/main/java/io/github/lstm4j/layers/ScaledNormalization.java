package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;

/**
 * A layer that normalises its input, and mostly multiplies it by gamma and adds beta: what may be
 * said of the two.
 *
 * @param <R> the layer's own class, which setters return
 */
public abstract class ScaledNormalization<R extends ScaledNormalization<R>> extends Layer {
  private float epsilon = 1e-3f;
  private boolean center = true;
  private boolean scale = true;
  private Weight gamma;
  private Weight beta;

  ScaledNormalization() {
    this(gammaAndBeta());
  }

  /** A layer of whose {@link #gammaAndBeta} and whose weights after them something may be said. */
  ScaledNormalization(WeightRules rules) {
    super(rules);
  }

  static WeightRules gammaAndBeta() {
    return new WeightRules().with("beta", Initializer.zeros()).with("gamma", Initializer.ones());
  }

  @SuppressWarnings("unchecked") // R is this layer's class
  final R self() {
    return (R) this;
  }

  /** What is added to the variance; default 0.001. */
  public R epsilon(float small) {
    requireUnbuilt();
    epsilon = small;
    return self();
  }

  /** What is added to the variance. */
  public final float epsilon() {
    return epsilon;
  }

  /** Whether there is beta; default true. */
  public R center(boolean add) {
    requireUnbuilt();
    center = add;
    return self();
  }

  /** Whether there is gamma; default true. */
  public R scale(boolean multiply) {
    requireUnbuilt();
    scale = multiply;
    return self();
  }

  /** Initializer of beta; default zeros. */
  public R betaInitializer(Initializer initializer) {
    rules().initializer("beta", initializer);
    return self();
  }

  /** As {@link #betaInitializer(Initializer)}, by Keras's name. */
  public R betaInitializer(String initializer) {
    return betaInitializer(Initializer.of(initializer));
  }

  /** What beta adds to the loss; default nothing. */
  public R betaRegularizer(Regularizer regularizer) {
    rules().regularizer("beta", regularizer);
    return self();
  }

  /** As {@link #betaRegularizer(Regularizer)}, by Keras's name. */
  public R betaRegularizer(String regularizer) {
    return betaRegularizer(Regularizer.of(regularizer));
  }

  /** Where beta must stay; default anywhere. */
  public R betaConstraint(Constraint constraint) {
    rules().constraint("beta", constraint);
    return self();
  }

  /** As {@link #betaConstraint(Constraint)}, by Keras's name. */
  public R betaConstraint(String constraint) {
    return betaConstraint(Constraint.of(constraint));
  }

  /** Initializer of gamma; default ones. */
  public R gammaInitializer(Initializer initializer) {
    rules().initializer("gamma", initializer);
    return self();
  }

  /** As {@link #gammaInitializer(Initializer)}, by Keras's name. */
  public R gammaInitializer(String initializer) {
    return gammaInitializer(Initializer.of(initializer));
  }

  /** What gamma adds to the loss; default nothing. */
  public R gammaRegularizer(Regularizer regularizer) {
    rules().regularizer("gamma", regularizer);
    return self();
  }

  /** As {@link #gammaRegularizer(Regularizer)}, by Keras's name. */
  public R gammaRegularizer(String regularizer) {
    return gammaRegularizer(Regularizer.of(regularizer));
  }

  /** Where gamma must stay; default anywhere. */
  public R gammaConstraint(Constraint constraint) {
    rules().constraint("gamma", constraint);
    return self();
  }

  /** As {@link #gammaConstraint(Constraint)}, by Keras's name. */
  public R gammaConstraint(String constraint) {
    return gammaConstraint(Constraint.of(constraint));
  }

  /** Declares {@link #epsilon}, {@link #center} and {@link #scale}. */
  final void configureScale(Config c) {
    epsilon = c.number("epsilon", epsilon);
    center = c.flag("center", center);
    scale = c.flag("scale", scale);
  }

  /** Adds the two of that shape, where there are any. */
  final void addGammaAndBeta(Shape shape) {
    gamma = scale || hasGammaAlone() ? addWeight("gamma", shape, "gamma") : null;
    beta = center && !hasGammaAlone() ? addWeight("beta", shape, "beta") : null;
  }

  /** Whether there is gamma and no beta, whatever was said. */
  boolean hasGammaAlone() {
    return false;
  }

  /**
   * Writes {@code gamma·x}.
   *
   * @param axes of x (a user's, from the front, in order) that gamma goes along
   */
  final Value timesGamma(Value x, int[] axes, Lowering to) {
    return gamma == null ? x : along(Combine.MUL, x, gamma, axes, to, ".scaled");
  }

  /** Writes {@code x + beta}, as {@link #timesGamma}. */
  final Value plusBeta(Value x, int[] axes, Lowering to) {
    return beta == null ? x : along(Combine.SUM, x, beta, axes, to, ".centred");
  }

  private Value along(Combine combine, Value x, Weight w, int[] axes, Lowering to, String what) {
    Graph graph = to.graph();
    int rank = x.shape().rank();
    String each = name() + "." + w.name();
    Value along = MemoryAxes.along(graph, to.variable(w), axes, rank, each);
    return graph.binary(combine, x, along, name() + what);
  }
}
