package io.github.lstm4j.data;

import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Locale;

/**
 * A part of the time that comes round again, as two inputs: sine and cosine of 2π · place / period,
 * so that 23 o'clock lies beside 0 o'clock. By the clock of the time's own zone.
 *
 * <pre>{@code
 * Encoder encoder = Encoder.empty().number("load", Missing.FAIL).calendar("time", Calendar.HOUR);
 * encoder.names(); // load, sin(hour), cos(hour)
 * }</pre>
 */
public enum Calendar {
  /** The minute of the hour, with its seconds: period 60. */
  MINUTE(60),
  /** The hour of the day, with its minutes: period 24. */
  HOUR(24),
  /** The day of the week, Monday 0: period 7. */
  WEEKDAY(7),
  /** The day of the month, the first 0: period 31. */
  DAY(31),
  /** The day of the year, the first 0: period 366. */
  DAYOFYEAR(366),
  /** The month of the year, January 0: period 12. */
  MONTH(12);

  private final int period;

  Calendar(int period) {
    this.period = period;
  }

  /** The names of the two columns. */
  List<String> names() {
    String name = text();
    return List.of("sin(" + name + ")", "cos(" + name + ")");
  }

  /** The name in small letters. */
  String text() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The place on the circle, in radians.
   *
   * @param local seconds since 1970 on the clock of the time's zone
   */
  double angle(double local) {
    LocalDateTime time =
        LocalDateTime.ofInstant(Instant.ofEpochSecond((long) Math.floor(local)), ZoneOffset.UTC);
    double place =
        switch (this) {
          case MINUTE -> time.getMinute() + time.getSecond() / 60.0;
          case HOUR -> time.getHour() + time.getMinute() / 60.0 + time.getSecond() / 3600.0;
          case WEEKDAY -> time.getDayOfWeek().getValue() - 1;
          case DAY -> time.getDayOfMonth() - 1;
          case DAYOFYEAR -> time.getDayOfYear() - 1;
          case MONTH -> time.getMonthValue() - 1;
        };
    return 2 * Math.PI * place / period;
  }
}
