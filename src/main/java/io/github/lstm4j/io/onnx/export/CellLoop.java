package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Any cell as ONNX's loop over timesteps, Scan, around what the cell writes for one of them. See <a
 * href="https://onnx.ai/onnx/operators/onnx__Scan.html">onnx.ai</a>.
 */
final class CellLoop {
  private static final int BATCH = 10_007; // a prime, so that no layer has as many units

  private CellLoop() {}

  /**
   * Writes it.
   *
   * @param x (timesteps, batch, features)
   * @param initial the first states, (batch, size) each
   * @param counts BOOL (timesteps, batch, 1), whether a timestep counts; null if all do
   * @return the outputs (timesteps, batch, units) in the order of time, and then the last states
   */
  static List<String> write(
      LayerUse use,
      Cell cell,
      String path,
      String x,
      List<String> initial,
      String counts,
      boolean backwards) {
    Nodes to = use.to();
    to.require(9, "a cell that runs step by step");
    List<ValueInfoProto> inputs = new ArrayList<>();
    List<ValueInfoProto> outputs = new ArrayList<>();
    Nodes body = to.inner();
    List<String> before = new ArrayList<>();
    List<Integer> sizes = cell.stateSizes();
    for (int i = 0; i < sizes.size(); i++) {
      before.add(declare(inputs, to, path + "/before_" + cell.stateNames().get(i), sizes.get(i)));
    }
    int features = ((Layer) cell).inputShape().last();
    String step = declare(inputs, to, path + "/step", features);
    String counted = null;
    if (counts != null) {
      counted = to.free(path + "/counted");
      inputs.add(ValueInfoProto.tensor(counted, ElementType.BOOL, dims(1)));
    }
    List<String> after = step(use, cell, path, body, step, before);
    String own = after.get(0);
    for (int i = 0; i < after.size(); i++) {
      String next = after.get(i);
      String kept = counted == null ? next : body.where(counted, next, before.get(i));
      String name = declare(outputs, to, path + "/after_" + cell.stateNames().get(i), sizes.get(i));
      body.name(kept, name);
    }
    body.name(own, declare(outputs, to, path + "/output", sizes.get(0)));
    GraphProto graph =
        new GraphProto(path, body.written(), List.of(), inputs, outputs, List.of(), 0);
    List<String> given = new ArrayList<>(initial);
    given.add(x);
    if (counts != null) {
      given.add(counts);
    }
    List<Attribute> attributes = new ArrayList<>();
    attributes.add(new Attribute("body", graph));
    long sequences = counts == null ? 1 : 2;
    attributes.add(attribute("num_scan_inputs", sequences));
    if (backwards) {
      attributes.add(
          attribute("scan_input_directions", counts == null ? new long[] {1} : new long[] {1, 1}));
      attributes.add(attribute("scan_output_directions", new long[] {1}));
    }
    List<String> made =
        to.node("Scan", given, sizes.size() + 1, attributes.toArray(new Attribute[0]));
    List<String> all = new ArrayList<>();
    all.add(made.get(sizes.size()));
    all.addAll(made.subList(0, sizes.size()));
    return all;
  }

  private static String declare(List<ValueInfoProto> all, Nodes to, String name, int size) {
    String free = to.free(name);
    all.add(ValueInfoProto.tensor(free, ElementType.FLOAT, dims(size)));
    return free;
  }

  private static List<Dimension> dims(int size) {
    return List.of(new Dimension(-1, ""), new Dimension(size, ""));
  }

  /** What the cell writes for one timestep; the new states. */
  private static List<String> step(
      LayerUse use, Cell cell, String path, Nodes body, String x, List<String> before) {
    Lowering lowering = new Lowering(false, false, 0, layer -> List.of());
    Map<Value, String> names = new HashMap<>();
    int features = ((Layer) cell).inputShape().last();
    Value input = lowering.graph().input("x", Shape.of(BATCH, features), false);
    names.put(input, x);
    List<Value> states = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      Shape shape = Shape.of(BATCH, cell.stateSizes().get(i));
      states.add(lowering.graph().input(cell.stateNames().get(i), shape, false));
      names.put(states.get(i), before.get(i));
    }
    List<Value> after = cell.begin(lowering, BATCH).next(cell.inputs(input, lowering), states);
    Map<Value, Tensor> weights = new HashMap<>();
    lowering.variables().forEach((w, value) -> weights.put(value, use.model().value(w)));
    OpNodes ops = new OpNodes(lowering.graph(), BATCH, body, path, weights, names);
    return after.stream().map(ops::name).toList();
  }
}
