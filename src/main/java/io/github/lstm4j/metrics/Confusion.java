package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;
import java.util.List;

/**
 * What is computed from true and false positives and negatives, as Keras's {@code Precision},
 * {@code Recall} and counts. Padding of masked sequences counts, as there: see {@link
 * Metric#heedsMask}.
 *
 * @param thresholds above which a prediction is positive: of several each has a result; empty: 0.5
 * @param topK if not null, a prediction is positive only if it is among the k largest of its row;
 *     then without a threshold all of these are
 * @param classId if not null, only this column counts
 */
public record Confusion(Kind kind, List<Float> thresholds, Integer topK, Integer classId)
    implements StateMetric {
  /** What. */
  public enum Kind {
    /** {@code tp / (tp + fp)}. */
    PRECISION("precision", "Precision"),
    /** {@code tp / (tp + fn)}. */
    RECALL("recall", "Recall"),
    /** tp. */
    TRUE_POSITIVES("true_positives", "TruePositives"),
    /** fp. */
    FALSE_POSITIVES("false_positives", "FalsePositives"),
    /** tn. */
    TRUE_NEGATIVES("true_negatives", "TrueNegatives"),
    /** fn. */
    FALSE_NEGATIVES("false_negatives", "FalseNegatives");

    private final String kerasName;
    private final String className;

    Kind(String kerasName, String className) {
      this.kerasName = kerasName;
      this.className = className;
    }
  }

  private static final float LEAST = -1e10f; // Keras's NEG_INF

  /** Checks the parameters. */
  public Confusion {
    if (topK != null && topK < 1) {
      throw new IllegalArgumentException(kind.kerasName + ": topK must be at least 1, got " + topK);
    }
    if (classId != null && classId < 0) {
      throw new IllegalArgumentException(
          kind.kerasName + ": classId must be at least 0, got " + classId);
    }
    thresholds = List.copyOf(thresholds);
    for (float threshold : thresholds) {
      if (!(threshold >= 0 && threshold <= 1)) {
        throw new IllegalArgumentException(
            kind.kerasName + ": thresholds must lie in [0, 1], got " + threshold);
      }
    }
  }

  /** With Keras's defaults: above 0.5, all columns. */
  public Confusion(Kind kind) {
    this(kind, List.of(), null, null);
  }

  /** Above a threshold, all columns. */
  public Confusion(Kind kind, float threshold) {
    this(kind, List.of(threshold), null, null);
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
    return kind != Kind.FALSE_POSITIVES && kind != Kind.FALSE_NEGATIVES;
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
  public int results() {
    return Math.max(1, thresholds.size());
  }

  @Override
  public int size() {
    return 4 * results();
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    StateMetric.requireAlike(kind.kerasName, target, prediction);
    Expression p = prediction;
    Expression t = target;
    if (topK != null) {
      if (topK > p.shape().last()) {
        throw new IllegalArgumentException(
            kind.kerasName
                + ": topK must be at most the output's "
                + p.shape().last()
                + " columns, got "
                + topK);
      }
      p = StateMetric.largest(p, topK).where(p, p.constant(LEAST));
    }
    if (classId != null) {
      p = StateMetric.column(kind.kerasName, p, classId);
      t = StateMetric.column(kind.kerasName, t, classId);
    }
    if (thresholds.size() > 2 && StateMetric.isEven(thresholds)) {
      p = p.clip(0, 1);
    }
    List<Float> limits = List.of(topK != null ? LEAST : 0.5f);
    return StateMetric.confusion(
        t, p, weights.expandDims(-1), thresholds.isEmpty() ? limits : thresholds);
  }

  @Override
  public double result(double[] state) {
    return result(state, 0);
  }

  @Override
  public double result(double[] state, int which) {
    int n = results();
    double truePositives = state[which];
    double falsePositives = state[n + which];
    double trueNegatives = state[2 * n + which];
    double falseNegatives = state[3 * n + which];
    return switch (kind) {
      case PRECISION -> StateMetric.ratio(truePositives, truePositives + falsePositives);
      case RECALL -> StateMetric.ratio(truePositives, truePositives + falseNegatives);
      case TRUE_POSITIVES -> truePositives;
      case FALSE_POSITIVES -> falsePositives;
      case TRUE_NEGATIVES -> trueNegatives;
      case FALSE_NEGATIVES -> falseNegatives;
    };
  }
}
