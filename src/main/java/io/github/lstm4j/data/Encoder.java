package io.github.lstm4j.data;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.Function;

/**
 * Turns the columns of a table into columns of numbers: numbers stay, a category becomes one column
 * of 0 and 1 per known category, and missing values are treated as each column asks. Immutable.
 *
 * <pre>{@code
 * Encoder encoder = Encoder.empty()
 *     .number("TEMP", Missing.FORWARD_FILL)
 *     .oneHot("cbwd", Missing.FAIL, Encoder.sortedCategories(table, "cbwd", split.train()));
 * Frame frame = encoder.encode(table); // TEMP, cbwd=NE, cbwd=NW, …
 * }</pre>
 */
public final class Encoder {

  /** What a missing value becomes. */
  public enum Missing {
    /** An error that names the cell. */
    FAIL,
    /** The row is dropped; the gap shows in {@link Table#rowNumbers}. */
    DROP_ROW,
    /** The last known value above it; an error where there is none. */
    FORWARD_FILL,
    /** The last known value above it; zero (no category) where there is none. */
    FORWARD_FILL_OR_ZERO,
    /** It stays missing (NaN): for targets, whose windows are then left out. */
    KEEP
  }

  /** What a category becomes that is not known. */
  public enum Unknown {
    /** An error that names the cell. */
    FAIL,
    /** None of the known ones: zeros. */
    IGNORE
  }

  /** What a column becomes. */
  private enum Form {
    NUMBER,
    ONE_HOT,
    IDS,
    CALENDAR
  }

  /**
   * One column to encode.
   *
   * @param column its name
   * @param form what it becomes
   * @param missing what a missing value becomes
   * @param categories the known categories; empty for numbers
   * @param unknown what another category becomes
   * @param calendar the part of the time; null for others
   * @param ahead how many rows further down the value is taken from
   */
  private record Feature(
      String column,
      Form form,
      Missing missing,
      List<String> categories,
      Unknown unknown,
      Calendar calendar,
      int ahead) {

    List<String> names() {
      String later = ahead == 0 ? "" : "+" + ahead;
      List<String> plain =
          switch (form) {
            case NUMBER, IDS -> List.of(column);
            case ONE_HOT -> categories.stream().map(category -> column + "=" + category).toList();
            case CALENDAR -> calendar.names();
          };
      return plain.stream().map(name -> name + later).toList();
    }

    int width() {
      return switch (form) {
        case NUMBER, IDS -> 1;
        case ONE_HOT -> categories.size();
        case CALENDAR -> 2;
      };
    }

    boolean isCategorical() {
      return form == Form.ONE_HOT || form == Form.IDS;
    }

    Feature ahead(int rows) {
      return new Feature(column, form, missing, categories, unknown, calendar, ahead + rows);
    }
  }

  private static final int FARTHEST = 1 << 28; // rows

  private final List<Feature> features;

  private Encoder(List<Feature> features) {
    this.features = features;
  }

  /** An encoder of no columns, to add to. */
  public static Encoder empty() {
    return new Encoder(List.of());
  }

  /** Adds a column of numbers. */
  public Encoder number(String column, Missing missing) {
    return plus(new Feature(column, Form.NUMBER, missing, List.of(), Unknown.FAIL, null, 0));
  }

  /**
   * Adds a column of categories, encoded one-hot in this order; another category is an error.
   *
   * @throws IllegalArgumentException if there is no category
   */
  public Encoder oneHot(String column, Missing missing, List<String> categories) {
    return oneHot(column, missing, categories, Unknown.FAIL);
  }

  /**
   * Adds a column of categories, encoded one-hot in this order.
   *
   * @throws IllegalArgumentException if there is no category
   */
  public Encoder oneHot(String column, Missing missing, List<String> categories, Unknown unknown) {
    return categories(Form.ONE_HOT, column, missing, categories, unknown);
  }

  /**
   * Adds a column of categories as ids, for an Embedding: 1 for the first, 2 for the second, …; 0
   * is none of them, which {@code maskZero} masks.
   *
   * @throws IllegalArgumentException if there is no category
   */
  public Encoder ids(String column, Missing missing, List<String> categories, Unknown unknown) {
    return categories(Form.IDS, column, missing, categories, unknown);
  }

