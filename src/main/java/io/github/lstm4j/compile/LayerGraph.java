package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasMasks;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.layers.Signal;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How the layers of a model feed one another: each use of a layer is a {@link Call}, in an order in
 * which they can run. A chain is its simple case.
 */
public final class LayerGraph {
  /** {@link #timesteps} of an input that takes any number of them. */
  public static final int ANY = 0;

  private final List<Call> calls;
  private final List<Call> listed; // those that make masks too
  private final List<Layer> operations;
  private final List<Layer> layers;
  private final KerasMasks masks;
  private final List<Call> inputs;
  private final List<KerasTensor> outputs;
  private final List<Layer> fed; // by each input, first
  private final boolean[] ids; // whether an input is a sequence of them

  /**
   * @param calls in an order that runs
   * @param listed the same, and those that make masks in Keras
   * @param operations the layers of all these, in the order in which Keras lists them
   * @param inputs the calls that are fed, in the order in which a batch has them
   * @param outputs what a prediction returns
   */
  private LayerGraph(
      List<Call> calls,
      List<Call> listed,
      List<Layer> operations,
      KerasMasks masks,
      List<Call> inputs,
      List<KerasTensor> outputs) {
    this.calls = List.copyOf(calls);
    this.listed = List.copyOf(listed);
    this.masks = masks;
    this.operations = List.copyOf(operations);
    this.inputs = List.copyOf(inputs);
    this.outputs = List.copyOf(outputs);
    this.layers =
        operations.stream()
            .filter(l -> !(l instanceof Input) && !(l instanceof Operation))
            .toList();
    requireOneKind();
    this.fed = inputs.stream().map(this::firstFed).toList();
    this.ids = new boolean[inputs.size()];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = !fed(i, true).isEmpty();
    }
  }

  /** An input alone. */
  public static LayerGraph of(Input input) {
    List<Call> only = List.of(input.output().call());
    return new LayerGraph(
        only, only, List.of(input), new KerasMasks(), only, only.get(0).outputs());
  }

  /**
   * This graph and behind it a layer that its first output feeds, whose outputs are the graph's.
   */
  public LayerGraph then(Layer layer) {
    Call last = new Call(layer, List.of(outputs.get(0)));
    return new LayerGraph(
        with(calls, last),
        with(listed, last),
        with(operations, layer),
        masks,
        inputs,
        last.outputs());
  }

  private static <T> List<T> with(List<T> some, T more) {
    List<T> all = new ArrayList<>(some);
    all.add(more);
    return all;
  }

  /**
   * What computes the outputs from the inputs.
   *
   * @param model what errors call the model
   * @throws IllegalArgumentException if an output needs another input, an input is none, or one is
   *     given twice, or feeds layers of ids and of features
   */
  public static LayerGraph of(String model, List<KerasTensor> inputs, List<KerasTensor> outputs) {
    Set<Call> fed = new LinkedHashSet<>();
    for (KerasTensor input : inputs) {
      if (!(input.call().layer() instanceof Input)) {
        throw new IllegalArgumentException(
            model + ": an input must be the output() of an Input, got " + input);
      }
      if (!fed.add(input.call())) {
        throw new IllegalArgumentException(model + ": the input " + input + " is given twice");
      }
    }
    Order order = new Order(model, fed);
    outputs.forEach(o -> order.visit(o.call()));
    outputs.forEach(o -> order.compute(o.call()));
    order.measure();
    return new LayerGraph(
        order.calls(true),
        order.calls(false),
        order.layers(),
        order.masks,
        List.copyOf(fed),
        outputs);
  }

  /**
   * The order of Keras's models (keras/src/ops/function.py, map_graph): by the longest way to an
   * output, the farthest first, and among layers as far in the order in which a walk back from the
   * outputs meets them. A layer that is used more than once is where its farthest use is. Masks
   * that a call is given count as its inputs do.
   */
  private static final class Order {
    private final String model;
    private final Set<Call> fed;
    private final Set<Call> done = new LinkedHashSet<>(); // each behind what it needs
    private final Set<Call> computed = new HashSet<>(); // those that not only make masks
    private final KerasMasks masks = new KerasMasks();
    private final Deque<Layer> path = new ArrayDeque<>(); // from an output to here
    private final Map<Layer, Integer> met = new LinkedHashMap<>();
    private final Map<Call, Integer> far = new HashMap<>();
    private final Map<Layer, Integer> farthest = new HashMap<>();

    Order(String model, Set<Call> fed) {
      this.model = model;
      this.fed = fed;
    }

    /** What a call is given: its inputs, and behind them masks. */
    private List<KerasTensor> given(Call call) {
      List<KerasTensor> given = new ArrayList<>(call.inputs());
      masks.taken(call).stream().filter(Objects::nonNull).forEach(given::add);
      return given;
    }

    /** Collects what computes a call's outputs. */
    void compute(Call call) {
      if (computed.add(call)) {
        call.inputs().forEach(t -> compute(t.call()));
      }
    }

    void visit(Call call) {
      if (done.contains(call)) {
        return;
      }
      path.push(call.layer());
      if (call.layer() instanceof Input && !fed.contains(call)) {
        throw new IllegalArgumentException(
            model
                + ": the graph is disconnected: "
                + path.stream().map(Layer::toString).collect(Collectors.joining(" -> "))
                + " needs an input that is not among the model's inputs; add it to them");
      }
      met.putIfAbsent(call.layer(), met.size());
      given(call).forEach(t -> visit(t.call()));
      path.pop();
      done.add(call);
    }

    void measure() {
      List<Call> all = new ArrayList<>(done);
      Collections.reverse(all);
      for (Call call : all) {
        int depth = Math.max(far.getOrDefault(call, 0), farthest.getOrDefault(call.layer(), 0));
        far.put(call, depth);
        farthest.put(call.layer(), depth);
        given(call).forEach(t -> far.merge(t.call(), depth + 1, Math::max));
      }
      computed.addAll(fed);
      for (Call input : fed) {
        if (done.add(input)) { // one that no output needs is fed all the same
          far.put(input, 0);
          farthest.put(input.layer(), 0);
          met.put(input.layer(), -1);
        }
      }
    }

    List<Layer> layers() {
      return met.keySet().stream()
          .sorted(Comparator.comparing((Layer l) -> -farthest.get(l)).thenComparing(met::get))
          .toList();
    }

    List<Call> calls(boolean withoutMasks) {
      return done.stream()
          .filter(c -> !withoutMasks || computed.contains(c))
          .sorted(Comparator.comparing((Call c) -> -far.get(c)))
          .toList();
    }
  }

  /** An input's numbers are ids of words or the like, or features: they lie in other ways. */
  private void requireOneKind() {
    for (int i = 0; i < inputs.size(); i++) {
      List<Layer> ids = fed(i, true);
      List<Layer> features = fed(i, false);
      if (!ids.isEmpty() && !features.isEmpty()) {
        throw new IllegalArgumentException(
            inputs.get(i).layer()
                + " feeds ids to "
                + ids.get(0)
                + " and features to "
                + features.get(0)
                + "; use an Input for each");
      }
    }
  }

  /** The layers that take an input as ids, or as features. */
  private List<Layer> fed(int input, boolean ids) {
    KerasTensor fed = inputs.get(input).output();
    List<Layer> layers = new ArrayList<>();
    for (Call call : calls) {
      for (int i = 0; i < call.inputs().size(); i++) {
        if (call.inputs().get(i) == fed && call.layer().takesIds(i) == ids) {
          layers.add(call.layer());
        }
      }
    }
    return layers;
  }

  /** All uses of layers, in an order that runs. */
  public List<Call> calls() {
    return calls;
  }

  /** Those that are fed from outside. */
  public List<Call> inputs() {
    return inputs;
  }

  /** What a prediction returns. */
  public List<KerasTensor> outputs() {
    return outputs;
  }

  /**
   * Writes the ops of all layers.
   *
   * @param in the inputs
   * @param states what a layer takes behind its own inputs: initial states, or none
   * @return the outputs
   */
  public List<Signal> lower(List<Signal> in, Lowering to, Function<Call, List<Signal>> states) {
    Map<KerasTensor, Signal> signals = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      signals.put(inputs.get(i).output(), in.get(i));
    }
    for (Call call : calls) {
      if (inputs.contains(call)) {
        continue;
      }
      List<Signal> given = new ArrayList<>();
      for (int i = 0; i < call.inputs().size(); i++) {
        Signal s = signals.get(call.inputs().get(i));
        given.add(call.layer().takesIds(i) ? s : s.asFeatures(to.graph()));
      }
      given.addAll(states.apply(call));
      List<Signal> made = lower(call, given, to);
      for (int i = 0; i < call.outputs().size(); i++) {
        signals.put(call.outputs().get(i), made.get(i));
      }
    }
    return outputs.stream().map(signals::get).toList();
  }

  /** A mask that a layer does not see goes past it. */
  private static List<Signal> lower(Call call, List<Signal> given, Lowering to) {
    if (call.seesMask()) {
      return call.layer().lowerAll(given, to);
    }
    List<Signal> blind = new ArrayList<>(given);
    blind.set(0, given.get(0).withMask(null));
    return call.layer().lowerAll(blind, to).stream()
        .map(s -> s.isSequence() ? s.withMask(given.get(0).mask()) : s)
        .toList();
  }

  /**
   * The shapes of the outputs for inputs of other shapes.
   *
   * @throws IllegalArgumentException if a layer cannot take them; names the layer
   */
  public List<Shape> computeOutputShapes(List<Shape> in) {
    Map<KerasTensor, Shape> shapes = new HashMap<>();
    for (int i = 0; i < inputs.size(); i++) {
      shapes.put(inputs.get(i).output(), in.get(i));
    }
    for (Call call : calls) {
      if (!inputs.contains(call)) {
        List<Shape> given = call.inputs().stream().map(shapes::get).toList();
        List<Shape> made = call.layer().computeOutputShapes(given);
        call.layer().requireServes(given);
        for (int i = 0; i < made.size(); i++) {
          shapes.put(call.outputs().get(i), made.get(i));
        }
      }
    }
    return outputs.stream().map(shapes::get).toList();
  }

  /**
   * All layers and operations, inputs included, each once, in the order in which Keras lists them.
   */
  public List<Layer> operations() {
    return operations;
  }

  /** The layers but for inputs, in the same order; an {@link Operation} is none, as in Keras. */
  public List<Layer> layers() {
    return layers;
  }

  /** The masks among the arguments of a call in Keras: see {@link KerasMasks#taken}. */
  public List<KerasTensor> masksOf(Call call) {
    return masks.taken(call);
  }

  /** As {@link #calls}, with what makes masks in Keras. */
  public List<Call> listedCalls() {
    return listed;
  }

  /** The uses of a layer here, in the order in which they were made. */
  public List<Call> callsOf(Layer layer) {
    return listed.stream()
        .filter(c -> c.layer() == layer)
        .sorted(Comparator.comparing(Call::index))
        .toList();
  }

  /** Which of its layer's uses here it is, as Keras counts nodes: 0 for the first. */
  public int numberOf(Call call) {
    return callsOf(call.layer()).indexOf(call);
  }

  /** All weights, in the order of the layers. */
  public List<Weight> weights() {
    return layers().stream().flatMap(l -> l.weights().stream()).distinct().toList();
  }

  /** The inputs' names, in order. */
  public List<String> inputNames() {
    return inputs.stream().map(c -> c.layer().name()).toList();
  }

  /** The outputs' names, in order: those of the layers that give them. */
  public List<String> outputNames() {
    return outputs.stream().map(t -> t.call().layer().name()).toList();
  }

  /** The shape that an input takes, (None, timesteps, features). */
  public Shape inputShape(int number) {
    return inputs.get(number).output().shape();
  }

  /** The shape of an output. */
  public Shape outputShape(int number) {
    return outputs.get(number).shape();
  }

  /** The layer that an input feeds first, which speaks for it in errors. */
  public Layer fedBy(int number) {
    return fed.get(number);
  }

  private Layer firstFed(Call input) {
    return calls.stream()
        .filter(c -> c.inputs().contains(input.output()))
        .map(Call::layer)
        .findFirst()
        .orElse(input.layer());
  }

  /** Whether an input is a sequence of ids rather than of features. */
  public boolean takesIds(int number) {
    return ids[number];
  }

  /** Whether an input has a timesteps axis. */
  public boolean hasTimesteps(int number) {
    Shape in = inputShape(number); // one that feeds nothing may vary too
    return in.rank() > 2 || in.last() == Shape.UNKNOWN || takesIds(number);
  }

  /** The timesteps of each input: {@link #ANY}, or {@link Shape#UNKNOWN} for one without. */
  public List<Integer> timesteps() {
    return IntStream.range(0, inputs.size())
        .map(i -> !hasTimesteps(i) ? Shape.UNKNOWN : Math.max(ANY, inputShape(i).dim(1)))
        .boxed()
        .toList();
  }

  /** The calls of layers that take initial states and are given none by the graph, in order. */
  public List<Call> recurrentCalls() {
    return calls.stream()
        .filter(c -> c.inputs().size() == 1 && !c.layer().stateShapes(1).isEmpty())
        .toList();
  }

  /**
   * Sets all weights.
   *
   * @param model what errors call the model
   * @param values in the order of {@link #weights}
   * @throws IllegalArgumentException if there are more or fewer, or one has another shape; then
   *     none is set
   */
  public void setWeights(String model, List<Tensor> values) {
    List<Weight> all = weights();
    if (values.size() != all.size()) {
      throw new IllegalArgumentException(
          model + ": expected " + all.size() + " weights, got " + values.size());
    }
    for (Layer l : layers()) {
      for (Weight w : l.weights()) {
        Shape got = values.get(all.indexOf(w)).shape();
        if (!got.equals(w.shape())) {
          throw new IllegalArgumentException(
              l.name() + ": expected " + w.name() + " of shape " + w.shape() + ", got " + got);
        }
      }
    }
    Weight.assign(all, values);
  }

  /** Why sequences cannot go through part by part, with the states carried on; null if they can. */
  public String needsWhole() {
    for (Call call : calls()) {
      Layer layer = call.layer();
      if (!layer.runsStepwise()) {
        return layer + " needs whole sequences";
      } else if (call.inputs().size() > 1 && !layer.stateShapes(1).isEmpty()) {
        return layer + " takes its initial states from other layers";
      } else if (remembers(layer) && callsOf(layer).size() > 1) {
        return layer + " is used more than once, and one state is carried on for it";
      }
    }
    return null;
  }

  private static boolean remembers(Layer layer) {
    return !layer.newStates(1).isEmpty() || layer.inner().stream().anyMatch(LayerGraph::remembers);
  }

  private List<Weight> states() {
    return layers().stream().flatMap(l -> l.states().stream()).toList();
  }

  /** Copies of what stateful layers carry from batch to batch. */
  public List<Tensor> carried() {
    return Weight.values(states());
  }

  /**
   * Gives stateful layers what they carried.
   *
   * @param values as {@link #carried} gave them; empty changes nothing
   * @throws IllegalArgumentException if they are of other layers
   */
  public void carry(List<Tensor> values) {
    List<Weight> states = states();
    if (!values.isEmpty() && values.size() != states.size()) {
      throw new IllegalArgumentException(
          "expected " + states.size() + " states of stateful layers, got " + values.size());
    }
    Weight.assign(states.subList(0, values.size()), values);
  }

  /**
   * Which initial states are whose.
   *
   * @param model what errors call the model
   * @param states for the first recurrent layer, then the next, as far as they go
   * @return by the number of the recurrent call
   * @throws IllegalArgumentException if a layer would get some of its states, or one has another
   *     shape
   */
  public Map<Integer, List<Tensor>> initialStates(String model, int batch, List<Tensor> states) {
    Map<Integer, List<Tensor>> byNode = new TreeMap<>();
    List<Call> recurrent = recurrentCalls();
    int given = 0;
    for (int i = 0; i < recurrent.size() && given < states.size(); i++) {
      Layer layer = recurrent.get(i).layer();
      List<Shape> shapes = layer.stateShapes(batch);
      if (given + shapes.size() > states.size()) {
        break; // told below
      }
      List<Tensor> own = states.subList(given, given + shapes.size());
      for (int k = 0; k < shapes.size(); k++) {
        if (!own.get(k).shape().equals(shapes.get(k))) {
          throw new IllegalArgumentException(
              layer.name()
                  + ": expected an initial state (batch, units) "
                  + shapes.get(k)
                  + ", got "
                  + own.get(k).shape());
        }
      }
      byNode.put(i, own);
      given += shapes.size();
    }
    if (given != states.size()) {
      throw new IllegalArgumentException(
          model
              + ": expected initial states (h and c of an LSTM) for up to "
              + recurrent.size()
              + " recurrent layers, got "
              + states.size()
              + " tensors");
    }
    return byNode;
  }
}
