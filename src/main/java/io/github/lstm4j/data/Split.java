package io.github.lstm4j.data;

import java.util.ArrayList;
import java.util.List;

/**
 * Rows in the order of time, cut into three parts: train on the past, validate on what follows,
 * test on the newest. Never shuffled.
 *
 * @param train the rows to fit on
 * @param validation the rows to decide on (early stopping, settings)
 * @param test the rows to judge by
 */
public record Split(Range train, Range validation, Range test) {

  /**
   * Rows {@code from} (inclusive) to {@code to} (exclusive).
   *
   * @param from the first row
   * @param to one past the last row
   */
  public record Range(int from, int to) {
    /** Checks 0 ≤ from ≤ to. */
    public Range {
      if (from < 0 || to < from) {
        throw new IllegalArgumentException("no range of rows: " + from + " to " + to);
      }
    }

    private Range from(int row) {
      return new Range(row + from, row + to);
    }

    /** The number of rows. */
    public int size() {
      return to - from;
    }
  }

  /**
   * Cuts {@code rows} rows at two row numbers.
   *
   * @param validationFrom the first validation row: training ends before it
   * @param testFrom the first test row: validation ends before it
   */
  public static Split at(int rows, int validationFrom, int testFrom) {
    return new Split(
        new Range(0, validationFrom),
        new Range(validationFrom, testFrom),
        new Range(testFrom, rows));
  }

  /** The same parts of rows that lie further down. */
  public Split from(int row) {
    return new Split(train.from(row), validation.from(row), test.from(row));
  }

  /**
   * Cuts each {@linkplain Table#bySeries series} of a table by itself, as {@link #fractions(int,
   * double, double)} does.
   *
   * @return one for each series, of rows of the table
   */
  public static List<Split> fractions(Table table, double validation, double test) {
    List<Split> splits = new ArrayList<>();
    int from = 0;
    for (int row = 1; row <= table.rows(); row++) {
      if (row == table.rows() || table.series(row) != table.series(from)) {
        splits.add(fractions(row - from, validation, test).from(from));
        from = row;
      }
    }
    return splits;
  }

  /**
   * Cuts by fractions of the rows, each part's border rounded down: the last {@code test} of the
   * rows test, {@code validation} of them before that validate, the others train.
   *
   * @throws IllegalArgumentException if a fraction is negative or nothing is left to train on
   */
  public static Split fractions(int rows, double validation, double test) {
    if (!(validation >= 0 && test >= 0 && validation + test < 1)) {
      throw new IllegalArgumentException(
          "fractions must be at least 0 and leave some rows to train on; got validation "
              + validation
              + ", test "
              + test);
    }
    // 1e-9: 0.7 + 0.2 of 10 rows is row 9, though the sum in doubles falls short of it
    int validationFrom = (int) Math.floor(rows * (1 - validation - test) + 1e-9);
    int testFrom = (int) Math.floor(rows * (1 - test) + 1e-9);
    return at(rows, validationFrom, testFrom);
  }
}
