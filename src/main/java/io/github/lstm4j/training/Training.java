package io.github.lstm4j.training;

import java.util.Map;
import java.util.function.Supplier;

/** A training under way, as callbacks see it. */
public final class Training {
  private final Trainable model;
  private final int epochs;
  private final int samples;
  private final int batchSize;
  private final Supplier<Map<String, Double>> logs;
  private int steps;
  private int stepsSeen;
  private long samplesSeen;
  private String stopReason;

  Training(
      Trainable model, int epochs, int samples, int batchSize, Supplier<Map<String, Double>> logs) {
    this.model = model;
    this.epochs = epochs;
    this.samples = samples;
    this.batchSize = batchSize;
    this.logs = logs;
    this.steps =
        samples == BatchSource.UNKNOWN
            ? BatchSource.UNKNOWN
            : (int) (((long) samples + batchSize - 1) / batchSize);
  }

  void epochBegins() {
    stepsSeen = 0;
    samplesSeen = 0;
  }

  void stepDone(int size) {
    stepsSeen++;
    samplesSeen += size;
  }

  void epochEnds() {
    if (stopReason == null) {
      steps = stepsSeen;
    }
  }

  /** The model. */
  public Trainable model() {
    return model;
  }

  /** The number of the epoch before which training ends. */
  public int epochs() {
    return epochs;
  }

  /** Steps in an epoch; {@link BatchSource#UNKNOWN} in the first one of a source without an end. */
  public int steps() {
    return steps;
  }

  /** Samples in an epoch, or {@link BatchSource#UNKNOWN}. */
  public int samples() {
    return samples;
  }

  /** Samples of this epoch that were trained on so far. */
  public long samplesSeen() {
    return samplesSeen;
  }

  /** Samples in a step, but for a smaller last one. */
  public int batchSize() {
    return batchSize;
  }

  /**
   * The means of this epoch so far; empty before its first step. Reading them waits for the device,
   * so not at every step.
   */
  public Map<String, Double> logs() {
    return samplesSeen == 0 ? Map.of() : logs.get();
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
