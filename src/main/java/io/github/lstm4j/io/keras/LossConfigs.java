package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.losses.Loss;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Losses, to and from Keras's configurations. */
final class LossConfigs {
  /** The package of what Keras has not; Python finds a class that is registered in it. */
  private static final String OURS = "lstm4j>";

  private LossConfigs() {}

  static Map<String, Object> write(Loss loss) {
    if (loss.kind() == Loss.Kind.OWN) {
      return function(loss.kind(), loss.name());
    }
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", loss.kind().kerasName());
    c.put("reduction", loss.reduction().kerasName());
    options(loss, c);
    String className = loss.kind().className();
    String module = loss.kind() == Loss.Kind.QUANTILE ? null : "keras.losses";
    return registered(loss.kind(), LayerConfigs.entry(module, className, c), className);
  }

  /** What Keras has not is written as it writes what a user has registered. */
  private static Map<String, Object> registered(
      Loss.Kind kind, Map<String, Object> entry, String name) {
    if (kind == Loss.Kind.QUANTILE) {
      entry.put("registered_name", OURS + name);
    }
    return entry;
  }

  /** The formula's options, where they are not Keras's defaults. */
  static void options(Loss loss, Map<String, Object> c) {
    if (loss.kind() == Loss.Kind.QUANTILE) {
      c.put("quantiles", loss.quantiles().stream().map(Fields::decimal).toList());
    } else if (loss.kind() == Loss.Kind.HUBER) {
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
  static Map<String, Object> function(Loss.Kind kind) {
    return function(kind, kind.kerasName());
  }

  private static Map<String, Object> function(Loss.Kind kind, String name) {
    Map<String, Object> e = new LinkedHashMap<>();
    e.put("module", "builtins");
    e.put("class_name", "function");
    e.put("config", name);
    e.put("registered_name", "function");
    return registered(kind, e, name);
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
      return named(s, value);
    }
    String function = functionName(value);
    if (function != null) {
      return named(function, value);
    }
    if (!(map(value).get("class_name") instanceof String className)) {
      throw new IllegalArgumentException("a loss of the form " + value + " is not supported");
    }
    Fields c = new Fields("loss " + className, map(value).get("config"));
    Loss d;
    if (className.equals("LossFunctionWrapper")) {
      LayerConfigs.requireOfKeras(map(value));
      d = read(c.take("fn"));
    } else {
      d = named(className, value);
    }
    Loss read = options(d, c.skip("name").dtype());
    if (c.has("reduction")) {
      read = read.withReduction(reduction(c));
    }
    c.end();
    return read;
  }

  /** The loss of that name. */
  static Loss named(String name, Object entry) {
    Loss loss = Loss.of(name);
    checkOrigin(loss, name, entry);
    return loss;
  }

  /**
   * A loss that is not Keras's must be said to be ours: a user's own may have the same name.
   *
   * @param name what it is called there
   */
  static void checkOrigin(Loss loss, String name, Object entry) {
    boolean ours = (OURS + name).equals(map(entry).get("registered_name"));
    if (!ours) {
      LayerConfigs.requireOfKeras(map(entry));
    }
    if (ours != (loss.kind() == Loss.Kind.QUANTILE)) {
      throw new IllegalArgumentException(
          "the loss " + Printable.text(name) + (ours ? " is Keras's" : " is none of Keras's"));
    }
  }

  /** A loss with the options that a file has for it. */
  static Loss options(Loss d, Fields c) {
    return switch (d.kind()) {
      case QUANTILE -> d.withQuantiles(quantiles(c));
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
          POISSON,
          OWN,
          CTC ->
          d;
    };
  }

  private static List<Float> quantiles(Fields c) {
    Object given = c.take("quantiles");
    List<Float> all = new ArrayList<>();
    for (Object q : given instanceof List<?> list ? list : List.of(String.valueOf(given))) {
      if (!(q instanceof Number n)) {
        throw c.refused("quantiles", given);
      }
      all.add(n.floatValue());
    }
    return all;
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
