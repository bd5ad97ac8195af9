package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.CellLayer;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Index;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.Permute;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.SequenceMask;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** An LSTM, GRU or RNN node: one recurrent layer, or a Bidirectional around two. */
final class RecurrentNode {
  static final Map<String, Node.Operator> ALL =
      Map.of(
          "LSTM", n -> new RecurrentNode(n, 4, List.of("Sigmoid", "Tanh", "Tanh")).outputs(),
          "GRU", n -> new RecurrentNode(n, 3, List.of("Sigmoid", "Tanh")).outputs(),
          "RNN", n -> new RecurrentNode(n, 1, List.of("Tanh")).outputs());

  private final Node node;
  private final int gates;
  private final Data x;
  private final boolean batchFirst;
  private final int directions;
  private final boolean reverse;
  private final int units;
  private final boolean linearBeforeReset;
  private final RecurrentActivations activations;
  private final float clip;
  private final boolean inputForget;
  private final Operand lengths; // null for none
  private final boolean hasBias;
  private final boolean hasPeepholes;
  private final RecurrentWeights weights;
  private final List<Atom> time;
  private final List<Atom> batch;
  private final List<Atom> features;
  private final List<Atom> unit;
  private final List<Atom> direction;
  private final List<List<Operand>> initial = new ArrayList<>(); // by direction h, c; or empty
  private boolean sequence; // whether all timesteps are wanted
  private Map<String, Placed> made;

  private RecurrentNode(Node n, int gates, List<String> usual) {
    node = n;
    this.gates = gates;
    requireConstants();
    x = n.data(0);
    if (x.rank() != 3) {
      throw new Refusal("expected X of three axes, got " + x.shape());
    }
    Constant w = n.constant(1, "W");
    Constant r = n.constant(2, "R");
    Constant b = n.has(3) ? n.constant(3, "B") : null;
    Constant p = n.op().equals("LSTM") && n.has(7) ? n.constant(7, "P") : null;
    String way = n.text("direction", "forward").toLowerCase(Locale.ROOT);
    if (!List.of("forward", "reverse", "bidirectional").contains(way)) {
      throw new Refusal("direction=" + way + ": expected forward, reverse or bidirectional");
    }
    directions = way.equals("bidirectional") ? 2 : 1;
    reverse = way.equals("reverse");
    if (r.rank() != 3 || w.rank() != 3) {
      throw new Refusal("expected W and R of three axes, got " + w.shape() + " and " + r.shape());
    }
    units = Math.toIntExact(r.shape().get(2).value());
    long hidden = n.whole("hidden_size", units);
    if (hidden != units) {
      throw new Refusal("hidden_size=" + hidden + " does not go with R " + r.shape());
    }
    long layout = n.whole("layout", 0);
    if (layout != 0 && layout != 1) {
      throw new Refusal("layout=" + layout + ": expected 0 or 1");
    }
    batchFirst = layout == 1;
    linearBeforeReset = n.op().equals("GRU") && n.whole("linear_before_reset", 0) != 0;
    n.ignore("output_sequence");
    activations = new RecurrentActivations(n, usual, directions);
    requireShape("W", w, directions, (long) gates * units, w.shape().get(2).value());
    requireShape("R", r, directions, (long) gates * units, units);
    if (b != null) {
      requireShape("B", b, directions, 2L * gates * units);
    }
    if (p != null) {
      requireShape("P", p, directions, 3L * units);
    }
    hasBias = b != null;
    hasPeepholes = p != null;
    weights = new RecurrentWeights(n.op(), gates, w, r, b, p, linearBeforeReset);
    time = x.axes().get(batchFirst ? 1 : 0);
    batch = x.axes().get(batchFirst ? 0 : 1);
    features = x.axes().get(2);
    Dim width = Atom.size(features);
    if (!width.isKnown()) {
      Atom.unify(features, List.of(new Atom(w.shape().get(2))));
    } else if (!width.equals(w.shape().get(2))) {
      throw new Refusal("X has " + width + " features, and W " + w.shape().get(2));
    }
    unit = List.of(new Atom(Dim.of(units)));
    direction = directions == 1 ? List.of() : List.of(new Atom(Dim.of(2)));
    Atom.batch(batch, n.toString());
    for (List<Atom> inner : List.of(time, features, unit, direction)) {
      Atom.inner(inner, n.toString());
    }
    sequence = n.uses(0) > 0;
    clip = n.number("clip", Float.POSITIVE_INFINITY);
    if (!(clip > 0)) {
      throw new Refusal("clip=" + clip + ": expected more than 0");
    }
    long coupled = n.op().equals("LSTM") ? n.whole("input_forget", 0) : 0;
    if (coupled != 0 && coupled != 1) {
      throw new Refusal("input_forget=" + coupled + ": expected 0 or 1");
    }
    inputForget = coupled == 1;
    lengths = lengths();
    readStates();
  }

