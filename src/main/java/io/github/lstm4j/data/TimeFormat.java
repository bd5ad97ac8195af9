package io.github.lstm4j.data;

import io.github.lstm4j.io.Printable;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.ZonedDateTime;
import java.time.format.DateTimeFormatter;
import java.time.format.DateTimeFormatterBuilder;
import java.time.format.ResolverStyle;
import java.time.temporal.ChronoField;
import java.time.temporal.TemporalAccessor;
import java.time.temporal.TemporalQueries;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * How times are written: reads texts as seconds, and writes seconds the same way. Immutable.
 *
 * <pre>{@code
 * TimeFormat german = TimeFormat.of("dd.MM.yyyy HH:mm");
 * double seconds = german.parse("01.01.2014 00:10");
 * german.format(seconds + 600); // 01.01.2014 00:20
 * }</pre>
 */
public final class TimeFormat {
  /** Numbers in a unit of their own. */
  public static final String NUMBER = "number";

  /** Formats whose times are numbers, with how many of them are a second. */
  private static final Map<String, Double> NUMBERS =
      Map.of(
          NUMBER,
          1.0,
          "epoch-seconds",
          1.0,
          "epoch-millis",
          1e3,
          "epoch-micros",
          1e6,
          "epoch-nanos",
          1e9);

  /** The date, what separates it, the time in parts, and what follows. */
  private static final Pattern PARTS =
      Pattern.compile("(.*?)('T'|[ _,]+)(HH?|hh?)(:mm)?(:ss)?(?:([.,])S+)?( ?a)?([^HhmsSa]*)");

  private static final LocalDateTime SAMPLE = LocalDateTime.of(2021, 1, 3, 13, 24, 56, 789_000_000);
  private static final double DAY = 86400;
  private static final int EARLIEST_OF_TWO_DIGITS = 1969;

  /**
   * A time that was read.
   *
   * @param seconds since 1970 in UTC, or, without a zone, on the clock
   * @param offset how many seconds the clock was ahead of UTC; 0 without a zone
   * @param zone null without one
   */
  record Time(double seconds, int offset, ZoneId zone) {}

  private final String pattern;
  private final ZoneId zone; // null: none is written
  private final double perSecond; // of a number; 0: texts
  private final DateTimeFormatter exact; // null: numbers
  private final DateTimeFormatter tolerant; // 1 for 01, more or fewer parts of a second

  private TimeFormat(String pattern, ZoneId zone) {
    this.pattern = pattern;
    this.zone = zone;
    this.perSecond = NUMBERS.getOrDefault(pattern, 0.0);
    this.exact = perSecond > 0 ? null : strict(builder(pattern));
    this.tolerant = perSecond > 0 ? null : tolerant(pattern);
  }

  /**
   * A format.
   *
   * @param pattern as {@link DateTimeFormatter} has them ({@code dd.MM.yyyy HH:mm}, {@code
   *     yyyy-MM-dd'T'HH:mm:ssXXX}), with English names of months; or {@code epoch-seconds}, {@code
   *     epoch-millis}, {@code epoch-micros}, {@code epoch-nanos} for numbers since 1970, or {@code
   *     number} for numbers in a unit of their own. Seconds, their fractions and zeros in front may
   *     be left out in a text
   * @throws IllegalArgumentException if it is no such pattern, or no date can be told from it
   */
  public static TimeFormat of(String pattern) {
    String problem;
    try {
      TimeFormat format = new TimeFormat(pattern, null);
      problem = format.problem();
      if (problem == null) {
        return format;
      }
    } catch (IllegalArgumentException e) {
      problem = Printable.reason(e);
    }
    throw new IllegalArgumentException("time format '" + Printable.text(pattern) + "': " + problem);
  }

  /** What keeps times from being read back as they were written; null if nothing does. */
  private String problem() {
    if (perSecond > 0) {
      return null;
    }
    String example = "; expected a pattern such as dd.MM.yyyy HH:mm:ss or yyyy-MM-dd'T'HH:mmXXX";
    if (pattern.contains("%")) {
      return "is written in Python's letters" + example;
    }
    Time read = null;
    try {
      read = time(exact.parse(exact.format(SAMPLE.atZone(ZoneOffset.UTC))));
    } catch (DateTimeException e) {
      // told below
    }
    if (read == null) {
      return "no date can be told from it: y is the year, M the month, d the day" + example;
    }
    double wanted = SAMPLE.toEpochSecond(ZoneOffset.UTC) + 0.789;
    double finest = pattern.contains("s") ? 1 : pattern.contains("m") ? 60 : 3600;
    boolean hours = pattern.matches(".*[HhKk].*");
    boolean days = pattern.matches(".*[dD].*");
    if (days && Math.abs(read.seconds - wanted) > (hours ? finest : DAY)) {
      return "times of the afternoon cannot be told: H is the hour, h with a (AM or PM) that of"
          + " half a day, m the minute";
    }
    return null;
  }

