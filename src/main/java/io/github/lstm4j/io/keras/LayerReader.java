package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;
import static io.github.lstm4j.io.keras.LayerConfigs.requireKnown;
import static io.github.lstm4j.io.keras.LayerConfigs.requireOfKeras;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.Printable;
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
import java.util.LinkedHashSet;
import java.util.List;
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
 * Reads layers of the configurations that {@link LayerConfigs} writes. What a configuration leaves
 * out has Keras's default; what it asks for and we do not have is refused by name and value, never
 * ignored: all that a layer asks for at once. Configurations of Keras 1 and 2 are brought to the
 * form of Keras 3 before, see {@code io.keras.legacy}.
 */
public final class LayerReader extends Config {
  private static final Logger LOG = LoggerFactory.getLogger(LayerReader.class);

  /** What an object's entry says beside its configuration; what was built follows from that. */
  private static final Set<String> ENTRY =
      Set.of(
          "module", "class_name", "config", "registered_name", "build_config", "shared_object_id");

  /** Keys of older Keras that change no result here, whatever they say. */
  private static final Set<String> IGNORED =
      Set.of(
          "implementation", // how Keras computes, not what
          "batch_input_shape", // repeats what the input layer says; see ModelConfigs if there is
          // none
          "renorm_momentum", // of renorm, which is refused
          "input_length"); // repeats the number of timesteps

  /** Keys of Keras for what no layer here has, and the value that asks for nothing. */
  private static final Map<String, Object> NEUTRAL = new HashMap<>();

  static {
    NEUTRAL.put("time_major", false); // otherwise (timesteps, batch, features)
    NEUTRAL.put("quantization_config", null);
    NEUTRAL.put("weights", null);
    NEUTRAL.put("mode", 0); // batch normalization of Keras 1, of samples or of batches alone
    NEUTRAL.put("renorm", false); // batch normalization that corrects itself
    NEUTRAL.put("renorm_clipping", null);
    NEUTRAL.put("synchronized", false); // over several devices
  }

  /** Numbers that an input may have elsewhere. */
  private static final Pattern NUMBERS =
      Pattern.compile("bool|float16|bfloat16|float32|float64|u?int(8|16|32|64)");

  private final String label;
  private final Map<String, Object> config;
  private final Function<Map<String, Object>, Layer> within; // reads layers inside
  private final Set<String> declared = new HashSet<>(Set.of("name"));
  private final Set<String> problems = new LinkedHashSet<>();
  private String last; // that was asked for

  private LayerReader(
      String label, Map<String, Object> config, Function<Map<String, Object>, Layer> within) {
    this.label = label;
    this.config = config;
    this.within = within;
  }

  private String name() {
    Object name = config.get("name");
    return (String) require(name == null || name instanceof String, "name", "a text", name);
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
    try {
      return type.cast(typed(name, type, config.get(name)));
    } catch (IllegalArgumentException wrong) {
      if (value == null) { // the layer cannot go on without
        throw wrong;
      }
      problems.add(Printable.reason(wrong));
      return value;
    }
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
      return ((List<?>) found).stream().map(e -> within.apply(map(e))).toArray(Layer[]::new);
    }
    Layer inner = within.apply(map(found));
    require(
        type.isInstance(inner), name, "a layer that is " + type.getSimpleName(), inner.className());
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
      return ActivationConfigs.read(found);
    } catch (IllegalArgumentException unknown) {
      throw new IllegalArgumentException(label + name + ": " + Printable.reason(unknown), unknown);
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
    if (config.containsKey(name) && !Objects.equals(value, config.get(name))) {
      problems.add(neutralOnly(name, value, config.get(name)));
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
  private void checkDtype(Layer layer) {
    Object found = layer.kept(Layer.DTYPE);
    if (layer instanceof Input) { // whose numbers are floats here, ids too
      boolean number = found instanceof String name && NUMBERS.matcher(name).matches();
      require(found == null || number, Layer.DTYPE, "a type of numbers", found);
    } else {
      Policies.check(label, found);
    }
  }

  /** What no setting of the layer has asked for must ask for nothing. */
  private void refuseTheRest() {
    config.forEach(
        (key, value) -> {
          if (declared.contains(key) || IGNORED.contains(key)) {
            return;
          }
          if (!NEUTRAL.containsKey(key)) {
            problems.add(label + key + "=" + value + " is not known; is it a layer of your own?");
          } else if (!Objects.equals(NEUTRAL.get(key), value)) {
            problems.add(neutralOnly(key, NEUTRAL.get(key), value));
          }
        });
  }

  private String neutralOnly(String name, Object neutral, Object found) {
    return label + name + "=" + found + " is not supported; expected " + neutral;
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

  // ---------------------------------------------------------------- layers

  private static Layer readEntry(Map<String, Object> entry) {
    return readEntry(entry, LayerReader::readEntry);
  }

  /**
   * As {@link #read}, of an entry in a file, which has nothing but what Keras writes there.
   *
   * @param within reads the entries of layers inside
   */
  static Layer readEntry(Map<String, Object> entry, Function<Map<String, Object>, Layer> within) {
    Layer layer = read(entry, within); // a class that is not known is said first
    requireKnown(layer.className() + ": ", entry, ENTRY);
    return layer;
  }

  /**
   * The layer of a configuration.
   *
   * @param entry with {@code class_name} and {@code config}; what else it has is left alone
   * @throws IllegalArgumentException if the class is unknown, a value is of the wrong type, or the
   *     configuration asks for what we do not have; names the layer, and each setting and value
   */
  public static Layer read(Map<String, Object> entry) {
    return read(entry, LayerReader::readEntry);
  }

  private static Layer read(
      Map<String, Object> entry, Function<Map<String, Object>, Layer> within) {
    requireOfKeras(entry);
    String className = Objects.toString(entry.get("class_name"));
    Layer layer = Layers.of(className);
    if (!(entry.get("config") instanceof Map<?, ?>)) {
      throw new IllegalArgumentException(
          className + ": config: expected an object, got " + Printable.quoted(entry.get("config")));
    }
    Map<String, Object> config = map(entry.get("config"));
    String label = className + " '" + config.getOrDefault("name", "") + "': ";
    new LayerReader(label, config, within).into(layer);
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

  private void into(Layer layer) {
    String name = name();
    if (name != null) {
      layer.name(name);
    }
    IllegalArgumentException refused = null;
    try {
      layer.settings(this);
      if (!flag("trainable", true)) {
        layer.trainable(false);
      }
      refuseTheRest();
      checkDtype(layer);
    } catch (IllegalArgumentException e) { // of a value, or a combination, that the layer refuses
      refused = e;
      if (problems.isEmpty()) { // else it may be a consequence
        String why = e.getMessage();
        problems.add(why.startsWith(label) ? why : label + last + ": " + why);
      }
    }
    requireNoProblems(refused);
  }

  private void requireNoProblems(IllegalArgumentException cause) {
    if (!problems.isEmpty()) {
      String all = String.join("; ", problems);
      String first = all.startsWith(label) ? label : "";
      throw new IllegalArgumentException(
          first + all.substring(first.length()).replace("; " + label, "; "), cause);
    }
  }

  /** Gives a layer the arguments of its call, which are then taken out. */
  static void readCall(Layer layer, Map<String, Object> arguments) {
    LayerReader reader = new LayerReader(layer + ": ", arguments, LayerReader::readEntry);
    layer.configureCall(reader);
    reader.requireNoProblems(null);
    arguments.keySet().removeAll(reader.declared);
  }
}