  /** What a file may feed to a graph as its inputs must be known here. */
  private void requireConstants() {
    Map<Integer, String> names = new java.util.TreeMap<>(Map.of(1, "W", 2, "R", 3, "B"));
    if (node.op().equals("LSTM")) {
      names.put(7, "P");
    }
    List<String> fed = new ArrayList<>();
    names.forEach(
        (input, name) -> {
          if (node.has(input) && node.input(input) instanceof Data d) {
            fed.add(
                name + (d.isInput() ? ", the graph's input \"" + node.inputName(input) + '"' : ""));
          }
        });
    if (!fed.isEmpty()) {
      throw new Refusal(
          "its weights are computed or fed: "
              + String.join("; ", fed)
              + "; give the values of such inputs to OnnxModels.read");
    }
  }

  private static void requireShape(String name, Constant c, long... dims) {
    List<Dim> wanted = java.util.Arrays.stream(dims).mapToObj(Dim::of).toList();
    if (!c.shape().equals(wanted) || !c.type().isFloating()) {
      throw new Refusal("expected " + name + " of shape " + wanted + ", got " + c);
    }
  }

  /** What says how long each sequence is; null if all are as long as the tensor. */
  private Operand lengths() {
    if (!node.has(4)) {
      return null;
    }
    Operand all = node.input(4);
    if (all.rank() != 1 || all.type().isFloating()) {
      throw new Refusal("expected sequence_lens as a row of whole numbers, got " + all);
    }
    if (all instanceof Data d) {
      Atom.unify(d.axes().get(0), batch);
      return d;
    }
    Constant c = (Constant) all;
    if (c.shape().get(0).compareKnown(Atom.size(batch)) != 0) {
      throw new Refusal(
          "sequence_lens has "
              + c.shape().get(0)
              + " numbers for "
              + Atom.size(batch)
              + " samples");
    }
    Atom.unify(batch, List.of(new Atom(c.shape().get(0))));
    Dim whole = Atom.size(time);
    return c.wholes().stream().allMatch(whole::equals) ? null : c;
  }

  // ---------------------------------------------------------------- initial states

  private void readStates() {
    boolean lstm = node.op().equals("LSTM");
    List<Operand> h = state(5);
    List<Operand> c = lstm ? state(6) : null;
    if (h == null && c == null) {
      return;
    }
    for (int d = 0; d < directions; d++) {
      List<Operand> both = new ArrayList<>();
      both.add(h == null ? null : h.get(d));
      if (lstm) {
        both.add(c == null ? null : c.get(d));
      }
      initial.add(both);
    }
  }

  /** The states of each direction; null if they are zero. */
  private List<Operand> state(int input) {
    if (!node.has(input)) {
      return null;
    }
    Operand all = node.input(input);
    int at = batchFirst ? 1 : 0;
    if (all.rank() != 3
        || !all.shape().get(at).is(directions)
        || all.shape().get(2).compareKnown(Dim.of(units)) != 0) {
      throw new Refusal(
          "expected initial states of "
              + directions
              + " directions and "
              + units
              + " units, got "
              + all.shape());
    }
    if (all instanceof Constant c) {
      Dim samples = c.shape().get(1 - at);
      if (samples.compareKnown(Atom.size(batch)) != 0) {
        throw new Refusal("initial states of " + samples + " samples for " + Atom.size(batch));
      }
      Atom.unify(batch, List.of(new Atom(samples)));
      if (c.isAll(0)) {
        return null;
      }
      List<Operand> each = new ArrayList<>();
      for (int d = 0; d < directions; d++) {
        int which = d;
        each.add(c.taken(at, Dim.ONE, i -> which));
      }
      return each;
    }
    Data data = (Data) all;
    if (data.recipe() instanceof Data.Fed fed) {
      fed.withoutOnes();
    }
    Atom.unify(data.axes().get(1 - at), batch);
    Atom.unify(data.axes().get(2), unit);
    List<Operand> each = new ArrayList<>();
    for (int d = 0; d < directions; d++) {
      each.add(PartOperators.gathered(node, data, at, Constant.whole(Dim.of(d))));
    }
    return each;
  }

