package io.github.lstm4j.io.hdf5;

import java.nio.ByteBuffer;

/** Bob Jenkins' lookup3 ({@code hashlittle}, 2006): the checksum of HDF5's newer structures. */
final class Lookup3 {
  private Lookup3() {}

  /** The hash of the first {@code length} bytes of a little-endian buffer. */
  static int hash(ByteBuffer bytes, int length) {
    int a = 0xdeadbeef + length;
    int b = a;
    int c = a;
    int at = 0;
    for (; length - at > 12; at += 12) {
      a += bytes.getInt(at);
      b += bytes.getInt(at + 4);
      c += bytes.getInt(at + 8);
      a = (a - c) ^ Integer.rotateLeft(c, 4);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 6);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 8);
      b += a;
      a = (a - c) ^ Integer.rotateLeft(c, 16);
      c += b;
      b = (b - a) ^ Integer.rotateLeft(a, 19);
      a += c;
      c = (c - b) ^ Integer.rotateLeft(b, 4);
      b += a;
    }
    if (at == length) {
      return c;
    }
    a += tail(bytes, at, length);
    b += tail(bytes, at + 4, length);
    c += tail(bytes, at + 8, length);
    c = (c ^ b) - Integer.rotateLeft(b, 14);
    a = (a ^ c) - Integer.rotateLeft(c, 11);
    b = (b ^ a) - Integer.rotateLeft(a, 25);
    c = (c ^ b) - Integer.rotateLeft(b, 16);
    a = (a ^ c) - Integer.rotateLeft(c, 4);
    b = (b ^ a) - Integer.rotateLeft(a, 14);
    return (c ^ b) - Integer.rotateLeft(b, 24);
  }

  /** Up to four bytes as a number; those past the end are 0. */
  private static int tail(ByteBuffer bytes, int from, int end) {
    int value = 0;
    for (int i = from; i < Math.min(from + 4, end); i++) {
      value |= Byte.toUnsignedInt(bytes.get(i)) << (8 * (i - from));
    }
    return value;
  }
}