  /** With this zone for what is written; the format must have a place for it. */
  TimeFormat in(ZoneId written) {
    return written == null ? this : new TimeFormat(pattern, written);
  }

  /** The zone of what is written; UTC where none is written. */
  ZoneId zone() {
    return zone == null ? ZoneOffset.UTC : zone;
  }

  /** A pattern in quotes, if a shell needs them. */
  static String shown(String pattern) {
    return NUMBERS.containsKey(pattern)
        ? pattern
        : pattern.contains("'") ? '"' + pattern + '"' : "'" + pattern + "'";
  }

  private static DateTimeFormatterBuilder builder(String pattern) {
    DateTimeFormatterBuilder builder =
        append(new DateTimeFormatterBuilder().parseCaseInsensitive(), pattern);
    return defaults(builder, pattern);
  }

  private static DateTimeFormatterBuilder defaults(DateTimeFormatterBuilder builder, String all) {
    String letters = all.replaceAll("'[^']*'", "");
    if (!letters.matches(".*[dDFeEcwW].*")) {
      builder.parseDefaulting(ChronoField.DAY_OF_MONTH, 1);
      if (!letters.matches(".*[MLqQ].*")) {
        builder.parseDefaulting(ChronoField.MONTH_OF_YEAR, 1);
      }
    }
    return builder;
  }

  /** Two digits of a year are one of 1969 to 2068, as POSIX has it, and pandas. */
  private static DateTimeFormatterBuilder append(DateTimeFormatterBuilder builder, String pattern) {
    String p = years(pattern);
    boolean quoted = false;
    int from = 0;
    for (int i = 0; i < p.length(); i++) {
      quoted ^= p.charAt(i) == '\'';
      boolean begins = !quoted && p.startsWith("uu", i) && (i == 0 || p.charAt(i - 1) != 'u');
      if (begins && !p.startsWith("u", i + 2)) {
        builder.appendPattern(p.substring(from, i));
        builder.appendValueReduced(ChronoField.YEAR, 2, 2, EARLIEST_OF_TWO_DIGITS);
        from = i + 2;
      }
    }
    return builder.appendPattern(p.substring(from));
  }

