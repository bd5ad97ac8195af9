package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;

/** Products with a weight, and their gradients. */
final class MatrixLaunches {
  /** What {@code kernels/dense.cu} has room for. */
  private static final int FEW_COLUMNS = 8;

  /** More take the products and sums of their own, which share them among more blocks. */
  private static final int FEW_ROWS = 4096;

  private MatrixLaunches() {}

  static void launch(PlanBuilder plan, MatrixOp op) {
    if (op instanceof MatrixOp.MatMul o) {
      matMul(plan, o);
    } else if (op instanceof MatrixOp.MatMulGrad o) {
      matMulGrad(plan, o);
    } else if (op instanceof MatrixOp.BatchMatMul o) {
      batchMatMul(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }

  /** y = x·W: (N,K)x(K,M) -> (N,M), then the bias. */
  private static void matMul(PlanBuilder plan, MatrixOp.MatMul o) {
    int n = Graph.rows(o.y());
    int k = o.weight().dim(0);
    int m = o.weight().dim(1);
    plan.product(n, m, k)
        .a(Place.of(o.x()), k, false)
        .b(Place.of(o.weight()), m, false)
        .into(Place.of(o.y()), m, 0);
    if (o.bias() != null) {
      plan.each("elementwise", "add_bias", o.y().size(), Place.of(o.y()), Place.of(o.bias()), n, m);
    }
  }

  /** Whether a product is one kernel with its bias, as that of a Dense of few units. */
  static boolean hasFewColumns(MatrixOp.MatMul o) {
    return o.weight().dim(1) <= FEW_COLUMNS;
  }

  /**
   * A product with few columns, its bias and an activation.
   *
   * @param activate of its result; or null
   */
  static void few(PlanBuilder plan, MatrixOp.MatMul o, ElementwiseOp.Activate activate) {
    int n = Graph.rows(o.y());
    plan.rows(
        "dense",
        "dense_few",
        n,
        Place.of(o.x()),
        Place.of(o.weight()),
        Place.of(o.bias()),
        Place.of(o.y()),
        activate == null ? null : Place.of(activate.y()),
        n,
        o.weight().dim(0),
        o.weight().dim(1),
        activate == null ? Activation.LINEAR : activate.activation());
  }

  private static void matMulGrad(PlanBuilder plan, MatrixOp.MatMulGrad o) {
    int n = Graph.rows(o.dy());
    int k = o.weight().dim(0);
    int m = o.weight().dim(1);
    Place dy = Place.of(o.dy());
    if (m <= FEW_COLUMNS && n <= FEW_ROWS) {
      plan.kernel(
          "dense",
          "dense_few_grad",
          Dim3.of(PlanBuilder.blocks(k, 32)),
          Dim3.of(32, 32),
          Place.of(o.x()),
          Place.of(o.weight()),
          dy,
          Place.of(o.dx()),
          Place.of(o.dWeight()),
          Place.of(o.dBias()),
          n,
          k,
          m);
      return;
    }
    if (o.dx() != null) { // (N,M)x(M,K) -> (N,K)
      plan.product(n, k, m)
          .a(dy, m, false)
          .b(Place.of(o.weight()), m, true)
          .into(Place.of(o.dx()), k, 0);
    }
    if (o.dWeight() != null) { // (K,N)x(N,M) -> (K,M)
      plan.product(k, m, n)
          .a(Place.of(o.x()), k, true)
          .b(dy, m, false)
          .into(Place.of(o.dWeight()), m, 0);
    }
    if (o.dBias() != null) {
      plan.columnSums(dy, n, m, Place.of(o.dBias()));
    }
  }

  private static void batchMatMul(PlanBuilder plan, MatrixOp.BatchMatMul o) {
    int r = o.y().dim(1);
    int m = o.y().dim(2);
    int k = o.inner();
    plan.product(r, m, k)
        .a(Place.of(o.a()), o.a().dim(2), o.transposeA())
        .b(Place.of(o.b()), o.b().dim(2), o.transposeB())
        .batch(o.y().dim(0), (long) r * k, (long) k * m, (long) r * m)
        .into(Place.of(o.y()), m, 0);
  }
}
