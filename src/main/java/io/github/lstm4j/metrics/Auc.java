package io.github.lstm4j.metrics;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.expression.Expression;
import java.util.ArrayList;
import java.util.List;

/**
 * The area under a curve of binary predictions, from the confusion at evenly spaced thresholds, as
 * Keras's {@code AUC} without {@code multi_label}.
 *
 * @param thresholds how many, at least 2
 * @param fromLogits whether predictions go through a sigmoid first
 */
public record Auc(int thresholds, Curve curve, Summation summation, boolean fromLogits)
    implements StateMetric {
  /** Which curve. */
  public enum Curve {
    /** True over false positive rate. */
    ROC,
    /** Precision over recall. */
    PR
  }

  /** How the curve goes on between two thresholds. */
  public enum Summation {
    /** The mean of both heights; for PR the interpolation of Davis and Goadrich 2006. */
    INTERPOLATION,
    /** The smaller height. */
    MINORING,
    /** The larger height. */
    MAJORING
  }

  /** Checks the number. */
  public Auc {
    if (thresholds < 2) {
      throw new IllegalArgumentException("auc: thresholds must be at least 2, got " + thresholds);
    }
  }

  @Override
  public String kerasName() {
    return "auc";
  }

  @Override
  public String className() {
    return "AUC";
  }

  @Override
  public boolean moreIsBetter() {
    return true;
  }

  @Override
  public int size() {
    return 4 * thresholds;
  }

  private List<Float> limits() {
    List<Float> limits = new ArrayList<>(List.of(-1e-7f));
    for (int i = 1; i < thresholds - 1; i++) {
      limits.add((float) (i / (thresholds - 1.0)));
    }
    limits.add(1 + 1e-7f);
    return limits;
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    Expression p = fromLogits ? prediction.activate(Activation.of("sigmoid")) : prediction;
    return StateMetric.confusion(target, p.clip(0, 1), weights, limits());
  }

  @Override
  public double result(double[] state) {
    double area = 0;
    for (int i = 0; i + 1 < thresholds; i++) {
      area +=
          curve == Curve.PR && summation == Summation.INTERPOLATION
              ? interpolated(state, i)
              : (x(state, i) - x(state, i + 1)) * height(y(state, i), y(state, i + 1));
    }
    return area;
  }

  private double height(double a, double b) {
    return switch (summation) {
      case INTERPOLATION -> (a + b) / 2;
      case MINORING -> Math.min(a, b);
      case MAJORING -> Math.max(a, b);
    };
  }

  private double at(double[] state, int part, int i) {
    return state[part * thresholds + i];
  }

  private double recall(double[] state, int i) {
    return StateMetric.ratio(at(state, 0, i), at(state, 0, i) + at(state, 3, i));
  }

  private double x(double[] state, int i) {
    return curve == Curve.ROC
        ? StateMetric.ratio(at(state, 1, i), at(state, 1, i) + at(state, 2, i))
        : recall(state, i);
  }

  private double y(double[] state, int i) {
    return curve == Curve.ROC
        ? recall(state, i)
        : StateMetric.ratio(at(state, 0, i), at(state, 0, i) + at(state, 1, i));
  }

  private double interpolated(double[] state, int i) {
    double truePositives = at(state, 0, i) - at(state, 0, i + 1);
    double here = at(state, 0, i) + at(state, 1, i);
    double next = at(state, 0, i + 1) + at(state, 1, i + 1);
    double slope = StateMetric.ratio(truePositives, Math.max(here - next, 0));
    double intercept = at(state, 0, i + 1) - slope * next;
    double grown = here > 0 && next > 0 ? here / next : 1;
    double all = at(state, 0, i + 1) + at(state, 3, i + 1);
    return StateMetric.ratio(
        slope * (truePositives + intercept * Math.log(grown)), Math.max(all, 0));
  }
}
