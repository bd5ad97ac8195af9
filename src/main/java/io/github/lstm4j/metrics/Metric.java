package io.github.lstm4j.metrics;

import io.github.lstm4j.losses.Loss;
import java.util.Locale;

/**
 * A metric, averaged over the samples (and timesteps) of an epoch; a propagated mask leaves masked
 * rows out. Formulas as in <a href="https://keras.io/api/metrics/">keras.io/api/metrics</a>.
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
