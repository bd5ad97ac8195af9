package io.github.lstm4j.training;

import java.util.Map;

/**
 * Something that is told how a training goes, and may stop it. Epochs and steps count from 0.
 *
 * <p>What a callback throws ends the training: {@code onTrainEnd} of all callbacks is called, and
 * {@code fit} throws a {@link TrainingException} that has the history. What is thrown by {@code
 * onTrainBegin}, before there is one, is thrown by {@code fit} as it is.
 */
public interface Callback {
  /** Before the first epoch. */
  default void onTrainBegin(Training training) {}

  /** Before an epoch. */
  default void onEpochBegin(Training training, int epoch) {}

  /** After a step; {@link Training#logs()} has the epoch's means so far. */
  default void onBatchEnd(Training training, int step) {}

  /** Before an epoch's validation, if it has one. */
  default void onTestBegin(Training training) {}

  /** After an epoch's validation, also after one that failed or was interrupted. */
  default void onTestEnd(Training training) {}

  /**
   * After an epoch and its validation. A training that goes on from a file begins with this where
   * the file was saved before.
   *
   * @param logs the epoch's means: loss, metrics, then those of the validation with {@code val_}
   */
  default void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {}

  /** After the last epoch, and after one that failed or was interrupted. */
  default void onTrainEnd(Training training) {}

  /** What {@link #state} is stored under; default: the class's name. */
  default String stateName() {
    return getClass().getName();
  }

  /** What it remembers from epoch to epoch, to be stored in the model's file; default: nothing. */
  default CallbackState state() {
    return CallbackState.NONE;
  }

  /**
   * Takes up what {@link #state} gave in an earlier run, after {@code onTrainBegin}: the training
   * goes on from a file that was saved in that run, which had this callback too.
   *
   * @throws RuntimeException if it is none of its own
   */
  default void restore(Training training, CallbackState state) {}
}
