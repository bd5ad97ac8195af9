package io.github.lstm4j.losses;

import java.util.Locale;

/**
 * A loss. Each row of the prediction (a sample, or one timestep of one) has a value, averaged over
 * the last axis where the formula is elementwise; the loss is the sum of the rows by a divisor that
 * the {@link Reduction} names. Masked rows count nothing; sample weights multiply their rows.
 *
 * <p>Formulas as in <a href="https://keras.io/api/losses/">keras.io/api/losses</a>, with t the
 * target, p the prediction and ε = 1e-7.
 *
 * @param kind the formula
 * @param fromLogits for crossentropies: the prediction is before sigmoid or softmax
 * @param delta for {@link Kind#HUBER}: where the parabola becomes a line, greater than 0
 * @param reduction what the sum of the rows is divided by
 */
public record Loss(Kind kind, boolean fromLogits, float delta, Reduction reduction) {
  /** What the sum of the weighted rows is divided by (keras/src/losses/loss.py). */
  public enum Reduction {
    /** The number of rows that are not masked, whatever their weights; Keras's default. */
    SUM_OVER_BATCH_SIZE("sum_over_batch_size"),
    /** 1. */
    SUM("sum"),
    /** The sum of the weights of the rows that are not masked. */
    MEAN_WITH_SAMPLE_WEIGHT("mean_with_sample_weight");

    private final String kerasName;

    Reduction(String kerasName) {
      this.kerasName = kerasName;
    }

    /** The name in Keras. */
    public String kerasName() {
      return kerasName;
    }
  }

  /** The formulas. */
  public enum Kind {
    /** {@code (t − p)²}. */
    MEAN_SQUARED_ERROR("mean_squared_error", "MeanSquaredError"),
    /** {@code |t − p|}. */
    MEAN_ABSOLUTE_ERROR("mean_absolute_error", "MeanAbsoluteError"),
    /** {@code (t − p)²/2} up to δ, {@code δ·|t − p| − δ²/2} beyond. */
    HUBER("huber", "Huber"),
    /** {@code −t·log(p) − (1 − t)·log(1 − p)}, p clipped to [ε, 1 − ε]. */
    BINARY_CROSSENTROPY("binary_crossentropy", "BinaryCrossentropy"),
    /** {@code −Σ t·log(p)} over classes, p normalised to sum 1 and clipped to [ε, 1 − ε]. */
    CATEGORICAL_CROSSENTROPY("categorical_crossentropy", "CategoricalCrossentropy"),
    /** As categorical, with the target a class number. */
    SPARSE_CATEGORICAL_CROSSENTROPY(
        "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy");

    private final String kerasName;
    private final String className;

    Kind(String kerasName, String className) {
      this.kerasName = kerasName;
      this.className = className;
    }

    /** The function's name in Keras. */
    public String kerasName() {
      return kerasName;
    }

    /** The class's name in Keras. */
    public String className() {
      return className;
    }

    /** Whether a row's value is the mean of a value of each element. */
    public boolean isElementwise() {
      return switch (this) {
        case MEAN_SQUARED_ERROR, MEAN_ABSOLUTE_ERROR, HUBER, BINARY_CROSSENTROPY -> true;
        case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> false;
      };
    }
  }

  /** A loss with Keras's default reduction. */
  public Loss(Kind kind, boolean fromLogits, float delta) {
    this(kind, fromLogits, delta, Reduction.SUM_OVER_BATCH_SIZE);
  }

  /** Checks the parameters. */
  public Loss {
    if (!(delta > 0)) {
      throw new IllegalArgumentException("huber: delta must be greater than 0, got " + delta);
    }
  }

  /** Mean squared error. */
  public static Loss meanSquaredError() {
    return new Loss(Kind.MEAN_SQUARED_ERROR, false, 1f);
  }

  /** Mean absolute error. */
  public static Loss meanAbsoluteError() {
    return new Loss(Kind.MEAN_ABSOLUTE_ERROR, false, 1f);
  }

  /** Huber loss; Keras's default delta is 1. */
  public static Loss huber(float delta) {
    return new Loss(Kind.HUBER, false, delta);
  }

  /** Binary crossentropy of probabilities, or of logits. */
  public static Loss binaryCrossentropy(boolean fromLogits) {
    return new Loss(Kind.BINARY_CROSSENTROPY, fromLogits, 1f);
  }

  /** Categorical crossentropy of probabilities, or of logits; targets are one-hot. */
  public static Loss categoricalCrossentropy(boolean fromLogits) {
    return new Loss(Kind.CATEGORICAL_CROSSENTROPY, fromLogits, 1f);
  }

  /** Categorical crossentropy with class numbers as targets. */
  public static Loss sparseCategoricalCrossentropy(boolean fromLogits) {
    return new Loss(Kind.SPARSE_CATEGORICAL_CROSSENTROPY, fromLogits, 1f);
  }

  /**
   * The loss of that Keras name, function or class, with default parameters; {@code mse} and {@code
   * mae} are accepted too.
   *
   * @throws IllegalArgumentException if there is none
   */
  public static Loss of(String name) {
    switch (name.toLowerCase(Locale.ROOT)) {
      case "mse":
        return meanSquaredError();
      case "mae":
        return meanAbsoluteError();
      default:
        StringBuilder names = new StringBuilder("mse, mae");
        for (Kind k : Kind.values()) {
          if (k.kerasName.equalsIgnoreCase(name) || k.className.equals(name)) {
            return new Loss(k, false, 1f);
          }
          names.append(", ").append(k.kerasName);
        }
        throw new IllegalArgumentException("no loss is called '" + name + "'; there are " + names);
    }
  }

  /** A copy with another reduction. */
  public Loss withReduction(Reduction other) {
    return new Loss(kind, fromLogits, delta, other);
  }

  /** Whether the target is a class number rather than a row as wide as the prediction. */
  public boolean sparse() {
    return kind == Kind.SPARSE_CATEGORICAL_CROSSENTROPY;
  }
}
