package io.github.lstm4j.io.onnx.export;

import io.github.lstm4j.io.onnx.proto.ElementType;
import io.github.lstm4j.io.onnx.proto.NodeProto;
import io.github.lstm4j.io.onnx.proto.NodeProto.Attribute;
import io.github.lstm4j.io.onnx.proto.TensorProto;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;

/**
 * Writes nodes one after the other, each operator as the version of the operators that was chosen
 * has it. Tensors are their names.
 */
final class Nodes {
  /** The oldest operators that are written: LSTM, GRU and RNN as they still are. */
  static final int OLDEST = 7;

  /** The newest operators that are known. */
  static final int NEWEST = 23;

  private final int opset;
  private final Nodes around; // of the graph that this one is within; null for none
  private final List<NodeProto> nodes = new ArrayList<>();
  private final Map<String, TensorProto> initializers = new LinkedHashMap<>();
  private final Map<Object, Map<String, String>> constants = new HashMap<>(); // by whose they are
  private final Set<String> taken;
  private String scope = "";

  Nodes(int opset) {
    this.opset = opset;
    this.around = null;
    this.taken = new HashSet<>(Set.of("")); // which stands for nothing
  }

  private Nodes(Nodes around) {
    this.opset = around.opset;
    this.around = around;
    this.taken = around.taken;
    this.scope = around.scope;
  }

  /** Nodes of a graph within this one, which sees the tensors here; its constants lie here. */
  Nodes inner() {
    return new Nodes(this);
  }

  int opset() {
    return opset;
  }

  List<NodeProto> written() {
    return nodes;
  }

  List<TensorProto> initializers() {
    return List.copyOf(initializers.values());
  }

  /** What the names of nodes and tensors that follow begin with. */
  void scope(String layer) {
    scope = layer.isEmpty() ? "" : layer + "/";
  }

  /** Refuses what needs newer operators. */
  void require(int version, String what) {
    if (opset < version) {
      throw new Unsayable(what + " needs opset " + version + " or newer");
    }
  }

  /** That name, or one like it that no tensor has yet. */
  String free(String wanted) {
    String name = wanted;
    for (int i = 1; !taken.add(name); i++) {
      name = wanted + "_" + i;
    }
    return name;
  }

  // ---------------------------------------------------------------- constants

  /**
   * A constant of a layer's, which is there once however often it is asked for.
   *
   * @param owner whose it is
   * @param key which of the owner's it is
   * @param name for it, unless another tensor has it
   */
  String constant(Object owner, String key, String name, Supplier<Tensor> values) {
    if (around != null) {
      return around.constant(owner, key, name, values);
    }
    return constants
        .computeIfAbsent(owner, o -> new HashMap<>())
        .computeIfAbsent(
            key,
            k -> {
              Tensor tensor = values.get();
              return add(TensorProto.of(free(name), tensor.shape(), tensor.data()));
            });
  }

  /** A constant by its own name, which no other tensor has. */
  String add(TensorProto tensor) {
    if (around != null) {
      return around.add(tensor);
    }
    initializers.put(tensor.name(), tensor);
    return tensor.name();
  }

  /** A number. */
  String number(double value) {
    return shared(
        "number " + (float) value, n -> TensorProto.of(n, Shape.of(), new float[] {(float) value}));
  }

  /** A row of whole numbers. */
  String wholes(long... values) {
    return shared(
        "wholes " + Arrays.toString(values),
        n -> TensorProto.of(n, ElementType.INT64, Shape.of(values.length), values));
  }

  /** A whole number. */
  String whole(long value) {
    return shared("whole " + value, n -> TensorProto.of(n, ElementType.INT64, Shape.of(), value));
  }

  /** Numbers that are no layer's. */
  String numbers(Shape shape, float... values) {
    return add(TensorProto.of(free(scope + "numbers"), shape, values));
  }

  /** Makes a tensor of a name. */
  private interface Maker {
    TensorProto of(String name);
  }

  /** One constant for all who need it. */
  private String shared(String what, Maker maker) {
    Nodes outermost = this;
    while (outermost.around != null) {
      outermost = outermost.around;
    }
    Nodes top = outermost;
    return top.constants
        .computeIfAbsent(Nodes.class, o -> new HashMap<>())
        .computeIfAbsent(what, w -> top.add(maker.of(top.free("constant"))));
  }

  // ---------------------------------------------------------------- nodes

