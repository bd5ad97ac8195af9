package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * How the layers of a model feed one another: each use of a layer is a node, in an order in which
 * they can run. A chain is its simple case. A layer that is used twice has two nodes and one set of
 * weights.
 */
public final class LayerGraph {
  /**
   * One use of a layer.
   *
   * @param layer built; an {@link Input} feeds from outside
   * @param inputs what it takes, none for an Input
   */
  public record Node(Layer layer, List<Port> inputs) {
    /** Keeps a copy of the inputs. */
    public Node {
      inputs = List.copyOf(inputs);
    }

    /** Its first output. */
    public Port output() {
      return new Port(this, 0);
    }

    @Override
    public boolean equals(Object other) {
      return this == other; // two uses of one layer are two nodes
    }

    @Override
    public int hashCode() {
      return System.identityHashCode(this);
    }
  }

  /**
   * An output of a node.
   *
   * @param number 0 for the value, from 1 on the states that the layer returns
   */
  public record Port(Node node, int number) {}

  private final List<Node> nodes;
  private final List<Node> inputs;
  private final List<Port> outputs;

  /**
   * @param nodes in an order that runs
   * @param inputs the nodes that are fed, in the order in which a batch has them
   * @param outputs what a prediction returns
   */
  public LayerGraph(List<Node> nodes, List<Node> inputs, List<Port> outputs) {
    this.nodes = List.copyOf(nodes);
    this.inputs = List.copyOf(inputs);
    this.outputs = List.copyOf(outputs);
  }

  /** Layers of which each is fed by the one before. */
  public static LayerGraph chain(Input input, List<Layer> layers) {
    List<Node> nodes = new ArrayList<>();
    Node last = new Node(input, List.of());
    nodes.add(last);
    for (Layer layer : layers) {
      last = new Node(layer, List.of(last.output()));
      nodes.add(last);
    }
    List<Port> outputs = new ArrayList<>(); // the last layer's value, then states that it returns
    for (int i = 0; i < last.layer().outputShapes().size(); i++) {
      outputs.add(new Port(last, i));
    }
    return new LayerGraph(nodes, nodes.subList(0, 1), outputs);
  }

  /** All nodes, in an order that runs. */
  public List<Node> nodes() {
    return nodes;
  }

  /** The nodes that are fed from outside. */
  public List<Node> inputs() {
    return inputs;
  }

  /** What a prediction returns. */
  public List<Port> outputs() {
    return outputs;
  }

  /** The layers but for inputs, each once. */
  public List<Layer> layers() {
    LinkedHashSet<Layer> layers = new LinkedHashSet<>();
    nodes.stream().map(Node::layer).filter(l -> !(l instanceof Input)).forEach(layers::add);
    return List.copyOf(layers);
  }

  /** All weights, in the order of the layers. */
  public List<Weight> weights() {
    return layers().stream().flatMap(l -> l.weights().stream()).toList();
  }

  /** The shape that an input takes, (None, timesteps, features). */
  public Shape inputShape(int number) {
    return inputs.get(number).layer().outputShape();
  }

  /** The shape of an output. */
  public Shape outputShape(int number) {
    Port port = outputs.get(number);
    return port.node().layer().outputShapes().get(port.number());
  }

  /** The layer that an input feeds first, which speaks for it in errors. */
  public Layer fedBy(int number) {
    Port port = inputs.get(number).output();
    return nodes.stream()
        .filter(n -> n.inputs().contains(port))
        .map(Node::layer)
        .findFirst()
        .orElse(inputs.get(number).layer());
  }

  /** Whether an input has a timesteps axis. */
  public boolean hasTimesteps(int number) {
    return inputShape(number).rank() == 3 || fedBy(number).takesIds();
  }

  /** The nodes of layers that take initial states, in order. */
  public List<Node> recurrentNodes() {
    return nodes.stream().filter(n -> !n.layer().stateShapes(1).isEmpty()).toList();
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
   * @return by the number of the recurrent node
   * @throws IllegalArgumentException if a layer would get some of its states, or one has another
   *     shape
   */
  public Map<Integer, List<Tensor>> initialStates(String model, int batch, List<Tensor> states) {
    Map<Integer, List<Tensor>> byNode = new TreeMap<>();
    List<Node> recurrent = recurrentNodes();
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
