package io.github.lstm4j.model;

import io.github.lstm4j.tensor.Tensor;
import java.util.List;

/**
 * How to train. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * model.fit(x, y, Fit.epochs(10).batchSize(64).validationSplit(0.2));
 * }</pre>
 *
 * @param epochs train until this epoch, at least 1
 * @param batchSize samples in a step, default 32
 * @param validationSplit the last fraction of the samples, taken before shuffling, is for
 *     validation
 * @param validationX validation inputs, or null
 * @param validationY validation targets, or null
 * @param shuffle whether the samples of an epoch come in random order, default true
 * @param initialEpoch the epoch to begin with, to go on where a training stopped
 * @param callbacks what is told of the progress
 * @param verbose whether a progress bar (or, without a terminal, a line an epoch) is printed
 */
public record Fit(
    int epochs,
    int batchSize,
    double validationSplit,
    Tensor validationX,
    Tensor validationY,
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
    return new Fit(epochs, 32, 0, null, null, true, 0, List.of(), true);
  }

  /** With another number of samples in a step. */
  public Fit batchSize(int size) {
    return new Fit(
        epochs,
        size,
        validationSplit,
        validationX,
        validationY,
        shuffle,
        initialEpoch,
        callbacks,
        verbose);
  }

  /** With the last fraction of the samples for validation. */
  public Fit validationSplit(double fraction) {
    return new Fit(
        epochs, batchSize, fraction, null, null, shuffle, initialEpoch, callbacks, verbose);
  }

  /** With data of its own for validation. */
  public Fit validationData(Tensor x, Tensor y) {
    return new Fit(epochs, batchSize, 0, x, y, shuffle, initialEpoch, callbacks, verbose);
  }

  /** With or without shuffling. */
  public Fit shuffle(boolean random) {
    return new Fit(
        epochs,
        batchSize,
        validationSplit,
        validationX,
        validationY,
        random,
        initialEpoch,
        callbacks,
        verbose);
  }

  /** Beginning with a later epoch. */
  public Fit initialEpoch(int epoch) {
    return new Fit(
        epochs,
        batchSize,
        validationSplit,
        validationX,
        validationY,
        shuffle,
        epoch,
        callbacks,
        verbose);
  }

  /** With these callbacks. */
  public Fit callbacks(Callback... all) {
    return new Fit(
        epochs,
        batchSize,
        validationSplit,
        validationX,
        validationY,
        shuffle,
        initialEpoch,
        List.of(all),
        verbose);
  }

  /** Without output. */
  public Fit silent() {
    return new Fit(
        epochs,
        batchSize,
        validationSplit,
        validationX,
        validationY,
        shuffle,
        initialEpoch,
        callbacks,
        false);
  }
}