  private Encoder categories(
      Form form, String column, Missing missing, List<String> categories, Unknown unknown) {
    if (categories.isEmpty()) {
      throw new IllegalArgumentException(
          "column " + Printable.text(column) + ": no category is given or known");
    }
    return plus(new Feature(column, form, missing, List.copyOf(categories), unknown, null, 0));
  }

  /** Adds a part of the time in a column of times, as two columns: sine and cosine. */
  public Encoder calendar(String time, Calendar part) {
    return plus(new Feature(time, Form.CALENDAR, Missing.FAIL, List.of(), Unknown.FAIL, part, 0));
  }

  /**
   * Adds columns whose values are known beforehand, such as prices, holidays or a weather forecast:
   * each row gets the value of the row so many rows further down. Where that row is not there, or
   * does not follow without a break, the value is missing (NaN).
   *
   * <pre>{@code
   * Encoder encoder = Encoder.empty()
   *     .number("load", Missing.FAIL)
   *     .ahead(24, Encoder.empty().number("price", Missing.FAIL)); // load, price+24
   * }</pre>
   */
  public Encoder ahead(int rows, Encoder known) {
    List<Feature> all = new ArrayList<>(features);
    known.features.forEach(feature -> all.add(feature.ahead(rows)));
    return new Encoder(List.copyOf(all));
  }

  private Encoder plus(Feature feature) {
    List<Feature> all = new ArrayList<>(features);
    all.add(feature);
    return new Encoder(List.copyOf(all));
  }

  /** The categories that appear in the training rows, in the order of first appearance. */
  public static List<String> categories(Table table, String column, Range train) {
    return categories(table, column, List.of(train));
  }

  private static List<String> categories(Table table, String column, List<Range> train) {
    List<String> all = table.categories(column);
    double[] codes = table.column(column).values;
    boolean[] seen = new boolean[all.size()];
    List<String> found = new ArrayList<>();
    for (Range part : train) {
      for (int row = part.from(); row < part.to(); row++) {
        int code = (int) codes[row];
        if (!Double.isNaN(codes[row]) && !seen[code]) {
          seen[code] = true;
          found.add(all.get(code));
        }
      }
    }
    return found;
  }

  /** The categories that appear in the training rows, sorted. */
  public static List<String> sortedCategories(Table table, String column, Range train) {
    return sortedCategories(table, column, List.of(train));
  }

  /** The categories that appear in any of the training parts, sorted. */
  public static List<String> sortedCategories(Table table, String column, List<Range> train) {
    return categories(table, column, train).stream().sorted().toList();
  }

  /** The names of the table's columns that are encoded, each once. */
  public List<String> columns() {
    return features.stream().map(Feature::column).distinct().toList();
  }

  /** Those of {@link #columns} that hold categories. */
  public List<String> categoricalColumns() {
    return features.stream()
        .filter(Feature::isCategorical)
        .map(Feature::column)
        .distinct()
        .toList();
  }

  /**
   * The names of the encoded columns: {@code TEMP}, {@code cbwd=NW}, {@code cbwd=SE}, {@code
   * sin(hour)}, {@code price+24}, …
   */
  public List<String> names() {
    return features.stream().flatMap(feature -> feature.names().stream()).toList();
  }

  /** Which encoded column holds the numbers of a column of the table; −1 if none does. */
  public int indexOf(String column) {
    int at = 0;
    for (Feature feature : features) {
      if (feature.form == Form.NUMBER && feature.ahead == 0 && feature.column.equals(column)) {
        return at;
      }
      at += feature.width();
    }
    return -1;
  }

  /**
   * Encodes all rows of {@code table}, less those to be dropped.
   *
   * @throws IllegalArgumentException if a value is missing that may not be, or a category is
   *     unknown; the message names file, line, column and value
   */
  public Frame encode(Table table) {
    return encode(table, Table::segments);
  }

