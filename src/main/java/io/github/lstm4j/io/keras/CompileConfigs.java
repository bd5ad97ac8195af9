package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;

/** What {@code compile} was given, to and from {@code compile_config} in Keras's files. */
final class CompileConfigs {
  private CompileConfigs() {}

  // ---------------------------------------------------------------- writing

  static Map<String, Object> write(Model model) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("optimizer", write(model.optimizer()));
    c.put("loss", write(model.loss()));
    c.put("loss_weights", null);
    List<Object> metrics = new ArrayList<>();
    model
        .metrics()
        .forEach(
            (name, m) -> {
              Map<String, Object> config = new LinkedHashMap<>();
              config.put("name", name);
              config.put("dtype", "float32");
              metrics.add(LayerConfigs.entry("keras.metrics", m.className(), config));
            });
    c.put("metrics", metrics.isEmpty() ? null : metrics);
    c.put("weighted_metrics", null);
    c.put("run_eagerly", false);
    c.put("steps_per_execution", 1);
    c.put("jit_compile", "auto");
    return c;
  }

  private static Map<String, Object> write(Optimizer o) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", KerasNames.snakeCase(o.name()));
    c.put("learning_rate", decimal(o.learningRate()));
    c.put("weight_decay", null);
    c.put("clipnorm", orNull(o.clipnorm()));
    c.put("global_clipnorm", orNull(o.globalClipnorm()));
    c.put("clipvalue", orNull(o.clipvalue()));
    if (o.rule() instanceof UpdateRule.Sgd sgd) {
      c.put("momentum", decimal(sgd.momentum()));
      c.put("nesterov", sgd.nesterov());
    } else if (o.rule() instanceof UpdateRule.RmsProp r) {
      c.put("rho", decimal(r.rho()));
      c.put("momentum", decimal(r.momentum()));
      c.put("epsilon", decimal(r.epsilon()));
      c.put("centered", r.centered());
    } else if (o.rule() instanceof UpdateRule.Adam a) {
      if (a.weightDecay() > 0) {
        c.put("weight_decay", decimal(a.weightDecay()));
      }
      c.put("beta_1", decimal(a.beta1()));
      c.put("beta_2", decimal(a.beta2()));
      c.put("epsilon", decimal(a.epsilon()));
      c.put("amsgrad", false);
    } else {
      throw new IllegalStateException("no Keras configuration for " + o.rule());
    }
    return LayerConfigs.entry("keras.optimizers", o.name(), c);
  }

  private static Map<String, Object> write(Loss loss) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", loss.kind().kerasName());
    c.put("reduction", loss.reduction().kerasName());
    switch (loss.kind()) {
      case HUBER -> c.put("delta", decimal(loss.delta()));
      case BINARY_CROSSENTROPY, CATEGORICAL_CROSSENTROPY, SPARSE_CATEGORICAL_CROSSENTROPY ->
          c.put("from_logits", loss.fromLogits());
      default -> {}
    }
    return LayerConfigs.entry("keras.losses", loss.kind().className(), c);
  }

  private static Object orNull(float value) {
    return value == 0 ? null : decimal(value);
  }

  /** 0.9f as 0.9, not as 0.8999999761581421. */
  private static double decimal(float value) {
    return Double.parseDouble(Float.toString(value));
  }

  // ---------------------------------------------------------------- reading

  /**
   * Compiles a model as its file says.
   *
   * @throws IllegalArgumentException if the optimizer, loss or a metric is one that we do not have
   */
  static void read(Map<String, Object> config, Sequential model) {
    Optimizer optimizer = optimizer(config.get("optimizer"));
    Loss loss = loss(config.get("loss"));
    Map<String, Metric> metrics = new LinkedHashMap<>();
    if (config.get("metrics") instanceof List<?> list) {
      for (Object m : list) {
        if (m instanceof String name) {
          metrics.put(name, metric(name, loss, model));
        } else {
          String name = Objects.toString(map(m).get("class_name"));
          Object called = map(map(m).get("config")).getOrDefault("name", name);
          metrics.put(called.toString(), metric(name, loss, model));
        }
      }
    }
    model.compile(optimizer, loss, metrics);
  }

  private static Metric metric(String name, Loss loss, Sequential model) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("accuracy") || lower.equals("acc")
        ? Metric.accuracyFor(loss, model.outputShape().last())
        : Metric.of(name);
  }

  private static Optimizer optimizer(Object value) {
    if (value instanceof String s) {
      return Optimizer.of(s);
    }
    Map<String, Object> entry = map(value);
    Map<String, Object> c = map(entry.get("config"));
    Optimizer d = Optimizer.of(Objects.toString(entry.get("class_name")));
    for (String key : List.of("use_ema", "amsgrad")) {
      if (Boolean.TRUE.equals(c.get(key))) {
        throw new IllegalArgumentException(d.name() + " with " + key + " is not supported");
      }
    }
    if (c.get("gradient_accumulation_steps") != null || c.get("loss_scale_factor") != null) {
      throw new IllegalArgumentException(
          d.name() + " with gradient accumulation or loss scaling is not supported");
    }
    if (!(c.getOrDefault("learning_rate", d.learningRate()) instanceof Number)) {
      throw new IllegalArgumentException(
          d.name() + " with a learning rate schedule is not supported");
    }
    float rate = number(c, "learning_rate", d.learningRate());
    UpdateRule rule;
    if (d.rule() instanceof UpdateRule.Sgd) {
      rule = new UpdateRule.Sgd(number(c, "momentum", 0f), Boolean.TRUE.equals(c.get("nesterov")));
    } else if (d.rule() instanceof UpdateRule.RmsProp r) {
      rule =
          new UpdateRule.RmsProp(
              number(c, "rho", r.rho()),
              number(c, "momentum", r.momentum()),
              number(c, "epsilon", r.epsilon()),
              Boolean.TRUE.equals(c.get("centered")));
    } else if (d.rule() instanceof UpdateRule.Adam a) {
      rule =
          new UpdateRule.Adam(
              number(c, "beta_1", a.beta1()),
              number(c, "beta_2", a.beta2()),
              number(c, "epsilon", a.epsilon()),
              number(c, "weight_decay", 0f));
    } else {
      throw new IllegalStateException("no Keras configuration for " + d.rule());
    }
    if (!(rule instanceof UpdateRule.Adam) && c.get("weight_decay") != null) {
      throw new IllegalArgumentException(d.name() + " with weight_decay is not supported");
    }
    return new Optimizer(
        d.name(),
        rate,
        rule,
        number(c, "clipnorm", 0f),
        number(c, "clipvalue", 0f),
        number(c, "global_clipnorm", 0f));
  }

  private static Loss loss(Object value) {
    if (value instanceof String s) {
      return Loss.of(s);
    }
    Map<String, Object> entry = map(value);
    Map<String, Object> c = map(entry.get("config"));
    if (entry.isEmpty()) {
      throw new IllegalArgumentException("a loss of the form " + value + " is not supported");
    }
    Object label = c.get("label_smoothing");
    if (label instanceof Number n && n.doubleValue() != 0) {
      throw new IllegalArgumentException("label_smoothing is not supported");
    }
    String function =
        entry.get("class_name").equals("function")
            ? Objects.toString(entry.get("config"))
            : Objects.toString(entry.get("class_name"));
    Loss d = Loss.of(function);
    return new Loss(
        d.kind(),
        Boolean.TRUE.equals(c.get("from_logits")),
        number(c, "delta", d.delta()),
        reduction(c.get("reduction"), d));
  }

  private static Loss.Reduction reduction(Object name, Loss loss) {
    if (name == null || name.equals("auto")) { // Keras 2 calls its default so
      return loss.reduction();
    }
    String wanted = name.equals("mean") ? "sum_over_batch_size" : name.toString();
    for (Loss.Reduction r : Loss.Reduction.values()) {
      if (r.kerasName().equals(wanted)) {
        return r;
      }
    }
    throw new IllegalArgumentException(
        loss.kind().className() + " with reduction " + name + " is not supported");
  }

  private static float number(Map<String, Object> config, String key, float otherwise) {
    return config.get(key) instanceof Number n ? n.floatValue() : otherwise;
  }
}
