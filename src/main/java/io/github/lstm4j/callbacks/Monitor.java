package io.github.lstm4j.callbacks;

import java.util.Map;

/** Watches one value of the logs: less is better, but for accuracies. */
final class Monitor {
  private final String owner;
  private final String key;
  private final boolean more;
  private double minDelta;
  private Double best; // null before the first value

  Monitor(String owner, String key) {
    this.owner = owner;
    this.key = key;
    this.more = key.endsWith("accuracy");
  }

  void minDelta(double delta) {
    minDelta = Math.abs(delta);
  }

  void reset() {
    best = null;
  }

  /**
   * Whether the value is better than any before, which it then replaces. The first always is; NaN
   * is better than nothing, and nothing is better than NaN, as in Keras.
   */
  boolean improves(Map<String, Double> logs) {
    Double value = logs.get(key);
    if (value == null) {
      throw new IllegalArgumentException(
          owner
              + ": the logs have no '"
              + key
              + "', only "
              + logs.keySet()
              + (key.startsWith("val_") ? "; give fit validation data" : ""));
    }
    boolean better = best == null || (more ? value - minDelta > best : value + minDelta < best);
    if (better) {
      best = value;
    }
    return better;
  }

  @Override
  public String toString() {
    return key + " " + String.format(java.util.Locale.ROOT, "%.5g", best);
  }
}
