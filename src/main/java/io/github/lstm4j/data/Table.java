package io.github.lstm4j.data;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Names;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.DateTimeParseException;
import java.time.temporal.ChronoField;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Named columns of equal length, of numbers or of categories, as {@linkplain CsvReader read from a
 * file} or made from arrays. Remembers where each row came from, so that errors can say so.
 */
public final class Table {
  private static final DateTimeFormatter TIMES =
      new DateTimeFormatterBuilder()
          .appendPattern("yyyy-MM-dd[['T'][' ']HH:mm[:ss]]")
          .parseDefaulting(ChronoField.HOUR_OF_DAY, 0)
          .parseDefaulting(ChronoField.MINUTE_OF_HOUR, 0)
          .parseDefaulting(ChronoField.SECOND_OF_MINUTE, 0)
          .toFormatter();

  /**
   * One column. A category is held as its number in {@code categories}; NaN is a missing value.
   * {@code categories} is null for numbers.
   */
  static final class Column {
    final double[] values;
    final List<String> categories;

    Column(double[] values, List<String> categories) {
      this.values = values;
      this.categories = categories;
    }
  }

  private final String source;
  private final Map<String, Column> columns;
  private final int[] lines; // null: not from a file
  private final double[] rowNumbers;

  private Table(String source, Map<String, Column> columns, int[] lines, double[] rowNumbers) {
    this.source = source;
    this.columns = columns;
    this.lines = lines;
    this.rowNumbers = rowNumbers;
  }

  static Table read(String source, Map<String, Column> columns, int[] lines) {
    return new Table(source, columns, lines, count(lines.length));
  }

  /**
   * A table of numbers; NaN is a missing value. The arrays are not copied.
   *
   * @throws IllegalArgumentException if the columns are not equally long
   */
  public static Table of(Map<String, double[]> columns) {
    Map<String, Column> all = new LinkedHashMap<>();
    int rows = -1;
    for (Map.Entry<String, double[]> column : columns.entrySet()) {
      double[] values = column.getValue();
      if (rows >= 0 && values.length != rows) {
        throw new IllegalArgumentException(
            "column "
                + column.getKey()
                + " has "
                + values.length
                + " rows, the one before has "
                + rows);
      }
      rows = values.length;
      all.put(column.getKey(), new Column(values, null));
    }
    return new Table("table", all, null, count(Math.max(rows, 0)));
  }

  private static double[] count(int rows) {
    double[] numbers = new double[rows];
    Arrays.setAll(numbers, row -> row);
    return numbers;
  }

  /** The number of rows. */
  public int rows() {
    return rowNumbers.length;
  }

  /** The columns' names, in order. */
  public List<String> names() {
    return List.copyOf(columns.keySet());
  }

  /** Whether the column holds categories, not numbers. */
  public boolean isCategorical(String name) {
    return column(name).categories != null;
  }

  /**
   * The numbers of a column; NaN where missing. Live, not a copy.
   *
   * @throws IllegalArgumentException if there is no such column, or it holds categories
   */
  public double[] numbers(String name) {
    Column column = column(name);
    if (column.categories != null) {
      throw new IllegalArgumentException(
          source
              + ": column "
              + Printable.text(name + " holds categories, not numbers: " + column.categories));
    }
    return column.values;
  }

  /**
   * The categories of a column, in the order of first appearance.
   *
   * @throws IllegalArgumentException if there is no such column, or it holds numbers
   */
  public List<String> categories(String name) {
    Column column = column(name);
    if (column.categories == null) {
      throw new IllegalArgumentException(
          source + ": column " + Printable.text(name) + " holds numbers; read it as categorical");
    }
    return column.categories;
  }

  /**
   * A column as times in seconds: numbers as they are, texts as ISO dates and times such as {@code
   * 2014-12-31 23:00} (no zone). For {@link Segments#byTime}.
   *
   * @throws IllegalArgumentException if a value is missing or is no time
   */
  public double[] times(String name) {
    Column column = column(name);
    double[] times = column.values.clone();
    for (int row = 0; row < times.length; row++) {
      if (Double.isNaN(times[row])) {
        throw new IllegalArgumentException(where(row, name) + ": the time is missing");
      }
      if (column.categories != null) {
        String text = column.categories.get((int) times[row]);
        try {
          times[row] = LocalDateTime.parse(text, TIMES).toEpochSecond(ZoneOffset.UTC);
        } catch (DateTimeParseException e) {
          throw new IllegalArgumentException(
              where(row, name)
                  + ": '"
                  + Printable.text(text)
                  + "' is no time like 2014-12-31 23:00",
              e);
        }
      }
    }
    return times;
  }

  /** The rows' numbers in the file or array they come from; dropped rows leave a jump. */
  public double[] rowNumbers() {
    return rowNumbers.clone();
  }

  /** Without the rows in which one of these columns is missing. */
  public Table dropMissing(List<String> names) {
    int[] kept = new int[rows()];
    int n = 0;
    for (int row = 0; row < rows(); row++) {
      int at = row;
      if (names.stream().noneMatch(name -> Double.isNaN(column(name).values[at]))) {
        kept[n++] = row;
      }
    }
    int[] rows = Arrays.copyOf(kept, n);
    Map<String, Column> all = new LinkedHashMap<>();
    columns.forEach(
        (name, column) ->
            all.put(name, new Column(gather(column.values, rows), column.categories)));
    int[] lineNumbers = lines == null ? null : Arrays.stream(rows).map(r -> lines[r]).toArray();
    return new Table(source, all, lineNumbers, gather(rowNumbers, rows));
  }

  private static double[] gather(double[] values, int[] rows) {
    return Arrays.stream(rows).mapToDouble(row -> values[row]).toArray();
  }

  Column column(String name) {
    Column column = columns.get(name);
    if (column == null) {
      throw new IllegalArgumentException(
          source
              + ": no column "
              + Printable.text(name + "; " + Names.thereAre(name, columns.keySet())));
    }
    return column;
  }

  /** Names a cell for a message: {@code air.csv, line 12, column TEMP}. */
  String where(int row, String column) {
    String place = lines == null ? "row " + (long) rowNumbers[row] : "line " + lines[row];
    return source + ", " + place + ", column " + Printable.text(column);
  }
}
