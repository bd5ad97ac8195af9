package io.github.lstm4j.training;

import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * How to train. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * model.fit(x, y, Fit.epochs(10).batchSize(64).validationSplit(0.2));
 * }</pre>
 *
 * <p>An interrupt of the thread ends a training between two steps: {@code fit} returns the history
 * of the epochs that were done, and the flag stays set. What a callback or a source throws ends it
 * too: see {@link TrainingException}.
 *
 * @param epochs train until this epoch, at least 1
 * @param batchSize samples in a step, default 32
 * @param validationSplit the last fraction of the samples, taken before shuffling, is for
 *     validation
 * @param validation what is evaluated after each epoch, or null
 * @param shuffle whether the samples of an epoch come in random order, default true
 * @param initialEpoch the epoch to begin with, to go on where a training stopped. If it is the one
 *     that the model's {@link Progress} names, callbacks go on too, from what they remember
 * @param callbacks what is told of the progress
 * @param verbose whether a progress bar (or, without a terminal, a line an epoch) is printed
 */
public record Fit(
    int epochs,
    int batchSize,
    double validationSplit,
    BatchSource validation,
    boolean shuffle,
    int initialEpoch,
    List<Callback> callbacks,
    boolean verbose) {

  /** Checks the values. */
  public Fit {
    if (epochs < 1) {
      throw new IllegalArgumentException("fit: epochs must be at least 1, got " + epochs);
    }
    if (batchSize < 1) {
      throw new IllegalArgumentException("fit: batchSize must be at least 1, got " + batchSize);
    }
    if (!(validationSplit >= 0 && validationSplit < 1)) {
      throw new IllegalArgumentException(
          "fit: validationSplit must lie in [0, 1), got " + validationSplit);
    }
    if (initialEpoch < 0) {
      throw new IllegalArgumentException(
          "fit: initialEpoch must be at least 0, got " + initialEpoch);
    }
    callbacks = List.copyOf(callbacks);
  }

  /** That many epochs, and Keras's defaults for the rest. */
  public static Fit epochs(int epochs) {
    return new Fit(epochs, 32, 0, null, true, 0, List.of(), true);
  }

  /** With another number of samples in a step. */
  public Fit batchSize(int size) {
    return new Fit(
        epochs, size, validationSplit, validation, shuffle, initialEpoch, callbacks, verbose);
  }

  /** With the last fraction of the samples for validation. */
  public Fit validationSplit(double fraction) {
    return new Fit(epochs, batchSize, fraction, null, shuffle, initialEpoch, callbacks, verbose);
  }

  /** With data of its own for validation. */
  public Fit validationData(Tensor x, Tensor y) {
    return validationData(BatchSource.of(x, y));
  }

  /** With data of its own for validation, from any source. */
  public Fit validationData(BatchSource source) {
    return new Fit(epochs, batchSize, 0, source, shuffle, initialEpoch, callbacks, verbose);
  }

  /** With or without shuffling. */
  public Fit shuffle(boolean random) {
    return new Fit(
        epochs, batchSize, validationSplit, validation, random, initialEpoch, callbacks, verbose);
  }

  /** Beginning with a later epoch. */
  public Fit initialEpoch(int epoch) {
    return new Fit(
        epochs, batchSize, validationSplit, validation, shuffle, epoch, callbacks, verbose);
  }

  /** With these callbacks. */
  public Fit callbacks(Callback... all) {
    return callbacks(List.of(all));
  }

  /** With these callbacks. */
  public Fit callbacks(List<Callback> all) {
    return new Fit(
        epochs, batchSize, validationSplit, validation, shuffle, initialEpoch, all, verbose);
  }

  /** With one more callback, told after the others. */
  public Fit and(Callback last) {
    List<Callback> all = new ArrayList<>(callbacks);
    all.add(last);
    return callbacks(all);
  }

  /** Without output. */
  public Fit silent() {
    return new Fit(
        epochs, batchSize, validationSplit, validation, shuffle, initialEpoch, callbacks, false);
  }

  /**
   * For these samples: the last fraction of them goes to validation, if a split is asked for.
   *
   * @throws IllegalArgumentException if nothing is left for one of the two
   */
  Division divide(BatchSource source) {
    if (validationSplit == 0) {
      return new Division(source, validation);
    }
    if (!(source instanceof Sources.OfTensors tensors)) {
      throw new IllegalArgumentException(
          "fit: validationSplit needs x and y as tensors; give validationData for other sources");
    }
    int n = tensors.samples();
    int trained = (int) Math.floor(n * (1.0 - validationSplit)); // as Keras rounds
    if (trained == 0 || trained == n) {
      throw new IllegalArgumentException(
          "fit: validationSplit "
              + validationSplit
              + " of "
              + n
              + " samples leaves "
              + trained
              + " for training and "
              + (n - trained)
              + " for validation; both must be at least 1");
    }
    return new Division(tensors.part(0, trained), tensors.part(trained, n));
  }

  /** What is trained on, and what is evaluated after each epoch, or null. */
  record Division(BatchSource training, BatchSource validation) {}
}
