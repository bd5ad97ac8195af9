package io.github.lstm4j.graph;

import java.util.List;

/** Masks of timesteps. */
public sealed interface MaskOp extends Op {
  /** {@code mask(N) = 1} where any of the row's features in x(N,F) differs from the value. */
  record MaskOf(Value x, float maskValue, Value mask) implements MaskOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(mask);
    }
  }

  /** {@code y(N,F) = x(N,F)} where mask(N) is 1, else 0 (even where x is NaN); its own gradient. */
  record MaskRows(Value x, Value mask, Value y) implements MaskOp {
    @Override
    public List<Value> inputs() {
      return List.of(x, mask);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }
}
