package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;

/** {@link MatrixOp.MatMul} and its gradient. */
final class CpuMatMul {
  private CpuMatMul() {}

  static Task forward(MatrixOp.MatMul op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span w = binding.span(op.weight());
    Span bias = binding.span(op.bias());
    Span y = binding.span(op.y());
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    int n = Graph.rows(op.y());
    Product product = binding.product();
    return () -> {
      if (bias != null) {
        fillRows(bias, n, y, 0);
      }
      // (N,K)x(K,M) -> (N,M)
      product.of(n, m, k).a(x, 0, k).b(w, 0, m).into(y, 0, m, bias != null);
    };
  }

  static Task backward(MatrixOp.MatMulGrad op, CpuBinding binding) {
    Span x = binding.span(op.x());
    Span w = binding.span(op.weight());
    Span dy = binding.span(op.dy());
    Span dx = binding.span(op.dx());
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    int n = Graph.rows(op.dy());
    Product product = binding.product();
    Task weights =
        new OuterProducts(dy, m, n, binding)
            .of(x, 0, k, binding.span(op.dWeight())) // (K,N)x(N,M) -> (K,M)
            .sums(binding.span(op.dBias()))
            .task();
    return () -> {
      if (dx != null) {
        // (N,M)x(M,K) -> (N,K)
        product.of(n, k, m).a(dy, 0, m).bTransposed(w, 0, m).into(dx, 0, k);
      }
      weights.run();
    };
  }

  /** The products among the threads; each by all threads where there are few. */
  static Task batch(MatrixOp.BatchMatMul op, CpuBinding binding) {
    Span a = binding.span(op.a());
    Span b = binding.span(op.b());
    Span y = binding.span(op.y());
    int n = op.y().dim(0);
    int r = op.y().dim(1);
    int m = op.y().dim(2);
    int k = op.inner();
    boolean ta = op.transposeA();
    boolean tb = op.transposeB();
    Gemm gemm = binding.gemm();
    Parallel.Range body =
        (from, to) -> {
          for (int i = from; i < to; i++) {
            // (R,K)x(K,M) -> (R,M)
            gemm.multiply(
                ta,
                tb,
                r,
                m,
                k,
                a.values(),
                a.at() + i * r * k,
                ta ? r : k,
                b.values(),
                b.at() + i * k * m,
                tb ? k : m,
                y.values(),
                y.at() + i * r * m,
                m,
                false);
          }
        };
    return binding.parallel().over(n, Math.max(1, r * m * Math.max(1, k / 8)), body);
  }

  /** Copies the bias into each of {@code rows} rows of y from {@code at} on. */
  static void fillRows(Span bias, int rows, Span y, int at) {
    for (int r = 0; r < rows; r++) {
      y.copy(at + r * bias.size(), bias, 0, bias.size());
    }
  }
}
