package io.github.lstm4j.metrics;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.expression.StateFunction;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * The library's metrics with a state, Keras's (keras/src/metrics) and some of forecasts. t is the
 * target, p the prediction, w what a row counts. Timesteps of sequences count as samples.
 */
public interface StateMetric extends StateFunction {
  /** The name in Keras, or a like one. */
  String kerasName();

  /** The class's name in Keras. */
  String className();

  /** Whether Keras has it. */
  default boolean isOfKeras() {
    return true;
  }

  /** Whether targets are true or false: numbers from 0 to 1, of which 0 alone is false. */
  default boolean takesTruth() {
    return false;
  }

  /** A copy for predictions of that width, where the state depends on it. */
  default StateMetric forOutputs(int outputs) {
    return this;
  }

  /** 1 where the target is not 0. */
  private static Expression isTrue(Expression target) {
    return target.equalTo(0).negate().plus(1);
  }

  /** The sum over all axes but the last. */
  static Expression columns(Expression e) {
    Expression sum = e;
    while (sum.shape().rank() > 1) {
      sum = sum.sum(0);
    }
    return sum;
  }

  /**
   * True and false positives, true and false negatives for each threshold: (4·n).
   *
   * @param target (…,K)
   * @param prediction (…,K): above a threshold it is positive
   * @param weights (…,K) or (…,1)
   */
  static Expression confusion(
      Expression target, Expression prediction, Expression weights, List<Float> thresholds) {
    Expression w = weights.expandDims(-1);
    Expression positive =
        prediction.expandDims(-1).greaterThan(row(prediction, thresholds)); // (…,K,n)
    Expression truth = isTrue(target).expandDims(-1);
    Expression lie = truth.negate().plus(1);
    Expression negative = positive.negate().plus(1);
    return Expression.concat(
        columns(positive.times(truth.times(w))),
        columns(positive.times(lie.times(w))),
        columns(negative.times(lie.times(w))),
        columns(negative.times(truth.times(w))));
  }

