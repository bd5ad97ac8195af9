package io.github.lstm4j.io.onnx;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.activations.Activation.Kind;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Add;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Maximum;
import io.github.lstm4j.layers.Minimum;
import io.github.lstm4j.layers.Multiply;
import io.github.lstm4j.layers.Ops;
import io.github.lstm4j.layers.PReLU;
import io.github.lstm4j.layers.Subtract;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;

/** Operators that go element by element, and softmax. */
final class ElementwiseOperators {
  /** Of two operands, one of which may be a constant. */
  private interface Binary {
    KerasTensor of(Object a, Object b);
  }

  private static final Map<String, Binary> BINARY =
      Map.ofEntries(
          Map.entry("Add", Ops::add),
          Map.entry("Sub", Ops::subtract),
          Map.entry("Mul", Ops::multiply),
          Map.entry("Div", Ops::divide),
          Map.entry("Pow", Ops::power),
          Map.entry("Min", Ops::minimum),
          Map.entry("Max", Ops::maximum));

  /** Layers that say the same of tensors alone. */
  private static final Map<String, Supplier<Layer>> MERGES =
      Map.of(
          "Add", Add::new,
          "Sub", Subtract::new,
          "Mul", Multiply::new,
          "Min", Minimum::new,
          "Max", Maximum::new);

  private static final Map<String, Binary> COMPARISONS =
      Map.of(
          "Equal", Ops::equal,
          "Greater", Ops::greater,
          "Less", Ops::less,
          "GreaterOrEqual", Ops::greaterEqual,
          "LessOrEqual", Ops::lessEqual,
          "And", Ops::logicalAnd,
          "Or", Ops::logicalOr,
          "Xor", Ops::logicalXor);

  private static final Map<String, UnaryOperator<KerasTensor>> UNARY =
      Map.ofEntries(
          Map.entry("Neg", Ops::negative),
          Map.entry("Abs", Ops::absolute),
          Map.entry("Sign", Ops::sign),
          Map.entry("Floor", Ops::floor),
          Map.entry("Ceil", Ops::ceil),
          Map.entry("Sqrt", Ops::sqrt),
          Map.entry("Reciprocal", Ops::reciprocal),
          Map.entry("Log", Ops::log));

  private static final Map<String, Function<Node, Activation>> ACTIVATIONS =
      Map.ofEntries(
          Map.entry("Relu", n -> Activation.RELU),
          Map.entry("Sigmoid", n -> Activation.SIGMOID),
          Map.entry("Tanh", n -> Activation.TANH),
          Map.entry("Exp", n -> Kind.EXPONENTIAL.usual()),
          Map.entry("Softplus", n -> Kind.SOFTPLUS.usual()),
          Map.entry("Softsign", n -> Kind.SOFTSIGN.usual()),
          Map.entry("HardSwish", n -> Kind.HARD_SILU.usual()),
          Map.entry("Mish", n -> Kind.MISH.usual()),
          Map.entry("LeakyRelu", n -> Activation.leakyRelu(n.decimal("alpha", 0.01f))),
          Map.entry("Elu", n -> Activation.elu(n.decimal("alpha", 1))),
          Map.entry("Celu", n -> Activation.celu(n.decimal("alpha", 1))),
          Map.entry("Selu", ElementwiseOperators::selu),
          Map.entry(
              "HardSigmoid",
              n -> Activation.hardSigmoid(n.decimal("alpha", 0.2f), n.decimal("beta", 0.5f))),
          Map.entry(
              "ThresholdedRelu",
              n -> Activation.relu(Double.POSITIVE_INFINITY, 0, n.decimal("alpha", 1))));

  private ElementwiseOperators() {}

