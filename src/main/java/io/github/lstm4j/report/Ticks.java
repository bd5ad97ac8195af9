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
  private static final double LONGEST = 1e7; // what is longer is written with an exponent

  /** About {@code count} ticks that enclose [from, to]; steps are 1, 2 or 5 times a power of 10. */
  static Ticks around(double from, double to, int count) {
    double level = Math.max(Math.abs(from), Math.abs(to));
    double least = Math.max(level * 1e-9, 1e-12); // what a double can tell apart, and not zero
    double raw = Math.max(to - from, least) / count;
    double power = Math.pow(10, Math.floor(Math.log10(raw)));
    double lead = raw / power;
    double step = power * (lead <= 1 ? 1 : lead <= 2 ? 2 : lead <= 5 ? 5 : 10);
    List<Double> values = new ArrayList<>();
    for (long k = (long) Math.floor(from / step + 1e-9); ; k++) {
      values.add(k * step);
      if (values.size() > 1 && k * step >= to - 1e-9 * step) {
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
    double value = tick == 0 ? 0.0 : tick;
    double level = Math.max(Math.abs(first()), Math.abs(last()));
    int behind = (int) Math.max(0, -Math.floor(Math.log10(step) + 1e-9));
    if (level >= LONGEST || behind > 6) {
      int digits = (int) Math.round(Math.floor(Math.log10(level)) - Math.floor(Math.log10(step)));
      return value == 0
          ? "0"
          : String.format(Locale.ROOT, "%." + Math.max(0, digits) + "e", value)
              .replaceFirst("e\\+?(-?)0*(\\d)", "e$1$2");
    }
    return String.format(Locale.ROOT, "%." + behind + "f", value);
  }
}
