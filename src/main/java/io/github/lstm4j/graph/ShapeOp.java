package io.github.lstm4j.graph;

import java.util.List;

/** Ops that move elements and compute nothing, and their gradients. */
public sealed interface ShapeOp extends Op {
  /** {@code y(N,K+M) = [a(N,K), b(N,M)]}. */
  record Concat(Value a, Value b, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y(N,M) = x(N,K)[:, from : from+M]}. */
  record Slice(Value x, int from, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y[t] = x[T−1−t]} along the first axis; its own gradient. */
  record Reverse(Value x, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /**
   * {@code y[j,i,:] = x[i,j,:]} for x of shape (rows,columns,width); the shapes of x and y may be
   * flattened forms of these. Its own gradient with rows and columns exchanged.
   */
  record SwapAxes(Value x, int rows, int columns, int width, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y(T,B,F)} = x(B,F) repeated T times. */
  record Repeat(Value x, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Repeat}: {@code dx(B,F)} = sum of dy(T,B,F) over T. */
  record RepeatGrad(Value dy, Value dx) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }
}
