package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A layer with a kernel, to which the nodes behind it may still add a bias and an activation: files
 * say a Dense as MatMul, Add and Relu.
 */
final class KernelRecipe extends Data.Recipe {
  private final Parts parts;

  /**
   * What a layer is made of.
   *
   * @param x what goes in
   * @param made the axis that comes out
   * @param bias null for none
   * @param activation null for none
   */
  private record Parts(
      Node node,
      Data x,
      List<Atom> made,
      Supplier<Tensor> kernel,
      Tensor bias,
      Activation activation,
      Maker maker) {}

  /** Puts the layer together. */
  interface Maker {
    /**
     * @param bias whether there is one
     * @param fill gives the built layer its weights
     */
    Placed make(boolean bias, Activation activation, Filling fill);
  }

  /** Gives a built layer its weights. */
  interface Filling {
    void into(Layer layer);
  }

  private KernelRecipe(Parts parts) {
    super(List.of(parts.x), () -> parts.node.said(() -> place(parts)));
    this.parts = parts;
  }

  /**
   * @param made the axis that comes out
   * @param kernel the layer's, made when it is needed
   */
  static KernelRecipe of(Node node, Data x, List<Atom> made, Supplier<Tensor> kernel, Maker maker) {
    return new KernelRecipe(new Parts(node, x, made, kernel, null, null, maker));
  }

  private static Placed place(Parts p) {
    return p.maker.make(
        p.bias != null,
        p.activation == null ? Activation.LINEAR : p.activation,
        layer -> {
          List<Weight> weights = layer.weights();
          weights.get(0).adopt(p.kernel.get());
          if (p.bias != null) {
            weights.get(1).adopt(p.bias.copy());
          }
        });
  }

  /** The axis that comes out. */
  List<Atom> made() {
    return parts.made;
  }

  Activation activation() {
    return parts.activation;
  }

  KernelRecipe activated(Activation a) {
    return new KernelRecipe(
        new Parts(parts.node, parts.x, parts.made, parts.kernel, parts.bias, a, parts.maker));
  }

  KernelRecipe biased(Tensor bias) {
    return new KernelRecipe(
        new Parts(
            parts.node, parts.x, parts.made, parts.kernel, bias, parts.activation, parts.maker));
  }

  /**
   * Data of this recipe with a constant added.
   *
   * @return null if the constant is no bias
   */
  Data biased(Data data, Constant c) {
    int size = (int) Atom.size(parts.made).value();
    if (parts.bias != null || parts.activation != null) {
      return null;
    }
    int[] stored = c.stored();
    int more = data.rank() - stored.length;
    for (int i = 0; i < stored.length; i++) {
      boolean own = Atom.leaves(data.axes().get(i + more)).equals(Atom.leaves(parts.made));
      if (stored[i] != 1 && !(own && stored[i] == size)) {
        return null;
      }
      boolean wider = c.shape().get(i).compareKnown(data.shape().get(i + more)) > 0;
      if (wider) {
        return null;
      }
    }
    float[] values = c.floats();
    float[] bias = new float[size];
    if (values.length == 1) {
      Arrays.fill(bias, values[0]);
    } else {
      System.arraycopy(values, 0, bias, 0, size);
    }
    return new Data(data.type(), data.axes(), biased(Tensor.of(bias)));
  }
}
