package io.github.lstm4j.graph;

import java.util.ArrayList;
import java.util.List;

/**
 * One coarse operation of a program: the small, closed set that every backend implements. A value
 * that may be absent is {@code null}. "Rows" of a tensor are all axes but the last, flattened.
 *
 * <p>T timesteps, B batch, F features, U units, N rows, K and M widths.
 */
public sealed interface Op
    permits MatrixOp,
        RecurrentOp,
        ElementwiseOp,
        ReduceOp,
        DropoutOp,
        MaskOp,
        ShapeOp,
        EmbeddingOp,
        ObjectiveOp,
        UpdateOp {
  /** What the op reads (in-place ops name their operand here and in {@link #outputs()}). */
  List<Value> inputs();

  /** What the op writes, completely unless it says otherwise. */
  List<Value> outputs();

  /** What other ops read of what it writes: some of {@link #outputs()}, or views of them. */
  default List<Value> results() {
    return outputs();
  }

  /** Whether it is many steps one after the other, so that a second one beside it pays. */
  default boolean isLong() {
    return false;
  }

  /** The name in listings. */
  default String name() {
    return getClass().getSimpleName();
  }

  /** The arguments that are there. */
  static List<Value> present(Value... values) {
    List<Value> list = new ArrayList<>();
    for (Value v : values) {
      if (v != null) {
        list.add(v);
      }
    }
    return list;
  }
}
