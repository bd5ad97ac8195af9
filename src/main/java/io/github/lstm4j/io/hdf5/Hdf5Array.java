package io.github.lstm4j.io.hdf5;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The contents of one dataset: numbers of one type and their shape, row-major; a scalar has the
 * shape {@code ()}.
 *
 * <p>Wraps its array, as {@link Tensor} does. Whole numbers stay whole numbers: an iteration
 * counter or a random state does not pass through float32.
 */
public final class Hdf5Array {
  /** How the numbers are stored in the file. */
  public enum Type {
    /** IEEE 754 single precision. */
    FLOAT32(4),
    /** Signed, 4 bytes. */
    INT32(4),
    /** Signed, 8 bytes. */
    INT64(8);

    private final int bytes;

    Type(int bytes) {
      this.bytes = bytes;
    }

    /** The size of one number in bytes. */
    public int bytes() {
      return bytes;
    }
  }

  private static final int CHUNK = 1 << 13; // numbers converted at a time while writing

  private final Type type;
  private final Shape shape;
  private float[] floats; // of FLOAT32, else null; also null until it is filled
  private final long[] integers; // of the other types, else null

  private Hdf5Array(Type type, Shape shape, long[] integers) {
    this.type = type;
    this.shape = shape;
    this.integers = integers;
  }

  private static void requireSize(Shape shape, int length) {
    if (length != shape.size()) {
      throw new IllegalArgumentException(
          "shape " + shape + " has " + shape.size() + " elements, but the array has " + length);
    }
  }

  /** Float32 numbers that are yet to be {@linkplain #fill filled in}. */
  static Hdf5Array unread(int... dims) {
    return new Hdf5Array(Type.FLOAT32, Shape.of(dims), null);
  }

  /** Gives it its numbers; the array is not copied. */
  Hdf5Array fill(float[] values) {
    requireSize(shape, values.length);
    floats = values;
    return this;
  }

  /** Float32 numbers; the array is not copied. */
  public static Hdf5Array of(float[] values, int... dims) {
    return unread(dims).fill(values);
  }

  /** The tensor's numbers; not copied. */
  public static Hdf5Array of(Tensor tensor) {
    return new Hdf5Array(Type.FLOAT32, tensor.shape(), null).fill(tensor.data());
  }

  /**
   * Whole numbers stored as {@code type}; the array is not copied.
   *
   * @throws IllegalArgumentException if {@code type} is no integer type, or a value is outside it
   */
  public static Hdf5Array of(Type type, long[] values, int... dims) {
    if (type == Type.FLOAT32) {
      throw new IllegalArgumentException("whole numbers cannot be stored as FLOAT32");
    }
    for (long v : values) {
      if (type == Type.INT32 && v != (int) v) {
        throw new IllegalArgumentException(v + " does not fit " + type);
      }
    }
    Hdf5Array array = new Hdf5Array(type, Shape.of(dims), values);
    requireSize(array.shape, values.length);
    return array;
  }

  /** One whole number, as a scalar. */
  public static Hdf5Array scalar(Type type, long value) {
    return of(type, new long[] {value});
  }

  /** One float32 number, as a scalar. */
  public static Hdf5Array scalar(float value) {
    return of(new float[] {value});
  }

  /** How the numbers are stored. */
  public Type type() {
    return type;
  }

  /** The shape; {@code ()} for a scalar. */
  public Shape shape() {
    return shape;
  }

  /** The number of bytes in the file. */
  public long bytes() {
    return (long) shape.size() * type.bytes();
  }

  /**
   * The numbers as a float32 tensor: of FLOAT32 the array itself, of the integer types the nearest
   * float32 values.
   */
  public Tensor tensor() {
    if (floats != null) {
      return Tensor.of(floats, shape);
    }
    float[] converted = new float[integers.length];
    for (int i = 0; i < converted.length; i++) {
      converted[i] = integers[i];
    }
    return Tensor.of(converted, shape);
  }

  /**
   * The whole numbers; live, not a copy.
   *
   * @throws IllegalStateException if the numbers are FLOAT32
   */
  public long[] integers() {
    if (integers == null) {
      throw new IllegalStateException("expected whole numbers, got FLOAT32 of shape " + shape);
    }
    return integers;
  }

  /** Writes the numbers in little-endian order, a piece at a time. */
  void writeTo(OutputStream out) throws IOException {
    int size = shape.size();
    byte[] chunk = new byte[Math.min(size, CHUNK) * type.bytes()];
    ByteBuffer buffer = ByteBuffer.wrap(chunk).order(ByteOrder.LITTLE_ENDIAN);
    for (int from = 0; from < size; from += CHUNK) {
      int to = Math.min(size, from + CHUNK);
      buffer.clear();
      switch (type) {
        case FLOAT32 -> buffer.asFloatBuffer().put(floats, from, to - from);
        case INT64 -> buffer.asLongBuffer().put(integers, from, to - from);
        case INT32 -> {
          for (int i = from; i < to; i++) {
            buffer.putInt((int) integers[i]);
          }
        }
      }
      out.write(chunk, 0, (to - from) * type.bytes());
    }
  }

  @Override
  public boolean equals(Object o) {
    return o instanceof Hdf5Array a
        && type == a.type
        && shape.equals(a.shape)
        && Arrays.equals(floats, a.floats)
        && Arrays.equals(integers, a.integers);
  }

  @Override
  public int hashCode() {
    return 31 * shape.hashCode() + Arrays.hashCode(floats) + Arrays.hashCode(integers);
  }

  @Override
  public String toString() {
    return type + " " + shape;
  }
}
