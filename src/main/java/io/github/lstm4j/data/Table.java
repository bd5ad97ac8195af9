package io.github.lstm4j.data;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.IntPredicate;
import java.util.stream.IntStream;

/**
 * Named columns of equal length, of numbers, of categories or of times, as {@linkplain CsvReader
 * read from a file} or made from arrays. Remembers where each row came from, so that errors can say
 * so. A table is not changed by its methods, which give new ones.
 *
 * <pre>{@code
 * Table sales = CsvReader.of(Path.of("sales.csv")).time("day").read();
 * Table shops = CsvReader.of(Path.of("shops.csv")).read(); // shop, town, area
 * Table all = sales.join(shops, Table.Join.LEFT, "shop").sort("shop", "day");
 * all.groups("shop").forEach((shop, rows) -> System.out.println(shop + ": " + rows.rows()));
 * }</pre>
 */
public final class Table {
  /** Which rows are kept where one table has a key that the other lacks. */
  public enum Join {
    /** Those whose key is in both. */
    INNER,
    /** All of the left one; what the right one lacks is missing. */
    LEFT
  }

  /** Which row is kept of several with the same key. */
  public enum Keep {
    /** The first. */
    FIRST,
    /** The last. */
    LAST,
    /** The first, with the mean of the numbers that are known of each column. */
    MEAN
  }

  private final String source;
  private final Map<String, Column> columns;
  private final int count;
  private final int[] lines; // null: not from a file
  private final int[] numbers; // of the rows in what they come from; null: 0, 1, 2, …
  private final int[] places; // the same, but a row that was dropped leaves a jump
  private final int[] series; // null: all rows are of one
  private final CsvFormat format; // null: not from a file

  private Table(
      String source,
      Map<String, Column> columns,
      int count,
      int[] lines,
      int[] numbers,
      int[] places,
      int[] series,
      CsvFormat format) {
    this.source = source;
    this.columns = columns;
    this.count = count;
    this.lines = lines;
    this.numbers = numbers;
    this.places = places;
    this.series = series;
    this.format = format;
  }

  static Table read(String source, Map<String, Column> columns, int[] lines, CsvFormat format) {
    return new Table(source, columns, lines.length, lines, null, null, null, format);
  }

  /**
   * A table of numbers; NaN is a missing value. The arrays are not copied.
   *
   * @throws IllegalArgumentException if the columns are not equally long
   */
  public static Table of(Map<String, double[]> columns) {
    int rows = columns.values().stream().findFirst().map(values -> values.length).orElse(0);
    Table table = new Table("table", Map.of(), rows, null, null, null, null, null);
    for (Map.Entry<String, double[]> column : columns.entrySet()) {
      table = table.with(column.getKey(), column.getValue());
    }
    return table;
  }

  private Table holding(Map<String, Column> changed) {
    return new Table(source, changed, count, lines, numbers, places, series, format);
  }

  /** What the table was read from, as messages call it. */
  public String source() {
    return source;
  }

  /** How the file was read, with all that was found in it; null if it was made from arrays. */
  public CsvFormat format() {
    return format;
  }

  /** The number of rows. */
  public int rows() {
    return count;
  }

  /** The columns' names, in order. */
  public List<String> names() {
    return List.copyOf(columns.keySet());
  }

