package io.github.lstm4j.io.keras;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Config;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/**
 * Layers as configurations in Keras's files: {@code {"class_name": "LSTM", "config": {"units": 32,
 * …}}}. Which settings a layer has is said by {@link Layer#configure} alone; here is how each type
 * of value looks in a file. What is read is in {@link LayerReader}.
 */
public final class LayerConfigs {
  private static final Pattern OF_KERAS =
      Pattern.compile("(tensorflow\\.|tensorflow\\.python\\.|tf_)?keras(\\..*)?|builtins");

  private LayerConfigs() {}

  // ---------------------------------------------------------------- writing

  /** A layer as Keras 3 serialises it. */
  public static Map<String, Object> write(Layer layer) {
    return write(layer, LayerConfigs::write);
  }

  /**
   * As {@link #write(Layer)}.
   *
   * @param within writes a layer inside
   */
  static Map<String, Object> write(Layer layer, Function<Layer, Map<String, Object>> within) {
    if (layer instanceof Cell && !Layers.knows(layer)) {
      throw new IllegalArgumentException(
          layer + " is a cell of your own, which no file can hold; save the weights alone");
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", layer.name());
    if (!(layer instanceof Input)) {
      if (layer.saysTrainable()) {
        config.put("trainable", layer.isTrainable());
      }
      config.put(Layer.DTYPE, null); // its place; the layer says it
    }
    layer.settings(new Writer(config, within));
    Map<String, Object> entry = entry("keras.layers", layer.className(), config);
    if (layer.isBuilt() && !(layer instanceof Input)) {
      Map<String, Object> build = new LinkedHashMap<>();
      build.put("input_shape", plain(layer.inputShape()));
      entry.put("build_config", build);
    }
    return entry;
  }

  /** The arguments of a call of a layer, but for tensors. */
  static Map<String, Object> writeCall(Layer layer) {
    Map<String, Object> arguments = new LinkedHashMap<>();
    layer.configureCall(new Writer(arguments, LayerConfigs::write));
    return arguments;
  }

  static Map<String, Object> entry(String module, String className, Map<String, Object> config) {
    Map<String, Object> e = new LinkedHashMap<>();
    e.put("module", module);
    e.put("class_name", className);
    e.put("config", config);
    e.put("registered_name", null);
    return e;
  }

  /** A value as JSON has it. */
  static Object plain(Object value) {
    if (value instanceof Float f) { // 0.1f as 0.1, not as 0.10000000149011612
      return Float.isFinite(f) ? Double.parseDouble(f.toString()) : (double) f;
    } else if (value instanceof Activation a) {
      return ActivationConfigs.write(a);
    } else if (value instanceof Initializer i) {
      if (i.kind() == Initializer.Kind.UNKNOWN) {
        return i.config().values().iterator().next();
      }
      Map<String, Object> config = new LinkedHashMap<>(i.config());
      // versions before 3.15 do not know them
      config.entrySet().removeIf(e -> e.getKey().endsWith("_axes") && e.getValue() == null);
      return entry("keras.initializers", i.kind().className(), config);
    } else if (value instanceof Regularizer r) {
      return r.kind() == Regularizer.Kind.UNKNOWN
          ? r.entry()
          : entry("keras.regularizers", r.kind().className(), r.config());
    } else if (value instanceof Constraint c) {
      return c.kind() == Constraint.Kind.UNKNOWN
          ? c.entry()
          : entry("keras.constraints", c.kind().className(), c.config());
    } else if (value instanceof float[] all) {
      List<Object> numbers = new ArrayList<>();
      for (float number : all) {
        numbers.add(plain(number));
      }
      return numbers.size() == 1 ? numbers.get(0) : numbers;
    } else if (value instanceof List<?> all) {
      return all.stream().map(LayerConfigs::plain).collect(Collectors.toList());
    } else if (value instanceof int[] all) {
      return Arrays.stream(all).boxed().toList();
    } else if (value instanceof Shape s) {
      List<Integer> dims = new ArrayList<>();
      for (int d : s.dims()) {
        dims.add(d == Shape.UNKNOWN ? null : d);
      }
      return dims;
    } else if (value instanceof Enum<?> e) {
      return e.name().equals("NONE") ? null : e.name().toLowerCase(Locale.ROOT);
    } else if (value instanceof Layer[] all) {
      return Arrays.stream(all).map(LayerConfigs::write).collect(Collectors.toList());
    }
    return value;
  }

  private static final class Writer extends Config {
    private final Map<String, Object> config;
    private final Function<Layer, Map<String, Object>> within;

    Writer(Map<String, Object> config, Function<Layer, Map<String, Object>> within) {
      this.config = config;
      this.within = within;
    }

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      config.put(name, value instanceof Layer inside ? within.apply(inside) : plain(value));
      return value;
    }

    @Override
    public int[] oneOrMore(String name, int[] value) {
      config.put(name, value.length == 1 ? (Integer) value[0] : plain(value));
      return value;
    }

    @Override
    public <E extends Enum<E>> E choice(String name, E value, E keras) {
      return value == keras ? value : choice(name, value);
    }

    @Override
    public boolean flag(String name, boolean value, boolean keras) {
      return value == keras ? value : flag(name, value);
    }

    @Override
    protected <T> T optional(String name, Class<T> type, T value) {
      return value == null ? null : setting(name, type, value);
    }

    @Override
    public void constant(String name, Object value) {
      config.put(name, value);
    }

    @Override
    protected Object kept(String name, Object value, Class<?>... json) {
      if (value != null) {
        config.put(name, value);
      }
      return value;
    }
  }

