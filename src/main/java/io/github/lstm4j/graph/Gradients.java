package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Adds the way back: a walk over the ops in reverse, each adding the op that computes its gradient.
 * Where a value is used twice, its gradients are added.
 */
public final class Gradients {
  private final Graph graph;
  private final Set<Value> needed = new HashSet<>();
  private final Map<Value, Value> gradients = new HashMap<>();

  private Gradients(Graph graph) {
    this.graph = graph;
  }

  /**
   * Adds to the graph the gradient of {@code loss} by each of {@code by} (variables or inputs).
   *
   * @return the gradients in the order of {@code by}; null where the loss does not depend on it
   */
  public static List<Value> of(Graph graph, ObjectiveOp.LossValue loss, List<Value> by) {
    return of(graph, List.of(loss), by);
  }

  /** As {@link #of(Graph, ObjectiveOp.LossValue, List)}, of the sum of several losses. */
  public static List<Value> of(Graph graph, List<ObjectiveOp.LossValue> losses, List<Value> by) {
    return of(graph, losses, null, by);
  }

  /**
   * As {@link #of(Graph, List, List)}, with a penalty added to the sum.
   *
   * @param penalty of shape (), or null
   */
  public static List<Value> of(
      Graph graph, List<ObjectiveOp.LossValue> losses, Value penalty, List<Value> by) {
    Gradients g = new Gradients(graph);
    if (penalty != null) {
      g.gradients.put(penalty, graph.constant(1));
    }
    return g.walk(losses, by);
  }

  /**
   * Adds to the graph what a change of {@code result} by {@code gradient} asks of {@code by}: the
   * product of the gradient with the matrix of all derivatives.
   *
   * @return null where the result does not depend on it
   */
  public static Value of(Graph graph, Value result, Value gradient, Value by) {
    Gradients g = new Gradients(graph);
    g.gradients.put(result, gradient);
    return g.walk(List.of(), List.of(by)).get(0);
  }

  private List<Value> walk(List<ObjectiveOp.LossValue> losses, List<Value> by) {
    List<Op> forward = List.copyOf(graph.ops());
    findNeeded(forward, by);
    for (int i = forward.size() - 1; i >= 0; i--) {
      Op op = forward.get(i);
      if (op instanceof ObjectiveOp.LossValue loss && losses.contains(loss)) {
        Value d = wanted(loss.prediction());
        if (d != null) {
          graph.add(new ObjectiveOp.LossGrad(loss, d));
          accumulate(loss.prediction(), d);
        }
      } else if (op.results().stream().anyMatch(gradients::containsKey)) {
        back(op);
      }
    }
    requireNothingLost(forward, by);
    List<Value> result = new ArrayList<>();
    Set<Value> owners = new HashSet<>();
    for (Value v : by) {
      Value d = gradients.get(v);
      if (d != null && !owners.add(d.owner())) {
        Value own = like("d." + v.name(), v); // so that one may be clipped without the other
        graph.add(new ElementwiseOp.Copy(d, own));
        d = own;
      }
      result.add(d);
    }
    return result;
  }

  /** Marks every value that depends on one of {@code by}, by its owner. */
  private void findNeeded(List<Op> forward, List<Value> by) {
    by.forEach(v -> needed.add(v.owner()));
    for (Op op : forward) {
      if (!hasGradient(op)) {
        continue;
      }
      if (op.inputs().stream().anyMatch(this::isNeeded)) {
        op.outputs().forEach(v -> needed.add(v.owner()));
      }
    }
  }

  /** Whether what an op gives changes smoothly with what it is given, so that a way back exists. */
  private static boolean hasGradient(Op op) {
    if (op instanceof ElementwiseOp.Binary b) {
      return !b.combine().isComparison();
    } else if (op instanceof ElementwiseOp.Apply a) {
      return a.function().hasGradient();
    }
    // a state is carried to the next run without its gradient
    return !(op instanceof ElementwiseOp.Copy || op instanceof MaskOp.MaskOf);
  }

  private boolean isNeeded(Value v) {
    return needed.contains(v.owner());
  }

  /** A gradient that no op gives on would be lost: that of a view which none knows as its own. */
  private void requireNothingLost(List<Op> forward, List<Value> by) {
    Set<Value> known = new HashSet<>(by);
    forward.forEach(op -> known.addAll(op.results()));
    for (Value v : gradients.keySet()) {
      if (!known.contains(v)) {
        throw new IllegalStateException(
            "the gradient of " + v + " has no way back: it is a view that no op gives as a result");
      }
    }
  }

