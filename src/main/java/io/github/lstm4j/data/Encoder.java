package io.github.lstm4j.data;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

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

  /**
   * One column to encode.
   *
   * @param column its name
   * @param missing what a missing value becomes
   * @param categories the known categories; empty for numbers
   */
  private record Feature(String column, Missing missing, List<String> categories) {
    int width() {
      return Math.max(1, categories.size());
    }
  }

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
    return plus(new Feature(column, missing, List.of()));
  }

  /**
   * Adds a column of categories, encoded one-hot in this order.
   *
   * @throws IllegalArgumentException if there is no category
   */
  public Encoder oneHot(String column, Missing missing, List<String> categories) {
    if (categories.isEmpty()) {
      throw new IllegalArgumentException(
          "column " + Printable.text(column) + ": no category is given or known");
    }
    return plus(new Feature(column, missing, List.copyOf(categories)));
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
        .filter(f -> !f.categories.isEmpty())
        .map(Feature::column)
        .distinct()
        .toList();
  }

  /** The names of the encoded columns: {@code TEMP}, {@code cbwd=NW}, {@code cbwd=SE}, … */
  public List<String> names() {
    List<String> names = new ArrayList<>();
    for (Feature feature : features) {
      if (feature.categories.isEmpty()) {
        names.add(feature.column);
      }
      for (String category : feature.categories) {
        names.add(feature.column + "=" + category);
      }
    }
    return names;
  }

  /**
   * Encodes all rows of {@code table}, less those to be dropped.
   *
   * @throws IllegalArgumentException if a value is missing that may not be, or a category is
   *     unknown; the message names file, line, column and value
   */
  public Frame encode(Table table) {
    List<String> mayDrop =
        features.stream().filter(f -> f.missing == Missing.DROP_ROW).map(Feature::column).toList();
    Table kept = mayDrop.isEmpty() ? table : table.dropMissing(mayDrop);
    List<String> names = names();
    double[] values = new double[Math.multiplyExact(kept.rows(), names.size())];
    int at = 0;
    for (Feature feature : features) {
      encode(kept, feature, values, at, names.size());
      at += feature.width();
    }
    return new Frame(kept, names, values);
  }

  private static void encode(Table table, Feature feature, double[] out, int at, int width) {
    boolean number = feature.categories.isEmpty();
    double[] in = number ? table.numbers(feature.column) : known(table, feature);
    double last = Double.NaN;
    for (int row = 0; row < in.length; row++, at += width) {
      double value = in[row];
      if (Double.isNaN(value)) {
        value = filled(table, feature, row, last);
      } else {
        last = value;
      }
      if (number) {
        out[at] = value;
      } else if (Double.isNaN(value)) {
        Arrays.fill(out, at, at + feature.width(), Double.NaN);
      } else if (value >= 0) {
        out[at + (int) value] = 1;
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
      return feature.categories.isEmpty() ? 0 : -1;
    }
    throw new IllegalArgumentException(
        table.where(row, feature.column)
            + ": the value is missing"
            + (fill
                ? ", and there is none above it to fill it with"
                : "; fill it or drop the row"));
  }

  /** The column's values as positions in the feature's categories. */
  private static double[] known(Table table, Feature feature) {
    List<String> appearing = table.categories(feature.column);
    double[] codes = table.column(feature.column).values.clone();
    int[] position = appearing.stream().mapToInt(feature.categories::indexOf).toArray();
    for (int row = 0; row < codes.length; row++) {
      if (!Double.isNaN(codes[row])) {
        int code = (int) codes[row];
        if (position[code] < 0) {
          throw new IllegalArgumentException(
              table.where(row, feature.column)
                  + ": unknown category '"
                  + Printable.text(appearing.get(code))
                  + "'; known are "
                  + Printable.text(feature.categories));
        }
        codes[row] = position[code];
      }
    }
    return codes;
  }

  /** As maps, lists and strings, for JSON; {@link #fromMap} reads it back. */
  public Map<String, Object> toMap() {
    List<Object> list = new ArrayList<>();
    for (Feature feature : features) {
      Map<String, Object> map = new LinkedHashMap<>();
      map.put("column", feature.column);
      map.put("missing", feature.missing.name().toLowerCase(Locale.ROOT));
      if (!feature.categories.isEmpty()) {
        map.put("categories", feature.categories);
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
            .objects("features", "column", "missing", "categories")) {
      encoder =
          encoder.plus(
              new Feature(
                  feature.text("column"),
                  missing(feature),
                  feature.has("categories")
                      ? List.copyOf(feature.texts("categories"))
                      : List.of()));
    }
    return encoder;
  }

  private static Missing missing(StoredFields feature) {
    String name = feature.text("missing");
    for (Missing missing : Missing.values()) {
      if (missing.name().toLowerCase(Locale.ROOT).equals(name)) {
        return missing;
      }
    }
    throw feature.wrong(
        "missing", "one of " + Arrays.toString(Missing.values()).toLowerCase(Locale.ROOT));
  }
}
