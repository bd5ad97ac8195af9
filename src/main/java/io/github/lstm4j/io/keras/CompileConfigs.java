package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What {@code compile} was given, to and from {@code compile_config} in Keras's files. */
final class CompileConfigs {
  private CompileConfigs() {}

  static Map<String, Object> write(Model model) {
    Map<String, Metric> metrics = new LinkedHashMap<>(model.metrics());
    metrics.replaceAll((name, m) -> m.resolve(model.loss(), model.outputShape().last()));
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("optimizer", OptimizerConfigs.write(model.optimizer()));
    c.put("loss", LossConfigs.write(model.loss()));
    float weight = model.loss().weight();
    c.put("loss_weights", weight == 1 ? null : List.of(Fields.decimal(weight)));
    c.put("metrics", MetricConfigs.write(metrics, false));
    c.put("weighted_metrics", MetricConfigs.write(metrics, true));
    c.put("run_eagerly", false);
    c.put("steps_per_execution", 1);
    c.put("jit_compile", "auto");
    return c;
  }

  /**
   * Compiles a model as its file says.
   *
   * @throws IllegalArgumentException if the optimizer, loss or a metric is one that we do not have,
   *     or is asked for what it does not do; names it, the field and the value
   */
  static void read(Map<String, Object> config, Sequential model) {
    read(config, UnaryOperator.identity(), model);
  }

  /**
   * As {@link #read(Map, Sequential)}.
   *
   * @param more what is known of the optimizer beside it
   */
  static void read(Map<String, Object> config, UnaryOperator<Optimizer> more, Sequential model) {
    Fields c = new Fields("compile", config);
    c.skip("run_eagerly", "steps_per_execution", "jit_compile"); // how Keras computes, not what
    c.skip("auto_scale_loss"); // which float32 needs not
    Optimizer optimizer = more.apply(OptimizerConfigs.read(c.take("optimizer")));
    Loss loss = LossConfigs.read(single(c.take("loss"), "loss"));
    Object weight = single(c.take("loss_weights"), "loss_weights");
    if (weight instanceof Number n) {
      loss = loss.withWeight(n.floatValue());
    } else if (weight != null) {
      throw new IllegalArgumentException("loss_weights: expected a number, got " + weight);
    }
    Map<String, Metric> metrics = new LinkedHashMap<>();
    MetricConfigs.read(c.take("metrics"), UnaryOperator.identity(), metrics);
    MetricConfigs.read(c.take("weighted_metrics"), Metric::weighted, metrics);
    c.end();
    model.compile(optimizer, loss, metrics);
  }

  /** The value for the one output, which may lie in a list, or in a map by the output's name. */
  private static Object single(Object value, String what) {
    boolean byName = value instanceof Map<?, ?> && !map(value).containsKey("class_name");
    Object values = byName ? List.copyOf(map(value).values()) : value;
    if (!(values instanceof List<?> list)) {
      return value;
    }
    if (list.size() != 1) {
      throw new IllegalArgumentException(what + ": expected one for the one output, got " + value);
    }
    return single(list.get(0), what);
  }
}
