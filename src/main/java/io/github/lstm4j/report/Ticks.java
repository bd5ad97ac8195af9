package io.github.lstm4j.report;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * Round numbers along an axis.
 *
 * @param values from the first to the last, equally far apart
 * @param step how far
 */
record Ticks(List<Double> values, double step) {

  /** About {@code count} ticks that enclose [from, to]; steps are 1, 2 or 5 times a power of 10. */
  static Ticks around(double from, double to, int count) {
    double raw = Math.max(to - from, 1e-12) / count;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double lead = raw / power;
    double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    List<Double> values = new ArrayList<>();
    for (long k = (long) Math.floor(from / step + 1e-9); ; k++) {
      values.add(k * step);
      if (k * step >= to - 1e-9 * step) {
        return new Ticks(values, step);
      }
    }
  }

  double first() {
    return values.get(0);
  }

  double last() {
    return values.get(values.size() - 1);
  }

  /** The tick as text, with as many decimals as the step needs. */
  String label(double tick) {
    int decimals = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    return String.format(Locale.ROOT, "%." + decimals + "f", tick == 0 ? 0.0 : tick);
  }
}
