package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/** Layers that see each timestep by itself, or each element: dense ones, activations, norms. */
final class PlainNodes {
  private PlainNodes() {}

  /** Layers that do nothing but in training. */
  static List<Flow> nothing(LayerUse use) {
    return List.of(use.first());
  }

  static List<Flow> dense(LayerUse use) {
    use.settings().seenTo("units");
    Nodes to = use.to();
    String y = to.matMul(use.x(), use.weight("kernel"));
    y = use.has("bias") ? to.add(y, use.weight("bias")) : y;
    return activated(use, use.settings().get("activation", Activation.class), y);
  }

  private static List<Flow> activated(LayerUse use, Activation activation, String x) {
    int rank = use.out().get(0).rank();
    return use.result(ActivationNodes.write(activation, x, rank, use.to()));
  }

  static List<Flow> activation(LayerUse use) {
    return activated(use, use.settings().get("activation", Activation.class), use.x());
  }

  static List<Flow> leakyRelu(LayerUse use) {
    return activated(use, Activation.leakyRelu(use.settings().number("negative_slope")), use.x());
  }

  static List<Flow> elu(LayerUse use) {
    return activated(use, Activation.elu(use.settings().number("alpha")), use.x());
  }

  static List<Flow> relu(LayerUse use) {
    Settings s = use.settings();
    Float most = s.get("max_value", Float.class);
    Activation activation =
        Activation.relu(
            most == null ? Double.POSITIVE_INFINITY : most,
            s.number("negative_slope"),
            s.number("threshold"));
    return activated(use, activation, use.x());
  }

  static List<Flow> softmax(LayerUse use) {
    if (use.first().mask() != null) {
      throw new Unsayable("a mask before Softmax");
    }
    return activated(use, Activation.softmax(use.settings().single("axis")), use.x());
  }

  static List<Flow> prelu(LayerUse use) {
    use.settings().seenTo("shared_axes"); // alpha's shape says it
    Nodes to = use.to();
    Shape each = use.value("alpha").shape();
    int[] dims = new int[each.rank() + 1];
    dims[0] = 1;
    System.arraycopy(each.dims(), 0, dims, 1, each.rank());
    String negative = to.unary("Relu", to.unary("Neg", use.x()));
    String part = to.mul(use.weight("alpha", Shape.of(dims)), negative);
    return use.result(to.sub(to.unary("Relu", use.x()), part));
  }

  static List<Flow> timeDistributed(LayerUse use) {
    use.settings().seenTo("layer");
    Nodes to = use.to();
    TimeDistributed wrapper = (TimeDistributed) use.layer();
    Shape in = use.first().shape();
    // all timesteps one below the other: the layer knows of none
    int[] dims = in.dims();
    Shape timestep = Shape.of(Arrays.copyOfRange(dims, 1, dims.length)).with(0, Shape.UNKNOWN);
    Flow rows = new Flow(to.reshape(use.x(), sizes(timestep, 0)), timestep);
    Flow each =
        use.model()
            .write(wrapper.layer(), use.path() + "/" + wrapper.layer().name(), List.of(rows))
            .get(0);
    to.scope(use.path());
    String lead = to.slice(to.unary("Shape", use.first().name()), 0, 0, 2);
    String shape = to.concat(List.of(lead, to.wholes(sizes(use.out().get(0), 2))), 0);
    return use.result(to.binary("Reshape", use.floats(each), shape));
  }

  /** Lengths of axes from that one on, of which the first may be any. */
  private static long[] sizes(Shape shape, int from) {
    int[] dims = shape.dims();
    if (Arrays.stream(dims).skip(Math.max(1, from)).anyMatch(d -> d == Shape.UNKNOWN)) {
      throw new Unsayable("unknown lengths in " + shape);
    }
    return Arrays.stream(dims).skip(from).mapToLong(d -> d == Shape.UNKNOWN ? -1 : d).toArray();
  }

  static List<Flow> masking(LayerUse use) {
    Nodes to = use.to();
    String differs = to.not(to.equal(use.x(), to.number(use.settings().number("mask_value"))));
    String any = to.reduce("Max", to.cast(differs, ElementType.FLOAT), false, 2);
    String mask = to.cast(any, ElementType.BOOL);
    return use.result(to.where(to.unsqueeze(mask, 2), use.x(), to.number(0)), mask);
  }

  static List<Flow> sequenceMask(LayerUse use) {
    Nodes to = use.to();
    String lengths = to.cast(use.in().get(1).name(), ElementType.FLOAT); // (batch, 1)
    String times = to.cast(to.range(to.length(use.x(), 1)), ElementType.FLOAT);
    String mask = to.greater(lengths, times);
    if (use.first().mask() != null) {
      mask = to.binary("And", mask, use.first().mask());
    }
    return use.result(to.where(to.unsqueeze(mask, 2), use.x(), to.number(0)), mask);
  }

  static List<Flow> embedding(LayerUse use) {
    Settings settings = use.settings();
    settings.seenTo("output_dim");
    int words = settings.integer("input_dim");
    Nodes to = use.to();
    Flow in = use.first();
    boolean fed = in.type() == ElementType.INT64;
    String ids = in.name();
    String within = null;
    if (!fed) { // by a layer before, whose numbers may be none of the table's
      within = to.clip(in.name(), 0, words - 1);
      ids = to.cast(within, ElementType.INT64);
    }
    String mask = in.mask();
    if (settings.flag("mask_zero")) {
      to.require(fed ? 7 : 11, "mask_zero of numbers that are computed");
      mask = to.not(to.binary("Equal", ids, to.whole(0)));
    }
    String vectors = to.binary("Gather", use.weight("embeddings"), ids);
    if (!fed) {
      String known = to.equal(in.name(), within);
      vectors = to.where(to.unsqueeze(known, 2), vectors, to.number(Double.NaN));
    }
    return use.result(vectors, mask);
  }

