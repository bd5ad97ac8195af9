package io.github.lstm4j.io.onnx.export;

import static io.github.lstm4j.io.onnx.export.Nodes.attribute;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.layers.Operation;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;

/**
 * Operations of {@code keras.ops} that compute: one line for each. Truth is 1 and 0 among layers,
 * and BOOL within what is written for one. {@link MoveNodes} has those that only move numbers.
 */
final class OperationNodes {
  private static final Map<String, Writer> BY_CLASS_NAME = new HashMap<>();

  static {
    binary("Add", "Add");
    binary("Subtract", "Sub");
    binary("Multiply", "Mul");
    binary("TrueDivide", "Div");
    binary("Divide", "Div");
    binary("Power", "Pow");
    BY_CLASS_NAME.put("FloorDivide", o -> o.to.unary("Floor", o.to.div(o.x(0), o.x(1))));
    BY_CLASS_NAME.put("Mod", OperationNodes::mod);
    BY_CLASS_NAME.put("Maximum", o -> o.to.extreme("Max", o.x(0), o.x(1)));
    BY_CLASS_NAME.put("Minimum", o -> o.to.extreme("Min", o.x(0), o.x(1)));
    truth("Equal", o -> o.to.equal(o.x(0), o.x(1)));
    truth("NotEqual", o -> o.to.not(o.to.equal(o.x(0), o.x(1))));
    truth("Greater", o -> o.to.greater(o.x(0), o.x(1)));
    truth("GreaterEqual", o -> o.to.atLeast(o.x(0), o.x(1)));
    truth("Less", o -> o.to.greater(o.x(1), o.x(0)));
    truth("LessEqual", o -> o.to.atLeast(o.x(1), o.x(0)));
    truth("LogicalAnd", o -> o.to.binary("And", o.truth(0), o.truth(1)));
    truth("LogicalOr", o -> o.to.binary("Or", o.truth(0), o.truth(1)));
    truth("LogicalXor", o -> o.to.binary("Xor", o.truth(0), o.truth(1)));
    truth("LogicalNot", o -> o.to.not(o.truth(0)));
    truth("Isnan", o -> o.to.not(o.to.equal(o.x(0), o.x(0))));
    BY_CLASS_NAME.put("Where", o -> o.to.where(o.truth(0), o.x(1), o.x(2)));
    unary("Negative", "Neg");
    unary("Absolute", "Abs");
    unary("Abs", "Abs");
    BY_CLASS_NAME.put("Sign", o -> o.to.sign(o.x(0)));
    unary("Floor", "Floor");
    unary("Ceil", "Ceil");
    unary("Sqrt", "Sqrt");
    unary("Reciprocal", "Reciprocal");
    unary("Exp", "Exp");
    unary("Log", "Log");
    unary("Tanh", "Tanh");
    BY_CLASS_NAME.put("Square", o -> o.to.mul(o.x(0), o.x(0)));
    BY_CLASS_NAME.put("Rsqrt", o -> o.to.unary("Reciprocal", o.to.unary("Sqrt", o.x(0))));
    BY_CLASS_NAME.put("Log1p", o -> o.to.unary("Log", o.to.add(o.x(0), o.to.number(1))));
    BY_CLASS_NAME.put("Log2", o -> logarithm(o, 2));
    BY_CLASS_NAME.put("Log10", o -> logarithm(o, 10));
    BY_CLASS_NAME.put("StopGradient", o -> o.x(0));
    BY_CLASS_NAME.put("ConvertToTensor", o -> o.x(0));
    BY_CLASS_NAME.put("ZerosLike", o -> like(o, 0));
    BY_CLASS_NAME.put("OnesLike", o -> like(o, 1));
    BY_CLASS_NAME.put("Cast", OperationNodes::cast);
    BY_CLASS_NAME.put("Clip", o -> o.to.clip(o.x(0), o.number("x_min"), o.number("x_max")));
    for (String name :
        List.of(
            "Relu",
            "Relu6",
            "Sigmoid",
            "Softplus",
            "Softsign",
            "Silu",
            "LogSigmoid",
            "HardSigmoid",
            "HardSilu",
            "Selu",
            "HardTanh",
            "TanhShrink",
            "SparsePlus")) {
      Activation activation = Activation.of(KerasNames.snakeCase(name));
      BY_CLASS_NAME.put(name, o -> o.activate(activation));
    }
    BY_CLASS_NAME.put(
        "LeakyRelu", o -> o.activate(Activation.leakyRelu(o.number("negative_slope"))));
    BY_CLASS_NAME.put("Elu", o -> o.activate(Activation.elu(o.number("alpha"))));
    BY_CLASS_NAME.put("Celu", o -> o.activate(Activation.celu(o.number("alpha"))));
    BY_CLASS_NAME.put("Gelu", OperationNodes::gelu);
    BY_CLASS_NAME.put("Softmax", o -> softmax(o, "Softmax"));
    BY_CLASS_NAME.put("LogSoftmax", o -> softmax(o, "LogSoftmax"));
    for (String name : List.of("Sum", "Mean", "Max", "Min")) {
      BY_CLASS_NAME.put(name, o -> o.reduce(name, o.x(0), o.keeps()));
    }
    BY_CLASS_NAME.put("Amax", o -> o.reduce("Max", o.x(0), o.keeps()));
    BY_CLASS_NAME.put("Amin", o -> o.reduce("Min", o.x(0), o.keeps()));
    truth("Any", o -> o.isTrue(o.reduce("Max", o.asNumber(o.truth(0)), o.keeps())));
    truth("All", o -> o.isTrue(o.reduce("Min", o.asNumber(o.truth(0)), o.keeps())));
    BY_CLASS_NAME.put("Argmax", o -> place(o, "ArgMax"));
    BY_CLASS_NAME.put("Argmin", o -> place(o, "ArgMin"));
    BY_CLASS_NAME.put("Var", OperationNodes::variance);
    BY_CLASS_NAME.put("Std", o -> o.to.unary("Sqrt", variance(o)));
    BY_CLASS_NAME.put("Logsumexp", OperationNodes::logsumexp);
    binary("Matmul", "MatMul");
    BY_CLASS_NAME.put("OneHot", OperationNodes::oneHot);
  }

