package examples;

import java.time.LocalDate;
import java.util.Locale;
import java.util.Random;

/**
 * The sample data, {@code src/test/resources/examples/hourly.csv}: a made-up load of a town's
 * electricity with a day, a week and noise in it, and the temperature, of which some hours are
 * missing. {@code main} prints it.
 */
public final class HourlyCsv {
  private static final int DAYS = 90;

  private HourlyCsv() {}

  public static void main(String[] args) {
    System.out.print(text());
  }

  /** The file: the same on every machine. */
  static String text() {
    Random random = new Random(7);
    LocalDate first = LocalDate.of(2024, 1, 1); // a Monday
    StringBuilder csv = new StringBuilder("time,load,temperature\n");
    double weather = 0;
    for (int hour = 0; hour < 24 * DAYS; hour++) {
      int day = hour / 24;
      double daily = StrictMath.sin((hour % 24 - 9) * StrictMath.PI / 12);
      weather = 0.98 * weather + 0.6 * (random.nextDouble() - 0.5);
      double temperature = 9 + day / 9.0 + 5 * daily + 4 * weather;
      boolean weekend = day % 7 >= 5;
      double load = 62 + 14 * daily - (weekend ? 9 : 0) - 0.8 * temperature;
      load += 3 * (random.nextDouble() - 0.5);
      boolean missing = random.nextInt(200) == 0;
      csv.append(
          String.format(
              Locale.ROOT,
              "%s %02d:00,%.2f,%s\n",
              first.plusDays(day),
              hour % 24,
              load,
              missing ? "NA" : String.format(Locale.ROOT, "%.1f", temperature)));
    }
    return csv.toString();
  }
}
