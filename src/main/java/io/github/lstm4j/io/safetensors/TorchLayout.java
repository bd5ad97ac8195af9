package io.github.lstm4j.io.safetensors;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.io.Transposition;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.FusedCell;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.ScaledNormalization;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * How the weights of a layer, or of a cell in one, lie in the tensors of a PyTorch module: axes in
 * the reverse order, gates of a GRU in the order r, z, n (ours: z, r, g), two biases that are added
 * up. Source: the modules' documentation, <a
 * href="https://pytorch.org/docs/stable/generated/torch.nn.LSTM.html">pytorch.org</a>.
 */
final class TorchLayout {
  /** Ours by theirs, of modules that are no recurrent ones. */
  private static final Map<String, String> PLAIN =
      Map.of(
          "kernel", "weight",
          "bias", "bias",
          "embeddings", "weight",
          "gamma", "weight",
          "beta", "bias",
          "scale", "weight",
          "moving_mean", "running_mean",
          "moving_variance", "running_var");

  private static final int[] GRU = {1, 0, 2}; // where r, z, n are among our z, r, g

  private static final float EPSILON = 1e-5f;
  private static final float RMS_EPSILON = Math.ulp(1f); // torch.finfo(torch.float32).eps

  private final Layer layer;
  private final Map<String, Weight> weights = new LinkedHashMap<>();
  private final Map<String, Shape> shapes = new LinkedHashMap<>();

  private TorchLayout(Layer layer) {
    this.layer = layer;
    layer.weights().forEach(w -> weights.put(w.name(), w));
    putShapes();
  }

  /**
   * The layout of a layer or cell.
   *
   * @throws IllegalArgumentException if no module of PyTorch computes it; names the setting
   */
  static TorchLayout of(Layer layer) {
    String why = whyNot(layer);
    if (why != null) {
      throw new IllegalArgumentException(
          layer + ": no module of PyTorch computes this layer: " + why);
    }
    return new TorchLayout(layer);
  }

  private static String whyNot(Layer layer) {
    if (layer instanceof FusedCell<?> cell) {
      if (!cell.isFused()) {
        return "clip, inputForget or outputActivation is set";
      }
      Activation phi = cell.activation();
      Activation sigma = Activation.SIGMOID;
      if (layer instanceof LSTMCell lstm) {
        sigma = lstm.recurrentActivation();
        if (lstm.spec().peephole() != CellSpec.Lstm.Peephole.NONE) {
          return "it has peepholes";
        }
      } else if (layer instanceof GRUCell gru) {
        sigma = gru.recurrentActivation();
        if (!gru.spec().resetAfter()) {
          return "resetAfter is false";
        }
      }
      boolean relu = layer instanceof SimpleRNNCell && phi.equals(Activation.RELU);
      return (phi.equals(Activation.TANH) || relu) && sigma.equals(Activation.SIGMOID)
          ? null
          : "its activations are " + phi + " and " + sigma + ", not tanh and sigmoid";
    }
    if (layer instanceof LayerNormalization norm && norm.isRmsScaling()) {
      return "rmsScaling is true";
    }
    boolean plain =
        layer instanceof Dense
            || layer instanceof Embedding
            || layer instanceof LayerNormalization
            || layer instanceof RMSNormalization
            || layer instanceof GroupNormalization
            || layer instanceof BatchNormalization
            || layer instanceof Conv1D;
    return plain || layer instanceof ProjectedLSTMCell
        ? null
        : layer.className() + " has weights that no module has";
  }

  private boolean isCell() {
    return layer instanceof FusedCell<?> || layer instanceof ProjectedLSTMCell;
  }

  /** Theirs of the tensors, with the shapes that they must have. */
  Map<String, Shape> shapes() {
    return shapes;
  }

  private void putShapes() {
    if (!isCell()) {
      weights.forEach((name, w) -> shapes.put(PLAIN.get(name), theirs(w)));
      return;
    }
    shapes.put("weight_ih", reversed(weights.get("kernel").shape()));
    shapes.put("weight_hh", reversed(weights.get("recurrent_kernel").shape()));
    if (weights.containsKey("bias")) {
      Shape bias = Shape.of(weights.get("bias").shape().last());
      shapes.put("bias_ih", bias);
      shapes.put("bias_hh", bias);
    }
    if (weights.containsKey("projection_kernel")) {
      shapes.put("weight_hr", reversed(weights.get("projection_kernel").shape()));
    }
  }

  private static boolean keepsAxes(Weight w) {
    return !w.name().equals("kernel"); // a table, or one number for each feature
  }

  private static Shape theirs(Weight w) {
    return keepsAxes(w) ? w.shape() : reversed(w.shape());
  }

  private static Shape reversed(Shape shape) {
    int[] dims = shape.dims();
    int[] turned = new int[dims.length];
    for (int i = 0; i < dims.length; i++) {
      turned[i] = dims[dims.length - 1 - i];
    }
    return Shape.of(turned);
  }

