package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Segments;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the rows of a table become inputs, as learnt from the training rows; see {@link InputSetup}.
 *
 * @param features the columns that go in, encoded
 * @param scale the scale of the encoded columns
 * @param time the column that holds the time, or null: rows that do not follow each other by one
 *     time step are never in one window
 * @param timeStep seconds from row to row
 * @param group the column that says whose a row is, or null: no window or sequence holds rows of
 *     two
 */
public record TableInputs(
    Encoder features, Normalizer scale, String time, double timeStep, String group) {
  /** The column of results that holds the time. */
  static final String TIME = "time";

  /** The column of results that holds the group. */
  static final String GROUP = "group";

  private static final double DAY = 86_400;

  /** The names of the fields of {@link #toMap}. */
  static final List<String> FIELDS = List.of("features", "inputs", "time", "time_step", "group");

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the stored field
   */
  public TableInputs {
    List<String> scaled = scale.columns().stream().map(Normalizer.Column::name).toList();
    if (scaled.isEmpty() || !scaled.equals(features.names())) {
      throw new IllegalArgumentException(
          "inputs: expected the scales of "
              + Printable.text(features.names())
              + ", got those of "
              + Printable.text(scaled));
    }
    if (!Double.isFinite(timeStep)) {
      throw new IllegalArgumentException("time_step: expected a finite number, got " + timeStep);
    }
  }

  /** The number of encoded columns, F. */
  public int width() {
    return scale.columns().size();
  }

  /**
   * Reads the columns that go in, and no others.
   *
   * @param more columns that are needed beside these
   * @param texts those of them that hold texts, even if they look like numbers
   */
  Table read(Path csv, List<String> more, List<String> texts) throws IOException {
    return read(csv, more, texts, List.of());
  }

  /**
   * As {@link #read(Path, List, List)}.
   *
   * @param optional columns that are read too if they are there
   */
  Table read(Path csv, List<String> more, List<String> texts, List<String> optional)
      throws IOException {
    Set<String> columns = new LinkedHashSet<>(features.columns());
    columns.addAll(more);
    if (time != null) {
      columns.add(time);
    }
    Set<String> categorical = new LinkedHashSet<>(features.categoricalColumns());
    categorical.addAll(texts);
    if (group != null) {
      columns.add(group);
      categorical.add(group);
    }
    Table table =
        CsvReader.of(csv)
            .columns(columns.toArray(String[]::new))
            .optional(optional.toArray(String[]::new))
            .categorical(categorical.toArray(String[]::new))
            .read();
    return group == null ? table : table.bySeries(group);
  }

  /** The table with its columns encoded, not yet scaled; dropped rows are gone from its table. */
  public Frame encode(Table table) {
    return features.encode(table);
  }

  /** The encoded columns, scaled: {@code (rows, F)}. */
  Tensor scaled(Frame frame) {
    return scale.apply(frame);
  }

  /** Which rows follow each other by one step. */
  Segments segments(Table table) {
    Segments segments = table.segments();
    return time == null ? segments : segments.and(Segments.byTime(table.times(time), timeStep));
  }

  /**
   * The season of rows that lie so far apart, in rows: a day where the step is shorter, a week of
   * days, a year of weeks, months or quarters. 0 where none is known.
   */
  int season() {
    double days = timeStep / DAY;
    double perDay = DAY / timeStep;
    if (time == null || timeStep < 1) {
      return 0;
    }
    if (days < 1) {
      return Math.abs(perDay - Math.rint(perDay)) < 1e-6 * perDay ? (int) Math.rint(perDay) : 0;
    }
    return days == 1 ? 7 : days == 7 ? 52 : isMonth(days) ? 12 : isMonth(days / 3) ? 4 : 0;
  }

  private static boolean isMonth(double days) {
    return days >= 28 && days <= 31;
  }

  /** The time that many rows after a row's. */
  double timeAfter(double seconds, int rows) {
    return seconds + rows * timeStep;
  }

  /** Windows of so many rows that follow each other. */
  Windows windows(Table table, int length) {
    return Windows.of(length).segments(segments(table));
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
    if (time != null) {
      double[] times = table.times(time);
      double[] picked = Arrays.stream(rows).mapToDouble(row -> times[row]).toArray();
      keys = keys.withTimes(TIME, picked, table.timeFormat(time));
    }
    if (group != null) {
      List<String> groups = Arrays.stream(rows).mapToObj(row -> table.text(group, row)).toList();
      keys = keys.withCategories(GROUP, groups);
    }
    return keys;
  }

  /** As maps and lists, under the names of {@link #FIELDS}. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    map.put("features", features.toMap());
    map.put("inputs", scale.toMap());
    if (time != null) {
      map.put("time", time);
      map.put("time_step", timeStep);
    }
    if (group != null) {
      map.put("group", group);
    }
    return map;
  }

  /**
   * What {@link #toMap} gave, among the fields of a task.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  static TableInputs from(StoredFields task) {
    String time = task.has("time") ? task.text("time") : null;
    Encoder features = Encoder.fromStored(task.path("features"), task.get("features"));
    Normalizer scale = Normalizer.fromStored(task.path("inputs"), task.get("inputs"));
    double step = time == null ? 0 : task.number("time_step");
    String group = task.has("group") ? task.text("group") : null;
    try {
      return new TableInputs(features, scale, time, step, group);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(task.path(e.getMessage()), e);
    }
  }
}
