package io.github.lstm4j.losses;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.expression.RowFunction;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import java.util.ArrayList;
import java.util.List;

/**
 * A loss. Each row of the prediction (a sample, or one timestep of one) has a value, averaged over
 * the last axis where the formula is elementwise; the loss is the sum of the rows by a divisor that
 * the {@link Reduction} names. Masked rows count nothing; sample weights multiply their rows.
 *
 * <p>Formulas as in <a href="https://keras.io/api/losses/">keras.io/api/losses</a>, with t the
 * target, p the prediction and ε = 1e-7.
 *
 * <p>A crossentropy of what a sigmoid or softmax activation gives is computed from what went into
 * the activation, as logits, as Keras on TensorFlow does: it learns where probabilities are 0 or 1
 * in floating point. This holds for the activation of a Dense layer and for activation layers,
 * whichever of the two activations and crossentropies meet; it is lost, as in Keras, by
 * TimeDistributed, by layers in between, and with {@code ignoreClass}.
 *
 * @param kind the formula
 * @param fromLogits for crossentropies: the prediction is before sigmoid or softmax
 * @param delta for {@link Kind#HUBER}: where the parabola becomes a line, greater than 0
 * @param labelSmoothing for {@link Kind#BINARY_CROSSENTROPY} and {@link
 *     Kind#CATEGORICAL_CROSSENTROPY}, s from 0 to 1: the target is {@code t·(1 − s) + s/2} or
 *     {@code t·(1 − s) + s/K}, K the length of the last axis
 * @param axis for crossentropies: that of the prediction (samples, timesteps, outputs) or (samples,
 *     outputs) which a row runs along, from the end if negative; the other losses have the last
 * @param ignoreClass for {@link Kind#SPARSE_CATEGORICAL_CROSSENTROPY}: rows whose target is that
 *     number are as if masked; null: there is none
 * @param reduction what the sum of the rows is divided by
 * @param weight what the loss is multiplied by, Keras's {@code loss_weights}
 * @param quantiles for {@link Kind#QUANTILE}: which, ascending, each between 0 and 1; others: none
 * @param own for {@link Kind#OWN}; others: null
 */
