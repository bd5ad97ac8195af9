package io.github.lstm4j.training;

import io.github.lstm4j.data.Windows;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * Where batches come from, epoch after epoch: tensors, windows that are cut when they are needed,
 * or whatever a user reads.
 *
 * <pre>{@code
 * model.fit(BatchSource.of(x, y), Fit.epochs(10));
 * model.fit(BatchSource.of(() -> myReader.batches()), Fit.epochs(10)); // an Iterator<Batch>
 * }</pre>
 *
 * <p>While a prediction or evaluation reads a source it keeps the weights as they are. So a source
 * must not wait for other uses of the model, or of models that share its layers.
 */
public interface BatchSource {
  /** Says that a number is not known. */
  int UNKNOWN = -1;

  /** The batches of one epoch, in order. */
  interface Batches extends AutoCloseable {
    /** The next batch, valid until the one after is asked for; null at the end. */
    Batch next();

    /** Frees what the source holds; called at the end of the epoch, and after a stop within it. */
    @Override
    default void close() {}
  }

  /** The number of samples in an epoch, or {@link #UNKNOWN}: then the end is where it comes. */
  default int samples() {
    return UNKNOWN;
  }

  /**
   * Begins an epoch.
   *
   * @param batchSize samples in a batch, but for a smaller last one. A source whose batches are
   *     made elsewhere takes them as they are
   * @param shuffle where the random order comes from, or null: as they lie. A source that cannot
   *     shuffle takes them as they come
   */
  Batches batches(int batchSize, Philox shuffle);

  /** Inputs alone, to be predicted. */
  static BatchSource of(Tensor x) {
    return of(List.of(Arguments.given("a tensor of inputs", x)), List.of(), null);
  }

  /**
   * Inputs and targets.
   *
   * @param x (samples, …)
   * @param y (samples, …)
   */
  static BatchSource of(Tensor x, Tensor y) {
    return of(x, y, null);
  }

  /**
   * Inputs, targets and what each sample's loss is multiplied by.
   *
   * @param sampleWeights (samples)
   */
  static BatchSource of(Tensor x, Tensor y, Tensor sampleWeights) {
    List<Tensor> targets = y == null ? List.of() : List.of(y);
    return of(List.of(Arguments.given("a tensor of inputs", x)), targets, sampleWeights);
  }

  /**
   * For a model of several inputs or outputs; see {@link Batch#of(List, List, Tensor)}.
   *
   * @param sampleWeights (samples), or null
   */
  static BatchSource of(List<Tensor> inputs, List<Tensor> targets, Tensor sampleWeights) {
    return new Sources.OfTensors(inputs, targets, sampleWeights, null);
  }

  /**
   * For a model of several inputs or outputs, by their names; see {@link Batch#of(Map, Map,
   * Tensor)}.
   *
   * @param sampleWeights (samples), or null
   */
  static BatchSource of(
      Map<String, Tensor> inputs, Map<String, Tensor> targets, Tensor sampleWeights) {
    return new Sources.OfTensors(
        List.copyOf(inputs.values()),
        List.copyOf(targets.values()),
        sampleWeights,
        new Batch.Names(List.copyOf(inputs.keySet()), List.copyOf(targets.keySet())));
  }

  /**
   * Batches as a user makes them, for example by reading a file larger than memory. Their sizes are
   * what they are: {@code batchSize} and {@code shuffle} do not change them.
   *
   * @param epochs begins anew for each epoch: a list, or {@code stream::iterator} of a new stream
   */
  static BatchSource of(Iterable<Batch> epochs) {
    return (batchSize, shuffle) -> {
      Iterator<Batch> batches = epochs.iterator();
      return () -> batches.hasNext() ? batches.next() : null;
    };
  }

  /**
   * Windows of a series, each cut when its batch is needed: they overlap, and all of them together
   * would take {@code length} times the series' memory.
   *
   * @param inputs {@code (rows, F)}
   * @param targets {@code (rows, K)}, or null for windows to be predicted
   * @param starts the rows at which windows start: {@link Windows#starts(Tensor,
   *     io.github.lstm4j.data.Split.Range)}
   */
  static BatchSource of(Windows windows, Tensor inputs, Tensor targets, int[] starts) {
    int[] kept = starts.clone();
    return of(
        kept.length,
        numbers -> {
          int[] some = Arrays.stream(numbers).map(n -> kept[n]).toArray();
          Tensor x = windows.inputs(inputs, some);
          return targets == null ? Batch.of(x) : Batch.of(x, windows.targets(targets, some));
        });
  }

  /**
   * Samples that are each made when their batch is needed.
   *
   * @param samples how many there are
   * @param batch makes the samples of these numbers, in their order
   */
  static BatchSource of(int samples, Function<int[], Batch> batch) {
    return new Sources.OfNumbers(samples, batch);
  }
}
