package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.optimizers.LearningRateSchedule;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Schedules of an optimizer's learning rate, to and from Keras's configurations. */
final class ScheduleConfigs {
  private ScheduleConfigs() {}

  static Map<String, Object> write(LearningRateSchedule schedule) {
    Map<String, Object> c = new LinkedHashMap<>();
    String className = schedule.getClass().getSimpleName();
    if (schedule instanceof LearningRateSchedule.ExponentialDecay s) {
      begin(s.initialLearningRate(), s.decaySteps(), c);
      c.put("decay_rate", s.decayRate());
      c.put("staircase", s.staircase());
    } else if (schedule instanceof LearningRateSchedule.InverseTimeDecay s) {
      begin(s.initialLearningRate(), s.decaySteps(), c);
      c.put("decay_rate", s.decayRate());
      c.put("staircase", s.staircase());
    } else if (schedule instanceof LearningRateSchedule.CosineDecay s) {
      begin(s.initialLearningRate(), s.decaySteps(), c);
      c.put("alpha", s.alpha());
      c.put("warmup_target", s.warmupTarget());
      c.put("warmup_steps", steps(s.warmupSteps()));
    } else if (schedule instanceof LearningRateSchedule.CosineDecayRestarts s) {
      c.put("initial_learning_rate", s.initialLearningRate());
      c.put("first_decay_steps", steps(s.firstDecaySteps()));
      c.put("t_mul", s.tMul());
      c.put("m_mul", s.mMul());
      c.put("alpha", s.alpha());
    } else if (schedule instanceof LearningRateSchedule.PolynomialDecay s) {
      begin(s.initialLearningRate(), s.decaySteps(), c);
      c.put("end_learning_rate", s.endLearningRate());
      c.put("power", s.power());
      c.put("cycle", s.cycle());
    } else if (schedule instanceof LearningRateSchedule.PiecewiseConstantDecay s) {
      c.put("boundaries", s.boundaries().stream().map(ScheduleConfigs::steps).toList());
      c.put("values", s.values());
    } else {
      throw new IllegalStateException("no Keras configuration for " + schedule);
    }
    c.put("name", className);
    return LayerConfigs.entry("keras.optimizers.schedules", className, c);
  }

  private static void begin(double rate, double decaySteps, Map<String, Object> c) {
    c.put("initial_learning_rate", rate);
    c.put("decay_steps", steps(decaySteps));
  }

  /** A whole number where it is one, as people write it. */
  private static Object steps(double steps) {
    return steps == (long) steps ? (Object) (long) steps : (Object) steps;
  }

  /**
   * A schedule.
   *
   * @param optimizer whose it is, for messages
   */
  static LearningRateSchedule read(String optimizer, Object value) {
    LayerConfigs.requireOfKeras(map(value));
    String className = Objects.toString(map(value).get("class_name"));
    Fields c = new Fields(optimizer + "'s " + className, map(value).get("config"));
    c.skip("name");
    LearningRateSchedule read =
        switch (className) {
          case "ExponentialDecay" ->
              new LearningRateSchedule.ExponentialDecay(
                  number(c, "initial_learning_rate"),
                  number(c, "decay_steps"),
                  number(c, "decay_rate"),
                  c.flag("staircase"));
          case "InverseTimeDecay" ->
              new LearningRateSchedule.InverseTimeDecay(
                  number(c, "initial_learning_rate"),
                  number(c, "decay_steps"),
                  number(c, "decay_rate"),
                  c.flag("staircase"));
          case "CosineDecay" ->
              new LearningRateSchedule.CosineDecay(
                  number(c, "initial_learning_rate"),
                  number(c, "decay_steps"),
                  number(c, "alpha", 0),
                  number(c, "warmup_target", null),
                  number(c, "warmup_steps", 0));
          case "CosineDecayRestarts" ->
              new LearningRateSchedule.CosineDecayRestarts(
                  number(c, "initial_learning_rate"),
                  number(c, "first_decay_steps"),
                  number(c, "t_mul", 2),
                  number(c, "m_mul", 1),
                  number(c, "alpha", 0));
          case "PolynomialDecay" ->
              new LearningRateSchedule.PolynomialDecay(
                  number(c, "initial_learning_rate"),
                  number(c, "decay_steps"),
                  number(c, "end_learning_rate", 1e-4),
                  number(c, "power", 1),
                  c.flag("cycle"));
          case "PiecewiseConstantDecay" ->
              new LearningRateSchedule.PiecewiseConstantDecay(
                  numbers(c, "boundaries"), numbers(c, "values"));
          default ->
              throw new IllegalArgumentException(
                  optimizer
                      + " with the learning_rate schedule "
                      + className
                      + " is not supported");
        };
    c.end();
    return read;
  }

  private static double number(Fields c, String key) {
    Double number = number(c, key, null);
    if (number == null) {
      throw c.refused(key, null);
    }
    return number;
  }

  /** A number in full; {@code otherwise}, which may be null, where the file has none. */
  private static Double number(Fields c, String key, Number otherwise) {
    Object value = c.take(key);
    if (value == null) {
      return otherwise == null ? null : otherwise.doubleValue();
    }
    if (value instanceof Number n) {
      return n.doubleValue();
    }
    throw c.refused(key, value);
  }

  private static List<Double> numbers(Fields c, String key) {
    Object value = c.take(key);
    List<Double> numbers = new ArrayList<>();
    for (Object one : value instanceof List<?> list ? list : List.of(String.valueOf(value))) {
      if (!(one instanceof Number n)) {
        throw c.refused(key, value);
      }
      numbers.add(n.doubleValue());
    }
    return numbers;
  }
}
