package io.github.lstm4j.io.hdf5;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.github.lstm4j.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;

/**
 * The messages of an HDF5 object header: "HDF5 File Format Specification Version 3.0", chapter IV.
 * Addresses and lengths are 8 bytes, numbers little-endian.
 */
final class Hdf5Messages {
  /** The address of nothing. */
  static final long UNDEFINED = -1;

  private static final int DATASPACE = 0x01;
  private static final int DATATYPE = 0x03;
  private static final int FILL_VALUE = 0x05;
  private static final int LAYOUT = 0x08;
  private static final int ATTRIBUTE = 0x0C;
  private static final int SYMBOL_TABLE = 0x11;

  private static final int LARGEST = 0xFFF8; // a message's length is 16 bits, a multiple of 8
  private static final int MOST = 0xFFFF; // messages in a header

  private final ByteArrayOutputStream messages = new ByteArrayOutputStream();
  private int count;

  /** The next multiple of 8. */
  static int pad8(int n) {
    return (n + 7) & ~7;
  }

  /** A group's message: where its B-tree and the heap with its names lie. */
  Hdf5Messages symbolTable(long btree, long heap) {
    return add(SYMBOL_TABLE, new LittleEndian().u64(btree).u64(heap).toBytes());
  }

  /** A dataset's messages: shape, type, fill value (zero), and where its numbers lie. */
  Hdf5Messages dataset(Hdf5Array array, long address) {
    add(DATASPACE, dataspace(array.shape()));
    add(DATATYPE, datatype(array.type()));
    // version 2, allocated late, written if set, defined, of size 0: zero
    add(FILL_VALUE, new byte[] {2, 2, 2, 1, 0, 0, 0, 0});
    // version 3, contiguous
    return add(LAYOUT, new LittleEndian().u8(3, 1).u64(address).u64(array.bytes()).toBytes());
  }

  /** An attribute whose data is ready: message version 3, the first that knows UTF-8 names. */
  Hdf5Messages attribute(String name, byte[] datatype, byte[] dataspace, byte[] data) {
    byte[] label = (name + '\0').getBytes(UTF_8);
    byte[] message =
        new LittleEndian()
            .u8(3, 0)
            .u16(label.length)
            .u16(datatype.length)
            .u16(dataspace.length)
            .u8(1) // the name is UTF-8
            .put(label)
            .put(datatype)
            .put(dataspace)
            .put(data)
            .toBytes();
    if (message.length > LARGEST) {
      throw new IllegalArgumentException(
          "attribute \"" + name + "\" takes " + message.length + " bytes; HDF5 allows " + LARGEST);
    }
    return add(ATTRIBUTE, message);
  }

  /** A numeric attribute. */
  Hdf5Messages attribute(String name, Hdf5Array values) {
    ByteArrayOutputStream data = new ByteArrayOutputStream();
    try {
      values.writeTo(data);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // memory does not fail
    }
    return attribute(name, datatype(values.type()), dataspace(values.shape()), data.toByteArray());
  }

  /** The whole object header, version 1. */
  byte[] header() {
    return new LittleEndian()
        .u8(1, 0)
        .u16(count)
        .u32(1) // references to this object
        .u32(messages.size())
        .u32(0) // up to a multiple of 8
        .put(messages.toByteArray())
        .toBytes();
  }

  private Hdf5Messages add(int type, byte[] body) {
    if (++count > MOST) {
      throw new IllegalArgumentException("HDF5 allows " + MOST + " attributes on one group");
    }
    int size = pad8(body.length);
    messages.writeBytes(
        new LittleEndian()
            .u16(type)
            .u16(size)
            .u32(0) // flags, and up to a multiple of 8
            .put(body)
            .upTo(8 + size)
            .toBytes());
    return this;
  }

  /** Dataspace, version 1: rank 0 is a scalar. */
  static byte[] dataspace(Shape shape) {
    LittleEndian b = new LittleEndian().u8(1, shape.rank()).upTo(8);
    for (int d : shape.dims()) {
      b.u64(d);
    }
    return b.toBytes();
  }

  /** Datatype, version 1. */
  static byte[] datatype(Hdf5Array.Type type) {
    return switch (type) {
      case INT32, INT64 -> integer(true, type.bytes());
      case FLOAT32 ->
          new LittleEndian()
              .u8(0x11, 0x20, 31, 0) // class 1; the mantissa's leading bit is implied; sign bit
              .u32(4) // bytes
              .u16(0) // first bit
              .u16(32) // bits
              .u8(23, 8) // exponent: first bit, bits
              .u8(0, 23) // mantissa: first bit, bits
              .u32(127) // exponent's bias
              .toBytes();
    };
  }

  /** Datatype of texts of any length: each is a length and a place in a global heap. */
  static byte[] text() {
    return new LittleEndian()
        .u8(0x19, 1, 1, 0) // class 9; a text, ended by NUL in memory; UTF-8
        .u32(16)
        .put(integer(false, 1))
        .toBytes();
  }

  private static byte[] integer(boolean signed, int size) {
    return new LittleEndian()
        .u8(0x10, signed ? 8 : 0, 0, 0) // class 0
        .u32(size)
        .u16(0) // first bit
        .u16(8 * size)
        .toBytes();
  }
}