  private OperationNodes() {}

  /** Writes an operation; the tensor that it gives. */
  @FunctionalInterface
  interface Writer {
    String write(Operands o);
  }

  /** An operation's operands and settings. */
  static final class Operands {
    final Nodes to;
    private final LayerUse use;
    private final List<String> names = new ArrayList<>();
    private final List<Shape> shapes = new ArrayList<>();

    private Operands(LayerUse use) {
      this.use = use;
      this.to = use.to();
      int next = 0;
      Operation operation = (Operation) use.layer();
      for (Tensor constant : operation.operands()) {
        int number = names.size();
        if (constant == null) {
          Flow flow = use.in().get(next++);
          names.add(use.floats(flow));
          shapes.add(flow.shape());
        } else {
          names.add(
              operation.isIndex(number)
                  ? ""
                  : to.constant(
                      operation, "operand " + number, use.path() + ".constant", () -> constant));
          shapes.add(constant.shape());
        }
      }
    }

    Operation operation() {
      return (Operation) use.layer();
    }

    int count() {
      return names.size();
    }

    String x(int operand) {
      return names.get(operand);
    }

    Shape shape(int operand) {
      return shapes.get(operand);
    }

    int rank() {
      return shape(0).rank();
    }

    /** The shape of the result. */
    Shape out() {
      return use.out().get(0);
    }

    Settings settings() {
      return use.settings();
    }

    float number(String name) {
      return settings().number(name);
    }

    boolean keeps() {
      return settings().flag("keepdims");
    }

    /** Numbers of which there may be one alone, or none. */
    int[] integers(String name) {
      Object value = settings().get(name, Object.class);
      if (value instanceof Integer one) {
        return new int[] {one};
      }
      return value == null ? new int[0] : (int[]) value;
    }

    /** The axes of a setting, from the front; all of so many if none are said. */
    long[] axes(String name, int rank) {
      int[] said = integers(name);
      return said.length == 0
          ? LongStream.range(0, rank).toArray()
          : IntStream.of(said).map(a -> a < 0 ? a + rank : a).sorted().asLongStream().toArray();
    }

    /** The only axis that {@code axis} says. */
    int axis(int rank) {
      int[] said = integers("axis");
      if (said.length != 1) {
        throw new Unsayable("axis of " + said.length + " axes, where there must be one");
      }
      return said[0] < 0 ? said[0] + rank : said[0];
    }

    String activate(Activation activation) {
      return ActivationNodes.write(activation, x(0), rank(), to);
    }