public record Loss(
    Kind kind,
    boolean fromLogits,
    float delta,
    float labelSmoothing,
    int axis,
    Integer ignoreClass,
    Reduction reduction,
    float weight,
    List<Float> quantiles,
    Own own) {
  /** A loss of one's own: what logs call it, and the rows' values. */
  public record Own(String name, RowFunction function) {}

  private static final RowFunction CTC =
      new RowFunction() {
        @Override
        public Expression of(Expression target, Expression prediction) {
          return prediction.ctc(target);
        }

        @Override
        public int targetWidth(int outputs) {
          return 1;
        }
      };

  /** What the sum of the weighted rows is divided by (keras/src/losses/loss.py). */
  public enum Reduction {
    /** The number of rows that are not masked, whatever their weights; Keras's default. */
    SUM_OVER_BATCH_SIZE("sum_over_batch_size"),
    /** 1. */
    SUM("sum"),
    /** The sum of the weights of the rows that are not masked. */
    MEAN_WITH_SAMPLE_WEIGHT("mean_with_sample_weight"),
    /**
     * Each row's value is minimised by itself: the gradient is that of the sum. Logs have the mean
     * over all rows, be they masked or not.
     */
    NONE("none");

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
    MEAN_SQUARED_ERROR("mean_squared_error", "MeanSquaredError", "mse"),
    /** {@code |t − p|}. */
    MEAN_ABSOLUTE_ERROR("mean_absolute_error", "MeanAbsoluteError", "mae"),
    /** {@code 100·|t − p| / max(|t|, ε)}. */
    MEAN_ABSOLUTE_PERCENTAGE_ERROR(
        "mean_absolute_percentage_error", "MeanAbsolutePercentageError", "mape"),
    /** {@code (log(1 + t) − log(1 + p))²}, t and p at least ε. */
    MEAN_SQUARED_LOGARITHMIC_ERROR(
        "mean_squared_logarithmic_error", "MeanSquaredLogarithmicError", "msle"),
    /** {@code log cosh(p − t)}: a parabola near 0, |t − p| − log 2 far from it. */
    LOG_COSH("log_cosh", "LogCosh", null),
    /** {@code p − t·log(p + ε)}: of counts t, where p is their rate, greater than 0. */
    POISSON("poisson", "Poisson", null),
    /** {@code (t − p)²/2} up to δ, {@code δ·|t − p| − δ²/2} beyond. */
    HUBER("huber", "Huber", null),
    /**
     * {@code max(q·(t − p), (q − 1)·(t − p))}, the pinball loss: p becomes the value below which t
     * is with probability q. A target has as many outputs as there are quantiles, one behind the
     * other: targets (…, K), predictions (…, K·Q). Keras has no such loss.
     */
    QUANTILE("quantile", "QuantileLoss", null),
    /** {@code −t·log(p) − (1 − t)·log(1 − p)}, p clipped to [ε, 1 − ε]. */
    BINARY_CROSSENTROPY("binary_crossentropy", "BinaryCrossentropy", "bce"),
    /**
     * {@code −Σ t·log(p)} over classes, p normalised to sum 1 and clipped to [ε, 1 − ε]. Its
     * gradient is that of this formula also where the targets' sum is not 1; TensorFlow's is then
     * that of a sum of 1, as the page of its {@code softmax_cross_entropy_with_logits} warns.
     */
    CATEGORICAL_CROSSENTROPY("categorical_crossentropy", "CategoricalCrossentropy", null),
    /** As categorical, with the target a class number. */
    SPARSE_CATEGORICAL_CROSSENTROPY(
        "sparse_categorical_crossentropy", "SparseCategoricalCrossentropy", null),
    /** What a function of one's own gives for each row: {@link Loss#of(String, RowFunction)}. */
    OWN("own", "own", null),
    /**
     * Connectionist temporal classification of logits (B,T,K), whose class 0 is the blank: targets
     * are class numbers from 1 on in their order, padded with 0 to the T timesteps.
     */
    CTC("ctc", "CTC", null);

    private final String kerasName;
    private final String className;
    private final String alias; // null: there is none

    Kind(String kerasName, String className, String alias) {
      this.kerasName = kerasName;
      this.className = className;
      this.alias = alias;
    }

    /** The function's name in Keras. */
    public String kerasName() {
      return kerasName;
    }

    /** The class's name in Keras. */
    public String className() {
      return className;
    }

    /** Whether targets are classes, and predictions probabilities or logits. */
    public boolean isCrossentropy() {
      return switch (this) {
        case BINARY_CROSSENTROPY, CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY -> true;
        case MEAN_SQUARED_ERROR,
            MEAN_ABSOLUTE_ERROR,
            MEAN_ABSOLUTE_PERCENTAGE_ERROR,
            MEAN_SQUARED_LOGARITHMIC_ERROR,
            LOG_COSH,
            POISSON,
            HUBER,
            QUANTILE,
            OWN,
            CTC ->
            false;
      };
    }

    /** Whether a row's value is the mean of a value of each element. */
    public boolean isElementwise() {
      return switch (this) {
        case CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY, CTC -> false;
        default -> true;
      };
    }
  }

  /** A loss with Keras's defaults. */
  public Loss(Kind kind, boolean fromLogits, float delta) {
    this(
        kind,
        fromLogits,
        delta,
        0f,
        -1,
        null,
        Reduction.SUM_OVER_BATCH_SIZE,
        1f,
        kind == Kind.QUANTILE ? List.of(0.5f) : List.of(),
        null);
  }

  /** Checks the parameters. */
  public Loss {
    require(delta > 0, kind, "delta must be greater than 0, got " + delta);
    require(
        labelSmoothing >= 0 && labelSmoothing <= 1,
        kind,
        "labelSmoothing must be from 0 to 1, got " + labelSmoothing);
    boolean smoothed = kind == Kind.BINARY_CROSSENTROPY || kind == Kind.CATEGORICAL_CROSSENTROPY;
    require(
        labelSmoothing == 0 || smoothed, kind, "there is no labelSmoothing, got " + labelSmoothing);
    require(axis == -1 || kind.isCrossentropy(), kind, "the axis is the last one, -1, got " + axis);
    require(
        ignoreClass == null || kind == Kind.SPARSE_CATEGORICAL_CROSSENTROPY,
        kind,
        "there is no ignoreClass, got " + ignoreClass);
    require(Float.isFinite(weight), kind, "weight must be a number, got " + weight);
    quantiles = List.copyOf(quantiles);
    require(
        quantiles.isEmpty() == (kind != Kind.QUANTILE),
        kind,
        (kind == Kind.QUANTILE ? "expected at least one quantile" : "there are no quantiles")
            + ", got "
            + quantiles);
    require((own != null) == (kind == Kind.OWN), kind, "a function goes with the kind OWN");
    for (int i = 0; i < quantiles.size(); i++) {
      require(
          quantiles.get(i) > (i == 0 ? 0 : quantiles.get(i - 1)) && quantiles.get(i) < 1,
          kind,
          "quantiles must lie between 0 and 1 and ascend, got " + quantiles);
    }
  }

  private static void require(boolean holds, Kind kind, String what) {
    if (!holds) {
      throw new IllegalArgumentException(kind.kerasName + ": " + what);
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

  /** Mean absolute percentage error: in percent of the target; useless for targets near 0. */
  public static Loss meanAbsolutePercentageError() {
    return new Loss(Kind.MEAN_ABSOLUTE_PERCENTAGE_ERROR, false, 1f);
  }

  /** Mean squared logarithmic error, of numbers of at least 0. */
  public static Loss meanSquaredLogarithmicError() {
    return new Loss(Kind.MEAN_SQUARED_LOGARITHMIC_ERROR, false, 1f);
  }

  /** The logarithm of the hyperbolic cosine of the error. */
  public static Loss logCosh() {
    return new Loss(Kind.LOG_COSH, false, 1f);
  }

  /** Poisson loss of counts; the prediction is a rate, greater than 0. */
  public static Loss poisson() {
    return new Loss(Kind.POISSON, false, 1f);
  }

  /**
   * The pinball loss of quantiles, so that forecasts have an interval.
   *
   * <pre>{@code
   * model.add(new Dense(3)); // for one target
   * model.compile(Optimizer.adam(1e-3f), Loss.quantile(0.1f, 0.5f, 0.9f));
   * }</pre>
   *
   * @param quantiles Q of them, ascending, each between 0 and 1; for K targets the model has K·Q
   *     outputs: those of the first target, then those of the second
   */
  public static Loss quantile(float... quantiles) {
    List<Float> all = new ArrayList<>();
    for (float q : quantiles) {
      all.add(q);
    }
    return new Loss(Kind.QUANTILE, false, 1f).withQuantiles(all);
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
   * A loss of one's own: the value of each row, from targets and predictions. It is differentiated,
   * runs on both backends, and has weights, masks and reductions as the others.
   *
   * <pre>{@code
   * // twice the squared error where the prediction is too low
   * Loss loss =
   *     Loss.of(
   *         "asymmetric",
   *         (y, p) -> {
   *           Expression e = y.minus(p);
   *           return e.greaterThan(0).where(e.square().times(2), e.square()).mean(-1);
   *         });
   * }</pre>
   *
   * <p>A saved model names it, as Keras names a function of the user's; whoever loads the model
   * compiles it again with the loss.
   *
   * @param name what logs and files call it
   */
  public static Loss of(String name, RowFunction function) {
    Names.given("loss", name);
    Own own = new Own(name, Arguments.given("a function for the loss " + name, function));
    return new Loss(
        Kind.OWN, false, 1f, 0f, -1, null, Reduction.SUM_OVER_BATCH_SIZE, 1f, List.of(), own);
  }

  /** A loss of one of the functions of the library. */
  public static Loss of(LossFunction function) {
    return of(function.kerasName(), function);
  }

  /** The function of the library that it is, or null. */
  public LossFunction ofLibrary() {
    return function() instanceof LossFunction f ? f : null;
  }

  /** {@code max(1 − t·p, 0)}, for targets of −1 and 1, or of 0 and 1. */
  public static Loss hinge() {
    return of(new LossFunction.Hinge(false));
  }

  /** The square of {@link #hinge}. */
  public static Loss squaredHinge() {
    return of(new LossFunction.Hinge(true));
  }

  /** The hinge of one-hot targets. */
  public static Loss categoricalHinge() {
    return of(new LossFunction.CategoricalHinge());
  }

  /** Kullback–Leibler divergence of distributions. */
  public static Loss klDivergence() {
    return of(new LossFunction.KlDivergence());
  }

  /** The negative cosine of the angle between target and prediction. */
  public static Loss cosineSimilarity() {
    return of(new LossFunction.CosineSimilarity(-1));
  }

  /** Binary focal crossentropy with Keras's defaults; others by {@link LossFunction}. */
  public static Loss binaryFocalCrossentropy(boolean fromLogits) {
    return of(new LossFunction.BinaryFocal(false, 0.25f, 2, fromLogits, 0, -1));
  }

  /** Categorical focal crossentropy with Keras's defaults; others by {@link LossFunction}. */
  public static Loss categoricalFocalCrossentropy(boolean fromLogits) {
    return of(new LossFunction.CategoricalFocal(0.25f, 2, fromLogits, 0, -1));
  }

  /**
   * Negative log likelihood of a normal distribution, for forecasts with uncertainty: K targets
   * need 2·K outputs, see {@link LossFunction.Gaussian}.
   */
  public static Loss gaussianNll() {
    return of(new LossFunction.Gaussian());
  }

  /** As {@link #gaussianNll}, of Student's t-distribution, see {@link LossFunction.StudentT}. */
  public static Loss studentTNll(float degreesOfFreedom) {
    return of(new LossFunction.StudentT(degreesOfFreedom));
  }

  /** What logs and files call it: Keras's name, or that of one's own. */
  public String name() {
    return own == null ? kind.kerasName : own.name();
  }

  /** The function that gives the rows' values, or null where backends know the formula. */
  public RowFunction function() {
    return kind == Kind.CTC ? CTC : own == null ? null : own.function();
  }

  /** A loss of values that are the rows' already, as its function gave them. */
  public Loss ofRows() {
    return of(name(), (target, rows) -> rows).withReduction(reduction).withWeight(weight);
  }

  /**
   * Connectionist temporal classification, for sequences of classes of which nobody says when each
   * comes: see {@link Kind#CTC}.
   */
  public static Loss ctc() {
    return new Loss(Kind.CTC, false, 1f);
  }

  /**
   * The loss of that Keras name with default parameters: of the function, of the class, or one of
   * Keras's short names, {@code mse, mae, mape, msle, bce}. {@code quantile} is that of the median.
   *
   * @throws IllegalArgumentException if there is none; says which one may be meant
   */
  public static Loss of(String name) {
    Names.given("loss", name);
    if (name.equalsIgnoreCase("ce") || name.equalsIgnoreCase("crossentropy")) {
      throw new IllegalArgumentException(
          "the loss '"
              + name
              + "' is named by what the targets are: binary_crossentropy for 0 or 1,"
              + " categorical_crossentropy for one-hot rows, sparse_categorical_crossentropy for"
              + " class numbers");
    }
    for (Kind k : Kind.values()) {
      boolean named =
          k.kerasName.equalsIgnoreCase(name)
              || k.className.equals(name)
              || name.equalsIgnoreCase(k.alias);
      if (named && k != Kind.OWN) {
        return new Loss(k, false, 1f);
      }
    }
    for (LossFunction f : LossFunction.all()) {
      if (f.kerasName().equalsIgnoreCase(name)
          || f.className().equals(name)
          || name.equalsIgnoreCase(f.alias())) {
        return of(f);
      }
    }
    throw Names.unknown("loss", name, names());
  }

  /** The names that {@link #of} takes: short ones and those of functions. */
  public static List<String> names() {
    List<String> names = new ArrayList<>();
    for (Kind k : Kind.values()) {
      if (k.alias != null) {
        names.add(k.alias);
      }
    }
    for (Kind k : Kind.values()) {
      if (k != Kind.OWN) {
        names.add(k.kerasName);
      }
    }
    LossFunction.all().forEach(f -> names.add(f.kerasName()));
    return names;
  }

  /** A copy that takes the prediction for logits, or for probabilities. */
  public Loss withFromLogits(boolean logits) {
    return new Loss(
        kind, logits, delta, labelSmoothing, axis, ignoreClass, reduction, weight, quantiles, own);
  }

  /** A copy with smoothed targets. */
  public Loss withLabelSmoothing(float smoothing) {
    return new Loss(
        kind, fromLogits, delta, smoothing, axis, ignoreClass, reduction, weight, quantiles, own);
  }

  /** A copy whose rows run along another axis. */
  public Loss withAxis(int other) {
    return new Loss(
        kind,
        fromLogits,
        delta,
        labelSmoothing,
        other,
        ignoreClass,
        reduction,
        weight,
        quantiles,
        own);
  }

  /** A copy that leaves out rows of that class; null: of none. */
  public Loss withIgnoreClass(Integer ignored) {
    return new Loss(
        kind, fromLogits, delta, labelSmoothing, axis, ignored, reduction, weight, quantiles, own);
  }

  /** A copy with another reduction. */
  public Loss withReduction(Reduction other) {
    return new Loss(
        kind, fromLogits, delta, labelSmoothing, axis, ignoreClass, other, weight, quantiles, own);
  }

  /** A copy that is multiplied by that. */
  public Loss withWeight(float factor) {
    return new Loss(
        kind,
        fromLogits,
        delta,
        labelSmoothing,
        axis,
        ignoreClass,
        reduction,
        factor,
        quantiles,
        own);
  }

  /** A copy for other quantiles. */
  public Loss withQuantiles(List<Float> others) {
    return new Loss(
        kind, fromLogits, delta, labelSmoothing, axis, ignoreClass, reduction, weight, others, own);
  }

  /** What a target is multiplied by before {@link #smoothed(int)} is added. */
  public float unsmoothed() {
    return 1 - labelSmoothing;
  }

  /**
   * What smoothing adds to a target.
   *
   * @param outputs the length of the prediction's last axis
   */
  public float smoothed(int outputs) {
    return labelSmoothing / (kind == Kind.BINARY_CROSSENTROPY ? 2 : outputs);
  }

  /** Whether it is computed from an activation's logits where there are any. */
  public boolean prefersLogits() {
    return kind.isCrossentropy() && ignoreClass == null;
  }

  /** How many outputs a target has. */
  public int outputsPerTarget() {
    return Math.max(1, quantiles.size());
  }

  /**
   * How many numbers a target's last axis has.
   *
   * @param outputs the length of the prediction's last axis
   * @throws IllegalArgumentException if the quantiles do not divide it
   */
  public int targetWidth(int outputs) {
    if (function() != null) {
      return function().targetWidth(outputs);
    }
    require(
        outputs % outputsPerTarget() == 0,
        kind,
        "expected a multiple of "
            + outputsPerTarget()
            + " outputs, one for each of the quantiles "
            + quantiles
            + " of each target, got "
            + outputs);
    return sparse() ? 1 : outputs / outputsPerTarget();
  }

  /** Whether targets hold numbers of classes. */
  public boolean takesClasses() {
    return sparse() || kind == Kind.CTC;
  }

  /** Whether the target is a class number rather than a row as wide as the prediction. */
  public boolean sparse() {
    return kind == Kind.SPARSE_CATEGORICAL_CROSSENTROPY;
  }
}
