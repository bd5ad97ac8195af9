package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The operations of {@code keras.ops} for functional models: each takes tensors of a model that is
 * being put together, and gives another. Axes are counted with the batch as 0, or from the end if
 * negative. What Keras's files have of them is read and written.
 *
 * <p>An operand {@code Object} is a {@link KerasTensor}, or a constant: a {@link Tensor} or a
 * number. Shapes are broadcast by NumPy's rules. Masks end at an operation.
 *
 * <pre>{@code
 * KerasTensor x = new Input(4, 2).output();
 * KerasTensor last = Ops.getItem(x, Index.all(), Index.at(-1)); // x[:, -1]
 * KerasTensor change = Ops.subtract(last, Ops.mean(x, false, 1));
 * Model model = Model.of(List.of(x), List.of(Ops.multiply(change, 2)));
 * System.out.println(model.outputShape()); // (None, 2)
 * }</pre>
 */
public final class Ops {
  private static final String AXIS = "axis";

  private Ops() {}

  private static KerasTensor use(String className, Object... operands) {
    return on(Operation.of(className, constants(operands), List.of()), operands);
  }

  private static KerasTensor on(Operation operation, Object... operands) {
    return operation.apply(
        Arrays.stream(operands)
            .filter(KerasTensor.class::isInstance)
            .map(KerasTensor.class::cast)
            .toArray(KerasTensor[]::new));
  }

  private static List<Tensor> constants(Object... operands) {
    List<Tensor> all = new ArrayList<>();
    for (Object operand : operands) {
      if (operand instanceof KerasTensor) {
        all.add(null);
      } else if (operand instanceof Tensor t) {
        all.add(t.copy());
      } else if (operand instanceof Number n) {
        all.add(Tensor.of(new float[] {n.floatValue()}, new int[0]));
      } else {
        throw new IllegalArgumentException(
            "an operand: expected a KerasTensor, a Tensor or a number, got " + operand);
      }
    }
    return all;
  }

  /** {@code a + b}. */
  public static KerasTensor add(Object a, Object b) {
    return use("Add", a, b);
  }

  /** {@code a − b}. */
  public static KerasTensor subtract(Object a, Object b) {
    return use("Subtract", a, b);
  }

  /** {@code a·b}. */
  public static KerasTensor multiply(Object a, Object b) {
    return use("Multiply", a, b);
  }

  /** {@code a / b}. */
  public static KerasTensor divide(Object a, Object b) {
    return use("TrueDivide", a, b);
  }

  /** {@code a / b}, rounded down. */
  public static KerasTensor floorDivide(Object a, Object b) {
    return use("FloorDivide", a, b);
  }

  /** What remains of {@code a / b}, with the sign of b. */
  public static KerasTensor mod(Object a, Object b) {
    return use("Mod", a, b);
  }

  /** {@code a} to the power of {@code b}. */
  public static KerasTensor power(Object a, Object b) {
    return use("Power", a, b);
  }

  /** The larger of the two. */
  public static KerasTensor maximum(Object a, Object b) {
    return use("Maximum", a, b);
  }

  /** The smaller of the two. */
  public static KerasTensor minimum(Object a, Object b) {
    return use("Minimum", a, b);
  }

  /** 1 where both are equal, else 0. */
  public static KerasTensor equal(Object a, Object b) {
    return use("Equal", a, b);
  }

  /** 0 where both are equal, else 1. */
  public static KerasTensor notEqual(Object a, Object b) {
    return use("NotEqual", a, b);
  }

  /** 1 where {@code a > b}, else 0. */
  public static KerasTensor greater(Object a, Object b) {
    return use("Greater", a, b);
  }

  /** 1 where {@code a ≥ b}, else 0. */
  public static KerasTensor greaterEqual(Object a, Object b) {
    return use("GreaterEqual", a, b);
  }

  /** 1 where {@code a < b}, else 0. */
  public static KerasTensor less(Object a, Object b) {
    return use("Less", a, b);
  }

  /** 1 where {@code a ≤ b}, else 0. */
  public static KerasTensor lessEqual(Object a, Object b) {
    return use("LessEqual", a, b);
  }

  /** 1 where both are true, that is not 0. */
  public static KerasTensor logicalAnd(Object a, Object b) {
    return use("LogicalAnd", a, b);
  }

  /** 1 where any is true. */
  public static KerasTensor logicalOr(Object a, Object b) {
    return use("LogicalOr", a, b);
  }

