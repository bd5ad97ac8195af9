package io.github.lstm4j.metrics;

import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.tensor.Shape;
import java.util.Locale;

/**
 * A metric of an epoch. It has a state, to which each batch adds, and a result that the state
 * gives; for the means here that is a sum over samples (and timesteps) and their number. A
 * propagated mask leaves masked rows out; sample weights do not count, as in Keras. Formulas as in
 * <a href="https://keras.io/api/metrics/">keras.io/api/metrics</a>.
 */
public enum Metric {
  /** Mean of {@code |t − p|}. */
  MEAN_ABSOLUTE_ERROR("mean_absolute_error", "MeanAbsoluteError", "mae"),
  /** Mean of {@code (t − p)²}. */
  MEAN_SQUARED_ERROR("mean_squared_error", "MeanSquaredError", "mse"),
  /** Square root of the mean of {@code (t − p)²}. */
  ROOT_MEAN_SQUARED_ERROR("root_mean_squared_error", "RootMeanSquaredError", "rmse"),
  /** How often {@code p > 0.5} equals the target. */
  BINARY_ACCURACY("binary_accuracy", "BinaryAccuracy", "binary_accuracy"),
  /** How often the largest prediction is the largest target. */
  CATEGORICAL_ACCURACY("categorical_accuracy", "CategoricalAccuracy", "categorical_accuracy"),
  /** How often the largest prediction is the target class number. */
  SPARSE_CATEGORICAL_ACCURACY(
      "sparse_categorical_accuracy", "SparseCategoricalAccuracy", "sparse_categorical_accuracy");

  /** The shape of a mean's state, {@code [sum, weight]}. */
  public static final Shape MEAN_STATE = Shape.of(2);

  private final String kerasName;
  private final String className;
  private final String logName;

  Metric(String kerasName, String className, String logName) {
    this.kerasName = kerasName;
    this.className = className;
    this.logName = logName;
  }

  /** The name in Keras. */
  public String kerasName() {
    return kerasName;
  }

  /** The class's name in Keras. */
  public String className() {
    return className;
  }

  /** The key in logs and histories, Keras's own short form. */
  public String logName() {
    return logName;
  }

  /** The shape of the state, all zero at first. */
  public Shape stateShape() {
    return switch (this) {
      case MEAN_ABSOLUTE_ERROR,
          MEAN_SQUARED_ERROR,
          ROOT_MEAN_SQUARED_ERROR,
          BINARY_ACCURACY,
          CATEGORICAL_ACCURACY,
          SPARSE_CATEGORICAL_ACCURACY ->
          MEAN_STATE;
    };
  }

  /** What a state gives. */
  public double result(double[] state) {
    return switch (this) {
      case MEAN_ABSOLUTE_ERROR,
          MEAN_SQUARED_ERROR,
          BINARY_ACCURACY,
          CATEGORICAL_ACCURACY,
          SPARSE_CATEGORICAL_ACCURACY ->
          mean(state);
      case ROOT_MEAN_SQUARED_ERROR -> Math.sqrt(mean(state));
    };
  }

  /** The mean of a state {@code [sum, weight]}, that of the loss too; 0 without weight. */
  public static double mean(double[] state) {
    return state[1] == 0 ? 0 : state[0] / state[1];
  }

  /** Whether a larger result is a better one, as of accuracies; of errors a smaller one is. */
  public boolean moreIsBetter() {
    return switch (this) {
      case BINARY_ACCURACY, CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> true;
      case MEAN_ABSOLUTE_ERROR, MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR -> false;
    };
  }

  /** Whether a row's value is the mean of a value of each element. */
  public boolean isElementwise() {
    return switch (this) {
      case MEAN_ABSOLUTE_ERROR, MEAN_SQUARED_ERROR, ROOT_MEAN_SQUARED_ERROR, BINARY_ACCURACY ->
          true;
      case CATEGORICAL_ACCURACY, SPARSE_CATEGORICAL_ACCURACY -> false;
    };
  }

  /** Whether the target is a class number rather than a row as wide as the prediction. */
  public boolean sparse() {
    return this == SPARSE_CATEGORICAL_ACCURACY;
  }

  /**
   * The metric of that name, in any of its forms.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Metric of(String name) {
    StringBuilder names = new StringBuilder();
    for (Metric m : values()) {
      if (m.kerasName.equals(name.toLowerCase(Locale.ROOT))
          || m.logName.equals(name)
          || m.className.equals(name)) {
        return m;
      }
      names.append(names.length() == 0 ? "" : ", ").append(m.logName);
    }
    throw new IllegalArgumentException("no metric is called '" + name + "'; there are " + names);
  }

  /**
   * What Keras's {@code accuracy} means: the sparse one if the targets are class numbers, the
   * binary one for a single output, the categorical one otherwise.
   *
   * @param outputs the length of the output's last axis
   */
  public static Metric accuracyFor(Loss loss, int outputs) {
    if (loss.sparse()) {
      return SPARSE_CATEGORICAL_ACCURACY;
    }
    return outputs == 1 ? BINARY_ACCURACY : CATEGORICAL_ACCURACY;
  }
}
