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
    /** {@code a − b}. */
    SUB,
    /** {@code a·b}. */
    MUL,
    /** {@code a/b}. */
    DIV,
    /** The larger, NaN if either is; the gradient goes to a where they are equal. */
    MAX,
    /** The smaller, NaN if either is; the gradient goes to a where they are equal. */
    MIN,
    /** {@code (a + b)/2}. */
    AVE,
    /** {@code aᵇ}. */
    POW,
    /** 1 where {@code a = b}, else 0; without gradient. */
    EQUAL,
    /** 1 where {@code a > b}, else 0; without gradient. */
    GREATER,
    /** 1 where {@code a ≥ b}, else 0; without gradient. */
    GREATER_EQUAL;

    /** Whether it gives 1 or 0. */
    public boolean isComparison() {
      return this == EQUAL || this == GREATER || this == GREATER_EQUAL;
    }
  }

  /**
   * {@code y = a combined with b}, elementwise; each is broadcast to the shape of y by NumPy's
   * rules. y may be a or b if that is of its shape.
   */
  record Binary(Combine combine, Value a, Value b, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }

    /** How a is read. */
    public Strided ofA() {
      return Strided.broadcast(a.shape(), y.shape());
    }

    /** How b is read. */
    public Strided ofB() {
      return Strided.broadcast(b.shape(), y.shape());
    }
  }

  /** What {@link Apply} computes. */
  enum Unary {
    /** {@code −x}. */
    NEGATE,
    /** {@code |x|}, with slope 0 at 0. */
    ABS,
    /** 1, 0 or −1; without gradient. */
    SIGN,
    /** The largest whole number that is not above x; without gradient. */
    FLOOR,
    /** {@code x²}. */
    SQUARE,
    /** {@code √x}. */
    SQRT,
    /** {@code 1/√x}. */
    RSQRT,
    /** {@code 1/x}. */
    RECIPROCAL,
    /** {@code eˣ}. */
    EXP,
    /** {@code log x}. */
    LOG,
    /** {@code log(1 + x)}. */
    LOG1P;

    /** Whether its slope is anything but 0. */
    public boolean hasGradient() {
      return this != SIGN && this != FLOOR;
    }

    /** Whether the slope is computed from y rather than x. */
    public boolean derivesFromOutput() {
      return switch (this) {
        case SQRT, RSQRT, RECIPROCAL, EXP -> true;
        case NEGATE, ABS, SIGN, FLOOR, SQUARE, LOG, LOG1P -> false;
      };
    }
  }

  /** {@code y = function(x)}. */
  record Apply(Unary function, Value x, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(x);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }
  }

  /** Gradient of {@link Apply}: {@code dx = dy·function'(x)}; kept is y or x, as it derives. */
  record ApplyGrad(Unary function, Value kept, Value dy, Value dx) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(kept, dy);
    }

    @Override
    public List<Value> outputs() {
      return List.of(dx);
    }
  }

  /**
   * {@code y = a} where the condition is not 0, else b; each is broadcast to the shape of y. What
   * is not chosen does not matter, even if it is NaN, nor has it a gradient.
   */
  record Where(Value condition, Value a, Value b, Value y) implements ElementwiseOp {
    @Override
    public List<Value> inputs() {
      return List.of(condition, a, b);
    }

    @Override
    public List<Value> outputs() {
      return List.of(y);
    }

    /** How an operand, one of the inputs, is read. */
    public Strided of(Value operand) {
      return Strided.broadcast(operand.shape(), y.shape());
    }
  }

  /** {@code y = factor·x + shift}. */
  record Affine(float factor, Value x, float shift, Value y) implements ElementwiseOp {
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