  private List<Data> needs() {
    List<Data> all = new ArrayList<>(List.of(x));
    if (lengths instanceof Data d) {
      all.add(d);
    }
    initial.forEach(
        states ->
            states.forEach(
                s -> {
                  if (s instanceof Data d) {
                    all.add(d);
                  }
                }));
    return all;
  }

  /** (batch, units), of data, or the same for each sample. */
  private KerasTensor state(Operand state, KerasTensor in) {
    if (state instanceof Data d) {
      return d.placed().to(List.of(unit)).tensor();
    }
    Tensor row = Tensor.zeros(units);
    if (state != null) {
      List<Atom> none = List.of();
      List<List<Atom>> axes = batchFirst ? List.of(batch, none, unit) : List.of(none, batch, unit);
      Object value =
          Aligned.constant((Constant) state, axes, List.of(Placed.own(unit)), in.shape().dim(0));
      if (value instanceof Tensor t) {
        row = t;
      } else {
        java.util.Arrays.fill(row.data(), (Float) value);
      }
    }
    return Ops.add(zero(in), row);
  }

  /** Zeros (batch, 1), whatever the input is. */
  private static KerasTensor zero(KerasTensor in) {
    KerasTensor first = Ops.getItem(in, Index.all(), Index.at(0), Index.range(0, 1));
    return Ops.cast(Ops.less(first, first), "float32");
  }

  /** The sequence with a mask of what counts. */
  private KerasTensor masked(KerasTensor in) {
    if (lengths == null) {
      return in;
    }
    KerasTensor each =
        lengths instanceof Data d
            ? d.placed().to(List.of(List.of())).tensor()
            : Ops.add(
                zero(in),
                Aligned.constant(
                    (Constant) lengths, List.of(batch), List.of(List.of()), in.shape().dim(0)));
    return new SequenceMask().apply(in, each);
  }

  // ---------------------------------------------------------------- outputs

  private List<Data> outputs() {
    List<Data> all = new ArrayList<>();
    all.add(
        new Data(
            ElementType.FLOAT,
            batchFirst
                ? List.of(batch, time, direction, unit)
                : List.of(time, direction, batch, unit),
            new Sequence(this)));
    for (String state : gates == 4 ? List.of("h", "c") : List.of("h")) {
      all.add(
          new Data(
              ElementType.FLOAT,
              batchFirst ? List.of(batch, direction, unit) : List.of(direction, batch, unit),
              part(state)));
    }
    return all;
  }

  private Data.Recipe part(String name) {
    return new Data.Recipe(needs(), () -> made().get(name));
  }

  /** All timesteps. */
  static final class Sequence extends Data.Recipe {
    private final RecurrentNode of;

    private Sequence(RecurrentNode of) {
      super(of.needs(), () -> of.made().get("y"));
      this.of = of;
    }

    /** The last one, if nobody needs the others: then the layer need not give them. */
    @Override
    Data step(Data view, int axis, Dim start) {
      Dim last = of.reverse ? Dim.ZERO : Atom.size(of.time).minus(Dim.ONE);
      boolean only =
          of.directions == 1
              && of.lengths == null
              && start.equals(last)
              && Atom.leaves(view.axes().get(axis)).equals(Atom.leaves(of.time))
              && view.isUsedOnce();
      if (!only) {
        return null;
      }
      of.sequence = false;
      List<List<Atom>> axes = new ArrayList<>(view.axes());
      axes.set(axis, List.of());
      return new Data(view.type(), axes, of.part("h"));
    }
  }

