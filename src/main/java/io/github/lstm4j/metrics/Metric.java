package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.RowFunction;
import io.github.lstm4j.expression.StateFunction;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.names.Arguments;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * A metric of an epoch. It has a state, to which each batch adds, and a result that the state
 * gives; for the means here that is a sum over samples (and timesteps) and their number. A
 * propagated mask leaves masked rows out ({@linkplain #heedsMask but of some}); sample weights
 * count where the metric is {@linkplain #weighted() weighted}, as in Keras's {@code
 * weighted_metrics}. Formulas as in <a
 * href="https://keras.io/api/metrics/">keras.io/api/metrics</a>.
 *
 * <pre>{@code
 * model.compile(optimizer, loss, Metric.MEAN_ABSOLUTE_ERROR, Metric.binaryAccuracy(0.8f));
 * model.compile(optimizer, loss, Metric.of(Loss.huber(0.5f)).weighted());
 * }</pre>
 *
 * @param kind the formula
 * @param loss for the means of a loss: which; otherwise null
 * @param threshold for {@link Kind#BINARY_ACCURACY}: between 0 and 1: above it a prediction is 1
 * @param k for {@link Kind#TOP_K_CATEGORICAL_ACCURACY} and its sparse sister: among how many, at
 *     least 1
 * @param isWeighted whether sample weights count
 * @param own for {@link Kind#OWN}; others: null
 */
public record Metric(Kind kind, Loss loss, float threshold, int k, boolean isWeighted, Own own) {
  /** A metric of one's own: what logs call it, and its state. */
  public record Own(String name, StateFunction function) {}

  /** The formulas. */
  public enum Kind {
    /** Mean of a loss. */
    MEAN(null, null, null),
    /** Square root of the mean of {@code (t − p)²}. */
    ROOT_MEAN_SQUARED_ERROR("root_mean_squared_error", "RootMeanSquaredError", "rmse"),
    /** How often {@code p > threshold} equals the target. */
    BINARY_ACCURACY("binary_accuracy", "BinaryAccuracy", "binary_accuracy"),
    /** How often the largest prediction is the largest target. */
    CATEGORICAL_ACCURACY("categorical_accuracy", "CategoricalAccuracy", "categorical_accuracy"),
    /** How often the largest prediction is the target class number. */
    SPARSE_CATEGORICAL_ACCURACY(
        "sparse_categorical_accuracy", "SparseCategoricalAccuracy", "sparse_categorical_accuracy"),
    /** How often fewer than k predictions are larger than that of the largest target. */
    TOP_K_CATEGORICAL_ACCURACY(
        "top_k_categorical_accuracy", "TopKCategoricalAccuracy", "top_k_categorical_accuracy"),
    /** How often fewer than k predictions are larger than that of the target class number. */
    SPARSE_TOP_K_CATEGORICAL_ACCURACY(
        "sparse_top_k_categorical_accuracy",
        "SparseTopKCategoricalAccuracy",
        "sparse_top_k_categorical_accuracy"),
    /** What {@code accuracy} means for a loss and an output: see {@link #resolve}. */
    ACCURACY("accuracy", "accuracy", "accuracy"),
    /** What a state of one's own gives: {@link Metric#of(String, StateFunction)}. */
    OWN("own", "own", "own");

    private final String kerasName;
    private final String className;
    private final String logName;

    Kind(String kerasName, String className, String logName) {
      this.kerasName = kerasName;
      this.className = className;
      this.logName = logName;
    }

    /** Whether its rows are those of a loss. */
    public boolean isOfLoss() {
      return this == MEAN || this == ROOT_MEAN_SQUARED_ERROR;
    }
  }

  /** One of each that a name is enough for, with Keras's defaults. */
  public static final List<StateMetric> BY_NAME =
      List.of(
          new Auc(Auc.Curve.ROC),
          new Confusion(Confusion.Kind.PRECISION),
          new Confusion(Confusion.Kind.RECALL),
          new Confusion(Confusion.Kind.TRUE_POSITIVES),
          new Confusion(Confusion.Kind.FALSE_POSITIVES),
          new Confusion(Confusion.Kind.TRUE_NEGATIVES),
          new Confusion(Confusion.Kind.FALSE_NEGATIVES),
          new FBeta(FBeta.Average.MACRO, 1, null, 0),
          new R2(R2.Aggregation.UNIFORM_AVERAGE, 0, 0),
          new StateMetric.CosineSimilarity(-1),
          new StateMetric.Smape());

  /** The shape of a mean's state, {@code [sum, weight]}. */
  public static final Shape MEAN_STATE = Shape.of(2);

  /** Mean of {@code |t − p|}. */
  public static final Metric MEAN_ABSOLUTE_ERROR = of(Loss.meanAbsoluteError());

  /** Mean of {@code (t − p)²}. */
  public static final Metric MEAN_SQUARED_ERROR = of(Loss.meanSquaredError());

  /** Square root of the mean of {@code (t − p)²}. */
  public static final Metric ROOT_MEAN_SQUARED_ERROR =
      new Metric(Kind.ROOT_MEAN_SQUARED_ERROR, Loss.meanSquaredError(), 0.5f, 5, false, null);

  /** How often {@code p > 0.5} equals the target. */
  public static final Metric BINARY_ACCURACY = binaryAccuracy(0.5f);

  /** How often the largest prediction is the largest target. */
  public static final Metric CATEGORICAL_ACCURACY = of(Kind.CATEGORICAL_ACCURACY, 5);

  /** How often the largest prediction is the target class number. */
  public static final Metric SPARSE_CATEGORICAL_ACCURACY = of(Kind.SPARSE_CATEGORICAL_ACCURACY, 5);

  /** The accuracy that fits the loss and the output, Keras's {@code "accuracy"}. */
  public static final Metric ACCURACY = of(Kind.ACCURACY, 5);

  /** Checks the parameters. */
  public Metric {
    if (k < 1) {
      throw new IllegalArgumentException(kind.kerasName + ": k must be at least 1, got " + k);
    }
    if (!(threshold > 0 && threshold < 1)) {
      throw new IllegalArgumentException(
          kind.kerasName + ": threshold must be between 0 and 1, got " + threshold);
    }
  }

  private static Metric of(Kind kind, int k) {
    return new Metric(kind, null, 0.5f, k, false, null);
  }

  /** The mean of a loss over all rows, whatever the loss's reduction and weight. */
  public static Metric of(Loss loss) {
    return new Metric(Kind.MEAN, Arguments.given("a loss", loss), 0.5f, 5, false, null);
  }

  /**
   * The mean over all rows of a function of one's own: see {@link Loss#of(String, RowFunction)}.
   */
  public static Metric of(String name, RowFunction function) {
    return of(Loss.of(name, function));
  }

  /** A metric of one's own with a state, see {@link StateFunction}. */
  public static Metric of(String name, StateFunction function) {
    Names.given("metric", name);
    Own own = new Own(name, Arguments.given("a function for the metric " + name, function));
    return new Metric(Kind.OWN, null, 0.5f, 5, false, own);
  }

  /** One of the library's metrics with a state. */
  public static Metric of(StateMetric metric) {
    return of(metric.kerasName(), metric);
  }

  /** The library's metric with a state that it is, or null. */
  public StateMetric ofLibrary() {
    return function() instanceof StateMetric s ? s : null;
  }

  /** Itself, for predictions of that width: where the state depends on it. */
  private Metric forOutputs(int outputs) {
    return ofLibrary() == null
        ? this
        : new Metric(
            kind,
            loss,
            threshold,
            k,
            isWeighted,
            new Own(own.name(), ofLibrary().forOutputs(outputs)));
  }

  /** The area under the ROC curve, with Keras's 200 thresholds; others by {@link Auc}. */
  public static Metric auc() {
    return auc(Auc.Curve.ROC);
  }

  /** The area under a curve, with Keras's 200 thresholds; with other options by {@link Auc}. */
  public static Metric auc(Auc.Curve curve) {
    return of(new Auc(curve));
  }

  /** Of what is predicted, how much is true; with options by {@link Confusion}. */
  public static Metric precision() {
    return of(new Confusion(Confusion.Kind.PRECISION));
  }

  /** Of what is true, how much is predicted; with options by {@link Confusion}. */
  public static Metric recall() {
    return of(new Confusion(Confusion.Kind.RECALL));
  }

  /** The mean F1 score of all classes; see {@link FBeta}. */
  public static Metric f1Score() {
    return of(new FBeta(FBeta.Average.MACRO, 1, null, 0));
  }

  /** The coefficient of determination, the mean of those of all outputs; see {@link R2}. */
  public static Metric r2Score() {
    return of(new R2(R2.Aggregation.UNIFORM_AVERAGE, 0, 0));
  }

  /** The function of its state, or null where it is a mean of rows. */
  public StateFunction function() {
    return own == null ? null : own.function();
  }

  /** A copy of a loss's mean, whose rows have their values already. */
  public Metric ofRows() {
    return new Metric(kind, loss.ofRows(), threshold, k, isWeighted, own);
  }

  /** How often {@code p > threshold} equals the target. */
  public static Metric binaryAccuracy(float threshold) {
    return new Metric(Kind.BINARY_ACCURACY, null, threshold, 5, false, null);
  }

  /** How often fewer than k predictions are larger than that of the largest target. */
  public static Metric topKCategoricalAccuracy(int k) {
    return of(Kind.TOP_K_CATEGORICAL_ACCURACY, k);
  }

  /** How often fewer than k predictions are larger than that of the target class number. */
  public static Metric sparseTopKCategoricalAccuracy(int k) {
    return of(Kind.SPARSE_TOP_K_CATEGORICAL_ACCURACY, k);
  }

  /** A copy in which sample weights count. */
  public Metric weighted() {
    return new Metric(kind, loss, threshold, k, true, own);
  }

  /** The name in Keras. */
  public String kerasName() {
    return own != null ? own.name() : kind == Kind.MEAN ? loss.name() : kind.kerasName;
  }

  /** The class's name in Keras. */
  public String className() {
    if (ofLibrary() != null) {
      return ofLibrary().className();
    } else if (kind == Kind.MEAN && loss.ofLibrary() != null) {
      return loss.ofLibrary().className();
    }
    return own != null || (kind == Kind.MEAN && loss.function() != null)
        ? kerasName()
        : kind == Kind.MEAN ? className(loss.kind()) : kind.className;
  }

  private static String className(Loss.Kind of) {
    return of == Loss.Kind.LOG_COSH ? "LogCoshError" : of.className();
  }

  /** The key in logs and histories, Keras's own short form. */
  public String logName() {
    if (kind != Kind.MEAN) {
      return own == null ? kind.logName : own.name();
    }
    return switch (loss.kind()) {
      case MEAN_ABSOLUTE_ERROR -> "mae";
      case MEAN_SQUARED_ERROR -> "mse";
      case MEAN_ABSOLUTE_PERCENTAGE_ERROR -> "mape";
      case MEAN_SQUARED_LOGARITHMIC_ERROR -> "msle";
      default -> kerasName();
    };
  }

  /**
   * Puts it among others. Where the name is taken it is called {@code weighted_name} if it is
   * weighted, else, or if that is taken too, {@code name_1}, as in Keras.
   */
  public void addTo(Map<String, Metric> byName, String name) {
    String free = name;
    if (isWeighted && byName.containsKey(free)) {
      free = "weighted_" + name;
    }
    String wanted = free;
    for (int i = 1; byName.containsKey(free); i++) {
      free = wanted + "_" + i;
    }
    byName.put(free, this);
  }

  /** The shape of the state, all zero at first. */
  public Shape stateShape() {
    return function() == null ? MEAN_STATE : Shape.of(function().size());
  }

  /** The keys of logs: what they call it, or of several results {@code name[0]} and so on. */
  public List<String> keys(String name) {
    int count = function() == null ? 1 : function().results();
    List<String> keys = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      keys.add(count == 1 ? name : name + "[" + i + "]");
    }
    return keys;
  }

  /**
   * What a state gives.
   *
   * @param which of the {@link #keys}
   */
  public double result(double[] state, int which) {
    if (function() != null) {
      return function().result(state, which);
    }
    double mean = mean(state);
    return kind == Kind.ROOT_MEAN_SQUARED_ERROR ? Math.sqrt(mean) : mean;
  }

  /** The mean of a state {@code [sum, weight]}, that of the loss too; 0 without weight. */
  public static double mean(double[] state) {
    return state[1] == 0 ? 0 : state[0] / state[1];
  }

  /**
   * Whether masked rows are left out, as Keras does in the means of functions (its {@code
   * MeanMetricWrapper}). {@link #ROOT_MEAN_SQUARED_ERROR}, {@link Auc}, {@link Confusion} and
   * {@link AtConstraint} are not among these: they count padding as samples, in Keras and here. To
   * leave it out give each timestep a weight, 0 to padding, and make the metric {@link #weighted}.
   */
  public boolean heedsMask() {
    return function() == null ? kind != Kind.ROOT_MEAN_SQUARED_ERROR : function().heedsMask();
  }

  /** Whether a larger result is a better one, as of accuracies; of errors a smaller one is. */
  public boolean moreIsBetter() {
    return function() == null ? !kind.isOfLoss() : function().moreIsBetter();
  }

  /** Whether it is computed from an activation's logits where there are any, as its loss is. */
  public boolean prefersLogits() {
    return kind == Kind.MEAN && loss.prefersLogits();
  }

  /** A copy whose loss takes the prediction for logits. */
  public Metric onLogits() {
    return new Metric(kind, loss.withFromLogits(true), threshold, k, isWeighted, own);
  }

  /** The axis of the prediction that a row runs along, see {@link Loss#axis}. */
  public int axis() {
    return kind.isOfLoss() ? loss.axis() : -1;
  }

  /** Whether the target is a class number rather than a row as wide as the prediction. */
  public boolean sparse() {
    return switch (kind) {
      case MEAN, ROOT_MEAN_SQUARED_ERROR -> loss.sparse();
      case SPARSE_CATEGORICAL_ACCURACY, SPARSE_TOP_K_CATEGORICAL_ACCURACY -> true;
      case BINARY_ACCURACY, CATEGORICAL_ACCURACY, TOP_K_CATEGORICAL_ACCURACY, ACCURACY, OWN ->
          false;
    };
  }

  /** Those of its loss. */
  private List<Float> quantiles() {
    return kind.isOfLoss() ? loss.quantiles() : List.of();
  }

  /** Whether it can measure beside a loss: both take the same targets, and the same quantiles. */
  public boolean fits(Loss minimised) {
    if (function() != null || (kind.isOfLoss() && loss.function() != null)) {
      return true; // it looks at the targets itself
    }
    return kind == Kind.ACCURACY
        ? minimised.quantiles().isEmpty()
        : sparse() == minimised.sparse() && quantiles().equals(minimised.quantiles());
  }

  /**
   * The metric of that name, in any of its forms; a loss's name gives its mean.
   *
   * @throws IllegalArgumentException if there is none; says which one may be meant
   */
  public static Metric of(String name) {
    Names.given("metric", name);
    if (name.equalsIgnoreCase("acc")) {
      return ACCURACY;
    }
    if (name.equals("LogCoshError") || name.equals("log_cosh_error") || name.equals("logcosh")) {
      return of(Loss.logCosh());
    }
    List<String> names = new ArrayList<>(Loss.names());
    for (Kind kind : Kind.values()) {
      if (kind == Kind.MEAN || kind == Kind.OWN) {
        continue; // the losses have its names, or whoever wrote it
      }
      if (kind.kerasName.equals(name.toLowerCase(Locale.ROOT))
          || kind.logName.equals(name)
          || kind.className.equals(name)) {
        return kind == Kind.ROOT_MEAN_SQUARED_ERROR ? ROOT_MEAN_SQUARED_ERROR : of(kind, 5);
      }
      names.add(kind.logName);
    }
    for (StateMetric s : BY_NAME) {
      if (s.kerasName().equalsIgnoreCase(name) || s.className().equals(name)) {
        return of(s);
      }
      names.add(s.kerasName());
    }
    try {
      return of(Loss.of(name));
    } catch (IllegalArgumentException e) {
      IllegalArgumentException unknown = Names.unknown("metric", name, names);
      unknown.initCause(e);
      throw unknown;
    }
  }

  /**
   * Itself, with a state for outputs of that width; for {@link #ACCURACY} the binary one for a
   * single output, the sparse one if the targets are class numbers, the categorical one otherwise.
   *
   * @param outputs the length of the output's last axis
   */
  public Metric resolve(Loss minimised, int outputs) {
    if (kind != Kind.ACCURACY) {
      return forOutputs(outputs);
    }
    Metric found =
        outputs == 1
            ? BINARY_ACCURACY
            : minimised.sparse() ? SPARSE_CATEGORICAL_ACCURACY : CATEGORICAL_ACCURACY;
    return isWeighted ? found.weighted() : found;
  }
}
