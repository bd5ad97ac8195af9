package io.github.lstm4j.data;

import java.util.Arrays;
import java.util.function.IntToDoubleFunction;
import java.util.stream.IntStream;

/**
 * How well probabilities tell C classes apart. A sample is predicted to be of the class of the
 * greatest probability; of equal ones, the first.
 *
 * <p>Means over classes are over those that appear among the samples.
 */
public final class ClassificationErrors {
  private static final double LEAST = Math.ulp(1.0); // of a probability, so that its log is finite

  private final int classes;
  private final int[] actual;
  private final double[] probabilities;
  private final int[][] confusion;

  private ClassificationErrors(int classes, int[] actual, double[] probabilities) {
    this.classes = classes;
    this.actual = actual;
    this.probabilities = probabilities;
    this.confusion = new int[classes][classes];
    for (int n = 0; n < actual.length; n++) {
      confusion[actual[n]][predicted(probabilities, n, classes)]++;
    }
  }

  /**
   * Compares probabilities with the truth.
   *
   * @param actual the class of each of N samples, from 0 to C − 1
   * @param probabilities (N, C), row-major; of two classes, both
   * @throws IllegalArgumentException if the sizes do not match, or there is no sample
   */
  public static ClassificationErrors of(int classes, int[] actual, double[] probabilities) {
    if (actual.length == 0 || probabilities.length != (long) actual.length * classes) {
      throw new IllegalArgumentException(
          actual.length
              + " samples of "
              + classes
              + " classes, but "
              + probabilities.length
              + " probabilities");
    }
    return new ClassificationErrors(classes, actual.clone(), probabilities.clone());
  }

  /**
   * The class that a sample is predicted to be of.
   *
   * @param probabilities (N, C), row-major
   * @param n the sample
   */
  public static int predicted(double[] probabilities, int n, int classes) {
    int best = 0;
    for (int c = 1; c < classes; c++) {
      if (probabilities[n * classes + c] > probabilities[n * classes + best]) {
        best = c;
      }
    }
    return best;
  }

  /** The number of samples. */
  public int samples() {
    return actual.length;
  }

  /** The number of classes, C. */
  public int classes() {
    return classes;
  }

  /** How many samples of class {@code truth} are predicted to be of class {@code predicted}. */
  public int confusion(int truth, int predicted) {
    return confusion[truth][predicted];
  }

  /** How many samples are of that class. */
  public int support(int c) {
    return Arrays.stream(confusion[c]).sum();
  }

  private int predictions(int c) {
    return Arrays.stream(confusion).mapToInt(row -> row[c]).sum();
  }

  /** The share of samples that are predicted right. */
  public double accuracy() {
    return IntStream.range(0, classes).map(c -> confusion[c][c]).sum() / (double) actual.length;
  }

  /** The mean of the classes' recalls: 1 / C for whoever always says the same. */
  public double balancedAccuracy() {
    return mean(this::recall);
  }

  /** Of the samples that are predicted to be of that class, those that are; NaN if none is. */
  public double precision(int c) {
    return confusion[c][c] / (double) predictions(c);
  }

  /** Of the samples of that class, those that are predicted to be; NaN if there are none. */
  public double recall(int c) {
    return confusion[c][c] / (double) support(c);
  }

  /** The harmonic mean of precision and recall; NaN if the class neither is there nor predicted. */
  public double f1(int c) {
    return 2.0 * confusion[c][c] / (support(c) + predictions(c));
  }

  /** The samples ranked by the probability of that class, which is the positive one. */
  public Ranking ranking(int c) {
    double[] scores = new double[actual.length];
    boolean[] positive = new boolean[actual.length];
    for (int n = 0; n < actual.length; n++) {
      scores[n] = probabilities[n * classes + c];
      positive[n] = actual[n] == c;
    }
    return Ranking.of(scores, positive);
  }

  /**
   * The area under the ROC curve of the second of two classes; of more, the mean over classes, each
   * against all others. NaN if there is but one class among the samples.
   */
  public double rocAuc() {
    return classes == 2 ? ranking(1).rocAuc() : mean(c -> ranking(c).rocAuc());
  }

  /** As {@link #rocAuc}, under the precision-recall curve: {@link Ranking#averagePrecision}. */
  public double averagePrecision() {
    return classes == 2 ? ranking(1).averagePrecision() : mean(c -> ranking(c).averagePrecision());
  }

  /**
   * The mean of −ln of the probability given to the class that it was, which is held within 2⁻⁵² of
   * 0 and 1.
   */
  public double logLoss() {
    double sum = 0;
    for (int n = 0; n < actual.length; n++) {
      double p = probabilities[n * classes + actual[n]];
      sum -= Math.log(Math.min(Math.max(p, LEAST), 1 - LEAST));
    }
    return sum / actual.length;
  }

  private double mean(IntToDoubleFunction ofClass) {
    return IntStream.range(0, classes)
        .filter(c -> support(c) > 0)
        .mapToDouble(ofClass)
        .average()
        .orElseThrow();
  }
}
