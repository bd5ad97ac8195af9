package io.github.lstm4j.data;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import java.nio.charset.Charset;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How a CSV file is to be read. What is not said is found in the file, and what was found is in
 * {@link Table#format}. Immutable; can be stored beside a model, so that later files are read as
 * the first one was.
 *
 * <pre>{@code
 * CsvFormat german = CsvFormat.DEFAULT.withSeparator(';').withDecimal(',');
 * Table table = CsvReader.of(Path.of("last.csv")).format(german).read();
 * }</pre>
 *
 * @param separator what separates columns; null: a comma, a semicolon, a tab or a bar, whichever
 *     the first row has
 * @param decimal the decimal mark, a point or a comma; null: a comma if the numbers show that
 *     beyond doubt ({@code 0,5}; but not {@code 1,234}), else a point
 * @param thousands what stands between groups of three digits; null: nothing
 * @param missing what counts as a missing value; the same number, written otherwise, counts too
 * @param encoding the encoding; null: UTF-8, or UTF-16 after its byte-order mark
 * @param categorical the columns that hold categories, even if they look like numbers
 * @param numeric the columns that hold numbers, even if the first values do not look so
 * @param times the columns that hold times, each with its {@linkplain TimeFormat#of pattern}; an
 *     empty pattern is found in the file
 */
public record CsvFormat(
    Character separator,
    Character decimal,
    Character thousands,
    List<String> missing,
    String encoding,
    List<String> categorical,
    List<String> numeric,
    Map<String, String> times) {

  /** What counts as a missing value unless it is said: what it is for pandas, and {@code ?}. */
  public static final List<String> MISSING =
      List.of(
          "",
          "#N/A",
          "#N/A N/A",
          "#NA",
          "-1.#IND",
          "-1.#QNAN",
          "-NaN",
          "-nan",
          "1.#IND",
          "1.#QNAN",
          "<NA>",
          "N/A",
          "NA",
          "NULL",
          "NaN",
          "None",
          "n/a",
          "nan",
          "null",
          "?");

  /** Everything is found in the file. */
  public static final CsvFormat DEFAULT =
      new CsvFormat(null, null, null, MISSING, null, List.of(), List.of(), Map.of());

  private static final String GROUPS = ",.'’_ \u00a0\u202f";
  private static final String[] FIELDS = {
    "separator", "decimal", "thousands", "missing", "encoding", "categorical", "numeric", "times"
  };

  /**
   * Checks each part, and that they fit each other.
   *
   * @throws IllegalArgumentException if not; the message names the part
   */
  public CsvFormat {
    missing = List.copyOf(missing);
    categorical = List.copyOf(categorical);
    numeric = List.copyOf(numeric);
    times = Map.copyOf(times);
    if (separator != null
        && (Character.isLetterOrDigit(separator) || "\"\r\n.".indexOf(separator) >= 0)) {
      throw wrong("separator", "one character that is no letter, digit, point or quote", separator);
    }
    if (decimal != null && decimal != '.' && decimal != ',') {
      throw wrong("decimal", "'.' or ','", decimal);
    }
    if (thousands != null && GROUPS.indexOf(thousands) < 0) {
      throw wrong("thousands", "one of , . ' _ and a space", thousands);
    }
    if (thousands != null && thousands.equals(decimal == null ? Character.valueOf('.') : decimal)) {
      throw new IllegalArgumentException(
          "thousands: '"
              + thousands
              + "' is the decimal mark too; give another decimal mark (--decimal) with it");
    }
    if (encoding != null) {
      charset(encoding);
    }
    for (String column : categorical) {
      if (numeric.contains(column)) {
        throw new IllegalArgumentException(
            "column " + Printable.text(column) + ": cannot be both categorical and numeric");
      }
    }
    for (Map.Entry<String, String> time : times.entrySet()) {
      if (categorical.contains(time.getKey()) || numeric.contains(time.getKey())) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(time.getKey())
                + ": holds the time, and cannot be declared categorical or numeric too");
      }
      if (!time.getValue().isEmpty()) {
        TimeFormat.of(time.getValue());
      }
    }
  }

  private static IllegalArgumentException wrong(String what, String expected, Object got) {
    return new IllegalArgumentException(
        what + ": expected " + expected + ", got '" + Printable.text(got) + "'");
  }

  /** The encoding of this name. */
  static Charset charset(String name) {
    try {
      return Charset.forName(name);
    } catch (IllegalArgumentException e) { // unknown, or no name at all
      throw new IllegalArgumentException(
          "encoding: expected a name such as UTF-8, ISO-8859-1, windows-1252 or UTF-16, got '"
              + Printable.text(name)
              + "'",
          e);
    }
  }

  /** With columns separated by this. */
  public CsvFormat withSeparator(char character) {
    return new CsvFormat(
        character, decimal, thousands, missing, encoding, categorical, numeric, times);
  }

  /** With this decimal mark. */
  public CsvFormat withDecimal(char mark) {
    return new CsvFormat(
        separator, mark, thousands, missing, encoding, categorical, numeric, times);
  }

  /** With this between groups of three digits. */
  public CsvFormat withThousands(char mark) {
    return new CsvFormat(separator, decimal, mark, missing, encoding, categorical, numeric, times);
  }

  /** With these markers of missing values, in place of those before. */
  public CsvFormat withMissing(Collection<String> markers) {
    return new CsvFormat(
        separator, decimal, thousands, List.copyOf(markers), encoding, categorical, numeric, times);
  }

  /** With these markers of missing values too. */
  public CsvFormat plusMissing(Collection<String> markers) {
    List<String> all = new ArrayList<>(missing);
    markers.stream().filter(m -> !all.contains(m)).forEach(all::add);
    return withMissing(all);
  }

  /** In this encoding. */
  public CsvFormat withEncoding(String name) {
    return new CsvFormat(separator, decimal, thousands, missing, name, categorical, numeric, times);
  }

  /** With these columns of categories, in place of those before. */
  public CsvFormat withCategorical(Collection<String> columns) {
    return new CsvFormat(
        separator, decimal, thousands, missing, encoding, List.copyOf(columns), numeric, times);
  }

  /** With these columns of numbers, in place of those before. */
  public CsvFormat withNumeric(Collection<String> columns) {
    return new CsvFormat(
        separator, decimal, thousands, missing, encoding, categorical, List.copyOf(columns), times);
  }

  /** With a column of times, whose format is found in the file. */
  public CsvFormat withTime(String column) {
    return withTime(column, "");
  }

  /**
   * With a column of times.
   *
   * @param pattern as for {@link TimeFormat#of}; if empty, it is found in the file
   */
  public CsvFormat withTime(String column, String pattern) {
    Map<String, String> all = new LinkedHashMap<>(times);
    all.put(column, pattern);
    return new CsvFormat(
        separator, decimal, thousands, missing, encoding, categorical, numeric, all);
  }

  /** Without what is said of other columns than these. */
  public CsvFormat only(Collection<String> columns) {
    Map<String, String> kept = new LinkedHashMap<>(times);
    kept.keySet().retainAll(Set.copyOf(columns));
    return new CsvFormat(
        separator,
        decimal,
        thousands,
        missing,
        encoding,
        categorical.stream().filter(columns::contains).toList(),
        numeric.stream().filter(columns::contains).toList(),
        kept);
  }

  /**
   * What this says and {@code asked} left open, as options of the command line: {@code --sep ';'
   * --decimal ','}; empty if nothing was found. For {@link Table#format} against what was asked.
   */
  public String found(CsvFormat asked) {
    List<String> options = new ArrayList<>();
    if (asked.encoding == null && encoding != null) {
      options.add("--encoding " + encoding);
    }
    if (asked.separator == null && separator != null && separator != ',') {
      options.add("--sep " + (separator == '\t' ? "tab" : "'" + separator + "'"));
    }
    if (asked.decimal == null && decimal != null && decimal != '.') {
      options.add("--decimal '" + decimal + "'");
    }
    times.forEach(
        (column, pattern) -> {
          if (asked.times.getOrDefault(column, "").isEmpty()
              && !pattern.equals(TimeFormat.NUMBER)) {
            options.add("--time-format " + TimeFormat.shown(pattern));
          }
        });
    return String.join(" ", options);
  }

  /** As maps, lists and strings, for JSON; {@link #fromStored} reads it back. */
  public Map<String, Object> toMap() {
    Map<String, Object> map = new LinkedHashMap<>();
    put(map, "separator", separator);
    put(map, "decimal", decimal);
    put(map, "thousands", thousands);
    List<String> texts = missing.stream().filter(m -> !m.isEmpty()).toList();
    put(map, "missing", texts.isEmpty() ? null : texts); // nothing at all is always missing
    put(map, "encoding", encoding);
    put(map, "categorical", categorical.isEmpty() ? null : categorical);
    put(map, "numeric", numeric.isEmpty() ? null : numeric);
    put(map, "times", times.isEmpty() ? null : times);
    return map;
  }

  private static void put(Map<String, Object> map, String name, Object value) {
    if (value != null) {
      map.put(name, value instanceof Character c ? c.toString() : value);
    }
  }

  /**
   * What {@link #toMap} gave.
   *
   * @param path what errors call it
   * @throws IllegalArgumentException if it is damaged; the message names the field
   */
  public static CsvFormat fromStored(String path, Object stored) {
    StoredFields fields = StoredFields.of(path, stored, FIELDS);
    List<String> missing = new ArrayList<>(List.of(""));
    missing.addAll(texts(fields, "missing"));
    Map<String, String> times = new LinkedHashMap<>();
    if (fields.has("times")) {
      fields
          .map("times")
          .forEach(
              (column, pattern) -> {
                if (!(column instanceof String name) || !(pattern instanceof String text)) {
                  throw fields.wrong("times", "a pattern for each column");
                }
                times.put(name, text);
              });
    }
    try {
      return new CsvFormat(
          character(fields, "separator"),
          character(fields, "decimal"),
          character(fields, "thousands"),
          missing,
          fields.has("encoding") ? fields.text("encoding") : null,
          texts(fields, "categorical"),
          texts(fields, "numeric"),
          times);
    } catch (IllegalArgumentException e) {
      String message = String.valueOf(e.getMessage());
      throw new IllegalArgumentException(
          message.startsWith(path) ? message : path + "." + message, e);
    }
  }

  private static List<String> texts(StoredFields fields, String name) {
    return fields.has(name) ? fields.texts(name) : List.of();
  }

  private static Character character(StoredFields fields, String name) {
    if (!fields.has(name)) {
      return null;
    }
    String text = fields.text(name);
    if (text.length() != 1) {
      throw fields.wrong(name, "one character");
    }
    return text.charAt(0);
  }
}
