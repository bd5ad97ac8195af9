package io.github.lstm4j.io.keras;

import static io.github.lstm4j.io.keras.LayerConfigs.map;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashMap;
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

  /** What versions before 3 say beside a model. */
  private static final Set<String> VERSIONS = Set.of("keras_version", "backend");

  private ModelConfigs() {}

  /** What a model's {@code config.json} says: its layers, and what it was compiled with. */
  static Map<String, Object> write(Model model) {
    Shape input = model.inputShape();
    List<Object> layers = new ArrayList<>();
    layers.add(LayerConfigs.write(model.inputLayer()));
    model.layers().forEach(l -> layers.add(LayerConfigs.write(l)));
    Map<String, Object> sequential = new LinkedHashMap<>();
    sequential.put("name", model.name());
    sequential.put("trainable", true);
    sequential.put(Layer.DTYPE, model instanceof Sequential s ? s.policy() : "float32");
    sequential.put("layers", layers);
    sequential.put("build_input_shape", LayerConfigs.plain(input));
    Map<String, Object> config = LayerConfigs.entry("keras", "Sequential", sequential);
    Map<String, Object> build = new LinkedHashMap<>();
    build.put("input_shape", LayerConfigs.plain(input));
    config.put("build_config", build);
    if (model.optimizer() != null) {
      config.put("compile_config", CompileConfigs.write(model));
    }
    return config;
  }

  /**
   * Adds the layers of an entry to a model that has none.
   *
   * @param version of the Keras that wrote it
   * @throws IllegalArgumentException if it is no Sequential model, or asks for what is not
   *     supported
   */
  static void read(Map<String, Object> entry, String version, Sequential model) {
    Object className = entry.get("class_name");
    if (!"Sequential".equals(className)) {
      throw new IllegalArgumentException(
          "expected a Sequential model, got " + className + "; other models are not supported");
    }
    LayerConfigs.requireOfKeras(entry);
    LayerConfigs.requireKnown("the model: ", entry, MODEL);
    Map<String, Object> config = map(entry.get("config"));
    LayerConfigs.requireKnown("the model: ", config, SETTINGS);
    if (!(config.get("layers") instanceof List<?> entries)) {
      throw new IllegalArgumentException("config.json has no layers");
    }
    if (config.get("name") != null) {
      model.name(LayerConfigs.typed("the model: name", String.class, config.get("name")));
    }
    Boolean trainable =
        LayerConfigs.typed(
            "the model: trainable", Boolean.class, config.getOrDefault("trainable", true));
    LayerConfigs.checkPolicy("the model: ", config.get(Layer.DTYPE));
    model.policy(config.getOrDefault(Layer.DTYPE, "float32"));
    boolean oldHardSigmoid = version.startsWith("1.") || version.startsWith("2.");
    List<Layer> layers = new ArrayList<>();
    for (Object of : entries) {
      layers.add(LayerConfigs.readEntry(map(of), oldHardSigmoid));
    }
    if (!layers.isEmpty() && !(layers.get(0) instanceof Input)) {
      Object shape = inputShape(config, entry, map(map(entries.get(0)).get("config")));
      if (shape != null) {
        model.add(Input.of(LayerConfigs.shape("the input's shape", shape)));
      }
    }
    layers.forEach(model::add);
    if (!trainable) { // freezes the layers, as in Keras
      layers.forEach(l -> l.trainable(false));
    }
  }

  /**
   * A model by its configuration alone, compiled if that says by what.
   *
   * @param text an entry, as {@code to_json} gives it, or what {@code get_config} gives of one
   * @param model has no layers
   */
  static Sequential readAlone(Map<String, Object> text, Sequential model) {
    boolean settingsOnly = !text.containsKey("class_name") && text.containsKey("layers");
    Map<String, Object> entry = new LinkedHashMap<>(text);
    if (settingsOnly) {
      entry = LayerConfigs.entry("keras", "Sequential", text);
    }
    Object version = entry.get("keras_version"); // that of Keras 3 is not said
    entry.keySet().removeAll(VERSIONS);
    read(entry, String.valueOf(version), model);
    if (entry.get("compile_config") != null && !Map.of().equals(entry.get("compile_config"))) {
      Object said = entry.get("compile_config");
      CompileConfigs.read(map(LayerConfigs.typed("compile_config", Map.class, said)), model);
    }
    return model;
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
