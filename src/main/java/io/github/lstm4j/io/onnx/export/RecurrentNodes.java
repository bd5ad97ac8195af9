package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Cell;
import io.github.lstm4j.layers.FusedCell;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/**
 * Recurrent layers as the nodes LSTM, GRU and RNN, one for each cell: with the timesteps first,
 * kernels as rows, and gates in ONNX's order (i, o, f, c of an LSTM, where Keras has i, f, c, o). A
 * cell that they cannot say runs step by step, in a {@link CellLoop}. See <a
 * href="https://onnx.ai/onnx/operators/onnx__LSTM.html">onnx.ai</a>.
 */
final class RecurrentNodes {
  private RecurrentNodes() {}

  /**
   * What a layer gives.
   *
   * @param output (batch, units), or (batch, timesteps, units)
   * @param states (batch, size) each, at the end
   */
  private record Run(String output, List<String> states) {}

  static List<Flow> write(LayerUse use) {
    Recurrent<?> layer = (Recurrent<?>) use.layer();
    use.settings().seenTo("return_sequences", "return_state", "go_backwards", "cell");
    layer.cells().forEach(cell -> use.settings().seenTo(new Settings((Layer) cell)));
    boolean zero = use.settings().flag("zero_output_for_mask");
    List<String> initial =
        initial(use, layer, use.path(), names(use.in().subList(1, use.in().size())));
    Run run = run(use, layer, use.path(), initial, zero, false);
    give(use, layer, use.path(), run.states);
    List<Flow> all = new ArrayList<>();
    all.add(
        new Flow(
            run.output,
            use.out().get(0),
            ElementType.FLOAT,
            layer.returnsSequences() ? use.first().mask() : null));
    addStates(all, use, run.states, layer.returnsState());
    return all;
  }

  static List<Flow> bidirectional(LayerUse use) {
    Bidirectional layer = (Bidirectional) use.layer();
    use.settings().seenTo("layer", "backward_layer", "merge_mode");
    Recurrent<?> forward = layer.forward();
    Recurrent<?> backward = layer.backward();
    List<String> given = names(use.in().subList(1, use.in().size()));
    int half = given.isEmpty() ? 0 : forward.stateShapes(1).size();
    boolean zero = forward.returnsSequences();
    List<Run> runs = new ArrayList<>();
    for (Recurrent<?> each : List.of(forward, backward)) {
      String path = use.path() + "/" + each.name();
      List<String> own =
          each == forward ? given.subList(0, half) : given.subList(half, given.size());
      Run run = run(use, each, path, initial(use, each, path, own), zero, true);
      give(use, each, path, run.states);
      runs.add(run);
    }
    List<String> outputs = merged(use, layer.mergeMode(), runs.get(0).output, runs.get(1).output);
    List<Flow> all = new ArrayList<>();
    String mask = zero ? use.first().mask() : null;
    for (String output : outputs) {
      String ordered = zero && forward.goesBackwards() ? use.to().reversed(output) : output;
      all.add(new Flow(ordered, use.out().get(all.size()), ElementType.FLOAT, mask));
    }
    addStates(all, use, runs.get(0).states, forward.returnsState());
    addStates(all, use, runs.get(1).states, forward.returnsState());
    return all;
  }

  private static List<String> merged(
      LayerUse use, Bidirectional.MergeMode mode, String a, String b) {
    Nodes to = use.to();
    return switch (mode) {
      case CONCAT -> List.of(to.concat(List.of(a, b), use.out().get(0).rank() - 1));
      case SUM -> List.of(to.add(a, b));
      case MUL -> List.of(to.mul(a, b));
      case AVE -> List.of(to.mul(to.add(a, b), to.number(0.5)));
      case NONE -> List.of(a, b);
    };
  }

  private static void addStates(
      List<Flow> all, LayerUse use, List<String> states, boolean returned) {
    for (String state : returned ? states : List.<String>of()) {
      all.add(new Flow(state, use.out().get(all.size())));
    }
  }