  // ---------------------------------------------------------------- norms

  static List<Flow> batchNormalization(LayerUse use) {
    Nodes to = use.to();
    int[] axes = {use.settings().integer("axis")};
    float epsilon = use.settings().number("epsilon");
    use.settings().seenTo("center", "scale");
    String variance = to.add(use.along("moving_variance", axes), to.number(epsilon));
    String scale = use.has("gamma") ? use.along("gamma", axes) : to.number(1);
    String factor = to.div(scale, to.unary("Sqrt", variance)); // of constants: computed once
    String y = to.mul(to.sub(use.x(), use.along("moving_mean", axes)), factor);
    return use.result(use.has("beta") ? to.add(y, use.along("beta", axes)) : y);
  }

  static List<Flow> layerNormalization(LayerUse use) {
    Nodes to = use.to();
    int[] axes = use.axes(use.settings().integers("axis"));
    long[] along = java.util.Arrays.stream(axes).asLongStream().toArray();
    use.settings().seenTo("center", "scale");
    String centred = to.sub(use.x(), to.reduce("Mean", use.x(), true, along));
    String variance = to.reduce("Mean", to.mul(centred, centred), true, along);
    String shifted = to.add(variance, to.number(use.settings().number("epsilon")));
    boolean byVariance = use.settings().flag("rms_scaling");
    String y = to.div(byVariance ? use.x() : centred, to.unary("Sqrt", shifted));
    y = use.has("gamma") ? to.mul(y, use.along("gamma", axes)) : y;
    return use.result(use.has("beta") ? to.add(y, use.along("beta", axes)) : y);
  }

  static List<Flow> rmsNormalization(LayerUse use) {
    Nodes to = use.to();
    int[] axes = use.axes(use.settings().integers("axis"));
    long[] along = java.util.Arrays.stream(axes).asLongStream().toArray();
    String mean = to.reduce("Mean", to.mul(use.x(), use.x()), true, along);
    String shifted = to.add(mean, to.number(use.settings().number("epsilon")));
    String y = to.div(use.x(), to.unary("Sqrt", shifted));
    return use.result(to.mul(y, use.along("scale", axes)));
  }

  static List<Flow> groupNormalization(LayerUse use) {
    Nodes to = use.to();
    use.settings().seenTo("center", "scale");
    int[] axes = use.axes(use.settings().integer("axis"));
    int axis = axes[0];
    int groups = use.settings().integer("groups");
    int rank = use.first().shape().rank();
    long[] apart = new long[rank + 1]; // the axis as two; 0 stays as long as it is
    long[] together = new long[rank];
    long[] along = new long[rank - 1]; // all but batch and groups
    for (int i = 0; i < rank; i++) {
      together[i] = i < axis ? 0 : use.first().shape().dim(i);
      apart[i < axis ? i : i + 1] = together[i];
      if (i > 0) {
        along[i - 1] = i < axis ? i : i + 1;
      }
    }
    apart[axis] = groups;
    apart[axis + 1] = use.first().shape().dim(axis) / groups;
    String x = to.reshape(use.x(), apart);
    String centred = to.sub(x, to.reduce("Mean", x, true, along));
    String variance = to.reduce("Mean", to.mul(centred, centred), true, along);
    String shifted = to.add(variance, to.number(use.settings().number("epsilon")));
    String y = to.reshape(to.div(centred, to.unary("Sqrt", shifted)), together);
    y = use.has("gamma") ? to.mul(y, use.along("gamma", axes)) : y;
    return use.result(use.has("beta") ? to.add(y, use.along("beta", axes)) : y);
  }

  static List<Flow> unitNormalization(LayerUse use) {
    int[] axes = use.axes(use.settings().integers("axis"));
    long[] along = java.util.Arrays.stream(axes).asLongStream().toArray();
    return use.result(MergeNodes.unit(use.x(), use.to(), 1e12, along));
  }

  static List<Flow> normalization(LayerUse use) {
    Nodes to = use.to();
    Settings settings = use.settings();
    int[] axes = settings.integers("axis");
    String mean = statistic(use, axes, "mean", settings.get("mean", float[].class), false);
    String deviation =
        statistic(use, axes, "variance", settings.get("variance", float[].class), true);
    return use.result(
        settings.flag("invert")
            ? to.add(to.mul(use.x(), deviation), mean)
            : to.div(to.sub(use.x(), mean), deviation));
  }

  /** A mean, or the deviation that a variance says, as it goes along the input. */
  private static String statistic(
      LayerUse use, int[] axes, String what, float[] given, boolean root) {
    Tensor all = given == null ? use.value(what) : Tensor.of(given.clone());
    Shape shape = all.size() == 1 ? Shape.of(1) : use.alongShape(axes);
    Nodes to = use.to();
    String found =
        to.constant(
            use.layer(), what + shape, use.path() + "." + what, () -> all.reshape(shape.dims()));
    // at least Keras's fuzz factor
    return root ? to.extreme("Max", to.unary("Sqrt", found), to.number(1e-7)) : found;
  }
}
