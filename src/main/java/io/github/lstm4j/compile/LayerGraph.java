package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.KerasTensor.Call;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Lowering;
import io.github.lstm4j.layers.Signal;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * How the layers of a model feed one another: each use of a layer is a {@link Call}, in an order in
 * which they can run. A chain is its simple case.
 */
public final class LayerGraph {
  private final List<Call> calls;
  private final List<Call> inputs;
  private final List<KerasTensor> outputs;

  /**
   * @param calls in an order that runs
   * @param inputs the calls that are fed, in the order in which a batch has them
   * @param outputs what a prediction returns
   */
  private LayerGraph(List<Call> calls, List<Call> inputs, List<KerasTensor> outputs) {
    this.calls = List.copyOf(calls);
    this.inputs = List.copyOf(inputs);
    this.outputs = List.copyOf(outputs);
  }

  /** Layers of which each is fed by the one before; the last one's outputs are the graph's. */
  public static LayerGraph chain(Input input, List<Layer> layers) {
    Call last = input.output().call();
    List<Call> calls = new ArrayList<>(List.of(last));
    for (Layer layer : layers) {
      last = new Call(layer, List.of(last.output()));
      calls.add(last);
    }
    return new LayerGraph(calls, calls.subList(0, 1), last.outputs());
  }

  /**
   * What computes the outputs from the inputs.
   *
   * @param model what errors call the model
   * @throws IllegalArgumentException if an output needs another input, an input is none, or one is
   *     given twice
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
    Set<Call> calls = new LinkedHashSet<>();
    outputs.forEach(o -> visit(model, o.call(), fed, calls, new ArrayDeque<>()));
    List<Call> all = new ArrayList<>(fed);
    all.removeAll(calls); // an input that no output needs is fed all the same
    all.addAll(calls);
    return new LayerGraph(all, List.copyOf(fed), outputs);
  }

  /** Puts what the call needs before it; {@code path} leads from an output to here. */
  private static void visit(
      String model, Call call, Set<Call> fed, Set<Call> calls, Deque<Layer> path) {
    if (calls.contains(call)) {
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
    call.inputs().forEach(t -> visit(model, t.call(), fed, calls, path));
    path.pop();
    calls.add(call);
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
      call.inputs().forEach(t -> given.add(signals.get(t)));
      given.addAll(states.apply(call));
      List<Signal> made = call.layer().lowerAll(given, to);
      for (int i = 0; i < call.outputs().size(); i++) {
        signals.put(call.outputs().get(i), made.get(i));
      }
    }
    return outputs.stream().map(signals::get).toList();
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
        List<Shape> made =
            call.layer().computeOutputShapes(call.inputs().stream().map(shapes::get).toList());
        for (int i = 0; i < made.size(); i++) {
          shapes.put(call.outputs().get(i), made.get(i));
        }
      }
    }
    return outputs.stream().map(shapes::get).toList();
  }

  /** The layers but for inputs, each once. */
  public List<Layer> layers() {
    LinkedHashSet<Layer> layers = new LinkedHashSet<>();
    calls.stream().map(Call::layer).filter(l -> !(l instanceof Input)).forEach(layers::add);
    return List.copyOf(layers);
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
    KerasTensor input = inputs.get(number).output();
    return calls.stream()
        .filter(c -> c.inputs().contains(input))
        .map(Call::layer)
        .findFirst()
        .orElse(inputs.get(number).layer());
  }

  /** Whether an input has a timesteps axis. */
  public boolean hasTimesteps(int number) {
    return inputShape(number).rank() > 2 || fedBy(number).takesIds();
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
