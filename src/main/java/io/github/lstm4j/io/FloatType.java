package io.github.lstm4j.io;

import java.io.IOException;
import java.nio.ByteBuffer;

/** How files have fractions; all are read as float32. */
public enum FloatType {
  /** IEEE 754 binary16. */
  FLOAT16(2),
  /** The upper half of a float32. */
  BFLOAT16(2),
  /** IEEE 754 binary32. */
  FLOAT32(4),
  /** IEEE 754 binary64. */
  FLOAT64(8);

  /** A number that float32 cannot hold. */
  public static final class TooLarge extends IOException {
    private static final long serialVersionUID = 1;

    private TooLarge(double value) {
      super("it holds " + value + ", which is too large for float32");
    }
  }

  private final int bytes;

  FloatType(int bytes) {
    this.bytes = bytes;
  }

  /** The bytes of a number. */
  public int bytes() {
    return bytes;
  }

  /**
   * Takes numbers from a buffer, in its order of bytes.
   *
   * @param from where the first one begins; the position stays
   * @throws TooLarge if one is too large for float32
   */
  public void decode(ByteBuffer in, int from, int count, float[] into, int at) throws TooLarge {
    switch (this) {
      case FLOAT16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = Float16.toFloat(in.getShort(from + 2 * i));
        }
      }
      case BFLOAT16 -> {
        for (int i = 0; i < count; i++) {
          into[at + i] = Float.intBitsToFloat(in.getShort(from + 2 * i) << 16);
        }
      }
      case FLOAT32 ->
          in.slice(from, 4 * count).order(in.order()).asFloatBuffer().get(into, at, count);
      case FLOAT64 -> {
        for (int i = 0; i < count; i++) {
          double value = in.getDouble(from + 8 * i);
          into[at + i] = (float) value;
          if (Float.isInfinite(into[at + i]) && !Double.isInfinite(value)) {
            throw new TooLarge(value);
          }
        }
      }
    }
  }
}
