package io.github.lstm4j.io.keras.legacy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What legacy files say of a model's training, as {@code compile_config} says it today. */
public final class OldTraining {
  /** The losses and metrics whose names Keras 3 does not know. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "kullback_leibler_divergence", "kl_divergence",
          "kld", "kl_divergence",
          "KLD", "kl_divergence",
          "logcosh", "log_cosh");

  private static final String OWN = "Custom>"; // before the names of tf.keras's since 2.11

  private OldTraining() {}

  /**
   * What a model was compiled with.
   *
   * @param training a file's {@code training_config}
   */
  public static Map<String, Object> compileConfig(
      Map<String, Object> training, KerasVersion version) {
    Map<String, Object> compile = new LinkedHashMap<>(training);
    Json.rename(compile, "optimizer_config", "optimizer");
    if (!version.isBefore(3, 0)) {
      return compile;
    }
    Json.drop(
        compile, "sample_weight_mode", "temporal"); // weights of timesteps, which fit is given
    return upgrade(compile, version);
  }

  /** A {@code compile_config}, as a {@code .keras} file has it; one of Keras 3 is left alone. */
  public static Map<String, Object> upgrade(Map<String, Object> compile, KerasVersion version) {
    if (!version.isBefore(3, 0)) {
      return compile;
    }
    Map<String, Object> now = new LinkedHashMap<>(compile);
    now.computeIfPresent("optimizer", (name, o) -> optimizer(o, version));
    now.computeIfPresent("loss", (name, l) -> renamed(l));
    now.computeIfPresent("metrics", (name, m) -> metrics(m));
    now.computeIfPresent("weighted_metrics", (name, m) -> metrics(m));
    return now;
  }

  private static Object optimizer(Object given, KerasVersion version) {
    Map<String, Object> entry = Json.copy(given);
    if (!(entry.get("config") instanceof Map<?, ?>)) {
      return given;
    }
    entry.computeIfPresent(
        "class_name",
        (n, kind) ->
            kind instanceof String s && s.startsWith(OWN) ? s.substring(OWN.length()) : kind);
    Map<String, Object> config = Json.copy(entry.get("config"));
    Json.rename(config, "lr", "learning_rate");
    if (config.get("epsilon") == null) { // Keras's own
      config.remove("epsilon");
    }
    if (!version.tensorflow()) { // the norm of all gradients together, before tf.keras
      Json.rename(config, "clipnorm", "global_clipnorm");
      if ("Adagrad".equals(entry.get("class_name"))) {
        config.putIfAbsent("initial_accumulator_value", 0.0);
      }
    }
    if (config.get("decay") instanceof Number decay && decay.doubleValue() > 0) {
      config.put("learning_rate", decaying(config.get("learning_rate"), decay));
    }
    config.remove("decay");
    Json.drop(config, "schedule_decay", 0.004); // of Nadam, where today's is fixed
    entry.put("config", config);
    return entry;
  }

  /** The rate divided by 1 + decay·steps. */
  private static Object decaying(Object rate, Number decay) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("initial_learning_rate", rate);
    config.put("decay_steps", 1);
    config.put("decay_rate", decay);
    config.put("staircase", false);
    Map<String, Object> schedule = new LinkedHashMap<>();
    schedule.put("class_name", "InverseTimeDecay");
    schedule.put("config", config);
    return schedule;
  }

  /** A loss or metric by its name today, and of several, in a list or by outputs, each. */
  private static Object renamed(Object given) {
    if (given instanceof List<?> all) {
      List<Object> now = new ArrayList<>();
      all.forEach(one -> now.add(renamed(one)));
      return now;
    } else if (given instanceof Map<?, ?>) {
      Map<String, Object> now = Json.copy(given);
      if (!now.containsKey("class_name")) {
        now.replaceAll((output, loss) -> renamed(loss));
      }
      return now;
    }
    return given instanceof String name ? RENAMED.getOrDefault(name, name) : given;
  }

  /** Functions were said by their names alone. */
  private static Object metrics(Object given) {
    if (given instanceof List<?> all) {
      List<Object> now = new ArrayList<>();
      all.forEach(one -> now.add(metrics(one)));
      return now;
    } else if (!(given instanceof Map<?, ?>)) {
      return renamed(given);
    }
    Map<String, Object> now = Json.copy(given);
    if (now.get("config") instanceof Map<?, ?>) {
      Map<String, Object> config = Json.copy(now.get("config"));
      if (config.get("fn") instanceof String name) {
        Map<String, Object> function = new LinkedHashMap<>();
        function.put("class_name", "function");
        function.put("config", name);
        config.put("fn", function);
      }
      now.put("config", config);
    } else if (!now.containsKey("class_name")) { // by the outputs' names
      now.replaceAll((output, metrics) -> metrics(metrics));
    }
    return now;
  }
}
