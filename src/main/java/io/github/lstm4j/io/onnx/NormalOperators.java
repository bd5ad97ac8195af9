package io.github.lstm4j.io.onnx;

import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Map;

/** Normalisation: of each channel by what training has seen, or of a sample's own numbers. */
final class NormalOperators {
  static final Map<String, Node.Operator> ALL =
      Map.of(
          "BatchNormalization", n -> List.of(batch(n)),
          "LayerNormalization", n -> List.of(layer(n)),
          "RMSNormalization", n -> List.of(rms(n)),
          "InstanceNormalization", n -> List.of(instance(n)));

  private NormalOperators() {}

  private static Data batch(Node n) {
    Data x = n.data(0);
    n.require("training_mode", 0);
    n.require("spatial", 1);
    float epsilon = n.number("epsilon", 1e-5f);
    float momentum = n.number("momentum", 0.9f);
    if (x.rank() < 2 || (n.outputCount() > 1 && n.uses(1) + n.uses(2) > 0)) {
      throw new Refusal("expected (samples, channels, …), and one output, got " + x.shape());
    }
    Atom.batch(x.axes().get(0), n.toString());
    List<Atom> channels = x.axes().get(1);
    Atom.inner(channels, n.toString());
    List<Constant> weights =
        List.of(
            n.constant(1, "scale"),
            n.constant(2, "B"),
            n.constant(3, "mean"),
            n.constant(4, "var"));
    int size = channels(channels, weights);
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(channels);
          BatchNormalization layer = new BatchNormalization().epsilon(epsilon).momentum(momentum);
          KerasTensor y = layer.apply(in.tensor());
          fill(layer, weights, size);
          return new Placed(y, in.groups());
        });
  }

  private static int channels(List<Atom> channels, List<Constant> weights) {
    Dim size = Dim.of(weights.get(0).full().floats().length);
    for (Constant w : weights) {
      if (w.full().floats().length != size.value()) {
        throw new Refusal(
            "expected " + size + " numbers for each channel's weights, got " + w.shape());
      }
    }
    if (!Atom.size(channels).isKnown()) {
      Atom.unify(channels, List.of(new Atom(size)));
    } else if (!Atom.size(channels).equals(size)) {
      throw new Refusal(
          "an axis of " + Atom.size(channels) + " does not go with " + size + " weights");
    }
    return (int) size.value();
  }

  private static void fill(Layer layer, List<Constant> weights, int size) {
    for (int i = 0; i < weights.size(); i++) {
      layer.weights().get(i).adopt(Tensor.of(weights.get(i).full().own(), size));
    }
  }

  private static Data layer(Node n) {
    Data x = n.data(0);
    int axis = Node.axis(n.whole("axis", -1), x.rank());
    float epsilon = n.number("epsilon", 1e-5f);
    n.ignore("stash_type");
    if (n.uses(1) + n.uses(2) > 0) {
      throw new Refusal("its mean and deviation (outputs 1 and 2) are not supported");
    }
    List<Atom> over = Placed.flat(x.axes().subList(axis, x.rank()));
    Atom.inner(over, n.toString());
    Constant scale = n.constant(1, "scale");
    List<Constant> weights = n.has(2) ? List.of(scale, n.constant(2, "B")) : List.of(scale);
    int size = channels(over, weights);
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(over);
          LayerNormalization layer = new LayerNormalization().epsilon(epsilon);
          layer.center(weights.size() > 1);
          KerasTensor y = layer.apply(in.tensor());
          fill(layer, weights, size);
          return new Placed(y, in.groups());
        });
  }

  private static Data rms(Node n) {
    Data x = n.data(0);
    int axis = Node.axis(n.whole("axis", -1), x.rank());
    float epsilon = n.number("epsilon", 1e-5f);
    n.ignore("stash_type");
    List<Atom> over = Placed.flat(x.axes().subList(axis, x.rank()));
    Atom.inner(over, n.toString());
    List<Constant> weights = List.of(n.constant(1, "scale"));
    int size = channels(over, weights);
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(over);
          RMSNormalization layer = new RMSNormalization().epsilon(epsilon);
          KerasTensor y = layer.apply(in.tensor());
          fill(layer, weights, size);
          return new Placed(y, in.groups());
        });
  }

  /** Each channel of a sample by what it has along time. */
  private static Data instance(Node n) {
    Data x = n.data(0);
    float epsilon = n.number("epsilon", 1e-5f);
    if (x.rank() < 3) {
      throw new Refusal("expected (samples, channels, timesteps), got " + x.shape());
    }
    Atom.batch(x.axes().get(0), n.toString());
    List<Atom> channels = x.axes().get(1);
    List<Atom> over = Placed.flat(x.axes().subList(2, x.rank()));
    Atom.inner(channels, n.toString());
    Atom.inner(over, n.toString());
    Constant scale = n.constant(1, "scale");
    Constant shift = n.constant(2, "B");
    int size = channels(channels, List.of(scale, shift));
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().to(List.of(over, channels));
          KerasTensor gap = Ops.subtract(in.tensor(), Ops.mean(in.tensor(), true, 1));
          KerasTensor variance = Ops.mean(Ops.square(gap), true, 1);
          KerasTensor normal = Ops.multiply(gap, Ops.rsqrt(Ops.add(variance, epsilon)));
          KerasTensor scaled = Ops.multiply(normal, Tensor.of(scale.full().own(), size));
          return new Placed(Ops.add(scaled, Tensor.of(shift.full().own(), size)), in.groups());
        });
  }
}
