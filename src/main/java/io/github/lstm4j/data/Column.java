package io.github.lstm4j.data;

import java.math.BigDecimal;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * One column. A category is held as its number in {@code categories}, which is null for numbers and
 * times; NaN is a missing value. A time is held in seconds.
 */
final class Column {
  final double[] values;
  final List<String> categories;
  final TimeFormat time; // null: no times
  final int[] offsets; // of the clock from UTC, seconds; null: 0

  private Column(double[] values, List<String> categories, TimeFormat time, int[] offsets) {
    this.values = values;
    this.categories = categories;
    this.time = time;
    this.offsets = offsets;
  }

  /** Numbers, or categories if they are not null. */
  Column(double[] values, List<String> categories) {
    this(values, categories, null, null);
  }

  /** Times. */
  Column(double[] values, TimeFormat time, int[] offsets) {
    this(values, null, time, offsets);
  }

  boolean isNumbers() {
    return categories == null && time == null;
  }

  /** These rows; −1 is a missing value. */
  Column rows(int[] rows) {
    double[] moved = new double[rows.length];
    Arrays.setAll(moved, i -> rows[i] < 0 ? Double.NaN : values[rows[i]]);
    int[] clocks =
        offsets == null ? null : Arrays.stream(rows).map(r -> r < 0 ? 0 : offsets[r]).toArray();
    return new Column(moved, categories, time, clocks);
  }

  /** Values that are ordered as the column is: of categories, as their texts are. */
  double[] ranks() {
    if (categories == null) {
      return values;
    }
    Map<String, Integer> ranks = new HashMap<>();
    categories.stream().sorted().forEach(category -> ranks.put(category, ranks.size()));
    int[] rank = categories.stream().mapToInt(ranks::get).toArray();
    return Arrays.stream(values)
        .map(code -> Double.isNaN(code) ? code : rank[(int) code])
        .toArray();
  }

  /** The mean of the numbers that are known in each group. */
  Column means(int[] groupOf, int groups) {
    double[] sums = new double[groups];
    int[] known = new int[groups];
    for (int row = 0; row < values.length; row++) {
      if (!Double.isNaN(values[row])) {
        sums[groupOf[row]] += values[row];
        known[groupOf[row]]++;
      }
    }
    Arrays.setAll(sums, g -> known[g] == 0 ? Double.NaN : sums[g] / known[g]);
    return new Column(sums, null);
  }

  /** A value as a text; null if it is missing. */
  String text(int row) {
    double value = values[row];
    if (Double.isNaN(value)) {
      return null;
    }
    return categories != null
        ? categories.get((int) value)
        : time != null ? time.format(value) : plain(value);
  }

  /** All digits, without an exponent as long as it can be read: 7, and 1700000012.25. */
  private static String plain(double value) {
    double size = Math.abs(value);
    if (value == Math.rint(value) && size < 1e15) {
      return Long.toString((long) value);
    }
    String digits = Double.toString(value);
    return size >= 1e7 && size < 1e15 ? new BigDecimal(digits).toPlainString() : digits;
  }
}