  /** Whether there is such a column. */
  public boolean has(String name) {
    return columns.containsKey(name);
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
              + Printable.text(name)
              + " holds text such as "
              + some(column.categories)
              + ", not numbers");
    }
    return column.values;
  }

  /** The first of some values, for a message. */
  static String some(List<String> values) {
    String first = values.isEmpty() ? "nothing" : "'" + values.get(0) + "'";
    return Printable.text(first.length() > 60 ? first.substring(0, 60) + "…" : first);
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
          source
              + ": column "
              + Printable.text(name)
              + " holds numbers; read it as categorical (--categorical)");
    }
    return column.categories;
  }

  /**
   * The categories of a column as ids, for an Embedding: 1 for the first of {@link #categories}, 2
   * for the second, …, and 0 where the value is missing (which {@code maskZero} masks).
   *
   * <pre>{@code
   * int[] ids = table.ids("shop");
   * Layer shops = new Embedding(table.categories("shop").size() + 1, 4).maskZero(true);
   * }</pre>
   *
   * @throws IllegalArgumentException as {@link #categories}
   */
  public int[] ids(String name) {
    categories(name);
    return Arrays.stream(column(name).values)
        .mapToInt(code -> Double.isNaN(code) ? 0 : 1 + (int) code)
        .toArray();
  }

  /** A value as a text, as in a file: a category, a time in its format, a number; null: missing. */
  public String text(String name, int row) {
    return column(name).text(row);
  }

  /**
   * A column as times in seconds: what was read as times, or numbers as they are, or categories
   * whose {@linkplain TimeFormat format} can be told from them.
   *
   * @throws IllegalArgumentException if a value is missing or is no time
   */
  public double[] times(String name) {
    double[] seconds = timeColumn(name).values;
    for (int row = 0; row < seconds.length; row++) {
      if (Double.isNaN(seconds[row])) {
        throw new IllegalArgumentException(
            where(row, name) + ": the time is missing; give it, or leave the row out");
      }
    }
    return seconds.clone();
  }

  /** As {@link #times}, but what the clock showed in the time's own zone. */
  public double[] localTimes(String name) {
    double[] seconds = times(name);
    int[] offsets = timeColumn(name).offsets;
    if (offsets != null) {
      Arrays.setAll(seconds, row -> seconds[row] + offsets[row]);
    }
    return seconds;
  }

  /** Whether the clock of a column of times was set forwards or backwards, as its zone says. */
  boolean changesClock(String name) {
    int[] offsets = timeColumn(name).offsets;
    return offsets != null && Arrays.stream(offsets).anyMatch(offset -> offset != offsets[0]);
  }

  /** The format of a column of times; {@link TimeFormat#NUMBER} for numbers. */
  public TimeFormat timeFormat(String name) {
    TimeFormat time = timeColumn(name).time;
    return time == null ? TimeFormat.of(TimeFormat.NUMBER) : time;
  }

  private Column timeColumn(String name) {
    Column column = column(name);
    if (column.categories == null) {
      return column;
    }
    TimeColumn times = new TimeColumn("", new NumberStyle('.', NumberStyle.NONE), Set.of(""));
    for (int row = 0; row < count; row++) {
      String text = column.text(row);
      String problem = times.add(text == null ? "" : text, row);
      if (problem != null) {
        throw new IllegalArgumentException(where(row, name) + ": " + Printable.text(problem));
      }
    }
    try {
      return times.finish();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          source + ", column " + Printable.text(name) + ": " + Printable.reason(e), e);
    }
  }

  /**
   * A text of a column that holds times and was not {@linkplain CsvFormat#withTime declared} to;
   * null if it does not.
   */
  public String undeclaredTime(String name) {
    Column column = column(name);
    boolean all =
        column.categories != null
            && !column.categories.isEmpty()
            && column.categories.stream().limit(100).allMatch(TimeGuess::isTime);
    return all ? column.categories.get(0) : null;
  }

  /** The rows' numbers in the file or array they come from; dropped rows leave a jump. */
  public double[] rowNumbers() {
    return IntStream.range(0, count).mapToDouble(this::number).toArray();
  }

  private int number(int row) {
    return numbers == null ? row : numbers[row];
  }

  /** A break wherever rows were dropped, or another series begins. */
  public Segments segments() {
    Segments whole =
        places == null
            ? Segments.whole(count)
            : Segments.byTime(Arrays.stream(places).asDoubleStream().toArray(), 1);
    return series == null ? whole : whole.and(Segments.byId(series));
  }

  /** The series of a row, counted from 0 in the order of the table. */
  int series(int row) {
    return series == null ? 0 : series[row];
  }

  /** Without the rows in which one of these columns is missing. */
  public Table dropMissing(Collection<String> names) {
    List<double[]> looked = names.stream().map(name -> column(name).values).toList();
    return filter(row -> looked.stream().noneMatch(values -> Double.isNaN(values[row])));
  }

  /**
   * The rows that pass. The others leave a jump: what stood before and behind them does not follow
   * one another.
   *
   * <pre>{@code
   * double[] load = table.numbers("load");
   * Table busy = table.filter(row -> load[row] > 100);
   * }</pre>
   */
  public Table filter(IntPredicate row) {
    int[] rows = IntStream.range(0, count).filter(row).toArray();
    int[] kept = places == null ? rows : Arrays.stream(rows).map(r -> places[r]).toArray();
    return moved(rows, kept);
  }

  /** The rows {@code from} (inclusive) to {@code to} (exclusive). */
  public Table slice(int from, int to) {
    Split.Range range = new Split.Range(from, to);
    if (to > count) {
      throw new IllegalArgumentException(
          source + ": rows " + from + " to " + to + " of " + count + " rows");
    }
    return filter(row -> row >= range.from() && row < range.to());
  }

  /** These rows in this order; −1 is a row of missing values. */
  private Table moved(int[] rows, int[] newPlaces) {
    Map<String, Column> all = new LinkedHashMap<>();
    columns.forEach((name, column) -> all.put(name, column.rows(rows)));
    return new Table(
        source,
        all,
        rows.length,
        lines == null ? null : Arrays.stream(rows).map(r -> lines[r]).toArray(),
        Arrays.stream(rows).map(this::number).toArray(),
        newPlaces,
        series == null ? null : Arrays.stream(rows).map(r -> series[r]).toArray(),
        format);
  }

  /**
   * The rows in the order of these columns: numbers and times upwards, categories by their letters,
   * what is missing last. Rows that are alike stay in their order. Neighbours follow one another.
   *
   * <pre>{@code
   * Table ordered = table.sort("station", "time");
   * }</pre>
   */
  public Table sort(String... by) {
    List<double[]> ranks = Arrays.stream(by).map(name -> column(name).ranks()).toList();
    Comparator<Integer> order =
        (one, other) -> {
          for (double[] rank : ranks) {
            int difference = Double.compare(rank[one], rank[other]); // NaN is last
            if (difference != 0) {
              return difference;
            }
          }
          return 0;
        };
    int[] rows =
        IntStream.range(0, count).boxed().sorted(order).mapToInt(Integer::intValue).toArray();
    return moved(rows, null);
  }

  /**
   * The rows of each value of a column, by that value as a text, in the order of first appearance;
   * within a group the order stays. Rows without a value are in none.
   */
  public Map<String, Table> groups(String by) {
    Map<String, Table> groups = new LinkedHashMap<>();
    members(by).forEach((name, rows) -> groups.put(name, moved(rows, null)));
    return groups;
  }

  private Map<String, int[]> members(String by) {
    Column column = column(by);
    Map<String, IntStream.Builder> rows = new LinkedHashMap<>();
    for (int row = 0; row < count; row++) {
      String text = column.text(row);
      if (text != null) {
        rows.computeIfAbsent(text, t -> IntStream.builder()).add(row);
      }
    }
    Map<String, int[]> all = new LinkedHashMap<>();
    rows.forEach((name, builder) -> all.put(name, builder.build().toArray()));
    return all;
  }

  /**
   * The rows of each value of a column brought together, and told apart from then on: {@link
   * #segments} has a break between them, and an {@link Encoder} fills no gap of one with a value of
   * another. Within a group the order stays.
   *
   * @throws IllegalArgumentException if a row has no value there
   */
  public Table bySeries(String by) {
    double[] values = column(by).values;
    for (int row = 0; row < count; row++) {
      if (Double.isNaN(values[row])) {
        throw new IllegalArgumentException(where(row, by) + ": the group is missing");
      }
    }
    List<int[]> members = List.copyOf(members(by).values());
    int[] rows = members.stream().flatMapToInt(Arrays::stream).toArray();
    int[] ids = new int[count];
    int at = 0;
    for (int id = 0; id < members.size(); id++) {
      Arrays.fill(ids, at, at + members.get(id).length, id);
      at += members.get(id).length;
    }
    Table together = moved(rows, null);
    return new Table(
        source, together.columns, count, together.lines, together.numbers, null, ids, format);
  }

  /**
   * One row of those that are alike in these columns, where the first of them stands.
   *
   * <pre>{@code
   * Table once = table.distinct(Table.Keep.LAST, "station", "time");
   * }</pre>
   */
  public Table distinct(Keep keep, String... by) {
    Keys keys = keys(by);
    Map<Object, Integer> group = new HashMap<>();
    List<Integer> chosen = new ArrayList<>();
    int[] groupOf = new int[count];
    for (int row = 0; row < count; row++) {
      groupOf[row] = group.computeIfAbsent(keys.of(row), key -> chosen.size());
      if (groupOf[row] == chosen.size()) {
        chosen.add(row);
      } else if (keep == Keep.LAST) {
        chosen.set(groupOf[row], row);
      }
    }
    int[] rows = chosen.stream().mapToInt(Integer::intValue).toArray();
    Table once = moved(rows, null);
    if (Arguments.given("a Keep, such as FIRST", keep) != Keep.MEAN) {
      return once;
    }
    Map<String, Column> all = new LinkedHashMap<>();
    columns.forEach(
        (name, column) -> {
          Column first = once.column(name);
          all.put(name, column.isNumbers() ? column.means(groupOf, rows.length) : first);
        });
    return once.holding(all);
  }

  /**
   * Adds the columns of another table to the rows that have the same values in {@code on}. Where
   * several rows of it do, there are as many rows of the result, as with pandas' {@code merge}.
   *
   * @throws IllegalArgumentException if another column is in both; rename it before
   */
  public Table join(Table other, Join how, String... on) {
    boolean left = Arguments.given("a Join, such as LEFT", how) == Join.LEFT;
    Keys others = Arguments.given("a table", other).keys(on);
    int[][] rows = keys(on).matches(count, others, other.count, left);
    return beside(rows[0], other, rows[1], Set.of(on));
  }

  /**
   * Adds to each row the columns of the last row of another table that is not later: pandas' {@code
   * merge_asof}. What has no such row is missing.
   *
   * <pre>{@code
   * Table priced = sales.joinLast(prices, "time", "shop");
   * }</pre>
   *
   * @param on a column of times or numbers, in both
   * @param by columns that must be the same
   * @throws IllegalArgumentException if another column is in both; rename it before
   */
  public Table joinLast(Table other, String on, String... by) {
    int[] right = keys(by).last(times(on), other.keys(by), other.times(on));
    List<String> shared = new ArrayList<>(List.of(by));
    shared.add(on);
    return beside(IntStream.range(0, count).toArray(), other, right, Set.copyOf(shared));
  }

  private Table beside(int[] left, Table other, int[] right, Set<String> shared) {
    Table all = moved(left, null);
    Map<String, Column> both = new LinkedHashMap<>(all.columns);
    other.columns.forEach(
        (name, column) -> {
          if (!shared.contains(name) && both.put(name, column.rows(right)) != null) {
            throw new IllegalArgumentException(
                "column "
                    + Printable.text(name)
                    + " is in both tables; rename it in one, or join on it too");
          }
        });
    return all.holding(both);
  }

  private Keys keys(String... names) {
    return new Keys(Arrays.stream(names).map(this::column).toList());
  }

  /** Only these columns, in this order. */
  public Table select(String... names) {
    Map<String, Column> all = new LinkedHashMap<>();
    for (String name : names) {
      all.put(name, column(name));
    }
    return holding(all);
  }

  /** Without these columns. */
  public Table without(String... names) {
    Map<String, Column> all = new LinkedHashMap<>(columns);
    for (String name : names) {
      column(name);
      all.remove(name);
    }
    return holding(all);
  }

  /** With a column under another name. */
  public Table rename(String name, String to) {
    column(name);
    if (!name.equals(Names.given("column", to)) && has(to)) {
      throw new IllegalArgumentException(
          source + ": there is a column " + Printable.text(to) + " already");
    }
    Map<String, Column> all = new LinkedHashMap<>();
    columns.forEach((key, column) -> all.put(key.equals(name) ? to : key, column));
    return holding(all);
  }

  /**
   * With a column of numbers more, or another in its place; NaN is a missing value. The array is
   * not copied.
   *
   * <pre>{@code
   * double[] celsius = table.numbers("temperature");
   * double[] kelvin = Arrays.stream(celsius).map(t -> t + 273.15).toArray();
   * Table both = table.with("kelvin", kelvin);
   * }</pre>
   *
   * @throws IllegalArgumentException if it is not as long as the table
   */
  public Table with(String name, double[] values) {
    return with(name, new Column(Arguments.given("numbers", values), null), values.length);
  }

  /**
   * With a column of categories more, or another in its place.
   *
   * @param values one a row; null is a missing value
   * @throws IllegalArgumentException if it is not as long as the table
   */
  public Table withCategories(String name, List<String> values) {
    Map<String, Integer> codes = new LinkedHashMap<>();
    double[] coded = new double[Arguments.given("categories", values).size()];
    int row = 0;
    for (String value : values) {
      coded[row++] = value == null ? Double.NaN : codes.computeIfAbsent(value, v -> codes.size());
    }
    return with(name, new Column(coded, List.copyOf(codes.keySet())), coded.length);
  }

  /**
   * With a column of times more, or another in its place.
   *
   * @param seconds as {@link TimeFormat#parse} gives them
   * @param as how they are written
   * @throws IllegalArgumentException if it is not as long as the table
   */
  public Table withTimes(String name, double[] seconds, TimeFormat as) {
    return with(name, new Column(seconds, as, as.offsets(seconds)), seconds.length);
  }

  private Table with(String name, Column column, int length) {
    if (length != count) {
      throw new IllegalArgumentException(
          "column " + Printable.text(name) + " has " + length + " rows, the table has " + count);
    }
    Map<String, Column> all = new LinkedHashMap<>(columns);
    all.put(Names.given("column", name), column);
    return holding(all);
  }

  Column column(String name) {
    Column column = columns.get(Names.given("column", name));
    if (column == null) {
      throw new IllegalArgumentException(
          source + ": no column " + Printable.text(Names.missing(name, columns.keySet())));
    }
    return column;
  }

  /** Names a cell for a message: {@code air.csv, line 12, column TEMP}. */
  public String where(int row, String column) {
    return source + ", " + where(row) + ", column " + Printable.text(column);
  }

  /** Names a row for a message: {@code line 12}. */
  String where(int row) {
    return lines == null ? "row " + number(row) : "line " + lines[row];
  }
}
