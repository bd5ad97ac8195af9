package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MatrixOp;
import java.util.Arrays;

/** {@link MatrixOp.MatMul} and its gradient. */
final class CpuMatMul {
  private CpuMatMul() {}

  static Step forward(MatrixOp.MatMul op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span w = compiler.span(op.weight());
    Span bias = compiler.span(op.bias());
    Span y = compiler.span(op.y());
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    int n = Graph.rows(op.y());
    Gemm gemm = compiler.math().gemm();
    ThreadTeam team = compiler.parallel().team();
    return () -> {
      if (bias != null) {
        fillRows(bias, n, y.values(), y.at());
      }
      // (N,K)x(K,M) -> (N,M)
      gemm.multiply(
          false,
          false,
          n,
          m,
          k,
          x.values(),
          x.at(),
          k,
          w.values(),
          w.at(),
          m,
          y.values(),
          y.at(),
          m,
          bias != null,
          team);
    };
  }

  static Step backward(MatrixOp.MatMulGrad op, CpuCompiler compiler) {
    Span x = compiler.span(op.x());
    Span w = compiler.span(op.weight());
    Span dy = compiler.span(op.dy());
    Span dx = compiler.span(op.dx());
    Span dw = compiler.span(op.dWeight());
    int k = op.weight().dim(0);
    int m = op.weight().dim(1);
    int n = Graph.rows(op.dy());
    Gemm gemm = compiler.math().gemm();
    ThreadTeam team = compiler.parallel().team();
    Step bias =
        op.dBias() == null ? () -> {} : columnSums(dy, n, m, compiler.span(op.dBias()), compiler);
    return () -> {
      if (dx != null) {
        // (N,M)x(M,K) -> (N,K)
        gemm.multiply(
            false,
            true,
            n,
            k,
            m,
            dy.values(),
            dy.at(),
            m,
            w.values(),
            w.at(),
            m,
            dx.values(),
            dx.at(),
            k,
            false,
            team);
      }
      if (dw != null) {
        // (K,N)x(N,M) -> (K,M)
        gemm.multiply(
            true,
            false,
            k,
            m,
            n,
            x.values(),
            x.at(),
            k,
            dy.values(),
            dy.at(),
            m,
            dw.values(),
            dw.at(),
            m,
            false,
            team);
      }
      bias.run();
    };
  }

  /** Copies the bias into each of {@code rows} rows from index {@code at} on. */
  static void fillRows(Span bias, int rows, float[] y, int at) {
    for (int r = 0; r < rows; r++) {
      System.arraycopy(bias.values(), bias.at(), y, at + r * bias.size(), bias.size());
    }
  }

  /** {@code sums(columns)} = the sum of the rows of {@code x(rows,columns)}. */
  static Step columnSums(Span x, int rows, int columns, Span sums, CpuCompiler compiler) {
    float[] ones = new float[rows];
    Arrays.fill(ones, 1);
    Gemm gemm = compiler.math().gemm();
    ThreadTeam team = compiler.parallel().team();
    // (1,rows)x(rows,columns) -> (1,columns)
    return () ->
        gemm.multiply(
            false,
            false,
            1,
            columns,
            rows,
            ones,
            0,
            rows,
            x.values(),
            x.at(),
            columns,
            sums.values(),
            sums.at(),
            columns,
            false,
            team);
  }
}
