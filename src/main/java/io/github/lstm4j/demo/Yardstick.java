package io.github.lstm4j.demo;

import java.util.List;

/**
 * What real Keras reaches in the demo's job: Keras 3.15.1 on TensorFlow 2.21, the same windows,
 * LSTM(64), dropout 0.2, Adam, early stopping after 3 epochs; 2 cores, seeds 1, 2, 3 and 7.
 */
final class Yardstick {
  /** The lowest test RMSE of the four seeds by horizon, µg/m³. */
  static final List<Double> LOWEST_RMSE = List.of(21.4, 53.7, 81.5);

  /** The highest test RMSE of the four seeds by horizon, µg/m³. */
  static final List<Double> HIGHEST_RMSE = List.of(21.6, 54.3, 83.0);

  /**
   * Seconds an epoch after the first: the median over the seeds of each run's median, on the
   * machine and in the minutes of the README's "Speed on the CPU".
   */
  static final String EPOCH_SECONDS = "4.0";

  /** The same of lstm4j, in turn with Keras. */
  static final String OUR_EPOCH_SECONDS = "1.1";

  private Yardstick() {}
}
