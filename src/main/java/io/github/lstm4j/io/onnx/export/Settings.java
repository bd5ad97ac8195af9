package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.layers.Config;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.regularizers.Regularizer;
import java.util.Arrays;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/**
 * A layer's settings by Keras's names, as {@link Layer#settings} declares them. Who writes the
 * layer's nodes asks for them; what was not asked for and is not as it is by default would be lost,
 * and is told.
 */
final class Settings {
  /**
   * What matters in training alone, or is seen otherwise: by the weights, or by the layer's use.
   */
  private static final Set<String> NO_MATTER =
      Set.of(
          "use_bias",
          "unit_forget_bias",
          "dropout",
          "recurrent_dropout",
          "rate",
          "stddev",
          "l1",
          "l2",
          "momentum",
          "unroll",
          "stateful");

  private final Layer layer;
  private final Map<String, Object> values;
  private final Set<String> asked = new HashSet<>();

  Settings(Layer layer) {
    this.layer = layer;
    this.values = read(layer, Map.of());
  }

  /**
   * @param missing what a layer gets that has yet to be given it
   */
  private static Map<String, Object> read(Layer layer, Map<String, Object> missing) {
    Map<String, Object> values = new LinkedHashMap<>();
    Config noting =
        new Config() {
          @Override
          protected <T> T setting(String name, Class<T> type, T value) {
            T known = value == null ? type.cast(missing.get(name)) : value;
            values.put(name, known);
            return known;
          }

          @Override
          public void constant(String name, Object value) {}

          @Override
          protected Object kept(String name, Object value, Class<?>... json) {
            return value;
          }

          @Override
          protected <T> T optional(String name, Class<T> type, T value) {
            values.put(name, value); // null is what it says
            return value == null ? type.cast(missing.get(name)) : value;
          }
        };
    layer.settings(noting);
    layer.configureCall(noting);
    return values;
  }

  /** The value of a setting that the layer has; may be null. */
  <T> T get(String name, Class<T> type) {
    if (!values.containsKey(name)) {
      throw new IllegalStateException(layer + ": has no setting " + name);
    }
    asked.add(name);
    return type.cast(values.get(name));
  }

  int integer(String name) {
    return get(name, Integer.class);
  }

  float number(String name) {
    return get(name, Float.class);
  }

  boolean flag(String name) {
    return get(name, Boolean.class);
  }

  int[] integers(String name) {
    return get(name, int[].class);
  }

  /** A setting that stands in a list of one. */
  int single(String name) {
    return integers(name)[0];
  }

  /** A choice, as files call it. */
  String choice(String name) {
    return get(name, Enum.class).name().toLowerCase(java.util.Locale.ROOT);
  }

  /** Marks settings as seen to in another way. */
  void seenTo(String... names) {
    asked.addAll(List.of(names));
  }

  /** Marks all as seen to that are settings of a layer inside. */
  void seenTo(Settings inside) {
    asked.addAll(inside.values.keySet());
  }

  /** Refuses settings that nobody asked for and that say something. */
  void requireAllAsked() {
    String missed = missed();
    if (missed != null) {
      throw new Unsayable(missed);
    }
  }

  /** Whether there are none such settings. */
  boolean areAllAsked() {
    return missed() == null;
  }

  private String missed() {
    Map<String, Object> usual = null;
    for (Map.Entry<String, Object> setting : values.entrySet()) {
      Object value = setting.getValue();
      if (value == null
          || asked.contains(setting.getKey())
          || NO_MATTER.contains(setting.getKey())
          || value instanceof Initializer
          || value instanceof Regularizer
          || value instanceof Constraint) {
        continue;
      }
      usual = usual == null ? usual() : usual;
      if (!Objects.deepEquals(value, usual.get(setting.getKey()))) {
        return setting.getKey() + "=" + shown(value);
      }
    }
    return null;
  }

  /** What a layer of this kind has of which nothing was said. */
  private Map<String, Object> usual() {
    return Layers.knows(layer) ? read(Layers.of(layer.className()), values) : Map.of();
  }

  private static Object shown(Object value) {
    return value instanceof int[] all ? Arrays.toString(all) : value;
  }
}
