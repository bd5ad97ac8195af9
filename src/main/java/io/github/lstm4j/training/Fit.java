package io.github.lstm4j.training;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

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
 * @param validation what is evaluated after epochs, or null
 * @param validationFreq after how many epochs each time that is done, default 1: after each
 * @param validationSteps batches of a validation, or {@link BatchSource#UNKNOWN}: all there are
 * @param classWeight what the samples of a class count, 1 for those that are not named
 * @param shuffle whether the samples of an epoch come in random order, default true
 * @param stepsPerEpoch steps in an epoch, or {@link BatchSource#UNKNOWN}: as many as the source
 *     gives
 * @param tbpttLength truncated back-propagation through time: how many timesteps a step learns
 *     from, or 0: all. See {@link #tbpttLength(int)}
 * @param initialEpoch the epoch to begin with, to go on where a training stopped. If it is the one
 *     that the model's {@link Progress} names, callbacks go on too, from what they remember
 * @param callbacks what is told of the progress
 * @param verbose whether a progress bar (or, without a terminal, a line an epoch) is printed
 * @param allReduce what ties this training to others that have shares of the same batches, or null
 * @param averageEvery after how many steps of its own each share's weights are averaged; 0: shares
 *     make each step together
 * @param devices what shares the batches, or none: what the model runs on. See {@link
 *     #devices(Backend...)}
 */
public record Fit(
    int epochs,
    int batchSize,
    double validationSplit,
    BatchSource validation,
    int validationFreq,
    int validationSteps,
    Map<Integer, Double> classWeight,
    boolean shuffle,
    int stepsPerEpoch,
    int tbpttLength,
    int initialEpoch,
    List<Callback> callbacks,
    boolean verbose,
    AllReduce allReduce,
    int averageEvery,
    List<Backend> devices) {

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
    if (validationFreq < 1) {
      throw new IllegalArgumentException(
          "fit: validationFreq must be at least 1, got " + validationFreq);
    }
    checkSteps("validationSteps", validationSteps);
    checkSteps("stepsPerEpoch", stepsPerEpoch);
    if (tbpttLength < 0) {
      throw new IllegalArgumentException("fit: tbpttLength must be at least 1, got " + tbpttLength);
    }
    if (initialEpoch < 0) {
      throw new IllegalArgumentException(
          "fit: initialEpoch must be at least 0, got " + initialEpoch);
    }
    classWeight.forEach(
        (number, weight) -> {
          if (!(number >= 0 && weight >= 0 && Float.isFinite(weight.floatValue()))) {
            throw new IllegalArgumentException(
                "fit: classWeight: expected classes and weights of at least 0, got "
                    + number
                    + ": "
                    + weight);
          }
        });
    if (averageEvery < 0) {
      throw new IllegalArgumentException(
          "fit: averageEvery must be at least 1, got " + averageEvery);
    }
    classWeight = Map.copyOf(classWeight);
    callbacks = List.copyOf(callbacks);
    devices = List.copyOf(devices);
    if (!devices.isEmpty() && (tbpttLength > 0 || allReduce != null)) {
      throw new IllegalArgumentException(
          "fit: devices do not go with "
              + (tbpttLength > 0 ? "tbpttLength " + tbpttLength : "allReduce")
              + "; train on one device");
    }
  }

  private static void checkSteps(String option, int steps) {
    if (steps < 1 && steps != BatchSource.UNKNOWN) {
      throw new IllegalArgumentException("fit: " + option + " must be at least 1, got " + steps);
    }
  }

  /** That many epochs, and Keras's defaults for the rest. */
  public static Fit epochs(int epochs) {
    int all = BatchSource.UNKNOWN;
    return new Fit(
        epochs, 32, 0, null, 1, all, Map.of(), true, all, 0, 0, List.of(), true, null, 0,
        List.of());
  }

  /** The values of one that is changed. */
  private static final class Draft {
    private final int epochs;
    private int batchSize;
    private double validationSplit;
    private BatchSource validation;
    private int validationFreq;
    private int validationSteps;
    private Map<Integer, Double> classWeight;
    private boolean shuffle;
    private int stepsPerEpoch;
    private int tbpttLength;
    private int initialEpoch;
    private List<Callback> callbacks;
    private boolean verbose;
    private AllReduce allReduce;
    private int averageEvery;
    private List<Backend> devices;

    private Draft(Fit of) {
      epochs = of.epochs;
      batchSize = of.batchSize;
      validationSplit = of.validationSplit;
      validation = of.validation;
      validationFreq = of.validationFreq;
      validationSteps = of.validationSteps;
      classWeight = of.classWeight;
      shuffle = of.shuffle;
      stepsPerEpoch = of.stepsPerEpoch;
      tbpttLength = of.tbpttLength;
      initialEpoch = of.initialEpoch;
      callbacks = of.callbacks;
      verbose = of.verbose;
      allReduce = of.allReduce;
      averageEvery = of.averageEvery;
      devices = of.devices;
    }
  }

  private Fit with(Consumer<Draft> change) {
    Draft d = new Draft(this);
    change.accept(d);
    return new Fit(
        d.epochs,
        d.batchSize,
        d.validationSplit,
        d.validation,
        d.validationFreq,
        d.validationSteps,
        d.classWeight,
        d.shuffle,
        d.stepsPerEpoch,
        d.tbpttLength,
        d.initialEpoch,
        d.callbacks,
        d.verbose,
        d.allReduce,
        d.averageEvery,
        d.devices);
  }

  /** With another number of samples in a step. */
  public Fit batchSize(int size) {
    return with(d -> d.batchSize = size);
  }

  /** With the last fraction of the samples for validation. */
  public Fit validationSplit(double fraction) {
    return with(
        d -> {
          d.validationSplit = fraction;
          d.validation = null;
        });
  }

  /** With data of its own for validation. */
  public Fit validationData(Tensor x, Tensor y) {
    return validationData(BatchSource.of(x, y));
  }

  /** As {@link #validationData(Tensor, Tensor)}, for a model of several inputs or outputs. */
  public Fit validationData(List<Tensor> x, List<Tensor> y) {
    return validationData(BatchSource.of(x, y, null));
  }

  /** As {@link #validationData(List, List)}, by the names of inputs and outputs. */
  public Fit validationData(Map<String, Tensor> x, Map<String, Tensor> y) {
    return validationData(BatchSource.of(x, y, null));
  }

  /** With data of its own for validation, from any source. */
  public Fit validationData(BatchSource source) {
    return with(
        d -> {
          d.validationSplit = 0;
          d.validation = source;
        });
  }

  /**
   * With validation after every that many epochs only: the second, the fourth, … for 2. In between
   * the logs, and so the lists of the history, have no {@code val_} values, and callbacks that
   * watch one let those epochs pass.
   */
  public Fit validationFreq(int epochsBetween) {
    return with(d -> d.validationFreq = epochsBetween);
  }

  /** With validation on the first batches only, the same ones each time. */
  public Fit validationSteps(int steps) {
    return with(d -> d.validationSteps = steps);
  }

  /**
   * With a weight for the samples of each class, for classes that are not equally frequent; 1 for
   * those that are not named. A class is a target's number, rounded, or where its greatest value
   * is. Weights of the samples themselves are multiplied. Validation has none.
   *
   * <pre>{@code
   * Fit.epochs(10).classWeight(Map.of(0, 1.0, 1, 20.0));
   * }</pre>
   */
  public Fit classWeight(Map<Integer, Double> weights) {
    return with(d -> d.classWeight = weights);
  }

  /** With or without shuffling. */
  public Fit shuffle(boolean random) {
    return with(d -> d.shuffle = random);
  }

  /**
   * With epochs of that many steps, for a source without an end, or one whose passes are long: each
   * epoch goes on where the one before it stopped. Where the source runs dry the epoch is short,
   * which is told as a warning, and the next one begins the source anew; a source that then gives
   * nothing ends the training.
   *
   * <pre>{@code
   * model.fit(BatchSource.of(endless), Fit.epochs(10).stepsPerEpoch(1000));
   * }</pre>
   *
   * <p>A training with a later {@link #initialEpoch} begins where one from epoch 0 on would be, if
   * the source knows how many samples it has; one that does not begins with its first batch.
   */
  public Fit stepsPerEpoch(int steps) {
    return with(d -> d.stepsPerEpoch = steps);
  }

  /**
   * With truncated back-propagation through time: each batch of sequences (batch, timesteps, …) is
   * cut into chunks of that many timesteps, the last of which may be shorter. Each chunk is a step
   * of its own, with an update; the states of recurrent layers go on from chunk to chunk, gradients
   * do not. It is what a stateful layer would learn from the chunks one after the other, and what
   * DL4J calls {@code tBPTTLength}. Needs targets for each timestep, and layers that can run one
   * timestep after the other.
   *
   * @param timesteps of a chunk, at least 1
   */
  public Fit tbpttLength(int timesteps) {
    if (timesteps < 1) {
      throw new IllegalArgumentException("fit: tbpttLength must be at least 1, got " + timesteps);
    }
    return with(d -> d.tbpttLength = timesteps);
  }

  /** Beginning with a later epoch. */
  public Fit initialEpoch(int epoch) {
    return with(d -> d.initialEpoch = epoch);
  }

  /** With these callbacks. */
  public Fit callbacks(Callback... all) {
    return callbacks(List.of(all));
  }

  /** With these callbacks. */
  public Fit callbacks(List<Callback> all) {
    return with(d -> d.callbacks = all);
  }

  /** With one more callback, told after the others. */
  public Fit and(Callback last) {
    List<Callback> all = new ArrayList<>(callbacks);
    all.add(last);
    return callbacks(all);
  }

  /**
   * With each batch shared among devices, as by Keras's {@code DataParallel}: every device computes
   * the gradients of its samples, the host adds them in the order of the devices, and the first
   * device updates the weights. The numbers are those of one device with the whole batch, but for
   * the rounding of sums; what cannot give them (dropout and noise, batch normalization, stateful
   * layers, losses that are functions) is refused by name. Layers must take each sample for itself.
   * Validation runs on what the model runs on.
   *
   * <pre>{@code
   * Fit.epochs(10).batchSize(256).devices(Backends.cuda(0), Backends.cuda(1))
   * }</pre>
   *
   * @param all at least one; a batch of fewer samples than devices takes as many as it has
   */
  public Fit devices(Backend... all) {
    if (all.length == 0) {
      throw new IllegalArgumentException("fit: devices: expected at least one, got none");
    }
    return with(d -> d.devices = List.of(all));
  }

  /** Without output. */
  public Fit silent() {
    return with(d -> d.verbose = false);
  }

  /**
   * With a share of every batch: {@link #batchSize} samples of it are here, others in trainings
   * that are tied to this one. Weights, logs and what callbacks decide by them are the same
   * everywhere, and but for rounding those of one training on the whole batches, the union of the
   * shares'; dropout and noise draw other numbers. An epoch has as many steps as the longest share;
   * the others' last ones may be smaller, or have nothing. Callbacks are told everywhere: let one
   * alone write files.
   *
   * <p>Refused are what depends on all samples of a batch but for its loss (the statistics of
   * BatchNormalization, stateful layers), and sources of unknown length.
   */
  public Fit allReduce(AllReduce others) {
    return with(d -> d.allReduce = others);
  }

  /**
   * With steps that each share makes by itself, and weights and optimizer's states that are set to
   * their means over all shares, by the samples that each has seen, after so many of them and at an
   * epoch's end: for shares that lie far apart. It is another training than one with whole batches
   * (McMahan et al. 2017, FedAvg), but with a step and plain gradient descent.
   *
   * @param steps at least 1; needs {@link #allReduce}
   */
  public Fit averageEvery(int steps) {
    if (steps < 1) {
      throw new IllegalArgumentException("fit: averageEvery must be at least 1, got " + steps);
    }
    return with(d -> d.averageEvery = steps);
  }

  /**
   * For these samples: the last fraction of them goes to validation, if a split is asked for.
   *
   * @throws IllegalArgumentException if nothing is left for one of the two
   */
  Division divide(BatchSource source) {
    Division all = undiminished(source);
    if (validationSteps == BatchSource.UNKNOWN) {
      return all;
    }
    if (all.validation() == null) {
      throw new IllegalArgumentException(
          "fit: validationSteps needs validationData or validationSplit");
    }
    return new Division(all.training(), all.validation().take(validationSteps));
  }

  private Division undiminished(BatchSource source) {
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
