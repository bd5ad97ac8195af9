package io.github.lstm4j.tasks;

import io.github.lstm4j.data.ForecastErrors;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.IntStream;

/**
 * A model's forecasts beside those of two methods that need no model: persistence, that nothing
 * changes, and the seasonal naive, that all is as it was a season before. All three are measured on
 * the same windows: those for which all three have a forecast.
 */
public final class Comparison {
  /** What {@link #methods} calls the model. */
  public static final String MODEL = "model";

  /** The forecast that nothing changes. */
  public static final String PERSISTENCE = "persistence";

  /** The forecast that all is as it was a season before. */
  public static final String SEASONAL = "seasonal naive";

  private final List<String> outputs;
  private final int season;
  private final int windows;
  private final int compared;
  private final Map<String, double[]> forecasts = new LinkedHashMap<>(); // (N, H·K), row-major
  private final double[] actual; // NaN where it is not compared
  private final Map<String, ForecastErrors> errors = new LinkedHashMap<>();

  /**
   * @param outputs the names of the forecasts of a window, H·K of them
   * @param model what the model forecast: (N, H·K), row-major
   * @param truth what came
   * @param season in rows; 0: none
   * @param others what else there is to compare with, by name; NaN where it has no forecast. One
   *     that has none at all is left out
   */
  Comparison(
      List<String> outputs,
      double[] model,
      double[] truth,
      int season,
      Map<String, double[]> others) {
    this.outputs = outputs;
    this.season = season;
    this.windows = truth.length / outputs.size();
    this.actual = truth.clone();
    forecasts.putAll(others);
    forecasts.values().removeIf(values -> Arrays.stream(values).allMatch(Double::isNaN));
    for (double[] other : forecasts.values()) {
      for (int at = 0; at < actual.length; at++) {
        actual[at] = Double.isNaN(other[at]) ? Double.NaN : actual[at];
      }
    }
    this.compared =
        (int)
            IntStream.range(0, windows)
                .filter(n -> IntStream.range(0, outputs.size()).anyMatch(k -> isCompared(n, k)))
                .count();
    Map<String, double[]> all = new LinkedHashMap<>();
    all.put(MODEL, model);
    all.putAll(forecasts);
    all.forEach((name, f) -> errors.put(name, ForecastErrors.of(f, actual, outputs.size())));
    forecasts.put(MODEL, model);
  }

  private boolean isCompared(int window, int output) {
    return !Double.isNaN(actual[window * outputs.size() + output]);
  }

  /** The season in rows; 0 if there is none. */
  public int season() {
    return season;
  }

  /** The errors of each method, the model's first. */
  public Map<String, ForecastErrors> methods() {
    return errors;
  }

  /** What a method forecast: (N, H·K), row-major; NaN where it has no forecast. */
  public double[] forecasts(String method) {
    return forecasts.get(method);
  }

  /** What came: (N, H·K), row-major; NaN where a method has no forecast. */
  public double[] actual() {
    return actual;
  }

  /** By how much the model's root mean squared error is below persistence's, in percent. */
  public double skill(int output) {
    ForecastErrors other = errors.get(PERSISTENCE);
    return other == null
        ? Double.NaN
        : 100 * (1 - errors.get(MODEL).rmse().get(output) / other.rmse().get(output));
  }

  /** How many windows were left out and why; empty if none was. */
  public String note() {
    List<String> notes = new ArrayList<>();
    if (season > 0) {
      notes.add(
          errors.containsKey(SEASONAL)
              ? "seasonal naive: the value " + season + " rows before"
              : "no window has the value " + season + " rows before: no seasonal naive");
    }
    if (compared < windows) {
      notes.add(
          String.format(
              Locale.ROOT,
              "measured on the %,d of %,d windows for which each method has a forecast",
              compared,
              windows));
    }
    return String.join("; ", notes);
  }

  /** A line for each output and method, in columns. */
  public String text() {
    int wide = Math.max(6, outputs.stream().mapToInt(String::length).max().orElse(0));
    StringBuilder s = new StringBuilder();
    s.append(line(wide, "", "", "RMSE", "MAE", errors.containsKey(PERSISTENCE) ? "skill, %" : ""));
    for (int k = 0; k < outputs.size(); k++) {
      String name = outputs.get(k);
      for (Map.Entry<String, ForecastErrors> method : errors.entrySet()) {
        boolean model = method.getKey().equals(MODEL);
        double skill = skill(k);
        s.append(
            line(
                wide,
                name,
                method.getKey(),
                number(method.getValue().rmse().get(k)),
                number(method.getValue().mae().get(k)),
                model && Double.isFinite(skill) ? String.format(Locale.ROOT, "%.1f", skill) : ""));
        name = "";
      }
    }
    return note().isEmpty() ? s.toString() : s + "  (" + note() + ")" + System.lineSeparator();
  }

  private static String number(double value) {
    return Double.isNaN(value) ? "none" : String.format(Locale.ROOT, "%.4g", value);
  }

  private static String line(int wide, String output, String method, String... numbers) {
    StringBuilder line = new StringBuilder();
    line.append(String.format(Locale.ROOT, "  %-" + wide + "s  %-14s", output, method));
    for (String number : numbers) {
      line.append(String.format(Locale.ROOT, " %10s", number));
    }
    return line.toString().stripTrailing() + System.lineSeparator();
  }
}
