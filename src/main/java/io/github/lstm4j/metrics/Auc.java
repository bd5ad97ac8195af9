package io.github.lstm4j.metrics;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.expression.Expression;
import java.util.ArrayList;
import java.util.List;

/**
 * The area under a curve of binary predictions, from the confusion at thresholds, as Keras's {@code
 * AUC}. Padding of masked sequences counts, as there: see {@link Metric#heedsMask}.
 *
 * <pre>{@code
 * Metric.auc(Auc.Curve.PR); // 200 thresholds
 * Metric.of(new Auc(Auc.Curve.ROC).withThresholds(List.of(0.1f, 0.5f, 0.9f)));
 * Metric.of(new Auc(Auc.Curve.ROC).withLabels(true, List.of(), 0)); // the mean of all columns' areas
 * }</pre>
 *
 * @param thresholds those between 0 and 1, in ascending order; one below 0 and one above 1 are
 *     added
 * @param fromLogits whether predictions go through a sigmoid first
 * @param multiLabel whether each column has an area of its own, and the result is their mean
 * @param labelWeights what each column counts: in the mean with {@code multiLabel}, else in the
 *     confusion of all; empty: 1
 * @param labels the width of the output; 0 while it is not known
 */
public record Auc(
    List<Float> thresholds,
    Curve curve,
    Summation summation,
    boolean fromLogits,
    boolean multiLabel,
    List<Float> labelWeights,
    int labels)
    implements StateMetric {
  private static final int USUAL = 200;
  private static final float BEYOND = 1e-7f; // Keras's epsilon

  /** Which curve. */
  public enum Curve {
    /** True over false positive rate. */
    ROC,
    /** Precision over recall. */
    PR,
    /**
     * Precision gain over recall gain (<a href="https://papers.nips.cc/paper/5867">Flach and Kull
     * 2015</a>).
     */
    PRGAIN
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

  /** Checks the numbers. */
  public Auc {
    thresholds = thresholds.stream().sorted().toList();
    labelWeights = List.copyOf(labelWeights);
    for (float t : thresholds) {
      require(t >= 0 && t <= 1, "thresholds must lie in [0, 1], got " + t);
    }
    for (float w : labelWeights) {
      require(w >= 0 && Float.isFinite(w), "labelWeights must be at least 0, got " + w);
    }
    require(labels >= 0, "labels must be at least 1, got " + labels);
    require(
        labels == 0 || labelWeights.isEmpty() || labelWeights.size() == labels,
        "labelWeights: expected one for each of " + labels + " columns, got " + labelWeights);
  }

  /** With Keras's defaults. */
  public Auc(Curve curve) {
    this(USUAL, curve, Summation.INTERPOLATION, false);
  }

  /**
   * Of all columns together.
   *
   * @param thresholds how many, evenly spaced, with those below 0 and above 1: at least 2
   */
  public Auc(int thresholds, Curve curve, Summation summation, boolean fromLogits) {
    this(evenly(thresholds), curve, summation, fromLogits, false, List.of(), 0);
  }

  /** A copy with other thresholds between 0 and 1. */
  public Auc withThresholds(List<Float> others) {
    return new Auc(others, curve, summation, fromLogits, multiLabel, labelWeights, labels);
  }

  /** A copy with evenly spaced thresholds, so many with those below 0 and above 1. */
  public Auc withEvenThresholds(int count) {
    return withThresholds(evenly(count));
  }

  /**
   * A copy with another treatment of columns.
   *
   * @param width of the output; 0 while it is not known
   */
  public Auc withLabels(boolean eachByItself, List<Float> weights, int width) {
    return new Auc(thresholds, curve, summation, fromLogits, eachByItself, weights, width);
  }

  private static void require(boolean holds, String what) {
    if (!holds) {
      throw new IllegalArgumentException("auc: " + what);
    }
  }

  private static List<Float> evenly(int count) {
    require(count >= 2, "thresholds must be at least 2, got " + count);
    return StateMetric.evenly(count).subList(1, count - 1);
  }

  /** How many thresholds there are, with those below 0 and above 1. */
  public int count() {
    return thresholds.size() + 2;
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
  public boolean heedsMask() {
    return false;
  }

  @Override
  public boolean takesTruth() {
    return true;
  }

  @Override
  public StateMetric forOutputs(int outputs) {
    return labels == 0 && (multiLabel || !labelWeights.isEmpty())
        ? new Auc(thresholds, curve, summation, fromLogits, multiLabel, labelWeights, outputs)
        : this;
  }

  private int areas() {
    return multiLabel ? labels : 1;
  }

  @Override
  public int size() {
    return 4 * count() * areas();
  }

  @Override
  public Expression addend(Expression target, Expression prediction, Expression weights) {
    StateMetric.requireAlike(kerasName(), target, prediction);
    if (labels != 0) {
      StateMetric.requireWidth(kerasName(), labels, prediction);
    }
    Expression p = fromLogits ? prediction.activate(Activation.of("sigmoid")) : prediction;
    if (StateMetric.isEven(around(0, 1))) {
      p = p.clip(0, 1);
    }
    List<Float> limits = around(-BEYOND, 1 + BEYOND);
    Expression w = weights.expandDims(-1);
    if (!multiLabel) {
      w = labelWeights.isEmpty() ? w : w.times(StateMetric.row(p, labelWeights));
      return StateMetric.confusion(target, p, w, limits);
    }
    Expression all = null;
    for (int k = 0; k < labels; k++) {
      Expression one = StateMetric.confusion(target.slice(-1, k, 1), p.slice(-1, k, 1), w, limits);
      all = all == null ? one : Expression.concat(all, one);
    }
    return all;
  }

  private List<Float> around(float first, float last) {
    List<Float> all = new ArrayList<>(List.of(first));
    all.addAll(thresholds);
    all.add(last);
    return all;
  }

  @Override
  public double result(double[] state) {
    double sum = 0;
    double weights = 0;
    for (int k = 0; k < areas(); k++) {
      double weight = multiLabel && !labelWeights.isEmpty() ? labelWeights.get(k) : 1;
      sum += weight * new Counts(state, k, count()).area(curve, summation);
      weights += weight;
    }
    return StateMetric.ratio(sum, weights);
  }

  /** The confusion at each of n thresholds, that of one column behind the other. */
  private static final class Counts {
    private final double[] state;
    private final int column;
    private final int n;

    Counts(double[] state, int column, int n) {
      this.state = state;
      this.column = column;
      this.n = n;
    }

    double at(int part, int i) {
      return state[(4 * column + part) * n + i];
    }

    double area(Curve curve, Summation summation) {
      double area = 0;
      for (int i = 0; i + 1 < n; i++) {
        area +=
            curve == Curve.PR && summation == Summation.INTERPOLATION
                ? interpolated(i)
                : (x(curve, i) - x(curve, i + 1)) * height(summation, y(curve, i), y(curve, i + 1));
      }
      return area;
    }

    static double height(Summation summation, double a, double b) {
      return switch (summation) {
        case INTERPOLATION -> (a + b) / 2;
        case MINORING -> Math.min(a, b);
        case MAJORING -> Math.max(a, b);
      };
    }

    double recall(int i) {
      return StateMetric.ratio(at(0, i), at(0, i) + at(3, i));
    }

    /** {@code 1 − P/N·wrong/tp}: 1 where nothing is wrong. */
    double gain(double wrong, int i) {
      double imbalance = StateMetric.ratio(at(0, i) + at(3, i), at(2, i) + at(1, i));
      return 1 - imbalance * StateMetric.ratio(wrong, at(0, i));
    }

    double x(Curve curve, int i) {
      return switch (curve) {
        case ROC -> StateMetric.ratio(at(1, i), at(1, i) + at(2, i));
        case PR -> recall(i);
        case PRGAIN -> at(0, i) == 0 ? 0 : Math.max(gain(at(3, i), i), 0);
      };
    }

    double y(Curve curve, int i) {
      return switch (curve) {
        case ROC -> recall(i);
        case PR -> StateMetric.ratio(at(0, i), at(0, i) + at(1, i));
        case PRGAIN -> gain(at(1, i), i);
      };
    }

    double interpolated(int i) {
      double truePositives = at(0, i) - at(0, i + 1);
      double here = at(0, i) + at(1, i);
      double next = at(0, i + 1) + at(1, i + 1);
      double slope = StateMetric.ratio(truePositives, Math.max(here - next, 0));
      double intercept = at(0, i + 1) - slope * next;
      double grown = here > 0 && next > 0 ? here / next : 1;
      double all = at(0, i + 1) + at(3, i + 1);
      return StateMetric.ratio(
          slope * (truePositives + intercept * Math.log(grown)), Math.max(all, 0));
    }
  }
}
