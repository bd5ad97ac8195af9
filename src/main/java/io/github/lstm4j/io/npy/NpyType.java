package io.github.lstm4j.io.npy;

import io.github.lstm4j.io.Float16;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Optional;

/** The element types of NumPy that become float32: booleans, integers and real numbers. */
enum NpyType {
  BOOL("b1") {
    @Override
    float read(ByteBuffer in) {
      return in.get() == 0 ? 0f : 1f;
    }
  },
  INT8("i1") {
    @Override
    float read(ByteBuffer in) {
      return in.get();
    }
  },
  UINT8("u1") {
    @Override
    float read(ByteBuffer in) {
      return Byte.toUnsignedInt(in.get());
    }
  },
  INT16("i2") {
    @Override
    float read(ByteBuffer in) {
      return in.getShort();
    }
  },
  UINT16("u2") {
    @Override
    float read(ByteBuffer in) {
      return Short.toUnsignedInt(in.getShort());
    }
  },
  INT32("i4") {
    @Override
    float read(ByteBuffer in) {
      return (float) in.getInt();
    }
  },
  UINT32("u4") {
    @Override
    float read(ByteBuffer in) {
      return (float) Integer.toUnsignedLong(in.getInt());
    }
  },
  INT64("i8") {
    @Override
    float read(ByteBuffer in) {
      return (float) in.getLong();
    }
  },
  UINT64("u8") {
    @Override
    float read(ByteBuffer in) {
      long v = in.getLong();
      // halve, keeping the lowest bit sticky so that the rounding stays right, then double
      return v >= 0 ? (float) v : (float) ((v >>> 1) | (v & 1)) * 2f;
    }
  },
  FLOAT16("f2") {
    @Override
    float read(ByteBuffer in) {
      return Float16.toFloat(in.getShort());
    }
  },
  FLOAT32("f4") {
    @Override
    float read(ByteBuffer in) {
      return in.getFloat();
    }
  },
  FLOAT64("f8") {
    @Override
    float read(ByteBuffer in) {
      return (float) in.getDouble();
    }
  };

  static final String SUPPORTED = "bool, int8 to int64, uint8 to uint64, float16, float32, float64";

  final String code;
  final int bytes;

  NpyType(String code) {
    this.code = code;
    this.bytes = code.charAt(1) - '0';
  }

  /** The next element of {@code in}, as the nearest float32. */
  abstract float read(ByteBuffer in);

  /** The type of a NumPy description such as {@code <f4}; empty if it is none of these. */
  static Optional<NpyType> of(String descr) {
    if (descr.length() == 3 && "<>|=".indexOf(descr.charAt(0)) >= 0) {
      for (NpyType type : values()) {
        if (descr.endsWith(type.code)) {
          return Optional.of(type);
        }
      }
    }
    return Optional.empty();
  }

  /** The byte order of a NumPy description; {@code =} and {@code |} count as little-endian. */
  static ByteOrder order(String descr) {
    return descr.charAt(0) == '>' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
  }
}
