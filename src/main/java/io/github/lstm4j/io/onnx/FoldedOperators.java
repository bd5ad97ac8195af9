package io.github.lstm4j.io.onnx;

import io.github.lstm4j.io.onnx.proto.ElementType;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Operators on constants alone: what files compute of shapes, and weights that they prepare. */
final class FoldedOperators {
  /** Of floating tensors, element by element. */
  private static final Map<String, Constant.OfFloats> FLOATS =
      Map.ofEntries(
          Map.entry("Add", e -> e[0] + e[1]),
          Map.entry("Sub", e -> e[0] - e[1]),
          Map.entry("Mul", e -> e[0] * e[1]),
          Map.entry("Div", e -> e[0] / e[1]),
          Map.entry("Pow", e -> Math.pow(e[0], e[1])),
          Map.entry("Neg", e -> -e[0]),
          Map.entry("Abs", e -> Math.abs(e[0])),
          Map.entry("Sqrt", e -> Math.sqrt(e[0])),
          Map.entry("Exp", e -> Math.exp(e[0])),
          Map.entry("Log", e -> Math.log(e[0])),
          Map.entry("Reciprocal", e -> 1 / e[0]),
          Map.entry("Tanh", e -> Math.tanh(e[0])),
          Map.entry("Sigmoid", e -> 1 / (1 + Math.exp(-e[0]))),
          Map.entry("Relu", e -> Math.max(e[0], 0)),
          Map.entry("Floor", e -> Math.floor(e[0])),
          Map.entry("Ceil", e -> Math.ceil(e[0])),
          Map.entry("Min", FoldedOperators::least),
          Map.entry("Max", FoldedOperators::most));

  /** Of whole numbers, element by element. */
  private static final Map<String, Constant.OfWholes> WHOLES =
      Map.ofEntries(
          Map.entry("Add", e -> e[0].plus(e[1])),
          Map.entry("Sub", e -> e[0].minus(e[1])),
          Map.entry("Mul", e -> e[0].times(e[1])),
          Map.entry("Div", e -> divided(e[0], e[1])),
          Map.entry("Mod", e -> Dim.of(Math.floorMod(e[0].value(), nonzero(e[1])))),
          Map.entry("Neg", e -> Dim.ZERO.minus(e[0])),
          Map.entry("Abs", e -> e[0].compare(Dim.ZERO) < 0 ? Dim.ZERO.minus(e[0]) : e[0]),
          Map.entry("Min", e -> extreme(e, -1)),
          Map.entry("Max", e -> extreme(e, 1)));

  /** Comparisons, by what the order of two numbers must be. */
  private static final Map<String, List<Integer>> COMPARISONS =
      Map.of(
          "Equal", List.of(0),
          "Greater", List.of(1),
          "Less", List.of(-1),
          "GreaterOrEqual", List.of(0, 1),
          "LessOrEqual", List.of(-1, 0));

  private static final Map<String, Constant.OfWholes> LOGIC =
      Map.of(
          "And", e -> flag(!e[0].is(0) && !e[1].is(0)),
          "Or", e -> flag(!e[0].is(0) || !e[1].is(0)),
          "Xor", e -> flag(e[0].is(0) != e[1].is(0)),
          "Not", e -> flag(e[0].is(0)));

  /** Operators that are for constants alone. */
  static final List<String> NAMES = List.of("Mod", "Range", "ReduceProd");

  private static final Set<String> TWO = Set.of("Add", "Sub", "Mul", "Div", "Pow", "Mod");

  private FoldedOperators() {}

  /** The result of an operator on constants; null if it is none of those here. */
  static List<Constant> of(Node node) {
    List<Constant> in = node.constants();
    if (in == null || in.isEmpty()) {
      return null;
    }
    Constant result = elementwise(node, in);
    return result == null ? other(node, in) : List.of(result);
  }

