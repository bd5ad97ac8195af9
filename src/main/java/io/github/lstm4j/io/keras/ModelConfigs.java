package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.keras.legacy.KerasVersion;
import io.github.lstm4j.io.keras.legacy.OldConfigs;
import io.github.lstm4j.io.keras.legacy.OldTraining;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;

/** Models to and from the configurations in Keras's files: {@code config.json}. */
final class ModelConfigs {
  /** What a model's entry says; what was built follows from its configuration. */
  private static final Set<String> MODEL =
      Set.of(
          "module",
          "class_name",
          "config",
          "registered_name",
          "build_config",
          "compile_config",
          "shared_object_id");

  private static final Set<String> SETTINGS =
      Set.of("name", "trainable", Layer.DTYPE, "layers", "build_input_shape");

  private static final Set<String> FUNCTIONAL_SETTINGS =
      Set.of("name", "trainable", Layer.DTYPE, "layers", "input_layers", "output_layers");

  private static final String SUPPORTED = "; supported are "; // how an unknown class goes on

  private static final String SEQUENTIAL = "Sequential";
  private static final String FUNCTIONAL = "Functional";
  private static final String FUNCTIONAL_MODULE = "keras.src.models.functional";

  /** The classes of models; before Keras 2.3 a functional one was a Model. */
  private static final Set<String> MODELS = Set.of(SEQUENTIAL, FUNCTIONAL, "Model");

  /** What versions before 3 say beside a model. */
  private static final Set<String> VERSIONS = Set.of("keras_version", "backend");

  private ModelConfigs() {}

  /** What a model's {@code config.json} says: its layers, and what it was compiled with. */
  static Map<String, Object> write(Model model) {
    Map<String, Object> entry = entry(model, model.name());
    TextLayers.toTexts(entry);
    if (model.optimizer() != null) {
      entry.put("compile_config", CompileConfigs.write(model));
    }
    return entry;
  }

  private static Map<String, Object> entry(Model model, String name) {
    Map<String, Object> build = new LinkedHashMap<>();
    if (model instanceof Sequential s) {
      Map<String, Object> entry = LayerConfigs.entry("keras", SEQUENTIAL, sequential(s, name));
      build.put("input_shape", LayerConfigs.plain(model.inputShape()));
      entry.put("build_config", build);
      return entry;
    }
    Map<String, Object> config = FunctionalConfigs.write(model, name, ModelConfigs::layer);
    Map<String, Object> entry = LayerConfigs.entry(FUNCTIONAL_MODULE, FUNCTIONAL, config);
    entry.put("registered_name", FUNCTIONAL);
    build.put("input_shape", null);
    entry.put("build_config", build);
    return entry;
  }

  private static Map<String, Object> layer(Layer layer) {
    return layer instanceof ModelLayer inner
        ? entry((Model) inner.model(), inner.name())
        : LayerConfigs.write(layer, ModelConfigs::layer);
  }

  private static Map<String, Object> sequential(Sequential model, String name) {
    List<Object> layers = new ArrayList<>();
    layers.add(LayerConfigs.write(model.inputLayer()));
    model.layers().forEach(l -> layers.add(layer(l)));
    Map<String, Object> sequential = new LinkedHashMap<>();
    sequential.put("name", name);
    sequential.put("trainable", true);
    sequential.put(Layer.DTYPE, model.policy());
    sequential.put("layers", layers);
    sequential.put("build_input_shape", LayerConfigs.plain(model.inputShape()));
    return sequential;
  }

  /**
   * The model of an entry.
   *
   * @param version of the Keras that wrote it
   * @throws IllegalArgumentException if it is no model, or asks for what is not supported
   */
  static Model read(Map<String, Object> entry, KerasVersion version) {
    Map<String, Object> today = OldConfigs.upgrade(entry, version);
    TextLayers.toNumbers(today);
    return read(today, "the model: ");
  }

  /**
   * @param label says of what, in errors
   */
  private static Model read(Map<String, Object> entry, String label) {
    String className = String.valueOf(entry.get("class_name"));
    if (!MODELS.contains(className)) {
      throw new IllegalArgumentException(
          "expected a Sequential or Functional model, got "
              + className
              + "; models of classes of your own are not supported");
    }
    LayerConfigs.requireOfKeras(entry);
    LayerConfigs.requireKnown(label, entry, MODEL);
    Map<String, Object> config = map(entry.get("config"));
    boolean sequential = className.equals(SEQUENTIAL);
    LayerConfigs.requireKnown(label, config, sequential ? SETTINGS : FUNCTIONAL_SETTINGS);
    if (!(config.get("layers") instanceof List<?> given)) {
      throw new IllegalArgumentException(label + "there are no layers");
    }
    Boolean trainable =
        LayerConfigs.typed(
            label + "trainable", Boolean.class, config.getOrDefault("trainable", true));
    Policies.check(label, config.get(Layer.DTYPE));
    List<Map<String, Object>> entries = new ArrayList<>();
    given.forEach(of -> entries.add(map(of)));
    Model model =
        sequential
            ? sequential(config, entry, layers(entries))
            : FunctionalReader.read(config, entries, ModelConfigs::layers);
    if (config.get("name") != null) {
      model.name(LayerConfigs.typed(label + "name", String.class, config.get("name")));
    }
    if (!trainable) { // freezes the layers, as in Keras
      model.layers().forEach(l -> l.trainable(false));
    }
    return model;
  }