  static Map<String, Node.Operator> all() {
    Map<String, Node.Operator> all = new java.util.HashMap<>();
    BINARY.keySet().forEach(op -> all.put(op, n -> List.of(folded(n))));
    COMPARISONS.forEach(
        (op, f) ->
            all.put(op, n -> List.of(binary(n, n.input(0), n.input(1), f, ElementType.BOOL))));
    UNARY.forEach((op, f) -> all.put(op, n -> List.of(n.mapped(n.data(0), f))));
    ACTIVATIONS.forEach((op, f) -> all.put(op, n -> List.of(activated(n, n.data(0), f.apply(n)))));
    all.put("Not", n -> List.of(n.mapped(n.data(0), Ops::logicalNot)));
    all.put("Where", n -> List.of(where(n)));
    all.put("Clip", n -> List.of(clip(n)));
    all.put("Gelu", n -> List.of(gelu(n)));
    all.put("Shrink", n -> List.of(shrink(n)));
    all.put("Erf", n -> List.of(GeluParts.erf(n)));
    all.put("PRelu", n -> List.of(prelu(n)));
    all.put("Sum", n -> List.of(folded(n, "Add")));
    all.put("Mean", n -> List.of(mean(n)));
    all.put("Softmax", n -> List.of(softmax(n, Kind.SOFTMAX)));
    all.put("LogSoftmax", n -> List.of(softmax(n, Kind.LOG_SOFTMAX)));
    return all;
  }

  private static Activation selu(Node n) {
    float alpha = n.number("alpha", 1.6732632f);
    float gamma = n.number("gamma", 1.050701f);
    if (Math.abs(alpha - 1.6732632f) > 1e-5 || Math.abs(gamma - 1.050701f) > 1e-5) {
      throw new Refusal(
          "alpha="
              + alpha
              + ", gamma="
              + gamma
              + ": only the usual 1.67326 and 1.05070 are supported");
    }
    return Kind.SELU.usual();
  }

  // ---------------------------------------------------------------- several operands

  private static Data folded(Node n) {
    return folded(n, n.op());
  }

  /** All inputs, one after the other. */
  private static Data folded(Node n, String op) {
    boolean two = !op.equals("Min") && !op.equals("Max") && !n.op().equals("Sum");
    if (n.inputCount() < (two ? 2 : 1)) {
      throw new Refusal("expected " + (two ? "two inputs" : "inputs") + ", got " + n.inputCount());
    }
    Operand all = n.input(0);
    for (int i = 1; i < n.inputCount(); i++) {
      Operand next = n.input(i);
      all = op.equals("Add") ? sum(n, all, next) : combined(n, op, all, next);
    }
    return all instanceof Data d ? d.with(d.axes()) : n.data(0);
  }

  private static Data mean(Node n) {
    Data sum = folded(n, "Add");
    return n.mapped(sum, x -> Ops.multiply(x, 1f / n.inputCount()));
  }

  /** A sum: that of a matrix product and a constant is a layer with a bias. */
  static Data sum(Node n, Operand a, Operand b) {
    if (a instanceof Data d && b instanceof Constant c && biased(d, c) != null) {
      return biased(d, c);
    } else if (b instanceof Data d && a instanceof Constant c && biased(d, c) != null) {
      return biased(d, c);
    }
    return combined(n, "Add", a, b);
  }

  private static Data biased(Data d, Constant c) {
    boolean fits = d.isUsedOnce() && d.recipe() instanceof KernelRecipe && c.rank() <= d.rank();
    return fits ? ((KernelRecipe) d.recipe()).biased(d, c) : null;
  }

  private static Data combined(Node n, String op, Operand a, Operand b) {
    if (op.equals("Div") && !a.type().isFloating()) {
      throw new Refusal("a division of whole numbers that depend on the data is not supported");
    }
    if (op.equals("Pow")
        && b instanceof Constant c
        && c.count() == 1
        && c.rank() <= a.rank()
        && c.number() == 2) {
      return n.mapped((Data) a, Ops::square);
    }
    Data part = part(n, op, a, b);
    if (part != null) {
      return part;
    }
    boolean tensors = MERGES.containsKey(op) && a instanceof Data && b instanceof Data;
    BinaryOperator<KerasTensor> merge = tensors ? (x, y) -> MERGES.get(op).get().apply(x, y) : null;
    return binary(
        n,
        a,
        b,
        tensors ? (x, y) -> merge.apply((KerasTensor) x, (KerasTensor) y) : BINARY.get(op),
        a.type());
  }

