package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.Transposition;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The weights of one direction of a recurrent node, from ONNX's order into ours. There a gate's
 * rows lie behind one another, W (directions, gates·units, features), and an LSTM's gates are i, o,
 * f, c; here they are columns, kernel (features, gates·units), and i, f, c, o. A GRU's gates are z,
 * r, h in both. Each gate has two biases there, of the input and of the recurrent product.
 */
final class RecurrentWeights {
  private static final int[] LSTM = {0, 3, 1, 2}; // ONNX's i, o, f, c among our i, f, c, o
  private static final int[] PEEPHOLES = {0, 2, 1}; // our i, f, o among ONNX's i, o, f
  private static final int[] AS_THEY_ARE = {0, 1, 2};

  private final Constant w;
  private final Constant r;
  private final Constant b; // null for none
  private final Constant p; // null for none
  private final int[] order;
  private final int gates;
  private final boolean twoBiases;

  /**
   * @param twoBiases whether both biases are kept apart, as a GRU needs them whose reset gate comes
   *     behind the product
   */
  RecurrentWeights(
      String op, int gates, Constant w, Constant r, Constant b, Constant p, boolean twoBiases) {
    this.w = w;
    this.r = r;
    this.b = b;
    this.p = p;
    this.order = op.equals("LSTM") ? LSTM : Arrays.copyOf(AS_THEY_ARE, gates);
    this.gates = gates;
    this.twoBiases = twoBiases;
  }

  private static float[] direction(Constant c, int direction) {
    return c.taken(0, Dim.ONE, i -> direction).full().floats();
  }

  /** In the order of the layer's weights. */
  List<Tensor> of(int direction) {
    List<Tensor> all = new ArrayList<>();
    all.add(columns(w, direction));
    all.add(columns(r, direction));
    if (b != null) {
      float[] both = direction(b, direction);
      int units = both.length / 2 / gates;
      float[] bias = new float[both.length / 2];
      float[] second = new float[bias.length];
      for (int g = 0; g < gates; g++) {
        System.arraycopy(both, g * units, bias, order[g] * units, units);
        System.arraycopy(both, bias.length + g * units, second, order[g] * units, units);
      }
      all.add(twoBiases ? pair(bias, second) : sum(bias, second));
    }
    if (p != null) {
      float[] theirs = direction(p, direction);
      int units = theirs.length / 3;
      float[] ours = new float[theirs.length];
      for (int g = 0; g < 3; g++) {
        System.arraycopy(theirs, PEEPHOLES[g] * units, ours, g * units, units);
      }
      all.add(Tensor.of(ours));
    }
    return all;
  }

  private static Tensor pair(float[] a, float[] b) {
    float[] both = new float[2 * a.length];
    System.arraycopy(a, 0, both, 0, a.length);
    System.arraycopy(b, 0, both, a.length, b.length);
    return Tensor.of(both, 2, a.length);
  }

  private static Tensor sum(float[] a, float[] b) {
    for (int i = 0; i < a.length; i++) {
      a[i] += b[i];
    }
    return Tensor.of(a);
  }

  /** Rows of gates as columns of gates; read so where they lie in the file. */
  private Tensor columns(Constant c, int direction) {
    int rows = (int) c.shape().get(1).value();
    int features = (int) c.shape().get(2).value();
    int size = rows * features;
    if (c.row() != null) {
      try {
        return Tensor.of(
            c.row().floats(direction * size, size, f -> f.columns(rows, order)), features, rows);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
    float[] theirs = direction(c, direction);
    float[] ours = new float[size];
    int run = rows / gates;
    for (int g = 0; g < gates; g++) {
      int from = g * run * features;
      Transposition.transpose(theirs, from, features, ours, order[g] * run, rows, run, features);
    }
    return Tensor.of(ours, features, rows);
  }
}