  private static List<String> names(List<Flow> flows) {
    return flows.stream().map(Flow::name).toList();
  }

  // ---------------------------------------------------------------- states from outside

  /** The initial states: those that the model gives, or such as are inputs, or none. */
  private static List<String> initial(
      LayerUse use, Recurrent<?> layer, String path, List<String> given) {
    List<String> all = new ArrayList<>(given);
    if (given.isEmpty() && isFed(use, layer)) {
      List<Shape> shapes = layer.stateShapes(1);
      List<String> names = stateNames(layer);
      for (int i = 0; i < shapes.size(); i++) {
        all.add(use.model().input(path + ".initial_" + names.get(i), shapes.get(i).last()));
      }
    }
    return all;
  }

  /** Gives the last states out, where the first ones are fed. */
  private static void give(LayerUse use, Recurrent<?> layer, String path, List<String> states) {
    if (use.in().size() == 1 && isFed(use, layer)) {
      List<String> names = stateNames(layer);
      for (int i = 0; i < states.size(); i++) {
        int size = layer.stateShapes(1).get(i).last();
        use.model().output(path + ".final_" + names.get(i), states.get(i), size);
      }
    }
  }

  /** A session carries nothing from run to run: who runs a stateful layer does. */
  private static boolean isFed(LayerUse use, Recurrent<?> layer) {
    return use.model().givesStates() || layer.isStateful();
  }

  private static List<String> stateNames(Recurrent<?> layer) {
    List<String> all = new ArrayList<>();
    for (int i = 0; i < layer.cells().size(); i++) {
      String number = layer.cells().size() == 1 ? "" : "_" + i;
      layer.cells().get(i).stateNames().forEach(s -> all.add(s + number));
    }
    return all;
  }

  // ---------------------------------------------------------------- a sequence through the cells

  /**
   * @param zeroForMask whether the output is zero at timesteps that do not count
   * @param timeOrder whether a returned sequence is in the order of time whatever the direction
   */
  private static Run run(
      LayerUse use,
      Recurrent<?> layer,
      String path,
      List<String> initial,
      boolean zeroForMask,
      boolean timeOrder) {
    Nodes to = use.to();
    boolean backwards = layer.goesBackwards();
    Mask mask = use.first().mask() == null ? null : new Mask(use.first().mask(), to);
    String x = mask == null ? use.x() : mask.toFront(use.x());
    String time = to.swapped(x); // (timesteps, batch, features)
    List<String> last = new ArrayList<>();
    Sequence y = null;
    for (int i = 0; i < layer.cells().size(); i++) {
      Cell cell = layer.cells().get(i);
      int from = last.size();
      int until = from + cell.stateNames().size();
      List<String> own = initial.isEmpty() ? List.of() : initial.subList(from, until);
      String name = layer.cells().size() == 1 ? path : path + "/" + ((Layer) cell).name();
      y =
          isNode(cell)
              ? node(new Place(use, (FusedCell<?>) cell, name, backwards), time, own, mask)
              : loop(use, cell, name, time, own, mask, backwards);
      time = y.sequence;
      for (int s = 0; s < y.states.size(); s++) {
        String before = own.isEmpty() ? to.number(0) : own.get(s);
        String after = y.states.get(s);
        last.add(mask == null ? after : mask.orElse(after, before));
      }
    }
    if (layer.returnsSequences()) {
      String sequence = to.swapped(y.sequence);
      if (mask != null) {
        sequence = mask.toPlaces(sequence, backwards, zeroForMask);
      }
      return new Run(backwards && !timeOrder ? to.reversed(sequence) : sequence, last);
    }
    String output = y.states.get(0);
    if (mask != null) {
      output =
          zeroForMask ? mask.ifLastCounts(output, backwards) : mask.orElse(output, to.number(0));
    }
    return new Run(output, last);
  }

