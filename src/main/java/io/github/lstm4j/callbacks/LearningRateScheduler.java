package io.github.lstm4j.callbacks;

import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.Map;

/**
 * Sets the learning rate before each epoch, as Keras's {@code LearningRateScheduler}. The logs get
 * it as {@code learning_rate}, and so do callbacks that come after this one.
 *
 * <pre>{@code
 * new LearningRateScheduler((epoch, rate) -> epoch < 10 ? rate : rate * 0.9);
 * new LearningRateScheduler(LearningRateSchedule.cosineDecay(1e-3, 50, 0));
 * }</pre>
 *
 * <p>It remembers nothing: the rate of a training that goes on is the optimizer's, in the file.
 */
public final class LearningRateScheduler implements Callback {
  private final Schedule schedule;

  /** What the learning rate becomes. */
  @FunctionalInterface
  public interface Schedule {
    /**
     * The learning rate of an epoch, at least 0.
     *
     * @param epoch from 0
     * @param rate what it is before
     */
    double learningRate(int epoch, double rate);
  }

  /** By epoch and the rate before. */
  public LearningRateScheduler(Schedule schedule) {
    this.schedule = schedule;
  }

  /** By a schedule whose steps are epochs. */
  public LearningRateScheduler(LearningRateSchedule schedule) {
    this((epoch, rate) -> schedule.at(epoch));
  }

  @Override
  public void onTrainBegin(Training training) {
    training.requireSettableRate("LearningRateScheduler");
  }

  @Override
  public void onEpochBegin(Training training, int epoch) {
    double rate = schedule.learningRate(epoch, training.model().learningRate());
    if (!(rate >= 0 && Float.isFinite((float) rate))) {
      throw new IllegalArgumentException(
          "LearningRateScheduler: expected a learning rate of at least 0 for epoch "
              + epoch
              + ", got "
              + rate);
    }
    training.model().setLearningRate((float) rate);
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    logs.put("learning_rate", (double) training.model().learningRate());
  }
}
