package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.graph.ElementwiseOp.Combine;
import io.github.lstm4j.graph.ElementwiseOp.Unary;
import io.github.lstm4j.graph.ReduceOp.Reduction;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/**
 * An expression that is written into a graph. A sequence, (B,T,…) to its user, lies (T,B,…): its
 * first two axes are swapped.
 */
public final class GraphExpression implements Expression {
  private final Graph graph;
  private final Value value;
  private final boolean swapped;

  private GraphExpression(Graph graph, Value value, boolean swapped) {
    this.graph = graph;
    this.value = value;
    this.swapped = swapped;
  }

  /** A value: (T,B,…) of a sequence, or one of at least rank 3; else (B,…). */
  public static GraphExpression of(Graph graph, Value value) {
    return new GraphExpression(graph, value, value.timeMajor() || value.shape().rank() > 2);
  }

  /** What an expression that was made of values of this graph is written as. */
  static GraphExpression of(Expression e) {
    if (e instanceof GraphExpression g) {
      return g;
    }
    throw new IllegalArgumentException(
        e == null
            ? "expected an expression, got null"
            : "expected an expression of those given, not another " + e.getClass().getSimpleName());
  }

  /** The value, as it lies in memory. */
  public Value value() {
    return value;
  }

  /** The value as layers have it: (T,B,…) of at least rank 3, else with the user's axes. */
  public Value asSignal() {
    boolean asSequence = value.shape().rank() > 2;
    Value v = lying(value.shape().rank(), asSequence);
    return v.timeMajor() == asSequence ? v : graph.reshape(v, v.shape(), asSequence, v.name());
  }

  /** The value with its axes in the user's order. */
  Value inUsersOrder() {
    return swapped ? swap().value : value;
  }

  /** The value as values lie: time-major if it is a sequence or of at least rank 3. */
  Value inMemoryOrder() {
    return swapped || value.shape().rank() < 3 ? value : swap().value;
  }

  @Override
  public Shape shape() {
    return swapped ? exchanged(value.shape()) : value.shape();
  }

  private static Shape exchanged(Shape s) {
    return s.with(0, s.dim(1)).with(1, s.dim(0));
  }

  private GraphExpression with(Value v) {
    return new GraphExpression(graph, v, swapped);
  }

  /** The same, its first two axes lying the other way round. */
  private GraphExpression swap() {
    int[] axes = new int[value.shape().rank()];
    for (int i = 0; i < axes.length; i++) {
      axes[i] = i < 2 ? 1 - i : i;
    }
    return new GraphExpression(graph, graph.permute(value, axes, !swapped, value.name()), !swapped);
  }

  /** The same with axes of length 1 in front up to a rank, lying as asked for. */
  private Value lying(int rank, boolean asSequence) {
    if (value.shape().rank() == rank || rank < 2) {
      return swapped == asSequence ? value : swap().value;
    }
    Value v = inUsersOrder();
    int[] dims = new int[rank];
    for (int i = 0; i < rank; i++) {
      int at = i - rank + v.shape().rank();
      dims[i] = at < 0 ? 1 : v.dim(at);
    }
    // the first axis has length 1, so that to exchange it with the second moves nothing
    Shape shape = asSequence ? exchanged(Shape.of(dims)) : Shape.of(dims);
    return graph.reshape(v, shape, v.name());
  }

  @Override
  public Expression constant(float number) {
    return new GraphExpression(graph, graph.constant(number), false);
  }

  @Override
  public Expression constant(Tensor content) {
    return new GraphExpression(graph, graph.constant("constant", content), false);
  }

  private GraphExpression binary(Combine combine, String name, Expression other) {
    GraphExpression o = of(other);
    fit(name, o);
    int rank = Math.max(shape().rank(), o.shape().rank());
    boolean asSequence = lies(rank) || o.lies(rank);
    Value a = scalar() ? value : lying(rank, asSequence);
    Value b = o.scalar() ? o.value : o.lying(rank, asSequence);
    return new GraphExpression(graph, graph.binary(combine, a, b, name), asSequence);
  }

  private boolean scalar() {
    return value.shape().rank() == 0;
  }

  /** Whether a result of that rank is to lie as this does. */
  private boolean lies(int rank) {
    return swapped && value.shape().rank() == rank;
  }

