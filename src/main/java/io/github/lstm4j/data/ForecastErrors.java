package io.github.lstm4j.data;

import java.util.Arrays;
import java.util.List;

/**
 * How far forecasts are off, by horizon.
 *
 * @param rmse root of the mean squared error, one per horizon
 * @param mae mean absolute error, one per horizon
 */
public record ForecastErrors(List<Double> rmse, List<Double> mae) {

  /**
   * Compares forecasts with the truth.
   *
   * @param predicted {@code (N, horizons)}, row-major
   * @param truth the same
   * @throws IllegalArgumentException if the two are not of one size, or empty
   */
  public static ForecastErrors of(double[] predicted, double[] truth, int horizons) {
    if (predicted.length != truth.length || truth.length == 0 || truth.length % horizons != 0) {
      throw new IllegalArgumentException(
          predicted.length
              + " forecasts, "
              + truth.length
              + " true values, "
              + horizons
              + " horizons: the sizes do not match");
    }
    double[] squares = new double[horizons];
    double[] absolutes = new double[horizons];
    for (int at = 0; at < truth.length; at++) {
      double error = predicted[at] - truth[at];
      squares[at % horizons] += error * error;
      absolutes[at % horizons] += Math.abs(error);
    }
    double n = (double) truth.length / horizons;
    return new ForecastErrors(
        Arrays.stream(squares).map(s -> Math.sqrt(s / n)).boxed().toList(),
        Arrays.stream(absolutes).map(a -> a / n).boxed().toList());
  }
}
