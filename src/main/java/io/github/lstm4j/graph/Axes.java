package io.github.lstm4j.graph;

import io.github.lstm4j.tensor.Shape;
import java.util.Arrays;

/** The arithmetic of shapes: which shape an op's result has. */
final class Axes {
  private Axes() {}

  /**
   * The shape that both are broadcast to by NumPy's rules: aligned at the last axis, an axis of
   * length 1 or none fits any other.
   *
   * @throws IllegalArgumentException if they do not fit
   */
  static Shape broadcast(String name, Shape a, Shape b) {
    int rank = Math.max(a.rank(), b.rank());
    int[] dims = new int[rank];
    for (int i = 0; i < rank; i++) {
      int u = fromEnd(a, rank - i);
      int v = fromEnd(b, rank - i);
      if (u != v && u != 1 && v != 1) {
        throw new IllegalArgumentException(
            name + ": the shapes " + a + " and " + b + " do not broadcast");
      }
      dims[i] = u == 1 ? v : u;
    }
    return Shape.of(dims);
  }

  private static int fromEnd(Shape s, int distance) {
    return distance > s.rank() ? 1 : s.dim(-distance);
  }

  /** An axis counted from 0, of one that may be counted from the end. */
  static int at(Shape shape, int axis) {
    int at = axis < 0 ? axis + shape.rank() : axis;
    if (at < 0 || at >= shape.rank()) {
      throw new IllegalArgumentException("there is no axis " + axis + " in " + shape);
    }
    return at;
  }

  /** The product of the dimensions from one axis to before another. */
  static int product(Shape shape, int from, int to) {
    int n = 1;
    for (int i = from; i < to; i++) {
      n *= shape.dim(i);
    }
    return n;
  }

  /** The shape without an axis. */
  static Shape without(Shape shape, int axis) {
    int[] dims = new int[shape.rank() - 1];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = shape.dim(i < axis ? i : i + 1);
    }
    return Shape.of(dims);
  }

  /** The shape with one axis more, in front of all. */
  static Shape within(int dim, Shape shape) {
    int[] dims = new int[shape.rank() + 1];
    dims[0] = dim;
    System.arraycopy(shape.dims(), 0, dims, 1, shape.rank());
    return Shape.of(dims);
  }

  /** Whether the first two axes are alike, so that one is a sequence if the other is. */
  static boolean sameFirstTwo(Shape a, Shape b) {
    return a.rank() > 1 && b.rank() > 1 && Arrays.equals(a.dims(), 0, 2, b.dims(), 0, 2);
  }
}
