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
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.BiFunction;
import java.util.function.Function;
import java.util.regex.Pattern;
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

  private static final String SHAPE = "batch_shape";
  private static final String OLD_SHAPE = "batch_input_shape";

  /** What an object's entry says beside its configuration; what was built follows from that. */
  private static final Set<String> ENTRY =
      Set.of(
          "module", "class_name", "config", "registered_name", "build_config", "shared_object_id");

  /** Keys of older Keras that change no result here, whatever they say. */
  private static final Set<String> IGNORED =
      Set.of(
          "implementation", // how Keras computes, not what
          OLD_SHAPE, // repeats what the input layer says; see KerasModels if there is
          // none
          "renorm_momentum", // of renorm, which is refused
          "input_length"); // repeats the number of timesteps

  /** Keys of Keras for what no layer here has, and the value that asks for nothing. */
  private static final Map<String, Object> NEUTRAL = new HashMap<>();

  static {
    NEUTRAL.put("time_major", false); // otherwise (timesteps, batch, features)
    NEUTRAL.put("quantization_config", null);
    NEUTRAL.put("weights", null);
    NEUTRAL.put("renorm", false); // batch normalization that corrects itself
    NEUTRAL.put("renorm_clipping", null);
    NEUTRAL.put("synchronized", false); // over several devices
  }

  private static final Pattern OF_KERAS =
      Pattern.compile("(tensorflow\\.|tensorflow\\.python\\.|tf_)?keras(\\..*)?|builtins");

  /** Numbers that an input may have elsewhere. */
  private static final Pattern NUMBERS =
      Pattern.compile("bool|float16|bfloat16|float32|float64|u?int(8|16|32|64)");

  private LayerConfigs() {}

  // ---------------------------------------------------------------- writing

  /** A layer as Keras 3 serialises it. */
  public static Map<String, Object> write(Layer layer) {
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
    layer.settings(new Writer(config));
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
    layer.configureCall(new Writer(arguments));
    return arguments;
  }

  /** Gives a layer the arguments of its call, which are then taken out. */
  static void readCall(Layer layer, Map<String, Object> arguments) {
    Reader reader = new Reader(layer + ": ", arguments, false);
    layer.configureCall(reader);
    arguments.keySet().removeAll(reader.declared);
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
    } else if (value instanceof Layer l) {
      return write(l);
    } else if (value instanceof Layer[] all) {
      return Arrays.stream(all).map(LayerConfigs::write).collect(Collectors.toList());
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

  // ---------------------------------------------------------------- reading

  /** As {@link #read}, of an entry in a file, which has nothing but what Keras writes there. */
  static Layer readEntry(Map<String, Object> entry, boolean oldHardSigmoid) {
    Layer layer = read(entry, oldHardSigmoid); // a class that is not known is said first
    requireKnown(layer.className() + ": ", entry, ENTRY);
    return layer;
  }

  /**
   * The layer of a configuration.
   *
   * @param entry with {@code class_name} and {@code config}; what else it has is left alone
   * @param oldHardSigmoid whether {@code hard_sigmoid} means the formula of Keras 1 and 2
   * @throws IllegalArgumentException if the class is unknown, a value is of the wrong type, or the
   *     configuration asks for what we do not have; names the layer, the setting and the value
   */
  public static Layer read(Map<String, Object> entry, boolean oldHardSigmoid) {
    requireOfKeras(entry);
    String className = Objects.toString(entry.get("class_name"));
    Layer layer = Layers.of(className);
    if (!(entry.get("config") instanceof Map<?, ?>)) {
      throw new IllegalArgumentException(
          className + ": config: expected an object, got " + Printable.quoted(entry.get("config")));
    }
    Map<String, Object> config = settings(map(entry.get("config")), layer);
    String label = className + " '" + config.getOrDefault("name", "") + "': ";
    Reader reader = new Reader(label, config, oldHardSigmoid);
    String name = reader.name();
    if (name != null) {
      layer.name(name);
    }
    try {
      layer.settings(reader);
    } catch (IllegalArgumentException e) { // of a value, or a combination, that the layer refuses
      throw e.getMessage().startsWith(label) ? e : reader.refused(e);
    }
    if (!reader.flag("trainable", true)) {
      layer.trainable(false);
    }
    reader.refuseTheRest();
    reader.checkDtype(layer);
    layer
        .leftOutOfTraining()
        .forEach(
            (key, value) ->
                LOG.warn(
                    "{}{}={} is kept for saving; the model predicts as in Keras, but fit here leaves"
                        + " it out",
                    Printable.text(label),
                    Printable.text(key),
                    Printable.text(value)));
    return layer;
  }

  /** Keras 2 calls an input's shape by another name. */
  private static Map<String, Object> settings(Map<String, Object> config, Layer layer) {
    if (layer instanceof Input && !config.containsKey(SHAPE) && config.containsKey(OLD_SHAPE)) {
      Map<String, Object> renamed = new LinkedHashMap<>(config);
      renamed.put(SHAPE, config.get(OLD_SHAPE));
      return renamed;
    }
    return config;
  }

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

  /** Reads one configuration. */
  private static final class Reader extends Config {
    private final String label;
    private final Map<String, Object> config;
    private final boolean oldHardSigmoid;
    private final Set<String> declared = new HashSet<>(Set.of("name"));
    private String last; // that was asked for

    Reader(String label, Map<String, Object> config, boolean oldHardSigmoid) {
      this.label = label;
      this.config = config;
      this.oldHardSigmoid = oldHardSigmoid;
    }

    String name() {
      Object name = config.get("name");
      return (String) require(name == null || name instanceof String, "name", "a text", name);
    }

    /** What a layer says of the value that it has got last, under the name that the file has. */
    IllegalArgumentException refused(IllegalArgumentException why) {
      return new IllegalArgumentException(label + last + ": " + why.getMessage(), why);
    }

    @Override
    protected <T> T setting(String name, Class<T> type, T value) {
      last = name;
      declared.add(name);
      if (!config.containsKey(name)) {
        if (value == null) {
          throw new IllegalArgumentException(label + name + " is missing");
        }
        return value;
      }
      return type.cast(typed(name, type, config.get(name)));
    }

    @Override
    protected <T> T optional(String name, Class<T> type, T value) {
      declared.add(name);
      return !config.containsKey(name)
          ? value
          : config.get(name) == null ? null : setting(name, type, value);
    }

    private Object typed(String name, Class<?> type, Object found) {
      if (type == Integer.class) {
        return require(found instanceof Integer, name, "a whole number of 32 bits", found);
      } else if (type == int[].class) {
        List<?> all = found instanceof List<?> list ? list : Collections.singletonList(found);
        boolean whole = all.stream().allMatch(Integer.class::isInstance);
        require(whole, name, "whole numbers of 32 bits", found);
        return all.stream().mapToInt(i -> (Integer) i).toArray();
      } else if (type == float[].class) {
        List<Object> all = new ArrayList<>();
        flatten(found, all);
        float[] numbers = new float[all.size()];
        for (int i = 0; i < numbers.length; i++) {
          numbers[i] = number(name, all.get(i));
        }
        return numbers;
      } else if (type == Float.class) {
        return number(name, found);
      } else if (type == Boolean.class) {
        return require(found instanceof Boolean, name, "true or false", found);
      } else if (type == String.class || type == List.class) {
        String expected = type == List.class ? "a list" : "a text";
        return require(type.isInstance(found), name, expected, found);
      } else if (type == Activation.class) {
        return activation(name, found);
      } else if (type == Initializer.class) {
        return found == null
            ? Initializer.unknown(null)
            : named(name, found, "an initializer", Initializer::of, Initializer::unknown);
      } else if (type == Regularizer.class) {
        return named(name, found, "a regularizer", Regularizer::of, Regularizer::unknown);
      } else if (type == Constraint.class) {
        return named(name, found, "a constraint", Constraint::of, Constraint::unknown);
      } else if (type == Shape.class) {
        return LayerConfigs.shape(label + name, found);
      } else if (type.isEnum()) {
        return choice(name, type.getEnumConstants(), found);
      }
      if (type == Layer[].class) {
        require(found instanceof List<?> l && !l.isEmpty(), name, "a list of layers", found);
        return ((List<?>) found)
            .stream().map(e -> readEntry(map(e), oldHardSigmoid)).toArray(Layer[]::new);
      }
      Layer inner = readEntry(map(found), oldHardSigmoid);
      require(
          type.isInstance(inner),
          name,
          "a layer that is " + type.getSimpleName(),
          inner.className());
      return inner;
    }

    private static void flatten(Object found, List<Object> into) {
      if (found instanceof List<?> list) {
        list.forEach(each -> flatten(each, into));
      } else {
        into.add(found);
      }
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

    /**
     * An initializer, regularizer or constraint, by its name or as {@code {"class_name": …}}. One
     * that we do not know is no reason to refuse a file: its weights follow.
     */
    private <T> T named(
        String name,
        Object found,
        String what,
        BiFunction<String, Map<String, Object>, T> known,
        Function<Object, T> unknown) {
      try {
        if (found instanceof String s) {
          return known.apply(s, Map.of());
        } else if (found instanceof Map<?, ?> m && map(m).get("class_name") instanceof String s) {
          requireOfKeras(map(m));
          return known.apply(s, map(map(m).get("config")));
        }
      } catch (IllegalArgumentException why) {
        LOG.warn(
            "{}{}: {}; it is kept for saving, and the weights are the file's",
            Printable.text(label),
            name,
            Printable.reason(why));
        return unknown.apply(found);
      }
      throw wrong(name, what, found);
    }

    private Object choice(String name, Object[] constants, Object found) {
      List<Object> names =
          Arrays.stream(constants).map(LayerConfigs::plain).collect(Collectors.toList());
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
    protected Object kept(String name, Object value, Class<?>... json) {
      declared.add(name);
      Object found = config.getOrDefault(name, value);
      require(
          found == null || Arrays.stream(json).anyMatch(type -> type.isInstance(found)),
          name,
          "one of "
              + Arrays.stream(json).map(Class::getSimpleName).collect(Collectors.joining(", "))
              + " or null",
          found);
      return found;
    }

    /** All compute in float32 here: what a file says beside is kept if it is near enough. */
    void checkDtype(Layer layer) {
      Object found = layer.kept(Layer.DTYPE);
      if (layer instanceof Input) { // whose numbers are floats here, ids too
        boolean number = found instanceof String name && NUMBERS.matcher(name).matches();
        require(found == null || number, Layer.DTYPE, "a type of numbers", found);
      } else {
        Policies.check(label, found);
      }
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
      if (!Objects.equals(neutral, found)) {
        throw new IllegalArgumentException(
            label + name + "=" + found + " is not supported; expected " + neutral);
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
          label + name + ": expected " + expected + ", got " + Printable.quoted(found));
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
