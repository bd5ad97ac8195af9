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
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** What {@code compile} was given, to and from {@code compile_config} in Keras's files. */
final class CompileConfigs {
  private static final String DEFAULT_OPTIMIZER = "rmsprop"; // of Keras's compile

  private CompileConfigs() {}

  static Map<String, Object> write(Model model) {
    List<String> outputs = model.outputNames();
    List<Object> losses = none(outputs);
    List<Object> weights = none(outputs);
    List<Object> plain = none(outputs);
    List<Object> weighted = none(outputs);
    for (Objective o : model.objectives().list()) {
      int at = o.output();
      if (o.loss() != null) {
        losses.set(at, LossConfigs.write(o.loss()));
        weights.set(at, Fields.decimal(o.loss().weight()));
      }
      Map<String, Metric> metrics = new LinkedHashMap<>(o.metrics());
      int width = model.graph().outputShape(at).last();
      metrics.replaceAll((log, m) -> m.resolve(o.measured(), width));
      plain.set(at, MetricConfigs.write(metrics, false));
      weighted.set(at, MetricConfigs.write(metrics, true));
    }
    boolean weighs =
        model.objectives().list().stream()
            .anyMatch(o -> o.loss() != null && o.loss().weight() != 1);
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("optimizer", OptimizerConfigs.write(model.optimizer()));
    c.put("loss", ofEach(outputs, losses, true));
    c.put(
        "loss_weights",
        !weighs ? null : outputs.size() == 1 ? weights : ofEach(outputs, weights, true));
    c.put("metrics", ofEach(outputs, plain, false));
    c.put("weighted_metrics", ofEach(outputs, weighted, false));
    c.put("run_eagerly", false);
    c.put("steps_per_execution", 1);
    c.put("jit_compile", "auto");
    return c;
  }

  private static List<Object> none(List<String> outputs) {
    return new ArrayList<>(Collections.nCopies(outputs.size(), null));
  }

  /**
   * What is said of each output as files say it: by their names, in order if these do not tell them
   * apart, or the one alone.
   *
   * @param all whether that of which nothing is said is named too, as Keras wants it of losses
   */
  private static Object ofEach(List<String> outputs, List<Object> said, boolean all) {
    if (outputs.size() == 1) {
      return said.get(0);
    } else if (!all && said.stream().allMatch(Objects::isNull)) {
      return null;
    } else if (new HashSet<>(outputs).size() < outputs.size()) {
      return said;
    }
    Map<String, Object> byName = new LinkedHashMap<>();
    for (int i = 0; i < outputs.size(); i++) {
      if (all || said.get(i) != null) {
        byName.put(outputs.get(i), said.get(i));
      }
    }
    return byName;
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
    boolean lost = !c.has("optimizer"); // by Keras 3, where it saved the model as .h5 before
    Object said = lost ? DEFAULT_OPTIMIZER : c.take("optimizer");
    Optimizer optimizer = more.apply(OptimizerConfigs.read(said));
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
