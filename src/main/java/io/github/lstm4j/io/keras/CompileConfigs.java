package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.compile.Goal.Objective;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.training.Objectives;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

/** What {@code compile} was given, to and from {@code compile_config} in Keras's files. */
final class CompileConfigs {
  private CompileConfigs() {}

  static Map<String, Object> write(Model model) {
    List<String> outputs = model.outputNames();
    Map<String, Object> losses = new LinkedHashMap<>();
    Map<String, Object> weights = new LinkedHashMap<>();
    Map<String, Object> plain = new LinkedHashMap<>();
    Map<String, Object> weighted = new LinkedHashMap<>();
    outputs.forEach(name -> losses.put(name, null)); // Keras wants each to be named
    outputs.forEach(name -> weights.put(name, null));
    for (Objective o : model.objectives().list()) {
      String name = outputs.get(o.output());
      if (o.loss() != null) {
        losses.put(name, LossConfigs.write(o.loss()));
        weights.put(name, Fields.decimal(o.loss().weight()));
      }
      Map<String, Metric> metrics = new LinkedHashMap<>(o.metrics());
      int width = model.graph().outputShape(o.output()).last();
      metrics.replaceAll((log, m) -> m.resolve(o.measured(), width));
      putIfAny(plain, name, MetricConfigs.write(metrics, false));
      putIfAny(weighted, name, MetricConfigs.write(metrics, true));
    }
    boolean one = outputs.size() == 1;
    boolean weighs =
        model.objectives().list().stream()
            .anyMatch(o -> o.loss() != null && o.loss().weight() != 1);
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("optimizer", OptimizerConfigs.write(model.optimizer()));
    c.put("loss", one ? losses.get(outputs.get(0)) : losses);
    c.put("loss_weights", !weighs ? null : one ? List.copyOf(weights.values()) : weights);
    c.put("metrics", one ? plain.get(outputs.get(0)) : plain.isEmpty() ? null : plain);
    c.put(
        "weighted_metrics",
        one ? weighted.get(outputs.get(0)) : weighted.isEmpty() ? null : weighted);
    c.put("run_eagerly", false);
    c.put("steps_per_execution", 1);
    c.put("jit_compile", "auto");
    return c;
  }

  private static void putIfAny(Map<String, Object> byName, String name, List<Object> entries) {
    if (entries != null) {
      byName.put(name, entries);
    }
  }

  /**
   * Compiles a model as its file says.
   *
   * @throws IllegalArgumentException if the optimizer, loss or a metric is one that we do not have,
   *     or is asked for what it does not do; names it, the field and the value
   */
  static void read(Map<String, Object> config, Model model) {
    read(config, UnaryOperator.identity(), model);
  }

  /**
   * As {@link #read(Map, Model)}.
   *
   * @param more what is known of the optimizer beside it
   */
  static void read(Map<String, Object> config, UnaryOperator<Optimizer> more, Model model) {
    Fields c = new Fields("compile", config);
    c.skip("run_eagerly", "steps_per_execution", "jit_compile"); // how Keras computes, not what
    c.skip("auto_scale_loss"); // which float32 needs not
    Optimizer optimizer = more.apply(OptimizerConfigs.read(c.take("optimizer")));
    List<String> outputs = model.outputNames();
    List<Object> losses = ofEach(c.take("loss"), "loss", outputs, true);
    List<Object> weights = ofEach(c.take("loss_weights"), "loss_weights", outputs, true);
    List<Object> plain = metricsOfEach(c.take("metrics"), "metrics", outputs);
    List<Object> weighted = metricsOfEach(c.take("weighted_metrics"), "weighted_metrics", outputs);
    c.end();
    List<Loss> all = new ArrayList<>();
    List<Map<String, Metric>> metrics = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      boolean none = outputs.size() > 1 && losses.get(i) == null;
      all.add(none ? null : weighted(LossConfigs.read(losses.get(i)), weights.get(i)));
      metrics.add(new LinkedHashMap<>());
      MetricConfigs.read(plain.get(i), UnaryOperator.identity(), metrics.get(i));
      MetricConfigs.read(weighted.get(i), Metric::weighted, metrics.get(i));
    }
    model.compile(optimizer, Objectives.of(model.name(), outputs, all, metrics));
  }

  private static Loss weighted(Loss loss, Object weight) {
    if (weight != null && !(weight instanceof Number)) {
      throw new IllegalArgumentException("loss_weights: expected a number, got " + weight);
    }
    return weight == null ? loss : loss.withWeight(((Number) weight).floatValue());
  }

  private static List<Object> metricsOfEach(Object value, String what, List<String> outputs) {
    return outputs.size() == 1
        ? Collections.singletonList(value)
        : ofEach(value, what, outputs, false);
  }

  /**
   * What is said of each output: in a list, or in a map by the outputs' names.
   *
   * @param shared whether one value may stand for all
   */
  private static List<Object> ofEach(
      Object value, String what, List<String> outputs, boolean shared) {
    boolean tuple = "__tuple__".equals(map(value).get("class_name"));
    Object given = tuple ? map(value).getOrDefault("items", map(value).get("config")) : value;
    if (given instanceof Map<?, ?> && !map(given).containsKey("class_name")) {
      map(given)
          .keySet()
          .forEach(
              name -> {
                if (outputs.size() > 1 && !outputs.contains(name)) {
                  throw new IllegalArgumentException(
                      what + ": no output is called " + name + ", there are " + outputs);
                }
              });
      given =
          outputs.size() == 1
              ? new ArrayList<>(map(given).values())
              : new ArrayList<>(outputs.stream().map(map(given)::get).toList());
    }
    if (given instanceof List<?> list) {
      if (list.size() != outputs.size()) {
        throw new IllegalArgumentException(
            what
                + ": expected one for "
                + (outputs.size() == 1 ? "the one output" : "each of the outputs " + outputs)
                + ", got "
                + value);
      }
      return new ArrayList<>(list);
    }
    if (given != null && !shared) {
      throw new IllegalArgumentException(
          what + ": expected a list or a map for the outputs " + outputs + ", got " + value);
    }
    return Collections.nCopies(outputs.size(), given);
  }
}