  /** 1 where one is true and not the other. */
  public static KerasTensor logicalXor(Object a, Object b) {
    return use("LogicalXor", a, b);
  }

  /** 1 where it is 0, else 0. */
  public static KerasTensor logicalNot(KerasTensor x) {
    return use("LogicalNot", x);
  }

  /** {@code −x}. */
  public static KerasTensor negative(KerasTensor x) {
    return use("Negative", x);
  }

  /** The magnitude. */
  public static KerasTensor absolute(KerasTensor x) {
    return use("Absolute", x);
  }

  /** 1, 0 or −1. */
  public static KerasTensor sign(KerasTensor x) {
    return use("Sign", x);
  }

  /** The largest whole number that is not above. */
  public static KerasTensor floor(KerasTensor x) {
    return use("Floor", x);
  }

  /** The smallest whole number that is not below. */
  public static KerasTensor ceil(KerasTensor x) {
    return use("Ceil", x);
  }

  /** The square. */
  public static KerasTensor square(KerasTensor x) {
    return use("Square", x);
  }

  /** The square root. */
  public static KerasTensor sqrt(KerasTensor x) {
    return use("Sqrt", x);
  }

  /** {@code 1/√x}. */
  public static KerasTensor rsqrt(KerasTensor x) {
    return use("Rsqrt", x);
  }

  /** {@code 1/x}. */
  public static KerasTensor reciprocal(KerasTensor x) {
    return use("Reciprocal", x);
  }

  /** e to this power. */
  public static KerasTensor exp(KerasTensor x) {
    return use("Exp", x);
  }

  /** The natural logarithm. */
  public static KerasTensor log(KerasTensor x) {
    return use("Log", x);
  }

  /** {@code log(1 + x)}. */
  public static KerasTensor log1p(KerasTensor x) {
    return use("Log1p", x);
  }

  /** The hyperbolic tangent. */
  public static KerasTensor tanh(KerasTensor x) {
    return use("Tanh", x);
  }

  /** {@code 1/(1 + e⁻ˣ)}. */
  public static KerasTensor sigmoid(KerasTensor x) {
    return use("Sigmoid", x);
  }

  /** {@code max(x, 0)}. */
  public static KerasTensor relu(KerasTensor x) {
    return use("Relu", x);
  }

  /** {@code log(1 + eˣ)}. */
  public static KerasTensor softplus(KerasTensor x) {
    return use("Softplus", x);
  }

  /** The same numbers, of which training knows no origin. */
  public static KerasTensor stopGradient(KerasTensor x) {
    return use("StopGradient", x);
  }

  /** {@code then} where the condition is not 0, {@code otherwise} where it is. */
  public static KerasTensor where(Object condition, Object then, Object otherwise) {
    return use("Where", condition, then, otherwise);
  }

  /** At least {@code min} and at most {@code max}. */
  public static KerasTensor clip(KerasTensor x, float min, float max) {
    return on(operation("Clip", x).with("x_min", min).with("x_max", max), x);
  }

  /**
   * As numbers of another type.
   *
   * @param dtype {@code float32}; {@code int32} or {@code int64}, which cut off what is behind the
   *     point; {@code bool}, 1 where it is not 0
   */
  public static KerasTensor cast(KerasTensor x, String dtype) {
    return on(operation("Cast", x).with("dtype", dtype), x);
  }

  /** {@code eˣ/Σeˣ} along an axis. */
  public static KerasTensor softmax(KerasTensor x, int axis) {
    return on(operation("Softmax", x).with(AXIS, axis), x);
  }

  /** The logarithm of {@link #softmax}. */
  public static KerasTensor logSoftmax(KerasTensor x, int axis) {
    return on(operation("LogSoftmax", x).with(AXIS, axis), x);
  }

  /**
   * The sum over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor sum(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Sum", x, keepDims, axes);
  }

  /**
   * The mean over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor mean(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Mean", x, keepDims, axes);
  }

  /**
   * The largest over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor max(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Max", x, keepDims, axes);
  }

  /**
   * The smallest over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor min(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Min", x, keepDims, axes);
  }

  /**
   * 1 where any over axes is not 0, else 0.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor any(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Any", x, keepDims, axes);
  }

  /**
   * 1 where all over axes are not 0, else 0.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor all(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("All", x, keepDims, axes);
  }

  /**
   * The variance over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor var(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Var", x, keepDims, axes);
  }

  /**
   * The standard deviation over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor std(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Std", x, keepDims, axes);
  }

  /**
   * {@code log Σeˣ} over axes.
   *
   * @param keepDims whether they stay, with length 1
   * @param axes none for all
   */
  public static KerasTensor logsumexp(KerasTensor x, boolean keepDims, int... axes) {
    return reduced("Logsumexp", x, keepDims, axes);
  }

