package io.github.lstm4j.data;

import java.time.ZoneId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * A column of times while it is read. Where the format is not given, all that the first text may be
 * of are kept, and each text leaves those that can read it; at the end one must be left.
 */
final class TimeColumn implements ColumnReader {
  private static final double EPOCH_FROM = 1e8; // seconds: 1973
  private static final double EPOCH_TO = 1e11;

  /** A format that has read all texts so far, and what it made of them. */
  private static final class Candidate {
    TimeFormat format;
    ZoneId zone; // of the first time
    double[] seconds = new double[256];
    int[] offsets; // null: all are the first one
    int offset;

    Candidate(TimeFormat format) {
      this.format = format;
    }

    void set(int row, TimeFormat.Time time, boolean first) {
      if (row == seconds.length) {
        seconds = Arrays.copyOf(seconds, 2 * row);
        offsets = offsets == null ? null : Arrays.copyOf(offsets, 2 * row);
      }
      seconds[row] = time == null ? Double.NaN : time.seconds();
      if (time == null) {
        return;
      }
      if (first) {
        zone = time.zone();
        offset = time.offset();
      }
      if (offsets == null && time.offset() != offset) {
        offsets = new int[seconds.length];
        Arrays.fill(offsets, offset);
      }
      if (offsets != null) {
        offsets[row] = time.offset();
      }
    }
  }

  private final NumberStyle numbers;
  private final Set<String> missing;
  private List<Candidate> candidates = new ArrayList<>();
  private final boolean given;
  private String first; // null: none yet
  private int rows;

  /**
   * A column of no rows yet.
   *
   * @param pattern the format's; empty: to be found
   */
  TimeColumn(String pattern, NumberStyle numbers, Set<String> missing) {
    this.numbers = numbers;
    this.missing = missing;
    this.given = !pattern.isEmpty();
    if (given) {
      candidates.add(new Candidate(TimeFormat.of(pattern)));
    }
  }

  @Override
  public String add(String field, int line) {
    String text = field.strip();
    if (missing.contains(text)) {
      candidates.forEach(c -> c.set(rows, null, false));
      rows++;
      return null;
    }
    boolean isFirst = first == null;
    if (isFirst) {
      first = text;
      if (!given) {
        guess(text);
      }
    }
    List<Candidate> left = new ArrayList<>(candidates.size());
    for (Candidate candidate : candidates) {
      TimeFormat.Time time = candidate.format.read(text, numbers);
      if (time != null) {
        candidate.set(rows, time, isFirst);
        left.add(candidate);
      }
    }
    if (candidates.stream().anyMatch(c -> c.format.hasDate())
        && left.stream().noneMatch(c -> c.format.hasDate())) {
      left = List.of(); // 20230230 among dates is a wrong date, and does not make numbers of them
    }
    if (left.isEmpty() && !given) {
      left = longer(text);
    }
    if (left.isEmpty()) {
      return problem(text);
    }
    candidates = left;
    rows++;
    return null;
  }

  private void guess(String text) {
    for (String pattern : TimeGuess.patterns(text)) {
      candidates.add(new Candidate(TimeFormat.of(pattern)));
    }
    if (!Double.isNaN(numbers.parse(text))) {
      candidates.add(new Candidate(TimeFormat.of(TimeFormat.NUMBER)));
    }
    for (Candidate candidate : candidates) {
      for (int row = 0; row < rows; row++) {
        candidate.set(row, null, false);
      }
    }
  }

  /** Some programs leave the time of midnight out: a date alone may begin the column. */
  private List<Candidate> longer(String text) {
    List<Candidate> left = new ArrayList<>();
    for (Candidate candidate : candidates) {
      for (String pattern : TimeGuess.patterns(text)) {
        TimeFormat format = TimeFormat.of(pattern);
        TimeFormat.Time begin = format.read(first, numbers);
        if (pattern.startsWith(candidate.format.pattern())
            && begin != null
            && begin.zone() == null) {
          candidate.format = format;
          candidate.set(rows, format.read(text, numbers), false);
          left.add(candidate);
          break;
        }
      }
    }
    return left;
  }

  private String problem(String text) {
    String fix = "give the format with --time-format, such as 'dd.MM.yyyy HH:mm'";
    if (candidates.isEmpty()) {
      return "'" + text + "' is no time that is known; " + fix;
    }
    String pattern = TimeFormat.shown(candidates.get(0).format.pattern());
    return given
        ? "'"
            + text
            + "' is no time in the format "
            + pattern
            + "; give the right one with"
            + " --time-format"
        : "'"
            + text
            + "' is no time like '"
            + first
            + "' ("
            + pattern
            + "); correct it, or "
            + (Double.isNaN(numbers.parse(first))
                ? fix
                : "give --time-format number if these are no dates");
  }

  @Override
  public Column finish() {
    if (candidates.isEmpty()) { // nothing but missing values
      double[] none = new double[rows];
      Arrays.fill(none, Double.NaN);
      return new Column(none, null);
    }
    Candidate chosen = candidates.get(0);
    for (Candidate other : candidates) {
      if (other.format.hasDate()
          && !Arrays.equals(other.seconds, 0, rows, chosen.seconds, 0, rows)) {
        throw new IllegalArgumentException(
            "'"
                + first
                + "' and all other times may be "
                + TimeFormat.shown(chosen.format.pattern())
                + " or "
                + TimeFormat.shown(other.format.pattern())
                + "; say which with --time-format");
      }
    }
    double[] seconds = Arrays.copyOf(chosen.seconds, rows);
    TimeFormat format = chosen.format.in(chosen.zone);
    if (!given && !format.hasDate()) {
      format = epoch(seconds);
    }
    int[] offsets = chosen.offsets == null ? null : Arrays.copyOf(chosen.offsets, rows);
    if (offsets == null && chosen.offset != 0) {
      offsets = new int[rows];
      Arrays.fill(offsets, chosen.offset);
    }
    return new Column(seconds, format, offsets);
  }

  /** Numbers that lie where the seconds, milliseconds, … since 1970 are today are those. */
  private static TimeFormat epoch(double[] numbers) {
    double least = Arrays.stream(numbers).filter(v -> !Double.isNaN(v)).min().orElse(0);
    double most = Arrays.stream(numbers).filter(v -> !Double.isNaN(v)).max().orElse(0);
    double unit = 1;
    for (String name : List.of("epoch-seconds", "epoch-millis", "epoch-micros", "epoch-nanos")) {
      if (least >= EPOCH_FROM * unit && most < EPOCH_TO * unit) {
        double perSecond = unit;
        Arrays.setAll(numbers, row -> numbers[row] / perSecond);
        return TimeFormat.of(name);
      }
      unit *= 1e3;
    }
    return TimeFormat.of(TimeFormat.NUMBER);
  }
}
