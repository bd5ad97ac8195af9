package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.activations.Activation.Kind;
import io.github.lstm4j.activations.Activation.Parameter;
import io.github.lstm4j.io.Printable;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Activations to and from Keras's files: a name where all parameters have Keras's defaults, else
 * the configuration of a layer: {@code {"class_name": "ReLU", "config": {"negative_slope": 0.5,
 * …}}}. What no layer of Keras computes alone, a chain of them does, as a {@code Sequential}: the
 * hard sigmoid of Keras 1 and 2 is {@code Rescaling(0.2, 0.5)} and {@code ReLU(max_value=1)}. What
 * Keras has no layers for, a log_softmax over another axis, is an entry of ours, which Keras
 * refuses unless Python has something registered by its name.
 */
final class ActivationConfigs {
  private static final Logger LOG = LoggerFactory.getLogger(ActivationConfigs.class);

  /** The activations that Keras has as layers too. */
  private static final Map<String, Kind> LAYERS =
      Map.of(
          "ReLU",
          Kind.RELU,
          "LeakyReLU",
          Kind.LEAKY_RELU,
          "ELU",
          Kind.ELU,
          "Softmax",
          Kind.SOFTMAX,
          "Rescaling",
          Kind.AFFINE);

  /** What Keras's layers call parameters that are called otherwise here. */
  private static final Map<String, String> OTHER_NAMES = Map.of("scale", "alpha", "offset", "beta");

  private static final String SEQUENTIAL = "Sequential";

  private static final String AXIS = "axis";

  /** Of what only we can say: parameters that Keras's function of that name does not have. */
  private static final String OURS = "lstm4j>";

  private ActivationConfigs() {}

  static Object write(Activation a) {
    boolean ofOnnx = a.kind() == Kind.AFFINE || a.kind() == Kind.SCALED_TANH;
    return a.isUsual() && !ofOnnx ? a.kerasName() : asLayers(a);
  }

  /** As one of Keras's layers, or several. */
  private static Map<String, Object> asLayers(Activation a) {
    Map<String, Object> config = new LinkedHashMap<>();
    for (Map.Entry<String, Kind> layer : LAYERS.entrySet()) {
      if (layer.getValue() == a.kind()) {
        a.parameters().forEach((name, value) -> config.put(name, json(name, value)));
        if (a.kind() == Kind.AFFINE) {
          OTHER_NAMES.forEach((theirs, ours) -> config.put(theirs, config.remove(ours)));
        }
        return LayerConfigs.entry("keras.layers", layer.getKey(), config);
      }
    }
    List<Activation> chain = chain(a);
    if (!chain.isEmpty()) {
      config.put("name", a.kerasName());
      config.put("layers", chain.stream().map(ActivationConfigs::asLayers).toList());
      return LayerConfigs.entry("keras", SEQUENTIAL, config);
    } else if (a.isUsual()) {
      config.put("activation", a.kerasName());
      return LayerConfigs.entry("keras.layers", "Activation", config);
    }
    Map<String, Object> entry =
        LayerConfigs.entry(null, a.kerasName(), new LinkedHashMap<>(a.parameters()));
    entry.put("registered_name", OURS + a.kerasName());
    return entry;
  }

  /** What gives the same one behind the other, and Keras has layers for; empty for nothing. */
  private static List<Activation> chain(Activation a) {
    return switch (a.kind()) {
      case HARD_SIGMOID ->
          List.of(Activation.affine(a.alpha(), a.beta()), Activation.relu(1, 0, 0));
      case SCALED_TANH ->
          List.of(Activation.affine(a.beta(), 0), Activation.TANH, Activation.affine(a.alpha(), 0));
      case CELU -> {
        List<Activation> all = new ArrayList<>();
        if (a.alpha() > 0) {
          all.add(Activation.affine(1 / a.alpha(), 0));
          all.add(Kind.ELU.usual());
          all.add(Activation.affine(a.alpha(), 0));
        }
        yield all;
      }
      default -> List.of();
    };
  }

  /** The activation that a chain is. */
  private static Activation ofChain(List<?> layers) {
    List<Activation> chain = new ArrayList<>();
    for (Object layer : layers) {
      if (!"InputLayer".equals(map(layer).get("class_name"))) {
        chain.add(read(layer));
      }
    }
    if (chain.size() > 1) {
      Activation first = chain.get(0);
      double last = chain.get(chain.size() - 1).alpha();
      List<Activation> known = new ArrayList<>();
      known.add(Activation.hardSigmoid(first.alpha(), first.beta()));
      if (last != 0) {
        known.add(Activation.scaledTanh(last, first.alpha()));
        known.add(Activation.celu(last));
      }
      for (Activation a : known) {
        if (chain(a).equals(chain)) {
          return a;
        }
      }
    }
    throw new IllegalArgumentException(
        "a Sequential of " + chain + " as an activation is not supported; make layers of them");
  }

