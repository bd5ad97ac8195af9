package io.github.lstm4j.tensor;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;
import java.util.stream.IntStream;

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
    JavaArrays.requireArray(data);
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

  /** A vector of shape {@code (length,)} over {@code data}, which is not copied. */
  public static Tensor of(float[] data) {
    JavaArrays.requireArray(data);
    return new Tensor(Shape.of(data.length), data);
  }

  /** A matrix of shape {@code (rows, columns)}, copied from rows of equal length. */
  public static Tensor of(float[][] rows) {
    return ofNested(rows);
  }

  /** Sequences of shape {@code (batch, timesteps, features)}, copied; all must be equally long. */
  public static Tensor of(float[][][] sequences) {
    return ofNested(sequences);
  }

  /**
   * A vector of shape {@code (length,)}, rounded to float32.
   *
   * @throws IllegalArgumentException if a number is too large for float32
   */
  public static Tensor of(double[] data) {
    return ofNested(data);
  }

  /** A tensor of shape {@code dims}, copied; as {@link #of(double[])} and {@link #reshape}. */
  public static Tensor of(double[] data, int... dims) {
    return ofNested(data).reshape(dims);
  }

  /** As {@link #of(float[][])}, rounded to float32. */
  public static Tensor of(double[][] rows) {
    return ofNested(rows);
  }

  /** As {@link #of(float[][][])}, rounded to float32. */
  public static Tensor of(double[][][] sequences) {
    return ofNested(sequences);
  }

  /**
   * A vector of shape {@code (length,)} of class numbers or word numbers.
   *
   * @throws IllegalArgumentException if one is beyond ±2²⁴, where float32 is not exact
   */
  public static Tensor of(int[] data) {
    return ofNested(data);
  }

  /** A tensor of shape {@code dims}, copied; as {@link #of(int[])} and {@link #reshape}. */
  public static Tensor of(int[] data, int... dims) {
    return ofNested(data).reshape(dims);
  }

  /** Word numbers of shape {@code (samples, timesteps)}, copied; as {@link #of(int[])}. */
  public static Tensor of(int[][] rows) {
    return ofNested(rows);
  }

  private static Tensor ofNested(Object nested) {
    Shape shape = JavaArrays.shape(nested);
    return new Tensor(shape, JavaArrays.flat(nested, shape));
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

  /**
   * The same elements in another shape; shares the array.
   *
   * @param dims one of them may be -1: what is left for it
   * @throws IllegalArgumentException if the number of elements differs
   */
  public Tensor reshape(int... dims) {
    int[] full = dims.clone();
    int open = -1;
    long given = 1;
    for (int i = 0; i < full.length; i++) {
      if (full[i] == Shape.UNKNOWN && open < 0) {
        open = i;
      } else {
        given *= full[i];
      }
    }
    boolean fits = open < 0 ? given == size() : given > 0 && size() % given == 0;
    if (!fits) {
      throw new IllegalArgumentException(
          "shape "
              + shape
              + " with "
              + size()
              + " elements cannot become "
              + Arrays.toString(dims));
    }
    if (open >= 0) {
      full[open] = (int) (size() / given);
    }
    return of(data, full);
  }

  /** Rows {@code from} (inclusive) to {@code to} (exclusive) along the first dimension; a copy. */
  public Tensor rows(int from, int to) {
    return slice(0, from, to);
  }

  /**
   * What lies from {@code from} (inclusive) to {@code to} (exclusive) along one axis; a copy. The
   * shape keeps its rank.
   *
   * <pre>{@code
   * Tensor lastHours = x.slice(1, x.dim(1) - 6, x.dim(1)); // NumPy's x[:, -6:]
   * }</pre>
   *
   * @param axis negative counts from the end
   * @throws IndexOutOfBoundsException if there is no such axis, or it is shorter
   */
  public Tensor slice(int axis, int from, int to) {
    if (from < 0 || to < from || to > shape.dim(axis)) {
      throw new IndexOutOfBoundsException(
          "from " + from + " to " + to + " along axis " + axis + " of shape " + shape);
    }
    int[] picked = new int[to - from];
    Arrays.setAll(picked, i -> from + i);
    return take(axis, picked);
  }

  /**
   * A box: along each axis what lies from {@code from} (inclusive) to {@code to} (exclusive); a
   * copy.
   *
   * <pre>{@code
   * Tensor corner = x.slice(new int[] {0, 2}, new int[] {5, 4}); // NumPy's x[0:5, 2:4]
   * }</pre>
   *
   * @param from for the first axes, one each; axes behind stay whole
   */
  public Tensor slice(int[] from, int[] to) {
    if (from.length != to.length || from.length > shape.rank()) {
      throw new IllegalArgumentException(
          "from "
              + Arrays.toString(from)
              + " to "
              + Arrays.toString(to)
              + ": expected as many of each, and at most one for each axis of shape "
              + shape);
    }
    Tensor box = from.length == 0 ? copy() : this;
    for (int axis = 0; axis < from.length; axis++) {
      box = box.slice(axis, from[axis], to[axis]);
    }
    return box;
  }

  /**
   * What lies at those places along one axis, in that order and as often as it is named; a copy.
   * NumPy's {@code take}.
   *
   * @param axis negative counts from the end
   * @throws IndexOutOfBoundsException if there is no such axis or place
   */
  public Tensor take(int axis, int... indices) {
    int length = shape.dim(axis);
    int width = inner(axis);
    int blocks = size() == 0 ? 0 : size() / (length * width);
    Tensor picked = zeros(shape.with(axis, indices.length));
    for (int i = 0; i < indices.length; i++) {
      if (indices[i] < 0 || indices[i] >= length) {
        throw new IndexOutOfBoundsException(
            "index " + indices[i] + " along axis " + axis + " of shape " + shape);
      }
      for (int block = 0; block < blocks; block++) {
        int from = (block * length + indices[i]) * width;
        System.arraycopy(data, from, picked.data, (block * indices.length + i) * width, width);
      }
    }
    return picked;
  }

  /**
   * What lies at one place of an axis, without that axis; a copy.
   *
   * <pre>{@code
   * Tensor last = hidden.at(1, hidden.dim(1) - 1); // NumPy's hidden[:, -1]: (batch, units)
   * }</pre>
   */
  public Tensor at(int axis, int index) {
    return take(axis, index).reshape(without(axis));
  }

  /** The number of elements between neighbours along that axis. */
  private int inner(int axis) {
    int width = 1;
    for (int i = axis < 0 ? axis + shape.rank() + 1 : axis + 1; i < shape.rank(); i++) {
      width *= shape.dim(i);
    }
    return width;
  }

  private int[] without(int axis) {
    int gone = axis < 0 ? axis + shape.rank() : axis;
    return IntStream.range(0, shape.rank()).filter(i -> i != gone).map(shape::dim).toArray();
  }

  /**
   * The tensors one behind the other along an axis; a copy. NumPy's {@code concatenate}.
   *
   * @param axis negative counts from the end
   * @throws IllegalArgumentException if shapes differ in more than that axis
   */
  public static Tensor concat(int axis, Tensor... tensors) {
    if (tensors.length == 0) {
      throw new IllegalArgumentException("concat expects at least one tensor, got none");
    }
    if (Arrays.asList(tensors).contains(null)) {
      throw new IllegalArgumentException("concat expects tensors, got null among them");
    }
    Shape first = tensors[0].shape;
    int total = 0;
    for (Tensor t : tensors) {
      if (t.shape.rank() != first.rank() || !t.shape.with(axis, first.dim(axis)).equals(first)) {
        throw new IllegalArgumentException(
            "concat along axis "
                + axis
                + ": shapes may differ in that axis only, got "
                + first
                + " and "
                + t.shape);
      }
      total = Math.addExact(total, t.shape.dim(axis));
    }
    Tensor all = zeros(first.with(axis, total));
    int width = all.inner(axis);
    int at = 0;
    for (Tensor t : tensors) {
      int run = t.dim(axis) * width;
      for (int block = 0; run > 0 && block < t.size() / run; block++) {
        System.arraycopy(t.data, block * run, all.data, block * total * width + at, run);
      }
      at += run;
    }
    return all;
  }

  /**
   * The tensors side by side along a new axis; a copy. NumPy's {@code stack}.
   *
   * @param axis where the new axis is in the result; negative counts from the end
   * @throws IllegalArgumentException if shapes differ
   */
  public static Tensor stack(int axis, Tensor... tensors) {
    Tensor[] wider = new Tensor[tensors.length];
    for (int i = 0; i < tensors.length; i++) {
      Shape one = tensors[i].shape;
      int at = axis < 0 ? axis + one.rank() + 1 : axis;
      if (at < 0 || at > one.rank()) {
        throw new IndexOutOfBoundsException("stack: axis " + axis + " beside shape " + one);
      }
      int[] dims = new int[one.rank() + 1];
      for (int d = 0; d < dims.length; d++) {
        dims[d] = d == at ? 1 : one.dim(d < at ? d : d - 1);
      }
      wider[i] = tensors[i].reshape(dims);
    }
    return concat(axis, wider);
  }

  /**
   * The place of the largest element along an axis, the first of equals, without that axis: class
   * numbers of probabilities. NumPy's {@code argmax}; NaN counts as largest, as there.
   */
  public Tensor argmax(int axis) {
    int length = shape.dim(axis);
    if (length == 0) {
      throw new IllegalArgumentException("argmax along axis " + axis + " of shape " + shape);
    }
    int width = inner(axis);
    Tensor places = zeros(without(axis));
    for (int i = 0; i < places.size(); i++) {
      int start = i / width * length * width + i % width;
      int best = 0;
      for (int k = 1; k < length; k++) {
        // as Float.compare orders NaN above all, but with -0 equal to 0
        float value = data[start + k * width];
        float largest = data[start + best * width];
        if (value > largest || (Float.isNaN(value) && !Float.isNaN(largest))) {
          best = k;
        }
      }
      places.data[i] = best;
    }
    return places;
  }

  /**
   * Class numbers as rows of 0 and a 1, along a new last axis. Keras's {@code to_categorical}.
   *
   * @param classes how many there are
   * @throws IllegalArgumentException if an element is no class number below {@code classes}
   */
  public Tensor oneHot(int classes) {
    int[] dims = Arrays.copyOf(shape.dims(), shape.rank() + 1);
    dims[shape.rank()] = classes;
    Tensor rows = zeros(dims);
    int[] numbers = toInts();
    for (int i = 0; i < numbers.length; i++) {
      if (numbers[i] < 0 || numbers[i] >= classes) {
        throw new IllegalArgumentException(
            "oneHot: element " + i + " is " + numbers[i] + "; expected 0 to " + (classes - 1));
      }
      rows.data[i * classes + numbers[i]] = 1;
    }
    return rows;
  }

  /** A tensor of what a function gives for each element. */
  public Tensor map(DoubleUnaryOperator function) {
    float[] mapped = new float[data.length];
    for (int i = 0; i < mapped.length; i++) {
      mapped[i] = (float) function.applyAsDouble(data[i]);
    }
    return new Tensor(shape, mapped);
  }

  /**
   * The elements as whole numbers, row-major.
   *
   * @throws IllegalArgumentException if one is none
   */
  public int[] toInts() {
    int[] ints = new int[data.length];
    for (int i = 0; i < ints.length; i++) {
      ints[i] = (int) data[i];
      if ((double) ints[i] != data[i]) {
        throw new IllegalArgumentException(
            "toInts: element " + i + " is " + data[i] + ", which is no whole number");
      }
    }
    return ints;
  }

  /**
   * The rows of a matrix; copies.
   *
   * @throws IllegalStateException if the rank is not 2
   */
  public float[][] toArray2D() {
    requireRank(2, "toArray2D");
    return JavaArrays.rows(data, 0, dim(0), dim(1));
  }

  /**
   * The rows of each matrix of {@code (batch, timesteps, features)}; copies.
   *
   * @throws IllegalStateException if the rank is not 3
   */
  public float[][][] toArray3D() {
    requireRank(3, "toArray3D");
    float[][][] sequences = new float[dim(0)][][];
    for (int i = 0; i < sequences.length; i++) {
      sequences[i] = JavaArrays.rows(data, i * dim(1) * dim(2), dim(1), dim(2));
    }
    return sequences;
  }

  private void requireRank(int rank, String what) {
    if (shape.rank() != rank) {
      throw new IllegalStateException(
          what + " expects " + rank + " axes, the shape is " + shape + "; see reshape and at");
    }
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
