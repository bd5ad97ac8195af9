package io.github.lstm4j.io.npy;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * Reads and writes NumPy's {@code .npy}: one array per file.
 *
 * <p>Read are format 1.0, 2.0 and 3.0, either byte order, C and Fortran order, any rank, and the
 * types bool, int8…int64, uint8…uint64, float16, float32 and float64; each value becomes the
 * nearest float32 (whole numbers beyond 2<sup>24</sup> are rounded; a float64 beyond float32 is
 * refused). Written is float32, little-endian, C order, format 1.0.
 *
 * <p>Format: <a href="https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html">
 * numpy.lib.format</a>.
 */
public final class Npy {
  static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final int CHUNK = 1 << 16; // bytes; a multiple of every element size
  private static final int FIRST = 1 << 20; // elements, where nobody knows how many there are

  private Npy() {}

  /**
   * Reads the array in {@code file}.
   *
   * @throws IOException if the file cannot be read, is no {@code .npy}, is cut off, has bytes left
   *     over, or holds elements that are no real numbers
   */
  public static Tensor read(Path file) throws IOException {
    String name = file.toString();
    try (InputStream in = new BufferedInputStream(Files.newInputStream(file), CHUNK)) {
      return read(in, name, new ReadBudget(name, ReadBudget.standard()), Files.size(file));
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file", e);
    }
  }

  /**
   * Reads one array from a stream, to its end; {@code name} names the stream in error messages.
   * What it fills counts on a {@link ReadBudget}.
   *
   * @throws IOException as {@link #read(Path)}
   */
  public static Tensor read(InputStream in, String name) throws IOException {
    return read(in, name, new ReadBudget(name, ReadBudget.standard()), -1);
  }

  /**
   * As {@link #read(InputStream, String)}.
   *
   * @param bytes how many the stream has, as far as is known; -1 if it is not
   */
  static Tensor read(InputStream in, String name, ReadBudget budget, long bytes)
      throws IOException {
    NpyHeader header = header(in, name);
    NpyType type = type(header, name);
    int size = header.size(name);
    boolean there = (long) size * type.bytes <= bytes;
    float[] data = elements(in, name, type, header, there ? size : FIRST, budget);
    if (in.read() >= 0) {
      throw new IOException(
          name + ": bytes follow the array " + header.shape() + " that the header states");
    }
    if (header.fortranOrder()) {
      budget.take((long) size * Float.BYTES, "the array in row-major order");
    }
    return Tensor.of(
        header.fortranOrder() ? toRowMajor(data, header.shape().dims()) : data, header.shape());
  }