  private static Constant elementwise(Node node, List<Constant> in) {
    String op = node.op();
    boolean elementwise =
        FLOATS.containsKey(op)
            || WHOLES.containsKey(op)
            || COMPARISONS.containsKey(op)
            || LOGIC.containsKey(op);
    if (!elementwise || in.contains(null)) {
      return null;
    }
    node.ignore("fmod");
    boolean floats = in.stream().anyMatch(c -> c.type().isFloating());
    int needs =
        TWO.contains(op)
                || COMPARISONS.containsKey(op)
                || (LOGIC.containsKey(op) && !op.equals("Not"))
            ? 2
            : 1;
    if (in.size() < needs) {
      throw new Refusal("expected " + needs + " inputs, got " + in.size());
    }
    if (LOGIC.containsKey(op)) {
      return Constant.eachWhole(ElementType.BOOL, in, LOGIC.get(op));
    } else if (COMPARISONS.containsKey(op)) {
      List<Integer> order = COMPARISONS.get(op);
      return floats
          ? Constant.eachFloat(in, e -> order.contains(Double.compare(e[0], e[1])) ? 1 : 0)
              .cast(ElementType.BOOL)
          : Constant.eachWhole(ElementType.BOOL, in, e -> flag(order.contains(compared(op, e))));
    } else if (floats) {
      return FLOATS.containsKey(op) ? Constant.eachFloat(in, FLOATS.get(op)) : null;
    }
    return WHOLES.containsKey(op) ? Constant.eachWhole(in.get(0).type(), in, WHOLES.get(op)) : null;
  }

  private static int compared(String op, Dim[] e) {
    // an open length equals nothing that it is not, as far as a file asks; -1 above all
    boolean equal = op.equals("Equal") && !(e[0].isKnown() && e[1].isKnown());
    if (equal && e[0].equals(e[1])) {
      return 0;
    }
    return e[0].compare(e[1]);
  }

  private static Dim flag(boolean b) {
    return b ? Dim.ONE : Dim.ZERO;
  }

  private static double least(double[] all) {
    double least = all[0];
    for (double d : all) {
      least = Math.min(least, d);
    }
    return least;
  }

  private static double most(double[] all) {
    double most = all[0];
    for (double d : all) {
      most = Math.max(most, d);
    }
    return most;
  }

  private static Dim extreme(Dim[] all, int sign) {
    Dim extreme = all[0];
    for (Dim d : all) {
      extreme = Integer.signum(d.compare(extreme)) == sign ? d : extreme;
    }
    return extreme;
  }

  private static long nonzero(Dim d) {
    if (d.is(0)) {
      throw new Refusal("it divides by 0");
    }
    return d.value();
  }

  private static Dim divided(Dim a, Dim b) {
    Dim exact = a.dividedExactly(b);
    if (exact != null) {
      return exact;
    }
    return Dim.of(a.value() / nonzero(b)); // towards zero, as in C
  }

  private static List<Constant> other(Node node, List<Constant> in) {
    Constant x = in.get(0);
    if (x == null) {
      return null;
    }
    return switch (node.op()) {
      case "Where" -> List.of(where(in));
      case "MatMul" -> in.contains(null) || in.size() != 2 ? null : List.of(product(x, in.get(1)));
      case "Gemm" -> in.size() < 2 || in.get(1) == null ? null : List.of(gemm(node, in));
      case "Range" -> List.of(range(in));
      case "ReduceProd", "ReduceSum", "ReduceMax", "ReduceMin" ->
          x.type().isFloating() ? null : List.of(reduced(node, x));
      default -> null;
    };
  }

  private static Constant where(List<Constant> in) {
    if (in.size() < 3) {
      throw new Refusal("expected 3 inputs, got " + in.size());
    }
    boolean floats = in.get(1).type().isFloating();
    return floats
        ? Constant.eachFloat(
            List.of(in.get(1), in.get(2), in.get(0).cast(ElementType.FLOAT)),
            e -> e[2] != 0 ? e[0] : e[1])
        : Constant.eachWhole(in.get(1).type(), in, e -> e[0].is(0) ? e[2] : e[1]);
  }

