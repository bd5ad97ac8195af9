package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;

/** What a model is to learn from a table. {@link #fit} learns the rest from the training rows. */
public sealed interface TaskSetup permits ForecastSetup, SequenceSetup, AnomalySetup {
  /** Which columns go in, and how. */
  InputSetup inputs();

  /**
   * Reads the columns that are needed; rows are left out already here if a missing value drops its
   * row, so that fractions of the table are fractions of what is left.
   *
   * @throws IllegalArgumentException if a column is missing, or what must be numbers is none
   */
  Table read(Path csv) throws IOException;

  /**
   * Which rows train, validate and test, in ranges of the whole table; see {@link
   * InputSetup#splits}.
   *
   * @param validation the fraction that validates
   * @param test the fraction that tests
   */
  default List<Split> splits(Table table, double validation, double test) {
    return inputs().splits(table, validation, test);
  }

  /**
   * Learns categories, scales and the time step from the training rows, and nothing from others.
   *
   * @param train the rows to learn from, in parts
   */
  Task fit(Table table, List<Range> train);

  /** As {@link #fit(Table, List)}, from rows that lie together. */
  default Task fit(Table table, Range train) {
    return fit(table, List.of(train));
  }
}