  /** With a number, or of a GELU; null if it is neither. */
  private static Data part(Node n, String op, Operand a, Operand b) {
    if (a instanceof Data x && b instanceof Data y) {
      return op.equals("Mul") ? GeluParts.product(n, x, y) : null;
    } else if (a instanceof Constant && !op.equals("Div")) {
      return b instanceof Data ? part(n, op, b, a) : null;
    }
    if (!(a instanceof Data x)
        || !(b instanceof Constant c)
        || c.count() != 1
        || c.rank() > a.rank()
        || !c.shape().stream().allMatch(d -> d.is(1))) {
      return null;
    }
    return switch (op) {
      case "Add" -> GeluParts.added(n, x, c.number());
      case "Mul" -> GeluParts.scaled(n, x, c.number());
      case "Div" -> x.type().isFloating() ? GeluParts.scaled(n, x, 1 / (double) c.number()) : null;
      default -> null;
    };
  }

  private static Data binary(Node n, Operand a, Operand b, Binary function, ElementType type) {
    Aligned operands = new Aligned(List.of(a, b));
    return n.data(
        type,
        operands.axes(),
        operands.needs(),
        () -> {
          List<List<Atom>> groups = operands.groups();
          List<Object> in = operands.placed(groups);
          return new Placed(function.of(in.get(0), in.get(1)), groups);
        });
  }

  private static Data where(Node n) {
    if (n.inputCount() != 3) {
      throw new Refusal("expected 3 inputs, got " + n.inputCount());
    }
    Aligned operands = new Aligned(n.inputs());
    return n.data(
        n.input(1).type(),
        operands.axes(),
        operands.needs(),
        () -> {
          List<List<Atom>> groups = operands.groups();
          List<Object> in = operands.placed(groups);
          return new Placed(Ops.where(in.get(0), in.get(1), in.get(2)), groups);
        });
  }

  // ---------------------------------------------------------------- one operand

  /** An activation, of a layer that has one, or a layer of its own. */
  static Data activated(Node n, Data x, Activation a) {
    if (x.isUsedOnce() && x.recipe() instanceof KernelRecipe k && k.activation() == null) {
      return new Data(x.type(), x.axes(), k.activated(a));
    }
    return n.mapped(x, t -> new ActivationLayer(a).apply(t));
  }

  private static Data clip(Node n) {
    Data x = n.data(0);
    float low = bound(n, 1, "min", Float.NEGATIVE_INFINITY);
    float high = bound(n, 2, "max", Float.POSITIVE_INFINITY);
    if (low == 0 && (Float.isInfinite(high) || high == 6)) {
      return activated(n, x, Float.isInfinite(high) ? Activation.RELU : Kind.RELU6.usual());
    }
    return n.mapped(
        x,
        t -> {
          KerasTensor y = t;
          if (low > -Float.MAX_VALUE && high < Float.MAX_VALUE && low <= high) {
            return Ops.clip(t, low, high);
          }
          y = low > -Float.MAX_VALUE ? Ops.maximum(y, low) : y;
          return high < Float.MAX_VALUE
              ? Ops.minimum(y, high)
              : y == t ? Ops.maximum(t, -Float.MAX_VALUE) : y;
        });
  }

  /** An input from opset 11 on, an attribute before. */
  private static float bound(Node n, int input, String name, float otherwise) {
    return n.has(input) ? n.constant(input, name).number() : n.number(name, otherwise);
  }

