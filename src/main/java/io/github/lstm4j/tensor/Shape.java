package io.github.lstm4j.tensor;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The dimensions of a tensor, outermost first. Immutable.
 *
 * <p>A dimension that is not known before a batch arrives (the batch size, sometimes the number of
 * timesteps) is {@link #UNKNOWN} and prints as {@code None}, as in Keras: {@code (None, 10, 2)}.
 */
public final class Shape {
  /** A dimension that is known only when data arrives. */
  public static final int UNKNOWN = -1;

  private final int[] dims;

  private Shape(int[] dims) {
    this.dims = dims;
  }

  /**
   * A shape of these dimensions, each at least 0, or {@link #UNKNOWN}.
   *
   * @throws IllegalArgumentException if a dimension is less than -1
   */
  public static Shape of(int... dims) {
    for (int d : dims) {
      if (d < UNKNOWN) {
        throw new IllegalArgumentException(
            "a dimension must be at least 0, or -1 for unknown; got " + Arrays.toString(dims));
      }
    }
    return new Shape(dims.clone());
  }

  /** The number of dimensions. */
  public int rank() {
    return dims.length;
  }

  /** Dimension {@code axis}; a negative axis counts from the end, as in NumPy. */
  public int dim(int axis) {
    int at = axis < 0 ? axis + dims.length : axis;
    if (at < 0 || at >= dims.length) {
      throw new IndexOutOfBoundsException("axis " + axis + " of shape " + this);
    }
    return dims[at];
  }

  /** The last dimension. */
  public int last() {
    return dim(-1);
  }

  /** A copy of the dimensions. */
  public int[] dims() {
    return dims.clone();
  }

  /** Whether every dimension is known. */
  public boolean isKnown() {
    for (int d : dims) {
      if (d == UNKNOWN) {
        return false;
      }
    }
    return true;
  }

  /**
   * The number of elements.
   *
   * @throws IllegalStateException if a dimension is unknown
   * @throws TooLargeException if the number does not fit an int
   */
  public int size() {
    double all = 1;
    int n = 1;
    for (int d : dims) {
      if (d == UNKNOWN) {
        throw new IllegalStateException("shape " + this + " has an unknown dimension");
      }
      all *= d;
      n *= d;
    }
    if (all > Integer.MAX_VALUE) {
      throw new TooLargeException(
          String.format(
              Locale.ROOT,
              "the shape %s has %.0f elements, %.1f GiB; a tensor has at most %d",
              this,
              all,
              all * Float.BYTES / (1 << 30),
              Integer.MAX_VALUE));
    }
    return n;
  }

  /** The same shape with dimension {@code axis} replaced. */
  public Shape with(int axis, int dim) {
    int[] d = dims.clone();
    d[axis < 0 ? axis + d.length : axis] = dim;
    return of(d);
  }

  /** Whether {@code actual} has this shape, where an unknown dimension of this one accepts any. */
  public boolean accepts(Shape actual) {
    if (actual.rank() != rank()) {
      return false;
    }
    for (int i = 0; i < dims.length; i++) {
      if (dims[i] != UNKNOWN && dims[i] != actual.dims[i]) {
        return false;
      }
    }
    return true;
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Shape s && Arrays.equals(dims, s.dims);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(dims);
  }

  /**
   * As Python prints a tuple, with {@code None} for unknown: {@code (None, 10, 2)}, {@code (3,)}.
   */
  @Override
  public String toString() {
    String inner =
        Arrays.stream(dims)
            .mapToObj(d -> d == UNKNOWN ? "None" : Integer.toString(d))
            .collect(Collectors.joining(", "));
    return dims.length == 1 ? "(" + inner + ",)" : "(" + inner + ")";
  }
}
