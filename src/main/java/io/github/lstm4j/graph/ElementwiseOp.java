package io.github.lstm4j.graph;

import io.github.lstm4j.activations.Activation;
import java.util.List;

/** Ops whose elements (or rows, for softmax) are computed each by itself. */
public sealed interface ElementwiseOp extends Op {
  /** {@code y = activation(x)}; for softmax over the last axis. */
  record Activate(Activation activation, Value x, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Activate}: {@code dx = dy·activation'(x)}; x and y are both there. */
  record ActivateGrad(Activation activation, Value x, Value y, Value dy, Value dx)
      implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      // which of the two is read decides how long it must be kept
      return activation.derivesFromOutput() ? List.of(y, dy) : List.of(x, dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }

  /** What {@link Binary} computes. */
  enum Combine {
    /** {@code a + b}. */
    SUM,
    /** {@code a·b}. */
    MUL,
    /** {@code (a + b)/2}. */
    AVE
  }

  /** {@code y = a combined with b}, elementwise; all of one shape. y may be a or b. */
  record Binary(Combine combine, Value a, Value b, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code y = factor·x}. */
  record Scale(float factor, Value x, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** {@code to = from}: how a state is kept for the next run. */
  record Copy(Value from, Value to) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(from);
    }

    @Override
    public List<Value> outputs() {
      return List.of(to);
    }
  }
}