  private Value like(String name, Value v) {
    return graph.temporary(name, v.shape());
  }

  private Value wanted(Value v) {
    return v != null && isNeeded(v) ? like("d." + v.name(), v) : null;
  }

  private void accumulate(Value v, Value gradient) {
    if (v == null || gradient == null || !isNeeded(v)) {
      return;
    }
    Value before = gradients.get(v);
    if (before == null) {
      gradients.put(v, gradient);
    } else {
      Value sum = like("d." + v.name(), v);
      graph.add(new ElementwiseOp.Binary(ElementwiseOp.Combine.SUM, before, gradient, sum));
      gradients.put(v, sum);
    }
  }

  private void back(Op op) {
    Value dy = gradients.get(op.results().get(0));
    if (op instanceof MatrixOp.MatMul m) {
      Value dx = wanted(m.x());
      Value dw = wanted(m.weight());
      Value db = wanted(m.bias());
      if (dx != null || dw != null || db != null) {
        graph.add(new MatrixOp.MatMulGrad(m.x(), m.weight(), dy, dx, dw, db));
        accumulate(m.x(), dx);
        accumulate(m.weight(), dw);
        accumulate(m.bias(), db);
      }
    } else if (op instanceof ElementwiseOp.Activate a) {
      unary(a.x(), dx -> new ElementwiseOp.ActivateGrad(a.activation(), a.x(), a.y(), dy, dx));
    } else if (op instanceof ElementwiseOp.Binary b) {
      backBinary(b, dy);
    } else if (op instanceof ElementwiseOp.Affine a) {
      unary(a.x(), dx -> new ElementwiseOp.Affine(a.factor(), dy, 0, dx));
    } else if (op instanceof ElementwiseOp.Apply a) {
      Value kept = a.function().derivesFromOutput() ? a.y() : a.x();
      unary(a.x(), dx -> new ElementwiseOp.ApplyGrad(a.function(), kept, dy, dx));
    } else if (op instanceof ElementwiseOp.Where w) {
      Value none = graph.constant(0);
      backTo(w.a(), () -> graph.where(w.condition(), dy, none, "d.where"));
      backTo(w.b(), () -> graph.where(w.condition(), none, dy, "d.where"));
    } else if (op instanceof ObjectiveOp.Ctc c) {
      Value each = graph.reshape(dy, Shape.of(1, dy.size(), 1), "d.ctc");
      backTo(c.logs(), () -> times(c.slope(), each));
    } else if (op instanceof ReduceOp.Reduce r) {
      backReduce(r, dy);
    } else if (op instanceof MatrixOp.BatchMatMul m) {
      backBatchMatMul(m, dy);
    } else if (op instanceof ShapeOp.View v) {
      backView(v);
    } else if (op instanceof ShapeOp.Read r) {
      backRead(r, dy);
    } else if (op instanceof ShapeOp.Write w) {
      for (int i = 0; i < w.parts().size(); i++) {
        Strided by = w.by().get(i);
        unary(w.parts().get(i), dx -> new ShapeOp.Read(dy, by, dx));
      }
    } else if (op instanceof ShapeOp.Windows w) {
      unary(w.x(), dx -> new ShapeOp.WindowsGrad(dy, w.stride(), w.dilation(), dx));
    } else if (op instanceof DropoutOp.Dropout d) {
      unary(d.x(), dx -> new DropoutOp.Dropout(d.draw(), dy, d.scalars(), dx));
    } else if (op instanceof DropoutOp.SequenceDropout s) {
      unary(s.x(), dx -> new DropoutOp.SequenceDropoutGrad(dy, s.masks(), dx));
    } else if (op instanceof MaskOp.MaskRows m) {
      unary(m.x(), dx -> new MaskOp.MaskRows(dy, m.mask(), dx));
    } else if (op instanceof EmbeddingOp.Embed e) {
      unary(e.table(), dx -> new EmbeddingOp.EmbedGrad(e.ids(), dy, dx));
    } else if (op instanceof RecurrentOp.Recurrent r) {
      backRecurrent(r);
    } else if (hasGradient(op)) {
      throw new IllegalStateException("no gradient for " + op.name());
    }
  }

  private void unary(Value x, Function<Value, Op> gradient) {
    Value dx = wanted(x);
    if (dx != null) {
      graph.add(gradient.apply(dx));
      accumulate(x, dx);
    }
  }

  /**
   * Adds the gradient that the supplier writes, summed over the axes that x was broadcast along.
   */
  private void backTo(Value x, Supplier<Value> gradient) {
    if (isNeeded(x)) {
      accumulate(x, summedTo(x.shape(), gradient.get()));
    }
  }

