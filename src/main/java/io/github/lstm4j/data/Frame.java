package io.github.lstm4j.data;

import java.util.List;

/** Encoded columns, all numbers: what an {@link Encoder} makes of a table. */
public final class Frame {
  private final Table table;
  private final List<String> names;
  private final double[] values;

  Frame(Table table, List<String> names, double[] values) {
    this.table = table;
    this.names = names;
    this.values = values;
  }

  /** The table, without the rows that were dropped: its rows are this frame's rows. */
  public Table table() {
    return table;
  }

  /** The columns' names. */
  public List<String> names() {
    return names;
  }

  /** The number of rows. */
  public int rows() {
    return table.rows();
  }

  /** The values, {@code (rows, columns)} row-major; NaN where missing. Live, not a copy. */
  public double[] values() {
    return values;
  }
}
