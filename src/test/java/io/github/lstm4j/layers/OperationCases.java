package io.github.lstm4j.layers;

import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import java.util.stream.Collectors;

/** Each operation of {@code keras.ops} in a way or more, of sequences (3, 4) and vectors (4). */
public final class OperationCases {
  private static final Tensor ROW = Tensor.of(new float[] {0.5f, -1, 2, -0.25f});
  private static final Tensor STEPS = Tensor.of(new float[] {1, -2, 0.5f}, 3, 1);
  private static final Tensor KERNEL =
      Tensor.of(new float[] {1, -1, 0.5f, 2, 0.25f, -0.5f, 3, 1}, 4, 2);

  private final Map<String, Case> all = new LinkedHashMap<>();

  /** What is made of x and y (batch, 3, 4) and z (batch, 4). */
  @FunctionalInterface
  public interface Case {
    /** The result. */
    KerasTensor of(KerasTensor x, KerasTensor y, KerasTensor z);
  }

  private OperationCases() {
    elementwise();
    reductions();
    moves();
    products();
  }

  /** All cases, by name. */
  public static Map<String, Case> all() {
    return Collections.unmodifiableMap(new OperationCases().all);
  }

  /** Kinds of operations that these are none of. */
  public static Set<String> missing(Set<String> covered) {
    return OperationKinds.classNames().stream()
        .filter(name -> !covered.contains(name))
        .collect(Collectors.toSet());
  }

  private void one(String name, UnaryOperator<KerasTensor> of) {
    all.put(name, (x, y, z) -> of.apply(x));
  }

  /** An operation of one or more tensors, by its class. */
  private static KerasTensor by(String className, KerasTensor... operands) {
    List<Tensor> none = Arrays.asList(new Tensor[operands.length]);
    return Operation.of(className, none, List.of()).apply(operands);
  }

  private void elementwise() {
    for (String name :
        List.of(
            "Add",
            "Subtract",
            "Multiply",
            "TrueDivide",
            "Divide",
            "FloorDivide",
            "Mod",
            "Maximum",
            "Minimum",
            "Equal",
            "NotEqual",
            "Greater",
            "GreaterEqual",
            "Less",
            "LessEqual",
            "LogicalAnd",
            "LogicalOr",
            "LogicalXor")) {
      all.put(name, (x, y, z) -> by(name, x, y));
      all.put(name + " broadcast", (x, y, z) -> by(name, Ops.expandDims(z, 1), x));
    }
    for (String name :
        List.of(
            "LogicalNot",
            "Isnan",
            "Negative",
            "Absolute",
            "Abs",
            "Sign",
            "Floor",
            "Ceil",
            "Square",
            "Reciprocal",
            "Exp",
            "Tanh",
            "ConvertToTensor",
            "ZerosLike",
            "OnesLike",
            "StopGradient",
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
            "SparsePlus",
            "LeakyRelu",
            "Elu",
            "Celu",
            "Gelu")) {
      one(name, x -> by(name, x));
    }
    for (String name : List.of("Sqrt", "Rsqrt", "Log", "Log1p", "Log2", "Log10")) {
      one(name, x -> by(name, Ops.add(Ops.absolute(x), 0.1f)));
    }
    one("equal in part", x -> Ops.equal(Ops.floor(x), Ops.ceil(Ops.subtract(x, 1))));
    one("constant first", x -> Ops.subtract(ROW, x));
    one("constant of timesteps", x -> Ops.multiply(x, STEPS));
    all.put("Power", (x, y, z) -> Ops.power(Ops.absolute(x), y));
    all.put("Power of whole numbers", (x, y, z) -> Ops.power(x, Ops.floor(y)));
    one("square", x -> Ops.power(x, 2));
    one("cube", x -> Ops.power(x, 3));
    one("Where", x -> Ops.where(Ops.greater(x, 0), x, 0.5f));
    all.put("Where of vectors", (x, y, z) -> Ops.where(Ops.greater(z, 0), z, ROW));
    one("Clip", x -> Ops.clip(x, -0.5f, 0.7f));
    one("Cast to int32", x -> Ops.cast(Ops.multiply(x, 3), "int32"));
    one("Cast to bool", x -> Ops.cast(Ops.relu(x), "bool"));
    for (int axis : new int[] {-1, 1}) {
      one("Softmax " + axis, x -> Ops.softmax(x, axis));
      one("LogSoftmax " + axis, x -> Ops.logSoftmax(x, axis));
    }
    all.put("Softmax of four", (x, y, z) -> Ops.softmax(four(x, y), 2));
    all.put("OneHot", (x, y, z) -> Ops.oneHot(Ops.cast(Ops.absolute(x), "int32"), 3));
  }