  private static Object json(String parameter, double value) {
    if (value == Double.POSITIVE_INFINITY) {
      return null;
    }
    return parameter.equals(AXIS) ? (Object) (int) value : (Object) value;
  }

  /**
   * The activation of a configuration.
   *
   * @param value a name, a function's or a layer's configuration, or null for linear
   * @throws IllegalArgumentException if it is none that we have
   */
  static Activation read(Object value) {
    Map<String, Object> entry = map(value);
    String registered = String.valueOf(entry.get("registered_name"));
    if (registered.startsWith(OURS)) {
      String name = registered.substring(OURS.length());
      Object config = LayerConfigs.typed(name + ": config", Map.class, entry.get("config"));
      return of(name, Activation.of(name).kind(), map(config));
    }
    LayerConfigs.requireOfKeras(entry);
    boolean function = "function".equals(entry.get("class_name"));
    if (value instanceof Map<?, ?> && !function) {
      String className = Objects.toString(entry.get("class_name"));
      Map<String, Object> config =
          map(LayerConfigs.typed(className + ": config", Map.class, entry.get("config")));
      return switch (className) {
        case "Activation" -> read(config.get("activation"));
        case SEQUENTIAL ->
            ofChain(LayerConfigs.typed(className + ": layers", List.class, config.get("layers")));
        default -> layer(className, config);
      };
    }
    Object name = function ? entry.get("config") : value;
    if ((name == null && function) || (name != null && !(name instanceof String))) {
      throw new IllegalArgumentException("expected an activation's name, got " + name);
    }
    return Activation.of((String) name);
  }

  private static Activation layer(String className, Map<String, Object> config) {
    Kind kind = LAYERS.get(className);
    if (kind == null) {
      throw new IllegalArgumentException(
          className + " is not supported; as objects there are " + LAYERS.keySet());
    }
    Map<String, Object> ours = new LinkedHashMap<>();
    config.forEach(
        (name, value) ->
            ours.put(kind == Kind.AFFINE ? OTHER_NAMES.getOrDefault(name, name) : name, value));
    return of(className, kind, ours);
  }

  private static Activation of(String className, Kind kind, Map<String, Object> config) {
    double[] values = new double[3];
    Set<String> known = new HashSet<>(Set.of("name", "trainable", "dtype"));
    List<Parameter> parameters = kind.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).kerasName();
      String older = kind == Kind.LEAKY_RELU ? "alpha" : name; // its name before Keras 3
      known.addAll(List.of(name, older));
      Object value =
          config.containsKey(name) || !config.containsKey(older)
              ? config.getOrDefault(name, usual(kind, parameters.get(i)))
              : config.get(older);
      values[i] = number(name, value);
    }
    Policies.check(className + ": ", config.get("dtype"));
    config.forEach(
        (key, value) -> {
          if (key.equals("activity_regularizer")) {
            LOG.warn(
                "{} with {}={}: fit here leaves it out", className, key, Printable.text(value));
          } else if (!known.contains(key)) {
            throw new IllegalArgumentException(
                className + " with " + key + "=" + value + " is not supported");
          }
        });
    return new Activation(kind, values[0], values[1], values[2]);
  }

  /** A layer's default, which is not always the function's. */
  private static Object usual(Kind kind, Parameter parameter) {
    return kind == Kind.LEAKY_RELU ? (Object) 0.3 : json(parameter.kerasName(), parameter.usual());
  }

  /**
   * A parameter. Only {@code max_value} may be null: there is none. An axis may stand alone in a
   * list.
   */
  private static double number(String name, Object value) {
    Object given =
        name.equals(AXIS) && value instanceof List<?> l && l.size() == 1 ? l.get(0) : value;
    if (given == null && name.equals("max_value")) {
      return Double.POSITIVE_INFINITY;
    } else if (name.equals(AXIS) ? given instanceof Integer : isFinite(given)) {
      return ((Number) given).doubleValue();
    }
    throw new IllegalArgumentException(
        "expected a "
            + (name.equals(AXIS) ? "whole " : "")
            + "number as "
            + name
            + ", got "
            + value);
  }

  private static boolean isFinite(Object value) {
    return value instanceof Number n && Double.isFinite(n.doubleValue());
  }
}
