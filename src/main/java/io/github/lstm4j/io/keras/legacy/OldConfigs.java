package io.github.lstm4j.io.keras.legacy;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Configurations of models of Keras 1 and 2 as Keras 3 would write them. What they leave out has
 * the default of the version that wrote them; what cannot be said today stays as it is, so that
 * whoever reads it refuses it by the name that the file has.
 */
public final class OldConfigs {
  /** The formula {@code clip(0.2x + 0.5, 0, 1)}, which {@code hard_sigmoid} was before Keras 3. */
  public static final String HARD_SIGMOID = "hard_sigmoid_keras2";

  private static final Set<String> MODELS = Set.of("Sequential", "Functional", "Model");
  private static final Set<String> CUDNN = Set.of("CuDNNLSTM", "CuDNNGRU");

  /** What TensorFlow called its own versions of layers for a while. */
  private static final Map<String, String> RENAMED =
      Map.of(
          "BatchNormalizationV1", "BatchNormalization",
          "BatchNormalizationV2", "BatchNormalization",
          "UnifiedLSTM", "LSTM",
          "UnifiedGRU", "GRU");

  private static final Pattern WHOLE = Pattern.compile("u?int(8|16|32|64)");

  private final KerasVersion version;
  private final boolean masked;

  private OldConfigs(KerasVersion version, Map<String, Object> model) {
    this.version = version;
    this.masked = hasMasks(model);
  }

  /** The model's entry as Keras 3 has it; one of Keras 3 is left alone. */
  public static Map<String, Object> upgrade(Map<String, Object> entry, KerasVersion version) {
    return version.isBefore(3, 0) ? new OldConfigs(version, entry).model(entry) : entry;
  }

  /**
   * The model's entry of an HDF5 file with what Keras 3 leaves out there: the modules, by which its
   * operations are told from layers of the same names. An operation has nodes as Keras 3 writes
   * them, and does not say whether it is trainable.
   */
  public static Map<String, Object> withModules(Map<String, Object> entry) {
    Map<String, Object> config = Json.copy(entry.get("config"));
    if (!(config.get("layers") instanceof List<?> layers)) {
      return entry;
    }
    List<Object> all = new ArrayList<>();
    for (Object layer : layers) {
      Map<String, Object> now = new LinkedHashMap<>(withModules(Json.map(layer)));
      List<Object> nodes = Json.list(now.get("inbound_nodes"));
      boolean operation =
          !nodes.isEmpty()
              && nodes.get(0) instanceof Map<?, ?>
              && now.get("config") instanceof Map<?, ?> settings
              && !settings.containsKey("trainable");
      if (operation) {
        now.putIfAbsent("module", "keras.src.ops");
      }
      all.add(layer instanceof Map<?, ?> ? now : layer);
    }
    config.put("layers", all);
    Map<String, Object> model = new LinkedHashMap<>(entry);
    model.put("config", config);
    return model;
  }

  private Map<String, Object> model(Map<String, Object> entry) {
    boolean listOnly = entry.get("config") instanceof List<?>; // Sequential before 2.2.3
    Map<String, Object> config = listOnly ? new LinkedHashMap<>() : Json.copy(entry.get("config"));
    Object given = listOnly ? entry.get("config") : config.get("layers");
    if (!(given instanceof List<?>)) {
      return entry;
    }
    List<Object> old = Json.list(given);
    List<Object> layers = new ArrayList<>();
    Set<String> models = new HashSet<>();
    for (Object layer : old) {
      Map<String, Object> of = Json.map(layer);
      if (MODELS.contains(String.valueOf(of.get("class_name")))) {
        models.add(String.valueOf(of.get("name")));
      }
    }
    for (Object layer : old) {
      Map<String, Object> of = Json.map(layer);
      boolean operation = TensorFlowOps.isOne(String.valueOf(of.get("class_name")));
      layers.add(
          operation ? TensorFlowOps.today(of, tensor -> counted(tensor, models)) : layer(layer));
    }
    Map<String, Object> model = new LinkedHashMap<>(entry);
    if (listOnly && entry.get("name") != null) {
      config.put("name", entry.get("name"));
    }
    List<Object> branches = MergeLayers.branches(old);
    if (!branches.isEmpty()) {
      List<Object> parts = new ArrayList<>();
      branches.forEach(branch -> parts.add(layer(branch)));
      config.putAll(MergeLayers.functional(parts, layers));
      model.put("class_name", "Functional");
    } else {
      config.put("layers", layers);
      Object shape = layers.isEmpty() ? null : firstShape(Json.map(layers.get(0)));
      if ("Sequential".equals(entry.get("class_name")) && shape != null) {
        config.putIfAbsent("build_input_shape", shape);
      }
    }
    model.put("config", config);
    return model;
  }

  /** A tensor's layer, node and output. The nodes of a model within were counted from 1. */
  private static Object counted(Object tensor, Set<String> models) {
    List<Object> all = Json.list(tensor);
    if (all.size() < 3) {
      return tensor;
    }
    boolean ofModel = models.contains(String.valueOf(all.get(0)));
    if (ofModel && all.get(1) instanceof Integer node && node > 0) {
      all.set(1, node - 1);
    }
    return all.subList(0, 3);
  }

  /** The shape of what a chain takes whose first layer it is; null if that does not say. */
  static Object firstShape(Map<String, Object> layer) {
    Map<String, Object> at = layer;
    for (int depth = 0; depth < 50; depth++) {
      Map<String, Object> config = Json.map(at.get("config"));
      Object shape = config.getOrDefault("batch_input_shape", config.get("batch_shape"));
      if (shape != null) {
        return shape;
      }
      List<Object> inside = Json.list(config.get("layers"));
      at = Json.map(inside.isEmpty() ? config.get("layer") : inside.get(0));
    }
    return null;
  }

