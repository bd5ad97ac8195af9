package io.github.lstm4j.io.keras;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Config;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Layers;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Layers to and from the configurations in Keras's files: {@code {"class_name": "LSTM", "config":
 * {"units": 32, …}}}. Which settings a layer has is said by {@link Layer#configure} alone; here is
 * how each type of value looks in a file. What a configuration leaves out has Keras's default; what
 * it asks for and we do not have is refused by name and value, never ignored.
 */
public final class LayerConfigs {
  private static final Logger LOG = LoggerFactory.getLogger(LayerConfigs.class);

  /** Keys of Keras that change no result here, whatever they say. */
  private static final Set<String> IGNORED =
      Set.of(
          "implementation", // how Keras computes, not what
          "seed", // the model has one
          "batch_input_shape", // repeats what the input layer says; see KerasModels if there is
          // none
          "input_length"); // repeats the number of timesteps

  /** Keys of Keras for what no layer here has, and the value that asks for nothing. */
  private static final Map<String, Object> NEUTRAL = new HashMap<>();

  static {
    NEUTRAL.put("dtype", "float32");
    NEUTRAL.put("time_major", false); // otherwise (timesteps, batch, features)
    NEUTRAL.put("optional", false);
    NEUTRAL.put("kernel_regularizer", null);
    NEUTRAL.put("recurrent_regularizer", null);
    NEUTRAL.put("bias_regularizer", null);
    NEUTRAL.put("activity_regularizer", null);
    NEUTRAL.put("embeddings_regularizer", null);
    NEUTRAL.put("kernel_constraint", null);
    NEUTRAL.put("recurrent_constraint", null);
    NEUTRAL.put("bias_constraint", null);
    NEUTRAL.put("embeddings_constraint", null);
    NEUTRAL.put("lora_rank", null);
    NEUTRAL.put("lora_alpha", null);
    NEUTRAL.put("quantization_config", null);
    NEUTRAL.put("weights", null);
  }

  private LayerConfigs() {}

  // ---------------------------------------------------------------- writing

  /** A layer as Keras 3 serialises it. */
  public static Map<String, Object> write(Layer layer) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", layer.name());
    if (!(layer instanceof Input)) { // which has a dtype of its own
      config.put("trainable", layer.isTrainable());
      config.put("dtype", "float32");
    }
    layer.configure(new Writer(config));
    Map<String, Object> entry = entry("keras.layers", layer.className(), config);
    if (layer.isBuilt() && !(layer instanceof Input)) {
      Map<String, Object> build = new LinkedHashMap<>();
      build.put("input_shape", plain(layer.inputShape()));
      entry.put("build_config", build);
    }
    return entry;
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
    if (value instanceof Float f) {
      return (double) f;
    } else if (value instanceof Activation a) {
      return ActivationConfigs.write(a);
    } else if (value instanceof Initializer i) {
      return entry("keras.initializers", i.kind().className(), i.config());
    } else if (value instanceof Shape s) {
      List<Integer> dims = new ArrayList<>();
      for (int d : s.dims()) {
        dims.add(d == Shape.UNKNOWN ? null : d);
      }
      return dims;
    } else if (value instanceof Enum<?> e) {
      return e.name().toLowerCase(Locale.ROOT);
    } else if (value instanceof Layer l) {
      return write(l);
    }
    return value;
  }

  private static final class Writer extends Config {
    private final Map<String, Object> config;

    Writer(Map<String, Object> config) {
      this.config = config;
    }

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      config.put(name, plain(value));
      return value;
    }

    @Override
    public <E extends Enum<E>> E choice(String name, E value, E keras) {
      return value == keras ? value : choice(name, value);
    }

    @Override
    public void constant(String name, Object value) {
      config.put(name, value);
    }

    @Override
    public void ignored(String name, Object value) {
      config.put(name, value);
    }
  }

  // ---------------------------------------------------------------- reading

  /**
   * The layer of a configuration.
   *
   * @param entry with {@code class_name} and {@code config}
   * @param oldHardSigmoid whether {@code hard_sigmoid} means the formula of Keras 1 and 2
   * @throws IllegalArgumentException if the class is unknown, a value is of the wrong type, or the
   *     configuration asks for what we do not have; names the layer, the setting and the value
   */
  public static Layer read(Map<String, Object> entry, boolean oldHardSigmoid) {
    String className = Objects.toString(entry.get("class_name"));
    if (entry.get("module") instanceof String module && !module.contains("keras")) {
      throw new IllegalArgumentException(
          className + " of " + module + " is none of Keras's layers, and not supported");
    }
    Layer layer = Layers.of(className);
    Map<String, Object> config = map(entry.get("config"));
    String label = className + " '" + config.getOrDefault("name", "") + "': ";
    Reader reader = new Reader(label, config, oldHardSigmoid);
    String name = reader.name();
    if (name != null) {
      layer.name(name);
    }
    layer.configure(reader);
    if (!reader.flag("trainable", true)) {
      layer.trainable(false);
    }
    reader.refuseTheRest();
    return layer;
  }

  /** Reads one configuration. */
  private static final class Reader extends Config {
    private final String label;
    private final Map<String, Object> config;
    private final boolean oldHardSigmoid;
    private final Set<String> declared = new HashSet<>(Set.of("name"));

    Reader(String label, Map<String, Object> config, boolean oldHardSigmoid) {
      this.label = label;
      this.config = config;
      this.oldHardSigmoid = oldHardSigmoid;
    }

    String name() {
      Object name = config.get("name");
      return (String) require(name == null || name instanceof String, "name", "a text", name);
    }

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      declared.add(name);
      if (!config.containsKey(name)) {
        if (value == null) {
          throw new IllegalArgumentException(label + name + " is missing");
        }
        return value;
      }
      return type.cast(typed(name, type, value, config.get(name)));
    }

    private Object typed(String name, Class<?> type, Object otherwise, Object found) {
      if (type == Integer.class) {
        return require(found instanceof Integer, name, "a whole number of 32 bits", found);
      } else if (type == Float.class) {
        return number(name, found);
      } else if (type == Boolean.class) {
        return require(found instanceof Boolean, name, "true or false", found);
      } else if (type == Activation.class) {
        return activation(name, found);
      } else if (type == Initializer.class) {
        return initializer(name, otherwise, found);
      } else if (type == Shape.class) {
        return LayerConfigs.shape(label + name, found);
      } else if (type.isEnum()) {
        return choice(name, type.getEnumConstants(), found);
      }
      Layer inner = read(map(found), oldHardSigmoid);
      require(
          type.isInstance(inner),
          name,
          "a layer that is " + type.getSimpleName(),
          inner.className());
      return inner;
    }

    private Float number(String name, Object found) {
      if (found instanceof Number n
          && (Float.isFinite(n.floatValue()) || !Double.isFinite(n.doubleValue()))) {
        return n.floatValue();
      }
      throw wrong(name, "a number of float32", found);
    }

    private Activation activation(String name, Object found) {
      try {
        return ActivationConfigs.read(found, oldHardSigmoid);
      } catch (IllegalArgumentException unknown) {
        throw new IllegalArgumentException(
            label + name + ": " + Printable.reason(unknown), unknown);
      }
    }

    /** An initializer we do not know is no reason to refuse a file: its weights follow. */
    private Object initializer(String name, Object otherwise, Object found) {
      try {
        if (found instanceof String s) {
          return Initializer.of(s);
        } else if (found instanceof Map<?, ?> m && map(m).get("class_name") instanceof String s) {
          return Initializer.of(s, map(map(m).get("config")));
        }
      } catch (IllegalArgumentException unknown) {
        LOG.warn(
            "{}{}: {}; the weights are the file's",
            Printable.text(label),
            name,
            Printable.reason(unknown));
        return otherwise;
      }
      throw wrong(name, "an initializer", found);
    }

    private Object choice(String name, Object[] constants, Object found) {
      List<String> names =
          Arrays.stream(constants).map(c -> plain(c).toString()).collect(Collectors.toList());
      int at = names.indexOf(found);
      require(at >= 0, name, "one of " + names, found);
      return constants[at];
    }

    @Override
    public void constant(String name, Object value) {
      declared.add(name);
      if (config.containsKey(name)) {
        requireNeutral(name, value, config.get(name));
      }
    }

    @Override
    public void ignored(String name, Object value) {
      declared.add(name);
    }

    /** What no setting of the layer has asked for must ask for nothing. */
    void refuseTheRest() {
      config.forEach(
          (key, value) -> {
            if (declared.contains(key) || IGNORED.contains(key)) {
              return;
            }
            if (!NEUTRAL.containsKey(key)) {
              throw new IllegalArgumentException(
                  label + key + "=" + value + " is not known; is it a layer of your own?");
            }
            requireNeutral(key, NEUTRAL.get(key), value);
          });
    }

    private void requireNeutral(String name, Object neutral, Object found) {
      Object value =
          name.equals("dtype") && found instanceof Map<?, ?> m // a DTypePolicy
              ? map(map(m).get("config")).get("name")
              : found;
      if (!Objects.equals(neutral, value)) {
        throw new IllegalArgumentException(
            label + name + "=" + value + " is not supported; expected " + neutral);
      }
    }

    private Object require(boolean fits, String name, String expected, Object found) {
      if (!fits) {
        throw wrong(name, expected, found);
      }
      return found;
    }

    private IllegalArgumentException wrong(String name, String expected, Object found) {
      return new IllegalArgumentException(
          label + name + ": expected " + expected + ", got " + quoted(found));
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
        what + ": expected [batch, …] with two or three dimensions, got " + quoted(value));
  }

  private static String quoted(Object value) {
    return value instanceof String ? "\"" + value + "\"" : String.valueOf(value);
  }

  /** A JSON object as a map; empty if it is none. */
  @SuppressWarnings("unchecked") // JSON's keys are strings
  static Map<String, Object> map(Object value) {
    return value instanceof Map<?, ?> m ? (Map<String, Object>) m : Map.of();
  }
}
