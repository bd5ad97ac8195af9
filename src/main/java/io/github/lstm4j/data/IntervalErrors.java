package io.github.lstm4j.data;

import java.util.Arrays;
import java.util.List;

/**
 * What intervals were worth, by horizon.
 *
 * @param coverage how often the truth lay within, from 0 to 1, one per horizon; that of a good
 *     interval is near what it was made for
 * @param width the mean width, one per horizon; of two with the same coverage the narrower is
 *     better
 */
public record IntervalErrors(List<Double> coverage, List<Double> width) {

  /**
   * Compares intervals with the truth; their ends belong to them.
   *
   * @param lower {@code (N, horizons)}, row-major
   * @param upper the same
   * @param truth the same
   * @throws IllegalArgumentException if they are not of one size, or empty
   */
  public static IntervalErrors of(double[] lower, double[] upper, double[] truth, int horizons) {
    if (lower.length != truth.length
        || upper.length != truth.length
        || truth.length == 0
        || truth.length % horizons != 0) {
      throw new IllegalArgumentException(
          lower.length
              + " lower ends, "
              + upper.length
              + " upper ends, "
              + truth.length
              + " true values, "
              + horizons
              + " horizons: the sizes do not match");
    }
    double[] inside = new double[horizons];
    double[] widths = new double[horizons];
    for (int at = 0; at < truth.length; at++) {
      inside[at % horizons] += lower[at] <= truth[at] && truth[at] <= upper[at] ? 1 : 0;
      widths[at % horizons] += upper[at] - lower[at];
    }
    double n = (double) truth.length / horizons;
    return new IntervalErrors(
        Arrays.stream(inside).map(i -> i / n).boxed().toList(),
        Arrays.stream(widths).map(w -> w / n).boxed().toList());
  }
}
