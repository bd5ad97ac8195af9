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

/** Bytes that are read where they lie, by one thread: a file, a part of one, or an array. */
public final class FileWindow implements Closeable {
  /** The bytes that are read at a time; a multiple of every element's. */
  public static final int PIECE = 1 << 18;

  private final FileChannel channel; // null for an array
  private final ByteBuffer array; // null for a file
  private final Path temporary; // deleted with the window; or null
  private final long from;
  private final long size;
  private ByteBuffer piece; // made when it is asked for

  private FileWindow(FileChannel channel, ByteBuffer array, Path temporary, long from, long size) {
    this.channel = channel;
    this.array = array;
    this.temporary = temporary;
    this.from = from;
    this.size = size;
  }

  /** All of an array; not copied. */
  public static FileWindow of(byte[] bytes) {
    return new FileWindow(null, ByteBuffer.wrap(bytes), null, 0, bytes.length);
  }

  /** All of a file. */
  public static FileWindow of(Path file) throws IOException {
    return of(file, 0, Files.size(file));
  }

  /** A part of a file. */
  public static FileWindow of(Path file, long from, long size) throws IOException {
    return new FileWindow(FileChannel.open(file, StandardOpenOption.READ), null, null, from, size);
  }

  /** All of a temporary file, which is deleted when the window is closed. */
  public static FileWindow ofTemporary(Path file) throws IOException {
    FileChannel channel = FileChannel.open(file, StandardOpenOption.READ);
    return new FileWindow(channel, null, file, 0, channel.size());
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
   * A buffer of {@value #PIECE} bytes to {@linkplain #read read} into, cleared, little-endian: the
   * window's only one, so what is in it lasts until somebody asks again. It lies outside of Java's
   * heap, where files are read to without a copy, and the processor's cache holds it.
   */
  public ByteBuffer piece() {
    if (piece == null) {
      piece = ByteBuffer.allocateDirect(PIECE).order(ByteOrder.LITTLE_ENDIAN);
    }
    return piece.clear().order(ByteOrder.LITTLE_ENDIAN);
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
      Files.delete(temporary);
    }
  }
}