  /**
   * As {@link #encode(Table)}.
   *
   * <p>Where values {@linkplain #ahead known beforehand} go in, the last rows of a series in which
   * only those are known are the future: they lend their values to the rows above, and their other
   * values stay missing.
   *
   * @param follows which rows of a table follow each other
   */
  public Frame encode(Table table, Function<Table, Segments> follows) {
    List<String> mayDrop =
        features.stream()
            .filter(f -> f.missing == Missing.DROP_ROW && f.ahead == 0)
            .map(Feature::column)
            .toList();
    boolean[] future = future(table);
    Table kept = table;
    if (!mayDrop.isEmpty()) {
      List<double[]> looked = mayDrop.stream().map(name -> table.column(name).values).toList();
      kept =
          table.filter(row -> future[row] || looked.stream().noneMatch(v -> Double.isNaN(v[row])));
    }
    boolean[] open = kept == table ? future : future(kept);
    Segments segments = features.stream().anyMatch(f -> f.ahead > 0) ? follows.apply(kept) : null;
    List<String> names = names();
    double[] values = new double[Math.multiplyExact(kept.rows(), names.size())];
    int at = 0;
    for (Feature feature : features) {
      encode(kept, feature, values, at, names.size(), open, segments);
      at += feature.width();
    }
    return new Frame(kept, names, values);
  }

  /** The last rows of each series in which nothing is known but what is known beforehand. */
  private boolean[] future(Table table) {
    boolean[] future = new boolean[table.rows()];
    List<String> known = features.stream().filter(f -> f.ahead > 0).map(Feature::column).toList();
    List<double[]> others =
        features.stream()
            .filter(f -> f.form != Form.CALENDAR && !known.contains(f.column))
            .map(f -> table.column(f.column).values)
            .toList();
    if (known.isEmpty() || others.isEmpty()) {
      return future;
    }
    for (int row = table.rows() - 1; row >= 0; row--) {
      int at = row;
      boolean last =
          row + 1 == table.rows() || table.series(row) != table.series(row + 1) || future[row + 1];
      future[row] = last && others.stream().allMatch(v -> Double.isNaN(v[at]));
    }
    return future;
  }

  private static void encode(
      Table table,
      Feature feature,
      double[] out,
      int first,
      int width,
      boolean[] future,
      Segments segments) {
    double[] in = values(table, feature);
    double last = Double.NaN;
    for (int row = 0; row < in.length; row++) {
      if (row > 0 && table.series(row) != table.series(row - 1)) {
        last = Double.NaN; // a value of another series fills no gap
      }
      if (!Double.isNaN(in[row])) {
        last = in[row];
      } else if (!future[row]) {
        in[row] = filled(table, feature, row, last);
      }
    }
    for (int row = 0; row < in.length; row++) {
      int from = row + feature.ahead;
      boolean there = feature.ahead == 0 || (from < in.length && segments.together(row, from));
      write(feature, there ? in[from] : Double.NaN, out, first + row * width);
    }
  }

  private static double[] values(Table table, Feature feature) {
    return switch (feature.form) {
      case NUMBER -> table.numbers(feature.column).clone();
      case ONE_HOT, IDS -> known(table, feature);
      case CALENDAR ->
          Arrays.stream(table.localTimes(feature.column)).map(feature.calendar::angle).toArray();
    };
  }

  private static void write(Feature feature, double value, double[] out, int at) {
    switch (feature.form) {
      case NUMBER -> out[at] = value;
      case IDS -> out[at] = value + 1;
      case CALENDAR -> {
        out[at] = Math.sin(value);
        out[at + 1] = Math.cos(value);
      }
      case ONE_HOT -> {
        if (Double.isNaN(value)) {
          Arrays.fill(out, at, at + feature.width(), Double.NaN);
        } else if (value >= 0) {
          out[at + (int) value] = 1;
        }
      }
    }
  }

  /** What stands for the missing value in {@code row}; for a category that is none, -1. */
  private static double filled(Table table, Feature feature, int row, double last) {
    if (feature.missing == Missing.KEEP) {
      return Double.NaN;
    }
    boolean fill =
        feature.missing == Missing.FORWARD_FILL || feature.missing == Missing.FORWARD_FILL_OR_ZERO;
    if (fill && !Double.isNaN(last)) {
      return last;
    }
    if (feature.missing == Missing.FORWARD_FILL_OR_ZERO) {
      return feature.isCategorical() ? -1 : 0;
    }
    throw new IllegalArgumentException(
        table.where(row, feature.column)
            + ": the value is missing"
            + (fill
                ? ", and there is none above it to fill it with"
                : "; fill it or drop the row (--missing ffill or drop)"));
  }

