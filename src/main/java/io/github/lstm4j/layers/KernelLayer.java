package io.github.lstm4j.layers;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.regularizers.Regularizer;

/**
 * A layer that multiplies its input by a kernel and mostly adds a bias: what may be said of the
 * two.
 *
 * @param <R> the layer's own class, which setters return
 */
public abstract class KernelLayer<R extends KernelLayer<R>> extends Layer {
  private boolean useBias = true;

  KernelLayer() {
    this(kernelRules());
  }

  /** A layer of whose {@link #kernelRules} and whose weights after it something may be said. */
  KernelLayer(WeightRules rules) {
    super(rules.with("bias", Initializer.zeros()));
  }

  static WeightRules kernelRules() {
    return new WeightRules().with("kernel", Initializer.glorotUniform());
  }

  @SuppressWarnings("unchecked") // R is this layer's class
  final R self() {
    return (R) this;
  }

  @Override
  public R name(String newName) {
    super.name(newName);
    return self();
  }

  @Override
  public R trainable(boolean train) {
    super.trainable(train);
    return self();
  }

  @Override
  public R activityRegularizer(Regularizer regularizer) {
    super.activityRegularizer(regularizer);
    return self();
  }

  @Override
  public R activityRegularizer(String regularizer) {
    return activityRegularizer(Regularizer.of(regularizer));
  }

  /** Whether there is a bias; default true. */
  public R useBias(boolean use) {
    requireUnbuilt();
    useBias = use;
    return self();
  }

  /** Whether there is a bias. */
  protected final boolean usesBias() {
    return useBias;
  }

  /** Declares {@link #useBias}. */
  final void configureBias(Config c) {
    useBias = c.flag("use_bias", useBias);
  }

  /** Initializer of the kernel; default glorot_uniform, over all gates of a cell together. */
  public R kernelInitializer(Initializer initializer) {
    rules().initializer("kernel", initializer);
    return self();
  }

  /** As {@link #kernelInitializer(Initializer)}, by Keras's name. */
  public R kernelInitializer(String initializer) {
    return kernelInitializer(Initializer.of(initializer));
  }

  /** Initializer of the bias; default zeros. */
  public R biasInitializer(Initializer initializer) {
    rules().initializer("bias", initializer);
    return self();
  }

  /** As {@link #biasInitializer(Initializer)}, by Keras's name. */
  public R biasInitializer(String initializer) {
    return biasInitializer(Initializer.of(initializer));
  }

  /** What the kernel adds to the loss; default nothing. */
  public R kernelRegularizer(Regularizer regularizer) {
    rules().regularizer("kernel", regularizer);
    return self();
  }

  /** As {@link #kernelRegularizer(Regularizer)}, by Keras's name. */
  public R kernelRegularizer(String regularizer) {
    return kernelRegularizer(Regularizer.of(regularizer));
  }

  /** What the bias adds to the loss; default nothing. */
  public R biasRegularizer(Regularizer regularizer) {
    rules().regularizer("bias", regularizer);
    return self();
  }

  /** As {@link #biasRegularizer(Regularizer)}, by Keras's name. */
  public R biasRegularizer(String regularizer) {
    return biasRegularizer(Regularizer.of(regularizer));
  }

  /** Where the kernel must stay; default anywhere. */
  public R kernelConstraint(Constraint constraint) {
    rules().constraint("kernel", constraint);
    return self();
  }

  /** As {@link #kernelConstraint(Constraint)}, by Keras's name. */
  public R kernelConstraint(String constraint) {
    return kernelConstraint(Constraint.of(constraint));
  }

  /** Where the bias must stay; default anywhere. */
  public R biasConstraint(Constraint constraint) {
    rules().constraint("bias", constraint);
    return self();
  }

  /** As {@link #biasConstraint(Constraint)}, by Keras's name. */
  public R biasConstraint(String constraint) {
    return biasConstraint(Constraint.of(constraint));
  }
}
