package io.github.lstm4j.io.hdf5;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/**
 * Reads one structure of a file, such as a node of a tree, from its first byte to its last. What
 * reaches past its end is damage.
 */
final class Cursor {
  private final ByteBuffer bytes;
  private final String what;
  private final int addressBytes;
  private final int lengthBytes;

  /**
   * Over these bytes.
   *
   * @param what the structure's name, for errors
   * @param addressBytes the size of an address in this file
   * @param lengthBytes the size of a length in this file
   */
  Cursor(ByteBuffer bytes, String what, int addressBytes, int lengthBytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
    this.what = what;
    this.addressBytes = addressBytes;
    this.lengthBytes = lengthBytes;
  }

  int remaining() {
    return bytes.remaining();
  }

  int position() {
    return bytes.position();
  }

  int lengthBytes() {
    return lengthBytes;
  }

  private void need(long n) throws IOException {
    if (n < 0 || n > bytes.remaining()) {
      throw new Hdf5Damage("the " + what + " reaches past its end");
    }
  }

  int u8() throws IOException {
    need(1);
    return Byte.toUnsignedInt(bytes.get());
  }

  int u16() throws IOException {
    need(2);
    return Short.toUnsignedInt(bytes.getShort());
  }

  long u32() throws IOException {
    need(4);
    return Integer.toUnsignedLong(bytes.getInt());
  }

  /** A number of {@code width} bytes, at most 8; one that needs all 64 bits comes out negative. */
  long unsigned(int width) throws IOException {
    need(width);
    if (width == Long.BYTES) {
      return bytes.getLong();
    }
    long value = 0;
    for (int i = 0; i < width; i++) {
      value |= Byte.toUnsignedLong(bytes.get()) << (8 * i);
    }
    return value;
  }

  /** An address, or {@link Hdf5Messages#UNDEFINED}. */
  long address() throws IOException {
    long value = unsigned(addressBytes);
    boolean undefined = addressBytes < 8 && value == (1L << (8 * addressBytes)) - 1;
    return undefined ? Hdf5Messages.UNDEFINED : value;
  }

  /** A size; not negative. */
  long length() throws IOException {
    return size(lengthBytes);
  }

  /** A size of {@code width} bytes; not negative. */
  long size(int width) throws IOException {
    long value = unsigned(width);
    if (value < 0) {
      throw new Hdf5Damage("the " + what + " states a size of " + Long.toUnsignedString(value));
    }
    return value;
  }

  Cursor skip(long n) throws IOException {
    need(n);
    bytes.position(bytes.position() + (int) n);
    return this;
  }

  /** The next {@code n} bytes as a structure of their own. */
  Cursor part(long n) throws IOException {
    return new Cursor(buffer(n), what, addressBytes, lengthBytes);
  }

  /** The next {@code n} bytes; not copied. */
  ByteBuffer buffer(long n) throws IOException {
    need(n);
    ByteBuffer part = bytes.slice(bytes.position(), (int) n);
    skip(n);
    return part;
  }

  /** All the structure's bytes, from the first; not copied. */
  ByteBuffer all() {
    return bytes.slice(0, bytes.limit());
  }

  /** The next {@code n} bytes as UTF-8, up to the first NUL. */
  String text(long n) throws IOException {
    ByteBuffer part = buffer(n);
    int end = 0;
    while (end < part.limit() && part.get(end) != 0) {
      end++;
    }
    return StandardCharsets.UTF_8.decode(part.limit(end)).toString();
  }

  void signature(String expected) throws IOException {
    for (int i = 0; i < expected.length(); i++) {
      if (u8() != expected.charAt(i)) {
        throw new Hdf5Damage("where the " + what + " should be, there is no " + expected);
      }
    }
  }

  void version(int expected) throws IOException {
    int version = u8();
    if (version != expected) {
      throw new Hdf5Damage("the " + what + " is of version " + version + ", which is unknown");
    }
  }

  /** The next four bytes are the checksum of all before them. */
  void checksum() throws IOException {
    int end = bytes.position();
    checksum(end, (int) u32());
  }

  /** The checksum of the first {@code length} bytes is {@code expected}. */
  void checksum(int length, int expected) throws IOException {
    if (Lookup3.hash(bytes, length) != expected) {
      throw new Hdf5Damage("the checksum of the " + what + " does not match");
    }
  }
}
