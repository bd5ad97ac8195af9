package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.io.onnx.proto.ValueInfoProto;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * A graph on its way to a model. Nodes are read in the file's order: constants are computed, data
 * become recipes. Then it is known which axis of each input the samples are, and what the outputs
 * need is made. What is not supported is collected, and told all at once.
 */
final class GraphImport implements Node.Surroundings {
  private static final int MOST_TOLD = 20;
  private static final long FIRST_OPSET = 7;
  private static final long LAST_OPSET = 23;
  private static final Map<String, Node.Operator> OPERATORS = new HashMap<>();

  static {
    OPERATORS.putAll(ViewOperators.ALL);
    OPERATORS.putAll(PartOperators.ALL);
    OPERATORS.putAll(RepeatOperators.ALL);
    OPERATORS.put("Gather", GatherOperator::read);
    OPERATORS.put("OneHot", GatherOperator::oneHot);
    OPERATORS.putAll(ElementwiseOperators.all());
    OPERATORS.putAll(DenseOperators.ALL);
    OPERATORS.putAll(RecurrentNode.ALL);
    OPERATORS.putAll(ReduceOperators.all());
    OPERATORS.putAll(WindowOperators.ALL);
    OPERATORS.putAll(NormalOperators.ALL);
    FoldedOperators.NAMES.forEach(
        name ->
            OPERATORS.putIfAbsent(
                name,
                n -> {
                  throw new Refusal("is supported of constants alone");
                }));
  }

  /** The operators that are read, of data or of constants alone. */
  static Set<String> operators() {
    return OPERATORS.keySet();
  }

  private final ModelProto proto;
  private final GraphProto graph;
  private final Map<String, Tensor> given;
  private final int samples;
  private final Map<String, Operand> values = new HashMap<>();
  private final Set<String> failed = new HashSet<>(); // what nodes give that are not supported
  private final Map<String, Integer> uses = new HashMap<>();
  private final Map<String, Data> inputs = new LinkedHashMap<>();
  private final Map<String, Atom> open = new HashMap<>(); // lengths of the same name
  private final Set<String> names = new HashSet<>(); // of the model's inputs
  private final List<Runnable> weights = new ArrayList<>(); // what reads them
  private final Set<String> problems = Collections.synchronizedSet(new LinkedHashSet<>());

  private GraphImport(ModelProto proto, Map<String, Tensor> given, int samples) {
    this.proto = proto;
    this.graph = proto.graph();
    this.given = given;
    this.samples = samples;
  }

  /**
   * The model.
   *
   * @param given values of inputs
   * @throws Refusal if it holds what is not supported; says all of it
   */
  static OnnxModel read(ModelProto proto, Map<String, Tensor> given) {
    try {
      return new GraphImport(proto, given, Shape.UNKNOWN).read();
    } catch (FixedBatch e) {
      return new GraphImport(proto, given, e.samples()).read();
    }
  }

  private OnnxModel read() {
    long opset = proto.opset();
    if (opset < FIRST_OPSET || opset > LAST_OPSET) {
      throw new Refusal(
          "opset "
              + opset
              + " is not supported, only "
              + FIRST_OPSET
              + " to "
              + LAST_OPSET
              + "; convert it with onnx.version_converter");
    }
    List<NodeProto> nodes = needed();
    tellUnknown(nodes);
    constants();
    fed();
    nodes.forEach(n -> read(n, opset));
    List<Data> outputs = new ArrayList<>();
    for (ValueInfoProto o : graph.outputs()) {
      outputs.add(output(o));
    }
    tell();
    attempt(this::findSamples);
    outputs.forEach(o -> attempt(o::placed));
    weights.parallelStream().forEach(this::attempt);
    tell();
    return model(outputs);
  }

  // ---------------------------------------------------------------- what is there

  /** The nodes that outputs need, in the file's order. */
  private List<NodeProto> needed() {
    Map<String, NodeProto> by = new HashMap<>();
    Set<String> taken = new HashSet<>();
    graph.inputs().forEach(i -> once(taken, i.name(), () -> "input"));
    for (TensorProto t : graph.initializers()) {
      boolean input = graph.inputs().stream().anyMatch(i -> i.name().equals(t.name()));
      if (!input || by.containsKey(t.name())) {
        once(taken, t.name(), () -> "initializer");
      }
    }
    for (NodeProto node : graph.nodes()) {
      for (String name : node.outputs()) {
        if (!name.isEmpty()) {
          once(taken, name, () -> "output of " + node);
          by.put(name, node);
        }
      }
    }
    if (graph.outputs().isEmpty()) {
      throw new Refusal("the graph has no outputs");
    }
    List<String> wanted =
        new ArrayList<>(graph.outputs().stream().map(ValueInfoProto::name).toList());
    Set<NodeProto> found = java.util.Collections.newSetFromMap(new java.util.IdentityHashMap<>());
    while (!wanted.isEmpty()) {
      NodeProto node = by.get(wanted.remove(wanted.size() - 1));
      if (node != null && found.add(node)) {
        wanted.addAll(node.inputs());
      }
    }
    List<NodeProto> needed = graph.nodes().stream().filter(found::contains).toList();
    needed.forEach(n -> n.inputs().forEach(i -> uses.merge(i, 1, Integer::sum)));
    graph.outputs().forEach(o -> uses.merge(o.name(), 1, Integer::sum));
    return needed;
  }

