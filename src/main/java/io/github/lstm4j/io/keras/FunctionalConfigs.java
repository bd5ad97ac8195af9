package io.github.lstm4j.io.keras;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.model.Model;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;

/**
 * How the layers of a functional model feed one another, as Keras's files say it: each layer has
 * the nodes in which it is used, and a tensor is {@code [layer, number of the node, number of the
 * output]}. What is read is in {@link FunctionalReader}.
 */
final class FunctionalConfigs {
  static final String TENSOR = "__keras_tensor__";

  private FunctionalConfigs() {}

  /**
   * The model's configuration.
   *
   * @param name the model's, or the one that it has in another model
   * @param writeLayer writes a layer's entry
   */
  static Map<String, Object> write(
      Model model, String name, Function<Layer, Map<String, Object>> writeLayer) {
    LayerGraph graph = model.graph();
    List<Object> layers = new ArrayList<>();
    for (Layer layer : graph.operations()) {
      List<Call> calls = graph.callsOf(layer);
      Map<String, Object> entry =
          new LinkedHashMap<>(
              layer instanceof Operation o ? OperationConfigs.write(o) : writeLayer.apply(layer));
      if (calls.stream().anyMatch(c -> c.inputs().size() > 1)) {
        entry.remove("build_config"); // which is for one shape; the nodes build it
      }
      entry.put("name", layer.name());
      entry.put(
          "inbound_nodes",
          layer instanceof Input ? List.of() : calls.stream().map(c -> node(graph, c)).toList());
      layers.add(entry);
    }
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("name", name);
    config.put("trainable", true);
    config.put("layers", layers);
    config.put("input_layers", ends(graph, graph.inputs().stream().map(Call::output).toList()));
    config.put("output_layers", ends(graph, graph.outputs()));
    return config;
  }

  private static Map<String, Object> node(LayerGraph graph, Call call) {
    if (call.layer() instanceof Operation o) {
      return node(OperationConfigs.arguments(o, call.inputs(), t -> tensor(graph, t)), Map.of());
    }
    List<Object> tensors = new ArrayList<>();
    call.inputs().forEach(t -> tensors.add(tensor(graph, t)));
    Map<String, Object> kwargs = LayerConfigs.writeCall(call.layer());
    List<KerasTensor> masks = graph.masksOf(call);
    if (!masks.isEmpty()) {
      List<Object> said = new ArrayList<>();
      masks.forEach(t -> said.add(t == null ? null : tensor(graph, t)));
      kwargs.put(FunctionalReader.MASK, said.size() == 1 ? said.get(0) : said);
    }
    Object first = tensors.size() == 1 ? tensors.get(0) : tensors;
    if (tensors.size() > 1 && takesStates(call.layer())) {
      first = tensors.get(0);
      kwargs.put(FunctionalReader.STATES, tensors.subList(1, tensors.size()));
    }
    return node(List.of(first), kwargs);
  }

  private static Map<String, Object> node(List<Object> args, Map<String, Object> kwargs) {
    Map<String, Object> node = new LinkedHashMap<>();
    node.put("args", args);
    node.put("kwargs", kwargs);
    return node;
  }

  /** Whether what a layer takes behind its first input are initial states. */
  static boolean takesStates(Layer layer) {
    return !layer.stateShapes(1).isEmpty();
  }

  private static Map<String, Object> tensor(LayerGraph graph, KerasTensor t) {
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("shape", LayerConfigs.plain(t.shape()));
    boolean truth = t.call().layer() instanceof Operation o && o.isTruth(t.call());
    config.put("dtype", truth ? "bool" : "float32");
    config.put("keras_history", history(graph, t, 0));
    Map<String, Object> entry = new LinkedHashMap<>();
    entry.put("class_name", TENSOR);
    entry.put("config", config);
    return entry;
  }

  private static List<Object> history(LayerGraph graph, KerasTensor t, int from) {
    return List.of(t.call().layer().name(), from + graph.numberOf(t.call()), t.number());
  }

  /** A model's inputs or outputs; one is not in a list. */
  private static Object ends(LayerGraph graph, List<KerasTensor> tensors) {
    List<Object> all = new ArrayList<>();
    tensors.forEach(t -> all.add(history(graph, t, firstNode(t.call().layer()))));
    return all.size() == 1 ? all.get(0) : all;
  }

  /** Among outputs, Keras counts the nodes of a functional model within another one from 1. */
  static int firstNode(Layer layer) {
    return layer instanceof ModelLayer m && m.className().equals("Functional") ? 1 : 0;
  }
}
