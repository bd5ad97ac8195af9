package io.github.lstm4j.graph;

import static io.github.lstm4j.graph.Op.present;

import java.util.List;

/** Matrix products and their gradients. */
public sealed interface MatrixOp extends Op {
  /** {@code y(N,M) = x(N,K)·weight(K,M) [+ bias(M)]}. */
  record MatMul(Value x, Value weight, Value bias, Value y) implements MatrixOp {
    @Override
    public List<Value> inputs() {
      return present(x, weight, bias);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /**
   * Gradient of {@link MatMul}: {@code dx(N,K) = dy·weightᵀ}, {@code dWeight(K,M) = xᵀ·dy}, {@code
   * dBias(M)} = sum of the rows of dy. Each output may be absent.
   */
  record MatMulGrad(Value x, Value weight, Value dy, Value dx, Value dWeight, Value dBias)
      implements MatrixOp {
    @Override
    public List<Value> inputs() {
      return List.of(x, weight, dy);
    }

    @Override
    public List<Value> outputs() {
      return present(dx, dWeight, dBias);
    }
  }

  /**
   * N products {@code y[n] = a[n]·b[n]}, (R,K)x(K,M) -> (R,M): a (N,R,K), b (N,K,M), y (N,R,M).
   *
   * @param transposeA whether a is (N,K,R)
   * @param transposeB whether b is (N,M,K)
   */
  record BatchMatMul(Value a, Value b, boolean transposeA, boolean transposeB, Value y)
      implements MatrixOp {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }

    /** K: what is summed over. */
    public int inner() {
      return a.dim(transposeA ? 1 : 2);
    }
  }
}