  /**
   * Writes {@code tensor} to {@code file}, whole or not at all.
   *
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, Tensor tensor) throws IOException {
    AtomicFile.write(file, out -> write(out, tensor));
  }

  /** Writes {@code tensor} to a stream, which stays open. */
  public static void write(OutputStream out, Tensor tensor) throws IOException {
    out.write(NpyHeader.encode("<f4", tensor.shape()));
    float[] data = tensor.data();
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < data.length; at += CHUNK / Float.BYTES) {
      int n = Math.min(CHUNK / Float.BYTES, data.length - at);
      chunk.asFloatBuffer().put(data, at, n);
      out.write(chunk.array(), 0, n * Float.BYTES);
    }
  }

  /**
   * Writes numbers as float64, for what needs more than float32's 7 digits; the file whole or not
   * at all.
   *
   * @param values row-major
   * @throws IOException if the file cannot be written
   */
  public static void write(Path file, double[] values, int... dims) throws IOException {
    AtomicFile.write(file, out -> write(out, values, Shape.of(dims)));
  }

  static void write(OutputStream out, double[] values, Shape shape) throws IOException {
    out.write(NpyHeader.encode("<f8", shape));
    ByteBuffer chunk = ByteBuffer.allocate(CHUNK).order(ByteOrder.LITTLE_ENDIAN);
    for (int at = 0; at < values.length; at += CHUNK / Double.BYTES) {
      int n = Math.min(CHUNK / Double.BYTES, values.length - at);
      chunk.asDoubleBuffer().put(values, at, n);
      out.write(chunk.array(), 0, n * Double.BYTES);
    }
  }

  static NpyHeader header(InputStream in, String name) throws IOException {
    byte[] start = in.readNBytes(MAGIC.length + 2);
    int match = Arrays.mismatch(start, MAGIC);
    if (match >= 0 && match < MAGIC.length) {
      throw new IOException(
          name + (start.length == 0 ? ": is empty" : ": is no .npy file (wrong first bytes)"));
    }
    if (start.length < MAGIC.length + 2) {
      throw new IOException(name + ": is cut off within the header");
    }
    int major = start[MAGIC.length];
    int minor = start[MAGIC.length + 1];
    if (major < 1 || major > 3 || minor != 0) {
      throw new IOException(
          name + ": format " + major + "." + minor + " is unknown; known are 1.0, 2.0 and 3.0");
    }
    byte[] width = in.readNBytes(major == 1 ? 2 : 4);
    if (width.length < (major == 1 ? 2 : 4)) {
      throw new IOException(name + ": is cut off within the header");
    }
    long length = 0;
    for (int i = width.length - 1; i >= 0; i--) {
      length = length << 8 | Byte.toUnsignedInt(width[i]);
    }
    if (length > NpyHeader.MAX_LENGTH) {
      throw new IOException(
          name + ": states a header of " + length + " bytes; at most " + NpyHeader.MAX_LENGTH);
    }
    byte[] text = in.readNBytes((int) length);
    if (text.length < length) {
      throw new IOException(
          name
              + ": is cut off: a header of "
              + length
              + " bytes is stated, "
              + text.length
              + " are there");
    }
    return NpyHeader.parse(text, major, name);
  }

  /** Of its elements, if they are real numbers. */
  static NpyType type(NpyHeader header, String name) throws IOException {
    return NpyType.of(header.descr())
        .orElseThrow(
            () ->
                new IOException(
                    name
                        + ": elements of dtype "
                        + Printable.text(header.descr())
                        + " are not supported; supported: "
                        + NpyType.SUPPORTED
                        + "; in Python convert with a.astype('float32')"));
  }

  /** The next element, which is the one of that number. */
  static float element(NpyType type, ByteBuffer in, long number, String name) throws IOException {
    float element = type.read(in);
    if (Float.isInfinite(element) && type == NpyType.FLOAT64) {
      double value = in.getDouble(in.position() - Double.BYTES);
      if (!Double.isInfinite(value)) {
        throw new IOException(
            name + ": element " + number + " is " + value + ", which float32 cannot hold");
      }
    }
    return element;
  }

  // Beyond its first length the array grows with what arrives, so a header that lies about the
  // shape
  // costs no memory.
  private static float[] elements(
      InputStream in, String name, NpyType type, NpyHeader header, int first, ReadBudget budget)
      throws IOException {
    int size = header.size(name);
    int length = Math.min(size, first);
    budget.take((long) length * Float.BYTES, "the array");
    float[] data = new float[length];
    byte[] bytes = new byte[CHUNK];
    ByteBuffer chunk = ByteBuffer.wrap(bytes).order(NpyType.order(header.descr()));
    for (int at = 0; at < size; ) {
      int want = Math.min(CHUNK / type.bytes, size - at);
      int got = in.readNBytes(bytes, 0, want * type.bytes);
      if (got < want * type.bytes) {
        throw new IOException(
            name
                + ": is cut off: shape "
                + header.shape()
                + " needs "
                + (long) size * type.bytes
                + " bytes of data, "
                + ((long) at * type.bytes + got)
                + " are there");
      }
      if (at + want > data.length) {
        int grown = (int) Math.min(size, 2L * data.length);
        budget.check((long) grown * Float.BYTES, "the array"); // it is there beside the old one
        budget.take((long) (grown - data.length) * Float.BYTES, "the array");
        data = Arrays.copyOf(data, grown);
      }
      chunk.clear();
      for (int end = at + want; at < end; at++) {
        data[at] = element(type, chunk, at, name);
      }
    }
    return data;
  }

  /** The elements in C order (last index fastest), given them in Fortran order (first fastest). */
  private static float[] toRowMajor(float[] data, int[] dims) {
    int rank = dims.length;
    int[] stride = new int[rank]; // in Fortran order
    for (int i = 0, s = 1; i < rank; s *= dims[i++]) {
      stride[i] = s;
    }
    float[] out = new float[data.length];
    int[] index = new int[rank];
    for (int to = 0, from = 0; to < out.length; to++) {
      out[to] = data[from];
      for (int axis = rank - 1; axis >= 0; axis--) {
        from += stride[axis];
        if (++index[axis] < dims[axis]) {
          break;
        }
        from -= stride[axis] * dims[axis];
        index[axis] = 0;
      }
    }
    return out;
  }
}