  /** The column's values as positions in the feature's categories. */
  private static double[] known(Table table, Feature feature) {
    List<String> appearing = table.categories(feature.column);
    double[] codes = table.column(feature.column).values.clone();
    Map<String, Integer> places = new HashMap<>();
    feature.categories.forEach(category -> places.put(category, places.size()));
    int[] position =
        appearing.stream().mapToInt(category -> places.getOrDefault(category, -1)).toArray();
    for (int row = 0; row < codes.length; row++) {
      if (!Double.isNaN(codes[row])) {
        int code = (int) codes[row];
        if (position[code] < 0 && feature.unknown == Unknown.FAIL) {
          throw new IllegalArgumentException(
              table.where(row, feature.column)
                  + ": unknown category '"
                  + Printable.text(appearing.get(code))
                  + "'; known are "
                  + shown(feature.categories));
        }
        codes[row] = position[code];
      }
    }
    return codes;
  }

  /** The first of many. */
  private static String shown(List<String> categories) {
    int most = 10;
    return categories.size() <= most
        ? Printable.text(categories)
        : Printable.text(categories.subList(0, most))
            + " and "
            + (categories.size() - most)
            + " more";
  }

  /** As maps, lists and strings, for JSON; {@link #fromMap} reads it back. */
  public Map<String, Object> toMap() {
    List<Object> list = new ArrayList<>();
    for (Feature feature : features) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("column", feature.column);
      map.put("missing", text(feature.missing));
      if (feature.isCategorical()) {
        map.put("categories", feature.categories);
      }
      if (feature.form == Form.IDS) {
        map.put("ids", true);
      }
      if (feature.unknown != Unknown.FAIL) {
        map.put("unknown", text(feature.unknown));
      }
      if (feature.calendar != null) {
        map.put("calendar", feature.calendar.text());
      }
      if (feature.ahead > 0) {
        map.put("ahead", feature.ahead);
      }
      list.add(map);
    }
    return Map.of("features", list);
  }

  /**
   * What {@link #toMap} gave.
   *
   * @throws IllegalArgumentException if the map is not of that form; the message names the field
   */
  public static Encoder fromMap(Map<String, ?> map) {
    return fromStored("encoder", map);
  }

  /**
   * What {@link #toMap} gave.
   *
   * @param path what errors call it
   * @throws IllegalArgumentException as {@link #fromMap}
   */
  public static Encoder fromStored(String path, Object stored) {
    Encoder encoder = empty();
    for (StoredFields feature :
        StoredFields.of(path, stored, "features")
            .objects(
                "features",
                "column",
                "missing",
                "categories",
                "ids",
                "unknown",
                "calendar",
                "ahead")) {
      encoder = encoder.plus(feature(feature));
    }
    return encoder;
  }

  private static Feature feature(StoredFields stored) {
    List<String> categories =
        stored.has("categories") ? List.copyOf(stored.texts("categories")) : List.of();
    Calendar calendar =
        stored.has("calendar") ? constant(stored, "calendar", Calendar.values()) : null;
    boolean ids = stored.has("ids") && stored.flag("ids");
    if (ids && categories.isEmpty()) {
      throw stored.wrong("categories", "some, as there are ids");
    }
    if (calendar != null && !categories.isEmpty()) {
      throw stored.wrong("categories", "none, as it is a part of the time");
    }
    Form form =
        calendar != null
            ? Form.CALENDAR
            : ids ? Form.IDS : categories.isEmpty() ? Form.NUMBER : Form.ONE_HOT;
    return new Feature(
        stored.text("column"),
        form,
        constant(stored, "missing", Missing.values()),
        categories,
        stored.has("unknown") ? constant(stored, "unknown", Unknown.values()) : Unknown.FAIL,
        calendar,
        stored.has("ahead") ? stored.integer("ahead", 1, FARTHEST) : 0);
  }

  private static String text(Enum<?> constant) {
    return constant.name().toLowerCase(Locale.ROOT);
  }

  private static <E extends Enum<E>> E constant(StoredFields stored, String name, E[] all) {
    String text = stored.text(name);
    for (E constant : all) {
      if (text(constant).equals(text)) {
        return constant;
      }
    }
    throw stored.wrong(name, "one of " + Arrays.toString(all).toLowerCase(Locale.ROOT));
  }
}
