package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.FloatType;
import java.util.Arrays;

/** What the elements of an ONNX tensor are: {@code TensorProto.DataType}. */
public enum ElementType {
  /** float32. */
  FLOAT(1, 4),
  /** Unsigned, 8 bits. */
  UINT8(2, 1),
  /** 8 bits. */
  INT8(3, 1),
  /** Unsigned, 16 bits. */
  UINT16(4, 2),
  /** 16 bits. */
  INT16(5, 2),
  /** 32 bits. */
  INT32(6, 4),
  /** 64 bits. */
  INT64(7, 8),
  /** Texts. */
  STRING(8, 0),
  /** True or false. */
  BOOL(9, 1),
  /** IEEE 754 binary16. */
  FLOAT16(10, 2),
  /** float64. */
  DOUBLE(11, 8),
  /** Unsigned, 32 bits. */
  UINT32(12, 4),
  /** Unsigned, 64 bits. */
  UINT64(13, 8),
  /** The upper half of a float32. */
  BFLOAT16(16, 2),
  /** No type, or one that is not supported: complex numbers, floats of 8 bits, integers of 4. */
  OTHER(0, 0);

  private final int code;
  private final int bytes;

  ElementType(int code, int bytes) {
    this.code = code;
    this.bytes = bytes;
  }

  /** The number that stands for it in files. */
  public int code() {
    return code;
  }

  /** The bytes of an element in {@code raw_data}; 0 if it cannot lie there. */
  public int bytes() {
    return bytes;
  }

  /** Whether its elements are fractions. */
  public boolean isFloating() {
    return this == FLOAT || this == DOUBLE || this == FLOAT16 || this == BFLOAT16;
  }

  /** How fractions are read; null for other types. */
  FloatType floats() {
    return switch (this) {
      case FLOAT -> FloatType.FLOAT32;
      case DOUBLE -> FloatType.FLOAT64;
      case FLOAT16 -> FloatType.FLOAT16;
      case BFLOAT16 -> FloatType.BFLOAT16;
      default -> null;
    };
  }

  /** Whether its elements are whole numbers, or true (1) and false (0). */
  public boolean isWhole() {
    return !isFloating() && bytes > 0;
  }

  /** The type that a file's number stands for; {@link #OTHER} if none. */
  public static ElementType of(long code) {
    return Arrays.stream(values()).filter(t -> t.code == code).findFirst().orElse(OTHER);
  }
}
