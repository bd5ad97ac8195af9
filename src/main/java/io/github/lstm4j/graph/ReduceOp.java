package io.github.lstm4j.graph;

import java.util.List;

/** Ops that make one number of many. */
public sealed interface ReduceOp extends Op {
  /** What {@link Reduce} computes. The gradient of an extreme is shared by all equal to it. */
  enum Reduction {
    /** The sum. */
    SUM,
    /** The mean: a sum, then scaled. */
    MEAN,
    /** The largest; NaN if any is. */
    MAX,
    /** The smallest; NaN if any is. */
    MIN
  }

  /**
   * {@code y(outer,inner)} = x(outer,length,inner) reduced over length; x and y may have other
   * shapes of as many elements.
   *
   * @param reduction not {@link Reduction#MEAN}
   */
  record Reduce(Reduction reduction, Value x, int outer, int length, int inner, Value y)
      implements ReduceOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }
}
