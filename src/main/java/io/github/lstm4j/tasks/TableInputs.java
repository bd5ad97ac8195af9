package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Segments;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.data.TimeStep;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;

/**
 * How the rows of a table become inputs, as learnt from the training rows; see {@link InputSetup}.
 *
 * @param reading how a file becomes a table
 * @param features the columns that go in, encoded
 * @param scale the scale of the encoded columns
 * @param step how far rows that follow each other lie apart, or null: rows follow each other as
 *     they stand
 */
public record TableInputs(TableReading reading, Encoder features, Scales scale, TimeStep step) {
  /** The column of results that holds the time. */
  static final String TIME = "time";

  /** The column of results that holds the group. */
  static final String GROUP = "group";

  /** The names of the fields of {@link #toMap}. */
  static final List<String> FIELDS =
      Stream.concat(TableReading.FIELDS.stream(), Stream.of("features", "inputs", "time_step"))
          .toList();

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the stored field
   */
  public TableInputs {
    List<String> scaled = scale.names();
    if (!scale.groups().isEmpty() && reading.group() == null) {
      throw new IllegalArgumentException("inputs.groups: scales of groups, but there is no group");
    }
    if (scaled.isEmpty() || !scaled.equals(features.names())) {
      throw new IllegalArgumentException(
          "inputs: expected the scales of "
              + Printable.text(features.names())
              + ", got those of "
              + Printable.text(scaled));
    }
  }

  /** The column that holds the time, or null. */
  public String time() {
    return reading.time();
  }

  /** The column that says whose a row is, or null. */
  public String group() {
    return reading.group();
  }

  /** About how many seconds lie between rows that follow each other; 0 without a time. */
  public double timeStep() {
    return step == null ? 0 : step.seconds();
  }

  /** The same, with files read in another way. */
  TableInputs reading(UnaryOperator<TableReading> change) {
    return new TableInputs(change.apply(reading), features, scale, step);
  }

  /** The same, with columns scaled in another way. */
  TableInputs scaled(Scales by) {
    return new TableInputs(reading, features, by, step);
  }

  /** The number of encoded columns, F. */
  public int width() {
    return scale.names().size();
  }

  /** As {@link #read(CsvReader, List, List, List)}, with nothing that may be missing. */
  Table read(CsvReader csv, List<String> more, List<String> texts) throws IOException {
    return read(csv, more, List.of(), texts);
  }

  /**
   * Reads the columns that go in, and no others.
   *
   * @param more columns that are needed beside these
   * @param optional columns that are read too if they are there
   * @param texts those of them that hold texts, even if they look like numbers
   */
  Table read(CsvReader csv, List<String> more, List<String> optional, List<String> texts)
      throws IOException {
    Set<String> columns = new LinkedHashSet<>(features.columns());
    columns.addAll(more);
    Set<String> categorical = new LinkedHashSet<>(features.categoricalColumns());
    categorical.addAll(texts);
    Set<String> said = new LinkedHashSet<>(columns);
    said.addAll(optional);
    if (time() != null) {
      said.add(time());
    }
    // what the first file had beside these is of no interest now
    return reading
        .withFormat(reading.format().only(said))
        .read(csv, columns, optional, categorical);
  }

  /** The table with its columns encoded, not yet scaled; dropped rows are gone from its table. */
  public Frame encode(Table table) {
    return features.encode(table, this::segments);
  }

  /** The encoded columns, scaled: {@code (rows, F)}. */
  Tensor scaled(Frame frame) {
    return scale.apply(frame, group());
  }

  /** Which rows follow each other by one step. */
  Segments segments(Table table) {
    Segments segments = table.segments();
    return step == null ? segments : segments.and(step.segments(table, time()));
  }

  /** The season that the step suggests, in rows; 0 if there is none, or no calendar. */
  int season(Table table) {
    return step != null && table.timeFormat(time()).hasDate() ? step.season() : 0;
  }

  /** Windows of so many rows that follow each other, all of whose inputs are known. */
  Windows windows(Frame frame, int length) {
    return Windows.of(length).segments(segments(frame.table())).complete(frame);
  }

  /** The time that many steps after another, in seconds. */
  double timeAfter(double seconds, int steps, TimeFormat format) {
    return step == null ? seconds : step.after(seconds, steps, format);
  }

  /** The last rows of each series: as many as validate of a split with this fraction. */
  public List<Range> newest(Table table, double fraction) {
    return fraction == 1
        ? List.of(new Range(0, table.rows()))
        : Split.fractions(table, fraction, 0).stream().map(Split::validation).toList();
  }

  /**
   * What tells rows apart in results: {@code row}, their number in the file from 1, {@code time}
   * and {@code group} if there are any. The names are these, whatever the file's are, so that they
   * are none of the results'.
   */
  Table keys(Table table, int[] rows) {
    double[] numbers = table.rowNumbers();
    Table keys =
        Table.of(Map.of("row", Arrays.stream(rows).mapToDouble(row -> numbers[row] + 1).toArray()));
    if (time() != null) {
      double[] times = table.times(time());
      double[] picked = Arrays.stream(rows).mapToDouble(row -> times[row]).toArray();
      keys = keys.withTimes(TIME, picked, table.timeFormat(time()));
    }
    if (group() != null) {
      List<String> groups = Arrays.stream(rows).mapToObj(row -> table.text(group(), row)).toList();
      keys = keys.withCategories(GROUP, groups);
    }
    return keys;
  }

  /** As maps and lists, under the names of {@link #FIELDS}. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>(reading.toMap());
    map.put("features", features.toMap());
    map.put("inputs", scale.toMap());
    if (time() != null) {
      map.put("time_step", step == null ? 0 : step.stored());
    }
    return map;
  }

  /**
   * What {@link #toMap} gave, among the fields of a task.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  static TableInputs from(StoredFields task) {
    TableReading reading;
    try {
      reading = TableReading.from(task);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.startsWith(task.path(""));
      throw named ? e : new IllegalArgumentException(task.path(message), e);
    }
    Encoder features = Encoder.fromStored(task.path("features"), task.get("features"));
    Scales scale = Scales.fromStored(task.path("inputs"), task.get("inputs"));
    try {
      return new TableInputs(reading, features, scale, reading.time() == null ? null : step(task));
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      boolean named = message.startsWith(task.path(""));
      throw named ? e : new IllegalArgumentException(task.path(message), e);
    }
  }

  private static TimeStep step(StoredFields task) {
    if (task.get("time_step") instanceof String text) {
      try {
        return TimeStep.of(text);
      } catch (IllegalArgumentException e) {
        throw new IllegalArgumentException("time_step: " + e.getMessage(), e);
      }
    }
    double seconds = task.number("time_step");
    if (seconds < 0) {
      throw task.wrong("time_step", "a number of at least 0");
    }
    return seconds == 0 ? null : TimeStep.seconds(seconds);
  }
}
