package io.github.lstm4j.io.keras.legacy;

import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * The arrays of one layer of older files, as Keras 3 has them. What an array is, its shape says:
 *
 * <ul>
 *   <li>LSTM and GRU of Keras 1 have a kernel, a recurrent kernel and a bias of each gate, in the
 *       order i, c, f, o and z, r, h;
 *   <li>CuDNNLSTM and CuDNNGRU have two biases, and their kernels gate by gate in NVIDIA's layout:
 *       transposed, and the input's transposed again in place;
 *   <li>a kernel of a convolution in Keras 1 has an axis of length 1, or is (filters, channels,
 *       length, 1); Theano's is turned around in time.
 * </ul>
 */
public final class OldArrays {
  private OldArrays() {}

  /** How many arrays a layer has in a file that goes on with those, of which it has so many now. */
  public static int count(String className, int now, List<Hdf5Array> rest) {
    int gates = gates(className);
    if (gates == 0 || now != 3 || rest.size() < 3 * gates) {
      return now;
    }
    Shape recurrent = rest.get(1).shape();
    boolean ofOneGate = recurrent.rank() == 2 && recurrent.dim(0) == recurrent.dim(1);
    return ofOneGate ? 3 * gates : now;
  }

  private static int gates(String className) {
    return switch (className) {
      case "LSTM", "LSTMCell" -> 4;
      case "GRU", "GRUCell" -> 3;
      default -> 0;
    };
  }

  /**
   * The arrays as they are now.
   *
   * @param arrays as many as {@link #count} says
   * @param wanted the shapes of what the layer has now
   * @param theano whether they were made with Theano
   */
  public static List<Tensor> today(
      String className, List<Hdf5Array> arrays, List<Shape> wanted, boolean theano) {
    List<Tensor> now = new ArrayList<>(arrays.stream().map(Hdf5Array::tensor).toList());
    int gates = gates(className);
    if (gates > 0 && now.size() == 3 * gates) {
      now = joined(now, gates == 4 ? new int[] {0, 2, 1, 3} : new int[] {0, 1, 2});
    } else if (gates > 0 && now.size() == 3 && isCudnn(now, gates, wanted.get(2))) {
      now = ofCudnn(now, gates);
    } else if (className.equals("Conv1D") && !now.isEmpty()) {
      Tensor kernel = withoutAxis(now.get(0), wanted.get(0));
      now.set(0, theano ? reversed(kernel) : kernel);
    }
    return now;
  }

  // ---------------------------------------------------------------- gates

  /** Joins kernel, recurrent kernel and bias of the gates; {@code order} says which comes when. */
  private static List<Tensor> joined(List<Tensor> arrays, int[] order) {
    List<Tensor> all = new ArrayList<>();
    for (int kind = 0; kind < 3; kind++) {
      int which = kind;
      all.add(columns(Arrays.stream(order).mapToObj(g -> arrays.get(3 * g + which)).toList()));
    }
    return all;
  }

  /** Matrices, or vectors, beside one another. Of any others the first, which fits nothing. */
  private static Tensor columns(List<Tensor> parts) {
    Shape one = parts.get(0).shape();
    boolean fit = one.rank() == 1 || one.rank() == 2;
    for (Tensor part : parts) {
      fit &= part.shape().equals(one);
    }
    if (!fit) {
      throw new IllegalArgumentException(
          "expected arrays of one shape for all gates, got "
              + parts.stream().map(Tensor::shape).toList());
    }
    int width = one.last();
    int rows = one.size() / width;
    float[] joined = new float[one.size() * parts.size()];
    for (int p = 0; p < parts.size(); p++) {
      for (int row = 0; row < rows; row++) {
        System.arraycopy(
            parts.get(p).data(), row * width, joined, (row * parts.size() + p) * width, width);
      }
    }
    int all = width * parts.size();
    return Tensor.of(joined, one.rank() == 1 ? Shape.of(all) : Shape.of(rows, all));
  }

  private static boolean isCudnn(List<Tensor> arrays, int gates, Shape bias) {
    Shape recurrent = arrays.get(1).shape();
    return recurrent.rank() == 2
        && arrays.get(0).shape().rank() == 2
        && arrays.get(2).shape().equals(Shape.of(2 * gates * recurrent.dim(0)))
        && !arrays.get(2).shape().equals(bias);
  }

  private static List<Tensor> ofCudnn(List<Tensor> arrays, int gates) {
    float[] biases = arrays.get(2).data();
    Tensor bias = Tensor.of(biases, Shape.of(2, biases.length / 2));
    if (gates == 4) { // which only ever adds the two
      int half = biases.length / 2;
      float[] sum = new float[half];
      for (int i = 0; i < half; i++) {
        sum[i] = biases[i] + biases[half + i];
      }
      bias = Tensor.of(sum, Shape.of(half));
    }
    List<Tensor> now = new ArrayList<>();
    now.add(eachGate(arrays.get(0), gates, false));
    now.add(eachGate(arrays.get(1), gates, true));
    now.add(bias);
    return now;
  }

  /**
   * Turns each gate's columns, the matrix (rows, units), or those of the same numbers (units,
   * rows).
   */
  private static Tensor eachGate(Tensor kernel, int gates, boolean square) {
    int rows = kernel.shape().dim(0);
    int units = kernel.shape().dim(1) / gates;
    int width = units * gates;
    float[] from = kernel.data();
    float[] to = new float[from.length];
    for (int g = 0; g < gates; g++) {
      for (int i = 0; i < rows; i++) {
        for (int j = 0; j < units; j++) {
          int flat = j * rows + i; // of the gate's numbers, row by row as they lie
          int source =
              square ? j * width + g * units + i : flat / units * width + g * units + flat % units;
          to[i * width + g * units + j] = from[source];
        }
      }
    }
    return Tensor.of(to, kernel.shape());
  }

  // ---------------------------------------------------------------- convolutions

  /** A kernel (length, 1, channels, filters), or (filters, channels, length, 1), without the 1. */
  private static Tensor withoutAxis(Tensor kernel, Shape wanted) {
    Shape shape = kernel.shape();
    if (shape.rank() != 4 || wanted.rank() != 3) {
      return kernel;
    }
    int length = wanted.dim(0);
    int channels = wanted.dim(1);
    int filters = wanted.dim(2);
    if (shape.equals(Shape.of(length, 1, channels, filters))) {
      return Tensor.of(kernel.data(), wanted);
    } else if (!shape.equals(Shape.of(filters, channels, length, 1))) {
      return kernel;
    }
    float[] turned = new float[kernel.data().length];
    for (int f = 0; f < filters; f++) {
      for (int c = 0; c < channels; c++) {
        for (int k = 0; k < length; k++) {
          turned[(k * channels + c) * filters + f] = kernel.data()[(f * channels + c) * length + k];
        }
      }
    }
    return Tensor.of(turned, wanted);
  }

  /** The other way round along the first axis: Theano's convolution begins with the last step. */
  private static Tensor reversed(Tensor kernel) {
    int length = kernel.shape().dim(0);
    int step = kernel.data().length / length;
    float[] turned = new float[kernel.data().length];
    IntStream.range(0, length)
        .forEach(
            k -> System.arraycopy(kernel.data(), k * step, turned, (length - 1 - k) * step, step));
    return Tensor.of(turned, kernel.shape());
  }
}
