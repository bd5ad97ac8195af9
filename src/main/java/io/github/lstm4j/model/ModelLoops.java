package io.github.lstm4j.model;

import io.github.lstm4j.callbacks.ProgressBar;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import io.github.lstm4j.training.Trainer;
import java.util.LinkedHashMap;
import java.util.List;
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
   * As {@link #fit(Tensor, Tensor, Fit)}, for a model of several inputs or outputs.
   *
   * @param x in the order of the model's inputs
   * @param y in the order of the outputs that have a loss or metrics
   */
  public final History fit(List<Tensor> x, List<Tensor> y, Fit options) {
    return fit(BatchSource.of(x, y, null), options);
  }

  /**
   * As {@link #fit(List, List, Fit)}, by name.
   *
   * @param x by the names of the {@code Input}s
   * @param y by the names of the layers that give the outputs
   */
  public final History fit(Map<String, Tensor> x, Map<String, Tensor> y, Fit options) {
    return fit(BatchSource.of(x, y, null), options);
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

  /** As {@link #fit(List, List, Fit)}: loss and metrics. */
  public final Map<String, Double> evaluate(List<Tensor> x, List<Tensor> y, int batchSize) {
    return evaluate(BatchSource.of(x, y, null), batchSize);
  }

  /** As {@link #fit(Map, Map, Fit)}: loss and metrics. */
  public final Map<String, Double> evaluate(
      Map<String, Tensor> x, Map<String, Tensor> y, int batchSize) {
    return evaluate(BatchSource.of(x, y, null), batchSize);
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
   * The first output; {@link #predict(List, int)} gives all.
   *
   * @param x (samples, timesteps, features)
   * @return (samples, …) as {@link Model#outputShape()} says
   */
  public final Tensor predict(Tensor x, int batchSize) {
    return predict(BatchSource.of(x), batchSize);
  }

  /** All outputs, in batches of 32. */
  public final List<Tensor> predict(List<Tensor> x) {
    return predict(x, 32);
  }

  /**
   * All outputs.
   *
   * @param x in the order of the model's inputs
   */
  public final List<Tensor> predict(List<Tensor> x, int batchSize) {
    return predictAll(BatchSource.of(x, List.of(), null), batchSize);
  }

  /**
   * As {@link #predict(List, int)}, by name.
   *
   * @param x by the names of the {@code Input}s
   * @return by the names of the layers that give them; a name's first output is called so, the next
   *     {@code name_1}, …
   */
  public final Map<String, Tensor> predict(Map<String, Tensor> x, int batchSize) {
    List<Tensor> all = predictAll(BatchSource.of(x, Map.of(), null), batchSize);
    Map<String, Tensor> named = new LinkedHashMap<>();
    for (int i = 0; i < all.size(); i++) {
      String name = graph().outputNames().get(i);
      String free = name;
      for (int n = 1; named.containsKey(free); n++) {
        free = name + "_" + n;
      }
      named.put(free, all.get(i));
    }
    return named;
  }

  /** The first output for batches from any source, one behind the other. */
  public final Tensor predict(BatchSource source, int batchSize) {
    return predictAll(source, batchSize).get(0);
  }

  /** All outputs for batches from any source, each one behind the other. */
  public final List<Tensor> predictAll(BatchSource source, int batchSize) {
    return trainer().predict(source, batchSize);
  }

  @Override
  public final Map<String, Tensor> gradients(Batch batch) {
    return trainer().gradients(Arguments.given("a batch", batch));
  }
}
