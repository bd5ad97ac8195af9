package io.github.lstm4j.equivalence;

import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;
import java.util.function.Function;

/** Arithmetic on elements with broadcasting, reductions and batches of products, in double. */
final class DoubleArithmetic {
  private final Function<Value, Cells> cells;

  DoubleArithmetic(Function<Value, Cells> cells) {
    this.cells = cells;
  }

  private Cells of(Value v) {
    return cells.apply(v);
  }

  /** Runs an op; false if it is none of these. */
  boolean run(Op op) {
    if (op instanceof ElementwiseOp.Binary b) {
      double[] a = broadcast(b.a(), b.y());
      double[] c = broadcast(b.b(), b.y());
      for (int i = 0; i < a.length; i++) {
        of(b.y()).set(i, value(b.combine(), a[i], c[i]));
      }
    } else if (op instanceof ElementwiseOp.Where w) {
      double[] condition = broadcast(w.condition(), w.y());
      double[] a = broadcast(w.a(), w.y());
      double[] b = broadcast(w.b(), w.y());
      for (int i = 0; i < a.length; i++) {
        of(w.y()).set(i, condition[i] != 0 ? a[i] : b[i]);
      }
    } else if (op instanceof ElementwiseOp.Affine a) {
      for (int i = 0; i < a.y().size(); i++) {
        of(a.y()).set(i, a.factor() * of(a.x()).get(i) + a.shift());
      }
    } else if (op instanceof ElementwiseOp.Apply a) {
      for (int i = 0; i < a.y().size(); i++) {
        of(a.y()).set(i, value(a.function(), of(a.x()).get(i)));
      }
    } else if (op instanceof ElementwiseOp.ApplyGrad a) {
      for (int i = 0; i < a.dx().size(); i++) {
        of(a.dx()).set(i, of(a.dy()).get(i) * slope(a.function(), of(a.kept()).get(i)));
      }
    } else if (op instanceof ReduceOp.Reduce r) {
      reduce(r);
    } else if (op instanceof MatrixOp.BatchMatMul m) {
      batchMatMul(m);
    } else {
      return false;
    }
    return true;
  }

  /** The elements of a value as many times as y has them, found by their coordinates. */
  private double[] broadcast(Value v, Value y) {
    Shape from = v.shape();
    Shape to = y.shape();
    double[] all = new double[y.size()];
    for (int i = 0; i < all.length; i++) {
      int at = 0;
      int stride = 1;
      int rest = i;
      for (int distance = 1; distance <= from.rank(); distance++) {
        int coordinate = rest % to.dim(-distance);
        rest /= to.dim(-distance);
        at += from.dim(-distance) == 1 ? 0 : coordinate * stride;
        stride *= from.dim(-distance);
      }
      all[i] = of(v).get(at);
    }
    return all;
  }

  private static double value(ElementwiseOp.Combine combine, double a, double b) {
    return switch (combine) {
      case SUM -> a + b;
      case SUB -> a - b;
      case MUL -> a * b;
      case DIV -> a / b;
      case MAX -> Math.max(a, b);
      case MIN -> Math.min(a, b);
      case AVE -> (a + b) / 2;
      case POW -> Math.pow(a, b);
      case EQUAL -> a == b ? 1 : 0;
      case GREATER -> a > b ? 1 : 0;
      case GREATER_EQUAL -> a >= b ? 1 : 0;
    };
  }

  private static double value(ElementwiseOp.Unary function, double x) {
    return switch (function) {
      case NEGATE -> -x;
      case ABS -> Math.abs(x);
      case SIGN -> Math.signum(x);
      case FLOOR -> Math.floor(x);
      case SQUARE -> x * x;
      case SQRT -> Math.sqrt(x);
      case RSQRT -> 1 / Math.sqrt(x);
      case RECIPROCAL -> 1 / x;
      case EXP -> Math.exp(x);
      case LOG -> Math.log(x);
      case LOG1P -> Math.log1p(x);
    };
  }

  /** By what the op keeps, x or y. */
  private static double slope(ElementwiseOp.Unary function, double v) {
    return switch (function) {
      case NEGATE -> -1;
      case ABS -> Math.signum(v);
      case SQUARE -> 2 * v;
      case SQRT -> 0.5 / v;
      case RSQRT -> -Math.pow(v, 3) / 2;
      case RECIPROCAL -> -v * v;
      case EXP -> v;
      case LOG -> 1 / v;
      case LOG1P -> 1 / (1 + v);
      case SIGN, FLOOR -> throw new IllegalStateException(function + " has no gradient");
    };
  }

  private void reduce(ReduceOp.Reduce r) {
    for (int o = 0; o < r.outer(); o++) {
      for (int i = 0; i < r.inner(); i++) {
        double[] along = new double[r.length()];
        for (int n = 0; n < along.length; n++) {
          along[n] = of(r.x()).get((o * r.length() + n) * r.inner() + i);
        }
        double value =
            switch (r.reduction()) {
              case SUM -> Arrays.stream(along).sum();
              case MAX -> Arrays.stream(along).max().orElse(Double.NEGATIVE_INFINITY);
              case MIN -> Arrays.stream(along).min().orElse(Double.POSITIVE_INFINITY);
              case MEAN -> throw new IllegalStateException("a mean is a sum that is scaled");
            };
        of(r.y()).set(o * r.inner() + i, value);
      }
    }
  }

  private void batchMatMul(MatrixOp.BatchMatMul m) {
    int rows = m.y().dim(1);
    int columns = m.y().dim(2);
    int inner = m.inner();
    for (int n = 0; n < m.y().dim(0); n++) {
      for (int r = 0; r < rows; r++) {
        for (int c = 0; c < columns; c++) {
          double sum = 0;
          for (int k = 0; k < inner; k++) {
            int a = m.transposeA() ? k * rows + r : r * inner + k;
            int b = m.transposeB() ? c * inner + k : k * columns + c;
            sum += of(m.a()).get(n * rows * inner + a) * of(m.b()).get(n * inner * columns + b);
          }
          of(m.y()).set((n * rows + r) * columns + c, sum);
        }
      }
    }
  }
}