  private static Data prelu(Node n) {
    Data x = n.data(0);
    Constant slope = n.constant(1, "the slope");
    if (slope.count() == 1 && slope.rank() <= x.rank()) {
      return activated(n, x, Activation.leakyRelu(Node.decimal(slope.number())));
    }
    int[] stored = slope.stored();
    int more = x.rank() - stored.length;
    int at = -1;
    for (int i = 0; i < stored.length; i++) {
      boolean fits =
          more >= 0 && (stored[i] == 1 || (at < 0 && x.shape().get(i + more).is(stored[i])));
      if (!fits) {
        throw new Refusal(
            "a slope of shape " + slope.shape() + " is not supported, only one for each channel");
      }
      at = stored[i] == 1 ? at : i + more;
    }
    List<Atom> channels = x.axes().get(at);
    Atom.inner(channels, n.toString());
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(channels);
          boolean alone = in.groups().size() == 1;
          PReLU layer = alone ? new PReLU() : new PReLU().sharedAxes(1);
          KerasTensor y = layer.apply(in.tensor());
          Tensor alpha = Tensor.of(slope.own(), slope.count());
          layer.weights().get(0).adopt(alone ? alpha : alpha.reshape(1, slope.count()));
          return new Placed(y, in.groups());
        });
  }

  /** {@code x·Φ(x)}, or its approximation by tanh. */
  private static Data gelu(Node n) {
    String approximate = n.text("approximate", "none");
    if (approximate.equals("none")) {
      return activated(n, n.data(0), Kind.GELU.usual());
    } else if (!approximate.equals("tanh")) {
      throw new Refusal("approximate=" + approximate + ": expected none or tanh");
    }
    return n.mapped(
        n.data(0),
        x -> {
          KerasTensor cube = Ops.multiply(Ops.multiply(Ops.square(x), x), 0.044715f);
          KerasTensor inner = Ops.multiply(Ops.add(x, cube), (float) Math.sqrt(2 / Math.PI));
          return Ops.multiply(Ops.multiply(x, 0.5f), Ops.add(Ops.tanh(inner), 1f));
        });
  }

  /** Nearer to zero by a bias, or zero where it is within a distance of it. */
  private static Data shrink(Node n) {
    float distance = n.number("lambd", 0.5f);
    float bias = n.number("bias", 0);
    return n.mapped(
        n.data(0),
        x -> {
          KerasTensor above = Ops.where(Ops.greater(x, distance), Ops.subtract(x, bias), 0f);
          return Ops.where(Ops.less(x, -distance), Ops.add(x, bias), above);
        });
  }

  /** 1 where it is not 0. */
  static Data truth(Node n, Data x) {
    return n.mapped(x, t -> Ops.notEqual(t, 0f)).as(ElementType.BOOL);
  }

  /** Without what is behind the point. */
  static Data truncated(Node n, Data x, ElementType to) {
    return new Data(
        to,
        x.axes(),
        new Data.Truncated(
            x,
            () ->
                n.said(
                    () -> {
                      Placed in = x.placed();
                      return new Placed(Ops.cast(in.tensor(), "int32"), in.groups());
                    })));
  }

  /** Along one axis from opset 13 on; before, over all axes from one on. */
  private static Data softmax(Node n, Kind kind) {
    Data x = n.data(0);
    boolean old = n.opset() < 13;
    int axis = Node.axis(n.whole("axis", old ? 1 : -1), x.rank());
    List<Atom> over = new ArrayList<>(x.axes().get(axis));
    for (int i = axis + 1; old && i < x.rank(); i++) {
      over.addAll(x.axes().get(i));
    }
    Atom.inner(over, n.toString());
    boolean last = axis == x.rank() - 1;
    if (last) {
      return activatedOver(n, x, over, kind.usual());
    }
    return overAxis(n, x, over, kind.usual());
  }

  private static Data activatedOver(Node n, Data x, List<Atom> over, Activation a) {
    boolean fuses =
        x.isUsedOnce()
            && x.recipe() instanceof KernelRecipe k
            && k.activation() == null
            && Atom.leaves(over).equals(Atom.leaves(k.made()));
    return fuses
        ? new Data(x.type(), x.axes(), ((KernelRecipe) x.recipe()).activated(a))
        : overAxis(n, x, over, a);
  }

  private static Data overAxis(Node n, Data x, List<Atom> over, Activation a) {
    return n.data(
        x.type(),
        x.axes(),
        List.of(x),
        () -> {
          Placed in = x.placed().last(over);
          return new Placed(new ActivationLayer(a).apply(in.tensor()), in.groups());
        });
  }
}
