package io.github.lstm4j.spark;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.io.Printable;
import java.io.Serializable;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.DateType;
import org.apache.spark.sql.types.IntegralType;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StringType;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.sql.types.TimestampNTZType;
import org.apache.spark.sql.types.TimestampType;

/**
 * Columns of a Dataset as those of a {@link Table}: numbers, texts as categories, times. A
 * timestamp is what the clock of the session's time zone shows, as a time without a zone in a file
 * is.
 */
final class TableColumns implements Serializable {
  private static final long serialVersionUID = 1;
  private static final String CLOCK = "yyyy-MM-dd HH:mm:ss";

  private enum Kind {
    NUMBER,
    TEXT,
    TIME
  }

  private final List<String> names = new ArrayList<>();
  private final List<Kind> kinds = new ArrayList<>();
  private final String time; // null: there is none
  private final String timeFormat; // of texts; empty: as they show
  private DataType timeType;

  /**
   * @param time the column of the time, or null
   * @param timeFormat how it is written where it is a text; empty: as can be seen
   */
  TableColumns(String time, String timeFormat) {
    this.time = time;
    this.timeFormat = timeFormat;
  }

  /** With a column of numbers more. */
  TableColumns number(StructType schema, String column) {
    DataType type = typeOf(schema, column);
    require(type instanceof NumericType || type instanceof BooleanType, column, "numbers", type);
    return plus(column, Kind.NUMBER);
  }

  /** With a column of categories more. */
  TableColumns text(StructType schema, String column) {
    DataType type = typeOf(schema, column);
    require(
        type instanceof StringType || type instanceof IntegralType || type instanceof BooleanType,
        column,
        "texts or whole numbers",
        type);
    return plus(column, Kind.TEXT);
  }

  /** With a column of labels more, which numbers are too. */
  TableColumns label(StructType schema, String column) {
    return typeOf(schema, column) instanceof NumericType
        ? plus(column, Kind.TEXT)
        : text(schema, column);
  }

  /** With the column of the time. */
  TableColumns time(StructType schema) {
    timeType = typeOf(schema, time);
    require(
        isClock(timeType) || timeType instanceof NumericType || timeType instanceof StringType,
        time,
        "timestamps, dates, numbers or texts",
        timeType);
    return plus(time, Kind.TIME);
  }

  /** With a column of what it holds more. */
  TableColumns any(StructType schema, String column) {
    return typeOf(schema, column) instanceof NumericType
        ? number(schema, column)
        : text(schema, column);
  }

  private static boolean isClock(DataType type) {
    return type instanceof TimestampType
        || type instanceof TimestampNTZType
        || type instanceof DateType;
  }

  private static DataType typeOf(StructType schema, String column) {
    ArrayColumns.require(schema, column);
    return schema.apply(column).dataType();
  }

  private static void require(boolean holds, String column, String expected, DataType got) {
    if (!holds) {
      throw new IllegalArgumentException(
          "column "
              + Printable.text(column)
              + ": expected "
              + expected
              + ", got "
              + got.simpleString());
    }
  }

  private TableColumns plus(String column, Kind kind) {
    if (!names.contains(column)) {
      names.add(column);
      kinds.add(kind);
    }
    return this;
  }

  /** The type of the time's column, which results have too. */
  DataType timeType() {
    return timeType;
  }

  /** The column of exactly this name, whatever characters it has. */
  static Column named(String name) {
    return functions.col("`" + name.replace("`", "``") + "`");
  }

  /** These columns alone, as {@link #table} takes them. */
  Dataset<Row> of(Dataset<?> data) {
    Column[] columns = new Column[names.size()];
    Arrays.setAll(
        columns,
        i -> {
          Column column = named(names.get(i));
          DataType as =
              switch (kinds.get(i)) {
                case NUMBER -> DataTypes.DoubleType;
                case TEXT -> DataTypes.StringType;
                case TIME ->
                    isClock(timeType)
                        ? DataTypes.TimestampNTZType
                        : timeType instanceof StringType
                            ? DataTypes.StringType
                            : DataTypes.DoubleType;
              };
          return column.cast(as).as(names.get(i));
        });
    return data.toDF().select(columns);
  }

  /** The rows as a table; a null is a missing value. */
  Table table(List<Row> rows) {
    Map<String, double[]> numbers = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      if (kinds.get(i) == Kind.NUMBER || (kinds.get(i) == Kind.TIME && isNumber())) {
        int field = i;
        numbers.put(
            names.get(i),
            rows.stream()
                .mapToDouble(r -> r.isNullAt(field) ? Double.NaN : r.getDouble(field))
                .toArray());
      }
    }
    Table table =
        numbers.isEmpty()
            ? Table.of(Map.of(names.get(0), new double[rows.size()]))
            : Table.of(numbers);
    for (int i = 0; i < names.size(); i++) {
      int field = i;
      if (kinds.get(i) == Kind.TEXT) {
        List<String> texts = new ArrayList<>();
        rows.forEach(r -> texts.add(r.getString(field)));
        table = table.withCategories(names.get(i), texts);
      } else if (kinds.get(i) == Kind.TIME && !isNumber()) {
        table = withTimes(table, rows, field);
      }
    }
    return table;
  }

  private boolean isNumber() {
    return timeType instanceof NumericType;
  }

  private Table withTimes(Table table, List<Row> rows, int field) {
    if (isClock(timeType)) {
      double[] seconds =
          rows.stream()
              .mapToDouble(r -> r.isNullAt(field) ? Double.NaN : seconds(r.getAs(field)))
              .toArray();
      return table.withTimes(time, seconds, TimeFormat.of(CLOCK));
    }
    List<String> texts = new ArrayList<>();
    rows.forEach(r -> texts.add(r.getString(field)));
    if (timeFormat.isEmpty()) {
      return table.withCategories(time, texts);
    }
    TimeFormat format = TimeFormat.of(timeFormat);
    double[] seconds =
        texts.stream().mapToDouble(t -> t == null ? Double.NaN : format.parse(t)).toArray();
    for (int row = 0; row < seconds.length; row++) {
      if (Double.isNaN(seconds[row]) && texts.get(row) != null) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(time)
                + ": expected times such as "
                + timeFormat
                + ", got "
                + Printable.text(texts.get(row)));
      }
    }
    return table.withTimes(time, seconds, format);
  }

  private static double seconds(LocalDateTime clock) {
    Instant instant = clock.toInstant(ZoneOffset.UTC);
    return instant.getEpochSecond() + instant.getNano() / 1e9;
  }

  /** The type in which {@link #time(Table, String, int)} gives a time. */
  DataType givenTimeType() {
    return isClock(timeType)
        ? DataTypes.TimestampNTZType
        : isNumber() ? DataTypes.DoubleType : DataTypes.StringType;
  }

  /** A row's time, as it is to stand in results. */
  Object time(Table results, String column, double seconds) {
    if (isNumber()) {
      return seconds;
    }
    if (!isClock(timeType)) {
      return results.timeFormat(column).format(seconds);
    }
    long micros = Math.round(seconds * 1e6); // all that a double of these seconds, and Spark, has
    return LocalDateTime.ofEpochSecond(
        Math.floorDiv(micros, 1_000_000L),
        (int) Math.floorMod(micros, 1_000_000L) * 1000,
        ZoneOffset.UTC);
  }
}