  private void reductions() {
    for (String name :
        List.of(
            "Sum", "Mean", "Max", "Min", "Amax", "Amin", "Any", "All", "Var", "Std", "Logsumexp")) {
      for (int[] axes : new int[][] {{1}, {-1}, {1, 2}}) {
        boolean keep = axes.length > 1;
        Case reduce =
            (x, y, z) ->
                Operation.of(name, Collections.singletonList(null), List.of())
                    .with("axis", axes)
                    .with("keepdims", keep)
                    .apply(x);
        all.put(name + " over " + Arrays.toString(axes), reduce);
      }
    }
    for (int axis : new int[] {1, 2}) {
      one("Argmax " + axis, x -> Ops.argmax(x, axis));
      Operation least = Operation.of("Argmin", Collections.singletonList(null), List.of());
      one("Argmin " + axis, x -> least.with("axis", new int[] {axis}).apply(x));
    }
  }

  /** (batch, 3, 3, 4) of all pairs of timesteps. */
  private static KerasTensor four(KerasTensor x, KerasTensor y) {
    return Ops.multiply(Ops.expandDims(x, 1), Ops.expandDims(y, 2));
  }

  private void moves() {
    one("Transpose", x -> Ops.transpose(x, 0, 2, 1));
    one(
        "Transpose with the batch",
        x -> Ops.transpose(Ops.tanh(Ops.transpose(x, 2, 0, 1)), 1, 2, 0));
    all.put("Transpose of four", (x, y, z) -> Ops.transpose(four(x, y), 0, 3, 1, 2));
    Operation swap = Operation.of("Swapaxes", Collections.singletonList(null), List.of());
    one("Swapaxes", x -> swap.with("axis1", 1).with("axis2", -1).apply(x));
    one("Reshape", x -> Ops.reshape(x, -1, 2, 6));
    one("Reshape to four", x -> Ops.reshape(x, -1, 3, 2, 2));
    one("Squeeze", x -> Ops.squeeze(Ops.getItem(x, Index.all(), Index.range(1, 2, 1)), 1));
    all.put("ExpandDims", (x, y, z) -> Ops.expandDims(z, 1));
    all.put("ExpandDims of four", (x, y, z) -> Ops.expandDims(Ops.square(x), 2));
    one("GetItem", x -> Ops.getItem(x, Index.all(), Index.at(-1)));
    one("GetItem strided", x -> Ops.getItem(x, Index.rest(), Index.range(1, null, 2)));
    one("GetItem backwards", x -> Ops.getItem(x, Index.all(), Index.range(null, null, -2)));
    one(
        "GetItem of both",
        x -> Ops.getItem(x, Index.all(), Index.range(2, 0, -1), Index.range(null, null, -3)));
    all.put(
        "GetItem of four",
        (x, y, z) ->
            Ops.getItem(four(x, y), Index.all(), Index.range(null, null, -2), Index.at(1)));
    one(
        "difference",
        x ->
            Ops.subtract(
                Ops.getItem(x, Index.all(), Index.range(1, null, 1)),
                Ops.getItem(x, Index.all(), Index.range(null, -1, 1))));
    one("Flip", x -> Ops.flip(x, 1));
    one("Flip both", x -> Ops.flip(x, 1, 2));
    one("Repeat", x -> Ops.repeat(x, 2, 1));
    all.put("Repeat of vectors", (x, y, z) -> Ops.repeat(z, 3, 1));
    one("Tile", x -> Ops.tile(x, 1, 2, 3));
    all.put("BroadcastTo", (x, y, z) -> broadcast(Ops.expandDims(x, 2)));
    one("Take", x -> Ops.take(x, 1, 0, 2, 2, 1));
    one("Take of one", x -> Ops.take(x, 2, 3, 1));
    all.put("Concatenate", (x, y, z) -> Ops.concatenate(1, x, y, x));
    all.put("Concatenate features", (x, y, z) -> Ops.concatenate(-1, x, y));
    all.put("Stack", (x, y, z) -> Ops.stack(1, z, Ops.negative(z), z));
    all.put("Stack to four", (x, y, z) -> Ops.stack(-1, x, y));
  }

  private static KerasTensor broadcast(KerasTensor x) {
    return Ops.add(x, Ops.broadcastTo(Ops.mean(x, true, 0, 1, 2, 3), 1, 3, 2, 4));
  }

  private void products() {
    all.put("Matmul", (x, y, z) -> Ops.matmul(x, Ops.transpose(y, 0, 2, 1)));
    one("Matmul with a kernel", x -> Ops.matmul(x, KERNEL));
    one("Matmul with a row", x -> Ops.matmul(x, ROW));
    one("Matmul of a kernel", x -> Ops.matmul(Tensor.of(STEPS.data(), 1, 3), x));
    all.put(
        "Matmul of four",
        (x, y, z) ->
            Ops.matmul(
                Ops.reshape(x, -1, 3, 2, 2),
                Ops.transpose(Ops.reshape(y, -1, 3, 2, 2), 0, 1, 3, 2)));
    all.put(
        "attention",
        (x, y, z) -> Ops.matmul(Ops.softmax(Ops.matmul(x, Ops.transpose(y, 0, 2, 1)), -1), y));
  }
}
