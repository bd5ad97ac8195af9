package io.github.lstm4j.data;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.io.Printable;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How far rows that follow each other lie apart: so many seconds, or so many days, business days or
 * months of the calendar. Friday and Monday are one business day apart, 31 January and 28 February
 * one month. Immutable.
 *
 * @param count how many
 * @param unit of what
 */
public record TimeStep(double count, Unit unit) {

  /** What is counted. */
  public enum Unit {
    /** Seconds, or the unit of a column of numbers. */
    SECONDS(1),
    /** Days by the clock, of 23 to 25 hours. */
    DAYS(86_400),
    /** Days from Monday to Friday. */
    BUSINESS_DAYS(86_400),
    /** Months, whichever day of them. */
    MONTHS(30.436_875 * 86_400);

    private final double seconds;

    Unit(double seconds) {
      this.seconds = seconds;
    }
  }

  private static final Pattern TEXT =
      Pattern.compile("(\\d+(?:\\.\\d+)?)? ?([a-z-]*)", Pattern.CASE_INSENSITIVE);
  private static final String BUSINESS_DAY = "business-day";
  private static final double DAY = 86_400;

  /** Checks that the count is positive, and a whole number of days and months. */
  public TimeStep {
    boolean whole = count == Math.rint(count) && count <= 1_000_000;
    if (!(count > 0) || Double.isInfinite(count) || (unit != Unit.SECONDS && !whole)) {
      throw new IllegalArgumentException("expected a step greater than 0, got " + count);
    }
    if (unit == Unit.BUSINESS_DAYS && count != 1) {
      throw new IllegalArgumentException("expected one business day, got " + count);
    }
  }

  /**
   * The season of rows that lie so far apart, in rows: a day where the step is shorter, a week of
   * days, a year of weeks, months or quarters. 0 where none is known.
   */
  public int season() {
    return switch (unit) {
      case DAYS -> count == 1 ? 7 : count == 7 ? 52 : 0;
      case BUSINESS_DAYS -> 5;
      case MONTHS -> 12 % count == 0 && count < 12 ? (int) (12 / count) : 0;
      case SECONDS -> {
        double perDay = DAY / count;
        boolean whole = Math.abs(perDay - Math.rint(perDay)) < 1e-6 * perDay;
        yield perDay > 1 + 1e-6
            ? (whole && count >= 1 ? (int) Math.rint(perDay) : 0)
            : Math.abs(count - DAY) < 1e-6 * DAY
                ? 7
                : Math.abs(count - 7 * DAY) < 1e-6 * DAY ? 52 : 0;
      }
    };
  }

  /** So many seconds, or units of a column of numbers. */
  public static TimeStep seconds(double seconds) {
    return new TimeStep(seconds, Unit.SECONDS);
  }

  /**
   * A step as people write it: {@code 30s}, {@code 10min}, {@code 1h}, {@code 1d}, {@code 1week},
   * {@code 1month}, {@code 1quarter}, {@code 1year}, {@code business-day}; a number alone counts
   * seconds, or the units of a column of numbers.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static TimeStep of(String text) {
    Matcher parts = TEXT.matcher(text.strip());
    if (parts.matches() && !text.isBlank()) {
      double count = parts.group(1) == null ? 1 : Double.parseDouble(parts.group(1));
      String unit = parts.group(2).toLowerCase(Locale.ROOT);
      try {
        switch (unit) {
          case "", "s", "sec", "second", "seconds" -> {
            return seconds(count);
          }
          case "ms" -> {
            return seconds(count / 1000);
          }
          case "min", "minute", "minutes" -> {
            return seconds(60 * count);
          }
          case "h", "hour", "hours" -> {
            return seconds(3600 * count);
          }
          case "d", "day", "days" -> {
            return new TimeStep(count, Unit.DAYS);
          }
          case "w", "week", "weeks" -> {
            return new TimeStep(7 * count, Unit.DAYS);
          }
          case BUSINESS_DAY -> {
            return new TimeStep(count, Unit.BUSINESS_DAYS);
          }
          case "month", "months" -> {
            return new TimeStep(count, Unit.MONTHS);
          }
          case "quarter", "quarters" -> {
            return new TimeStep(3 * count, Unit.MONTHS);
          }
          case "y", "year", "years" -> {
            return new TimeStep(12 * count, Unit.MONTHS);
          }
          default -> {
            // told below
          }
        }
      } catch (IllegalArgumentException e) {
        // told below
      }
    }
    throw new IllegalArgumentException(
        "expected a step such as 10min, 1h, 1d, 1week, 1month, 1year or business-day, got '"
            + Printable.text(text)
            + "'");
  }

  /**
   * The median distance of rows that follow each other; a step of the calendar if rows lie so
   * apart: one month or one quarter, some of which may lack, or days by the clock where it was set
   * forwards or backwards.
   *
   * @param time the column of times, which {@linkplain TimeOrder#check go forwards}
   * @param parts the rows to look at, in parts of neighbours
   * @return null if there are no two rows
   */
  public static TimeStep fit(Table table, String time, List<Range> parts) {
    double[] times = table.times(time);
    double[] steps = new double[parts.stream().mapToInt(r -> Math.max(0, r.size() - 1)).sum()];
    double[] local = table.localTimes(time);
    int n = 0;
    double[] months = new double[steps.length];
    for (Range part : parts) {
      for (int row = part.from() + 1; row < part.to(); row++) {
        months[n] = month(local[row]) - month(local[row - 1]);
        steps[n++] = times[row] - times[row - 1];
      }
    }
    if (n == 0) {
      return null;
    }
    Arrays.sort(steps);
    double step = steps[n / 2];
    if (step <= 0) {
      return null;
    }
    boolean unequal = steps[n - 1] - steps[0] > 0.01 * step;
    if (table.timeFormat(time).hasDate()) {
      Arrays.sort(months);
      boolean same = months[n - 1] == months[0];
      if (months[0] > 0 && unequal && n > 1 && (same || areAtOneDay(local, parts))) {
        return new TimeStep(months[n / 2], Unit.MONTHS);
      }
      if (table.changesClock(time) && step % DAY == 0) {
        return new TimeStep(step / DAY, Unit.DAYS);
      }
    }
    return seconds(step);
  }

