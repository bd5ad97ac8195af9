package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;

/**
 * The coefficient of determination, 1 for perfect forecasts, 0 for the mean of the targets, as
 * Keras's {@code R2Score}.
 *
 * @param aggregation how the scores of outputs become one
 * @param regressors how many inputs explain the targets, for the adjusted score; 0: not adjusted
 * @param outputs the width of the output; 0 while it is not known
 */
public record R2(Aggregation aggregation, int regressors, int outputs) implements StateMetric {
  /** How the scores of outputs become one. */
  public enum Aggregation {
    /** Their mean. */
    UNIFORM_AVERAGE,
    /** Weighted by the variances of their targets. */
    VARIANCE_WEIGHTED_AVERAGE
  }

  /** Checks the numbers. */
  public R2 {
    if (regressors < 0 || outputs < 0) {
      throw new IllegalArgumentException(
          "r2_score: regressors and outputs must be at least 0, got "
              + regressors
              + " and "
              + outputs);
    }
  }

  @Override
  public String kerasName() {
    return "r2_score";
  }

  @Override
  public String className() {
    return "R2Score";
  }

  @Override
  public boolean moreIsBetter() {
    return true;
  }

  @Override
  public StateMetric forOutputs(int width) {
    return outputs == 0 ? new R2(aggregation, regressors, width) : this;
  }

  @Override
  public int size() {
    return 3 * outputs + 2;
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    StateMetric.requireAlike(kerasName(), target, prediction);
    StateMetric.requireWidth(kerasName(), outputs, prediction);
    Expression w = weights.expandDims(-1);
    Expression weighted = target.times(w);
    return Expression.concat(
        StateMetric.columns(weighted),
        StateMetric.columns(target.times(weighted)),
        StateMetric.columns(target.minus(prediction).square().times(w)),
        weights.sum(),
        target.constant(target.shape().size()));
  }

  @Override
  public double result(double[] state) {
    double count = state[3 * outputs];
    double samples = state[3 * outputs + 1];
    double sum = 0;
    double variance = 0;
    for (int k = 0; k < outputs; k++) {
      double total = state[outputs + k] - state[k] * state[k] / count;
      double score = 1 - state[2 * outputs + k] / total;
      score = Double.isInfinite(score) ? 0 : score;
      sum += aggregation == Aggregation.UNIFORM_AVERAGE ? score / outputs : score * total;
      variance += total;
    }
    double score = aggregation == Aggregation.UNIFORM_AVERAGE ? sum : sum / variance;
    boolean adjusted = regressors > 0 && regressors < samples - 1;
    return adjusted ? 1 - (1 - score) * (samples - 1) / (samples - regressors - 1) : score;
  }
}
