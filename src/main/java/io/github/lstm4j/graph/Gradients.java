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
    return new Gradients(graph).walk(losses, by);
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
    for (Value v : by) {
      result.add(gradients.get(v));
    }
    return result;
  }

  /** Marks every value that depends on one of {@code by}, by its owner. */
  private void findNeeded(List<Op> forward, List<Value> by) {
    by.forEach(v -> needed.add(v.owner()));
    for (Op op : forward) {
      if (op instanceof ElementwiseOp.Copy) {
        continue; // a state is carried to the next run without its gradient
      }
      if (op.inputs().stream().anyMatch(this::isNeeded)) {
        op.outputs().forEach(v -> needed.add(v.owner()));
      }
    }
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
    } else if (op instanceof ElementwiseOp.Scale s) {
      unary(s.x(), dx -> new ElementwiseOp.Scale(s.factor(), dy, dx));
    } else if (op instanceof DropoutOp.Dropout d) {
      unary(d.x(), dx -> new DropoutOp.Dropout(d.draw(), dy, d.scalars(), dx));
    } else if (op instanceof DropoutOp.SequenceDropout s) {
      unary(s.x(), dx -> new DropoutOp.SequenceDropoutGrad(dy, s.masks(), dx));
    } else if (op instanceof MaskOp.MaskRows m) {
      unary(m.x(), dx -> new MaskOp.MaskRows(dy, m.mask(), dx));
    } else if (op instanceof ShapeOp.Concat c) {
      unary(c.a(), dx -> new ShapeOp.Slice(dy, 0, dx));
      unary(c.b(), dx -> new ShapeOp.Slice(dy, c.a().shape().last(), dx));
    } else if (op instanceof ShapeOp.Reverse r) {
      unary(r.x(), dx -> new ShapeOp.Reverse(dy, dx));
    } else if (op instanceof ShapeOp.SwapAxes s) {
      unary(s.x(), dx -> new ShapeOp.SwapAxes(dy, s.columns(), s.rows(), s.width(), dx));
    } else if (op instanceof ShapeOp.Repeat r) {
      unary(r.x(), dx -> new ShapeOp.RepeatGrad(dy, dx));
    } else if (op instanceof EmbeddingOp.Embed e) {
      unary(e.table(), dx -> new EmbeddingOp.EmbedGrad(e.ids(), dy, dx));
    } else if (op instanceof RecurrentOp.Recurrent r) {
      backRecurrent(r);
    } else if (!(op instanceof ElementwiseOp.Copy || op instanceof MaskOp.MaskOf)) {
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

  private void backBinary(ElementwiseOp.Binary b, Value dy) {
    switch (b.combine()) {
      case SUM -> {
        accumulate(b.a(), dy);
        accumulate(b.b(), dy);
      }
      case AVE -> {
        unary(b.a(), dx -> new ElementwiseOp.Scale(0.5f, dy, dx));
        unary(b.b(), dx -> new ElementwiseOp.Scale(0.5f, dy, dx));
      }
      case MUL -> {
        unary(b.a(), dx -> new ElementwiseOp.Binary(ElementwiseOp.Combine.MUL, dy, b.b(), dx));
        unary(b.b(), dx -> new ElementwiseOp.Binary(ElementwiseOp.Combine.MUL, dy, b.a(), dx));
      }
    }
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
