package io.github.lstm4j.tasks;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** The rows of each of N sequences: some that follow each other. */
final class Spans {
  private final int[] first;
  private final int[] length;
  private final int cut;

  /**
   * @param first the first row of each
   * @param length how many rows of each
   * @param cut how many of them are the last rows of something longer
   */
  private Spans(int[] first, int[] length, int cut) {
    this.first = first;
    this.length = length;
    this.cut = cut;
  }

  /** The first row of a sequence. */
  int first(int n) {
    return first[n];
  }

  /** How many rows a sequence has. */
  int length(int n) {
    return length[n];
  }

  /** How many rows the longest has; 0 if there is none. */
  int longest() {
    return Arrays.stream(length).max().orElse(0);
  }

  /** How many rows the shortest has; 0 if there is none. */
  int shortest() {
    return Arrays.stream(length).min().orElse(0);
  }

  /** How many of them are the last rows of something longer. */
  int cut() {
    return cut;
  }

  int size() {
    return first.length;
  }

  int lastRow(int n) {
    return first[n] + length[n] - 1;
  }

  int rows() {
    return Arrays.stream(length).sum();
  }

  /** Those of these numbers. */
  Spans some(int[] numbers) {
    return new Spans(
        Arrays.stream(numbers).map(n -> first[n]).toArray(),
        Arrays.stream(numbers).map(n -> length[n]).toArray(),
        cut);
  }

  /** Windows of equal length. */
  static Spans windows(Windows windows, int rows, List<Range> within) {
    int[] starts =
        within.stream().flatMapToInt(r -> Arrays.stream(windows.starts(rows, r))).toArray();
    int[] lengths = new int[starts.length];
    Arrays.fill(lengths, windows.length());
    return new Spans(starts, lengths, 0);
  }

  /** The ranges in which a column has one value; rows of one value lie together. */
  static List<Range> groups(Table table, String column) {
    List<Range> groups = new ArrayList<>();
    int from = 0;
    for (int row = 1; row <= table.rows(); row++) {
      if (row == table.rows() || !table.text(column, row).equals(table.text(column, row - 1))) {
        groups.add(new Range(from, row));
        from = row;
      }
    }
    return groups;
  }

  /**
   * Groups that lie wholly in one of these ranges, which do not overlap.
   *
   * @param longest only the last so many rows of each
   */
  static Spans whole(List<Range> groups, List<Range> within, int longest) {
    List<Range> ranges = within.stream().sorted((a, b) -> a.from() - b.from()).toList();
    List<Range> inside = new ArrayList<>();
    int at = 0;
    for (Range group : groups) {
      while (at < ranges.size() && ranges.get(at).to() < group.to()) {
        at++;
      }
      if (at < ranges.size() && ranges.get(at).from() <= group.from()) {
        inside.add(group);
      }
    }
    int[] lengths = inside.stream().mapToInt(g -> Math.min(g.size(), longest)).toArray();
    int[] firsts =
        IntStream.range(0, lengths.length).map(n -> inside.get(n).to() - lengths[n]).toArray();
    int cut = (int) inside.stream().filter(g -> g.size() > longest).count();
    return new Spans(firsts, lengths, cut);
  }
}
