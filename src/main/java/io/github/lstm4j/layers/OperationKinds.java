package io.github.lstm4j.layers;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.layers.OperationKind.Lowered;
import io.github.lstm4j.layers.OperationKind.ShapeRule;
import io.github.lstm4j.names.Names;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;

/** The operations of {@code keras.ops}: one line for each. */
final class OperationKinds {
  private static final Map<String, OperationKind> BY_CLASS_NAME = new LinkedHashMap<>();
  private static final String NUMPY = "numpy";
  private static final String CORE = "core";
  private static final String NN = "nn";
  private static final String MATH = "math";
  private static final String AXIS = "axis";
  private static final int[] NONE = {};

  static {
    binary("Add", Expression::plus);
    binary("Subtract", Expression::minus);
    binary("Multiply", Expression::times);
    binary("TrueDivide", Expression::dividedBy);
    binary("Divide", Expression::dividedBy);
    binary("FloorDivide", (a, b) -> a.dividedBy(b).floor());
    binary("Mod", (a, b) -> a.minus(b.times(a.dividedBy(b).floor())));
    elementwise(NUMPY, "Power", 2, OperationKinds::power);
    binary("Maximum", Expression::maximum);
    binary("Minimum", Expression::minimum);
    binary("Equal", Expression::equalTo).truth();
    binary("NotEqual", (a, b) -> not(a.equalTo(b))).truth();
    binary("Greater", Expression::greaterThan).truth();
    binary("GreaterEqual", Expression::atLeast).truth();
    binary("Less", (a, b) -> b.greaterThan(a)).truth();
    binary("LessEqual", (a, b) -> b.atLeast(a)).truth();
    binary("LogicalAnd", (a, b) -> truth(a).times(truth(b))).truth();
    binary("LogicalOr", (a, b) -> truth(a).maximum(truth(b))).truth();
    binary("LogicalXor", (a, b) -> not(truth(a).equalTo(truth(b)))).truth();
    unary(NUMPY, "LogicalNot", a -> a.equalTo(0)).truth();
    unary(NUMPY, "Isnan", a -> not(a.equalTo(a))).truth();
    elementwise(NUMPY, "Where", 3, (o, x) -> x.get(0).where(x.get(1), x.get(2)));
    unary(NUMPY, "Negative", Expression::negate);
    unary(NUMPY, "Absolute", Expression::abs);
    unary(NUMPY, "Abs", Expression::abs);
    unary(NUMPY, "Sign", Expression::sign);
    unary(NUMPY, "Floor", Expression::floor);
    unary(NUMPY, "Ceil", a -> a.negate().floor().negate());
    unary(NUMPY, "Square", Expression::square);
    unary(NUMPY, "Sqrt", Expression::sqrt);
    unary(MATH, "Rsqrt", a -> a.sqrt().reciprocal());
    unary(NUMPY, "Reciprocal", Expression::reciprocal);
    unary(NUMPY, "Exp", Expression::exp);
    unary(NUMPY, "Log", Expression::log);
    unary(NUMPY, "Log1p", Expression::log1p);
    unary(NUMPY, "Log2", a -> a.log().times((float) (1 / Math.log(2))));
    unary(NUMPY, "Log10", a -> a.log().times((float) (1 / Math.log(10))));
    unary(NUMPY, "Tanh", a -> a.activate(Activation.TANH));
    elementwise(NUMPY, "Clip", 1, (o, x) -> x.get(0).clip(o.number("x_min"), o.number("x_max")))
        .with("x_min", Float.class, null)
        .with("x_max", Float.class, null);
    unary(CORE, "ConvertToTensor", a -> a)
        .with("dtype", null, null)
        .with("sparse", null, null)
        .with("ragged", null, null);
    unary(NUMPY, "ZerosLike", a -> a.constant(0).broadcastTo(a.shape()))
        .with("dtype", String.class, null);
    unary(NUMPY, "OnesLike", a -> a.constant(1).broadcastTo(a.shape()))
        .with("dtype", String.class, null);
    unary(CORE, "StopGradient", Expression::withoutGradient);
    put(CORE, "Cast", 1, OperationShapes::cast, one((o, x) -> cast(x.get(0), o.text("dtype"))))
        .elementwise()
        .with("dtype", String.class, null);
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
      activation(name, Activation.of(KerasNames.snakeCase(name)));
    }
    elementwise(
            NN,
            "LeakyRelu",
            1,
            (o, x) -> x.get(0).activate(Activation.leakyRelu(o.number("negative_slope"))))
        .with("negative_slope", Float.class, 0.2f);
    elementwise(NN, "Elu", 1, (o, x) -> x.get(0).activate(Activation.elu(o.number("alpha"))))
        .with("alpha", Float.class, 1f);
    elementwise(NN, "Celu", 1, (o, x) -> x.get(0).activate(Activation.celu(o.number("alpha"))))
        .with("alpha", Float.class, 1f);
    elementwise(NN, "Gelu", 1, (o, x) -> gelu(x.get(0), o.flag("approximate")))
        .with("approximate", Boolean.class, true);
    along("Softmax", (o, x) -> softmax(x, o.axis(x.shape().rank())));
    along("LogSoftmax", (o, x) -> logSoftmax(x, o.axis(x.shape().rank())));
    reduction(NUMPY, "Sum", Expression::sum);
    reduction(NUMPY, "Mean", Expression::mean);
    reduction(NUMPY, "Max", Expression::max).with("initial", null, null);
    reduction(NUMPY, "Min", Expression::min).with("initial", null, null);
    reduction(NUMPY, "Amax", Expression::max);
    reduction(NUMPY, "Amin", Expression::min);
    reduction(NUMPY, "Any", (a, axis, keep) -> truth(a).max(axis, keep)).truth();
    reduction(NUMPY, "All", (a, axis, keep) -> truth(a).min(axis, keep)).truth();
    reduction(NUMPY, "Argmax", (a, axis, keep) -> indexOf(a.max(axis, true), a, axis, keep));
    reduction(NUMPY, "Argmin", (a, axis, keep) -> indexOf(a.min(axis, true), a, axis, keep));
    reduced(NUMPY, "Var", (o, x) -> variance(o, x));
    reduced(NUMPY, "Std", (o, x) -> variance(o, x).sqrt());
    reduced(MATH, "Logsumexp", OperationKinds::logsumexp);
    put(NUMPY, "Matmul", 2, OperationShapes::matmul, one((o, x) -> matmul(x.get(0), x.get(1))));
    move(
            "Transpose",
            OperationShapes::transposed,
            (o, x) -> x.transpose(OperationShapes.order(o, x.shape().rank())))
        .with("axes", int[].class, NONE);
    move(
            "Swapaxes",
            OperationShapes::swapped,
            (o, x) -> x.transpose(OperationShapes.swapping(o, x.shape().rank())))
        .with("axis1", Integer.class, null)
        .with("axis2", Integer.class, null);
    move("Reshape", OperationShapes::reshaped, (o, x) -> x.reshape(o.integers("newshape")))
        .with("newshape", int[].class, NONE);
    move("Squeeze", OperationShapes::squeezed, OperationKinds::squeeze)
        .with(AXIS, int[].class, NONE);
    move("ExpandDims", OperationShapes::expanded, OperationKinds::expandDims)
        .with(AXIS, int[].class, NONE);
    move("GetItem", OperationShapes::indexed, OperationKinds::getItem);
    move("Flip", OperationShapes.SAME, OperationKinds::flip).with(AXIS, int[].class, NONE);
    move("Repeat", OperationShapes::repeated, OperationKinds::repeat)
        .with("repeats", Integer.class, null)
        .with(AXIS, Integer.class, null);
    move("Tile", OperationShapes::tiled, OperationKinds::tile).with("repeats", int[].class, NONE);
    move(
            "BroadcastTo",
            OperationShapes::broadcastTo,
            (o, x) -> x.broadcastTo(Shape.of(o.integers("shape"))))
        .with("shape", int[].class, NONE);
    put(NUMPY, "Take", 2, OperationShapes::taken, one((o, x) -> take(o, x.get(0))))
        .move()
        .index(1)
        .with(AXIS, Integer.class, null);
    put(
            NUMPY,
            "Concatenate",
            0,
            OperationShapes::joined,
            one((o, x) -> concat(x, o.axis(x.get(0).shape().rank()))))
        .move()
        .with(AXIS, Integer.class, 0);
    put(NUMPY, "Stack", 0, OperationShapes::stacked, one(OperationKinds::stack))
        .move()
        .with(AXIS, Integer.class, 0);
    put(
            NN,
            "OneHot",
            1,
            OperationShapes::oneHot,
            one((o, x) -> oneHot(x.get(0), o.integer("num_classes"))))
        .with("num_classes", Integer.class, null)
        .with(AXIS, Integer.class, -1)
        .with("dtype", null, "float32")
        .with("sparse", null, false);
  }

  private OperationKinds() {}

  /** One result of one operand. */
  @FunctionalInterface
  private interface Single {
    Expression of(OperationSettings o, Expression x);
  }

  /** One result of several operands. */
  @FunctionalInterface
  private interface Joint {
    Expression of(OperationSettings o, List<Expression> x);
  }

  /** What is made of the elements along an axis. */
  @FunctionalInterface
  private interface Reduction {
    Expression of(Expression x, int axis, boolean keepDims);
  }

  static boolean isKnown(String className) {
    return BY_CLASS_NAME.containsKey(className);
  }

  static List<String> classNames() {
    return List.copyOf(BY_CLASS_NAME.keySet());
  }

  static OperationKind of(String className) {
    OperationKind kind = BY_CLASS_NAME.get(className);
    if (kind == null) {
      throw Names.unknown("operation", className, classNames());
    }
    return kind;
  }

  private static Lowered one(Joint joint) {
    return (o, x) -> List.of(joint.of(o, x));
  }

  private static OperationKind put(
      String module, String name, int operands, ShapeRule rule, Lowered lowered) {
    OperationKind kind = new OperationKind(module, name, operands, rule, lowered);
    BY_CLASS_NAME.put(name, kind);
    return kind;
  }

  private static OperationKind elementwise(String module, String name, int operands, Joint joint) {
    return put(module, name, operands, OperationShapes.BROADCAST, one(joint)).elementwise();
  }

  private static OperationKind binary(String name, BinaryOperator<Expression> function) {
    return elementwise(NUMPY, name, 2, (o, x) -> function.apply(x.get(0), x.get(1)));
  }

  private static OperationKind unary(
      String module, String name, UnaryOperator<Expression> function) {
    return elementwise(module, name, 1, (o, x) -> function.apply(x.get(0)));
  }

  private static void activation(String name, Activation activation) {
    unary(NN, name, x -> x.activate(activation));
  }

  private static void along(String name, Single function) {
    put(NN, name, 1, OperationShapes.SAME, (o, x) -> List.of(function.of(o, x.get(0))))
        .with(AXIS, Integer.class, -1);
  }

  private static OperationKind reduced(String module, String name, Single function) {
    Lowered lowered = (o, x) -> List.of(function.of(o, x.get(0)));
    return put(module, name, 1, OperationShapes.REDUCED, lowered)
        .with(AXIS, int[].class, NONE)
        .with("keepdims", Boolean.class, false);
  }

  private static OperationKind reduction(String module, String name, Reduction by) {
    return reduced(module, name, (o, x) -> reduce(o, x, by));
  }

  private static OperationKind move(String name, ShapeRule rule, Single function) {
    return put(NUMPY, name, 1, rule, (o, x) -> List.of(function.of(o, x.get(0)))).move();
  }

  // ---------------------------------------------------------------- what they compute

  private static Expression truth(Expression x) {
    return not(x.equalTo(0));
  }

  private static Expression not(Expression x) {
    return x.negate().plus(1);
  }

  /** NumPy's: of a negative base and a whole exponent a number. */
  private static Expression power(OperationSettings o, List<Expression> x) {
    Expression a = x.get(0);
    Expression b = x.get(1);
    Tensor exponent = o.constants().get(1);
    if (exponent != null && exponent.size() == 1 && exponent.data()[0] == 2) {
      return a.square();
    }
    Expression size = a.abs().power(b);
    Expression odd = b.times(0.5f).floor().times(-2).plus(b).equalTo(1);
    Expression ofNegative = odd.where(size.negate(), size);
    Expression whole = b.floor().equalTo(b);
    Expression zero = a.times(0);
    return zero.greaterThan(a).where(whole.where(ofNegative, a.power(b)), a.power(b));
  }

  private static Expression cast(Expression x, String dtype) {
    return switch (dtype) {
      case "float32" -> x;
      case "bool" -> truth(x);
      default -> x.sign().times(x.abs().floor());
    };
  }

  /** With the error function, or Hendrycks and Gimpel's approximation of it. */
  private static Expression gelu(Expression x, boolean approximate) {
    if (!approximate) {
      return x.activate(Activation.of("gelu"));
    }
    Expression inner = x.plus(x.times(x).times(x).times(0.044715f));
    Expression tanh = inner.times((float) Math.sqrt(2 / Math.PI)).activate(Activation.TANH);
    return x.times(0.5f).times(tanh.plus(1));
  }

  private static Expression softmax(Expression x, int axis) {
    boolean last = axis == x.shape().rank() - 1;
    return last ? x.activate(Activation.SOFTMAX) : x.softmax(axis);
  }

  private static Expression logSoftmax(Expression x, int axis) {
    boolean last = axis == x.shape().rank() - 1;
    return last ? x.activate(Activation.of("log_softmax")) : x.logSoftmax(axis);
  }

  private static Expression reduce(OperationSettings o, Expression x, Reduction by) {
    int[] axes = o.axes(x.shape().rank());
    Expression y = x;
    for (int i = axes.length - 1; i >= 0; i--) {
      y = by.of(y, axes[i], o.flag("keepdims"));
    }
    return y;
  }

  /** Where along an axis something is first. */
  private static Expression indexOf(Expression what, Expression x, int axis, boolean keepDims) {
    int length = x.shape().dim(axis);
    int[] dims = new int[x.shape().rank() - axis];
    Arrays.fill(dims, 1);
    dims[0] = length;
    Expression numbers = x.constant(Tensor.of(counted(length), dims));
    return x.equalTo(what).where(numbers, x.constant(length)).min(axis, keepDims);
  }

  private static Expression variance(OperationSettings o, Expression x) {
    Expression mean = x;
    for (int axis : o.axes(x.shape().rank())) {
      mean = mean.mean(axis, true);
    }
    return reduce(o, x.minus(mean).square(), Expression::mean);
  }

  private static Expression logsumexp(OperationSettings o, Expression x) {
    Expression max = x;
    for (int axis : o.axes(x.shape().rank())) {
      max = max.max(axis, true);
    }
    Expression fixed = max.withoutGradient();
    Expression sum = reduce(o, x.minus(fixed).exp(), Expression::sum);
    return sum.log().plus(reduce(o, fixed, Expression::max));
  }

  private static Expression matmul(Expression a, Expression b) {
    Expression first = a.shape().rank() == 1 ? a.expandDims(0) : a;
    Expression second = b.shape().rank() == 1 ? b.expandDims(1) : b;
    Expression y = first.matmul(second);
    y = b.shape().rank() == 1 ? y.squeeze(-1) : y;
    return a.shape().rank() == 1 ? y.squeeze(b.shape().rank() == 1 ? -1 : -2) : y;
  }

  private static Expression squeeze(OperationSettings o, Expression x) {
    Expression y = x;
    int[] axes = OperationShapes.squeezing(o, x.shape());
    for (int i = axes.length - 1; i >= 0; i--) {
      y = y.squeeze(axes[i]);
    }
    return y;
  }

  private static Expression expandDims(OperationSettings o, Expression x) {
    Expression y = x;
    for (int axis : o.axes(x.shape().rank() + o.integers(AXIS).length)) {
      y = y.expandDims(axis);
    }
    return y;
  }

  private static Expression getItem(OperationSettings o, Expression x) {
    Expression y = x;
    int axis = 0;
    for (Index index : OperationShapes.indices(o, x.shape().rank())) {
      int length = index.kind() == Index.Kind.NEW_AXIS ? 1 : y.shape().dim(axis);
      switch (index.kind()) {
        case NEW_AXIS -> y = y.expandDims(axis++);
        case AT ->
            y = y.slice(axis, OperationShapes.within(index.start(), length), 1).squeeze(axis);
        default -> {
          boolean all = index.equals(Index.all());
          y = all ? y : y.slice(axis, index.from(length), index.size(length), index.by());
          axis++;
        }
      }
    }
    return y;
  }

  private static Expression flip(OperationSettings o, Expression x) {
    Expression y = x;
    for (int axis : o.axes(x.shape().rank())) {
      int length = x.shape().dim(axis);
      y = y.slice(axis, length - 1, length, -1);
    }
    return y;
  }

  /** Indices that lie as far from one another as the next are one slice. */
  private static Expression take(OperationSettings o, Expression x) {
    int axis = o.axis(x.shape().rank());
    int length = x.shape().dim(axis);
    int[] at = o.constants().get(1).toInts();
    for (int i = 0; i < at.length; i++) {
      at[i] = OperationShapes.within(at[i], length);
    }
    List<Expression> parts = new ArrayList<>();
    for (int from = 0; from < at.length; ) {
      int to = from + 1;
      while (to < at.length && (to == from + 1 || at[to] - at[to - 1] == at[from + 1] - at[from])) {
        to++;
      }
      int step = to == from + 1 ? 1 : at[from + 1] - at[from];
      parts.add(x.slice(axis, at[from], to - from, step));
      from = to;
    }
    Expression all = concat(parts, axis);
    return o.constants().get(1).shape().rank() == 0 ? all.squeeze(axis) : all;
  }

  private static Expression repeat(OperationSettings o, Expression x) {
    int axis = o.axis(x.shape().rank());
    Expression each = x.expandDims(axis + 1);
    int[] dims = x.shape().dims();
    dims[axis] *= o.integer("repeats");
    return each.broadcastTo(each.shape().with(axis + 1, o.integer("repeats"))).reshape(dims);
  }

  private static Expression tile(OperationSettings o, Expression x) {
    int[] repeats = o.integers("repeats");
    Expression y = x;
    for (int i = 1; i <= repeats.length; i++) {
      Expression[] more = new Expression[repeats[repeats.length - i] - 1];
      Arrays.fill(more, y);
      y = more.length == 0 ? y : y.concat(-i, more);
    }
    return y;
  }

  private static Expression concat(List<Expression> x, int axis) {
    return x.get(0).concat(axis, x.subList(1, x.size()).toArray(new Expression[0]));
  }

  private static Expression stack(OperationSettings o, List<Expression> x) {
    int axis = o.axis(x.get(0).shape().rank() + 1);
    return concat(x.stream().map(e -> e.expandDims(axis)).toList(), axis);
  }

  private static Expression oneHot(Expression x, int classes) {
    return x.expandDims(-1).equalTo(x.constant(Tensor.of(counted(classes))));
  }

  private static float[] counted(int length) {
    float[] all = new float[length];
    for (int i = 0; i < length; i++) {
      all[i] = i;
    }
    return all;
  }
}
