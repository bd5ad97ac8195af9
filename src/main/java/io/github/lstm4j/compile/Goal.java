package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.Collections;
import java.util.LinkedHashMap;
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
   * @param output its number
   * @param name what logs put before its metrics; empty for the only one
   * @param loss null where metrics alone are wanted
   * @param metrics by what logs call them, behind the name
   */
  public record Objective(int output, String name, Loss loss, Map<String, Metric> metrics) {
    /** Copies the metrics, in their order. */
    public Objective {
      metrics = Collections.unmodifiableMap(new LinkedHashMap<>(metrics));
    }

    /** The loss; where there is none, one that takes the same targets as the metrics. */
    public Loss measured() {
      if (loss != null) {
        return loss;
      }
      Metric first = metrics.values().iterator().next();
      return first.kind().isOfLoss()
          ? first.loss()
          : first.sparse() ? Loss.sparseCategoricalCrossentropy(false) : Loss.meanSquaredError();
    }

    /** With the metrics that they are for an output of that width. */
    public Objective resolve(int width) {
      Map<String, Metric> all = new LinkedHashMap<>(metrics);
      all.replaceAll((key, m) -> m.resolve(measured(), width));
      return new Objective(output, name, loss, all);
    }

    /** A key in logs. */
    public String key(String what) {
      return name.isEmpty() ? what : name + "_" + what;
    }
  }
}