  // ---------------------------------------------------------------- values

  /** Gives a tensor of the file by its name in the module. */
  @FunctionalInterface
  interface Source {
    SafeTensors.Stored get(String name) throws IOException;
  }

  /** The values of the layer's weights. */
  Map<Weight, Tensor> read(Source from) throws IOException {
    Map<Weight, Tensor> values = new LinkedHashMap<>();
    if (!isCell()) {
      for (Map.Entry<String, Weight> w : weights.entrySet()) {
        SafeTensors.Stored theirs = from.get(PLAIN.get(w.getKey()));
        values.put(
            w.getValue(),
            keepsAxes(w.getValue())
                ? theirs.tensor()
                : w.getValue().shape().rank() == 2 ? theirs.columns(0) : reversed(theirs.tensor()));
      }
      return values;
    }
    int[] order = layer instanceof GRUCell ? GRU : new int[] {0};
    values.put(weights.get("kernel"), from.get("weight_ih").columns(order));
    values.put(weights.get("recurrent_kernel"), from.get("weight_hh").columns(order));
    Weight bias = weights.get("bias");
    if (bias != null) {
      float[] input = gates(from.get("bias_ih").tensor()).data();
      float[] recurrent = gates(from.get("bias_hh").tensor()).data();
      Tensor both = Tensor.zeros(bias.shape());
      boolean apart = both.shape().rank() == 2; // a GRU has two
      System.arraycopy(input, 0, both.data(), 0, input.length);
      for (int i = 0; i < recurrent.length; i++) {
        if (apart) {
          both.data()[input.length + i] = recurrent[i];
        } else {
          both.data()[i] += recurrent[i];
        }
      }
      values.put(bias, both);
    }
    Weight projection = weights.get("projection_kernel");
    if (projection != null) {
      values.put(projection, from.get("weight_hr").columns(0));
    }
    return values;
  }

  /** A tensor of the module. */
  Tensor write(String name) {
    if (!isCell()) {
      Weight w =
          weights.values().stream()
              .filter(weight -> PLAIN.get(weight.name()).equals(name))
              .findFirst()
              .orElseThrow();
      return keepsAxes(w) ? w.value() : reversed(w.value());
    }
    return switch (name) {
      case "weight_ih" -> reversed(gates(weights.get("kernel").value()));
      case "weight_hh" -> reversed(gates(weights.get("recurrent_kernel").value()));
      case "weight_hr" -> reversed(weights.get("projection_kernel").value());
      default -> bias(name.equals("bias_hh"));
    };
  }

  /** One of two biases; where there is one only, the second is zeros. */
  private Tensor bias(boolean second) {
    Tensor value = weights.get("bias").value();
    int width = value.shape().last();
    if (value.shape().rank() == 1) {
      return second ? Tensor.zeros(width) : value;
    }
    Tensor row = value.rows(second ? 1 : 0, second ? 2 : 1);
    return gates(Tensor.of(row.data(), width));
  }

  /** Of a GRU the first two gates changed, along the last axis; both ways. */
  private Tensor gates(Tensor x) {
    if (!(layer instanceof GRUCell gru)) {
      return x;
    }
    int units = gru.units();
    float[] data = x.data().clone();
    for (int row = 0; row < data.length; row += 3 * units) {
      System.arraycopy(x.data(), row + units, data, row, units);
      System.arraycopy(x.data(), row, data, row + units, units);
    }
    return Tensor.of(data, x.shape());
  }

  /** The axes in the reverse order. */
  private static Tensor reversed(Tensor x) {
    return switch (x.shape().rank()) {
      case 2 -> Tensor.of(turned(x.data(), x.dim(0), 1, x.dim(1)), reversed(x.shape()));
      case 3 -> Tensor.of(turned(x.data(), x.dim(0), x.dim(1), x.dim(2)), reversed(x.shape()));
      default -> x;
    };
  }

  /** (a,b,c) as (c,b,a). */
  private static float[] turned(float[] x, int a, int b, int c) {
    float[] y = new float[x.length];
    for (int j = 0; j < b; j++) {
      Transposition.transpose(x, j * c, b * c, y, j * a, b * a, a, c);
    }
    return y;
  }

  /** What a file of PyTorch does not say and is another by default there; null for nothing. */
  String unsaid() {
    float theirs = layer instanceof RMSNormalization ? RMS_EPSILON : EPSILON;
    float ours =
        layer instanceof ScaledNormalization<?> norm
            ? norm.epsilon()
            : layer instanceof RMSNormalization norm ? norm.epsilon() : theirs;
    return ours == theirs
        ? null
        : "epsilon is " + ours + " here, and " + theirs + " by default there";
  }

  /** The settings and weights. */
  @Override
  public String toString() {
    return layer + " with " + shapes();
  }
}
