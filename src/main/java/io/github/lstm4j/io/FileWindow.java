package io.github.lstm4j.io;

import java.io.Closeable;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.zip.CRC32;

/** Bytes that are read where they lie, by any threads: a file, a part of one, or an array. */
public final class FileWindow implements Closeable {
  /** The bytes that are read at a time; a multiple of every element's. */
  public static final int PIECE = 1 << 18;

  /** What is read in smaller pieces is read once more for the checksum. */
  private static final int LEAST_SUMMED = 1 << 13;

  private final FileChannel channel; // null for an array
  private final ByteBuffer array; // null for a file
  private final Path temporary; // deleted with the window; or null
  private final long from;
  private final long size;
  private final PartedChecksum checksum; // null for none
  private final Queue<Piece> free = new ConcurrentLinkedQueue<>();

  private FileWindow(
      FileChannel channel,
      ByteBuffer array,
      Path temporary,
      long from,
      long size,
      PartedChecksum checksum) {
    this.channel = channel;
    this.array = array;
    this.temporary = temporary;
    this.from = from;
    this.size = size;
    this.checksum = checksum;
  }

  /** All of an array; not copied. */
  public static FileWindow of(byte[] bytes) {
    return new FileWindow(null, ByteBuffer.wrap(bytes), null, 0, bytes.length, null);
  }

  /** All of a file. */
  public static FileWindow of(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new FileWindow(channel, null, null, 0, channel.size(), null);
  }

  /** A part of a file, whose {@link #checksum} is asked for when it was read. */
  public static FileWindow summed(Path file, long from, long size) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new FileWindow(channel, null, null, from, size, new PartedChecksum());
  }

  /** All of a temporary file, which is deleted when the window is closed. */
  public static FileWindow ofTemporary(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new FileWindow(channel, null, file, 0, channel.size(), null);
  }

  /** The number of bytes. */
  public long size() {
    return size;
  }

  /**
   * Fills a buffer from its position to its limit.
   *
   * @param at where in the window the first byte lies
   * @throws EOFException if the window ends before
   */
  public void read(long at, ByteBuffer into) throws IOException {
    int start = into.position();
    fetch(at, into);
    if (checksum != null && into.position() - start >= LEAST_SUMMED) {
      checksum.add(at, into.duplicate().position(start).limit(into.position()));
    }
  }

  /** The CRC-32 of all its bytes; those that were read in large pieces are not read again. */
  public long checksum() throws IOException {
    return Integer.toUnsignedLong(checksum.of(size, this::sum));
  }

  private int sum(long from, long bytes) throws IOException {
    CRC32 sum = new CRC32();
    lend(piece -> pieces(piece, from, bytes, this::fetch, sum::update));
    return (int) sum.getValue();
  }

  private void fetch(long at, ByteBuffer into) throws IOException {
    if (at < 0 || into.remaining() > size - at) {
      throw new EOFException(
          into.remaining() + " bytes are wanted at " + at + ", but there are " + size + " in all");
    }
    if (array != null) {
      into.put(array.duplicate().position((int) at).limit((int) at + into.remaining()));
      return;
    }
    while (into.hasRemaining()) {
      int got = channel.read(into, from + at);
      if (got < 0) {
        throw new EOFException("the file has become shorter while it was read");
      }
      at += got;
    }
  }

  /**
   * Room to {@linkplain #read read} into, lent to one thread at a time. The bytes lie outside of
   * Java's heap, where files are read to without a copy, and the processor's cache holds them.
   */
  static final class Piece {
    private final ByteBuffer bytes = ByteBuffer.allocateDirect(PIECE);
    private float[] floats;

    /** The first so many bytes, at most {@value #PIECE}, little-endian. */
    ByteBuffer bytes(int count) {
      return bytes.clear().limit(count).order(ByteOrder.LITTLE_ENDIAN);
    }

    /** Room for as many numbers as there are bytes for. */
    float[] floats() {
      if (floats == null) {
        floats = new float[PIECE / Float.BYTES];
      }
      return floats;
    }
  }

  /** What is done with room that is lent. */
  interface Use {
    void of(Piece piece) throws IOException;
  }

  /** Lends room while something is done with it. */
  void lend(Use use) throws IOException {
    Piece own = free.poll();
    Piece piece = own == null ? new Piece() : own;
    use.of(piece);
    free.add(piece);
  }

  /** Takes bytes, from the buffer's position to its limit. */
  public interface Taker {
    void take(ByteBuffer bytes) throws IOException;
  }

  /**
   * Reads a run of bytes piece by piece, in order, each of {@value #PIECE} bytes but the last.
   *
   * @param taker gets them in a buffer that is little-endian, and the same each time
   */
  public void read(long from, long bytes, Taker taker) throws IOException {
    lend(piece -> pieces(piece, from, bytes, this::read, taker));
  }

  /** Fills a buffer with what lies at a place. */
  private interface Filler {
    void fill(long at, ByteBuffer into) throws IOException;
  }

  private static void pieces(Piece piece, long from, long bytes, Filler filler, Taker taker)
      throws IOException {
    for (long at = 0; at < bytes; at += PIECE) {
      ByteBuffer part = piece.bytes((int) Math.min(PIECE, bytes - at));
      filler.fill(from + at, part);
      taker.take(part.flip());
    }
  }

  /**
   * A part of it as a stream, which reads no more than it is asked for and ends with the part.
   *
   * @param from where in the window the first byte lies
   */
  public InputStream stream(long from, long bytes) {
    return new InputStream() {
      private long at = from;
      private long left = bytes;

      @Override
      public int read() throws IOException {
        byte[] one = new byte[1];
        return read(one, 0, 1) < 0 ? -1 : Byte.toUnsignedInt(one[0]);
      }

      @Override
      public int read(byte[] into, int offset, int length) throws IOException {
        int n = (int) Math.min(length, left);
        if (n == 0) {
          return length == 0 ? 0 : -1;
        }
        FileWindow.this.read(at, ByteBuffer.wrap(into, offset, n));
        at += n;
        left -= n;
        return n;
      }

      @Override
      public long skip(long n) {
        long skipped = Math.max(0, Math.min(n, left));
        at += skipped;
        left -= skipped;
        return skipped;
      }

      @Override
      public int available() {
        return (int) Math.min(Integer.MAX_VALUE, left);
      }
    };
  }

  @Override
  public void close() throws IOException {
    if (channel != null) {
      channel.close();
    }
    if (temporary != null) {
      Files.deleteIfExists(temporary); // it may be closed twice
    }
  }
}
