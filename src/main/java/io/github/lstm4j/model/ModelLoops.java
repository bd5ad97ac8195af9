package io.github.lstm4j.model;

import io.github.lstm4j.callbacks.ProgressBar;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import io.github.lstm4j.training.Trainer;
import java.util.Map;

/** What every model does with data, batch by batch. */
abstract class ModelLoops extends ModelGraph {
  ModelLoops(String name) {
    super(name);
  }

  /** What runs the loops, as the model is now. */
  abstract Trainer trainer();

  /**
   * Trains.
   *
   * @param x inputs (samples, timesteps, features)
   * @param y targets (samples, outputs), or (samples, timesteps, outputs) for sequences; class
   *     numbers for a sparse loss
   * @return what was measured, epoch by epoch
   * @throws IllegalArgumentException if shapes do not fit, or the data has NaN or infinite values
   */
  public final History fit(Tensor x, Tensor y, Fit options) {
    return fit(BatchSource.of(x, y), options);
  }

  /**
   * Trains on batches from any source.
   *
   * @throws IllegalArgumentException if shapes do not fit, or a batch has NaN or infinite values
   */
  public final History fit(BatchSource source, Fit options) {
    Arguments.given("options such as Fit.epochs(10)", options);
    return trainer()
        .fit(source, options.verbose() ? options.and(ProgressBar.toStandardOutput()) : options);
  }

  /** One training step on one batch. Returns the loss before the step, and the metrics. */
  public final Map<String, Double> trainOnBatch(Tensor x, Tensor y) {
    return trainOnBatch(Batch.of(x, y));
  }

  /** One training step on one batch. Returns the loss before the step, and the metrics. */
  public final Map<String, Double> trainOnBatch(Batch batch) {
    return trainer().trainOnBatch(batch);
  }

  /** Loss and metrics, batches of 32. */
  public final Map<String, Double> evaluate(Tensor x, Tensor y) {
    return evaluate(x, y, 32);
  }

  /** Loss and metrics. */
  public final Map<String, Double> evaluate(Tensor x, Tensor y, int batchSize) {
    return evaluate(BatchSource.of(x, y), batchSize);
  }

  /** Loss and metrics over batches from any source. */
  public final Map<String, Double> evaluate(BatchSource source, int batchSize) {
    return trainer().evaluate(source, batchSize);
  }

  @Override
  public final Tensor predict(Tensor x) {
    return predict(x, 32);
  }

  /**
   * The outputs.
   *
   * @param x (samples, timesteps, features)
   * @return (samples, …) as {@link Model#outputShape()} says
   */
  public final Tensor predict(Tensor x, int batchSize) {
    return predict(BatchSource.of(x), batchSize);
  }

  /** The outputs for batches from any source, one behind the other. */
  public final Tensor predict(BatchSource source, int batchSize) {
    return trainer().predict(source, batchSize).get(0);
  }
}
