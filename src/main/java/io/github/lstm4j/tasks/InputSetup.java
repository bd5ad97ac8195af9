package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which columns of a table go into a model, and how; what tasks have in common. */
public final class InputSetup {
  private final List<String> features; // null: all columns but time, group and excepted ones
  private Missing missing = Missing.FAIL;
  private Normalizer.Kind scale = Normalizer.Kind.STANDARD;
  private String time; // null: rows follow each other without a gap
  private String group; // null: all rows are one series
  private Set<String> excepted = Set.of();

  private InputSetup(List<String> features) {
    this.features = features;
  }

  /** All columns but the time and the group. */
  public static InputSetup all() {
    return new InputSetup(null);
  }

  /** These columns; text is one-hot encoded. */
  public static InputSetup of(String... columns) {
    return new InputSetup(List.of(columns));
  }

  /** What is done about a missing value; default: an error. */
  public InputSetup missing(Missing policy) {
    missing = policy;
    return this;
  }

  /** How columns are scaled; default: standardised. */
  public InputSetup scale(Normalizer.Kind kind) {
    scale = kind;
    return this;
  }

  /** How columns are scaled. */
  Normalizer.Kind scale() {
    return scale;
  }

  /** The column that holds the time: no window then spans a gap. */
  public InputSetup time(String column) {
    time = column;
    return this;
  }

  /**
   * The column that says whose a row is: a station's, a shop's, a patient's. Windows and sequences
   * never hold rows of two.
   */
  public InputSetup group(String column) {
    group = column;
    return this;
  }

  /** The column that says whose a row is, or null. */
  String group() {
    return group;
  }

  /**
   * Without these columns, which say what is to be found out.
   *
   * @throws IllegalArgumentException if one was named to go in
   */
  InputSetup except(String... columns) {
    excepted = Set.of(columns);
    for (String column : columns) {
      if (features != null && features.contains(column)) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(column)
                + " is what is to be found out, and cannot go in; leave it out of the features");
      }
    }
    return this;
  }

  /**
   * Reads the columns that are needed; see {@link TaskSetup#read}.
   *
   * @param more columns that are needed beside the inputs; they must be there
   * @param texts those of them that hold texts, even if they look like numbers
   */
  Table read(Path csv, List<String> more, List<String> texts) throws IOException {
    Set<String> categorical = new LinkedHashSet<>(texts);
    if (group != null) {
      categorical.add(group);
    }
    CsvReader reader = CsvReader.of(csv).categorical(categorical.toArray(String[]::new));
    if (features != null) {
      Set<String> columns = new LinkedHashSet<>(features);
      columns.addAll(more);
      if (time != null) {
        columns.add(time);
      }
      columns.addAll(categorical);
      reader = reader.columns(columns.toArray(String[]::new));
    }
    Table table = reader.read();
    Table whole = missing == Missing.DROP_ROW ? table.dropMissing(features(table)) : table;
    return group == null ? whole : whole.bySeries(group);
  }

  /** The columns of the table that go in. */
  public List<String> features(Table table) {
    return features != null
        ? features
        : table.names().stream()
            .filter(c -> !c.equals(time) && !c.equals(group) && !excepted.contains(c))
            .toList();
  }

  /**
   * Which rows train, validate and test: for each stretch of rows that is split by itself one
   * split, with ranges of the whole table.
   *
   * @param validation the fraction of each stretch that validates
   * @param test the fraction of each stretch, its newest rows, that tests
   */
  public List<Split> splits(Table table, double validation, double test) {
    if (group == null) {
      return List.of(Split.fractions(table.rows(), validation, test));
    }
    return Spans.groups(table, group).stream()
        .map(g -> Split.fractions(g.size(), validation, test).from(g.from()))
        .toList();
  }

  /** Learns categories, scales and the time step from the training rows. */
  TableInputs fit(Table table, List<Range> train) {
    Encoder encoder = Encoder.empty();
    for (String column : features(table)) {
      encoder =
          table.isCategorical(column)
              ? encoder.oneHot(column, missing, Encoder.sortedCategories(table, column, train))
              : encoder.number(column, missing);
    }
    return new TableInputs(
        encoder,
        Normalizer.fit(scale, encoder.encode(table), train),
        time,
        time == null ? 0 : timeStep(table.times(time), train),
        group);
  }

  /**
   * The median distance of neighbouring training rows.
   *
   * @throws IllegalArgumentException if time does not go forwards: the past would be forecast
   */
  private double timeStep(double[] times, List<Range> train) {
    double[] steps = new double[train.stream().mapToInt(r -> Math.max(0, r.size() - 1)).sum()];
    if (steps.length == 0) {
      return 0;
    }
    int n = 0;
    for (Range part : train) {
      for (int row = part.from() + 1; row < part.to(); row++) {
        steps[n++] = times[row] - times[row - 1];
      }
    }
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
