package io.github.lstm4j.training;

import java.util.Map;

/** Something that is told how a training goes, and may stop it. Epochs and steps count from 0. */
public interface Callback {
  /** Before the first epoch. */
  default void onTrainBegin(Training training) {}

  /** Before an epoch. */
  default void onEpochBegin(Training training, int epoch) {}

  /** After a step; {@link Training#logs()} has the epoch's means so far. */
  default void onBatchEnd(Training training, int step) {}

  /**
   * After an epoch and its validation.
   *
   * @param logs the epoch's means: loss, metrics, then those of the validation with {@code val_}
   */
  default void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {}

  /** After the last epoch. */
  default void onTrainEnd(Training training) {}
}
