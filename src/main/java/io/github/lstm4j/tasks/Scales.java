package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.stream.IntStream;

/**
 * How columns are scaled: all rows alike, or those of each group by what the group's own training
 * rows have. A column that is constant in each group (what kind of shop it is) is scaled as in all
 * rows, since it would be nothing but zeros otherwise. One that is constant in some groups only (a
 * shop that has sold nothing yet) has there its own level, and the scale that is usual elsewhere.
 *
 * @param common the scale of all rows
 * @param groups the scale of each group, with the same columns; empty: all rows alike
 */
public record Scales(Normalizer common, Map<String, Normalizer> groups) {
  /**
   * Checks that all scale the same columns.
   *
   * @throws IllegalArgumentException if not; names the group
   */
  public Scales {
    Map<String, Normalizer> sorted = new TreeMap<>(groups);
    sorted.forEach(
        (group, own) -> {
          if (!names(own).equals(names(common))) {
            throw new IllegalArgumentException(
                "group "
                    + Printable.text(group)
                    + ": expected the scales of "
                    + Printable.text(names(common))
                    + ", got those of "
                    + Printable.text(names(own)));
          }
        });
    groups = sorted;
  }

  /** All rows alike. */
  public static Scales of(Normalizer common) {
    return new Scales(common, Map.of());
  }

  /**
   * Learns from the training rows.
   *
   * @param group the column whose groups are scaled each by its own, or null: all rows alike
   */
  static Scales fit(Normalizer.Kind kind, Frame frame, List<Range> train, String group) {
    Normalizer common = Normalizer.fit(kind, frame, train);
    Map<String, Normalizer> own = new LinkedHashMap<>();
    if (group != null) {
      Table table = frame.table();
      Map<String, List<Range>> rowsOf = new LinkedHashMap<>();
      for (int row = 0; row < table.rows(); row++) {
        rowsOf.computeIfAbsent(table.text(group, row), g -> new ArrayList<>());
      }
      for (Range part : train) {
        for (int row = part.from(); row < part.to(); row++) {
          rowsOf.get(table.text(group, row)).add(new Range(row, row + 1));
        }
      }
      List<Normalizer.Column> still = stillColumns(kind, frame, rowsOf.values(), common);
      rowsOf.forEach((name, rows) -> own.put(name, ofGroup(kind, frame, rows, common, still)));
    }
    return new Scales(common, own);
  }

  /**
   * The scale of each column where it is constant: the common one if it is so in each group; else
   * that of the group in the middle, of those in which it varies, without a shift.
   */
  private static List<Normalizer.Column> stillColumns(
      Normalizer.Kind kind, Frame frame, Collection<List<Range>> groups, Normalizer common) {
    List<Normalizer.Column> still = new ArrayList<>();
    for (int j = 0; j < common.columns().size(); j++) {
      Normalizer.Column shared = common.columns().get(j);
      List<Double> scales = new ArrayList<>();
      for (List<Range> rows : groups) {
        double[] column = column(frame, rows, j);
        if (varies(column)) {
          scales.add(fit(kind, shared.name(), column).scale());
        }
      }
      Collections.sort(scales);
      still.add(
          scales.isEmpty()
              ? shared
              : new Normalizer.Column(shared.name(), 0, scales.get(scales.size() / 2)));
    }
    return still;
  }

  private static Normalizer ofGroup(
      Normalizer.Kind kind,
      Frame frame,
      List<Range> rows,
      Normalizer common,
      List<Normalizer.Column> still) {
    List<Normalizer.Column> columns = new ArrayList<>();
    for (int j = 0; j < still.size(); j++) {
      Normalizer.Column shared = common.columns().get(j);
      double[] column = column(frame, rows, j);
      if (varies(column)) {
        columns.add(fit(kind, shared.name(), column));
      } else {
        OptionalDouble value = Arrays.stream(column).filter(v -> !Double.isNaN(v)).findFirst();
        columns.add(
            value.isEmpty() || still.get(j).equals(shared)
                ? shared
                : new Normalizer.Column(shared.name(), value.getAsDouble(), still.get(j).scale()));
      }
    }
    return new Normalizer(columns);
  }

  /** The values of a column in these rows. */
  private static double[] column(Frame frame, List<Range> rows, int j) {
    int width = frame.names().size();
    return rows.stream()
        .flatMapToInt(range -> IntStream.range(range.from(), range.to()))
        .mapToDouble(row -> frame.values()[row * width + j])
        .toArray();
  }

  private static Normalizer.Column fit(Normalizer.Kind kind, String name, double[] column) {
    return Normalizer.fit(
            List.of(kind), List.of(name), column, List.of(new Range(0, column.length)))
        .columns()
        .get(0);
  }

  private static boolean varies(double[] values) {
    double first = Double.NaN;
    for (double v : values) {
      if (Double.isNaN(first)) {
        first = v;
      } else if (!Double.isNaN(v) && v != first) {
        return true;
      }
    }
    return false;
  }

  /** The names of the columns. */
  public List<String> names() {
    return names(common);
  }

  private static List<String> names(Normalizer scale) {
    return scale.columns().stream().map(Normalizer.Column::name).toList();
  }

  /**
   * The scale of a row.
   *
   * @param group the column that says whose a row is; may be null if all are scaled alike
   * @throws IllegalArgumentException if the row's group had no scale learnt
   */
  Normalizer of(Table table, String group, int row) {
    if (groups.isEmpty()) {
      return common;
    }
    String name = table.text(group, row);
    Normalizer own = groups.get(name);
    if (own == null) {
      throw new IllegalArgumentException(
          String.format(
              "%s: column %s: '%s' is a group that was not there in training, and each is scaled"
                  + " by its own; leave its rows out, or train without a scale for each group"
                  + " (--scale-per-group)",
              table.source(), Printable.text(group), Printable.text(name)));
    }
    return own;
  }

  /** The columns, scaled: {@code (rows, columns)}. */
  Tensor apply(Frame frame, String group) {
    if (groups.isEmpty()) {
      return common.apply(frame);
    }
    int width = common.columns().size();
    Tensor scaled = Tensor.zeros(frame.rows(), width);
    for (int row = 0; row < frame.rows(); row++) {
      List<Normalizer.Column> columns = of(frame.table(), group, row).columns();
      for (int j = 0; j < width; j++) {
        int at = row * width + j;
        scaled.data()[at] = (float) columns.get(j).apply(frame.values()[at]);
      }
    }
    return scaled;
  }

  /** As maps and lists; {@link #fromStored} reads it back. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>(common.toMap());
    if (!groups.isEmpty()) {
      Map<String, Object> own = new LinkedHashMap<>();
      groups.forEach((group, scale) -> own.put(group, scale.toMap()));
      map.put("groups", own);
    }
    return map;
  }

  /**
   * What {@link #toMap} gave.
   *
   * @param path what errors call it
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  static Scales fromStored(String path, Object stored) {
    StoredFields fields = StoredFields.of(path, stored, "columns", "groups");
    Map<String, Object> alike = new LinkedHashMap<>();
    alike.put("columns", fields.get("columns"));
    Normalizer common = Normalizer.fromStored(path, alike);
    Map<String, Normalizer> groups = new LinkedHashMap<>();
    if (fields.has("groups")) {
      fields
          .map("groups")
          .forEach(
              (group, scale) ->
                  groups.put(
                      String.valueOf(group),
                      Normalizer.fromStored(
                          path + ".groups." + Printable.text(String.valueOf(group)), scale)));
    }
    try {
      return new Scales(common, groups);
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(path + ".groups: " + e.getMessage(), e);
    }
  }
}
