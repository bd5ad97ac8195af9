package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.List;
import java.util.Map;

/**
 * What training adds to a model.
 *
 * @param optimizer how weights move
 * @param objectives for each output what is minimised and measured
 * @param trained the weights that move
 * @param slots for each of these the optimizer's state
 */
public record Goal(
    Optimizer optimizer,
    List<Objective> objectives,
    List<Weight> trained,
    List<List<Weight>> slots) {

  /**
   * What is minimised and measured at one output.
   *
   * @param metrics by what logs call them
   */
  public record Objective(Loss loss, Map<String, Metric> metrics) {}
}
