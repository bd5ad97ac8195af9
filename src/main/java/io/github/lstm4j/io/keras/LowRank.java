package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * LoRA's factors, which Keras 3 has in its HDF5 files of whole models beside a kernel W (…, n): A
 * (…, rank) and B (rank, n). What is computed with is {@code W + alpha/rank·A·B}, which is what
 * {@code .keras} files have as the kernel, and the layers here.
 */
final class LowRank {
  private static final String RANK = "lora_rank";
  private static final String ALPHA = "lora_alpha";
  private static final Pattern FACTOR = Pattern.compile("(.*)lora_(\\w+)_([ab])");

  private LowRank() {}

  /**
   * The arrays of a layer without such factors. A kernel then comes first of what its owner has,
   * where training has it again.
   *
   * @param arrays by their names, in the file's order
   * @throws IllegalArgumentException if one is without the other, of another shape, or of a layer
   *     that does not say how they count
   */
  static List<Hdf5Array> merged(Layer layer, Map<String, Hdf5Array> arrays) {
    Map<String, String> kernels = new HashMap<>(); // by what the names of one owner begin with
    for (String name : arrays.keySet()) {
      Matcher factor = FACTOR.matcher(name);
      if (factor.matches()) {
        kernels.put(factor.group(1), factor.group(2));
      }
    }
    Map<String, Hdf5Array> now = new LinkedHashMap<>();
    arrays.forEach(
        (name, array) -> {
          String owner =
              kernels.keySet().stream().filter(name::startsWith).reduce("", LowRank::longer);
          String kernel = owner + kernels.get(owner);
          if (kernels.containsKey(owner)) {
            now.computeIfAbsent(kernel, k -> product(layer, owner, kernels.get(owner), arrays));
          }
          if (!FACTOR.matcher(name).matches()) {
            now.putIfAbsent(name, array);
          }
        });
    return List.copyOf(now.values());
  }

  private static String longer(String a, String b) {
    return a.length() > b.length() ? a : b;
  }

  private static Hdf5Array product(
      Layer layer, String owner, String kernel, Map<String, Hdf5Array> arrays) {
    Hdf5Array w = arrays.get(owner + kernel);
    Hdf5Array a = arrays.get(owner + "lora_" + kernel + "_a");
    Hdf5Array b = arrays.get(owner + "lora_" + kernel + "_b");
    int last = w == null ? 0 : w.shape().rank() - 1;
    boolean fit =
        w != null
            && a != null
            && b != null
            && last > 0
            && b.shape().rank() == 2
            && b.shape().dim(1) == w.shape().dim(last)
            && a.shape().equals(with(w.shape(), b.shape().dim(0)));
    if (!fit) {
      throw new IllegalArgumentException(
          layer
              + ": expected "
              + Printable.text(owner + kernel)
              + " (…, n) with LoRA's factors (…, rank) and (rank, n), got the shapes "
              + shape(w)
              + ", "
              + shape(a)
              + " and "
              + shape(b));
    }
    int rank = b.shape().dim(0);
    float factor = factor(layer, owner, rank);
    float[] sum = w.tensor().data().clone();
    float[] left = a.tensor().data(); // (rows, rank)
    float[] right = b.tensor().data(); // (rank, n)
    int n = b.shape().dim(1);
    for (int i = 0; i < left.length; i++) {
      int row = i / rank * n;
      for (int j = 0; j < n; j++) {
        sum[row + j] += factor * left[i] * right[i % rank * n + j];
      }
    }
    return Hdf5Array.of(Tensor.of(sum, w.shape()));
  }

  private static Object shape(Hdf5Array array) {
    return array == null ? "none" : array.shape();
  }

  /** A shape with another last dimension. */
  private static Shape with(Shape shape, int last) {
    int[] dims = shape.dims();
    dims[dims.length - 1] = last;
    return Shape.of(dims);
  }

  /** How much the product counts, as the layer says that has the kernel. */
  private static float factor(Layer layer, String owner, int rank) {
    List<Layer> all = new ArrayList<>(List.of(layer));
    for (int i = 0; i < all.size(); i++) {
      all.addAll(all.get(i).inner());
    }
    for (Layer each : all) {
      boolean named =
          each == layer || owner.matches("(.*[/.])?" + Pattern.quote(each.name()) + "[/.]");
      if (named && Integer.valueOf(rank).equals(each.kept(RANK))) {
        return each.kept(ALPHA) instanceof Number alpha ? alpha.floatValue() / rank : 1;
      }
    }
    throw new IllegalArgumentException(
        layer
            + ": the file has LoRA's factors of rank "
            + rank
            + " for "
            + Printable.text(owner)
            + ", and the model no layer with "
            + RANK
            + "="
            + rank
            + "; load the file whole, or let Keras save it as .keras or .weights.h5, where their"
            + " product is in the kernel");
  }

  /** The factors of a layer that has them in Keras: zeros, as the product is in its kernel. */
  static Map<String, Hdf5Array> zeros(Layer layer) {
    Map<String, Hdf5Array> all = new LinkedHashMap<>();
    if (layer.kept(RANK) instanceof Integer rank) {
      String kernel = layer.weights().get(0).path();
      int dot = kernel.lastIndexOf('.') + 1;
      String factor = kernel.substring(0, dot) + "lora_" + kernel.substring(dot);
      Shape shape = layer.weights().get(0).shape();
      all.put(factor + "_a", Hdf5Array.of(Tensor.zeros(with(shape, rank))));
      all.put(factor + "_b", Hdf5Array.of(Tensor.zeros(rank, shape.last())));
    }
    return all;
  }
}