    String reduce(String word, String x, boolean keep) {
      return to.reduce(word, x, keep, axes("axis", rank()));
    }

    /** Whether a number is not 0. */
    String truth(int operand) {
      return isTrue(x(operand));
    }

    String isTrue(String x) {
      return to.not(to.equal(x, to.number(0)));
    }

    String asNumber(String truth) {
      return to.cast(truth, ElementType.FLOAT);
    }
  }

  static List<Flow> write(LayerUse use) {
    String className = use.layer().className();
    Writer writer = BY_CLASS_NAME.getOrDefault(className, MoveNodes.writer(className));
    if (writer == null) {
      throw new Unsayable("no ONNX operators are known for the operation");
    }
    return use.result(writer.write(new Operands(use)), null);
  }

  /** Whether there are nodes for an operation. */
  static boolean knows(String className) {
    return BY_CLASS_NAME.containsKey(className) || MoveNodes.writer(className) != null;
  }

  private static void binary(String name, String op) {
    BY_CLASS_NAME.put(name, o -> o.to.binary(op, o.x(0), o.x(1)));
  }

  private static void unary(String name, String op) {
    BY_CLASS_NAME.put(name, o -> o.to.unary(op, o.x(0)));
  }

  private static void truth(String name, Writer writer) {
    BY_CLASS_NAME.put(name, o -> o.asNumber(writer.write(o)));
  }

  // ---------------------------------------------------------------- what they compute

  private static String mod(Operands o) {
    String whole = o.to.unary("Floor", o.to.div(o.x(0), o.x(1)));
    return o.to.sub(o.x(0), o.to.mul(o.x(1), whole));
  }

  private static String logarithm(Operands o, double base) {
    return o.to.mul(o.to.unary("Log", o.x(0)), o.to.number(1 / Math.log(base)));
  }

  private static String like(Operands o, double number) {
    o.to.require(8, "Expand");
    o.settings().seenTo("dtype");
    return o.to.binary("Expand", o.to.number(number), o.to.unary("Shape", o.x(0)));
  }

  private static String cast(Operands o) {
    return switch (o.settings().get("dtype", String.class)) {
      case "float32" -> o.x(0);
      case "bool" -> o.asNumber(o.truth(0));
      default -> {
        String size = o.to.unary("Floor", o.to.unary("Abs", o.x(0)));
        yield o.to.mul(o.to.sign(o.x(0)), size);
      }
    };
  }

  private static String gelu(Operands o) {
    if (!o.settings().flag("approximate")) {
      return o.activate(Activation.of("gelu"));
    }
    Nodes to = o.to;
    String cube = to.mul(to.mul(to.mul(o.x(0), o.x(0)), o.x(0)), to.number(0.044715));
    String inner = to.mul(to.add(o.x(0), cube), to.number(Math.sqrt(2 / Math.PI)));
    String half = to.mul(o.x(0), to.number(0.5));
    return to.mul(half, to.add(to.unary("Tanh", inner), to.number(1)));
  }

  private static String softmax(Operands o, String op) {
    return o.to.softmax(op, o.x(0), o.axis(o.rank()), o.rank());
  }

  private static String place(Operands o, String op) {
    long axis = o.axis(o.rank());
    String place =
        o.to.node(
            op,
            List.of(o.x(0)),
            attribute("axis", axis),
            attribute("keepdims", o.keeps() ? 1L : 0L));
    return o.to.cast(place, ElementType.FLOAT);
  }

  private static String variance(Operands o) {
    String centred = o.to.sub(o.x(0), o.reduce("Mean", o.x(0), true));
    return o.reduce("Mean", o.to.mul(centred, centred), o.keeps());
  }

  private static String logsumexp(Operands o) {
    String most = o.reduce("Max", o.x(0), true);
    String sum = o.reduce("Sum", o.to.unary("Exp", o.to.sub(o.x(0), most)), o.keeps());
    String kept = o.keeps() ? most : o.reduce("Max", o.x(0), false);
    return o.to.add(o.to.unary("Log", sum), kept);
  }

  private static String oneHot(Operands o) {
    o.settings().seenTo("axis"); // always the last
    int classes = o.settings().integer("num_classes");
    float[] places = new float[classes];
    for (int i = 0; i < classes; i++) {
      places[i] = i;
    }
    String each = o.to.unsqueeze(o.x(0), o.rank());
    return o.asNumber(o.to.equal(each, o.to.numbers(Shape.of(classes), places)));
  }
}
