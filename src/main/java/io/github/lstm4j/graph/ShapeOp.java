package io.github.lstm4j.graph;

import java.util.List;

/** Ops that move elements and compute nothing, and their gradients. */
public sealed interface ShapeOp extends Op {
  /**
   * Other names for parts of a value that lie as they are: each a view of x. Nothing is computed.
   */
  record View(Value x, List<Value> parts) implements ShapeOp {
    /** Copies the list. */
    public View {
      parts = List.copyOf(parts);
    }

    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of();
    }

    @Override
    public List<Value> results() {
      return parts;
    }
  }

  /** {@code y} = elements of x, read by that walk in the order of y. */
  record Read(Value x, Strided by, Value y) implements ShapeOp {
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
   * The elements of each part put where its walk says in y, which is 0 elsewhere; no two lie on one
   * another. The gradient of {@link Read}, as that is the gradient of this.
   */
  record Write(List<Value> parts, List<Strided> by, Value y) implements ShapeOp {
    /** Copies the lists. */
    public Write {
      parts = List.copyOf(parts);
      by = List.copyOf(by);
    }

    @Override
    public List<Value> inputs() {
      return parts;
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }

    /** Whether the parts leave nothing 0. */
    public boolean isFull() {
      return parts.stream().mapToInt(Value::size).sum() == y.size();
    }
  }

  /** Windows over the first axis: begin {@code stride} apart, elements {@code dilation} apart. */
  record Windows(Value x, int stride, int dilation, Value y) implements ShapeOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }

    /** {@code y[w,b,i,f] = x[w·stride + i·dilation,b,f]} for y (W,B,size,F). */
    public Strided by() {
      int f = y.dim(3);
      int step = y.dim(1) * f;
      return Strided.of(0, y.shape().dims(), new int[] {stride * step, f, dilation * step, 1});
    }
  }

  /**
   * Gradient of {@link Windows}: {@code dx[t,b,f]} = the sum of {@code dy[w,b,i,f]} over all {@code
   * w·stride + i·dilation = t}.
   */
  record WindowsGrad(Value dy, int stride, int dilation, Value dx) implements ShapeOp {
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
