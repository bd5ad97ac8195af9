package io.github.lstm4j.graph;

import java.util.List;

/** Rows of a table by number, and their gradient. */
public sealed interface EmbeddingOp extends Op {
  /**
   * {@code y(N,E)} = rows of table(V,E) numbered by ids(N). An id is a whole number in [0, V) as a
   * float; the model checks that before a run.
   */
  record Embed(Value ids, Value table, Value y) implements EmbeddingOp {
    @Override
    public List<Value> inputs() {
      return List.of(ids, table);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Embed}: {@code dTable[v]} = sum of dy's rows whose id is v, in order. */
  record EmbedGrad(Value ids, Value dy, Value dTable) implements EmbeddingOp {
    @Override
    public List<Value> inputs() {
      return List.of(ids, dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dTable);
    }
  }
}
