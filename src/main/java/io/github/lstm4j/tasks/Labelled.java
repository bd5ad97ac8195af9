package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import java.util.stream.IntStream;

/** What there is one label for. */
public enum Labelled {
  /** A group of rows. */
  GROUP,
  /** Each row of a group, given those before it. */
  ROW,
  /** A window: the label of its last row. */
  WINDOW;

  /**
   * The row in which the label of each sequence is; −1 if it is not known. Where each row has its
   * own, those of all rows of all sequences, one after the other.
   *
   * @param group the column of the groups, or null
   * @throws IllegalArgumentException if a group has two labels, or a row that needs one has none
   */
  int[] rows(Table table, String label, String group, Spans spans) {
    return IntStream.range(0, spans.size())
        .flatMap(
            n ->
                switch (this) {
                  case GROUP -> IntStream.of(ofGroup(table, label, group, spans, n));
                  case ROW -> ofRows(table, label, spans, n);
                  case WINDOW -> IntStream.of(known(table, label, spans.lastRow(n)));
                })
        .toArray();
  }

  private static int known(Table table, String label, int row) {
    return ClassLabel.text(table, label, row) == null ? -1 : row;
  }

  private static int ofGroup(Table table, String label, String group, Spans spans, int n) {
    int found = -1;
    String text = null;
    for (int row = spans.first(n); row <= spans.lastRow(n); row++) {
      String here = ClassLabel.text(table, label, row);
      if (here != null && text != null && !here.equals(text)) {
        throw new IllegalArgumentException(
            table.where(row, label)
                + ": group "
                + Printable.text(
                    table.text(group, row) + " is '" + here + "' here and '" + text + "' above")
                + "; a group has one label, or each row its own: --per-step");
      }
      if (here != null) {
        text = here;
        found = row;
      }
    }
    return found;
  }

  private static IntStream ofRows(Table table, String label, Spans spans, int n) {
    for (int row = spans.first(n); row <= spans.lastRow(n); row++) {
      if (known(table, label, row) < 0) {
        throw new IllegalArgumentException(
            table.where(row, label) + ": the label is missing; with one a row each row needs it");
      }
    }
    return IntStream.rangeClosed(spans.first(n), spans.lastRow(n));
  }
}