  /** A matrix product; a factor may repeat its rows, as a state of zeros does. */
  private static Constant product(Constant a, Constant b) {
    if (a.rank() < 1 || b.rank() != 2 || !a.shape().get(a.rank() - 1).equals(b.shape().get(0))) {
      throw new Refusal(
          "constants of shape " + a.shape() + " and " + b.shape() + " have no product");
    }
    List<Dim> shape = new ArrayList<>(a.shape());
    shape.set(a.rank() - 1, b.shape().get(1));
    int[] dims = a.stored();
    int inner = (int) b.shape().get(0).value();
    int columns = (int) b.shape().get(1).value();
    dims[dims.length - 1] = columns;
    float[] out = new float[Constant.count(dims)];
    float[] left = a.floats();
    float[] right = b.full().floats();
    boolean repeats = a.stored()[a.rank() - 1] == 1;
    for (int i = 0; i < out.length; i++) {
      double sum = 0;
      for (int k = 0; k < inner; k++) {
        sum +=
            (double) left[repeats ? i / columns : i / columns * inner + k]
                * right[k * columns + i % columns];
      }
      out[i] = (float) sum;
    }
    return Constant.floats(shape, dims, out);
  }

  private static Constant gemm(Node node, List<Constant> in) {
    Constant a = in.get(0);
    Constant b = in.get(1);
    if (a.rank() != 2 || b.rank() != 2) {
      throw new Refusal("expected two matrices, got " + a.shape() + " and " + b.shape());
    }
    List<Integer> turned = List.of(1, 0);
    Constant left = node.whole("transA", 0) != 0 ? a.transposed(turned) : a;
    Constant right = node.whole("transB", 0) != 0 ? b.transposed(turned) : b;
    float alpha = node.number("alpha", 1);
    float beta = node.number("beta", 1);
    node.ignore("broadcast");
    Constant product = product(left, right);
    return in.size() < 3 || in.get(2) == null
        ? Constant.eachFloat(List.of(product), e -> alpha * e[0])
        : Constant.eachFloat(List.of(product, in.get(2)), e -> alpha * e[0] + beta * e[1]);
  }

  private static Constant range(List<Constant> in) {
    if (in.size() < 3 || in.get(0).type().isFloating()) {
      throw new Refusal("only ranges of whole numbers are supported");
    }
    long start = in.get(0).list().get(0).value();
    long end = in.get(1).list().get(0).value();
    long step = nonzero(in.get(2).list().get(0));
    long count = Math.max(0, -Math.floorDiv(Math.subtractExact(start, end), step));
    Constant.count(new int[] {(int) Math.min(count, Integer.MAX_VALUE)});
    List<Dim> all = new ArrayList<>();
    for (long i = 0; i < count; i++) {
      all.add(Dim.of(start + i * step));
    }
    return Constant.row(all);
  }

  private static Constant reduced(Node node, Constant x) {
    List<Long> axes = node.axes(1);
    boolean keep = node.whole("keepdims", 1) != 0;
    node.ignore("noop_with_empty_axes");
    List<Dim> all = x.list();
    if (axes != null && !Node.axes(axes, 1).equals(List.of(0)) && !axes.isEmpty()) {
      throw new Refusal("axes=" + axes + " of whole numbers is not supported");
    }
    Dim result =
        node.op().equals("ReduceProd")
            ? Dim.ONE
            : node.op().equals("ReduceSum") ? Dim.ZERO : all.get(0);
    for (Dim d : all) {
      result =
          switch (node.op()) {
            case "ReduceProd" -> result.times(d);
            case "ReduceSum" -> result.plus(d);
            case "ReduceMax" -> extreme(new Dim[] {result, d}, 1);
            default -> extreme(new Dim[] {result, d}, -1);
          };
    }
    return keep ? Constant.row(List.of(result)) : Constant.whole(result);
  }
}
