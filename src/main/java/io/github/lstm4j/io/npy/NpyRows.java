package io.github.lstm4j.io.npy;

import io.github.lstm4j.tensor.Series;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;

/**
 * The rows of an array in a {@code .npy} file, where they lie: the file is mapped into memory, the
 * heap has nothing of it, and it may be larger than both. It must stay as it is while it is read.
 *
 * <pre>{@code
 * Series series = NpyRows.of(Path.of("series.npy")); // (10000000, 8) of float32 or float64
 * }</pre>
 *
 * <p>Types and numbers are those of {@link Npy}; the array is {@code (rows, columns)}, or {@code
 * (rows)} for one column, in C order.
 */
public final class NpyRows implements Series {
  private static final int PART = 1 << 30; // bytes; no mapping has more than 2³¹ − 1

  private final String name;
  private final NpyType type;
  private final int rows;
  private final int columns;
  private final int rowsOfPart;
  private final List<ByteBuffer> parts = new ArrayList<>();

  private NpyRows(String name, FileChannel file) throws IOException {
    this.name = name;
    NpyHeader header = Npy.header(Channels.newInputStream(file), name);
    int rank = header.shape().rank();
    if (rank < 1 || rank > 2 || header.fortranOrder()) {
      throw new IOException(
          name
              + ": expected an array (rows, columns) in C order, got "
              + header.shape()
              + (header.fortranOrder() ? " in Fortran order" : "")
              + "; in Python: np.ascontiguousarray(a)");
    }
    this.type = Npy.type(header, name);
    this.rows = header.shape().dim(0);
    this.columns = rank == 1 ? 1 : header.shape().dim(1);
    long width = (long) columns * type.bytes;
    if (width > PART) {
      throw new IOException(name + ": rows of " + width + " bytes; at most " + PART);
    }
    long from = file.position();
    long got = file.size() - from;
    if (got != rows * width) {
      throw new IOException(
          name
              + (got < rows * width ? ": is cut off: shape " : ": bytes follow the array: shape ")
              + header.shape()
              + " needs "
              + rows * width
              + " bytes of data, "
              + got
              + " are there");
    }
    this.rowsOfPart = (int) (PART / Math.max(1, width));
    ByteOrder order = NpyType.order(header.descr());
    for (long row = 0; row < rows; row += rowsOfPart) {
      long size = Math.min(rowsOfPart, rows - row) * width;
      parts.add(file.map(MapMode.READ_ONLY, from + row * width, size).order(order));
    }
  }

  /**
   * Maps a file.
   *
   * @throws IOException if it cannot be read, is no {@code .npy}, has bytes too few or too many, or
   *     its array has more than two axes, Fortran order, or elements that are no real numbers
   */
  public static NpyRows of(Path file) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      return new NpyRows(file.toString(), channel); // the mapping outlives the channel
    } catch (NoSuchFileException e) {
      throw new IOException(file + ": no such file", e);
    }
  }

  @Override
  public int rows() {
    return rows;
  }

  @Override
  public int columns() {
    return columns;
  }

  /**
   * As {@link Series#read}.
   *
   * @throws UncheckedIOException if a float64 is beyond float32, or the file has become shorter
   */
  @Override
  public void read(int row, int count, float[] into, int at) {
    try {
      for (int done = 0; done < count; ) {
        int first = (row + done) % rowsOfPart;
        int some = Math.min(count - done, rowsOfPart - first);
        ByteBuffer part = parts.get((row + done) / rowsOfPart);
        part = part.duplicate().order(part.order()).position(first * columns * type.bytes);
        read(part, (long) (row + done) * columns, some * columns, into, at + done * columns);
        done += some;
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InternalError e) { // what a mapping throws where the file's bytes are gone
      throw new UncheckedIOException(
          new IOException(name + ": the file has become shorter while it was read", e));
    }
  }

  private void read(ByteBuffer from, long first, int count, float[] into, int at)
      throws IOException {
    if (type == NpyType.FLOAT32) {
      from.asFloatBuffer().get(into, at, count);
      return;
    }
    for (int i = 0; i < count; i++) {
      into[at + i] = Npy.element(type, from, first + i, name);
    }
  }
}
