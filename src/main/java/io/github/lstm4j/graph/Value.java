package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Shape;

/**
 * A tensor of a program, row-major. Shapes are static.
 *
 * <p><b>Layout.</b> Sequences lie time-major inside a program, {@code (T, B, F)}: then a timestep's
 * batch is one contiguous block and no matrix product needs a transposed copy. The user's arrays
 * are batch-major, {@code (B, T, F)}; inputs and outputs marked {@link #timeMajor()} are transposed
 * on their way in and out, and nowhere else.
 */
public final class Value {
  /** Where a value lives. */
  public enum Kind {
    /** Written from outside before a run. */
    INPUT,
    /** A weight, an optimizer slot or a state: outlives the run and is shared between programs. */
    VARIABLE,
    /** Lives in the program's arena, from the op that writes it to the last that reads it. */
    TEMPORARY,
    /** A part of another value. */
    VIEW
  }

  private final int id;
  private final String name;
  private final DType dtype;
  private final Shape shape;
  private final Kind kind;
  private final boolean timeMajor;
  private final Value base;
  private final int offset;

  Value(
      int id,
      String name,
      DType dtype,
      Shape shape,
      Kind kind,
      boolean timeMajor,
      Value base,
      int offset) {
    this.id = id;
    this.name = name;
    this.dtype = dtype;
    this.shape = shape;
    this.kind = kind;
    this.timeMajor = timeMajor;
    this.base = base;
    this.offset = offset;
  }

  /** Its number within the graph. */
  public int id() {
    return id;
  }

  /** What a listing calls it. */
  public String name() {
    return name;
  }

  /** What its elements are. */
  public DType dtype() {
    return dtype;
  }

  /** The shape as it lies in memory. */
  public Shape shape() {
    return shape;
  }

  /** Dimension {@code axis} of the shape. */
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /** The number of elements. */
  public int size() {
    return shape.size();
  }

  /** The number of bytes. */
  public long bytes() {
    return dtype.bytes(size());
  }

  /** Where it lives. */
  public Kind kind() {
    return kind;
  }

  /** Whether it is a sequence {@code (T, B, …)}, which outside is {@code (B, T, …)}. */
  public boolean timeMajor() {
    return timeMajor;
  }

  /** The value that owns the memory: itself, unless it is a view. */
  public Value owner() {
    return base == null ? this : base.owner();
  }

  /** Where a view begins within its owner, in elements; 0 for others. */
  public int ownerOffset() {
    return base == null ? 0 : offset + base.ownerOffset();
  }

  @Override
  public String toString() {
    return "%" + id + ":" + name + shape;
  }
}