  private Shape fit(String name, GraphExpression other) {
    try {
      return Axes.broadcast(name, shape(), other.shape());
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          name
              + ": the shapes "
              + shape()
              + " and "
              + other.shape()
              + " do not fit: from the last axis on, lengths must be equal or 1",
          e);
    }
  }

  @Override
  public Expression plus(Expression other) {
    return binary(Combine.SUM, "plus", other);
  }

  @Override
  public Expression plus(float number) {
    return with(graph.affine(1, value, number, "plus"));
  }

  @Override
  public Expression minus(Expression other) {
    return binary(Combine.SUB, "minus", other);
  }

  @Override
  public Expression times(Expression other) {
    return binary(Combine.MUL, "times", other);
  }

  @Override
  public Expression times(float number) {
    return with(graph.scale(number, value, "times"));
  }

  @Override
  public Expression dividedBy(Expression other) {
    return binary(Combine.DIV, "dividedBy", other);
  }

  @Override
  public Expression power(Expression other) {
    return binary(Combine.POW, "power", other);
  }

  @Override
  public Expression maximum(Expression other) {
    return binary(Combine.MAX, "maximum", other);
  }

  @Override
  public Expression minimum(Expression other) {
    return binary(Combine.MIN, "minimum", other);
  }

  @Override
  public Expression equalTo(Expression other) {
    return binary(Combine.EQUAL, "equalTo", other);
  }

  @Override
  public Expression greaterThan(Expression other) {
    return binary(Combine.GREATER, "greaterThan", other);
  }

  @Override
  public Expression atLeast(Expression other) {
    return binary(Combine.GREATER_EQUAL, "atLeast", other);
  }

  @Override
  public Expression where(Expression then, Expression otherwise) {
    GraphExpression a = of(then);
    GraphExpression b = of(otherwise);
    fit("where", a);
    fit("where", b);
    a.fit("where", b);
    int rank =
        Math.max(value.shape().rank(), Math.max(a.value.shape().rank(), b.value.shape().rank()));
    boolean asSequence = lies(rank) || a.lies(rank) || b.lies(rank);
    List<Value> operands = new ArrayList<>();
    for (GraphExpression e : List.of(this, a, b)) {
      operands.add(e.scalar() ? e.value : e.lying(rank, asSequence));
    }
    Value y = graph.where(operands.get(0), operands.get(1), operands.get(2), "where");
    return new GraphExpression(graph, y, asSequence);
  }

  private Expression unary(Unary function) {
    return with(graph.unary(function, value, function.name().toLowerCase(Locale.ROOT)));
  }

  @Override
  public Expression negate() {
    return unary(Unary.NEGATE);
  }

  @Override
  public Expression abs() {
    return unary(Unary.ABS);
  }

  @Override
  public Expression sign() {
    return unary(Unary.SIGN);
  }

  @Override
  public Expression floor() {
    return unary(Unary.FLOOR);
  }

  @Override
  public Expression square() {
    return unary(Unary.SQUARE);
  }

  @Override
  public Expression sqrt() {
    return unary(Unary.SQRT);
  }

  @Override
  public Expression reciprocal() {
    return unary(Unary.RECIPROCAL);
  }

  @Override
  public Expression exp() {
    return unary(Unary.EXP);
  }

  @Override
  public Expression log() {
    return unary(Unary.LOG);
  }

  @Override
  public Expression log1p() {
    return unary(Unary.LOG1P);
  }

  @Override
  public Expression activate(Activation activation) {
    if (scalar() && !activation.isElementwise()) {
      throw new IllegalArgumentException(
          activation.kerasName() + ": expected a last axis, got the shape ()");
    }
    return with(graph.activate(activation, value, activation.kerasName()));
  }

  @Override
  public Expression sum(int axis, boolean keepDims) {
    return reduce(Reduction.SUM, "sum", axis, keepDims);
  }

  @Override
  public Expression mean(int axis, boolean keepDims) {
    return reduce(Reduction.MEAN, "mean", axis, keepDims);
  }

  @Override
  public Expression max(int axis, boolean keepDims) {
    return reduce(Reduction.MAX, "max", axis, keepDims);
  }

  @Override
  public Expression min(int axis, boolean keepDims) {
    return reduce(Reduction.MIN, "min", axis, keepDims);
  }

  private Expression reduce(Reduction reduction, String name, int axis, boolean keepDims) {
    int at = inMemory(name, axis);
    Value y = graph.reduce(reduction, value, at, keepDims, name);
    return new GraphExpression(graph, y, swapped && (keepDims || at > 1));
  }

  /** An axis as it lies in memory. */
  private int inMemory(String name, int axis) {
    int rank = value.shape().rank();
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new IllegalArgumentException(name + ": the shape " + shape() + " has no axis " + axis);
    }
    return swapped && at < 2 ? 1 - at : at;
  }

  @Override
  public Expression slice(int axis, int from, int size, int step) {
    int at = inMemory("slice", axis);
    int last = from + (size - 1) * step;
    if (size < 1 || Math.min(from, last) < 0 || Math.max(from, last) >= value.dim(at)) {
      throw new IllegalArgumentException(
          "slice: "
              + size
              + " elements from "
              + from
              + " on"
              + (step == 1 ? "" : " in steps of " + step)
              + " do not lie within axis "
              + axis
              + " of the shape "
              + shape());
    }
    return with(graph.slice(value, at, from, size, step, "slice"));
  }

  @Override
  public Expression pad(int axis, int before, int after) {
    return with(graph.pad(value, inMemory("pad", axis), before, after, "pad"));
  }

  @Override
  public Expression transpose(int... axes) {
    int rank = value.shape().rank();
    boolean asSequence = rank > 2;
    int[] order = new int[rank];
    boolean asItIs = asSequence == swapped;
    for (int i = 0; i < rank; i++) {
      order[i] = inMemory("transpose", axes[asSequence && i < 2 ? 1 - i : i]);
      asItIs &= order[i] == i;
    }
    Value y = asItIs ? value : graph.permute(value, order, asSequence, "transpose");
    return new GraphExpression(graph, y, asSequence);
  }

  @Override
  public Expression reshape(int... dims) {
    Value v = inUsersOrder();
    int given = 1;
    for (int d : dims) {
      given *= d == Shape.UNKNOWN ? 1 : d;
    }
    int[] all = dims.clone();
    for (int i = 0; i < all.length; i++) {
      all[i] = all[i] == Shape.UNKNOWN && given > 0 ? v.size() / given : all[i];
    }
    if (Arrays.stream(dims).filter(d -> d == Shape.UNKNOWN).count() > 1
        || Shape.of(all).size() != v.size()) {
      throw new IllegalArgumentException(
          "reshape: the shape " + shape() + " does not fill " + Arrays.toString(dims));
    }
    return new GraphExpression(graph, graph.reshape(v, Shape.of(all), false, "reshape"), false);
  }

  @Override
  public Expression broadcastTo(Shape shape) {
    boolean asSequence = lies(shape.rank());
    Value v = scalar() ? value : lying(shape.rank(), asSequence);
    Value y = graph.broadcastTo(v, asSequence ? exchanged(shape) : shape, "broadcastTo");
    return new GraphExpression(graph, y, asSequence);
  }

  @Override
  public Expression matmul(Expression other) {
    GraphExpression o = of(other);
    Shape a = shape();
    Shape b = o.shape();
    if (a.rank() < 2 || b.rank() < 2 || a.last() != b.dim(-2)) {
      throw new IllegalArgumentException(
          "matmul: the shapes "
              + a
              + " and "
              + b
              + " do not fit: the last axis of the one must be as long as the last but one of the"
              + " other");
    }
    if (b.rank() == 2 && a.rank() > 2) {
      return with(graph.matMul(value, o.inUsersOrder(), null, "matmul"));
    } else if (a.rank() == 2 && b.rank() == 2) {
      Value y = graph.matMul(inUsersOrder(), o.inUsersOrder(), null, "matmul");
      return new GraphExpression(graph, y, false);
    }
    Shape lead = Axes.broadcast("matmul", lead(a), lead(b));
    Value y = graph.batchMatMul(matrices(lead), o.matrices(lead), false, false, "matmul.each");
    Shape shape = matrices(lead, a.dim(-2), b.last());
    return new GraphExpression(graph, graph.reshape(y, shape, false, "matmul"), false);
  }

  private static Shape lead(Shape s) {
    return Shape.of(Arrays.copyOf(s.dims(), s.rank() - 2));
  }

  private static Shape matrices(Shape lead, int rows, int columns) {
    int[] dims = Arrays.copyOf(lead.dims(), lead.rank() + 2);
    dims[lead.rank()] = rows;
    dims[lead.rank() + 1] = columns;
    return Shape.of(dims);
  }

  /** Its matrices, one for each place in {@code lead}, in a row. */
  private Value matrices(Shape lead) {
    int rows = shape().dim(-2);
    int columns = shape().last();
    Shape all = matrices(lead, rows, columns);
    Value v = inUsersOrder();
    Value each = v.shape().equals(all) ? v : graph.broadcastTo(v, all, "matmul.broadcast");
    return graph.reshape(each, Shape.of(lead.size(), rows, columns), false, "matmul.matrices");
  }

  @Override
  public Expression expandDims(int axis) {
    int rank = value.shape().rank() + 1;
    int at = axis < 0 ? axis + rank : axis;
    if (at < 0 || at >= rank) {
      throw new IllegalArgumentException(
          "expandDims: the shape " + shape() + " has no place for an axis " + axis);
    }
    boolean stays = swapped && at > 1;
    Value v = stays ? value : inUsersOrder();
    int[] dims = new int[rank];
    for (int i = 0; i < rank; i++) {
      dims[i] = i == at ? 1 : v.dim(i < at ? i : i - 1);
    }
    return new GraphExpression(graph, graph.reshape(v, Shape.of(dims), stays, v.name()), stays);
  }

  @Override
  public Expression squeeze(int axis) {
    int at = inMemory("squeeze", axis);
    if (value.dim(at) != 1) {
      throw new IllegalArgumentException(
          "squeeze: axis " + axis + " of the shape " + shape() + " has not length 1");
    }
    // of the first two axes the one that stays keeps its elements where they are
    boolean stays = swapped && at > 1;
    Shape shape = Axes.without(value.shape(), at);
    return new GraphExpression(graph, graph.reshape(value, shape, stays, value.name()), stays);
  }

  @Override
  public Expression concat(int axis, Expression... others) {
    int at = inMemory("concat", axis);
    List<Value> values = new ArrayList<>(List.of(value));
    for (Expression other : others) {
      GraphExpression o = of(other);
      boolean alike = o.value.shape().rank() == value.shape().rank();
      Value v = alike ? o.lying(value.shape().rank(), swapped) : o.value;
      if (!alike || !v.shape().with(at, 1).equals(value.shape().with(at, 1))) {
        throw new IllegalArgumentException(
            "concat: the shapes "
                + shape()
                + " and "
                + o.shape()
                + " differ in more than axis "
                + axis);
      }
      values.add(v);
    }
    return with(graph.concat(values, at, "concat"));
  }

  @Override
  public Expression ctc(Expression labels) {
    GraphExpression l = of(labels);
    if (shape().rank() != 3 || !l.shape().equals(shape().with(2, 1))) {
      throw new IllegalArgumentException(
          "ctc: expected logits (B, T, K) and labels (B, T, 1), got "
              + shape()
              + " and "
              + l.shape());
    }
    int t = value.dim(swapped ? 0 : 1);
    int b = value.dim(swapped ? 1 : 0);
    Value logs = graph.activate(Activation.of("log_softmax"), lying(3, true), "ctc.logs");
    Value loss = graph.temporary("ctc", Shape.of(b));
    graph.add(
        new ObjectiveOp.Ctc(
            logs,
            l.lying(3, true),
            loss,
            graph.temporary("ctc.slope", logs.shape()),
            graph.temporary("ctc.scratch", Shape.of(b, t + 2, 2 * t + 1))));
    return new GraphExpression(graph, loss, false);
  }

  @Override
  public Expression withoutGradient() {
    Value y = graph.temporary(value.name(), value.shape());
    graph.add(new ElementwiseOp.Copy(value, y));
    return with(y);
  }

  @Override
  public String toString() {
    return value.name() + " " + shape();
  }
}
