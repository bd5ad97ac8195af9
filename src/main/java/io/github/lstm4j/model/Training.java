package io.github.lstm4j.model;

import java.util.Map;
import java.util.function.Supplier;

/** A training under way, as callbacks see it. */
public final class Training {
  private final Sequential model;
  private final int epochs;
  private final int steps;
  private final int samples;
  private final int batchSize;
  private final Supplier<Map<String, Double>> logs;
  private String stopReason;

  Training(
      Sequential model,
      int epochs,
      int steps,
      int samples,
      int batchSize,
      Supplier<Map<String, Double>> logs) {
    this.model = model;
    this.epochs = epochs;
    this.steps = steps;
    this.samples = samples;
    this.batchSize = batchSize;
    this.logs = logs;
  }

  /** The model. */
  public Sequential model() {
    return model;
  }

  /** The number of the epoch before which training ends. */
  public int epochs() {
    return epochs;
  }

  /** Steps in an epoch. */
  public int steps() {
    return steps;
  }

  /** Samples in an epoch. */
  public int samples() {
    return samples;
  }

  /** Samples in a step, but for a smaller last one. */
  public int batchSize() {
    return batchSize;
  }

  /** The means of this epoch so far. Reading them waits for the device, so not at every step. */
  public Map<String, Double> logs() {
    return logs.get();
  }

  /** Ends the training after this step (and, if an epoch has just ended, after it). */
  public void stop(String reason) {
    if (stopReason == null) {
      stopReason = reason;
    }
  }

  /** Why the training was stopped, or null. */
  public String stopReason() {
    return stopReason;
  }
}
