package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.losses.Loss;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;

/** Losses, to and from Keras's configurations. */
final class LossConfigs {
  private LossConfigs() {}

  static Map<String, Object> write(Loss loss) {
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", loss.kind().kerasName());
    c.put("reduction", loss.reduction().kerasName());
    options(loss, c);
    return LayerConfigs.entry("keras.losses", loss.kind().className(), c);
  }

  /** The formula's options, where they are not Keras's defaults. */
  static void options(Loss loss, Map<String, Object> c) {
    if (loss.kind() == Loss.Kind.HUBER) {
      c.put("delta", Fields.decimal(loss.delta()));
    } else if (loss.kind().isCrossentropy()) {
      c.put("from_logits", loss.fromLogits());
    }
    if (loss.labelSmoothing() != 0) {
      c.put("label_smoothing", Fields.decimal(loss.labelSmoothing()));
    }
    if (loss.ignoreClass() != null) {
      c.put("ignore_class", loss.ignoreClass());
    }
    if (loss.axis() != -1) {
      c.put("axis", loss.axis());
    }
  }

  /** A function as Keras serialises it. */
  static Map<String, Object> function(String name) {
    Map<String, Object> e = new LinkedHashMap<>();
    e.put("module", "builtins");
    e.put("class_name", "function");
    e.put("config", name);
    e.put("registered_name", "function");
    return e;
  }

  /** The name in an entry that stands for a function, or null. */
  static String functionName(Object value) {
    return "function".equals(map(value).get("class_name"))
        ? Objects.toString(map(value).get("config"))
        : null;
  }

  /** A loss by its name, as a function, or as a class with options. */
  static Loss read(Object value) {
    if (value instanceof String s) {
      return Loss.of(s);
    }
    LayerConfigs.requireOfKeras(map(value));
    String function = functionName(value);
    if (function != null) {
      return Loss.of(function);
    }
    if (!(map(value).get("class_name") instanceof String className)) {
      throw new IllegalArgumentException("a loss of the form " + value + " is not supported");
    }
    Fields c = new Fields("loss " + className, map(value).get("config"));
    Loss d = className.equals("LossFunctionWrapper") ? read(c.take("fn")) : Loss.of(className);
    Loss read = options(d, c.skip("name").dtype());
    if (c.has("reduction")) {
      read = read.withReduction(reduction(c));
    }
    c.end();
    return read;
  }

  /** A loss with the options that a file has for it. */
  static Loss options(Loss d, Fields c) {
    return switch (d.kind()) {
      case HUBER -> Loss.huber(c.number("delta", d.delta()));
      case BINARY_CROSSENTROPY, CATEGORICAL_CROSSENTROPY ->
          d.withFromLogits(c.flag("from_logits"))
              .withLabelSmoothing(c.number("label_smoothing", 0))
              .withAxis(c.integer("axis", -1));
      case SPARSE_CATEGORICAL_CROSSENTROPY ->
          d.withFromLogits(c.flag("from_logits"))
              .withIgnoreClass(c.integer("ignore_class", null))
              .withAxis(c.integer("axis", -1));
      case MEAN_SQUARED_ERROR,
          MEAN_ABSOLUTE_ERROR,
          MEAN_ABSOLUTE_PERCENTAGE_ERROR,
          MEAN_SQUARED_LOGARITHMIC_ERROR,
          LOG_COSH,
          POISSON ->
          d;
    };
  }

  private static Loss.Reduction reduction(Fields c) {
    Object name = c.take("reduction");
    if (name == null) {
      return Loss.Reduction.NONE;
    } else if (name.equals("mean") || name.equals("auto")) { // Keras 2 calls its default auto
      return Loss.Reduction.SUM_OVER_BATCH_SIZE;
    }
    for (Loss.Reduction r : Loss.Reduction.values()) {
      if (r.kerasName().equals(name)) {
        return r;
      }
    }
    throw c.refused("reduction", name);
  }
}
