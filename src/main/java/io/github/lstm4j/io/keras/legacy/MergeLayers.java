package io.github.lstm4j.io.keras.legacy;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Keras 1's {@code Merge}: one layer whose mode says what it does, and which a Sequential may begin
 * with, of which each branch is a model. Now there is a layer for each, and such a model is a
 * functional one.
 */
final class MergeLayers {
  private static final String MERGE = "Merge";
  private static final String LAYERS = "layers";

  private static final Map<String, String> MODES =
      Map.of(
          "sum", "Add",
          "mul", "Multiply",
          "concat", "Concatenate",
          "ave", "Average",
          "max", "Maximum",
          "dot", "Dot");

  private final List<Object> layers = new ArrayList<>();
  private final List<Object> inputs = new ArrayList<>();

  private MergeLayers() {}

  /**
   * The class of what a Merge does; its settings are changed to that one's.
   *
   * @return for what no layer does, a class that there is not and that says so
   */
  static String layer(Map<String, Object> config) {
    Object mode = config.remove("mode");
    String className = MODES.get(String.valueOf(mode));
    if (className == null) {
      return MERGE + " with mode=" + mode;
    }
    Object axis = config.remove("concat_axis");
    Object axes = config.remove("dot_axes");
    if (className.equals("Concatenate")) {
      config.put("axis", axis);
    } else if (className.equals("Dot")) {
      config.put("axes", axes);
    }
    for (String beside : List.of("mode_type", "output_shape_type", "output_mask_type", LAYERS)) {
      config.remove(beside);
    }
    for (String made : List.of("output_shape", "output_mask")) { // by a function of the user's
      Json.drop(config, made);
    }
    if (Map.of().equals(config.get("arguments"))) {
      config.remove("arguments");
    }
    return className;
  }

  /** The branches of a Merge that a Sequential begins with; none if it begins with none. */
  static List<Object> branches(List<Object> layers) {
    Map<String, Object> first = Json.map(layers.isEmpty() ? null : layers.get(0));
    return MERGE.equals(first.get("class_name"))
        ? Json.list(Json.map(first.get("config")).get(LAYERS))
        : List.of();
  }

  /**
   * The settings of a functional model.
   *
   * @param branches the models that the first of the layers merges
   * @param rest the layers from the first one on
   */
  static Map<String, Object> functional(List<Object> branches, List<Object> rest) {
    MergeLayers model = new MergeLayers();
    List<Object> ends = new ArrayList<>();
    for (Object branch : branches) {
      ends.add(model.branch(Json.map(branch)));
    }
    Object end = ends;
    for (Object layer : rest) {
      end = model.add(Json.map(layer), end);
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put(LAYERS, model.layers);
    config.put("input_layers", model.inputs);
    config.put("output_layers", List.of(end));
    return config;
  }

  private Object branch(Map<String, Object> branch) {
    Map<String, Object> config = Json.map(branch.get("config"));
    List<Object> inside = Json.list(config.get(LAYERS));
    if (config.containsKey("output_layers")) { // a functional model, of which it becomes a part
      layers.addAll(inside);
      inputs.addAll(Json.list(config.get("input_layers")));
      return Json.list(config.get("output_layers")).stream().findFirst().orElse(null);
    }
    List<Object> chain = inside.isEmpty() ? List.of(branch) : inside;
    Map<String, Object> first = Json.map(chain.get(0));
    Object end = null;
    if (!"InputLayer".equals(first.get("class_name"))) {
      Map<String, Object> settings = new LinkedHashMap<>();
      settings.put("name", Json.map(first.get("config")).get("name") + "_input");
      settings.put("batch_shape", OldConfigs.firstShape(first));
      Map<String, Object> input = new LinkedHashMap<>();
      input.put("class_name", "InputLayer");
      input.put("config", settings);
      end = add(input, null);
    }
    for (Object layer : chain) {
      end = add(Json.map(layer), end);
    }
    return end;
  }

  /** Adds a layer that takes what came before; returns its output. */
  private Object add(Map<String, Object> entry, Object before) {
    Map<String, Object> layer = new LinkedHashMap<>(entry);
    Object name = Json.map(entry.get("config")).get("name");
    name = name == null ? "layer_" + layers.size() : name;
    layer.put("name", name);
    boolean one = before instanceof List<?> l && !l.isEmpty() && l.get(0) instanceof String;
    Object node = one ? List.of(before) : before;
    layer.put("inbound_nodes", before == null ? List.of() : List.of(node));
    layers.add(layer);
    Object output = List.of(name, 0, 0);
    if (before == null) {
      inputs.add(output);
    }
    return output;
  }
}