  // ---------------------------------------------------------------- the layer

  private Map<String, Placed> made() {
    if (made == null) {
      made = node.said(this::make);
    }
    return made;
  }

  private Map<String, Placed> make() {
    KerasTensor in = masked(x.placed().to(List.of(time, features)).tensor());
    List<KerasTensor> inputs = new ArrayList<>(List.of(in));
    initial.forEach(states -> states.forEach(s -> inputs.add(state(s, in))));
    boolean states = node.uses(2) > 0 || (sequence && node.uses(1) > 0);
    Layer layer = directions == 1 ? layer(0, states) : both(states);
    // beside initial states a layer sees a mask only if it is given it
    boolean masks = lengths != null && inputs.size() > 1;
    List<KerasTensor> out = layer.call(inputs, masks ? List.of(in) : List.of()).outputs();
    node.later(() -> fill(layer));
    Map<String, Placed> all = new HashMap<>();
    List<Atom> side = new ArrayList<>(direction);
    side.addAll(unit);
    KerasTensor y = out.get(0);
    if (sequence) {
      if (reverse) { // a layer that goes backwards gives the last timestep first
        y = Ops.flip(y, 1);
      } else if (lengths != null) {
        y = new Permute(1, 2).apply(y); // where masks end
      }
      all.put("y", new Placed(y, List.of(time, side)));
    } else {
      all.put("h", new Placed(y, List.of(side)));
    }
    if (states) {
      all.put("h", new Placed(state(out, 0), List.of(side)));
      if (gates == 4) {
        all.put("c", new Placed(state(out, 1), List.of(side)));
      }
    }
    return all;
  }

  /** A state of all directions. */
  private KerasTensor state(List<KerasTensor> out, int number) {
    int each = gates == 4 ? 2 : 1;
    return directions == 1
        ? out.get(1 + number)
        : new Concatenate().apply(out.get(1 + number), out.get(1 + each + number));
  }

  private Layer both(boolean states) {
    return new Bidirectional(layer(0, states), layer(1, states));
  }

  private Recurrent<?> layer(int d, boolean states) {
    CellLayer<?, ?> layer =
        switch (node.op()) {
          case "LSTM" -> lstm(d);
          case "GRU" ->
              new GRU(units)
                  .recurrentActivation(activations.of(d, 0))
                  .activation(activations.of(d, 1))
                  .resetAfter(linearBeforeReset);
          default -> new SimpleRNN(units).activation(activations.of(d, 0));
        };
    layer.useBias(hasBias);
    if (clip < ends(d)) {
      layer.clip(clip);
    }
    layer.zeroOutputForMask(lengths != null && sequence);
    layer.returnSequences(sequence);
    layer.returnState(states);
    layer.goBackwards(reverse || d == 1);
    return layer;
  }

  /** From where on a bound changes nothing in float32: where all activations are at their ends. */
  private float ends(int d) {
    int count = node.op().equals("LSTM") ? 2 : gates == 3 ? 2 : 1; // the third one is not bounded
    for (int i = 0; i < count; i++) {
      Activation a = activations.of(d, i);
      if (!a.equals(Activation.SIGMOID) && !a.equals(Activation.TANH)) {
        return Float.POSITIVE_INFINITY;
      }
    }
    return 104; // sigmoid(-104) is 0, and tanh(±104) ±1
  }

  private LSTM lstm(int d) {
    LSTM layer =
        new LSTM(units)
            .recurrentActivation(activations.of(d, 0))
            .activation(activations.of(d, 1))
            .peephole(hasPeepholes ? Peephole.DIAGONAL : Peephole.NONE)
            .inputForget(inputForget);
    return activations.of(d, 1).equals(activations.of(d, 2))
        ? layer
        : layer.outputActivation(activations.of(d, 2));
  }

  private void fill(Layer layer) {
    List<Weight> into = layer.weights();
    int at = 0;
    for (int d = 0; d < directions; d++) {
      for (Tensor value : weights.of(d)) {
        into.get(at++).adopt(value);
      }
    }
  }
}
