package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.activations.Activation.Kind;
import io.github.lstm4j.activations.Activation.Parameter;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * Activations to and from Keras's files: a name where all parameters have Keras's defaults, else
 * the configuration of a layer: {@code {"class_name": "ReLU", "config": {"negative_slope": 0.5,
 * …}}}.
 */
final class ActivationConfigs {
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
          Kind.SOFTMAX);

  /** Ours for the formula of Keras 1 and 2, which Keras 3 does not have. */
  private static final String OLD_HARD_SIGMOID = "hard_sigmoid_keras2";

  private ActivationConfigs() {}

  static Object write(Activation a) {
    if (a.equals(Activation.HARD_SIGMOID_KERAS2)) {
      return OLD_HARD_SIGMOID;
    } else if (a.isUsual()) {
      return a.kerasName();
    }
    for (Map.Entry<String, Kind> layer : LAYERS.entrySet()) {
      if (layer.getValue() == a.kind()) {
        Map<String, Object> config = new LinkedHashMap<>();
        double[] values = {a.alpha(), a.beta(), a.gamma()};
        List<Parameter> parameters = a.kind().parameters();
        for (int i = 0; i < parameters.size(); i++) {
          config.put(
              parameters.get(i).kerasName(),
              values[i] == Double.POSITIVE_INFINITY ? null : values[i]);
        }
        return LayerConfigs.entry("keras.layers", layer.getKey(), config);
      }
    }
    throw new IllegalArgumentException(
        "Keras's files cannot say " + a + "; they can say " + a.kerasName());
  }

  /**
   * The activation of a configuration.
   *
   * @param value a name, a function's or a layer's configuration, or null for linear
   * @param oldHardSigmoid whether {@code hard_sigmoid} means the formula of Keras 1 and 2
   * @throws IllegalArgumentException if it is none that we have
   */
  static Activation read(Object value, boolean oldHardSigmoid) {
    Object function = map(value).getOrDefault("config", value); // {"class_name": "function", …}
    if (function instanceof Map<?, ?>) {
      return layer(map(value));
    } else if (function != null && !(function instanceof String)) {
      throw new IllegalArgumentException("expected an activation's name, got " + function);
    }
    Activation a = Activation.of((String) function);
    return oldHardSigmoid && a.equals(Activation.HARD_SIGMOID) ? Activation.HARD_SIGMOID_KERAS2 : a;
  }

  private static Activation layer(Map<String, Object> entry) {
    Kind kind = LAYERS.get(Objects.toString(entry.get("class_name")));
    if (kind == null) {
      throw new IllegalArgumentException(
          entry.get("class_name") + " is not supported; as objects there are " + LAYERS.keySet());
    }
    Map<String, Object> config = map(entry.get("config"));
    double[] values = new double[3];
    Set<String> known = new HashSet<>(Set.of("name", "trainable", "dtype"));
    List<Parameter> parameters = kind.parameters();
    for (int i = 0; i < parameters.size(); i++) {
      String name = parameters.get(i).kerasName();
      known.add(name);
      values[i] = number(name, config.get(name));
    }
    config.forEach(
        (key, value) -> {
          boolean lastAxis = key.equals("axis") && Objects.equals(value, -1);
          if (!known.contains(key) && !lastAxis) {
            throw new IllegalArgumentException(
                entry.get("class_name") + " with " + key + "=" + value + " is not supported");
          }
        });
    return new Activation(kind, values[0], values[1], values[2]);
  }

  /** Only {@code max_value} may be null: there is none. */
  private static double number(String name, Object value) {
    if (value == null && name.equals("max_value")) {
      return Double.POSITIVE_INFINITY;
    } else if (value instanceof Number n && Double.isFinite(n.doubleValue())) {
      return n.doubleValue();
    }
    throw new IllegalArgumentException("expected a number as " + name + ", got " + value);
  }
}