  /**
   * Where a cell's node is written.
   *
   * @param path what its weights are called by
   */
  private record Place(LayerUse use, FusedCell<?> cell, String path, boolean backwards) {}

  /**
   * What a node gives.
   *
   * @param sequence (timesteps, batch, units)
   * @param states (batch, units) each
   */
  private record Sequence(String sequence, List<String> states) {}

  private static Sequence node(Place at, String x, List<String> initial, Mask mask) {
    Nodes to = at.use.to();
    CellSpec spec = at.cell.spec();
    List<String> inputs = new ArrayList<>();
    inputs.add(x);
    inputs.add(constant(at, "W", () -> rows(value(at, "kernel"), spec)));
    inputs.add(constant(at, "R", () -> rows(value(at, "recurrent_kernel"), spec)));
    inputs.add(has(at, "bias") ? constant(at, "B", () -> biases(value(at, "bias"), spec)) : "");
    inputs.add(mask == null ? "" : mask.lengths());
    for (int i = 0; i < spec.states().size(); i++) {
      inputs.add(initial.isEmpty() ? "" : to.unsqueeze(initial.get(i), 0));
    }
    if (has(at, "peephole")) {
      inputs.add(constant(at, "P", () -> peepholes(value(at, "peephole"), spec.units())));
    }
    while (inputs.get(inputs.size() - 1).isEmpty()) {
      inputs.remove(inputs.size() - 1);
    }
    List<Attribute> attributes = new ArrayList<>(attributes(at.cell));
    attributes.add(attribute("hidden_size", (long) spec.units()));
    attributes.add(attribute("direction", at.backwards ? "reverse" : "forward"));
    List<String> made =
        to.node(op(spec), inputs, 1 + spec.states().size(), attributes.toArray(new Attribute[0]));
    List<String> states = new ArrayList<>();
    for (String state : made.subList(1, made.size())) {
      states.add(to.squeeze(state, 0));
    }
    return new Sequence(to.squeeze(made.get(0), 1), states);
  }

  private static String op(CellSpec spec) {
    if (spec instanceof CellSpec.Lstm) {
      return "LSTM";
    }
    return spec instanceof CellSpec.Gru ? "GRU" : "RNN";
  }

  private static List<Attribute> attributes(FusedCell<?> cell) {
    List<Attribute> all = new ArrayList<>();
    if (cell.spec() instanceof CellSpec.Gru gru) {
      all.add(attribute("linear_before_reset", gru.resetAfter() ? 1L : 0L));
    } else if (cell instanceof LSTMCell lstm && lstm.inputForget()) {
      all.add(attribute("input_forget", 1L));
    }
    if (cell.clip() < Float.POSITIVE_INFINITY) {
      all.add(attribute("clip", cell.clip()));
    }
    all.addAll(ActivationNodes.gates(activations(cell), usual(cell.spec())));
    return all;
  }

  /** Those of f, g and h, in ONNX's words, as far as the node has them. */
  private static List<Activation> activations(FusedCell<?> cell) {
    if (cell instanceof LSTMCell lstm) {
      return List.of(lstm.recurrentActivation(), lstm.activation(), lstm.outputActivation());
    } else if (cell instanceof GRUCell gru) {
      return List.of(gru.recurrentActivation(), gru.activation());
    }
    return List.of(cell.activation());
  }

  private static List<String> usual(CellSpec spec) {
    if (spec instanceof CellSpec.Lstm) {
      return List.of("Sigmoid", "Tanh", "Tanh");
    }
    return spec instanceof CellSpec.Gru ? List.of("Sigmoid", "Tanh") : List.of("Tanh");
  }

  // ---------------------------------------------------------------- what no node says

