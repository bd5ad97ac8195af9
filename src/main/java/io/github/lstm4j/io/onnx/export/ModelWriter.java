package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.compile.ModelLayer;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto.Dimension;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Writes the nodes of a model: goes through its layers in their order, and those within them. */
final class ModelWriter implements LayerUse.Shared {
  private static final String BATCH = "batch";

  private final Model model;
  private final Nodes to;
  private final boolean givesStates;
  private final Map<Weight, Tensor> values;
  private final List<ValueInfoProto> inputs = new ArrayList<>();
  private final List<ValueInfoProto> outputs = new ArrayList<>();
  private final List<ValueInfoProto> lastStates = new ArrayList<>();
  private final List<String> refused = new ArrayList<>();
  private final Dimension batch;

  private ModelWriter(Model model, int opset, boolean givesStates, Map<Weight, Tensor> values) {
    this.model = model;
    this.to = new Nodes(opset);
    this.givesStates = givesStates;
    this.values = values;
    this.batch = dimension(model.graph().inputShape(0).dim(0), BATCH);
  }

  /**
   * The graph of a model.
   *
   * @throws IllegalArgumentException if the operators cannot say some layers; lists them all
   */
  static GraphProto write(Model model, int opset, boolean givesStates) {
    List<Weight> weights = model.weights();
    List<Tensor> now = Weight.values(weights); // all of one moment
    Map<Weight, Tensor> values = new HashMap<>();
    for (int i = 0; i < now.size(); i++) {
      values.put(weights.get(i), now.get(i));
    }
    return write(model, opset, givesStates, values);
  }

  /** As {@link #write(Model, int, boolean)}, with other weights than the model's. */
  static GraphProto write(Model model, int opset, boolean givesStates, Map<Weight, Tensor> values) {
    return new ModelWriter(model, opset, givesStates, values).graph();
  }

  private GraphProto graph() {
    LayerGraph graph = model.graph();
    List<Flow> in = new ArrayList<>();
    for (int i = 0; i < graph.inputs().size(); i++) {
      in.add(input(graph, i));
    }
    List<String> names = new ArrayList<>();
    for (KerasTensor output : graph.outputs()) { // before any node takes the name
      Layer layer = output.call().layer();
      int number = output.number();
      names.add(to.free(layer.name() + (number == 0 ? "" : "." + layer.outputNames().get(number))));
    }
    List<Flow> made = run(graph, in, "");
    if (!refused.isEmpty()) {
      throw new IllegalArgumentException(
          model.name()
              + " cannot be written as ONNX with opset "
              + to.opset()
              + ": "
              + String.join("; ", refused));
    }
    for (int i = 0; i < names.size(); i++) {
      Flow flow = made.get(i);
      to.name(flow.name(), names.get(i));
      outputs.add(ValueInfoProto.tensor(names.get(i), flow.type(), dims(flow.shape(), "")));
    }
    outputs.addAll(lastStates);
    return new GraphProto(
        model.name(), to.written(), to.initializers(), inputs, outputs, List.of(), 0);
  }

  private Flow input(LayerGraph graph, int number) {
    String name = to.free(graph.inputNames().get(number));
    Shape shape = graph.inputShape(number);
    ElementType type = graph.takesIds(number) ? ElementType.INT64 : ElementType.FLOAT;
    String time = graph.inputs().size() == 1 ? "time" : name + "_time";
    inputs.add(ValueInfoProto.tensor(name, type, dims(shape, time)));
    return new Flow(name, shape, type, null);
  }

  private static Dimension dimension(int length, String symbol) {
    return length == Shape.UNKNOWN ? new Dimension(-1, symbol) : new Dimension(length, "");
  }

  private List<Dimension> dims(Shape shape, String time) {
    List<Dimension> dims = new ArrayList<>(List.of(dimension(shape.dim(0), BATCH)));
    for (int i = 1; i < shape.rank(); i++) {
      dims.add(dimension(shape.dim(i), time));
    }
    return dims;
  }

  // ---------------------------------------------------------------- layers

  /** All uses of layers in a graph, which is the model's or that of one within it. */
  private List<Flow> run(LayerGraph graph, List<Flow> in, String path) {
    Map<KerasTensor, Flow> flows = new HashMap<>();
    for (int i = 0; i < in.size(); i++) {
      flows.put(graph.inputs().get(i).output(), in.get(i));
    }
    for (Call call : graph.calls()) {
      if (graph.inputs().contains(call)) {
        continue;
      }
      List<Flow> given = new ArrayList<>();
      call.inputs().forEach(t -> given.add(flows.get(t)));
      List<Flow> made = write(call, given, path);
      for (int i = 0; i < call.outputs().size(); i++) {
        flows.put(call.outputs().get(i), made.get(i));
      }
    }
    return graph.outputs().stream().map(flows::get).toList();
  }

  private List<Flow> write(Call call, List<Flow> in, String path) {
    Layer layer = call.layer();
    String own = path + layer.name();
    if (call.seesMask()) {
      return write(layer, own, in);
    }
    List<Flow> blind = new ArrayList<>(in); // a mask that a layer does not see goes past it
    String mask = in.get(0).mask();
    blind.set(0, in.get(0).withMask(null));
    return write(layer, own, blind).stream()
        .map(f -> f.isSequence() ? f.withMask(mask) : f)
        .toList();
  }

  @Override
  public List<Flow> write(Layer layer, String path, List<Flow> in) {
    List<Shape> shapes = in.stream().map(Flow::shape).toList();
    if (layer instanceof ModelLayer inner) {
      return run(inner.model().built(shapes), in, path + "/");
    }
    List<Shape> out = layer.computeOutputShapes(shapes);
    to.scope(path);
    try {
      return LayerNodes.write(new LayerUse(to, layer, new Settings(layer), path, in, out, this));
    } catch (Unsayable e) {
      refused.add(
          Printable.text(path) + " (" + layer.className() + "): " + Printable.text(e.getMessage()));
      return out.stream().map(shape -> new Flow("", shape)).toList();
    }
  }

  // ---------------------------------------------------------------- what all layers share

  @Override
  public Tensor value(Weight weight) {
    return values.get(weight);
  }

  @Override
  public boolean givesStates() {
    return givesStates;
  }

  @Override
  public String input(String name, int size) {
    if (!to.free(name).equals(name)) {
      throw new Unsayable("its states are inputs, and it is used more than once");
    }
    inputs.add(ValueInfoProto.tensor(name, ElementType.FLOAT, ofState(size)));
    return name;
  }

  @Override
  public void output(String name, String tensor, int size) {
    to.name(tensor, to.free(name));
    lastStates.add(ValueInfoProto.tensor(name, ElementType.FLOAT, ofState(size)));
  }

  private List<Dimension> ofState(int size) {
    return List.of(batch, new Dimension(size, ""));
  }
}
