package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.ReduceOp;

/** Ops that make one number of many. */
final class ReduceLaunches {
  /** More rows than this are summed in two launches. */
  private static final int LONG = 1024;

  private ReduceLaunches() {}

  static void launch(PlanBuilder plan, ReduceOp op) {
    if (op instanceof ReduceOp.Reduce o) {
      reduce(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  private static void reduce(PlanBuilder plan, ReduceOp.Reduce o) {
    Place x = Place.of(o.x());
    Place y = Place.of(o.y());
    int n = o.length();
    int kind = o.reduction().ordinal();
    if (o.inner() == 1) {
      int threads = n <= 128 ? 32 : n <= 4096 ? 256 : 1024;
      plan.kernel("fold", "reduce_rows", Dim3.of(o.outer()), Dim3.of(threads), x, n, kind, y);
    } else if (o.reduction() == ReduceOp.Reduction.SUM && o.outer() == 1 && n > LONG) {
      plan.columnSums(x, n, o.inner(), y);
    } else {
      int blocks = o.outer() * PlanBuilder.blocks(o.inner(), 32);
      plan.kernel(
          "fold", "reduce_columns", Dim3.of(blocks), Dim3.of(32, 8), x, n, o.inner(), kind, y);
    }
  }
}
