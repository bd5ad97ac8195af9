package io.github.lstm4j.tasks;

import io.github.lstm4j.data.CsvFormat;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeOrder;
import io.github.lstm4j.io.StoredFields;
import java.io.IOException;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * How a file becomes a table whose rows stand in the order of time, group by group. Immutable, and
 * stored with the model, so that later files are read as the first one was.
 *
 * @param format how the file is written
 * @param time the column that holds the time, or null
 * @param group the column that says whose a row is, or null: all rows are one series
 * @param sort whether rows are brought in the order of time; else they must be
 * @param dedupe which of several rows at one time is kept; null: there must be one
 */
public record TableReading(
    CsvFormat format, String time, String group, boolean sort, Table.Keep dedupe) {

  /** Rows in the order of the file, of one series, without times. */
  public static final TableReading DEFAULT =
      new TableReading(CsvFormat.DEFAULT, null, null, false, null);

  /** The names of the fields of {@link #toMap}. */
  static final List<String> FIELDS = List.of("time", "group", "csv", "sort", "dedupe");

  /**
   * Checks that the parts fit each other.
   *
   * @throws IllegalArgumentException if not
   */
  public TableReading {
    if (time == null && (sort || dedupe != null)) {
      throw new IllegalArgumentException(
          (sort ? "sort (--sort)" : "dedupe (--dedupe)") + ": needs the time column (--time)");
    }
    if (time != null && time.equals(group)) {
      throw new IllegalArgumentException("time and group are one column: " + time);
    }
  }

  /** With another description of the file. */
  public TableReading withFormat(CsvFormat written) {
    return new TableReading(written, time, group, sort, dedupe);
  }

  /** With rows brought in the order of time. */
  public TableReading sorted() {
    return new TableReading(format, time, group, true, dedupe);
  }

  /** With one row kept of several at one time. */
  public TableReading deduped(Table.Keep keep) {
    return new TableReading(format, time, group, sort, keep);
  }

  /**
   * Reads a file.
   *
   * @param csv of which all else is said here
   * @param columns those that are read, beside time and group; null: all
   * @param optional those that are read too if the file has them
   * @param categorical those of them that hold categories, even if they look like numbers
   */
  Table read(
      CsvReader csv,
      Collection<String> columns,
      Collection<String> optional,
      Collection<String> categorical)
      throws IOException {
    Set<String> categories = new LinkedHashSet<>(format.categorical());
    categories.addAll(categorical);
    if (group != null) {
      categories.add(group);
    }
    CsvReader reader = csv.format(format.withCategorical(categories));
    if (columns != null) {
      Set<String> needed = new LinkedHashSet<>(columns);
      for (String column : new String[] {time, group}) {
        if (column != null) {
          needed.add(column);
        }
      }
      reader =
          reader.columns(needed.toArray(String[]::new)).optional(optional.toArray(String[]::new));
    }
    return arranged(reader.read());
  }

  /**
   * The rows of a table in the order of time, group by group.
   *
   * @throws IllegalArgumentException if they are not to be sorted and are not in order
   */
  public Table arranged(Table table) {
    Table ordered = sort ? table.sort(time) : table;
    if (dedupe != null) {
      ordered =
          group == null ? ordered.distinct(dedupe, time) : ordered.distinct(dedupe, group, time);
    }
    if (group != null) {
      ordered = ordered.bySeries(group);
    }
    if (time != null) {
      TimeOrder.check(ordered, time);
    }
    return ordered;
  }

  /** As maps and texts, under the names of {@link #FIELDS}. */
  Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    if (time != null) {
      map.put("time", time);
    }
    if (group != null) {
      map.put("group", group);
    }
    map.put("csv", format.toMap());
    if (sort) {
      map.put("sort", true);
    }
    if (dedupe != null) {
      map.put("dedupe", dedupe.name().toLowerCase(Locale.ROOT));
    }
    return map;
  }

  /**
   * What {@link #toMap} gave, among the fields of a task.
   *
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  static TableReading from(StoredFields task) {
    CsvFormat format =
        task.has("csv")
            ? CsvFormat.fromStored(task.path("csv"), task.get("csv"))
            : CsvFormat.DEFAULT;
    return new TableReading(
        format,
        task.has("time") ? task.text("time") : null,
        task.has("group") ? task.text("group") : null,
        task.has("sort") && task.flag("sort"),
        task.has("dedupe") ? keep(task) : null);
  }

  private static Table.Keep keep(StoredFields task) {
    String text = task.text("dedupe");
    for (Table.Keep keep : Table.Keep.values()) {
      if (keep.name().toLowerCase(Locale.ROOT).equals(text)) {
        return keep;
      }
    }
    throw task.wrong("dedupe", "first, last or mean");
  }
}
