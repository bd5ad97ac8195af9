package io.github.lstm4j.forecast;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What is to be forecast from what. {@link #fit} learns the rest from the training rows:
 * categories, scales, the time step.
 */
public final class ForecastSetup {
  private final List<String> targets;
  private List<String> features; // null: all columns but the time
  private int window = 1;
  private List<Integer> horizons = List.of(1);
  private Missing missing = Missing.FAIL;
  private Normalizer.Kind scale = Normalizer.Kind.STANDARD;
  private boolean change;
  private String time; // null: rows follow each other without a gap

  private ForecastSetup(List<String> targets) {
    this.targets = targets;
  }

  /** To forecast these columns one row ahead, from one row of all columns. */
  public static ForecastSetup of(String... targets) {
    return new ForecastSetup(List.of(targets));
  }

  /** The columns that go in; text is one-hot encoded. Default: all but the time. */
  public ForecastSetup features(String... columns) {
    features = List.of(columns);
    return this;
  }

  /** How many rows go in; default 1. */
  public ForecastSetup window(int rows) {
    window = rows;
    return this;
  }

  /** How many rows after the window's last one are forecast; default 1. */
  public ForecastSetup horizons(int... rows) {
    horizons = Arrays.stream(rows).boxed().toList();
    return this;
  }

  /** What is done about a missing value in a feature; default: an error. */
  public ForecastSetup missing(Missing policy) {
    missing = policy;
    return this;
  }

  /** How columns are scaled; default: standardised. */
  public ForecastSetup scale(Normalizer.Kind kind) {
    scale = kind;
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

  /** The column that holds the time: no window then spans a gap. */
  public ForecastSetup time(String column) {
    time = column;
    return this;
  }

  /**
   * Reads the columns that are needed; rows are left out already here if a missing value drops its
   * row, so that fractions of the table are fractions of what is left.
   *
   * @throws IllegalArgumentException if a column is missing, or a target is no number
   */
  public Table read(Path csv) throws IOException {
    CsvReader reader = CsvReader.of(csv);
    if (features != null) {
      Set<String> columns = new LinkedHashSet<>(features);
      columns.addAll(targets);
      if (time != null) {
        columns.add(time);
      }
      reader = reader.columns(columns.toArray(String[]::new));
    }
    Table table = reader.read();
    targets.forEach(table::numbers); // fails here if one is missing or no number
    return missing == Missing.DROP_ROW ? table.dropMissing(features(table)) : table;
  }

  /** The columns of the table that go in. */
  public List<String> features(Table table) {
    return features != null
        ? features
        : table.names().stream().filter(c -> !c.equals(time)).toList();
  }

  /**
   * Learns categories, scales and the time step from the training rows, and nothing from others.
   */
  public ForecastTask fit(Table table, Range train) {
    Encoder encoder = Encoder.empty();
    for (String column : features(table)) {
      encoder =
          table.isCategorical(column)
              ? encoder.oneHot(column, missing, Encoder.sortedCategories(table, column, train))
              : encoder.number(column, missing);
    }
    return new ForecastTask(
        encoder,
        Normalizer.fit(scale, encoder.encode(table), train),
        Normalizer.fit(scale, ForecastTask.measured(table, targets), train),
        window,
        horizons,
        change,
        time,
        time == null ? 0 : timeStep(table.times(time), train));
  }

  /**
   * The median distance of neighbouring training rows.
   *
   * @throws IllegalArgumentException if time does not go forwards: the past would be forecast
   */
  private double timeStep(double[] times, Range train) {
    if (train.size() < 2) {
      return 0;
    }
    double[] steps = new double[train.size() - 1];
    Arrays.setAll(steps, i -> times[train.from() + i + 1] - times[train.from() + i]);
    Arrays.sort(steps);
    double step = steps[steps.length / 2];
    if (step <= 0) {
      long back = Arrays.stream(steps).filter(s -> s < 0).count();
      throw new IllegalArgumentException(
          "column "
              + time
              + ": "
              + (step < 0 ? "time runs backwards: " : "most rows have the time of the row before: ")
              + (step < 0 ? back : Arrays.stream(steps).filter(s -> s == 0).count())
              + " of "
              + steps.length
              + " training rows are "
              + (step < 0 ? "earlier than" : "not later than")
              + " the row before; sort the file, the oldest row first"
              + (step < 0 ? "" : ", and leave one row for each time"));
    }
    return step;
  }
}