  private static void once(Set<String> taken, String name, Supplier<String> what) {
    if (!taken.add(name)) {
      throw new Refusal(
          "the name " + Printable.quoted(name) + " is given twice, again as " + what.get());
    }
  }

  private void tellUnknown(List<NodeProto> nodes) {
    if (graph.sparseInitializers() > 0) {
      problems.add("sparse initializers");
    }
    for (NodeProto node : nodes) {
      String own = node.domain().equals("ai.onnx") ? "" : node.domain();
      if (proto.functions().contains(own + "." + node.opType())) {
        problems.add(
            node
                + ": the file defines this operator itself, which is not supported; write the file"
                + " anew with onnx.inliner.inline_local_functions");
      } else if (!node.domain().isEmpty() && !node.domain().equals("ai.onnx")) {
        problems.add(node + ": operators of this domain are not supported");
      } else if (!OPERATORS.containsKey(node.opType())) {
        problems.add(node + ": this operator is not supported");
      }
    }
  }

  private void constants() {
    for (TensorProto t : graph.initializers()) {
      if (uses.containsKey(t.name())) {
        attempt(() -> values.put(t.name(), Constant.of(t)));
        if (!values.containsKey(t.name())) {
          failed.add(t.name());
        }
      }
    }
    List<String> known = graph.inputs().stream().map(ValueInfoProto::name).toList();
    given.forEach(
        (name, tensor) -> {
          if (!known.contains(name)) {
            throw new Refusal(
                "a value is given for "
                    + Printable.quoted(name)
                    + ", which is no input of the graph; it has "
                    + Printable.text(known));
          }
          int[] dims = tensor.shape().dims();
          List<Dim> shape = Arrays.stream(dims).mapToObj(Dim::of).toList();
          ElementType type =
              graph.inputs().stream()
                  .filter(i -> i.name().equals(name))
                  .findFirst()
                  .orElseThrow()
                  .type();
          values.put(
              name,
              Constant.floats(shape, dims, tensor.data())
                  .cast(type.isFloating() ? ElementType.FLOAT : type));
        });
  }

  /** The inputs that need data. */
  private void fed() {
    for (ValueInfoProto in : graph.inputs()) {
      if (!values.containsKey(in.name())
          && !failed.contains(in.name())
          && uses.containsKey(in.name())) {
        attempt(() -> fed(in));
        if (!values.containsKey(in.name())) {
          failed.add(in.name());
        }
      }
    }
  }

  private void fed(ValueInfoProto in) {
    String shown = "the input " + Printable.quoted(in.name());
    if (in.kind() == ValueInfoProto.Kind.OTHER
        || !(in.type().isFloating() || in.type().isWhole())) {
      throw new Refusal(shown + " is no tensor of numbers");
    } else if (in.dims() == null) {
      throw new Refusal(shown + " says no shape; write one with onnx.shape_inference");
    }
    List<List<Atom>> axes = new ArrayList<>();
    Set<Atom> taken = new HashSet<>();
    for (int i = 0; i < in.dims().size(); i++) {
      ValueInfoProto.Dimension d = in.dims().get(i);
      if (d.value() == 0) {
        throw new Refusal(shown + " has an axis of length 0");
      }
      Atom atom;
      if (d.value() > 0) {
        atom = new Atom(Dim.of(d.value()));
      } else {
        String symbol = d.symbol().isEmpty() ? in.name() + "[" + i + "]" : d.symbol();
        atom = open.computeIfAbsent(symbol, s -> new Atom(Dim.open(Printable.text(s))));
        atom =
            taken.add(atom) ? atom : new Atom(Dim.open(Printable.text(symbol) + " of axis " + i));
      }
      axes.add(List.of(atom));
    }
    OnnxInput made = new OnnxInput(in.name(), axes, names, samples, isMixed(in.name()));
    Data data = new Data(in.type(), axes, made);
    data.used(uses.get(in.name()));
    values.put(in.name(), data);
    inputs.put(in.name(), data);
  }

  /** Whether some take an input as the numbers of rows, and others otherwise. */
  private boolean isMixed(String input) {
    Set<Boolean> kinds = new HashSet<>();
    graph.outputs().forEach(o -> kinds.addAll(o.name().equals(input) ? Set.of(false) : Set.of()));
    for (NodeProto node : graph.nodes()) {
      for (int i = 0; i < node.inputs().size(); i++) {
        if (node.inputs().get(i).equals(input)) {
          kinds.add(i == 1 && node.opType().equals("Gather"));
        }
      }
    }
    return kinds.size() > 1;
  }

  // ---------------------------------------------------------------- nodes

