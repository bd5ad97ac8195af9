package io.github.lstm4j.report;

import java.math.BigDecimal;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/**
 * An axis of a chart: from where to where, and what is written along it.
 *
 * @param kind what its values are
 * @param from the value at its beginning
 * @param to the value at its end, greater than {@code from}
 * @param ticks what is written along it
 * @param name what it measures; may be empty
 */
record Axis(Kind kind, double from, double to, List<Tick> ticks, String name) {
  /** What an axis's values are. */
  enum Kind {
    /** Numbers. */
    NUMBERS,
    /** Whole numbers: epochs, steps. */
    WHOLE,
    /** Powers of 2, by their exponents. */
    POWERS,
    /** Seconds since 1970, without a zone. */
    TIME,
    /** The numbers, from 0, of things that have names. */
    NAMES
  }

  /** A text at a value. */
  record Tick(double at, String text) {}

  private static final int DAY = 86_400;
  private static final int[] STEPS = {
    1, 5, 15, 30, 60, 300, 900, 1800, 3600, 3 * 3600, 6 * 3600, 12 * 3600, DAY, 2 * DAY, 7 * DAY,
    14 * DAY
  };
  private static final int[] MONTHS = {1, 2, 3, 6, 12, 24, 60, 120, 240, 600, 1200};
  private static final double LATEST = 2.5e11; // the year 9891: what a date can be drawn for

  /** Numbers, with ticks at both ends. */
  static Axis numbers(double from, double to, String name) {
    boolean any = from <= to;
    Ticks ticks = Ticks.around(any ? from : 0, any ? to : 1, 5);
    return new Axis(
        Kind.NUMBERS,
        ticks.first(),
        ticks.last(),
        ticks.values().stream().map(v -> new Tick(v, ticks.label(v))).toList(),
        name);
  }

  /** Whole numbers, with some room at both ends. */
  static Axis whole(double from, double to, String name) {
    double room = Math.max(0.5, 0.01 * (to - from));
    Ticks ticks = Ticks.around(from, Math.max(to, from + 1), 8);
    return new Axis(
        Kind.WHOLE,
        from - room,
        to + room,
        ticks.values().stream()
            .filter(v -> v >= from && v <= to && v == Math.rint(v))
            .map(v -> new Tick(v, String.valueOf((long) (double) v)))
            .toList(),
        name);
  }

  /**
   * A logarithmic axis.
   *
   * @param from the binary logarithm of the value at its beginning
   * @param base of what is written along it
   */
  static Axis powers(double from, double to, int base, String name) {
    double each = Math.log(base) / Math.log(2);
    double room = Math.max(0.5, 0.02 * (to - from));
    double first = Math.ceil((from - room) / each);
    double last = Math.floor((to + room) / each);
    double every = Math.ceil((last - first + 1) / 13);
    List<Tick> ticks = new ArrayList<>();
    for (double k = first; k <= last; k += every) {
      double value = Math.pow(base, k);
      ticks.add(new Tick(k * each, BigDecimal.valueOf(value).stripTrailingZeros().toPlainString()));
    }
    return new Axis(Kind.POWERS, from - room, to + room, ticks, name);
  }

  /** Times; numbers where they are none that a calendar has. */
  static Axis times(double from, double to, String name) {
    if (!(from >= -LATEST && to <= LATEST)) {
      return numbers(from, to, name);
    }
    double room = to > from ? 0.005 * (to - from) : 1;
    return new Axis(Kind.TIME, from - room, to + room, timeTicks(from, Math.max(to, from)), name);
  }

  private static List<Tick> timeTicks(double from, double to) {
    List<Tick> ticks = new ArrayList<>();
    double range = to - from;
    for (int step : STEPS) {
      if (range / step <= 8) {
        String form = step >= DAY ? "uuuu-MM-dd" : step < 60 ? "HH:mm:ss" : "MM-dd HH:mm";
        for (double t = Math.ceil(from / step) * step; t <= to; t += step) {
          ticks.add(new Tick(t, text(t, form)));
        }
        return ticks;
      }
    }
    for (int months : MONTHS) {
      if (range / (months * 30.4 * DAY) <= 8) {
        LocalDateTime t = at(from).toLocalDate().withDayOfMonth(1).atStartOfDay();
        t = t.minusMonths(Math.floorMod(t.getYear() * 12 + t.getMonthValue() - 1, months));
        for (; seconds(t) <= to; t = t.plusMonths(months)) {
          if (seconds(t) >= from) {
            ticks.add(new Tick(seconds(t), text(seconds(t), months < 12 ? "uuuu-MM" : "uuuu")));
          }
        }
        return ticks;
      }
    }
    return ticks;
  }

  private static LocalDateTime at(double seconds) {
    return LocalDateTime.ofEpochSecond((long) Math.floor(seconds), 0, ZoneOffset.UTC);
  }

  private static double seconds(LocalDateTime t) {
    return t.toEpochSecond(ZoneOffset.UTC);
  }

  private static String text(double seconds, String form) {
    return DateTimeFormatter.ofPattern(form, Locale.ROOT).format(at(seconds));
  }

  /** A slot for each name. */
  static Axis names(List<String> names, String name) {
    return new Axis(
        Kind.NAMES,
        -0.5,
        Math.max(1, names.size()) - 0.5,
        IntStream.range(0, names.size()).mapToObj(i -> new Tick(i, names.get(i))).toList(),
        name);
  }

  /** With other texts along it. */
  Axis withTicks(List<Tick> others) {
    return new Axis(kind, from, to, others, name);
  }

  /** With other ends. */
  Axis within(double newFrom, double newTo) {
    return new Axis(kind, newFrom, newTo, ticks, name);
  }

  /** How far along the axis a value lies, 0 at its beginning and 1 at its end. */
  double share(double value) {
    return (value - from) / (to - from);
  }
}
