package io.github.lstm4j.callbacks;

import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.training.Training;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Watches one value of the logs. Which direction is better says the metric of that name, whatever
 * logs call it; of a loss less is better.
 */
final class Monitor {
  private final String owner;
  private final String key;
  private String mode = "auto";
  private double minDelta;
  private boolean more;
  private boolean comesAndGoes; // as a value of a validation that is not after each epoch
  private Double best; // null before the first value

  Monitor(String owner, String key) {
    this.owner = owner;
    this.key = key;
  }

  String key() {
    return key;
  }

  void minDelta(double delta) {
    minDelta = Math.abs(delta);
  }

  void mode(String direction) {
    if (!List.of("auto", "min", "max").contains(direction)) {
      throw new IllegalArgumentException(
          owner + ": mode must be auto, min or max, got " + direction);
    }
    mode = direction;
  }

  void best(Double value) {
    best = value;
  }

  Double best() {
    return best;
  }

  /**
   * Learns the direction.
   *
   * @throws IllegalArgumentException if there will be no such value. With a mode given it may be
   *     one that another callback puts into the logs
   */
  void begin(Training training) {
    more = mode.equals("max");
    comesAndGoes = training.keys().contains(key) && !training.keysOfEachEpoch().contains(key);
    if (mode.equals("auto")) {
      if (!training.keys().contains(key)) {
        throw missing(training.keys());
      }
      Map<String, Metric> metrics = training.model().metrics();
      String name = key.replaceFirst("\\[\\d+]$", ""); // one of a metric's results
      Metric metric = metrics.getOrDefault(name, metrics.get(name.replaceFirst("^val_", "")));
      more = metric != null && metric.moreIsBetter();
    }
  }

  private IllegalArgumentException missing(Iterable<String> keys) {
    return new IllegalArgumentException(
        owner
            + ": the logs have no '"
            + key
            + "', only "
            + keys
            + (key.startsWith("val_") ? "; give fit validation data" : ""));
  }

  /** Whether this epoch has no value, and is to be let pass. */
  boolean passes(Map<String, Double> logs) {
    return comesAndGoes && !logs.containsKey(key);
  }

  /** This epoch's value. */
  double value(Map<String, Double> logs) {
    Double value = logs.get(key);
    if (value == null) {
      throw missing(logs.keySet());
    }
    return value;
  }

  /** Whether a value is better than another by more than {@code minDelta}; NaN never is. */
  boolean isBetter(double value, double than) {
    return more ? value - minDelta > than : value + minDelta < than;
  }

  /**
   * Whether the value is better than any before, which it then replaces. The first always is; NaN
   * is better than nothing, and nothing is better than NaN, as in Keras.
   */
  boolean improves(Map<String, Double> logs) {
    double value = value(logs);
    boolean better = best == null || isBetter(value, best);
    if (better) {
      best = value;
    }
    return better;
  }

  @Override
  public String toString() {
    return key + " " + String.format(Locale.ROOT, "%.5g", best);
  }
}
