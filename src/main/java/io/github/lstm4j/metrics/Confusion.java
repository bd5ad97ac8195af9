package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;
import java.util.List;

/**
 * What is computed from true and false positives and negatives, as Keras's {@code Precision},
 * {@code Recall} and counts.
 *
 * @param threshold above which a prediction is positive
 * @param topK if not null, a prediction is positive only if it is among the k largest of its row;
 *     then the threshold has no meaning unless it is set
 * @param classId if not null, only this column counts
 */
public record Confusion(Kind kind, Float threshold, Integer topK, Integer classId)
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
    if (threshold != null && !(threshold >= 0 && threshold <= 1)) {
      throw new IllegalArgumentException(
          kind.kerasName + ": threshold must lie in [0, 1], got " + threshold);
    }
  }

  /** With Keras's defaults: above 0.5, all columns. */
  public Confusion(Kind kind) {
    this(kind, null, null, null);
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
  public int size() {
    return 4;
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    Expression p = prediction;
    Expression t = target;
    if (topK != null) {
      p = StateMetric.largest(p, topK).where(p, p.constant(LEAST));
    }
    if (classId != null) {
      if (classId >= p.shape().last()) {
        throw new IllegalArgumentException(
            kind.kerasName
                + ": classId must be less than the output's "
                + p.shape().last()
                + " columns, got "
                + classId);
      }
      p = p.slice(-1, classId, 1);
      t = t.slice(-1, classId, 1);
    }
    float limit = threshold != null ? threshold : topK != null ? LEAST : 0.5f;
    return StateMetric.confusion(t, p, weights, List.of(limit));
  }

  @Override
  public double result(double[] state) {
    return switch (kind) {
      case PRECISION -> StateMetric.ratio(state[0], state[0] + state[1]);
      case RECALL -> StateMetric.ratio(state[0], state[0] + state[3]);
      case TRUE_POSITIVES -> state[0];
      case FALSE_POSITIVES -> state[1];
      case TRUE_NEGATIVES -> state[2];
      case FALSE_NEGATIVES -> state[3];
    };
  }
}
