package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;

/**
 * The weighted harmonic mean of precision and recall, {@code (1 + β²)·P·R / (β²·P + R)}, as Keras's
 * {@code FBetaScore}; F1 for β = 1.
 *
 * @param classes the width of the output; 0 while it is not known
 * @param threshold above which a prediction is positive; null: the largest of each row is
 */
public record FBeta(Average average, float beta, Float threshold, int classes)
    implements StateMetric {
  private static final double EPSILON = 1e-7;

  /** How the scores of classes become one. */
  public enum Average {
    /** One score of all counts together. */
    MICRO,
    /** The mean. */
    MACRO,
    /** Weighted by how often the class is true. */
    WEIGHTED,
    /** They do not: each class has a result. */
    NONE
  }

  /** Checks the parameters. */
  public FBeta {
    if (!(beta > 0 && Float.isFinite(beta))) {
      throw new IllegalArgumentException("fbeta: beta must be greater than 0, got " + beta);
    }
    if (threshold != null && !(threshold > 0 && threshold <= 1)) {
      throw new IllegalArgumentException("fbeta: threshold must lie in (0, 1], got " + threshold);
    }
    if (classes < 0) {
      throw new IllegalArgumentException("fbeta: classes must be at least 1, got " + classes);
    }
  }

  @Override
  public String kerasName() {
    return beta == 1 ? "f1_score" : "fbeta_score";
  }

  @Override
  public String className() {
    return beta == 1 ? "F1Score" : "FBetaScore";
  }

  @Override
  public boolean moreIsBetter() {
    return true;
  }

  @Override
  public StateMetric forOutputs(int outputs) {
    return classes == 0 ? new FBeta(average, beta, threshold, outputs) : this;
  }

  @Override
  public int results() {
    return average == Average.NONE ? classes : 1;
  }

  @Override
  public int size() {
    return 4 * classes;
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    StateMetric.requireAlike(kerasName(), target, prediction);
    StateMetric.requireWidth(kerasName(), classes, prediction);
    Expression positive =
        threshold != null
            ? prediction.greaterThan(threshold)
            : prediction
                .atLeast(prediction.max(-1, true))
                .times(prediction.abs().greaterThan(1e-9f));
    Expression w = weights.expandDims(-1);
    Expression negative = positive.negate().plus(1);
    return Expression.concat(
        StateMetric.columns(positive.times(target).times(w)),
        StateMetric.columns(positive.times(target.negate().plus(1)).times(w)),
        StateMetric.columns(negative.times(target).times(w)),
        StateMetric.columns(target.times(w)));
  }

  @Override
  public double result(double[] state) {
    return result(state, 0);
  }

  @Override
  public double result(double[] state, int which) {
    if (average == Average.NONE) {
      return score(state, which);
    } else if (average == Average.MICRO) {
      double[] all = new double[3];
      for (int i = 0; i < 3 * classes; i++) {
        all[i / classes] += state[i];
      }
      return score(all[0], all[1], all[2]);
    }
    double sum = 0;
    double truth = 0;
    for (int k = 0; k < classes; k++) {
      truth += state[3 * classes + k];
    }
    for (int k = 0; k < classes; k++) {
      double score = score(state, k);
      sum +=
          average == Average.MACRO
              ? score / classes
              : score * state[3 * classes + k] / (truth + EPSILON);
    }
    return sum;
  }

  private double score(double[] state, int k) {
    return score(state[k], state[classes + k], state[2 * classes + k]);
  }

  private double score(double truePositives, double falsePositives, double falseNegatives) {
    double precision = truePositives / (truePositives + falsePositives + EPSILON);
    double recall = truePositives / (truePositives + falseNegatives + EPSILON);
    double square = (double) beta * beta;
    return precision * recall / (square * precision + recall + EPSILON) * (1 + square);
  }
}
