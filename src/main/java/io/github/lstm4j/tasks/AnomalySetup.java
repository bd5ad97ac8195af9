package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/**
 * Which columns are watched for rows that are unlike those of the training: a model learns to
 * rebuild windows of rows from a few numbers, and what it cannot rebuild is an anomaly.
 *
 * <pre>{@code
 * AnomalySetup setup = AnomalySetup.of(24).inputs(InputSetup.all().time("hour"));
 * Table table = setup.read(Path.of("sensors.csv"));
 * AnomalyTask task = setup.fit(table, new Range(0, 8000));
 * }</pre>
 */
public final class AnomalySetup implements TaskSetup {
  private final int window;
  private InputSetup inputs = InputSetup.all();
  private String label; // null: not known
  private double quantile = 0.99;

  private AnomalySetup(int window) {
    this.window = window;
  }

  /** Windows of so many rows of all columns. */
  public static AnomalySetup of(int window) {
    return new AnomalySetup(window);
  }

  /** What is watched; default: all columns. */
  public AnomalySetup inputs(InputSetup columns) {
    inputs = columns;
    return this;
  }

  /**
   * The column that says which rows are anomalies, to measure by: 0 or another number, or a word
   * such as normal, ok, no or false, or another. It does not go in, and nothing is learnt from it.
   */
  public AnomalySetup label(String column) {
    label = column;
    return this;
  }

  /** The share of held-back rows whose score is below the threshold; default 0.99. */
  public AnomalySetup thresholdQuantile(double share) {
    quantile = share;
    return this;
  }

  @Override
  public InputSetup inputs() {
    return label == null ? inputs : inputs.except(label);
  }

  @Override
  public Table read(Path csv) throws IOException {
    List<String> more = label == null ? List.of() : List.of(label);
    return inputs().read(csv, more, more);
  }

  @Override
  public AnomalyTask fit(Table table, List<Range> train) {
    return new AnomalyTask(inputs().fit(table, train), window, quantile, null, label);
  }

  @Override
  public AnomalyTask fit(Table table, Range train) {
    return fit(table, List.of(train));
  }
}
