package io.github.lstm4j.training;

import io.github.lstm4j.data.Windows;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Stream;

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

  /** The number of batches in an epoch, or {@link #UNKNOWN}. */
  default int steps(int batchSize) {
    return samples() == UNKNOWN ? UNKNOWN : (int) (((long) samples() + batchSize - 1) / batchSize);
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
   * Inputs and targets. They must not change while {@code fit} runs: a device may have its own
   * copy, and values are checked once.
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
   * @param sampleWeights (samples), or (samples, timesteps) of a model whose output has timesteps
   */
  static BatchSource of(Tensor x, Tensor y, Tensor sampleWeights) {
    List<Tensor> targets = y == null ? List.of() : List.of(y);
    return of(List.of(Arguments.given("a tensor of inputs", x)), targets, sampleWeights);
  }

  /**
   * For a model of several inputs or outputs; see {@link Batch#of(List, List, Tensor)}.
   *
   * @param sampleWeights (samples) or (samples, timesteps), or null
   */
  static BatchSource of(List<Tensor> inputs, List<Tensor> targets, Tensor sampleWeights) {
    return new Sources.OfTensors(inputs, targets, sampleWeights, null);
  }

  /**
   * For a model of several inputs or outputs, by their names; see {@link Batch#of(Map, Map,
   * Tensor)}.
   *
   * @param sampleWeights (samples) or (samples, timesteps), or null
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
   * Batches that come once: an epoch goes on where the last one stopped. For {@code evaluate} and
   * {@code predict}, and for {@code fit} over one epoch or with {@link Fit#stepsPerEpoch}.
   */
  static BatchSource of(Iterator<Batch> batches) {
    return of((Iterable<Batch>) () -> batches);
  }

  /** As {@link #of(Iterator)}; the stream is closed when it has come to its end. */
  static BatchSource of(Stream<Batch> batches) {
    Iterator<Batch> iterator = batches.iterator();
    return (batchSize, shuffle) ->
        () -> {
          if (iterator.hasNext()) {
            return iterator.next();
          }
          batches.close();
          return null;
        };
  }

  /**
   * As {@link #of(Iterable)}, from a stream for each epoch, which is closed after it.
   *
   * <pre>{@code
   * BatchSource.ofStreams(() -> Files.lines(file).map(line -> Batch.ofSample(x(line), y(line))))
   * }</pre>
   */
  static BatchSource ofStreams(Supplier<Stream<Batch>> epochs) {
    return (batchSize, shuffle) -> Sources.Closing.of(epochs.get());
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
    return of(windows, Series.of(inputs), targets == null ? null : Series.of(targets), starts);
  }

  /**
   * As {@link #of(Windows, Tensor, Tensor, int[])}, of series that need not lie in memory: the
   * numbers are the same.
   *
   * <pre>{@code
   * Series series = NpyRows.of(Path.of("series.npy")); // as large as the disk
   * int[] starts = windows.starts(series, rows);
   * BatchSource source = BatchSource.of(windows, series, series, starts);
   * model.fit(source.shuffleBlocks(4096, 16).prefetch(4), Fit.epochs(10).batchSize(256));
   * }</pre>
   */
  static BatchSource of(Windows windows, Series inputs, Series targets, int[] starts) {
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
    return new Sources.OfNumbers(samples, batch, 0, 0);
  }

  // ---------------------------------------------------------------- the same otherwise grouped

  /** The first batches of each pass alone. */
  default BatchSource take(int steps) {
    return new Sources.First(this, steps);
  }

  /**
   * The samples in batches of the size that is asked for, whatever the size of those they come in:
   * for a source that gives {@linkplain Batch#ofSample single samples}, say. Samples that differ in
   * their number of timesteps get zeros at their end.
   */
  default BatchSource rebatch() {
    return Sources.Regrouped.inOrder(this);
  }

  /**
   * As {@link #rebatch}, in random order where that is asked for: each sample is drawn from the
   * next {@code buffer} ones. For sources that cannot shuffle.
   */
  default BatchSource shuffle(int buffer) {
    return Sources.Regrouped.shuffled(this, buffer);
  }

  /**
   * In random order by blocks, where that is asked for: the blocks come in random order, and the
   * samples of some blocks that follow each other come in random order. So what lies together in a
   * file is read together. For sources whose samples are made by their numbers, such as windows.
   *
   * @param block how many samples lie in a block
   * @param blocks among how many blocks the samples are shuffled
   * @throws IllegalArgumentException if the source cannot
   */
  default BatchSource shuffleBlocks(int block, int blocks) {
    throw new IllegalArgumentException(
        "shuffleBlocks needs a source of windows, or one that makes samples by their numbers; others"
            + " can shuffle(buffer)");
  }

  /**
   * Sequences of like length in one batch each, filled up with zeros at their end to the longest of
   * it: mask them by {@code new Masking(0f)}, or {@code maskZero}. A batch is given when a bucket
   * has as many samples as are asked for, and the rest at the end; the meaning of {@code
   * tf.data.Dataset.bucket_by_sequence_length}.
   *
   * <pre>{@code
   * BatchSource.of(samples).shuffle(1000).bucketByLength(10, 20, 50) // <10, <20, <50, longer
   * }</pre>
   *
   * @param boundaries the lengths at which the buckets after the first begin, ascending. A sample's
   *     length is that of its first input's first axis
   */
  default BatchSource bucketByLength(int... boundaries) {
    return Sources.Regrouped.byLength(this, boundaries);
  }

  /**
   * Prepared by another thread while the model computes; one thread, in order. What the source
   * throws is thrown where its batch would come. An interrupt of the thread that waits is passed on
   * to it. It ends with the epoch, or whatever ends it before; a source that comes once is then up
   * to {@code batches} further than the model was.
   *
   * @param batches how many are kept ready
   */
  default BatchSource prefetch(int batches) {
    return new Sources.Prefetched(this, batches);
  }
}
