package io.github.lstm4j.tensor;

import java.lang.reflect.Array;
import java.util.Arrays;
import java.util.Locale;

/** Nested Java arrays of float, double or int, laid out flat as a tensor has them. */
final class JavaArrays {
  /** Beyond it not every whole number is a float32. */
  private static final int LARGEST_EXACT_INT = 1 << 24;

  private JavaArrays() {}

  static void requireArray(Object array) {
    if (array == null) {
      throw new IllegalArgumentException("expected an array, got null");
    }
  }

  /** The shape of arrays in arrays, as their first elements tell; length 0 ends it with zeros. */
  static Shape shape(Object nested) {
    requireArray(nested);
    int rank = 0;
    for (Class<?> c = nested.getClass(); c.isArray(); c = c.getComponentType()) {
      rank++;
    }
    int[] dims = new int[rank];
    Object at = nested;
    for (int i = 0; i < rank; i++) {
      dims[i] = at == null ? 0 : Array.getLength(at);
      at = dims[i] == 0 || i == rank - 1 ? null : Array.get(at, 0);
    }
    return Shape.of(dims);
  }

  /**
   * The elements, row-major.
   *
   * @throws IllegalArgumentException if arrays beside one another are not equally long, or a value
   *     does not fit into float32
   */
  static float[] flat(Object nested, Shape shape) {
    float[] data = Memory.floats("a tensor", shape);
    copy(nested, shape, 0, "", data, 0);
    return data;
  }

  /** Copies one array, which is at that place of the outermost one, and those in it. */
  private static void copy(
      Object from, Shape shape, int axis, String place, float[] to, int start) {
    int length = from == null ? 0 : Array.getLength(from);
    if (from == null || length != shape.dim(axis)) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "arrays beside one another must be equally long: array%s is %s, the first has length"
                  + " %d; sequences are padded by Sequences.pad, and the padding masked",
              place,
              from == null ? "null" : "of length " + length,
              shape.dim(axis)));
    }
    if (from instanceof float[] floats) {
      System.arraycopy(floats, 0, to, start, length);
    } else if (from instanceof double[] doubles) {
      for (int i = 0; i < length; i++) {
        to[start + i] = single(doubles[i], place, i);
      }
    } else if (from instanceof int[] ints) {
      for (int i = 0; i < length; i++) {
        to[start + i] = single(ints[i], place, i);
      }
    } else {
      int width = length == 0 ? 0 : inner(shape, axis);
      for (int i = 0; i < length; i++) {
        String at = place + "[" + i + "]";
        copy(Array.get(from, i), shape, axis + 1, at, to, start + i * width);
      }
    }
  }

  /** The number of elements of one array along that axis. */
  private static int inner(Shape shape, int axis) {
    int[] dims = shape.dims();
    return Shape.of(Arrays.copyOfRange(dims, axis + 1, dims.length)).size();
  }

  private static float single(double value, String place, int index) {
    float single = (float) value;
    if (Float.isInfinite(single) && !Double.isInfinite(value)) {
      throw new IllegalArgumentException(
          "array"
              + place
              + "["
              + index
              + "] is "
              + value
              + ", which float32 cannot hold; its largest number is "
              + Float.MAX_VALUE
              + ": scale the data first");
    }
    return single;
  }

  private static float single(int value, String place, int index) {
    if (value > LARGEST_EXACT_INT || value < -LARGEST_EXACT_INT) {
      throw new IllegalArgumentException(
          "array"
              + place
              + "["
              + index
              + "] is "
              + value
              + "; whole numbers are exact up to "
              + LARGEST_EXACT_INT
              + " in float32: give doubles if it may be rounded");
    }
    return value;
  }

  /** Rows of that width, copied. */
  static float[][] rows(float[] data, int start, int rows, int width) {
    float[][] copied = new float[rows][];
    for (int i = 0; i < rows; i++) {
      copied[i] = Arrays.copyOfRange(data, start + i * width, start + (i + 1) * width);
    }
    return copied;
  }
}
