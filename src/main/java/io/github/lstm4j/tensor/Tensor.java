package io.github.lstm4j.tensor;

import java.util.Arrays;

/**
 * A float32 array of any rank, row-major: the last dimension is contiguous. Sequences are {@code
 * (batch, timesteps, features)}.
 *
 * <p>A tensor wraps its array, it does not copy it: {@link #data()} is live.
 *
 * <pre>{@code
 * Tensor x = Tensor.of(new float[][][] {{{1f, 2f}, {3f, 4f}}}); // (1, 2, 2)
 * x.get(0, 1, 0); // 3.0
 * }</pre>
 */
public final class Tensor {
  private final Shape shape;
  private final float[] data;

  private Tensor(Shape shape, float[] data) {
    this.shape = shape;
    this.data = data;
  }

  /**
   * A tensor of {@code shape} over {@code data}, which is not copied.
   *
   * @throws IllegalArgumentException if the array has not as many elements as the shape
   */
  public static Tensor of(float[] data, Shape shape) {
    if (data.length != shape.size()) {
      throw new IllegalArgumentException(
          "shape "
              + shape
              + " has "
              + shape.size()
              + " elements, but the array has "
              + data.length);
    }
    return new Tensor(shape, data);
  }

  /** A tensor of shape {@code dims} over {@code data}, which is not copied. */
  public static Tensor of(float[] data, int... dims) {
    return of(data, Shape.of(dims));
  }

  /** Zeros of shape {@code dims}. */
  public static Tensor zeros(int... dims) {
    return zeros(Shape.of(dims));
  }

  /** Zeros of {@code shape}. */
  public static Tensor zeros(Shape shape) {
    return new Tensor(shape, Memory.floats("a tensor", shape));
  }

  /** A matrix of shape {@code (rows, columns)}, copied from rows of equal length. */
  public static Tensor of(float[][] rows) {
    int width = rows.length == 0 ? 0 : rows[0].length;
    float[] data = new float[rows.length * width];
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != width) {
        throw new IllegalArgumentException(
            "rows must be equally long: row 0 has "
                + width
                + " values, row "
                + i
                + " has "
                + rows[i].length);
      }
      System.arraycopy(rows[i], 0, data, i * width, width);
    }
    return of(data, rows.length, width);
  }

  /** Sequences of shape {@code (batch, timesteps, features)}, copied; all must be equally long. */
  public static Tensor of(float[][][] sequences) {
    int t = sequences.length == 0 ? 0 : sequences[0].length;
    int f = t == 0 ? 0 : sequences[0][0].length;
    float[] data = new float[sequences.length * t * f];
    for (int i = 0; i < sequences.length; i++) {
      if (sequences[i].length != t) {
        throw new IllegalArgumentException(
            "sequences must be equally long: sequence 0 has "
                + t
                + " timesteps, sequence "
                + i
                + " has "
                + sequences[i].length
                + "; pad them, and mask the padding");
      }
      for (int s = 0; s < t; s++) {
        if (sequences[i][s].length != f) {
          throw new IllegalArgumentException(
              "sequence "
                  + i
                  + ", timestep "
                  + s
                  + ": expected "
                  + f
                  + " features, got "
                  + sequences[i][s].length);
        }
        System.arraycopy(sequences[i][s], 0, data, (i * t + s) * f, f);
      }
    }
    return of(data, sequences.length, t, f);
  }

  /** The shape. */
  public Shape shape() {
    return shape;
  }

  /** The elements, row-major; live, not a copy. */
  public float[] data() {
    return data;
  }

  /** The number of elements. */
  public int size() {
    return data.length;
  }

  /** Dimension {@code axis} of the shape; negative counts from the end. */
  public int dim(int axis) {
    return shape.dim(axis);
  }

  /** One element. */
  public float get(int... index) {
    return data[offset(index)];
  }

  /** Sets one element. */
  public void set(float value, int... index) {
    data[offset(index)] = value;
  }

  private int offset(int[] index) {
    if (index.length != shape.rank()) {
      throw new IndexOutOfBoundsException(
          "shape " + shape + " needs " + shape.rank() + " indices, got " + Arrays.toString(index));
    }
    int at = 0;
    for (int i = 0; i < index.length; i++) {
      if (index[i] < 0 || index[i] >= shape.dim(i)) {
        throw new IndexOutOfBoundsException("index " + Arrays.toString(index) + " of " + shape);
      }
      at = at * shape.dim(i) + index[i];
    }
    return at;
  }

  /** The same elements in another shape; shares the array. */
  public Tensor reshape(int... dims) {
    return of(data, dims);
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive) along the first dimension; a copy. */
  public Tensor rows(int from, int to) {
    if (from < 0 || to < from || to > shape.dim(0)) {
      throw new IndexOutOfBoundsException("rows " + from + " to " + to + " of shape " + shape);
    }
    int width = shape.dim(0) == 0 ? 0 : data.length / shape.dim(0);
    return of(Arrays.copyOfRange(data, from * width, to * width), shape.with(0, to - from));
  }

  /** A copy with an array of its own. */
  public Tensor copy() {
    return new Tensor(shape, data.clone());
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Tensor t && shape.equals(t.shape) && Arrays.equals(data, t.data);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(data);
  }

  /** The shape and the first few elements. */
  @Override
  public String toString() {
    int n = Math.min(8, data.length);
    String head = Arrays.toString(Arrays.copyOf(data, n));
    return "Tensor"
        + shape
        + (n < data.length ? head.substring(0, head.length() - 1) + ", …]" : head);
  }
}
