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
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/**
 * Recurrent layers as the nodes LSTM, GRU and RNN, one for each cell, and one for both directions
 * of a Bidirectional where a node can say them: with the timesteps first, kernels as rows, and
 * gates in ONNX's order (i, o, f, c of an LSTM, where Keras has i, f, c, o). A cell that they
 * cannot say runs step by step, in a {@link CellLoop}. See <a
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
    boolean zeros =
        !Boolean.FALSE.equals(use.settings().get("zero_output_for_mask", Boolean.class));
    Recurrent<?> forward = layer.forward();
    Recurrent<?> backward = layer.backward();
    List<Recurrent<?>> directions = List.of(forward, backward);
    List<String> given = names(use.in().subList(1, use.in().size()));
    int half = given.isEmpty() ? 0 : forward.stateShapes(1).size();
    List<List<String>> initial = new ArrayList<>();
    for (Recurrent<?> each : directions) {
      List<String> own =
          each == forward ? given.subList(0, half) : given.subList(half, given.size());
      initial.add(initial(use, each, use.path() + "/" + each.name(), own));
    }
    String mask = forward.returnsSequences() ? use.first().mask() : null;
    Both both =
        isOneNode(forward, backward) && (mask == null || zeros)
            ? oneNode(use, layer, initial)
            : twoNodes(use, layer, initial, zeros);
    List<Flow> all = new ArrayList<>();
    for (String output : both.outputs) {
      all.add(new Flow(output, use.out().get(all.size()), ElementType.FLOAT, mask));
    }
    for (int d = 0; d < 2; d++) {
      List<String> states = both.states.get(d);
      give(use, directions.get(d), use.path() + "/" + directions.get(d).name(), states);
      addStates(all, use, states, forward.returnsState());
    }
    return all;
  }

  /**
   * What both directions give.
   *
   * @param outputs merged
   * @param states of the forward direction, and of the backward one
   */
  private record Both(List<String> outputs, List<List<String>> states) {}

  /** Each direction by itself, in the order of time, and then merged. */
  private static Both twoNodes(
      LayerUse use, Bidirectional layer, List<List<String>> initial, boolean zeros) {
    Recurrent<?> forward = layer.forward();
    boolean sequences = forward.returnsSequences();
    List<Run> runs = new ArrayList<>();
    for (Recurrent<?> each : List.of(forward, layer.backward())) {
      String path = use.path() + "/" + each.name();
      runs.add(run(use, each, path, initial.get(runs.size()), sequences && zeros, true));
    }
    List<String> outputs = new ArrayList<>();
    for (String y : merged(use, layer.mergeMode(), runs.get(0).output, runs.get(1).output)) {
      outputs.add(sequences && forward.goesBackwards() ? use.to().reversed(y) : y);
    }
    return new Both(outputs, List.of(runs.get(0).states, runs.get(1).states));
  }

  /** Whether one node says both directions: but for weights and activations they are the same. */
  private static boolean isOneNode(Recurrent<?> forward, Recurrent<?> backward) {
    if (forward.goesBackwards() || forward.cells().size() > 1 || backward.cells().size() > 1) {
      return false;
    }
    Cell a = forward.cells().get(0);
    Cell b = backward.cells().get(0);
    return isNode(a)
        && isNode(b)
        && a.getClass() == b.getClass()
        && common((FusedCell<?>) a).equals(common((FusedCell<?>) b))
        && shapes((FusedCell<?>) a).equals(shapes((FusedCell<?>) b));
  }

  private static List<Shape> shapes(FusedCell<?> cell) {
    return cell.weights().stream().map(Weight::shape).toList();
  }

  private static Both oneNode(LayerUse use, Bidirectional layer, List<List<String>> initial) {
    Nodes to = use.to();
    Mask mask = use.first().mask() == null ? null : new Mask(use.first().mask(), to);
    FusedCell<?> ahead = (FusedCell<?>) layer.forward().cells().get(0);
    FusedCell<?> back = (FusedCell<?>) layer.backward().cells().get(0);
    int states = ahead.stateNames().size();
    List<String> first = new ArrayList<>(); // (2, batch, units) each
    for (int s = 0; s < (initial.get(0).isEmpty() ? 0 : states); s++) {
      String a = to.unsqueeze(initial.get(0).get(s), 0);
      first.add(to.concat(List.of(a, to.unsqueeze(initial.get(1).get(s), 0)), 0));
    }
    Place at = new Place(use, layer, List.of(ahead, back), use.path(), "bidirectional");
    List<String> made = made(at, toTimesteps(use, mask), first, mask);
    List<List<String>> last = List.of(new ArrayList<>(), new ArrayList<>());
    for (int d = 0; d < 2; d++) {
      for (int s = 0; s < states; s++) {
        String after = direction(to, made.get(1 + s), d, 0);
        List<String> before = initial.get(d);
        last.get(d).add(carried(to, mask, after, before.isEmpty() ? null : before.get(s)));
      }
    }
    boolean sequences = layer.forward().returnsSequences();
    // (batch, timesteps, 2, units), or (batch, 2, units)
    String sides =
        sequences ? to.transpose(made.get(0), 2, 0, 1, 3) : to.transpose(made.get(1), 1, 0, 2);
    int axis = sequences ? 2 : 1;
    List<String> outputs = new ArrayList<>();
    if (layer.mergeMode() == Bidirectional.MergeMode.CONCAT) {
      outputs.add(to.reshape(sides, sequences ? new long[] {0, 0, -1} : new long[] {0, -1}));
    } else {
      String a = direction(to, sides, 0, axis);
      outputs.addAll(merged(use, layer.mergeMode(), a, direction(to, sides, 1, axis)));
    }
    if (mask != null) {
      outputs.replaceAll(
          y -> sequences ? mask.toPlaces(y, false, true) : mask.orElse(y, to.number(0)));
    }
    return new Both(outputs, last);
  }

  /** What one direction gives. */
  private static String direction(Nodes to, String both, int number, long axis) {
    return to.node("Gather", List.of(both, to.whole(number)), attribute("axis", axis));
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
        String name = path + ".initial_" + names.get(i);
        all.add(use.model().state(name, shapes.get(i).last(), use.x()));
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
    String time = toTimesteps(use, mask);
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
        last.add(carried(to, mask, y.states.get(s), own.isEmpty() ? null : own.get(s)));
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

  /** What a layer takes as (timesteps, batch, features), those that count at the front. */
  private static String toTimesteps(LayerUse use, Mask mask) {
    return use.to().swapped(mask == null ? use.x() : mask.toFront(use.x()));
  }

  /**
   * A last state, which is the first one where no timestep counts.
   *
   * @param before null for zeros
   */
  private static String carried(Nodes to, Mask mask, String after, String before) {
    if (mask == null) {
      return after;
    }
    return mask.orElse(after, before == null ? to.number(0) : before);
  }

  /**
   * Where a node is written.
   *
   * @param owner whose constants they are
   * @param cells that of its direction, or those of both
   * @param path what its weights are called by
   */
  private record Place(
      LayerUse use, Layer owner, List<FusedCell<?>> cells, String path, String direction) {
    Place(LayerUse use, FusedCell<?> cell, String path, boolean backwards) {
      this(use, cell, List.of(cell), path, backwards ? "reverse" : "forward");
    }

    FusedCell<?> cell() {
      return cells.get(0);
    }
  }

  /**
   * What a node gives.
   *
   * @param sequence (timesteps, batch, units)
   * @param states (batch, units) each
   */
  private record Sequence(String sequence, List<String> states) {}

  private static Sequence node(Place at, String x, List<String> initial, Mask mask) {
    Nodes to = at.use.to();
    List<String> made =
        made(at, x, initial.stream().map(state -> to.unsqueeze(state, 0)).toList(), mask);
    List<String> states = new ArrayList<>();
    for (String state : made.subList(1, made.size())) {
      states.add(to.squeeze(state, 0));
    }
    return new Sequence(to.squeeze(made.get(0), 1), states);
  }

  /**
   * Writes a node.
   *
   * @param x (timesteps, batch, features)
   * @param initial none, or (directions, batch, units) each
   * @return (timesteps, directions, batch, units), and the last states as the initial ones
   */
  private static List<String> made(Place at, String x, List<String> initial, Mask mask) {
    Nodes to = at.use.to();
    CellSpec spec = at.cell().spec();
    List<String> inputs = new ArrayList<>();
    inputs.add(x);
    inputs.add(constant(at, "W", "kernel", kernel -> rows(kernel, spec)));
    inputs.add(constant(at, "R", "recurrent_kernel", kernel -> rows(kernel, spec)));
    inputs.add(constant(at, "B", "bias", bias -> biases(bias, spec)));
    inputs.add(mask == null ? "" : mask.lengths());
    for (int i = 0; i < spec.states().size(); i++) {
      inputs.add(initial.isEmpty() ? "" : initial.get(i));
    }
    inputs.add(constant(at, "P", "peephole", p -> peepholes(p, spec.units())));
    while (inputs.get(inputs.size() - 1).isEmpty()) {
      inputs.remove(inputs.size() - 1);
    }
    List<Attribute> attributes = new ArrayList<>(common(at.cell()));
    List<Activation> activations = new ArrayList<>();
    List<String> usual = new ArrayList<>();
    for (FusedCell<?> cell : at.cells) {
      activations.addAll(activations(cell));
      usual.addAll(usual(spec));
    }
    attributes.addAll(ActivationNodes.gates(activations, usual));
    attributes.add(attribute("hidden_size", (long) spec.units()));
    attributes.add(attribute("direction", at.direction));
    return to.node(
        op(spec), inputs, 1 + spec.states().size(), attributes.toArray(new Attribute[0]));
  }

  private static String op(CellSpec spec) {
    if (spec instanceof CellSpec.Lstm) {
      return "LSTM";
    }
    return spec instanceof CellSpec.Gru ? "GRU" : "RNN";
  }

  /** The attributes that go for both directions of a node. */
  private static List<Attribute> common(FusedCell<?> cell) {
    List<Attribute> all = new ArrayList<>();
    if (cell.spec() instanceof CellSpec.Gru gru) {
      all.add(attribute("linear_before_reset", gru.resetAfter() ? 1L : 0L));
    } else if (cell instanceof LSTMCell lstm && lstm.inputForget()) {
      all.add(attribute("input_forget", 1L));
    }
    if (cell.clip() < Float.POSITIVE_INFINITY) {
      all.add(attribute("clip", cell.clip()));
    }
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
        first.add(to.expanded(to.number(0), use.x(), size));
      }
    }
    String counts = mask == null ? null : mask.atFront();
    List<String> made = CellLoop.write(use, cell, path, x, first, counts, backwards);
    return new Sequence(made.get(0), made.subList(1, made.size()));
  }

  // ---------------------------------------------------------------- weights

  /** A weight of a cell; null if it has none of that name. */
  private static Weight weight(FusedCell<?> cell, String name) {
    return cell.weights().stream().filter(w -> w.name().equals(name)).findFirst().orElse(null);
  }

  /**
   * A weight of each direction, one behind the other; empty if there is none.
   *
   * @param name in the node
   * @param weight in the cell
   * @param turned makes the node's values of the cell's, (1, …)
   */
  private static String constant(
      Place at, String name, String weight, UnaryOperator<Tensor> turned) {
    if (weight(at.cell(), weight) == null) {
      return "";
    }
    Supplier<Tensor> values =
        () ->
            Tensor.concat(
                0,
                at.cells.stream()
                    .map(cell -> turned.apply(at.use.model().value(weight(cell, weight))))
                    .toArray(Tensor[]::new));
    return at.use.to().constant(at.owner, name, at.path + "." + name, values);
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
