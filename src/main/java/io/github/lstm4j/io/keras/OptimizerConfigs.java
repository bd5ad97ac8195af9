package io.github.lstm4j.io.keras;

import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Optimizers, to and from Keras's configurations. */
final class OptimizerConfigs {
  private OptimizerConfigs() {}

  static Map<String, Object> write(Optimizer o) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", KerasNames.snakeCase(o.name()));
    c.put("learning_rate", Fields.decimal(o.learningRate()));
    c.put("weight_decay", null);
    c.put("clipnorm", orNull(o.clipnorm()));
    c.put("global_clipnorm", orNull(o.globalClipnorm()));
    c.put("clipvalue", orNull(o.clipvalue()));
    if (o.rule() instanceof UpdateRule.Sgd sgd) {
      c.put("momentum", Fields.decimal(sgd.momentum()));
      c.put("nesterov", sgd.nesterov());
    } else if (o.rule() instanceof UpdateRule.RmsProp r) {
      c.put("rho", Fields.decimal(r.rho()));
      c.put("momentum", Fields.decimal(r.momentum()));
      c.put("epsilon", Fields.decimal(r.epsilon()));
      c.put("centered", r.centered());
    } else if (o.rule() instanceof UpdateRule.Adam a) {
      c.put("weight_decay", orNull(a.weightDecay()));
      c.put("beta_1", Fields.decimal(a.beta1()));
      c.put("beta_2", Fields.decimal(a.beta2()));
      c.put("epsilon", Fields.decimal(a.epsilon()));
      c.put("amsgrad", false);
    } else {
      throw new IllegalStateException("no Keras configuration for " + o.rule());
    }
    return LayerConfigs.entry("keras.optimizers", o.name(), c);
  }

  private static Object orNull(float value) {
    return value == 0 ? null : Fields.decimal(value);
  }

  /** What a file leaves out has Keras's default, as {@link Optimizer#of} has. */
  static Optimizer read(Object value) {
    if (value instanceof String s) {
      return Optimizer.of(s);
    }
    Map<String, Object> entry = LayerConfigs.map(value);
    LayerConfigs.requireOfKeras(entry);
    Optimizer d = Optimizer.of(Objects.toString(entry.get("class_name")));
    Fields c = new Fields(d.name(), entry.get("config"));
    c.only("use_ema", false).skip("ema_momentum", "ema_overwrite_frequency");
    c.only("gradient_accumulation_steps").only("loss_scale_factor");
    c.only("decay", 0.0, 0).skip("name", "jit_compile", "is_legacy_optimizer"); // Keras 2
    if (LayerConfigs.map(entry.get("config")).get("learning_rate") instanceof Map<?, ?> schedule) {
      throw new IllegalArgumentException(
          d.name() + " with the learning_rate schedule " + schedule + " is not supported");
    }
    float rate = c.number("learning_rate", d.learningRate());
    UpdateRule rule;
    if (d.rule() instanceof UpdateRule.Sgd r) {
      rule = new UpdateRule.Sgd(c.number("momentum", r.momentum()), c.flag("nesterov"));
    } else if (d.rule() instanceof UpdateRule.RmsProp r) {
      rule =
          new UpdateRule.RmsProp(
              c.number("rho", r.rho()),
              c.number("momentum", r.momentum()),
              c.number("epsilon", r.epsilon()),
              c.flag("centered"));
    } else if (d.rule() instanceof UpdateRule.Adam r) {
      c.only("amsgrad", false);
      rule =
          new UpdateRule.Adam(
              c.number("beta_1", r.beta1()),
              c.number("beta_2", r.beta2()),
              c.number("epsilon", r.epsilon()),
              c.has("weight_decay") ? c.numberOrNone("weight_decay") : r.weightDecay());
    } else {
      throw new IllegalStateException("no Keras configuration for " + d.rule());
    }
    c.only("weight_decay", 0.0, 0);
    Optimizer read =
        new Optimizer(
            d.name(),
            rate,
            rule,
            c.numberOrNone("clipnorm"),
            c.numberOrNone("clipvalue"),
            c.numberOrNone("global_clipnorm"));
    c.end();
    return read;
  }
}