  // ---------------------------------------------------------------- what readers share

  /**
   * Checks that there is nothing beside known keys.
   *
   * @param label says of what, in errors
   * @throws IllegalArgumentException if there is; names the key and its value
   */
  static void requireKnown(String label, Map<String, Object> entry, Set<String> known) {
    entry.forEach(
        (key, value) -> {
          if (!known.contains(key)) {
            throw new IllegalArgumentException(
                label + key + "=" + Printable.quoted(value) + " is not known; there are " + known);
          }
        });
  }

  /**
   * Checks that a class is one of Keras's, and not a user's own that has the same name.
   *
   * @throws IllegalArgumentException if it is none; names the class and where it is from
   */
  static void requireOfKeras(Map<String, Object> entry) {
    Object className = entry.get("class_name");
    Object module = entry.get("module");
    if (module != null && !(module instanceof String m && OF_KERAS.matcher(m).matches())) {
      throw new IllegalArgumentException(
          className + " of module=" + module + " is none of Keras's classes, and not supported");
    }
    Object registered = entry.get("registered_name");
    boolean usual = // of a class in no module it is a user's own, whatever it is called
        module != null
            && (Objects.equals(registered, className)
                || Objects.equals(registered, entry.get("config")));
    if (registered != null
        && !usual
        && !String.valueOf(registered).toLowerCase(Locale.ROOT).startsWith("keras>")) {
      throw new IllegalArgumentException(
          className
              + " of module="
              + module
              + " with registered_name="
              + registered
              + " is none of Keras's classes, and not supported");
    }
  }

  /**
   * A shape with the batch, null for what is not known.
   *
   * @param what names it in errors
   * @throws IllegalArgumentException if it is none
   */
  static Shape shape(String what, Object value) {
    if (value instanceof List<?> list && list.size() > 1) {
      int[] dims = new int[list.size()];
      for (int i = 0; i < dims.length; i++) {
        Object dim = list.get(i);
        if (dim != null && !(dim instanceof Integer n && n > 0)) {
          throw new IllegalArgumentException(
              what + ": expected dimensions of at least 1 or null, got " + list);
        }
        dims[i] = dim == null ? Shape.UNKNOWN : (int) dim;
      }
      return Shape.of(dims);
    }
    throw new IllegalArgumentException(
        what + ": expected [batch, …] with two dimensions or more, got " + Printable.quoted(value));
  }

  /**
   * A value that must be of one type.
   *
   * @param what names it in errors
   * @throws IllegalArgumentException if it is of another type
   */
  static <T> T typed(String what, Class<T> type, Object value) {
    if (!type.isInstance(value)) {
      throw new IllegalArgumentException(
          what + ": expected " + type.getSimpleName() + ", got " + Printable.quoted(value));
    }
    return type.cast(value);
  }

  /** A JSON object as a map; empty if it is none. */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
  }
}
