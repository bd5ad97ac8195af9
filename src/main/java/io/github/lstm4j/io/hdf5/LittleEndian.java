package io.github.lstm4j.io.hdf5;

import java.io.ByteArrayOutputStream;

/** Bytes put together from numbers, the lowest byte first. */
final class LittleEndian {
  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();

  /** Each value as one byte. */
  LittleEndian u8(int... values) {
    for (int v : values) {
      bytes.write(v);
    }
    return this;
  }

  LittleEndian u16(int value) {
    return u8(value, value >> 8);
  }

  LittleEndian u32(int value) {
    return u16(value).u16(value >> 16);
  }

  LittleEndian u64(long value) {
    return u32((int) value).u32((int) (value >> 32));
  }

  LittleEndian put(byte[] values) {
    bytes.writeBytes(values);
    return this;
  }

  /** Zeros up to {@code size} bytes in all. */
  LittleEndian upTo(int size) {
    return put(new byte[size - bytes.size()]);
  }

  byte[] toBytes() {
    return bytes.toByteArray();
  }
}
