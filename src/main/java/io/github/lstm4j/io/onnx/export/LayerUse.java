package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * One use of a layer, for which nodes are written.
 *
 * @param to where they are written
 * @param path the layer's name, behind those of the models and wrappers around it
 * @param in what it takes; a mask that it does not see is not there
 * @param out the shapes of what it gives
 * @param model what all uses of a model's layers share
 */
record LayerUse(
    Nodes to,
    Layer layer,
    Settings settings,
    String path,
    List<Flow> in,
    List<Shape> out,
    Shared model) {

  /** What all uses of a model's layers share. */
  interface Shared {
    /** The values of a weight. */
    Tensor value(Weight weight);

    /** Writes the nodes of a layer inside another one. */
    List<Flow> write(Layer layer, String path, List<Flow> in);

    /** Whether all recurrent layers take and give their states. */
    boolean givesStates();

    /**
     * A state that the model takes as an input of that name.
     *
     * @param x what has as many samples
     * @return the state of each sample, (batch, size)
     */
    String state(String name, int size, String x);

    /** A further output of the model, (batch, size). */
    void output(String name, String tensor, int size);
  }

  Flow first() {
    return in.get(0);
  }

  /** The first input's tensor, as fractions. */
  String x() {
    return floats(first());
  }

  String floats(Flow flow) {
    return flow.type() == ElementType.FLOAT ? flow.name() : to.cast(flow.name(), ElementType.FLOAT);
  }

  /** The layer's only result, with the mask of its input. */
  List<Flow> result(String tensor) {
    return result(tensor, first().mask());
  }

  List<Flow> result(String tensor, String mask) {
    return List.of(new Flow(tensor, out.get(0), ElementType.FLOAT, mask));
  }

  /** Whether the layer has a weight of that name. */
  boolean has(String weight) {
    return layer.weights().stream().anyMatch(w -> w.name().equals(weight));
  }

  /** The values of a weight of the layer. */
  Tensor value(String weight) {
    return layer.weights().stream()
        .filter(w -> w.name().equals(weight))
        .map(model::value)
        .findFirst()
        .orElseThrow(() -> new IllegalStateException(layer + ": has no weight " + weight));
  }

  /** A weight of the layer as a constant, as it is. */
  String weight(String name) {
    return weight(name, value(name).shape());
  }

  /** As {@link #weight(String)}, in another shape. */
  String weight(String name, Shape shape) {
    return to.constant(
        layer, name + shape, path + "." + name, () -> value(name).reshape(shape.dims()));
  }

  /** A weight for some axes of the input, in the shape in which it broadcasts along it. */
  String along(String name, int[] axes) {
    return weight(name, alongShape(axes));
  }

  /** The shape of what lies along some axes of the first input, and has length 1 along others. */
  Shape alongShape(int[] axes) {
    int[] dims = new int[first().shape().rank()];
    Arrays.fill(dims, 1);
    for (int axis : axes(axes)) {
      dims[axis] = first().shape().dim(axis);
    }
    return Shape.of(dims);
  }

  /** Axes of the first input, counted from the front and in order. */
  int[] axes(int... given) {
    int rank = first().shape().rank();
    return Arrays.stream(given).map(a -> a < 0 ? a + rank : a).distinct().sorted().toArray();
  }
}
