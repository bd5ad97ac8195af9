package io.github.lstm4j.layers;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Values with weights, ascending, that stand for many numbers: where quantiles are read off. As
 * summarize and compress_summary of keras/src/layers/preprocessing/discretization.py.
 */
final class Quantiles {
  private final float[] values;
  private final float[] weights;

  private Quantiles(float[] values, float[] weights) {
    this.values = values;
    this.weights = weights;
  }

  /** Of numbers, ascending, that are there. */
  static Quantiles of(float[] sorted, double epsilon) {
    double step = Math.max(sorted.length / (1 / epsilon), 1);
    int from = (int) (step - 1);
    int stride = (int) step;
    float[] values = new float[(sorted.length - from + stride - 1) / stride];
    for (int i = 0; i < values.length; i++) {
      values[i] = sorted[from + i * stride];
    }
    float[] weights = new float[values.length];
    Arrays.fill(weights, (float) step);
    return new Quantiles(values, weights).compressed(epsilon);
  }

  /** The boundaries between so many bins of equal weight; fewer if there are fewer values. */
  List<Float> boundaries(int bins) {
    float[] last = compressed(1.0 / bins).values;
    List<Float> all = new ArrayList<>();
    for (int i = 0; i < last.length - 1; i++) {
      all.add(last[i]);
    }
    return List.copyOf(all);
  }

  private Quantiles compressed(double epsilon) {
    if (values.length * epsilon < 1) {
      return this;
    }
    float[] sums = weights.clone();
    for (int i = 1; i < sums.length; i++) {
      sums[i] += sums[i - 1];
    }
    float[] shares = new float[sums.length];
    for (int i = 0; i < sums.length; i++) {
      shares[i] = sums[i] / sums[sums.length - 1];
    }
    int count = (int) Math.ceil(1 / epsilon);
    float[] newValues = new float[count];
    float[] newWeights = new float[count];
    double before = 0;
    for (int i = 0; i < count; i++) {
      double share = epsilon + i * epsilon;
      newValues[i] = (float) interpolated(share, shares, values);
      double sum = interpolated(share, shares, sums);
      newWeights[i] = (float) (sum - before);
      before = sum;
    }
    return new Quantiles(newValues, newWeights);
  }

  /** On the line through (x, y), which ends level. */
  private static double interpolated(double at, float[] x, float[] y) {
    int last = x.length - 1;
    if (at <= x[0]) {
      return y[0];
    } else if (at >= x[last]) {
      return y[last];
    }
    int i = 0;
    while (x[i + 1] <= at) {
      i++;
    }
    return ((double) y[i + 1] - y[i]) / ((double) x[i + 1] - x[i]) * (at - x[i]) + y[i];
  }
}
