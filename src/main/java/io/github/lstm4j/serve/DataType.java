package io.github.lstm4j.serve;

import io.github.lstm4j.io.Float16;
import io.github.lstm4j.io.Printable;
import java.nio.ByteBuffer;

/**
 * What the elements of a tensor of the protocol are. Models compute in float32: what comes in as
 * another type is taken where that is exact, or rounded (FP64), and refused where it cannot be.
 */
public enum DataType {
  /** True or false; no model has such an input. */
  BOOL(1),
  /** Whole, not negative, 8 bits. */
  UINT8(1),
  /** Whole, not negative, 16 bits. */
  UINT16(2),
  /** Whole, not negative, 32 bits. */
  UINT32(4),
  /** Whole, not negative, 64 bits. */
  UINT64(8),
  /** Whole, 8 bits. */
  INT8(1),
  /** Whole, 16 bits. */
  INT16(2),
  /** Whole, 32 bits. */
  INT32(4),
  /** Whole, 64 bits. */
  INT64(8),
  /** IEEE 754, 16 bits; as bytes alone. */
  FP16(2),
  /** IEEE 754, 32 bits. */
  FP32(4),
  /** IEEE 754, 64 bits; is rounded. */
  FP64(8),
  /** The upper half of FP32; as bytes alone. */
  BF16(2),
  /** Texts in UTF-8. */
  BYTES(0);

  private static final int EXACT = 1 << 24; // all whole numbers up to it are floats

  private final int bytes;

  DataType(int bytes) {
    this.bytes = bytes;
  }

  /** The size of an element; 0 for texts, whose size varies. */
  int bytes() {
    return bytes;
  }

  /** Whether it has whole numbers only. */
  boolean isWhole() {
    return ordinal() >= UINT8.ordinal() && ordinal() <= INT64.ordinal();
  }

  /** Whether it has numbers with fractions. */
  boolean isReal() {
    return ordinal() >= FP16.ordinal() && ordinal() <= BF16.ordinal();
  }

  /** Whether an input of this type may be given as the other. */
  boolean takes(DataType other) {
    return other == this || (isReal() && other.isReal()) || (isWhole() && other.isWhole());
  }

  /** What {@link #takes} allows, for messages. */
  String taken() {
    return isReal()
        ? "FP32, FP64, FP16 or BF16"
        : isWhole() ? "INT32, INT64 or another type of whole numbers" : name();
  }

  /**
   * The element that stands next in a buffer, which is little-endian.
   *
   * @throws IllegalArgumentException if float32 has no such number
   */
  float read(ByteBuffer from) {
    return switch (this) {
      case INT8 -> from.get();
      case UINT8 -> from.get() & 0xff;
      case INT16 -> from.getShort();
      case UINT16 -> from.getShort() & 0xffff;
      case INT32 -> whole(from.getInt());
      case UINT32 -> whole(from.getInt() & 0xffffffffL);
      case INT64 -> whole(from.getLong());
      case UINT64 -> unsigned(from.getLong());
      case FP16 -> Float16.toFloat(from.getShort());
      case BF16 -> Float.intBitsToFloat(from.getShort() << 16);
      case FP32 -> from.getFloat();
      case FP64 -> rounded(from.getDouble());
      default -> throw new IllegalStateException(name());
    };
  }

  /**
   * An element that stands in JSON.
   *
   * @throws IllegalArgumentException if it is none of this type, or float32 has no such number
   */
  float of(double number) {
    if (!isWhole()) {
      return rounded(number);
    }
    boolean signed = ordinal() >= INT8.ordinal();
    double end = Math.scalb(1.0, Byte.SIZE * bytes - (signed ? 1 : 0));
    if (number != Math.rint(number) || number < (signed ? -end : 0) || number >= end) {
      throw new IllegalArgumentException(
          "expected whole numbers for " + name() + ", got " + Printable.text(number));
    }
    return whole((long) number); // beyond a long it is the largest, which is refused
  }

  private static float rounded(double number) {
    float near = (float) number;
    if (Float.isInfinite(near) && Double.isFinite(number)) {
      throw new IllegalArgumentException(number + " is beyond float32, in which models compute");
    }
    return near;
  }

  private static float unsigned(long number) {
    return whole(number < 0 ? Long.MAX_VALUE : number);
  }

  private static float whole(long number) {
    if (Math.abs(number) > EXACT || number == Long.MIN_VALUE) {
      throw new IllegalArgumentException(
          "expected whole numbers of at most "
              + EXACT
              + ", which float32 has all of, got "
              + number);
    }
    return number;
  }
}
