package io.github.lstm4j.training;

import io.github.lstm4j.optimizers.LearningRateSchedule;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/** A training under way, as callbacks see it. */
public final class Training {
  private final Trainable model;
  private final int epochs;
  private final boolean stepsAreGiven;
  private final int samples;
  private final int batchSize;
  private final Set<String> keys;
  private final Set<String> keysOfEach;
  private final Supplier<Map<String, Double>> logs;
  private int steps;
  private int stepsSeen;
  private long samplesSeen;
  private String stopReason;
  private Progress resumed;
  private boolean completed;
  private boolean weightsAreAverages;

  /**
   * @param steps in an epoch, or {@link BatchSource#UNKNOWN}: as many as the source gives
   * @param keys those of an epoch's logs
   * @param keysOfEach those that no epoch lacks
   */
  Training(
      Trainable model,
      int epochs,
      int steps,
      BatchSource source,
      int batchSize,
      Set<String> keys,
      Set<String> keysOfEach,
      Supplier<Map<String, Double>> logs) {
    this.model = model;
    this.epochs = epochs;
    this.stepsAreGiven = steps != BatchSource.UNKNOWN;
    this.samples = stepsAreGiven ? BatchSource.UNKNOWN : source.samples();
    this.batchSize = batchSize;
    this.keys = keys;
    this.keysOfEach = keysOfEach;
    this.logs = logs;
    this.steps = stepsAreGiven ? steps : source.steps(batchSize);
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
    if (stopReason == null && !stepsAreGiven) {
      steps = stepsSeen;
    }
  }

  /** Whether all the epoch's steps were made, as far as their number is known. */
  boolean isEpochWhole() {
    return stepsSeen == steps;
  }

  void completed(boolean whole) {
    completed = whole;
  }

  /** What a callback asked to go on from, or null. */
  Progress resumed() {
    return resumed;
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

  /** Samples in an epoch, or {@link BatchSource#UNKNOWN}, as where the number of steps is given. */
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
   * The keys that an epoch's logs have, in order; those of a validation only where there was one. A
   * callback may put others beside them.
   */
  public Set<String> keys() {
    return keys;
  }

  /** Those of the {@link #keys} that no epoch lacks. */
  public Set<String> keysOfEachEpoch() {
    return keysOfEach;
  }

  /**
   * The means of this epoch so far; empty before its first step. Reading them waits for the device,
   * so not at every step.
   */
  public Map<String, Double> logs() {
    return samplesSeen == 0 ? Map.of() : logs.get();
  }

  /**
   * Refuses a callback that sets the learning rate where that goes by a schedule of the optimizer,
   * as Keras does.
   *
   * @param callback its name
   * @throws IllegalStateException if it does
   */
  public void requireSettableRate(String callback) {
    LearningRateSchedule schedule = model.optimizer().schedule();
    if (!(schedule instanceof LearningRateSchedule.Constant)) {
      throw new IllegalStateException(
          callback
              + ": the learning rate goes by the optimizer's schedule "
              + schedule
              + " and cannot be set; leave one of the two out");
    }
  }

  /** Whether the model's weights are the optimizer's averages of them, for the time being. */
  boolean weightsAreAverages() {
    return weightsAreAverages;
  }

  /**
   * Says that {@link Trainable#exchangeAverages} has put the averages in the weights' place, or put
   * them back, so that the training's end takes the right ones.
   */
  public void weightsAreAverages(boolean now) {
    weightsAreAverages = now;
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

  /**
   * Goes on from a file that was saved during an earlier run of this training, in place of {@code
   * initialEpoch}: weights, optimizer, seed, and what the callbacks remember. For {@link
   * Callback#onTrainBegin}.
   *
   * @throws IOException if the file cannot be read, is of another model, or was not saved during a
   *     training; names the file
   */
  public void resume(Path file) throws IOException {
    try {
      resumed = model.restore(file);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + ": no checkpoint of this training: " + e.getMessage(), e);
    }
  }

  /**
   * Whether the training came to its end, by its last epoch or by {@link #stop}; false until then,
   * and where it was interrupted or failed. Known in {@link Callback#onTrainEnd}.
   */
  public boolean isCompleted() {
    return completed;
  }
}
