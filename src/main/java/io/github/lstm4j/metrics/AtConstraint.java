package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;
import java.util.List;

/**
 * The best of one rate of binary predictions among the thresholds at which another is at least some
 * value, 0 if it nowhere is, as Keras's {@code SensitivityAtSpecificity} and its siblings. Padding
 * of masked sequences counts, as there: see {@link Metric#heedsMask}.
 *
 * @param value what the other rate must be at least, in [0, 1]
 * @param thresholds how many, evenly spaced from 0 to 1; 1: the threshold 0.5
 * @param classId if not null, only this column counts
 */
public record AtConstraint(Kind kind, float value, int thresholds, Integer classId)
    implements StateMetric {
  /** Which rate, and which other one. */
  public enum Kind {
    /** {@code tp / (tp + fn)} where {@code tn / (tn + fp)} is large enough. */
    SENSITIVITY_AT_SPECIFICITY("sensitivity_at_specificity", "SensitivityAtSpecificity"),
    /** {@code tn / (tn + fp)} where {@code tp / (tp + fn)} is large enough. */
    SPECIFICITY_AT_SENSITIVITY("specificity_at_sensitivity", "SpecificityAtSensitivity"),
    /** {@code tp / (tp + fp)} where {@code tp / (tp + fn)} is large enough. */
    PRECISION_AT_RECALL("precision_at_recall", "PrecisionAtRecall"),
    /** {@code tp / (tp + fn)} where {@code tp / (tp + fp)} is large enough. */
    RECALL_AT_PRECISION("recall_at_precision", "RecallAtPrecision");

    private final String kerasName;
    private final String className;

    Kind(String kerasName, String className) {
      this.kerasName = kerasName;
      this.className = className;
    }

    /** The class's name in Keras. */
    public String className() {
      return className;
    }

    /** What Keras calls the value: the rate that is constrained. */
    public String constrained() {
      return kerasName.substring(kerasName.lastIndexOf('_') + 1);
    }
  }

  /** Checks the parameters. */
  public AtConstraint {
    require(value >= 0 && value <= 1, kind, kind.constrained() + " must lie in [0, 1]", value);
    require(thresholds >= 1, kind, "thresholds must be at least 1", thresholds);
    require(classId == null || classId >= 0, kind, "classId must be at least 0", classId);
  }

  /** With Keras's 200 thresholds, of all columns. */
  public AtConstraint(Kind kind, float value) {
    this(kind, value, 200, null);
  }

  private static void require(boolean holds, Kind kind, String what, Object got) {
    if (!holds) {
      throw new IllegalArgumentException(kind.kerasName + ": " + what + ", got " + got);
    }
  }

  @Override
  public String kerasName() {
    return kind.kerasName;
  }

  @Override
  public String className() {
    return kind.className;
  }

  @Override
  public boolean moreIsBetter() {
    return true;
  }

  @Override
  public boolean heedsMask() {
    return false;
  }

  @Override
  public boolean takesTruth() {
    return true;
  }

  @Override
  public int size() {
    return 4 * thresholds;
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    StateMetric.requireAlike(kind.kerasName, target, prediction);
    List<Float> limits = thresholds == 1 ? List.of(0.5f) : StateMetric.evenly(thresholds);
    boolean all = classId == null;
    Expression p = all ? prediction : StateMetric.column(kind.kerasName, prediction, classId);
    Expression t = all ? target : StateMetric.column(kind.kerasName, target, classId);
    p = thresholds == 1 ? p : p.clip(0, 1);
    return StateMetric.confusion(t, p, weights.expandDims(-1), limits);
  }

  @Override
  public double result(double[] state) {
    double best = 0;
    for (int i = 0; i < thresholds; i++) {
      double truePositives = state[i];
      double falsePositives = state[thresholds + i];
      double trueNegatives = state[2 * thresholds + i];
      double falseNegatives = state[3 * thresholds + i];
      double recall = StateMetric.ratio(truePositives, truePositives + falseNegatives);
      double precision = StateMetric.ratio(truePositives, truePositives + falsePositives);
      double specificity = StateMetric.ratio(trueNegatives, trueNegatives + falsePositives);
      double constrained =
          switch (kind) {
            case SENSITIVITY_AT_SPECIFICITY -> specificity;
            case SPECIFICITY_AT_SENSITIVITY, PRECISION_AT_RECALL -> recall;
            case RECALL_AT_PRECISION -> precision;
          };
      double dependent =
          switch (kind) {
            case SENSITIVITY_AT_SPECIFICITY, RECALL_AT_PRECISION -> recall;
            case SPECIFICITY_AT_SENSITIVITY -> specificity;
            case PRECISION_AT_RECALL -> precision;
          };
      if ((float) constrained >= value) {
        best = Math.max(best, dependent);
      }
    }
    return best;
  }
}
