package io.github.lstm4j.data;

import java.util.ArrayList;
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
   * @param truth the same; where it is NaN, unknown, nothing is compared, and where it is so at all
   *     of a horizon, the errors are NaN
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
    int[] counts = new int[horizons];
    for (int at = 0; at < truth.length; at++) {
      if (!Double.isNaN(truth[at])) {
        double error = predicted[at] - truth[at];
        squares[at % horizons] += error * error;
        absolutes[at % horizons] += Math.abs(error);
        counts[at % horizons]++;
      }
    }
    List<Double> rmse = new ArrayList<>();
    List<Double> mae = new ArrayList<>();
    for (int h = 0; h < horizons; h++) { // 0/0 is NaN
      rmse.add(Math.sqrt(squares[h] / counts[h]));
      mae.add(absolutes[h] / counts[h]);
    }
    return new ForecastErrors(rmse, mae);
  }
}
