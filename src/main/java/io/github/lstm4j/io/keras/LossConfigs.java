package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.losses.LossFunction;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** Losses, to and from Keras's configurations. */
final class LossConfigs {
  /** The package of what Keras has not; Python finds a class that is registered in it. */
  static final String OURS = "lstm4j>";

  private LossConfigs() {}

  static Map<String, Object> write(Loss loss) {
    if (isOfUser(loss)) {
      return function(loss);
    }
    Map<String, Object> c = new LinkedHashMap<>();
    c.put("name", loss.name());
    c.put("reduction", loss.reduction().kerasName());
    options(loss, c);
    String className =
        loss.ofLibrary() != null ? loss.ofLibrary().className() : loss.kind().className();
    String module = isOurs(loss) ? null : "keras.losses";
    return registered(loss, LayerConfigs.entry(module, className, c), className);
  }

  /** Whether it is a function that only its user knows. */
  static boolean isOfUser(Loss loss) {
    return loss.function() != null && loss.ofLibrary() == null;
  }

  /** Whether we have it and Keras has not. */
  private static boolean isOurs(Loss loss) {
    return loss.kind() == Loss.Kind.QUANTILE
        || (loss.ofLibrary() != null && !loss.ofLibrary().isOfKeras());
  }

  /** What Keras has not is written as it writes what a user has registered. */
  private static Map<String, Object> registered(Loss loss, Map<String, Object> entry, String name) {
    if (isOurs(loss)) {
      entry.put("registered_name", OURS + name);
    }
    return entry;
  }

  /** The formula's options, where they are not Keras's defaults. */
  static void options(Loss loss, Map<String, Object> c) {
    if (loss.ofLibrary() instanceof LossFunction.BinaryFocal f) {
      c.put("apply_class_balancing", f.classBalancing());
      focal(f.alpha(), f.gamma(), f.fromLogits(), f.labelSmoothing(), f.axis(), c);
    } else if (loss.ofLibrary() instanceof LossFunction.CategoricalFocal f) {
      focal(f.alpha(), f.gamma(), f.fromLogits(), f.labelSmoothing(), f.axis(), c);
    } else if (loss.ofLibrary() instanceof LossFunction.CosineSimilarity f) {
      c.put("axis", f.axis());
    } else if (loss.ofLibrary() instanceof LossFunction.StudentT f) {
      c.put("degrees_of_freedom", Fields.decimal(f.degreesOfFreedom()));
    }
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

  private static void focal(
      float alpha,
      float gamma,
      boolean fromLogits,
      float smoothing,
      int axis,
      Map<String, Object> c) {
    c.put("alpha", Fields.decimal(alpha));
    c.put("gamma", Fields.decimal(gamma));
    c.put("from_logits", fromLogits);
    c.put("label_smoothing", Fields.decimal(smoothing));
    c.put("axis", axis);
  }

  /** A function as Keras serialises it. */
  static Map<String, Object> function(Loss loss) {
    String name = loss.name();
    Map<String, Object> e = new LinkedHashMap<>();
    e.put("module", "builtins");
    e.put("class_name", "function");
    e.put("config", name);
    e.put("registered_name", "function");
    return registered(loss, e, name);
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
    if (ours != isOurs(loss)) {
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
          CTC ->
          d;
      case OWN -> functionWithOptions(d, c);
    };
  }

  private static Loss functionWithOptions(Loss d, Fields c) {
    if (d.ofLibrary() instanceof LossFunction.BinaryFocal f) {
      return Loss.of(
          new LossFunction.BinaryFocal(
              c.flag("apply_class_balancing"),
              c.number("alpha", f.alpha()),
              c.number("gamma", f.gamma()),
              c.flag("from_logits"),
              c.number("label_smoothing", 0),
              c.integer("axis", -1)));
    } else if (d.ofLibrary() instanceof LossFunction.CategoricalFocal f) {
      return Loss.of(
          new LossFunction.CategoricalFocal(
              c.number("alpha", f.alpha()),
              c.number("gamma", f.gamma()),
              c.flag("from_logits"),
              c.number("label_smoothing", 0),
              c.integer("axis", -1)));
    } else if (d.ofLibrary() instanceof LossFunction.CosineSimilarity) {
      return Loss.of(new LossFunction.CosineSimilarity(c.integer("axis", -1)));
    } else if (d.ofLibrary() instanceof LossFunction.StudentT f) {
      float nu = c.number("degrees_of_freedom", f.degreesOfFreedom());
      return Loss.of(new LossFunction.StudentT(nu));
    }
    return d;
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
