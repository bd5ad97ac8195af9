package io.github.lstm4j.io;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.stream.IntStream;

/**
 * Numbers in a row of a {@link FileWindow}, which are read as float32 straight to where they are
 * needed; many of them by several threads, piece by piece in buffers that the processor's cache
 * holds.
 */
public final class StoredFloats {
  private static final int SHORT_ROW = 2048; // of which a block has several
  private static final int FEW = 1 << 18; // to call another thread takes longer than to read them

  private final FileWindow window;
  private final long from;
  private final int size;
  private final FloatType type;
  private final ByteOrder order;

  /**
   * @param from where in the window the first one begins
   */
  public StoredFloats(FileWindow window, long from, int size, FloatType type, ByteOrder order) {
    this.window = window;
    this.from = from;
    this.size = size;
    this.type = type;
    this.order = order;
  }

  /** What they are read as: as they lie, or in another order. */
  @FunctionalInterface
  public interface Reading {
    /** Reads them. */
    float[] of(StoredFloats floats) throws IOException;
  }

  private interface Part {
    void read(int number, FileWindow.Piece piece) throws IOException;
  }

  private void parts(int count, Part part) throws IOException {
    if (size < FEW) {
      window.lend(
          piece -> {
            for (int i = 0; i < count; i++) {
              part.read(i, piece);
            }
          });
      return;
    }
    try {
      IntStream.range(0, count)
          .parallel()
          .forEach(
              i -> {
                try {
                  window.lend(piece -> part.read(i, piece));
                } catch (IOException e) {
                  throw new UncheckedIOException(e);
                }
              });
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  /** As many as a piece has room for, from one on. */
  private void read(FileWindow.Piece piece, int first, int count, float[] into, int at)
      throws IOException {
    ByteBuffer bytes = piece.bytes(count * type.bytes());
    window.read(from + (long) first * type.bytes(), bytes);
    type.decode(bytes.order(order), 0, count, into, at);
  }

  /** All of them. */
  public float[] all() throws IOException {
    float[] values = new float[size];
    int each = FileWindow.PIECE / type.bytes();
    parts(
        (size + each - 1) / each,
        (number, piece) -> {
          int first = number * each;
          read(piece, first, Math.min(each, size - first), values, first);
        });
    return values;
  }

  /**
   * A matrix of theirs, transposed.
   *
   * @param rows of the matrix; they become columns
   * @param order where parts of them go, all of as many rows: row i of part p becomes column i of
   *     part {@code order[p]}
   */
  public float[] columns(int rows, int... order) throws IOException {
    float[] values = new float[size];
    if (size == 0) {
      return values;
    }
    int width = size / rows;
    int run = rows / order.length;
    int wide = Math.min(width, SHORT_ROW);
    int high = Math.min(run, FileWindow.PIECE / Math.max(Float.BYTES, type.bytes()) / wide);
    int down = (run + high - 1) / high;
    int across = (width + wide - 1) / wide;
    parts(
        order.length * down * across,
        (number, piece) -> {
          int part = number / (down * across);
          int row = number / across % down * high;
          int column = number % across * wide;
          int blockRows = Math.min(high, run - row);
          int blockColumns = Math.min(wide, width - column);
          float[] block = piece.floats();
          if (across == 1) {
            read(piece, (part * run + row) * width, blockRows * width, block, 0);
          } else {
            for (int i = 0; i < blockRows; i++) {
              int first = (part * run + row + i) * width + column;
              read(piece, first, blockColumns, block, i * blockColumns);
            }
          }
          int to = column * rows + order[part] * run + row;
          Transposition.block(block, 0, blockColumns, values, to, rows, blockRows, blockColumns);
        });
    return values;
  }
}
