package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.onnx.proto.GraphProto;
import io.github.lstm4j.io.onnx.proto.ModelProto;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A model that {@link OnnxExport} wrote, with nodes that stand for a layer together: of a mask, or
 * of a cell that runs step by step. The file has the layers' configuration beside the graph. It is
 * believed only where the model that it makes, with the file's weights, is written as that very
 * graph, node by node and number by number; so a graph that was changed is never mistaken.
 *
 * <p>Which number of the graph is which of the weights is found by writing the model with numbers
 * for weights that say their places.
 */
public final class WrittenModel {
  // float32 has the whole numbers up to twice that; no constant of a layer is as large
  private static final int BASE = 1 << 23;

  private final GraphProto graph;
  private final int opset;
  private final Model model;
  private final List<Weight> weights;

  private WrittenModel(ModelProto file, Model model) {
    this.graph = file.graph();
    this.opset = (int) file.opset();
    this.model = model;
    this.weights = model.weights();
  }

  /**
   * The model; null if the file is none of ours, or was changed since.
   *
   * @throws IOException if the numbers of the file cannot be read
   */
  public static Model read(ModelProto file) throws IOException {
    String json = file.metadata().get(OnnxExport.CONFIGURATION);
    long opset = file.opset();
    if (json == null
        || !file.functions().isEmpty()
        || opset < Nodes.OLDEST
        || opset > Nodes.NEWEST) {
      return null;
    }
    try {
      return new WrittenModel(file, KerasModels.fromJson(json)).read();
    } catch (IllegalArgumentException | IllegalStateException e) { // whatever the file says
      return null;
    }
  }

  private Model read() throws IOException {
    long wanted = weights.stream().mapToLong(w -> w.shape().size()).sum();
    long there = 0;
    for (TensorProto t : graph.initializers()) {
      there += t.shape().size();
    }
    if (wanted > there) {
      return null;
    }
    GraphProto low = written(places(i -> i % BASE));
    GraphProto high = written(places(i -> i / BASE));
    if (!isAlike(low)) {
      return null;
    }
    Map<Weight, Tensor> found = new LinkedHashMap<>();
    weights.forEach(w -> found.put(w, Tensor.zeros(w.shape())));
    fill(found, low.initializers(), high.initializers());
    if (!isSame(written(found))) {
      return null;
    }
    Weight.adopt(found);
    return model;
  }

  private GraphProto written(Map<Weight, Tensor> values) {
    return ModelWriter.write(model, opset, false, values);
  }

  /** Makes a number of a weight's place among all. */
  private interface Digit {
    long of(long place);
  }

  /** All weights with numbers that say their places. */
  private Map<Weight, Tensor> places(Digit digit) {
    Map<Weight, Tensor> all = new LinkedHashMap<>();
    long place = 0;
    for (Weight w : weights) {
      float[] numbers = new float[w.shape().size()];
      for (int i = 0; i < numbers.length; i++) {
        numbers[i] = BASE + digit.of(place++);
      }
      all.put(w, Tensor.of(numbers, w.shape()));
    }
    return all;
  }

  /** Whether nodes, inputs, outputs and the constants' shapes are the file's. */
  private boolean isAlike(GraphProto other) {
    boolean alike =
        graph.nodes().equals(other.nodes())
            && graph.inputs().equals(other.inputs())
            && graph.outputs().equals(other.outputs())
            && graph.sparseInitializers() == 0
            && graph.initializers().size() == other.initializers().size();
    for (int i = 0; alike && i < graph.initializers().size(); i++) {
      TensorProto a = graph.initializers().get(i);
      TensorProto b = other.initializers().get(i);
      alike = a.name().equals(b.name()) && a.type() == b.type() && a.dims().equals(b.dims());
    }
    return alike;
  }

  /** Whether the constants' numbers are the file's, too. */
  private boolean isSame(GraphProto other) throws IOException {
    for (int i = 0; i < graph.initializers().size(); i++) {
      TensorProto a = graph.initializers().get(i);
      TensorProto b = other.initializers().get(i);
      boolean same =
          a.type().isFloating()
              ? Arrays.equals(a.floats(), b.floats())
              : Arrays.equals(a.longs(), b.longs());
      if (!same) {
        return false;
      }
    }
    return true;
  }

  private void fill(Map<Weight, Tensor> found, List<TensorProto> low, List<TensorProto> high)
      throws IOException {
    List<float[]> into = found.values().stream().map(Tensor::data).toList();
    long[] ends = new long[into.size()];
    long all = 0;
    for (int i = 0; i < ends.length; i++) {
      all += into.get(i).length;
      ends[i] = all;
    }
    for (int t = 0; t < low.size(); t++) {
      if (!low.get(t).type().isFloating()) {
        continue;
      }
      float[] values = graph.initializers().get(t).floats();
      float[] first = low.get(t).floats();
      float[] second = high.get(t).floats();
      for (int i = 0; i < values.length; i++) {
        long place = (long) first[i] - BASE + ((long) second[i] - BASE) * BASE;
        if (place >= 0 && place < all) { // else it is no weight's
          int at = Arrays.binarySearch(ends, place + 1);
          int owner = at >= 0 ? at : -at - 1;
          while (into.get(owner).length == 0) {
            owner++;
          }
          float[] target = into.get(owner);
          target[(int) (place - ends[owner] + target.length)] = values[i];
        }
      }
    }
  }
}
