package io.github.lstm4j.data;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.IntStream;

/** The values of some columns of a row as one key: equal for equal numbers, times and texts. */
final class Keys {
  private final List<Column> columns;

  Keys(List<Column> columns) {
    this.columns = columns;
  }

  /** The key of a row; a missing value is a key of its own. */
  Object of(int row) {
    List<Object> key = new ArrayList<>(columns.size());
    for (Column column : columns) {
      double value = column.values[row];
      boolean text = column.categories != null && !Double.isNaN(value);
      key.add(text ? column.categories.get((int) value) : (Object) (value + 0.0)); // -0 is 0
    }
    return key;
  }

  /**
   * Which rows have the same key.
   *
   * @param outer whether rows that match none are there too, with −1
   * @return ours and theirs, as many
   */
  int[][] matches(int rows, Keys other, int otherRows, boolean outer) {
    Map<Object, List<Integer>> found = new HashMap<>();
    for (int row = 0; row < otherRows; row++) {
      found.computeIfAbsent(other.of(row), k -> new ArrayList<>()).add(row);
    }
    IntStream.Builder ours = IntStream.builder();
    IntStream.Builder theirs = IntStream.builder();
    List<Integer> none = outer ? List.of(-1) : List.of();
    for (int row = 0; row < rows; row++) {
      for (int match : found.getOrDefault(of(row), none)) {
        ours.add(row);
        theirs.add(match);
      }
    }
    return new int[][] {ours.build().toArray(), theirs.build().toArray()};
  }

  /** For each row the last of the others with its key that is not later, −1 if there is none. */
  int[] last(double[] times, Keys other, double[] otherTimes) {
    Map<Object, TreeMap<Double, Integer>> found = new HashMap<>();
    for (int row = 0; row < otherTimes.length; row++) {
      // of several at one time the last
      found.computeIfAbsent(other.of(row), k -> new TreeMap<>()).put(otherTimes[row], row);
    }
    int[] rows = new int[times.length];
    for (int row = 0; row < rows.length; row++) {
      TreeMap<Double, Integer> same = found.get(of(row));
      Map.Entry<Double, Integer> last = same == null ? null : same.floorEntry(times[row]);
      rows[row] = last == null ? -1 : last.getValue();
    }
    return rows;
  }
}
