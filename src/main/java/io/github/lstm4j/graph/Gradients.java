package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Shape;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    Gradients g = new Gradients(graph);
    List<Op> forward = List.copyOf(graph.ops());
    g.findNeeded(forward, by);
    for (int i = forward.size() - 1; i >= 0; i--) {
      Op op = forward.get(i);
      if (op == loss) {
        if (g.needed.contains(loss.prediction())) {
          Value d = g.like("d." + loss.prediction().name(), loss.prediction());
          graph.add(new ObjectiveOp.LossGrad(loss, d));
          g.accumulate(loss.prediction(), d);
        }
      } else {
        g.back(op);
      }
    }
    List<Value> result = new ArrayList<>();
    for (Value v : by) {
      result.add(g.gradients.get(v));
    }
    return result;
  }

  /** Marks every value that depends on one of {@code by}. */
  private void findNeeded(List<Op> forward, List<Value> by) {
    needed.addAll(by);
    for (Op op : forward) {
      if (op instanceof ElementwiseOp.Copy) {
        continue; // a state is carried to the next run without its gradient
      }
      if (op.inputs().stream().anyMatch(needed::contains)) {
        needed.addAll(op.outputs());
        if (op instanceof RecurrentOp.Lstm lstm) {
          Graph.LstmValues v = graph.valuesOf(lstm);
          needed.addAll(List.of(v.sequence(), v.last(), v.h(), v.c()));
        }
      }
    }
  }

  private Value like(String name, Value v) {
    return graph.temporary(name, v.shape());
  }

  private Value wanted(Value v) {
    return v != null && needed.contains(v) ? like("d." + v.name(), v) : null;
  }

  private void accumulate(Value v, Value gradient) {
    if (v == null || gradient == null || !needed.contains(v)) {
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
    if (op instanceof RecurrentOp.Lstm lstm) {
      backLstm(lstm);
      return;
    }
    if (op.outputs().isEmpty()) {
      return;
    }
    Value dy = gradients.get(op.outputs().get(0));
    if (dy == null) {
      return;
    }
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
    } else if (!(op instanceof ElementwiseOp.Copy || op instanceof MaskOp.MaskOf)) {
      throw new IllegalStateException("no gradient for " + op.name());
    }
  }

  private void unary(Value x, java.util.function.Function<Value, Op> gradient) {
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

  private void backLstm(RecurrentOp.Lstm f) {
    Graph.LstmValues out = graph.valuesOf(f);
    Value dy = gradients.get(out.sequence());
    Value dhLast = gradients.get(out.h());
    Value dcLast = gradients.get(out.c());
    // without outputs of their own the last output is the last state, one value with one gradient
    Value dyLast = out.last() == out.h() ? null : gradients.get(out.last());
    if (dy == null && dhLast == null && dcLast == null && dyLast == null) {
      return;
    }
    Shape state = Shape.of(f.batch(), f.units());
    Value dx = wanted(f.x());
    Value dKernel = like("d." + f.kernel().name(), f.kernel());
    Value dRecurrent = like("d." + f.recurrentKernel().name(), f.recurrentKernel());
    Value dBias = f.bias() == null ? null : like("d." + f.bias().name(), f.bias());
    Value dPeephole = f.peephole() == null ? null : like("d." + f.peephole().name(), f.peephole());
    Value dh0 = wanted(f.h0());
    Value dc0 = wanted(f.c0());
    graph.add(
        new RecurrentOp.LstmGrad(
            f,
            dy,
            dhLast,
            dcLast,
            dyLast,
            dx,
            dKernel,
            dRecurrent,
            dBias,
            dPeephole,
            dh0,
            dc0,
            graph.temporary("dh", state),
            graph.temporary("dc", state),
            f.recurrentDropout() == null
                ? null
                : graph.temporary("dDroppedH", Shape.of(4, f.batch(), f.units())),
            f.y() == null ? null : graph.temporary("dyCarry", state)));
    accumulate(f.x(), dx);
    accumulate(f.kernel(), dKernel);
    accumulate(f.recurrentKernel(), dRecurrent);
    accumulate(f.bias(), dBias);
    accumulate(f.peephole(), dPeephole);
    accumulate(f.h0(), dh0);
    accumulate(f.c0(), dc0);
  }
}