  /** Whether a node says all that a cell has; else it runs step by step. */
  private static boolean isNode(Cell cell) {
    if (!(cell instanceof FusedCell<?> fused)) {
      return false;
    }
    if (fused.spec() instanceof CellSpec.Lstm lstm
        && lstm.peephole() == CellSpec.Lstm.Peephole.FULL_OUTPUT) {
      return false; // a node has diagonal ones alone
    }
    Settings settings = new Settings(fused);
    settings.seenTo("units", "activation", "recurrent_activation", "reset_after", "peephole");
    settings.seenTo("clip", "input_forget", "output_activation");
    return settings.areAllAsked()
        && activations(fused).stream().allMatch(ActivationNodes::isForGates);
  }

  private static Sequence loop(
      LayerUse use,
      Cell cell,
      String path,
      String x,
      List<String> initial,
      Mask mask,
      boolean backwards) {
    Nodes to = use.to();
    List<String> first = new ArrayList<>(initial);
    if (first.isEmpty()) {
      for (int size : cell.stateSizes()) {
        String shape = to.concat(List.of(to.length(x, 1), to.wholes(size)), 0);
        first.add(to.node("Expand", List.of(to.number(0), shape)));
      }
    }
    String counts = mask == null ? null : mask.atFront();
    List<String> made = CellLoop.write(use, cell, path, x, first, counts, backwards);
    return new Sequence(made.get(0), made.subList(1, made.size()));
  }

  // ---------------------------------------------------------------- weights

  private static Weight weight(Place at, String name) {
    return at.cell.weights().stream().filter(w -> w.name().equals(name)).findFirst().orElse(null);
  }

  private static boolean has(Place at, String name) {
    return weight(at, name) != null;
  }

  private static Tensor value(Place at, String name) {
    return at.use.model().value(weight(at, name));
  }

  private static String constant(
      Place at, String name, java.util.function.Supplier<Tensor> values) {
    return at.use.to().constant(at.cell, name, at.path + "." + name, values);
  }

  /** For each gate in ONNX's order its number in Keras's. */
  private static int[] order(CellSpec spec) {
    if (spec instanceof CellSpec.Lstm) {
      return new int[] {0, 3, 1, 2}; // i, o, f, c
    }
    return spec instanceof CellSpec.Gru ? new int[] {0, 1, 2} : new int[] {0}; // z, r, h
  }

  /** A kernel (inputs, gates·units) as (1, gates·units, inputs). */
  private static Tensor rows(Tensor kernel, CellSpec spec) {
    int units = spec.units();
    int width = kernel.dim(1);
    int inputs = kernel.dim(0);
    int[] order = order(spec);
    Tensor rows = Tensor.zeros(1, width, inputs);
    float[] from = kernel.data();
    float[] into = rows.data();
    for (int g = 0; g < order.length; g++) {
      for (int u = 0; u < units; u++) {
        int column = order[g] * units + u;
        int row = (g * units + u) * inputs;
        for (int i = 0; i < inputs; i++) {
          into[row + i] = from[i * width + column];
        }
      }
    }
    return rows;
  }

  /** A bias (gates·units), or both of a GRU (2, gates·units), as (1, 2·gates·units). */
  private static Tensor biases(Tensor bias, CellSpec spec) {
    int units = spec.units();
    int[] order = order(spec);
    int width = order.length * units;
    Tensor both = Tensor.zeros(1, 2 * width);
    for (int part = 0; part < bias.size() / width; part++) {
      for (int g = 0; g < order.length; g++) {
        System.arraycopy(
            bias.data(),
            part * width + order[g] * units,
            both.data(),
            part * width + g * units,
            units);
      }
    }
    return both;
  }

  /** Peepholes of o, or of i, f and o, as (1, 3·units) in the order i, o, f. */
  private static Tensor peepholes(Tensor p, int units) {
    Tensor all = Tensor.zeros(1, 3 * units);
    boolean ofAll = p.size() == 3 * units;
    System.arraycopy(p.data(), ofAll ? 2 * units : 0, all.data(), units, units);
    if (ofAll) {
      System.arraycopy(p.data(), 0, all.data(), 0, units);
      System.arraycopy(p.data(), units, all.data(), 2 * units, units);
    }
    return all;
  }
}