  /** Whether all rows are at the same day of the month, or at the end of shorter ones. */
  private static boolean areAtOneDay(double[] local, List<Range> parts) {
    int latest = 1;
    for (Range part : parts) {
      for (int row = part.from(); row < part.to(); row++) {
        latest = Math.max(latest, date(local[row]).getDayOfMonth());
      }
    }
    for (Range part : parts) {
      for (int row = part.from(); row < part.to(); row++) {
        LocalDate date = date(local[row]);
        if (date.getDayOfMonth() != Math.min(latest, date.lengthOfMonth())) {
          return false;
        }
      }
    }
    return true;
  }

  /** About how many seconds it is. */
  public double seconds() {
    return count * unit.seconds;
  }

  /** A break wherever a row does not lie one step after the row above it. */
  public Segments segments(Table table, String time) {
    if (unit == Unit.SECONDS) {
      return Segments.byTime(table.times(time), count);
    }
    double[] local = table.localTimes(time);
    if (unit == Unit.DAYS) {
      return Segments.byTime(local, count * DAY);
    }
    double[] places = new double[local.length];
    Arrays.setAll(places, row -> unit == Unit.MONTHS ? month(local[row]) : businessDay(local[row]));
    return Segments.byTime(places, count);
  }

  private static LocalDate date(double local) {
    return LocalDate.ofEpochDay((long) Math.floor(local / DAY));
  }

  private static long month(double local) {
    // a counter is no date; its months mean nothing, and must only not fail
    if (Math.abs(local) > 1e14) {
      return 0;
    }
    LocalDate date = date(local);
    return date.getYear() * 12L + date.getMonthValue();
  }

  /** Business days since a Monday; a Saturday or Sunday lies half a day off all of them. */
  private static double businessDay(double local) {
    LocalDate date = date(local);
    long week = Math.floorDiv(date.toEpochDay() + 3, 7);
    int day = date.getDayOfWeek().getValue() - 1;
    return day < 5 ? week * 5 + day : week * 5 + 4.5;
  }

  /** The time that many steps after another. */
  public double after(double seconds, int steps, TimeFormat format) {
    if (unit == Unit.SECONDS) {
      return seconds + steps * count;
    }
    ZoneId zone = format.zone();
    long whole = (long) Math.floor(seconds);
    LocalDateTime time = LocalDateTime.ofInstant(Instant.ofEpochSecond(whole), zone);
    long n = steps * (long) count;
    LocalDateTime then =
        switch (unit) {
          case SECONDS, DAYS -> time.plusDays(n);
          case BUSINESS_DAYS -> businessDays(time, n);
          case MONTHS -> months(time, n);
        };
    return then.atZone(zone).toEpochSecond() + (seconds - whole);
  }

  private static LocalDateTime businessDays(LocalDateTime time, long n) {
    LocalDateTime then = time;
    for (long left = n; left > 0; ) {
      then = then.plusDays(1);
      left -= then.getDayOfWeek().getValue() <= 5 ? 1 : 0;
    }
    return then;
  }

  /** The end of a month stays the end of one. */
  private static LocalDateTime months(LocalDateTime time, long n) {
    LocalDateTime then = time.plusMonths(n);
    boolean end = time.getDayOfMonth() == time.toLocalDate().lengthOfMonth();
    return end ? then.withDayOfMonth(then.toLocalDate().lengthOfMonth()) : then;
  }

  /**
   * A line that says so if rows of every day have gaps at weekends only; else null.
   *
   * @param time the column of times
   */
  public String hint(Table table, String time) {
    boolean daily = unit == Unit.DAYS ? count == 1 : unit == Unit.SECONDS && count == DAY;
    if (!daily || !table.timeFormat(time).hasDate()) {
      return null;
    }
    Segments gaps = segments(table, time).and(table.segments());
    Segments left = new TimeStep(1, Unit.BUSINESS_DAYS).segments(table, time).and(table.segments());
    return gaps.count() > left.count()
        ? "column "
            + Printable.text(time)
            + ": a day a row, but none at weekends, which are gaps; --step business-day lets Monday"
            + " follow Friday"
        : null;
  }

  /** As {@link #of} reads it. */
  @Override
  public String toString() {
    String n = count == Math.rint(count) ? Long.toString((long) count) : Double.toString(count);
    return switch (unit) {
      case SECONDS -> n;
      case DAYS -> n + "d";
      case BUSINESS_DAYS -> BUSINESS_DAY;
      case MONTHS -> n + "month";
    };
  }

  /** What is stored of it: a number of seconds, or a text. */
  public Object stored() {
    return unit == Unit.SECONDS ? (Object) count : toString();
  }

  /**
   * What {@link #stored} gave.
   *
   * @throws IllegalArgumentException if it is none
   */
  public static TimeStep fromStored(Object stored) {
    if (stored instanceof Number number) {
      return seconds(number.doubleValue());
    }
    return of(String.valueOf(stored));
  }
}