  /** The year without its era: a strict formatter, which refuses 31 April, needs no era then. */
  private static String years(String pattern) {
    StringBuilder s = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < pattern.length(); i++) {
      char c = pattern.charAt(i);
      quoted ^= c == '\'';
      s.append(c == 'y' && !quoted && !pattern.contains("G") ? 'u' : c);
    }
    return s.toString();
  }

  private static DateTimeFormatter tolerant(String pattern) {
    Matcher parts = PARTS.matcher(pattern);
    DateTimeFormatterBuilder builder = new DateTimeFormatterBuilder().parseCaseInsensitive();
    if (!parts.matches()) {
      append(builder, single(pattern));
      return strict(defaults(builder, pattern));
    }
    append(builder, single(parts.group(1)));
    boolean either = parts.group(2).equals("'T'") || parts.group(2).equals(" ");
    builder.optionalStart().appendPattern(either ? "['T'][ ]" : parts.group(2));
    builder.appendPattern(parts.group(3).substring(0, 1));
    builder.appendPattern("[:mm[:ss").optionalStart();
    builder.appendLiteral(",".equals(parts.group(6)) ? ',' : '.');
    builder.appendFraction(ChronoField.NANO_OF_SECOND, 1, 9, false).optionalEnd();
    builder.optionalEnd().optionalEnd();
    if (parts.group(7) != null) {
      builder.appendPattern(parts.group(7));
    }
    builder.optionalEnd().appendPattern(parts.group(8));
    return strict(defaults(builder, pattern));
  }

  private static DateTimeFormatter strict(DateTimeFormatterBuilder builder) {
    return builder.toFormatter(Locale.ENGLISH).withResolverStyle(ResolverStyle.STRICT);
  }

  /** One letter for two, which then read one digit or two, unless digits follow directly. */
  private static String single(String pattern) {
    return pattern.matches(".*(yM|Md|dM|My).*")
        ? pattern
        : pattern.replaceAll("(?<!d)dd(?!d)", "d").replaceAll("(?<!M)MM(?!M)", "M");
  }

  /** The pattern that made this format. */
  public String pattern() {
    return pattern;
  }

  /** Whether it has the date: all but numbers in a unit of their own. */
  public boolean hasDate() {
    return !pattern.equals(NUMBER);
  }

  /** Whether a time's zone is written with it, so that differences are real ones. */
  public boolean hasZone() {
    return zone != null;
  }

  /**
   * The time in seconds: since 1970 in UTC; without a zone, as if the clock were UTC's.
   *
   * @return NaN if the text is no such time
   */
  public double parse(String text) {
    Time time = read(text, new NumberStyle('.', NumberStyle.NONE));
    return time == null ? Double.NaN : time.seconds;
  }

  /** The time; null if the text is none. */
  Time read(String text, NumberStyle numbers) {
    if (perSecond > 0) {
      double value = numbers.parse(text);
      return Double.isNaN(value) ? null : new Time(value / perSecond, 0, null);
    }
    Time time = read(text);
    Matcher midnight = time == null ? MIDNIGHT.matcher(text) : null;
    if (midnight == null || !midnight.find()) {
      return time;
    }
    Time begun = read(midnight.replaceFirst("00$1"));
    return begun == null ? null : new Time(begun.seconds + DAY, begun.offset, begun.zone);
  }

  /** The end of a day, as some write the begin of the next. */
  private static final Pattern MIDNIGHT =
      Pattern.compile("(?<=[T _]|^\\d{8})24((?::?00){1,2})(?![\\d:])");

  private Time read(String text) {
    for (DateTimeFormatter formatter : List.of(tolerant, exact)) {
      try {
        Time time = time(formatter.parse(text));
        if (time != null) {
          return time;
        }
      } catch (DateTimeException e) {
        // the next one may read it
      }
    }
    return null;
  }

  private static Time time(TemporalAccessor parsed) {
    ZoneId in = parsed.query(TemporalQueries.zone());
    LocalDate date = parsed.query(TemporalQueries.localDate());
    LocalTime clock = parsed.query(TemporalQueries.localTime());
    if (date == null) {
      return null;
    }
    LocalDateTime local = date.atTime(clock == null ? LocalTime.MIDNIGHT : clock);
    if (in == null) {
      return new Time(seconds(local.toInstant(ZoneOffset.UTC)), 0, null);
    }
    ZonedDateTime zoned =
        parsed.isSupported(ChronoField.INSTANT_SECONDS)
            ? ZonedDateTime.from(parsed)
            : local.atZone(in);
    return new Time(seconds(zoned.toInstant()), zoned.getOffset().getTotalSeconds(), in);
  }

  private static double seconds(Instant instant) {
    return instant.getEpochSecond() + instant.getNano() / 1e9;
  }

  /**
   * The time as a text; what the pattern does not show is left out. In the zone of the column that
   * this is the format of.
   */
  public String format(double seconds) {
    if (perSecond > 0) {
      return BigDecimal.valueOf(seconds * perSecond)
          .setScale(6, RoundingMode.HALF_EVEN)
          .stripTrailingZeros()
          .toPlainString();
    }
    int digits = (int) pattern.chars().filter(c -> c == 'S').count();
    // doubles of these seconds are good for microseconds; half of the finest digit is not cut off
    double unit = Math.pow(10, Math.min(6, Math.max(digits, pattern.contains("s") ? 0 : 3)));
    double rounded = Math.rint(seconds * unit) / unit;
    long whole = (long) Math.floor(rounded);
    Instant instant = Instant.ofEpochSecond(whole, Math.round((rounded - whole) * 1e6) * 1000);
    return exact.format(instant.atZone(zone()));
  }

  /** How far the clock of this format's zone was ahead of UTC at these times; null: never. */
  int[] offsets(double[] seconds) {
    if (zone == null || zone.equals(ZoneOffset.UTC)) {
      return null;
    }
    return Arrays.stream(seconds)
        .mapToInt(
            s ->
                Double.isNaN(s)
                    ? 0
                    : zone.getRules()
                        .getOffset(Instant.ofEpochSecond((long) Math.floor(s)))
                        .getTotalSeconds())
        .toArray();
  }

  @Override
  public String toString() {
    return pattern;
  }
}
