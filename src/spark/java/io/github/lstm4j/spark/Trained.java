package io.github.lstm4j.spark;

import io.github.lstm4j.model.Model;
import java.io.Serializable;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a training on a cluster gave. */
public final class Trained implements Serializable {
  private static final long serialVersionUID = 1;

  private final byte[] file;
  private final LinkedHashMap<String, double[]> history;
  private final double seconds;
  private final double reducing;
  private final long floats;
  private final int restarts;

  Trained(
      byte[] file,
      Map<String, double[]> history,
      double seconds,
      double reducing,
      long floats,
      int restarts) {
    this.file = file;
    this.history = new LinkedHashMap<>(history);
    this.seconds = seconds;
    this.reducing = reducing;
    this.floats = floats;
    this.restarts = restarts;
  }

  /** The model, with its optimizer's state; each call opens another. */
  public Model model() {
    return SharedModel.open(file);
  }

  byte[] file() {
    return file;
  }

  /**
   * Loss and metrics of each epoch since the training began or was taken up from a checkpoint, by
   * the names that logs have.
   */
  public Map<String, List<Double>> history() {
    Map<String, List<Double>> all = new LinkedHashMap<>();
    history.forEach((key, values) -> all.put(key, Arrays.stream(values).boxed().toList()));
    return all;
  }

  /** How long the first task trained. */
  public double seconds() {
    return seconds;
  }

  /** What of {@link #seconds} it waited for gradients of others. */
  public double secondsReducing() {
    return reducing;
  }

  /** How many numbers each task sent in all; 4 bytes each, 5.3 as they travel. */
  public long numbersSent() {
    return floats;
  }

  /** How often all tasks began anew because one was lost. */
  public int restarts() {
    return restarts;
  }
}
