package io.github.lstm4j.backend.cuda.sim;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.Arrays;

/** A piece of memory with its content, which bytes were ever written, and who touched them. */
final class Allocation {
  private static final byte POISON = (byte) 0xFF;
  private static final VarHandle SHORT = view(short[].class);
  private static final VarHandle INT = view(int[].class);
  private static final VarHandle LONG = view(long[].class);

  final long start;
  final int length;

  /** Where it was allocated, or what it is. */
  final String site;

  AccessHistory history;
  private byte[] bytes;
  private long[] written;

  Allocation(long start, int length, String site) {
    this.start = start;
    this.length = length;
    this.site = site;
    history = new AccessHistory(length);
    bytes = new byte[length];
    written = new long[(length + 63) / 64 + 1];
    forget();
  }

  private static VarHandle view(Class<?> array) {
    return MethodHandles.byteArrayViewVarHandle(array, ByteOrder.LITTLE_ENDIAN);
  }

  /** Makes the content undefined again. */
  void forget() {
    Arrays.fill(bytes, POISON);
    Arrays.fill(written, 0);
  }

  /** Makes some of it undefined again. */
  void forget(int offset, int size) {
    Arrays.fill(bytes, offset, offset + size, POISON);
    for (int i = offset; i < offset + size; i++) {
      written[i >> 6] &= ~(1L << (i & 63));
    }
  }

  void free() {
    bytes = null;
    written = null;
    history = null;
  }

  boolean freed() {
    return bytes == null;
  }

  boolean holds(long address, long size) {
    return address >= start && address + size <= start + length;
  }

  /** The lowest bytes of {@code size} at an offset, zero-extended to 64 bits. */
  long get(int offset, int size) {
    return switch (size) {
      case 1 -> bytes[offset] & 0xFFL;
      case 2 -> (short) SHORT.get(bytes, offset) & 0xFFFFL;
      case 4 -> (int) INT.get(bytes, offset) & 0xFFFF_FFFFL;
      default -> (long) LONG.get(bytes, offset);
    };
  }

  void set(int offset, int size, long value) {
    switch (size) {
      case 1 -> bytes[offset] = (byte) value;
      case 2 -> SHORT.set(bytes, offset, (short) value);
      case 4 -> INT.set(bytes, offset, (int) value);
      default -> LONG.set(bytes, offset, value);
    }
  }

  float getFloat(int offset) {
    return Float.intBitsToFloat((int) INT.get(bytes, offset));
  }

  void setFloat(int offset, float value) {
    INT.set(bytes, offset, Float.floatToRawIntBits(value));
  }

  /** The content itself, for copies. */
  byte[] bytes() {
    return bytes;
  }

  /** Whether bytes that do not cross a multiple of 8 were all written. */
  boolean isWritten(int offset, int size) {
    long needed = (1L << size) - 1;
    return ((written[offset >> 6] >>> (offset & 63)) & needed) == needed;
  }

  /** Marks bytes that do not cross a multiple of 8. */
  void markWritten(int offset, int size) {
    written[offset >> 6] |= ((1L << size) - 1) << (offset & 63);
  }

  void markRangeWritten(int offset, int size) {
    for (int i = offset; i < offset + size; ) {
      if ((i & 63) == 0 && i + 64 <= offset + size) {
        written[i >> 6] = -1;
        i += 64;
      } else {
        markWritten(i++, 1);
      }
    }
  }

  /** The first offset in a range that was never written, or -1. */
  int firstUnwritten(int offset, int size) {
    for (int i = offset; i < offset + size; ) {
      if ((i & 63) == 0 && i + 64 <= offset + size && written[i >> 6] == -1) {
        i += 64;
      } else if (isWritten(i, 1)) {
        i++;
      } else {
        return i;
      }
    }
    return -1;
  }

  /** Copies content and which of it was written. */
  void copyFrom(Allocation source, int from, int to, int size) {
    var flags = new boolean[size];
    for (int i = 0; i < size; i++) {
      flags[i] = source.isWritten(from + i, 1);
    }
    System.arraycopy(source.bytes, from, bytes, to, size);
    for (int i = 0; i < size; i++) {
      int at = to + i;
      if (flags[i]) {
        written[at >> 6] |= 1L << (at & 63);
      } else {
        written[at >> 6] &= ~(1L << (at & 63));
      }
    }
  }
}
