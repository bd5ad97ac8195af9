package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.Strided;
import io.github.lstm4j.graph.Value;
import java.util.function.Function;

/** The ops that move, mask, gather and repeat, in double. */
final class DoubleMoves {
  private final Function<Value, Cells> cells;

  DoubleMoves(Function<Value, Cells> cells) {
    this.cells = cells;
  }

  private Cells of(Value v) {
    return cells.apply(v);
  }

  void run(Op op) {
    if (op instanceof DropoutOp.SequenceDropout s) {
      sequenceDropout(s);
    } else if (op instanceof DropoutOp.SequenceDropoutGrad s) {
      sequenceDropoutGrad(s);
    } else if (op instanceof MaskOp.MaskOf m) {
      for (int n = 0; n < m.mask().size(); n++) {
        int width = m.x().size() / m.mask().size();
        boolean differs = false;
        for (double v : of(m.x()).row(n, width)) {
          differs |= v != m.maskValue();
        }
        of(m.mask()).set(n, differs ? 1 : 0);
      }
    } else if (op instanceof MaskOp.MaskRows m) {
      int width = m.x().size() / m.mask().size();
      for (int i = 0; i < m.y().size(); i++) {
        of(m.y()).set(i, of(m.mask()).get(i / width) != 0 ? of(m.x()).get(i) : 0);
      }
    } else if (op instanceof ShapeOp.View) {
      // other names for the same memory
    } else if (op instanceof ShapeOp.Read r) {
      int[] from = places(r.by());
      for (int i = 0; i < r.y().size(); i++) {
        of(r.y()).set(i, of(r.x()).get(from[i]));
      }
    } else if (op instanceof ShapeOp.Write w) {
      of(w.y()).fill(0);
      for (int p = 0; p < w.parts().size(); p++) {
        int[] to = places(w.by().get(p));
        for (int i = 0; i < to.length; i++) {
          of(w.y()).set(to[i], of(w.parts().get(p)).get(i));
        }
      }
    } else if (op instanceof ShapeOp.Windows w) {
      windows(
          w.y(),
          w.x(),
          w.stride(),
          w.dilation(),
          (inY, inX) -> of(w.y()).set(inY, of(w.x()).get(inX)));
    } else if (op instanceof ShapeOp.WindowsGrad w) {
      of(w.dx()).fill(0);
      windows(
          w.dy(),
          w.dx(),
          w.stride(),
          w.dilation(),
          (inY, inX) -> of(w.dx()).add(inX, of(w.dy()).get(inY)));
    } else if (op instanceof EmbeddingOp.Embed e) {
      int width = e.table().dim(1);
      for (int n = 0; n < e.ids().size(); n++) {
        of(e.y()).setRow(n, of(e.table()).row((int) of(e.ids()).get(n), width));
      }
    } else if (op instanceof EmbeddingOp.EmbedGrad e) {
      int width = e.dTable().dim(1);
      of(e.dTable()).fill(0);
      for (int i = 0; i < e.dy().size(); i++) {
        int id = (int) of(e.ids()).get(i / width);
        of(e.dTable()).add(id * width + i % width, of(e.dy()).get(i));
      }
    } else {
      throw new IllegalStateException("no oracle for " + op.name());
    }
  }

  /** What is done with an element of the windows and the element of the sequence that it is. */
  private interface Pair {
    void visit(int inWindows, int inSequence);
  }

  private static void windows(Value y, Value x, int stride, int dilation, Pair pair) {
    int at = 0;
    for (int w = 0; w < y.dim(0); w++) {
      for (int b = 0; b < y.dim(1); b++) {
        for (int i = 0; i < y.dim(2); i++) {
          for (int f = 0; f < y.dim(3); f++) {
            int t = w * stride + i * dilation;
            pair.visit(at++, (t * x.dim(1) + b) * x.dim(2) + f);
          }
        }
      }
    }
  }

  /** Where a walk comes to, in its order. */
  static int[] places(Strided by) {
    int[] places = {by.offset()};
    for (int axis = 0; axis < by.axes(); axis++) {
      int n = by.dims().get(axis);
      int[] more = new int[places.length * n];
      for (int i = 0; i < more.length; i++) {
        more[i] = places[i / n] + i % n * by.strides().get(axis);
      }
      places = more;
    }
    return places;
  }

  private void sequenceDropout(DropoutOp.SequenceDropout op) {
    int gates = op.masks().dim(0);
    int state = op.x().size() / op.x().dim(0); // B·F
    for (int g = 0; g < gates; g++) {
      for (int i = 0; i < op.x().size(); i++) {
        double mask = of(op.masks()).get(g * state + i % state);
        of(op.y()).set(g * op.x().size() + i, of(op.x()).get(i) * mask);
      }
    }
  }

  private void sequenceDropoutGrad(DropoutOp.SequenceDropoutGrad op) {
    int gates = op.masks().dim(0);
    int state = op.dx().size() / op.dx().dim(0); // B·F
    of(op.dx()).fill(0);
    for (int g = 0; g < gates; g++) {
      for (int i = 0; i < op.dx().size(); i++) {
        double mask = of(op.masks()).get(g * state + i % state);
        of(op.dx()).add(i, of(op.dy()).get(g * op.dx().size() + i) * mask);
      }
    }
  }
}
