package io.github.lstm4j.expression;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;

/**
 * A tensor that a program computes, as a user sees it: axes in the order (B,T,K), negative ones
 * counted from the end. Each method writes an operation into the program and gives its result; both
 * backends run it, and it is differentiated. Two operands are broadcast by NumPy's rules.
 *
 * <pre>{@code
 * // twice the squared error where the prediction is too low
 * Loss loss =
 *     Loss.of(
 *         "asymmetric",
 *         (y, p) -> {
 *           Expression e = y.minus(p);
 *           return e.greaterThan(0).where(e.square().times(2), e.square()).mean(-1);
 *         });
 * }</pre>
 *
 * <p>Shapes are checked as it is written: an error names the operation and the shapes.
 */
public interface Expression {
  /** The shape, (B,…). */
  Shape shape();

  /** A number as a tensor of shape (). */
  Expression constant(float number);

  /** A tensor that stays as it is. */
  Expression constant(Tensor content);

  /** {@code this + other}. */
  Expression plus(Expression other);

  /** {@code this + number}. */
  Expression plus(float number);

  /** {@code this − other}. */
  Expression minus(Expression other);

  /** {@code this − number}. */
  default Expression minus(float number) {
    return plus(-number);
  }

  /** {@code this·other}. */
  Expression times(Expression other);

  /** {@code this·number}. */
  Expression times(float number);

  /** {@code this / other}. */
  Expression dividedBy(Expression other);

  /** {@code this / number}. */
  default Expression dividedBy(float number) {
    return dividedBy(constant(number));
  }

  /** {@code this} to the power of {@code other}; of negative bases NaN. */
  Expression power(Expression other);

  /** {@code this} to the power of {@code number}. */
  default Expression power(float number) {
    return power(constant(number));
  }

  /** The larger of the two. */
  Expression maximum(Expression other);

  /** The larger of the two. */
  default Expression maximum(float number) {
    return maximum(constant(number));
  }

  /** The smaller of the two. */
  Expression minimum(Expression other);

  /** The smaller of the two. */
  default Expression minimum(float number) {
    return minimum(constant(number));
  }

  /** At least {@code low} and at most {@code high}; the slope is 0 beyond, 1 at the bounds. */
  default Expression clip(float low, float high) {
    return maximum(low).minimum(high);
  }

  /** 1 where both are equal, else 0; without gradient, as all comparisons. */
  Expression equalTo(Expression other);

  /** 1 where it is that number, else 0. */
  default Expression equalTo(float number) {
    return equalTo(constant(number));
  }

  /** 1 where {@code this > other}, else 0. */
  Expression greaterThan(Expression other);

  /** 1 where {@code this > number}, else 0. */
  default Expression greaterThan(float number) {
    return greaterThan(constant(number));
  }

  /** 1 where {@code this ≥ other}, else 0. */
  Expression atLeast(Expression other);

  /** 1 where {@code this ≥ number}, else 0. */
  default Expression atLeast(float number) {
    return atLeast(constant(number));
  }

  /**
   * {@code then} where this is not 0, {@code otherwise} where it is. What is not chosen does not
   * matter, even if it is NaN, nor has it a gradient.
   */
  Expression where(Expression then, Expression otherwise);

  /** {@code −this}. */
  Expression negate();

  /** The magnitude; its slope is 0 at 0. */
  Expression abs();

  /** 1, 0 or −1; without gradient. */
  Expression sign();

  /** The largest whole number that is not above; without gradient. */
  Expression floor();

  /** The square. */
  Expression square();

  /** The square root. */
  Expression sqrt();

  /** {@code 1 / this}. */
  Expression reciprocal();

  /** e to this power. */
  Expression exp();

  /** The natural logarithm. */
  Expression log();

  /** {@code log(1 + this)}, exact near 0. */
  Expression log1p();

  /** An activation of it; a softmax goes along the last axis. */
  Expression activate(Activation activation);

  /** The sum over an axis, which is gone then. */
  default Expression sum(int axis) {
    return sum(axis, false);
  }

  /**
   * The sum over an axis.
   *
   * @param keepDims whether the axis stays, with length 1
   */
  Expression sum(int axis, boolean keepDims);

  /** The sum of all elements, of shape (). */
  default Expression sum() {
    Expression sum = this;
    while (sum.shape().rank() > 0) {
      sum = sum.sum(-1);
    }
    return sum;
  }