  private static KerasTensor reduced(String name, KerasTensor x, boolean keepDims, int... axes) {
    return on(operation(name, x).with(AXIS, axes).with("keepdims", keepDims), x);
  }

  /** Where along an axis, which is gone then, the largest is first. */
  public static KerasTensor argmax(KerasTensor x, int axis) {
    return reduced("Argmax", x, false, axis);
  }

  /** The matrix product, by NumPy's rules. */
  public static KerasTensor matmul(Object a, Object b) {
    return use("Matmul", a, b);
  }

  /** The axes in another order: axis i of the result is axis {@code axes[i]} of x. */
  public static KerasTensor transpose(KerasTensor x, int... axes) {
    return on(operation("Transpose", x).with("axes", axes), x);
  }

  /**
   * The same elements in another shape, that of the batch included.
   *
   * @param shape at most one -1: what is left
   */
  public static KerasTensor reshape(KerasTensor x, int... shape) {
    return on(operation("Reshape", x).with("newshape", shape), x);
  }

  /** Without axes of length 1; all such if none are said. */
  public static KerasTensor squeeze(KerasTensor x, int... axes) {
    return on(operation("Squeeze", x).with(AXIS, axes), x);
  }

  /** With a new axis of length 1, which is number {@code axis} of the result. */
  public static KerasTensor expandDims(KerasTensor x, int axis) {
    return on(operation("ExpandDims", x).with(AXIS, new int[] {axis}), x);
  }

  /** {@code x[…]}. */
  public static KerasTensor getItem(KerasTensor x, Index... indices) {
    return on(Operation.of("GetItem", constants(x), List.of(indices)), x);
  }

  /**
   * Those of an axis at some places, in that order.
   *
   * @param indices negative ones are counted from the end
   */
  public static KerasTensor take(KerasTensor x, int axis, int... indices) {
    return on(
        Operation.of("Take", constants(x, Tensor.of(indices)), List.of()).with(AXIS, axis), x);
  }

  /** One behind the other along an axis. */
  public static KerasTensor concatenate(int axis, Object... all) {
    return on(operation("Concatenate", all).with(AXIS, axis), all);
  }

  /** Side by side along a new axis. */
  public static KerasTensor stack(int axis, Object... all) {
    return on(operation("Stack", all).with(AXIS, axis), all);
  }

  /** Each element of an axis several times. */
  public static KerasTensor repeat(KerasTensor x, int times, int axis) {
    return on(operation("Repeat", x).with("repeats", times).with(AXIS, axis), x);
  }

  /** All several times: a number for each axis. */
  public static KerasTensor tile(KerasTensor x, int... times) {
    return on(operation("Tile", x).with("repeats", times), x);
  }

  /** Along axes of length 1, or new ones in front, up to a shape of which all is known. */
  public static KerasTensor broadcastTo(KerasTensor x, int... shape) {
    return on(operation("BroadcastTo", x).with("shape", shape), x);
  }

  /** The elements of axes in the opposite order; of all if none are said. */
  public static KerasTensor flip(KerasTensor x, int... axes) {
    return on(operation("Flip", x).with(AXIS, axes), x);
  }

  /** 1 at the place that a whole number says, along a new last axis, else 0. */
  public static KerasTensor oneHot(KerasTensor x, int classes) {
    return on(operation("OneHot", x).with("num_classes", classes), x);
  }

  /** What Keras calls {@code convert_to_tensor}: the same. */
  static KerasTensor convertToTensor(KerasTensor x) {
    return use("ConvertToTensor", x);
  }

  /** Zeros or ones in the shape of x. */
  static KerasTensor like(KerasTensor x, int number, String dtype) {
    return on(operation(number == 0 ? "ZerosLike" : "OnesLike", x).with("dtype", dtype), x);
  }

  private static Operation operation(String name, Object... operands) {
    return Operation.of(name, constants(operands), List.of());
  }
}