  /** Thresholds from 0 to 1, at least 2. */
  static List<Float> evenly(int count) {
    List<Float> all = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      all.add((float) (i / (count - 1.0)));
    }
    return all;
  }

  /**
   * Whether thresholds are, but for roundings, those of {@link #evenly}: Keras then takes
   * predictions beyond 0 and 1 for 0 and 1.
   */
  static boolean isEven(List<Float> thresholds) {
    List<Float> even = evenly(thresholds.size());
    for (int i = 0; i < even.size(); i++) {
      float difference = Math.abs(thresholds.get(i) - even.get(i));
      if (difference > 1e-7f + 1e-5f * even.get(i)) {
        return false;
      }
    }
    return true;
  }

  /** Numbers as a vector. */
  static Expression row(Expression of, List<Float> numbers) {
    Tensor row = Tensor.zeros(numbers.size());
    for (int i = 0; i < numbers.size(); i++) {
      row.data()[i] = numbers.get(i);
    }
    return of.constant(row);
  }

  /** One column, as wide as 1. */
  static Expression column(String metric, Expression of, int number) {
    if (number >= of.shape().last()) {
      throw new IllegalArgumentException(
          metric
              + ": classId must be less than the output's "
              + of.shape().last()
              + " columns, got "
              + number);
    }
    return of.slice(-1, number, 1);
  }

  /** 1 for the k largest of a row, of equal ones the first, else 0. */
  static Expression largest(Expression prediction, int k) {
    int width = prediction.shape().last();
    Tensor before = Tensor.zeros(width, width);
    for (int i = 0; i < width; i++) {
      for (int j = 0; j < i; j++) {
        before.set(1, i, j);
      }
    }
    Expression each = prediction.expandDims(-1);
    Expression others = prediction.expandDims(prediction.shape().rank() - 1);
    Expression ahead =
        others.greaterThan(each).plus(others.equalTo(each).times(prediction.constant(before)));
    return ahead.sum(-1).negate().plus(k).greaterThan(0);
  }

  /** Refuses targets that are not as wide as the predictions. */
  static void requireAlike(String metric, Expression target, Expression prediction) {
    require(
        target.shape().equals(prediction.shape()),
        metric,
        "expected targets as wide as the output, " + prediction.shape(),
        target.shape());
  }

  /** Refuses an output of another width than the state was made for. */
  static void requireWidth(String metric, int expected, Expression prediction) {
    require(
        prediction.shape().last() == expected,
        metric,
        "made for outputs of width " + expected,
        prediction.shape().last());
  }

  /** A part of a whole; 0 of nothing. */
  static double ratio(double part, double whole) {
    return whole == 0 ? 0 : part / whole;
  }

  private static void require(boolean holds, String metric, String what, Object got) {
    if (!holds) {
      throw new IllegalArgumentException(metric + ": " + what + ", got " + got);
    }
  }

  /** {@code Σ w·value} and {@code Σ w} of rows' values. */
  private static Expression mean(Expression rows, Expression weights) {
    return Expression.concat(rows.times(weights).sum(), weights.sum());
  }

  /**
   * The mean cosine of the angle between target and prediction; the loss is its negative.
   *
   * @param axis of (B,T,K) or (B,K): that which the vectors lie along, from the end if negative; 1
   *     goes neither with a mask nor with weights
   */
  record CosineSimilarity(int axis) implements StateMetric {
    @Override
    public String kerasName() {
      return "cosine_similarity";
    }

    @Override
    public String className() {
      return "CosineSimilarity";
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public Expression addend(Expression target, Expression prediction, Expression weights) {
      StateMetric.requireAlike(kerasName(), target, prediction);
      return mean(unit(target).times(unit(prediction)).sum(axis), weights);
    }

    private Expression unit(Expression e) {
      return e.dividedBy(e.square().sum(axis, true).maximum(1e-14f).sqrt());
    }

    @Override
    public double result(double[] state) {
      return ratio(state[0], state[1]);
    }

    @Override
    public boolean moreIsBetter() {
      return true;
    }
  }

  /** The mean of {@code 200·|t − p| / (|t| + |p|)}, in percent; 0 where both are 0. */
  record Smape() implements StateMetric {
    @Override
    public String kerasName() {
      return "smape";
    }

    @Override
    public String className() {
      return "SymmetricMeanAbsolutePercentageError";
    }

    @Override
    public boolean isOfKeras() {
      return false;
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public Expression addend(Expression target, Expression prediction, Expression weights) {
      Expression size = target.abs().plus(prediction.abs());
      Expression error = target.minus(prediction).abs().dividedBy(size.maximum(1e-30f));
      return mean(error.mean(-1), weights);
    }

    @Override
    public double result(double[] state) {
      return 200 * ratio(state[0], state[1]);
    }
  }

  /**
   * The mean of {@code |t − p|}, as a multiple of that of a naive forecast.
   *
   * @param scale the naive forecast's, of the training data; greater than 0
   */
  record Mase(float scale) implements StateMetric {
    /** Checks the scale. */
    public Mase {
      require(scale > 0 && Float.isFinite(scale), "mase", "scale must be greater than 0", scale);
    }

    @Override
    public String kerasName() {
      return "mase";
    }

    @Override
    public String className() {
      return "MeanAbsoluteScaledError";
    }

    @Override
    public boolean isOfKeras() {
      return false;
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public Expression addend(Expression target, Expression prediction, Expression weights) {
      return mean(target.minus(prediction).abs().mean(-1), weights);
    }

    @Override
    public double result(double[] state) {
      return ratio(state[0], state[1]) / scale;
    }
  }

  /**
   * How often a target lies between the first and the last of its quantiles, these included: beside
   * {@code Loss.quantile}, whose layout of outputs it takes.
   *
   * @param quantiles how many each target has, at least 2
   */
  record Coverage(int quantiles) implements StateMetric {
    /** Checks the number. */
    public Coverage {
      require(quantiles >= 2, "coverage", "expected at least 2 quantiles", quantiles);
    }

    @Override
    public String kerasName() {
      return "coverage";
    }

    @Override
    public String className() {
      return "IntervalCoverage";
    }

    @Override
    public boolean isOfKeras() {
      return false;
    }

    @Override
    public int size() {
      return 2;
    }

    @Override
    public Expression addend(Expression target, Expression prediction, Expression weights) {
      int targets = target.shape().last();
      Expression inside = null;
      for (int k = 0; k < targets; k++) {
        Expression t = target.slice(-1, k, 1);
        Expression low = prediction.slice(-1, k * quantiles, 1);
        Expression high = prediction.slice(-1, (k + 1) * quantiles - 1, 1);
        Expression one = t.atLeast(low).times(high.atLeast(t));
        inside = inside == null ? one : inside.plus(one);
      }
      return mean(inside.squeeze(-1).dividedBy(targets), weights);
    }

    @Override
    public double result(double[] state) {
      return ratio(state[0], state[1]);
    }

    @Override
    public boolean moreIsBetter() {
      return true;
    }
  }
}
