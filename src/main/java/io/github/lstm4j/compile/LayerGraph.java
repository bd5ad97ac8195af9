package io.github.lstm4j.compile;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

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
    return new LayerGraph(nodes, nodes.subList(0, 1), List.of(last.output()));
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
}
