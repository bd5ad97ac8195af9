package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;

/** Layers that change how long a sequence is, or how its numbers lie; masks end with them. */
final class SequenceNodes {
  private SequenceNodes() {}

  static List<Flow> reshape(LayerUse use) {
    int[] target = use.settings().integers("target_shape");
    long[] shape = new long[target.length + 1]; // 0 keeps the batch
    for (int i = 0; i < target.length; i++) {
      shape[i + 1] = target[i];
    }
    return use.result(use.to().reshape(use.x(), shape), null);
  }

  static List<Flow> permute(LayerUse use) {
    int[] dims = use.settings().integers("dims");
    long[] perm = new long[dims.length + 1];
    for (int i = 0; i < dims.length; i++) {
      perm[i + 1] = dims[i];
    }
    return use.result(use.to().transpose(use.x(), perm), null);
  }

  static List<Flow> flatten(LayerUse use) {
    boolean byFeature = use.settings().choice("data_format").equals("channels_first");
    if (!use.first().isSequence()) {
      return use.result(use.x());
    }
    int rank = use.first().shape().rank();
    long[] perm = new long[rank]; // the second axis comes last
    for (int i = 0; i < rank; i++) {
      perm[i] = i == 0 ? 0 : i == rank - 1 ? 1 : i + 1;
    }
    String x = byFeature ? use.to().transpose(use.x(), perm) : use.x();
    return use.result(use.to().reshape(x, 0, -1), null);
  }

  static List<Flow> repeatVector(LayerUse use) {
    Nodes to = use.to();
    return use.result(to.tile(to.unsqueeze(use.x(), 1), 1, use.settings().integer("n"), 1), null);
  }

  static List<Flow> upSampling(LayerUse use) {
    Nodes to = use.to();
    String each = to.tile(to.unsqueeze(use.x(), 2), 1, 1, use.settings().integer("size"), 1);
    return use.result(to.reshape(each, 0, -1, use.out().get(0).last()), null);
  }

  static List<Flow> cropping(LayerUse use) {
    int[] both = use.settings().integers("cropping");
    int after = both[both.length - 1];
    return use.result(
        use.to().slice(use.x(), 1, both[0], after == 0 ? Long.MAX_VALUE : -after), null);
  }

  static List<Flow> zeroPadding(LayerUse use) {
    int[] both = use.settings().integers("padding");
    int axis = isFeaturesFirst(use) ? 2 : 1;
    return use.result(use.to().pad(use.x(), 3, axis, both[0], both[both.length - 1]), null);
  }

  private static boolean isFeaturesFirst(LayerUse use) {
    return use.settings().choice("data_format").equals("channels_first");
  }

  /** (batch, timesteps, features) as (batch, features, timesteps) and back, if it is not so. */
  private static String featuresFirst(LayerUse use, String x) {
    return isFeaturesFirst(use) ? x : use.to().transpose(x, 0, 2, 1);
  }

  // ---------------------------------------------------------------- windows

  static List<Flow> conv(LayerUse use) {
    Settings settings = use.settings();
    settings.seenTo("filters");
    Nodes to = use.to();
    int size = settings.single("kernel_size");
    int dilation = settings.single("dilation_rate");
    List<String> inputs = new ArrayList<>();
    inputs.add(featuresFirst(use, use.x()));
    inputs.add(
        to.constant(use.layer(), "W", use.path() + ".W", () -> filters(use.value("kernel"))));
    if (use.has("bias")) {
      inputs.add(use.weight("bias"));
    }
    List<Attribute> attributes = windows(use, size, (size - 1) * dilation);
    attributes.add(attribute("dilations", new long[] {dilation}));
    attributes.add(attribute("group", settings.integer("groups")));
    String y = to.node("Conv", inputs, attributes.toArray(new Attribute[0]));
    Activation activation = settings.get("activation", Activation.class);
    return use.result(ActivationNodes.write(activation, featuresFirst(use, y), 3, to), null);
  }

  /** A kernel (size, features, filters) as (filters, features, size). */
  private static Tensor filters(Tensor kernel) {
    int size = kernel.dim(0);
    int features = kernel.dim(1);
    int filters = kernel.dim(2);
    Tensor turned = Tensor.zeros(filters, features, size);
    for (int k = 0; k < size; k++) {
      for (int c = 0; c < features; c++) {
        for (int f = 0; f < filters; f++) {
          turned.data()[(f * features + c) * size + k] =
              kernel.data()[(k * features + c) * filters + f];
        }
      }
    }
    return turned;
  }

  /**
   * How windows lie.
   *
   * @param reach how far the last of a window's timesteps lies from the first
   */
  private static List<Attribute> windows(LayerUse use, int size, int reach) {
    int stride = use.settings().single("strides");
    List<Attribute> all = new ArrayList<>();
    all.add(attribute("kernel_shape", new long[] {size}));
    all.add(attribute("strides", new long[] {stride}));
    switch (use.settings().choice("padding")) {
      case "causal" -> all.add(attribute("pads", new long[] {reach, 0}));
      case "same" -> {
        if (stride == 1) { // whatever the number of timesteps
          all.add(attribute("pads", new long[] {reach / 2, reach - reach / 2}));
        } else {
          all.add(attribute("auto_pad", "SAME_UPPER"));
        }
      }
      default -> {
        // valid: none
      }
    }
    return all;
  }

  static List<Flow> maxPooling(LayerUse use) {
    return pooling(use, "MaxPool");
  }

  static List<Flow> averagePooling(LayerUse use) {
    return pooling(use, "AveragePool");
  }

  private static List<Flow> pooling(LayerUse use, String op) {
    int size = use.settings().single("pool_size");
    List<Attribute> attributes = windows(use, size, size - 1);
    List<String> x = List.of(featuresFirst(use, use.x()));
    String y = use.to().node(op, x, attributes.toArray(new Attribute[0]));
    return use.result(featuresFirst(use, y), null);
  }

  static List<Flow> globalMaxPooling(LayerUse use) {
    boolean keep = use.settings().flag("keepdims");
    int axis = isFeaturesFirst(use) ? 2 : 1;
    return use.result(use.to().reduce("Max", use.x(), keep, axis), null);
  }

  static List<Flow> globalAveragePooling(LayerUse use) {
    Nodes to = use.to();
    boolean keep = use.settings().flag("keepdims");
    String mask = use.first().mask();
    if (mask == null) {
      int axis = isFeaturesFirst(use) ? 2 : 1;
      return use.result(to.reduce("Mean", use.x(), keep, axis), null);
    }
    String counting = to.where(to.unsqueeze(mask, 2), use.x(), to.number(0));
    String ones = to.unsqueeze(to.cast(mask, ElementType.FLOAT), 2);
    return use.result(
        to.div(to.reduce("Sum", counting, keep, 1), to.reduce("Sum", ones, keep, 1)), null);
  }
}
