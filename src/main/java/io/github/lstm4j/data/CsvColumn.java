package io.github.lstm4j.data;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** A column while it is read: fields go in as text, and collect as numbers or categories. */
final class CsvColumn {
  final String name;
  final int index; // of the field in a row

  private final Set<String> missing;
  private final Map<String, Integer> codes = new LinkedHashMap<>();
  private boolean categorical;
  private boolean decided;
  private double[] values = new double[256];
  private int rows;

  CsvColumn(String name, int index, Set<String> missing, boolean categorical) {
    this.name = name;
    this.index = index;
    this.missing = missing;
    this.categorical = categorical;
    this.decided = categorical;
  }

  /** Adds a field; says what is wrong with it, or null. */
  String add(String field) {
    String text = field.strip();
    double value = Double.NaN;
    if (!missing.contains(text)) {
      if (!categorical) {
        value = number(text);
      }
      if (!decided) {
        categorical = Double.isNaN(value);
        decided = true;
      }
      if (categorical) {
        Integer code = codes.putIfAbsent(text, codes.size());
        value = code == null ? codes.size() - 1 : code;
      } else if (Double.isNaN(value)) {
        return "'"
            + text
            + "' is not a finite number; correct it, add it to the missing-value markers, or"
            + " declare the column categorical";
      }
    }
    if (rows == values.length) {
      values = Arrays.copyOf(values, 2 * rows);
    }
    values[rows++] = value;
    return null;
  }

  Table.Column finish() {
    return new Table.Column(
        Arrays.copyOf(values, rows), categorical ? List.copyOf(codes.keySet()) : null);
  }

  /**
   * The finite decimal number, or NaN. Java's own suffixes and hexadecimal forms are no numbers.
   */
  private static double number(String text) {
    char last = text.isEmpty() ? 'x' : text.charAt(text.length() - 1);
    if ((last != '.' && (last < '0' || last > '9')) || text.indexOf('x') >= 0) {
      return Double.NaN;
    }
    try {
      double value = Double.parseDouble(text);
      return Double.isInfinite(value) ? Double.NaN : value;
    } catch (NumberFormatException e) {
      return Double.NaN;
    }
  }
}
