package io.github.lstm4j.io.hdf5;

import io.github.lstm4j.io.FloatType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * How one element is stored: a kind of number, a text, or what is only named in an error (chapter
 * IV.A.2.d).
 *
 * @param kind what it is
 * @param bytes the size of an element
 * @param order of the bytes of a number
 * @param name what errors call it
 */
record Datatype(Kind kind, int bytes, ByteOrder order, String name) {
  /** What an element is. */
  enum Kind {
    /** A whole number with a sign. */
    SIGNED,
    /** A whole number without a sign. */
    UNSIGNED,
    /** IEEE 754 binary16. */
    FLOAT16(FloatType.FLOAT16),
    /** The upper half of a binary32. */
    BFLOAT16(FloatType.BFLOAT16),
    /** IEEE 754 binary32. */
    FLOAT32(FloatType.FLOAT32),
    /** IEEE 754 binary64. */
    FLOAT64(FloatType.FLOAT64),
    /** A text of one size. */
    TEXT,
    /** A text of any length, in a global heap. */
    LONG_TEXT,
    /** Bytes whose meaning the file does not say here. */
    OPAQUE,
    /** What is not read. */
    OTHER;

    private final FloatType floats; // null for what is no fraction

    Kind() {
      this(null);
    }

    Kind(FloatType floats) {
      this.floats = floats;
    }

    boolean isFloat() {
      return floats != null;
    }

    boolean isInteger() {
      return this == SIGNED || this == UNSIGNED;
    }
  }

  static Datatype of(Cursor c) throws IOException {
    int head = c.u8();
    int version = head >> 4;
    if (version < 1 || version > 5) {
      throw new Hdf5Damage("a datatype of version " + version + " is unknown");
    }
    int bits = c.u16();
    int more = c.u8();
    long bytes = c.u32();
    if (bytes == 0 || bytes > Integer.MAX_VALUE) {
      throw new Hdf5Damage("a datatype of " + bytes + " bytes");
    }
    int size = (int) bytes;
    return switch (head & 15) {
      case 0 -> integer(c, bits, size);
      case 1 -> floating(c, bits | (more << 16), size);
      case 2 -> other("time", size);
      case 3 ->
          new Datatype(Kind.TEXT, size, ByteOrder.LITTLE_ENDIAN, "text of " + size + " bytes");
      case 4 -> other("bit field", size);
      case 5 -> {
        String tag = c.text(Math.min(bits & 0xFF, c.remaining()));
        Kind kind = tag.contains("bfloat16") && size == 2 ? Kind.BFLOAT16 : Kind.OPAQUE;
        yield new Datatype(
            kind,
            size,
            ByteOrder.LITTLE_ENDIAN,
            "opaque of " + size + " bytes" + (tag.isEmpty() ? "" : ", tagged \"" + tag + "\""));
      }
      case 6 -> other("compound", size);
      case 7 -> other("reference", size);
      case 8 -> other("enumeration", size);
      case 9 ->
          (bits & 15) == 1
              ? new Datatype(Kind.LONG_TEXT, size, ByteOrder.LITTLE_ENDIAN, "text of any length")
              : other("lists of any length", size);
      case 10 -> other("array", size);
      case 11 -> other("complex", size);
      default -> throw new Hdf5Damage("a datatype of class " + (head & 15) + " is unknown");
    };
  }

  private static Datatype other(String name, int bytes) {
    return new Datatype(
        Kind.OTHER, bytes, ByteOrder.LITTLE_ENDIAN, name + " of " + bytes + " bytes");
  }

  private static Datatype integer(Cursor c, int bits, int bytes) throws IOException {
    boolean signed = (bits & 8) != 0;
    int from = c.u16();
    int precision = c.u16();
    String name = (signed ? "int" : "uint") + precision + " in " + bytes + " bytes";
    boolean plain =
        bytes <= 8 && Integer.bitCount(bytes) == 1 && from == 0 && precision == 8 * bytes;
    Kind kind = !plain ? Kind.OTHER : signed ? Kind.SIGNED : Kind.UNSIGNED;
    return new Datatype(kind, bytes, order(bits), name);
  }

  private static Datatype floating(Cursor c, int bits, int bytes) throws IOException {
    int sign = (bits >> 8) & 0xFF;
    int from = c.u16();
    int precision = c.u16();
    int exponentAt = c.u8();
    int exponent = c.u8();
    int mantissaAt = c.u8();
    int mantissa = c.u8();
    long bias = c.u32();
    boolean ieee =
        from == 0
            && precision == 8 * bytes
            && (bits & 0x40) == 0 // no VAX
            && ((bits >> 4) & 3) == 2 // the leading bit is implied
            && sign == precision - 1
            && mantissaAt == 0
            && mantissa == exponentAt
            && exponentAt + exponent == sign
            && bias == (1L << (exponent - 1)) - 1;
    Kind kind = Kind.OTHER;
    if (ieee && bytes == 2 && exponent == 5) {
      kind = Kind.FLOAT16;
    } else if (ieee && bytes == 2 && exponent == 8) {
      kind = Kind.BFLOAT16;
    } else if (ieee && bytes == 4 && exponent == 8) {
      kind = Kind.FLOAT32;
    } else if (ieee && bytes == 8 && exponent == 11) {
      kind = Kind.FLOAT64;
    }
    String name =
        "a float of "
            + bytes
            + " bytes with "
            + exponent
            + " bits of exponent, "
            + mantissa
            + " of mantissa";
    return new Datatype(kind, bytes, order(bits), name);
  }

  private static ByteOrder order(int bits) {
    return (bits & 1) == 0 ? ByteOrder.LITTLE_ENDIAN : ByteOrder.BIG_ENDIAN;
  }

  /** The same bytes, which the file elsewhere calls bfloat16. */
  Datatype asBfloat16() {
    return new Datatype(Kind.BFLOAT16, bytes, order, name);
  }

  /** How elements of a floating-point type are read. */
  FloatType floats() {
    return kind.floats;
  }

  /** The element at the buffer's position, of an integer type. */
  long integer(ByteBuffer in) throws IOException {
    boolean signed = kind == Kind.SIGNED;
    switch (bytes) {
      case 1 -> {
        byte v = in.get();
        return signed ? v : Byte.toUnsignedLong(v);
      }
      case 2 -> {
        short v = in.getShort();
        return signed ? v : Short.toUnsignedLong(v);
      }
      case 4 -> {
        int v = in.getInt();
        return signed ? v : Integer.toUnsignedLong(v);
      }
      default -> {
        long v = in.getLong();
        if (!signed && v < 0) {
          throw new Hdf5Damage("it holds " + Long.toUnsignedString(v) + ", more than an int64 can");
        }
        return v;
      }
    }
  }
}
