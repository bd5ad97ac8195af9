package io.github.lstm4j.training;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What {@code fit} measured: for each key ({@code loss}, {@code val_loss}, …) a value an epoch. */
public final class History {
  private final Map<String, List<Double>> values = new LinkedHashMap<>();
  private final List<Integer> epochs = new ArrayList<>();

  void add(int epoch, Map<String, Double> logs) {
    epochs.add(epoch);
    logs.forEach((k, v) -> values.computeIfAbsent(k, x -> new ArrayList<>()).add(v));
  }

  /** The numbers of the epochs that ran, counted from 0. */
  public List<Integer> epochs() {
    return Collections.unmodifiableList(epochs);
  }

  /** The keys, in the order of the log line. */
  public List<String> keys() {
    return List.copyOf(values.keySet());
  }

  /**
   * The values of one key, an epoch each.
   *
   * @throws IllegalArgumentException if nothing of that name was measured
   */
  public List<Double> get(String key) {
    List<Double> list = values.get(key);
    if (list == null) {
      throw new IllegalArgumentException(
          "the history has no '" + key + "'; it has " + values.keySet());
    }
    return Collections.unmodifiableList(list);
  }

  @Override
  public String toString() {
    return "History" + values;
  }
}
