package io.github.lstm4j.callbacks;

import java.util.Map;

/** Watches one value of the logs: less is better, but for accuracies. */
final class Monitor {
  private final String owner;
  private final String key;
  private final boolean more;
  private double minDelta;
  private double best;

  Monitor(String owner, String key) {
    this.owner = owner;
    this.key = key;
    this.more = key.endsWith("accuracy");
    reset();
  }

  void minDelta(double delta) {
    minDelta = Math.abs(delta);
  }

  void reset() {
    best = more ? Double.NEGATIVE_INFINITY : Double.POSITIVE_INFINITY;
  }

  /** Whether the value is better than any before, which it then replaces. NaN never is. */
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
    boolean better = more ? value - minDelta > best : value + minDelta < best;
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