  static Attribute attribute(String name, long value) {
    return new Attribute(name, value);
  }

  static Attribute attribute(String name, double value) {
    return new Attribute(name, (float) value);
  }

  static Attribute attribute(String name, String value) {
    return new Attribute(name, value);
  }

  static Attribute attribute(String name, long... values) {
    return new Attribute(name, Arrays.stream(values).boxed().toList());
  }

  /** A node of one output. */
  String node(String op, List<String> inputs, Attribute... attributes) {
    return node(op, inputs, 1, attributes).get(0);
  }

  /** A node of so many outputs. */
  List<String> node(String op, List<String> inputs, int outputs, Attribute... attributes) {
    List<String> names = new ArrayList<>();
    String name = free(scope + op);
    names.add(name);
    for (int i = 1; i < outputs; i++) {
      names.add(free(name + "." + i));
    }
    nodes.add(new NodeProto(name, op, "", inputs, names, List.of(attributes)));
    return names;
  }

  /** Gives a tensor another name. */
  void name(String tensor, String output) {
    nodes.add(
        new NodeProto(
            free(output + "/Identity"),
            "Identity",
            "",
            List.of(tensor),
            List.of(output),
            List.of()));
  }

  String unary(String op, String x) {
    return node(op, List.of(x));
  }

  String binary(String op, String a, String b) {
    return node(op, List.of(a, b));
  }

  String add(String a, String b) {
    return binary("Add", a, b);
  }

  String sub(String a, String b) {
    return binary("Sub", a, b);
  }

  String mul(String a, String b) {
    return binary("Mul", a, b);
  }

  String div(String a, String b) {
    return binary("Div", a, b);
  }

  String matMul(String a, String b) {
    return binary("MatMul", a, b);
  }

  /** The smaller or larger; {@code op} is Min or Max. */
  String extreme(String op, String a, String b) {
    require(8, op + " of tensors that broadcast");
    return binary(op, a, b);
  }

  /** As large as the limits allow; infinite ones are none. */
  String clip(String x, double least, double most) {
    if (opset < 11) {
      List<Attribute> limits = new ArrayList<>();
      if (least > Double.NEGATIVE_INFINITY) {
        limits.add(attribute("min", least));
      }
      if (most < Double.POSITIVE_INFINITY) {
        limits.add(attribute("max", most));
      }
      return node("Clip", List.of(x), limits.toArray(new Attribute[0]));
    }
    List<String> inputs = new ArrayList<>(List.of(x));
    inputs.add(least > Double.NEGATIVE_INFINITY ? number(least) : "");
    if (most < Double.POSITIVE_INFINITY) {
      inputs.add(number(most));
    }
    return node("Clip", inputs);
  }

  /** {@code a} where the condition holds, else {@code b}. */
  String where(String condition, String a, String b) {
    require(9, "Where");
    return node("Where", List.of(condition, a, b));
  }

  /** Whether numbers are equal, as BOOL. */
  String equal(String a, String b) {
    require(11, "Equal of fractions");
    return binary("Equal", a, b);
  }

  String greater(String a, String b) {
    return binary("Greater", a, b);
  }

  String atLeast(String a, String b) {
    require(12, "GreaterOrEqual");
    return binary("GreaterOrEqual", a, b);
  }

  String sign(String x) {
    require(9, "Sign");
    return unary("Sign", x);
  }

  String not(String x) {
    return unary("Not", x);
  }

  String cast(String x, ElementType type) {
    return node("Cast", List.of(x), attribute("to", (long) type.code()));
  }

  // ---------------------------------------------------------------- shapes

  String transpose(String x, long... perm) {
    return node("Transpose", List.of(x), attribute("perm", perm));
  }

  /** (batch, timesteps, …) as (timesteps, batch, …), and the other way round. */
  String swapped(String x) {
    return transpose(x, 1, 0, 2);
  }

  String unsqueeze(String x, long... axes) {
    return axes("Unsqueeze", 13, x, axes);
  }

  /** A mask (batch, timesteps) as it goes along a sequence of that rank. */
  String column(String mask, int rank) {
    return unsqueeze(mask, axes(2, rank));
  }

  /** Axes from one on before another. */
  private static long[] axes(int from, int to) {
    return java.util.stream.LongStream.range(from, to).toArray();
  }