  private Object layer(Object given) {
    Map<String, Object> entry = Json.map(given);
    String className = String.valueOf(entry.get("class_name"));
    if (MODELS.contains(className)) {
      return model(entry);
    } else if (!(entry.get("config") instanceof Map<?, ?>)) {
      return given;
    }
    Map<String, Object> config = Json.copy(entry.get("config"));
    if (version.isBefore(2, 0)) {
      Object shape = Keras1Layers.inputShape(className, config);
      if (shape != null) {
        config.putIfAbsent("batch_input_shape", shape);
      }
      className = Keras1Layers.rename(className, config);
    }
    if (className.equals("Merge")) {
      className = MergeLayers.layer(config);
    }
    className = today(className, config);
    for (String inner : List.of("layer", "backward_layer", "cell")) {
      if (config.get(inner) instanceof Map<?, ?>) {
        config.put(inner, layer(config.get(inner)));
      }
    }
    if (config.get("cells") instanceof List<?> cells) {
      List<Object> all = new ArrayList<>();
      cells.forEach(cell -> all.add(layer(cell)));
      config.put("cells", all);
    }
    Map<String, Object> layer = new LinkedHashMap<>(entry);
    layer.put("class_name", className);
    layer.put("config", config);
    return layer;
  }

  /** What Keras 2 said otherwise. Changes the settings; returns the class. */
  private String today(String className, Map<String, Object> config) {
    config.replaceAll(OldConfigs::value);
    String now = RENAMED.getOrDefault(className, className);
    if (CUDNN.contains(className)) { // the same layers, on NVIDIA's library alone
      now = className.substring("CuDNN".length());
      config.put("recurrent_activation", "sigmoid");
      if (now.equals("GRU")) {
        config.put("reset_after", true);
      }
    } else if (now.startsWith("LSTM") || now.startsWith("GRU")) {
      config.putIfAbsent(
          "recurrent_activation", version.isBefore(2, 3) ? "hard_sigmoid" : "sigmoid");
      if (now.startsWith("GRU")) {
        config.putIfAbsent("reset_after", !version.isBefore(2, 4)); // since then all is tf.keras
      }
    }
    config.computeIfPresent("activation", (name, a) -> oldActivation(a));
    config.computeIfPresent("recurrent_activation", (name, a) -> oldActivation(a));
    switch (now) {
      case "InputLayer" -> {
        Json.rename(config, "batch_input_shape", "batch_shape");
        Json.drop(config, "type_spec");
      }
      case "LeakyReLU" -> Json.rename(config, "alpha", "negative_slope");
      case "SpatialDropout1D" -> Json.drop(config, "noise_shape");
      case "ThresholdedReLU" -> {
        now = "ReLU";
        Json.rename(config, "theta", "threshold");
      }
      case "BatchNormalization" -> {
        if (config.get("axis") instanceof List<?> axes && axes.size() == 1) {
          config.put("axis", axes.get(0));
        }
        Json.drop(config, "virtual_batch_size");
        Json.drop(config, "fused", true, false);
      }
      case "Bidirectional" -> {
        if (masked && !version.tensorflow()) {
          config.put("zero_output_for_mask", false);
        }
      }
      case "Attention", "AdditiveAttention" -> Json.drop(config, "causal", false);
      default -> {}
    }
    Json.drop(config, "num_constants", 0);
    boolean ofInput = config.get("dtype") instanceof String type && WHOLE.matcher(type).matches();
    if (ofInput && !now.equals("InputLayer")) { // what it takes, not what it computes in
      config.remove("dtype");
    }
    return now;
  }

  /** Whether there is anything in a configuration that makes masks. */
  private static boolean hasMasks(Object value) {
    if (value instanceof Map<?, ?> m) {
      return "Masking".equals(m.get("class_name"))
          || Boolean.TRUE.equals(m.get("mask_zero"))
          || m.values().stream().anyMatch(OldConfigs::hasMasks);
    }
    return value instanceof List<?> l && l.stream().anyMatch(OldConfigs::hasMasks);
  }

  /** A value in today's form: of arrays the numbers, of initializers no type. */
  private static Object value(String name, Object value) {
    Map<String, Object> entry = Json.map(value);
    if ("ndarray".equals(entry.get("type")) && entry.containsKey("value")) {
      return entry.get("value");
    }
    if (name.endsWith("_initializer") && entry.get("config") instanceof Map<?, ?>) {
      Map<String, Object> config = Json.copy(entry.get("config"));
      config.remove("dtype");
      config.computeIfPresent(
          "distribution", (n, kind) -> kind.equals("normal") ? "truncated_normal" : kind);
      Map<String, Object> initializer = new LinkedHashMap<>(entry);
      initializer.put("config", config);
      return initializer;
    }
    return value;
  }

  /** An activation whose name may mean another formula today. */
  private static Object oldActivation(Object activation) {
    if (activation instanceof Map<?, ?>) {
      Map<String, Object> entry = Json.copy(activation);
      entry.computeIfPresent("config", (name, inner) -> oldActivation(inner));
      entry.computeIfPresent("activation", (name, inner) -> oldActivation(inner));
      return entry;
    }
    return "hard_sigmoid".equals(activation) ? HARD_SIGMOID : activation;
  }
}