  /** The mean of all elements, of shape (). */
  default Expression mean() {
    Expression mean = this;
    while (mean.shape().rank() > 0) {
      mean = mean.mean(-1);
    }
    return mean;
  }

  /** The mean over an axis, which is gone then. */
  default Expression mean(int axis) {
    return mean(axis, false);
  }

  /**
   * The mean over an axis.
   *
   * @param keepDims whether the axis stays, with length 1
   */
  Expression mean(int axis, boolean keepDims);

  /** The largest of all elements, of shape (); equal ones share the gradient. */
  default Expression max() {
    return reshape(-1).max(0);
  }

  /** The largest along an axis, which is gone then; equal ones share the gradient. */
  default Expression max(int axis) {
    return max(axis, false);
  }

  /**
   * The largest along an axis.
   *
   * @param keepDims whether the axis stays, with length 1
   */
  Expression max(int axis, boolean keepDims);

  /** The smallest of all elements, of shape (); equal ones share the gradient. */
  default Expression min() {
    return reshape(-1).min(0);
  }

  /** The smallest along an axis, which is gone then; equal ones share the gradient. */
  default Expression min(int axis) {
    return min(axis, false);
  }

  /**
   * The smallest along an axis.
   *
   * @param keepDims whether the axis stays, with length 1
   */
  Expression min(int axis, boolean keepDims);

  /** {@code size} elements of an axis, the first of which is {@code from}. */
  default Expression slice(int axis, int from, int size) {
    return slice(axis, from, size, 1);
  }

  /**
   * {@code size} elements of an axis.
   *
   * @param from the first
   * @param step from one to the next; negative goes back
   */
  Expression slice(int axis, int from, int size, int step);

  /** Zeros before and after the elements of an axis. */
  Expression pad(int axis, int before, int after);

  /** The axes in another order: axis i of the result is axis {@code axes[i]} of this. */
  Expression transpose(int... axes);

  /**
   * The same elements, row by row, in another shape.
   *
   * @param dims one may be -1: what is left
   */
  Expression reshape(int... dims);

  /** The same elements along axes of length 1, or new ones in front, by NumPy's rules. */
  Expression broadcastTo(Shape shape);

  /**
   * The matrix product over the last axis of this and the last but one of {@code other}; axes
   * before those are broadcast. Both have at least two axes.
   */
  Expression matmul(Expression other);

  /** {@code eˣ/Σeˣ} over some axes together. */
  default Expression softmax(int... axes) {
    Expression powers = belowMax(axes).exp();
    Expression sum = powers;
    for (int axis : axes) {
      sum = sum.sum(axis, true);
    }
    return powers.dividedBy(sum);
  }

  /** The logarithm of {@link #softmax}. */
  default Expression logSoftmax(int... axes) {
    Expression below = belowMax(axes);
    Expression sum = below.exp();
    for (int axis : axes) {
      sum = sum.sum(axis, true);
    }
    return below.minus(sum.log());
  }

  private Expression belowMax(int... axes) {
    Expression max = this;
    for (int axis : axes) {
      max = max.max(axis, true);
    }
    return minus(max.withoutGradient());
  }

  /** A new axis of length 1, which is number {@code axis} of the result. */
  Expression expandDims(int axis);

  /** Without an axis, which must have length 1. */
  Expression squeeze(int axis);

  /** This one and others behind it along an axis; other axes must be alike. */
  Expression concat(int axis, Expression... others);

  /**
   * The loss of connectionist temporal classification: of logits (B,T,K) for class numbers in any
   * order of time.
   *
   * @param labels (B,T,1): the classes of each sample, from 1 on, then 0, which stands for the
   *     blank
   * @return (B)
   */
  Expression ctc(Expression labels);

  /** The same numbers, but with nothing that the gradient goes back to. */
  Expression withoutGradient();

  /** Numbers or vectors one behind the other as a vector. */
  static Expression concat(Expression first, Expression... others) {
    Expression[] vectors = new Expression[others.length];
    for (int i = 0; i < others.length; i++) {
      vectors[i] = vector(others[i]);
    }
    return vector(first).concat(0, vectors);
  }

  private static Expression vector(Expression e) {
    return e.shape().rank() == 0 ? e.expandDims(0) : e;
  }
}