  /** A tensor with axes of length 1 behind the batch, up to a rank. */
  String ofOneTimestep(String x, int rank, int to) {
    return rank == to ? x : unsqueeze(x, axes(1, 1 + to - rank));
  }

  String squeeze(String x, long... axes) {
    return axes("Squeeze", 13, x, axes);
  }

  /** An operator whose axes are an input since a version, and were an attribute before. */
  private String axes(String op, int since, String x, long[] axes, Attribute... more) {
    if (opset >= since) {
      return node(op, List.of(x, wholes(axes)), more);
    }
    List<Attribute> all = new ArrayList<>(List.of(more));
    all.add(attribute("axes", axes));
    return node(op, List.of(x), all.toArray(new Attribute[0]));
  }

  /**
   * A sum, mean, largest or smallest along axes.
   *
   * @param op Sum, Mean, Max or Min
   */
  String reduce(String op, String x, boolean keep, long... axes) {
    return axes(
        "Reduce" + op, op.equals("Sum") ? 13 : 18, x, axes, attribute("keepdims", keep ? 1L : 0L));
  }

  /** Another shape; 0 keeps the dimension there, -1 is what is left. */
  String reshape(String x, long... shape) {
    return binary("Reshape", x, wholes(shape));
  }

  /**
   * Another shape for each sample.
   *
   * @param shape of which, but for the batch, one dimension may be unknown
   */
  String reshape(String x, Shape shape) {
    long[] dims = Arrays.stream(shape.dims()).asLongStream().toArray();
    dims[0] = 0;
    if (Arrays.stream(dims).filter(d -> d == Shape.UNKNOWN).count() > 1) {
      throw new Unsayable("several unknown lengths in " + shape);
    }
    return reshape(x, dims);
  }

  String concat(List<String> all, long axis) {
    return node("Concat", all, attribute("axis", axis));
  }

  /** The length of an axis, as a row of one whole number. */
  String length(String x, long axis) {
    return binary("Gather", unary("Shape", x), wholes(axis));
  }

  /** A row, or rows, as one for each sample of {@code x}: (batch, size). */
  String expanded(String rows, String x, int size) {
    require(8, "Expand");
    return binary("Expand", rows, concat(List.of(length(x, 0), wholes(size)), 0));
  }

  /** 0, 1, … up to a length, which is a row of one whole number. */
  String range(String length) {
    require(11, "Range");
    return node("Range", List.of(whole(0), squeeze(length, 0), whole(1)));
  }

  /** What lies from {@code from} on before {@code to} along an axis; negative is from the end. */
  String slice(String x, long axis, long from, long to) {
    return opset < 10
        ? node(
            "Slice",
            List.of(x),
            attribute("starts", new long[] {from}),
            attribute("ends", new long[] {to}),
            attribute("axes", new long[] {axis}))
        : node("Slice", List.of(x, wholes(from), wholes(to), wholes(axis)));
  }

  /** As {@link #slice(String, long, long, long)}, with a step, which may go back. */
  String slice(String x, long axis, long from, long to, long step) {
    require(10, "a step, or the opposite order,");
    return node("Slice", List.of(x, wholes(from), wholes(to), wholes(axis), wholes(step)));
  }

  /** The timesteps of (batch, timesteps, …) in the opposite order. */
  String reversed(String x) {
    return slice(x, 1, -1, Long.MIN_VALUE + 1, -1);
  }

  /** Zeros before and after along an axis. */
  String pad(String x, int rank, int axis, long before, long after) {
    long[] pads = new long[2 * rank];
    pads[axis] = before;
    pads[rank + axis] = after;
    return opset < 11
        ? node("Pad", List.of(x), attribute("pads", pads))
        : node("Pad", List.of(x, wholes(pads)));
  }

  String tile(String x, long... times) {
    return binary("Tile", x, wholes(times));
  }

  /** Softmax or LogSoftmax along an axis of a tensor of that rank. */
  String softmax(String op, String x, int axis, int rank) {
    if (opset >= 13 || axis == rank - 1) {
      return node(op, List.of(x), attribute("axis", (long) axis));
    }
    long[] last = new long[rank]; // before, all axes from this one on went together
    for (int i = 0; i < rank; i++) {
      last[i] = i;
    }
    last[axis] = rank - 1L;
    last[rank - 1] = axis;
    String turned = node(op, List.of(transpose(x, last)), attribute("axis", rank - 1L));
    return transpose(turned, last);
  }
}
