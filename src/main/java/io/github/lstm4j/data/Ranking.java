package io.github.lstm4j.data;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.IntStream;

/**
 * How well a score puts the positive samples above the others, whatever threshold is chosen.
 * Samples of equal score are never told apart, so the order in which they lie does not matter.
 *
 * @param cuts what each threshold finds, from the highest score to the lowest; equal scores are one
 * @param positives the number of positive samples
 * @param negatives the number of the others
 */
public record Ranking(List<Cut> cuts, int positives, int negatives) {
  /**
   * What a threshold finds.
   *
   * @param threshold samples of at least this score are called positive
   * @param truePositives those of them that are
   * @param falsePositives those of them that are not
   */
  public record Cut(double threshold, int truePositives, int falsePositives) {}

  /** Copies the list. */
  public Ranking {
    cuts = List.copyOf(cuts);
  }

  /**
   * Ranks samples.
   *
   * @param scores one a sample
   * @param positive whether the sample is positive
   * @throws IllegalArgumentException if the two are not of one size, or a score is NaN
   */
  public static Ranking of(double[] scores, boolean[] positive) {
    if (scores.length != positive.length) {
      throw new IllegalArgumentException(
          scores.length + " scores of " + positive.length + " samples");
    }
    int[] order =
        IntStream.range(0, scores.length)
            .boxed()
            .sorted(Comparator.comparingDouble(n -> -scores[n]))
            .mapToInt(n -> n)
            .toArray();
    List<Cut> cuts = new ArrayList<>();
    int truePositives = 0;
    int falsePositives = 0;
    for (int at = 0; at < order.length; at++) {
      double score = scores[order[at]];
      if (Double.isNaN(score)) {
        throw new IllegalArgumentException("the score of sample " + order[at] + " is NaN");
      }
      truePositives += positive[order[at]] ? 1 : 0;
      falsePositives += positive[order[at]] ? 0 : 1;
      if (at == order.length - 1 || scores[order[at + 1]] != score) {
        cuts.add(new Cut(score, truePositives, falsePositives));
      }
    }
    return new Ranking(cuts, truePositives, falsePositives);
  }

  /**
   * The area under the ROC curve: how probable it is that a positive sample's score is above that
   * of another, with ties counted half. 0.5: no better than chance; NaN without samples of both
   * kinds.
   */
  public double rocAuc() {
    long twice = 0; // the area in pairs of samples, exactly
    int truePositives = 0;
    int falsePositives = 0;
    for (Cut cut : cuts) {
      twice += (long) (cut.falsePositives - falsePositives) * (cut.truePositives + truePositives);
      truePositives = cut.truePositives;
      falsePositives = cut.falsePositives;
    }
    return twice / (2.0 * positives * negatives);
  }

  /**
   * The area under the precision-recall curve in steps, the average precision: Σ (Rₖ − Rₖ₋₁)·Pₖ, as
   * in scikit-learn's {@code average_precision_score}. The share of positive samples: no better
   * than chance; NaN without any.
   */
  public double averagePrecision() {
    double area = 0;
    int found = 0;
    for (Cut cut : cuts) {
      double precision = cut.truePositives / (double) (cut.truePositives + cut.falsePositives);
      area += (cut.truePositives - found) * precision;
      found = cut.truePositives;
    }
    return area / positives;
  }
}