  private Value summedTo(Shape shape, Value d) {
    Value sum = d;
    for (int distance = d.shape().rank(); distance > 0; distance--) {
      boolean missing = distance > shape.rank();
      if (missing || (shape.dim(-distance) == 1 && sum.dim(-distance) > 1)) {
        sum = graph.reduce(ReduceOp.Reduction.SUM, sum, -distance, !missing, "d.sum");
      }
    }
    return sum;
  }

  private void backBinary(ElementwiseOp.Binary op, Value dy) {
    Value a = op.a();
    Value b = op.b();
    switch (op.combine()) {
      case SUM -> {
        backTo(a, () -> dy);
        backTo(b, () -> dy);
      }
      case SUB -> {
        backTo(a, () -> dy);
        backTo(b, () -> graph.scale(-1, dy, "d.sub"));
      }
      case AVE -> {
        backTo(a, () -> graph.scale(0.5f, dy, "d.ave"));
        backTo(b, () -> graph.scale(0.5f, dy, "d.ave"));
      }
      case MUL -> {
        backTo(a, () -> times(dy, b));
        backTo(b, () -> times(dy, a));
      }
      case DIV -> {
        backTo(a, () -> graph.binary(ElementwiseOp.Combine.DIV, dy, b, "d.div"));
        backTo(
            b,
            () -> {
              Value whole = times(graph.scale(-1, dy, "d.div"), op.y());
              return graph.binary(ElementwiseOp.Combine.DIV, whole, b, "d.div");
            });
      }
      case POW -> {
        backTo(
            a,
            () -> {
              Value less = graph.affine(1, b, -1, "d.pow");
              Value slope = times(graph.binary(ElementwiseOp.Combine.POW, a, less, "d.pow"), b);
              return times(dy, slope);
            });
        backTo(
            b,
            () -> {
              // 0 to any power stays 0, though its logarithm is not finite
              Value positive = greater(ElementwiseOp.Combine.GREATER, a, graph.constant(0));
              Value slope = times(op.y(), graph.unary(ElementwiseOp.Unary.LOG, a, "d.pow"));
              return times(dy, graph.where(positive, slope, graph.constant(0), "d.pow"));
            });
      }
      case MAX -> backExtreme(op, dy, a, b);
      case MIN -> backExtreme(op, dy, b, a);
      case EQUAL, GREATER, GREATER_EQUAL -> {}
    }
  }

  private Value times(Value a, Value b) {
    return graph.binary(ElementwiseOp.Combine.MUL, a, b, "d.mul");
  }

  private Value greater(ElementwiseOp.Combine comparison, Value a, Value b) {
    return graph.binary(comparison, a, b, "d.if");
  }

  /** To a where the one that decides is at least the other, else to b. */
  private void backExtreme(ElementwiseOp.Binary op, Value dy, Value larger, Value smaller) {
    Value ofA = greater(ElementwiseOp.Combine.GREATER_EQUAL, larger, smaller);
    Value none = graph.constant(0);
    backTo(op.a(), () -> graph.where(ofA, dy, none, "d.extreme"));
    backTo(op.b(), () -> graph.where(ofA, none, dy, "d.extreme"));
  }

  private void backReduce(ReduceOp.Reduce op, Value dy) {
    if (!isNeeded(op.x())) {
      return;
    }
    Shape whole = Shape.of(op.outer(), op.length(), op.inner());
    Shape reduced = Shape.of(op.outer(), 1, op.inner());
    Value d = graph.reshape(dy, reduced, "d.reduce");
    if (op.reduction() == ReduceOp.Reduction.SUM) {
      d = graph.broadcastTo(d, whole, "d.sum");
    } else {
      Value x = graph.reshape(op.x(), whole, "x");
      Value y = graph.reshape(op.y(), reduced, "y");
      Value equal = greater(ElementwiseOp.Combine.EQUAL, x, y);
      Value count = graph.reduce(ReduceOp.Reduction.SUM, equal, 1, true, "d.equal");
      Value share = graph.binary(ElementwiseOp.Combine.DIV, d, count, "d.share");
      d = times(equal, share);
    }
    accumulate(op.x(), graph.reshape(d, op.x().shape(), "d." + op.x().name()));
  }