  private static Layer layer(Map<String, Object> entry) {
    return MODELS.contains(String.valueOf(entry.get("class_name")))
        ? read(entry, labelOf(entry)).asLayer()
        : LayerReader.readEntry(entry, ModelConfigs::layer);
  }

  /** Reads all layers; what is wrong with them is said of all at once. */
  private static List<Layer> layers(List<Map<String, Object>> entries) {
    List<Layer> layers = new ArrayList<>();
    Set<String> wrong = new LinkedHashSet<>();
    IllegalArgumentException first = null;
    for (Map<String, Object> entry : entries) {
      try {
        layers.add(layer(entry));
      } catch (IllegalArgumentException e) {
        first = first == null ? e : first;
        wrong.add(Printable.reason(e));
      }
    }
    if (wrong.size() > 1) {
      throw new IllegalArgumentException(
          wrong.size() + " layers cannot be read: " + joined(List.copyOf(wrong)), first);
    } else if (first != null) {
      throw first;
    }
    return layers;
  }

  /** The faults, of which the last lists what there is instead. */
  private static String joined(List<String> faults) {
    List<String> said = new ArrayList<>();
    for (int i = 0; i < faults.size(); i++) {
      int list = i == faults.size() - 1 ? -1 : faults.get(i).indexOf(SUPPORTED);
      said.add(list < 0 ? faults.get(i) : faults.get(i).substring(0, list));
    }
    return String.join("; and ", said);
  }

  private static String labelOf(Map<String, Object> entry) {
    return entry.get("class_name") + " '" + map(entry.get("config")).get("name") + "': ";
  }

  private static Sequential sequential(
      Map<String, Object> config, Map<String, Object> entry, List<Layer> layers) {
    Sequential model = new Sequential();
    model.policy(config.getOrDefault(Layer.DTYPE, "float32"));
    if (!layers.isEmpty() && !(layers.get(0) instanceof Input)) {
      Map<String, Object> first = map(((List<?>) config.get("layers")).get(0));
      Object shape = inputShape(config, entry, map(first.get("config")));
      if (shape != null) {
        model.add(Input.of(LayerConfigs.shape("the input's shape", shape)));
      }
    }
    layers.forEach(model::add);
    return model;
  }

  /**
   * A model by its configuration alone, compiled if that says by what.
   *
   * @param text an entry, as {@code to_json} gives it, or what {@code get_config} gives of one
   */
  static Model readAlone(Map<String, Object> text) {
    boolean settingsOnly = !text.containsKey("class_name") && text.containsKey("layers");
    Map<String, Object> entry = new LinkedHashMap<>(text);
    if (settingsOnly) {
      String className = text.containsKey("input_layers") ? FUNCTIONAL : SEQUENTIAL;
      entry = LayerConfigs.entry("keras", className, text);
    }
    Object version = entry.get("keras_version"); // that of Keras 3 is not said
    entry.keySet().removeAll(VERSIONS);
    KerasVersion by = KerasVersion.of(version, versionOf(entry));
    Model model = read(entry, by);
    if (entry.get("compile_config") != null && !Map.of().equals(entry.get("compile_config"))) {
      Object said = entry.get("compile_config");
      Map<String, Object> compile = map(LayerConfigs.typed("compile_config", Map.class, said));
      CompileConfigs.read(OldTraining.upgrade(compile, by), model);
    }
    return model;
  }

  /** Of what says no version: today's, unless it has the form of a Sequential before 2.2.3. */
  private static KerasVersion versionOf(Map<String, Object> entry) {
    return entry.get("config") instanceof List<?> ? KerasVersion.FIRST : KerasVersion.TODAY;
  }

  /** Where there is no input layer the shape stands beside the layers, or in the first one. */
  private static Object inputShape(
      Map<String, Object> config, Map<String, Object> model, Map<String, Object> first) {
    return Stream.of(
            config.get("build_input_shape"),
            map(model.get("build_config")).get("input_shape"),
            first.get("batch_input_shape"))
        .filter(Objects::nonNull)
        .findFirst()
        .orElse(null);
  }
}
