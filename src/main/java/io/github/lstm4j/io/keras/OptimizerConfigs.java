package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.UnaryOperator;

/** Optimizers, to and from Keras's configurations. */
final class OptimizerConfigs {
  private OptimizerConfigs() {}

  // ---------------------------------------------------------------- writing

  static Map<String, Object> write(Optimizer o) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", KerasNames.snakeCase(o.name()));
    c.put("learning_rate", rate(o.schedule()));
    boolean decays = o.weightDecay() > 0 || o.name().equals("AdamW"); // which must have a number
    c.put("weight_decay", decays ? Fields.decimal(o.weightDecay()) : null);
    c.put("clipnorm", orNull(o.clip().norm()));
    c.put("global_clipnorm", orNull(o.clip().globalNorm()));
    c.put("clipvalue", orNull(o.clip().value()));
    Optimizer.Ema ema = o.ema();
    if (ema != null) {
      c.put("use_ema", true);
      c.put("ema_momentum", Fields.decimal(ema.momentum()));
      c.put(
          "ema_overwrite_frequency",
          ema.overwriteFrequency() > 0 ? ema.overwriteFrequency() : null);
    }
    if (o.gradientAccumulationSteps() > 1) {
      c.put("gradient_accumulation_steps", o.gradientAccumulationSteps());
    }
    rule(o.rule(), c);
    return LayerConfigs.entry("keras.optimizers", o.name(), c);
  }

  private static Object orNull(float value) {
    return value == 0 ? null : Fields.decimal(value);
  }

  private static Object rate(LearningRateSchedule schedule) {
    return schedule instanceof LearningRateSchedule.Constant c
        ? (Object) Fields.decimal(c.rate())
        : ScheduleConfigs.write(schedule);
  }

  private static void rule(UpdateRule rule, Map<String, Object> c) {
    if (rule instanceof UpdateRule.Sgd r) {
      c.put("momentum", Fields.decimal(r.momentum()));
      c.put("nesterov", r.nesterov());
    } else if (rule instanceof UpdateRule.RmsProp r) {
      c.put("rho", Fields.decimal(r.rho()));
      c.put("momentum", Fields.decimal(r.momentum()));
      c.put("epsilon", Fields.decimal(r.epsilon()));
      c.put("centered", r.centered());
    } else if (rule instanceof UpdateRule.Adagrad r) {
      c.put("initial_accumulator_value", Fields.decimal(r.initialAccumulatorValue()));
      c.put("epsilon", Fields.decimal(r.epsilon()));
    } else if (rule instanceof UpdateRule.Adadelta r) {
      c.put("rho", Fields.decimal(r.rho()));
      c.put("epsilon", Fields.decimal(r.epsilon()));
    } else if (rule instanceof UpdateRule.Adam r) {
      moments(r.beta1(), r.beta2(), r.epsilon(), c);
      c.put("amsgrad", r.amsgrad());
    } else if (rule instanceof UpdateRule.Adamax r) {
      moments(r.beta1(), r.beta2(), r.epsilon(), c);
    } else if (rule instanceof UpdateRule.Nadam r) {
      moments(r.beta1(), r.beta2(), r.epsilon(), c);
    } else if (rule instanceof UpdateRule.Lamb r) {
      moments(r.beta1(), r.beta2(), r.epsilon(), c);
    } else if (rule instanceof UpdateRule.Lion r) {
      c.put("beta_1", Fields.decimal(r.beta1()));
      c.put("beta_2", Fields.decimal(r.beta2()));
    } else if (rule instanceof UpdateRule.Ftrl r) {
      c.put("learning_rate_power", Fields.decimal(r.learningRatePower()));
      c.put("initial_accumulator_value", Fields.decimal(r.initialAccumulatorValue()));
      c.put("l1_regularization_strength", Fields.decimal(r.l1()));
      c.put("l2_regularization_strength", Fields.decimal(r.l2()));
      c.put("l2_shrinkage_regularization_strength", Fields.decimal(r.l2Shrinkage()));
      c.put("beta", Fields.decimal(r.beta()));
    } else {
      throw new IllegalStateException("no Keras configuration for " + rule);
    }
  }

  private static void moments(float beta1, float beta2, float epsilon, Map<String, Object> c) {
    c.put("beta_1", Fields.decimal(beta1));
    c.put("beta_2", Fields.decimal(beta2));
    c.put("epsilon", Fields.decimal(epsilon));
  }

  // ---------------------------------------------------------------- reading

  /** What a file leaves out has Keras's default, as {@link Optimizer#of} has. */
  static Optimizer read(Object value) {
    if (value instanceof String s) {
      return Optimizer.of(s);
    }
    Map<String, Object> entry = map(value);
    LayerConfigs.requireOfKeras(entry);
    Optimizer d = Optimizer.of(Objects.toString(entry.get("class_name")));
    Fields c = new Fields(d.name(), entry.get("config"));
    c.only("loss_scale_factor");
    c.skip("name", "jit_compile", "is_legacy_optimizer"); // Keras 2
    Optimizer read =
        d.withRule(rule(d, c))
            .withLearningRate(rate(map(entry.get("config")).get("learning_rate"), d, c))
            .withWeightDecay(decay(d, c))
            .withClip(
                new Optimizer.Clip(
                    c.numberOrNone("clipnorm"),
                    c.numberOrNone("clipvalue"),
                    c.numberOrNone("global_clipnorm")))
            .withEma(ema(c))
            .withGradientAccumulationSteps(c.integer("gradient_accumulation_steps", 1));
    c.end();
    return read;
  }

  private static LearningRateSchedule rate(Object given, Optimizer d, Fields c) {
    return given instanceof Map<?, ?>
        ? ScheduleConfigs.read(d.name(), c.take("learning_rate"))
        : new LearningRateSchedule.Constant(c.number("learning_rate", d.learningRate()));
  }

  private static float decay(Optimizer d, Fields c) {
    return c.has("weight_decay") ? c.numberOrNone("weight_decay") : d.weightDecay();
  }

  private static Optimizer.Ema ema(Fields c) {
    float momentum = c.number("ema_momentum", 0.99f); // Keras's default
    int frequency = c.integer("ema_overwrite_frequency", 0);
    return c.flag("use_ema") ? new Optimizer.Ema(momentum, frequency) : null;
  }

  private static UpdateRule rule(Optimizer d, Fields c) {
    if (d.rule() instanceof UpdateRule.Sgd r) {
      return new UpdateRule.Sgd(c.number("momentum", r.momentum()), c.flag("nesterov"));
    } else if (d.rule() instanceof UpdateRule.RmsProp r) {
      return new UpdateRule.RmsProp(
          c.number("rho", r.rho()),
          c.number("momentum", r.momentum()),
          c.number("epsilon", r.epsilon()),
          c.flag("centered"));
    } else if (d.rule() instanceof UpdateRule.Adagrad r) {
      return new UpdateRule.Adagrad(
          c.number("initial_accumulator_value", r.initialAccumulatorValue()),
          c.number("epsilon", r.epsilon()));
    } else if (d.rule() instanceof UpdateRule.Adadelta r) {
      return new UpdateRule.Adadelta(c.number("rho", r.rho()), c.number("epsilon", r.epsilon()));
    } else if (d.rule() instanceof UpdateRule.Adam r) {
      return new UpdateRule.Adam(
          c.number("beta_1", r.beta1()),
          c.number("beta_2", r.beta2()),
          c.number("epsilon", r.epsilon()),
          c.flag("amsgrad"));
    } else if (d.rule() instanceof UpdateRule.Adamax r) {
      return new UpdateRule.Adamax(
          c.number("beta_1", r.beta1()),
          c.number("beta_2", r.beta2()),
          c.number("epsilon", r.epsilon()));
    } else if (d.rule() instanceof UpdateRule.Nadam r) {
      return new UpdateRule.Nadam(
          c.number("beta_1", r.beta1()),
          c.number("beta_2", r.beta2()),
          c.number("epsilon", r.epsilon()));
    } else if (d.rule() instanceof UpdateRule.Lamb r) {
      return new UpdateRule.Lamb(
          c.number("beta_1", r.beta1()),
          c.number("beta_2", r.beta2()),
          c.number("epsilon", r.epsilon()));
    } else if (d.rule() instanceof UpdateRule.Lion r) {
      return new UpdateRule.Lion(c.number("beta_1", r.beta1()), c.number("beta_2", r.beta2()));
    } else if (d.rule() instanceof UpdateRule.Ftrl r) {
      return new UpdateRule.Ftrl(
          c.number("learning_rate_power", r.learningRatePower()),
          c.number("initial_accumulator_value", r.initialAccumulatorValue()),
          c.number("l1_regularization_strength", r.l1()),
          c.number("l2_regularization_strength", r.l2()),
          c.number("l2_shrinkage_regularization_strength", r.l2Shrinkage()),
          c.number("beta", r.beta()));
    }
    throw new IllegalStateException("no Keras configuration for " + d.rule());
  }

  /**
   * Adds which weights do not decay, which Keras's configuration does not say.
   *
   * @param undecayed what our part of the file has of it, or null
   */
  static UnaryOperator<Optimizer> excluding(Object undecayed) {
    return undecayed instanceof List<?> names
        ? o ->
            o.excludeFromWeightDecay(names.stream().map(Objects::toString).toArray(String[]::new))
        : UnaryOperator.identity();
  }
}