  private void backBatchMatMul(MatrixOp.BatchMatMul op, Value dy) {
    boolean ta = op.transposeA();
    boolean tb = op.transposeB();
    Value a = op.a();
    Value b = op.b();
    backTo(
        a,
        () ->
            ta
                ? graph.batchMatMul(b, dy, tb, true, "d." + a.name())
                : graph.batchMatMul(dy, b, false, !tb, "d." + a.name()));
    backTo(
        b,
        () ->
            tb
                ? graph.batchMatMul(dy, a, true, ta, "d." + b.name())
                : graph.batchMatMul(a, dy, !ta, false, "d." + b.name()));
  }

  /** The gradients of the parts where they lie in x, 0 elsewhere; itself if it is all of x. */
  private void backView(ShapeOp.View op) {
    Value x = op.x();
    if (!isNeeded(x)) {
      return;
    }
    List<Value> given = op.parts().stream().filter(gradients::containsKey).toList();
    if (given.size() == 1 && given.get(0).size() == x.size()) {
      accumulate(x, graph.reshape(gradients.get(given.get(0)), x.shape(), "d." + x.name()));
      return;
    }
    List<Strided> places = new ArrayList<>();
    for (Value part : given) {
      places.add(Strided.contiguous(part.ownerOffset() - x.ownerOffset(), part.size()));
    }
    Value dx = like("d." + x.name(), x);
    graph.add(new ShapeOp.Write(each(given, gradients::get), places, dx));
    accumulate(x, dx);
  }

  /** What is read several times over is summed first. */
  private void backRead(ShapeOp.Read op, Value dy) {
    if (!isNeeded(op.x())) {
      return;
    }
    Strided by = op.by();
    Value d = graph.reshape(dy, Shape.of(ints(by.dims())), "d.read");
    List<Integer> dims = new ArrayList<>();
    List<Integer> strides = new ArrayList<>();
    for (int i = by.axes() - 1; i >= 0; i--) {
      if (by.strides().get(i) == 0) {
        d = graph.reduce(ReduceOp.Reduction.SUM, d, i, false, "d.sum");
      } else {
        dims.add(0, by.dims().get(i));
        strides.add(0, by.strides().get(i));
      }
    }
    Strided place = Strided.of(by.offset(), ints(dims), ints(strides));
    if (place.isContiguous() && d.size() == op.x().size()) {
      accumulate(op.x(), graph.reshape(d, op.x().shape(), "d." + op.x().name()));
    } else {
      Value summed = d;
      unary(op.x(), dx -> new ShapeOp.Write(List.of(summed), List.of(place), dx));
    }
  }

  private static int[] ints(List<Integer> list) {
    return list.stream().mapToInt(Integer::intValue).toArray();
  }

  private void backRecurrent(RecurrentOp.Recurrent f) {
    RecurrentOp.Inputs in = f.in();
    RecurrentOp.Results out = f.out();
    // without outputs of their own the last output is the last state, one value with one gradient
    Value dyLast = f.y() == null ? null : gradients.get(out.last());
    Value dx = wanted(in.x());
    Value dKernel = wanted(in.kernel());
    Value dRecurrent = wanted(in.recurrentKernel());
    Value dBias = wanted(in.bias());
    List<Value> dCellWeights = each(in.cellWeights(), this::wanted);
    List<Value> dInitial = each(in.initialStates(), this::wanted);
    Shape state = Shape.of(f.batch(), f.units());
    graph.add(
        new RecurrentOp.RecurrentGrad(
            f,
            gradients.get(out.sequence()),
            each(out.states(), gradients::get),
            dyLast,
            dx,
            dKernel,
            dRecurrent,
            dBias,
            dCellWeights,
            dInitial,
            each(f.cell().states(), name -> graph.temporary("d" + name, state)),
            in.recurrentDropout() == null
                ? null
                : graph.temporary("dDroppedH", in.recurrentDropout().shape()),
            f.y() == null ? null : graph.temporary("dyCarry", state)));
    accumulate(in.x(), dx);
    accumulate(in.kernel(), dKernel);
    accumulate(in.recurrentKernel(), dRecurrent);
    accumulate(in.bias(), dBias);
    accumulate(in.cellWeights(), dCellWeights);
    accumulate(in.initialStates(), dInitial);
  }

  private void accumulate(List<Value> values, List<Value> gradients) {
    for (int i = 0; i < values.size(); i++) {
      accumulate(values.get(i), gradients.get(i));
    }
  }

  /** What {@code of} makes of each, null where it makes nothing. */
  private static <T> List<Value> each(List<T> list, Function<T, Value> of) {
    List<Value> result = new ArrayList<>();
    list.forEach(v -> result.add(of.apply(v)));
    return Collections.unmodifiableList(result);
  }
}
