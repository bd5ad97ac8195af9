package io.github.lstm4j.data;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A column while it is read: fields go in as text, and collect as numbers or categories. */
final class CsvColumn implements ColumnReader {
  /** What is known of a column. */
  enum Kind {
    /** Nothing: the first value decides. */
    OPEN,
    NUMBERS,
    /** Categories, as was declared. */
    CATEGORIES,
    /** Text, as the first value is no number: no other one may be one. */
    TEXT
  }

  private final String name;
  private final NumberStyle numbers;
  private final Set<String> missing;
  private final double[] missingNumbers; // the markers among them that are numbers
  private final Map<String, Integer> codes = new HashMap<>();
  private final List<String> categories = new ArrayList<>();
  private Kind kind;
  private int firstLine; // of a value
  private long near; // how many values were meant as numbers, though they are none
  private long texts;
  private double[] values = new double[256];
  private int rows;

  CsvColumn(String name, Kind kind, NumberStyle numbers, Set<String> missing) {
    this.name = name;
    this.kind = kind;
    this.numbers = numbers;
    this.missing = missing;
    this.missingNumbers =
        missing.stream().mapToDouble(numbers::parse).filter(v -> !Double.isNaN(v)).toArray();
  }

  @Override
  public String add(String field, int line) {
    String text = field.strip();
    double value = Double.NaN;
    if (!missing.contains(text)) {
      double number = kind == Kind.CATEGORIES ? Double.NaN : numbers.parse(text);
      if (missingNumbers.length == 0 || !isMissing(number)) {
        String problem = decide(text, number, line);
        if (problem != null) {
          return problem;
        }
        value = kind == Kind.NUMBERS ? number : code(text);
      }
    }
    if (rows == values.length) {
      values = Arrays.copyOf(values, 2 * rows);
    }
    values[rows++] = value;
    return null;
  }

  private boolean isMissing(double number) {
    for (double marker : missingNumbers) {
      if (number == marker) {
        return true;
      }
    }
    return false;
  }

  private int code(String text) {
    Integer code = codes.putIfAbsent(text, categories.size());
    if (code == null) {
      categories.add(text);
      return categories.size() - 1;
    }
    return code;
  }

  private String decide(String text, double number, int line) {
    boolean isNumber = !Double.isNaN(number);
    if (kind == Kind.OPEN) {
      firstLine = line;
      kind = isNumber ? Kind.NUMBERS : Kind.TEXT;
    }
    if (kind == Kind.NUMBERS && !isNumber) {
      return "'" + text + "' is not a finite number; " + fix(text);
    }
    if (kind != Kind.TEXT) {
      return null;
    }
    String first = categories.isEmpty() ? text : categories.get(0);
    if (isNumber) {
      return "'"
          + text
          + "' is a number, but '"
          + first
          + "' in line "
          + firstLine
          + " is none; "
          + fix(first);
    }
    texts++;
    if (NumberStyle.isNear(text)) {
      near++;
      if (categories.isEmpty()) {
        return "'" + text + "' is not a finite number; " + fix(text);
      }
    }
    return null;
  }

  private String fix(String text) {
    String written = numbers.fix(text);
    String categorical = "declare the column categorical (--categorical " + quoted(name) + ")";
    return written != null
        ? written + ", or " + categorical
        : "correct it, count it as missing (--na " + quoted(text) + "), or " + categorical;
  }

  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_.]+") ? text : "'" + text + "'";
  }

  @Override
  public Column finish() {
    if (kind == Kind.TEXT) {
      boolean dashes = categories.stream().allMatch(NumberStyle::isDash);
      if (dashes || 2 * near >= texts) {
        String odd =
            dashes
                ? categories.get(0)
                : categories.stream().filter(NumberStyle::isNear).findFirst().orElseThrow();
        throw new IllegalArgumentException(
            (dashes ? "holds nothing but '" : "most values look like numbers and are none, as '")
                + odd
                + "'; "
                + fix(odd));
      }
    }
    boolean categorical = kind == Kind.TEXT || kind == Kind.CATEGORIES;
    return new Column(Arrays.copyOf(values, rows), categorical ? List.copyOf(categories) : null);
  }
}