  private void read(NodeProto proto, long opset) {
    if (!OPERATORS.containsKey(proto.opType())
        || !(proto.domain().isEmpty() || proto.domain().equals("ai.onnx"))
        || proto.inputs().stream().anyMatch(failed::contains)) {
      failed.addAll(proto.outputs());
      return;
    }
    attempt(
        () -> {
          Node node =
              new Node(
                  proto,
                  opset,
                  operands(proto),
                  this,
                  proto.outputs().stream().map(o -> uses.getOrDefault(o, 0)).toList());
          List<? extends Operand> made = node.said(() -> outputs(node));
          for (int i = 0; i < proto.outputs().size(); i++) {
            String name = proto.outputs().get(i);
            if (name.isEmpty() || (i >= made.size() && !uses.containsKey(name))) {
              continue;
            } else if (i >= made.size()) {
              throw new Refusal("output " + i + " is not supported").at(node);
            }
            values.put(name, made.get(i));
            if (made.get(i) instanceof Data d) {
              d.used(uses.getOrDefault(name, 0));
            }
          }
        });
    proto.outputs().stream()
        .filter(o -> !o.isEmpty() && !values.containsKey(o))
        .forEach(failed::add);
  }

  private List<Operand> operands(NodeProto proto) {
    List<Operand> all = new ArrayList<>();
    for (String name : proto.inputs()) {
      if (!name.isEmpty() && !values.containsKey(name)) {
        throw new Refusal(
                "its input "
                    + Printable.quoted(name)
                    + " is given by no input, initializer or node before it")
            .at(proto);
      }
      all.add(name.isEmpty() ? null : values.get(name));
    }
    return all;
  }

  @Override
  public void later(Runnable reading) {
    weights.add(reading);
  }

  @Override
  public Data fedWith(Dim length) {
    return inputs.values().stream()
        .filter(in -> in.shape().contains(length))
        .findFirst()
        .orElse(null);
  }

  private static List<? extends Operand> outputs(Node node) {
    List<? extends Operand> made = FoldedOperators.of(node);
    made = made == null ? OPERATORS.get(node.op()).read(node) : made;
    node.requireAllAsked();
    return made;
  }

  private Data output(ValueInfoProto said) {
    if (failed.contains(said.name())) {
      return null; // told already
    }
    String shown = "the output " + Printable.quoted(said.name());
    Operand o = values.get(said.name());
    if (!(o instanceof Data d)) {
      problems.add(shown + (o == null ? " is given by no node" : " does not depend on any input"));
      return null;
    }
    if (said.dims() != null && !fits(d.shape(), said.dims())) {
      List<String> dims =
          said.dims().stream()
              .map(i -> i.value() >= 0 ? Long.toString(i.value()) : Printable.text(i.symbol()))
              .map(i -> i.isEmpty() ? "?" : i)
              .toList();
      problems.add(
          shown
              + " has the shape "
              + d.shape()
              + ", where the file says "
              + dims
              + "; run onnx.shape_inference on it");
    }
    return d;
  }

  /** Whether lengths that are known are those that are said. */
  private static boolean fits(List<Dim> shape, List<ValueInfoProto.Dimension> said) {
    boolean fits = shape.size() == said.size();
    for (int i = 0; fits && i < said.size(); i++) {
      long length = said.get(i).value();
      fits = length < 0 || !shape.get(i).isKnown() || shape.get(i).is(length);
    }
    return fits;
  }

  // ---------------------------------------------------------------- problems

  private void attempt(Runnable step) {
    try {
      step.run();
    } catch (Refusal e) {
      problems.add(e.text());
    }
  }

  private void tell() {
    if (problems.isEmpty()) {
      return;
    }
    List<String> told = new ArrayList<>(problems);
    int more = told.size() - MOST_TOLD;
    throw new Refusal(
        String.join("; ", told.subList(0, Math.min(MOST_TOLD, told.size())))
            + (more > 0 ? "; and " + more + " more" : ""));
  }

  // ---------------------------------------------------------------- the model

  /** Where no node says which axis the samples are, it is the first one that may be. */
  private void findSamples() {
    for (Data in : inputs.values()) {
      List<List<Atom>> axes = in.axes();
      boolean found = axes.stream().anyMatch(a -> Atom.leaves(a).stream().anyMatch(Atom::isBatch));
      for (int i = 0; i < axes.size() && !found; i++) {
        List<Atom> leaves = Atom.leaves(axes.get(i));
        if (leaves.size() == 1 && !leaves.get(0).isInner()) {
          Atom.batch(leaves, "the first axis that may be theirs");
          found = true;
        }
      }
    }
  }

  private OnnxModel model(List<Data> outputs) {
    List<OnnxModel.Port> in = new ArrayList<>();
    inputs.forEach((name, data) -> in.add(OnnxModel.Port.of(name, data.axes(), data.placed())));
    List<OnnxModel.Port> out = new ArrayList<>();
    for (int i = 0; i < outputs.size(); i++) {
      Data data = outputs.get(i);
      out.add(
          OnnxModel.Port.of(
              graph.outputs().get(i).name(), data.axes(), OnnxModel.Port.inOrder(data)));
    }
    return OnnxModel.of(in, out);
  }
}
