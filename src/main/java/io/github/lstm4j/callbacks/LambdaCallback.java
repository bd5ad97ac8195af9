package io.github.lstm4j.callbacks;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.Map;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;

/**
 * A callback of functions, as Keras's {@code LambdaCallback}; what is not given does nothing.
 *
 * <pre>{@code
 * new LambdaCallback()
 *     .epochEnd((training, epoch, logs) -> System.out.println(epoch + ": " + logs.get("loss")))
 *     .trainEnd(training -> System.out.println("done"));
 * }</pre>
 */
public final class LambdaCallback implements Callback {
  private Consumer<Training> trainBegin = training -> {};
  private Consumer<Training> trainEnd = training -> {};
  private ObjIntConsumer<Training> epochBegin = (training, epoch) -> {};
  private ObjIntConsumer<Training> batchEnd = (training, step) -> {};
  private EpochEnd epochEnd = (training, epoch, logs) -> {};

  /** What is done after an epoch. */
  @FunctionalInterface
  public interface EpochEnd {
    /** See {@link Callback#onEpochEnd}. */
    void accept(Training training, int epoch, Map<String, Double> logs);
  }

  /** Sets what is done in {@link Callback#onTrainBegin}. */
  public LambdaCallback trainBegin(Consumer<Training> action) {
    trainBegin = action;
    return this;
  }

  /** Sets what is done in {@link Callback#onTrainEnd}. */
  public LambdaCallback trainEnd(Consumer<Training> action) {
    trainEnd = action;
    return this;
  }

  /** Sets what is done in {@link Callback#onEpochBegin}, with the epoch's number. */
  public LambdaCallback epochBegin(ObjIntConsumer<Training> action) {
    epochBegin = action;
    return this;
  }

  /** Sets what is done in {@link Callback#onBatchEnd}, with the step's number in the epoch. */
  public LambdaCallback batchEnd(ObjIntConsumer<Training> action) {
    batchEnd = action;
    return this;
  }

  /** Sets what is done in {@link Callback#onEpochEnd}. */
  public LambdaCallback epochEnd(EpochEnd action) {
    epochEnd = action;
    return this;
  }

  @Override
  public void onTrainBegin(Training training) {
    trainBegin.accept(training);
  }

  @Override
  public void onTrainEnd(Training training) {
    trainEnd.accept(training);
  }

  @Override
  public void onEpochBegin(Training training, int epoch) {
    epochBegin.accept(training, epoch);
  }

  @Override
  public void onBatchEnd(Training training, int step) {
    batchEnd.accept(training, step);
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    epochEnd.accept(training, epoch, logs);
  }
}
