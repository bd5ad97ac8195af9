package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;

/**
 * What is to be forecast from what.
 *
 * <pre>{@code
 * ForecastSetup setup = ForecastSetup.of("load")
 *     .inputs(InputSetup.of("load", "temperature").time("hour"))
 *     .window(24)
 *     .horizons(1, 6);
 * Table table = setup.read(Path.of("hourly.csv"));
 * ForecastTask task = setup.fit(table, new Range(0, 8000));
 * }</pre>
 */
public final class ForecastSetup implements TaskSetup {
  private final List<String> targets;
  private InputSetup inputs = InputSetup.all();
  private int window = 1;
  private List<Integer> horizons = List.of(1);
  private boolean change;
  private Double interval;

  private ForecastSetup(List<String> targets) {
    this.targets = targets;
  }

  /** To forecast these columns one row ahead, from one row of all columns. */
  public static ForecastSetup of(String... targets) {
    return new ForecastSetup(InputSetup.distinct("targets (--target)", List.of(targets)));
  }

  /** What goes in; default: all columns. */
  public ForecastSetup inputs(InputSetup columns) {
    inputs = columns;
    return this;
  }

  /** How many rows go in; default 1. */
  public ForecastSetup window(int rows) {
    window = rows;
    return this;
  }

  /** How many rows after the window's last one are forecast; default 1. */
  public ForecastSetup horizons(int... rows) {
    horizons = InputSetup.distinct("horizons (--horizon)", Arrays.stream(rows).boxed().toList());
    return this;
  }

  /**
   * Whether the change from the target's last known value is learnt; the targets must be features
   * then. Default false.
   */
  public ForecastSetup change(boolean learnt) {
    change = learnt;
    return this;
  }

  /**
   * Whether an interval is forecast beside each value, in which the truth lies with that
   * probability, between 0 and 1; what is forecast is then the median. Default null: none.
   */
  public ForecastSetup interval(Double probability) {
    interval = probability;
    return this;
  }

  /** The columns that are forecast. */
  public List<String> targets() {
    return targets;
  }

  @Override
  public InputSetup inputs() {
    return inputs;
  }

  @Override
  public Table read(Path csv) throws IOException {
    Table table = inputs.read(csv, targets, List.of());
    targets.forEach(table::numbers); // fails here if one is missing or no number
    return table;
  }

  @Override
  public ForecastTask fit(Table table, List<Range> train) {
    for (String target : targets) {
      if (inputs.known().contains(target)) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(target)
                + ": is forecast, and cannot be known beforehand (--known)");
      }
    }
    return new ForecastTask(
        inputs.fit(table, train, horizons),
        inputs.fitScale(ForecastTask.measured(table, targets), train),
        window,
        horizons,
        change,
        interval);
  }

  @Override
  public ForecastTask fit(Table table, Range train) {
    return fit(table, List.of(train));
  }
}
