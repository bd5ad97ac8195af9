package io.github.lstm4j.data;

import io.github.lstm4j.io.Printable;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;

/** Whether times go forwards. */
public final class TimeOrder {
  private static final double HOUR = 3600;

  private TimeOrder() {}

  /**
   * Checks that each row is later than the row above it in its {@linkplain Table#bySeries series}:
   * else the past would be forecast, or one moment have two values. A clock that is set back by an
   * hour, as at the end of summer time where times have no zone, is a gap and no error.
   *
   * @throws IllegalArgumentException if not; says how many rows are not, and what to do
   */
  public static void check(Table table, String time) {
    double[] times = table.times(time);
    boolean clock = table.timeFormat(time).hasDate() && !table.timeFormat(time).hasZone();
    int earlier = 0;
    int same = 0;
    int pairs = 0;
    int first = -1;
    for (int row = 1; row < times.length; row++) {
      if (table.series(row) != table.series(row - 1)) {
        continue;
      }
      pairs++;
      double step = times[row] - times[row - 1];
      if (step > 0 || (clock && isSetBack(times, row))) {
        continue;
      }
      earlier += step < 0 ? 1 : 0;
      same += step == 0 ? 1 : 0;
      first = first < 0 ? row : first;
    }
    if (first < 0) {
      return;
    }
    String place = table.where(first, time);
    String what =
        earlier == pairs
            ? "time runs backwards: all " + rows(earlier) + " earlier than the row before"
            : earlier == 0
                ? rows(same) + " at the same time as the row before"
                : same == 0
                    ? rows(earlier) + " earlier than the row before"
                    : rows(earlier)
                        + " earlier than the row before, "
                        + rows(same)
                        + " at its time";
    throw new IllegalArgumentException(
        place
            + ": "
            + what
            + " (here "
            + Printable.text(table.text(time, first))
            + " after "
            + Printable.text(table.text(time, first - 1))
            + "); "
            + (earlier > 0 ? "--sort brings the rows in order" : "")
            + (earlier > 0 && same > 0 ? ", " : "")
            + (same > 0 ? "--dedupe first|last|mean leaves one row for each time" : "")
            + (earlier < pairs && table.series(times.length - 1) == 0
                ? "; if they are of several devices, --group tells them apart"
                : ""));
  }

  private static String rows(int count) {
    return count == 1 ? "1 row is" : count + " rows are";
  }

  /** Whether the row goes on after the one above it on a clock that was set back by an hour. */
  private static boolean isSetBack(double[] times, int row) {
    if (row < 2) {
      return false;
    }
    double step = times[row - 1] - times[row - 2];
    LocalDateTime time =
        LocalDateTime.ofInstant(
            Instant.ofEpochSecond((long) Math.floor(times[row])), ZoneOffset.UTC);
    boolean autumn =
        switch (time.getMonth()) {
          case OCTOBER, NOVEMBER, MARCH, APRIL -> true; // in the north and in the south
          default -> false;
        };
    return step > 0
        && step <= HOUR
        && autumn
        && time.getHour() < 4
        && time.getDayOfWeek().getValue() >= 6
        && Math.abs(times[row] + HOUR - times[row - 1] - step) <= 0.01 * step;
  }
}
