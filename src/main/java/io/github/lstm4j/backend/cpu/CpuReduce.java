package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.ReduceOp;

/** {@link ReduceOp.Reduce}: along rows, or over whole rows that lie one behind the other. */
final class CpuReduce {
  private CpuReduce() {}

  static Task reduce(ReduceOp.Reduce op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span y = binding.span(op.y());
    int n = op.length();
    int inner = op.inner();
    ReduceOp.Reduction reduction = op.reduction();
    Parallel parallel = binding.parallel();
    if (inner == 1) {
      return parallel.over(
          op.outer(),
          n,
          (from, to) -> {
            for (int r = from; r < to; r++) {
              y.set(r, row(reduction, x.values(), x.at() + r * n, n));
            }
          });
    }
    if (op.outer() == 1) {
      return parallel.over(
          inner, n, (from, to) -> columns(reduction, x, 0, n, inner, from, to, y, 0));
    }
    return parallel.over(
        op.outer(),
        n * inner,
        (from, to) -> {
          for (int r = from; r < to; r++) {
            columns(reduction, x, r * n * inner, n, inner, 0, inner, y, r * inner);
          }
        });
  }

  private static float row(ReduceOp.Reduction reduction, float[] x, int at, int n) {
    return switch (reduction) {
      case SUM -> sum(x, at, n);
      case MAX -> {
        float most = Float.NEGATIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
          most = Math.max(most, x[i]);
        }
        yield most;
      }
      case MIN -> {
        float least = Float.POSITIVE_INFINITY;
        for (int i = at; i < at + n; i++) {
          least = Math.min(least, x[i]);
        }
        yield least;
      }
      case MEAN -> throw new IllegalStateException("a mean is a sum that is scaled");
    };
  }

  /** In four sums, none of which waits for another. */
  private static float sum(float[] x, int at, int n) {
    double a = 0;
    double b = 0;
    double c = 0;
    double d = 0;
    int i = at;
    for (; i + 4 <= at + n; i += 4) {
      a += x[i];
      b += x[i + 1];
      c += x[i + 2];
      d += x[i + 3];
    }
    for (; i < at + n; i++) {
      a += x[i];
    }
    return (float) (a + b + (c + d));
  }

  /** Columns {@code from} to {@code to} of the (n,inner) block at {@code at}, row after row. */
  private static void columns(
      ReduceOp.Reduction reduction,
      Span x,
      int at,
      int n,
      int inner,
      int from,
      int to,
      Span y,
      int yAt) {
    int count = to - from;
    int out = y.at() + yAt + from;
    int first = x.at() + at + from;
    if (n == 0) {
      y.fill(yAt + from, count, row(reduction, x.values(), first, 0));
      return;
    }
    System.arraycopy(x.values(), first, y.values(), out, count);
    for (int r = 1; r < n; r++) {
      int in = first + r * inner;
      switch (reduction) {
        case SUM -> CpuMoves.add(x.values(), in, y.values(), out, count);
        case MAX -> max(x.values(), in, y.values(), out, count);
        case MIN -> min(x.values(), in, y.values(), out, count);
        case MEAN -> throw new IllegalStateException("a mean is a sum that is scaled");
      }
    }
  }

  private static void max(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = Math.max(y[yAt + i], x[xAt + i]);
    }
  }

  private static void min(float[] x, int xAt, float[] y, int yAt, int n) {
    for (int i = 0; i < n; i++) {
      y[yAt + i] = Math.min(y[yAt + i], x[xAt + i]);
    }
  }
}
