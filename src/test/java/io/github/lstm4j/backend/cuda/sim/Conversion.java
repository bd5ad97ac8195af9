package io.github.lstm4j.backend.cuda.sim;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;

import java.util.List;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongUnaryOperator;

/** {@code cvt}: one type to another, as functions of registers. */
final class Conversion {
  private Conversion() {}

  /** A conversion, or null if there is none such. */
  static LongUnaryOperator of(List<String> modifiers, PtxType to, PtxType from) {
    if (!from.floating) {
      return to.floating
          ? integerToFloat(modifiers, to, from)
          : integerToInteger(modifiers, to, from);
    }
    return to.floating ? floatToFloat(modifiers, to, from) : floatToInteger(modifiers, to, from);
  }

  private static LongUnaryOperator integerToInteger(
      List<String> modifiers, PtxType to, PtxType from) {
    if (!modifiers.contains("sat")) {
      // a narrow result is extended to its register, which may be wider
      return a -> to.integer(from.integer(a));
    }
    if (to.size == 8 || from == PtxType.U64) {
      return null;
    }
    long least = to.signed ? -1L << (to.bits() - 1) : 0;
    long most = to.signed ? ~least : (1L << to.bits()) - 1;
    return a -> Math.max(least, Math.min(most, from.integer(a)));
  }

  private static LongUnaryOperator integerToFloat(
      List<String> modifiers, PtxType to, PtxType from) {
    if (!modifiers.contains("rn")) {
      return null;
    }
    return switch (to) {
      case F32 -> a -> floatToRawIntBits(toFloat(from.integer(a), from));
      case F64 -> a -> Double.doubleToRawLongBits(toDouble(from.integer(a), from));
      default -> null;
    };
  }

  private static float toFloat(long value, PtxType from) {
    if (from != PtxType.U64 || value >= 0) {
      return (float) value;
    }
    // half the value, with the lost bit kept for the rounding
    return 2 * (float) ((value >>> 1) | (value & 1));
  }

  private static double toDouble(long value, PtxType from) {
    if (from != PtxType.U64 || value >= 0) {
      return (double) value;
    }
    return 2 * (double) ((value >>> 1) | (value & 1));
  }

  private static LongUnaryOperator floatToInteger(
      List<String> modifiers, PtxType to, PtxType from) {
    var rounding = toWhole(modifiers);
    if (rounding == null || to == PtxType.U64) {
      return null;
    }
    double least = to.signed ? -Math.pow(2, to.bits() - 1) : 0;
    double most = to.signed ? -least - (to.size == 8 ? 0 : 1) : Math.pow(2, to.bits()) - 1;
    // a Java cast maps NaN to 0 and limits to the range of long, as PTX does
    return a -> (long) Math.max(least, Math.min(most, rounding.applyAsDouble(value(from, a))));
  }

  private static LongUnaryOperator floatToFloat(List<String> modifiers, PtxType to, PtxType from) {
    var whole = toWhole(modifiers);
    DoubleUnaryOperator change = whole == null || to.size < from.size ? x -> x : whole;
    LongUnaryOperator plain =
        switch (to) {
          case F32 -> narrowing(modifiers, from, change);
          case F64 -> a -> Double.doubleToRawLongBits(change.applyAsDouble(value(from, a)));
          case F16 -> from == PtxType.F32 ? a -> toHalf(intBitsToFloat((int) a)) : null;
          case BF16 -> from == PtxType.F32 ? a -> toBfloat(intBitsToFloat((int) a)) : null;
          default -> null;
        };
    if (plain == null || to != PtxType.F32) {
      return plain;
    }
    LongUnaryOperator flushed =
        FloatArithmetic.flushed(modifiers)
            ? a -> FloatArithmetic.flush(plain.applyAsLong(a))
            : plain;
    return modifiers.contains("sat")
        ? a -> FloatArithmetic.saturated(flushed.applyAsLong(a))
        : flushed;
  }

  private static LongUnaryOperator narrowing(
      List<String> modifiers, PtxType from, DoubleUnaryOperator change) {
    for (String rounding : List.of("rz", "rm", "rp")) {
      if (modifiers.contains(rounding)) {
        return a -> floatToRawIntBits(FloatArithmetic.rounded(value(from, a), 0, rounding));
      }
    }
    return a -> floatToRawIntBits((float) change.applyAsDouble(value(from, a)));
  }

  private static DoubleUnaryOperator toWhole(List<String> modifiers) {
    for (String modifier : modifiers) {
      DoubleUnaryOperator rounding =
          switch (modifier) {
            case "rni" -> Math::rint;
            case "rzi" -> x -> x < 0 ? Math.ceil(x) : Math.floor(x);
            case "rmi" -> Math::floor;
            case "rpi" -> Math::ceil;
            default -> null;
          };
      if (rounding != null) {
        return rounding;
      }
    }
    return null;
  }

  private static double value(PtxType type, long register) {
    return switch (type) {
      case F64 -> Double.longBitsToDouble(register);
      case F32 -> intBitsToFloat((int) register);
      case BF16 -> intBitsToFloat((int) register << 16);
      default -> fromHalf((int) register & 0xFFFF);
    };
  }

  /** float32 to bfloat16, to nearest, ties to even. */
  static int toBfloat(float x) {
    int bits = floatToRawIntBits(x);
    return Float.isNaN(x) ? 0x7FFF : (bits + 0x7FFF + ((bits >>> 16) & 1)) >>> 16;
  }

  /**
   * float32 to TF32, whose ten bits of mantissa stand where a float32 has them; ties away from 0.
   */
  static int toTf32(int bits) {
    boolean finite = (bits & 0x7F80_0000) != 0x7F80_0000;
    return Float.isNaN(intBitsToFloat(bits))
        ? 0x7FFF_FFFF
        : (finite ? bits + 0x1000 : bits) & ~0x1FFF;
  }

  private static double fromHalf(int bits) {
    int exponent = (bits >> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    double size =
        exponent == 0x1F
            ? fraction == 0 ? Double.POSITIVE_INFINITY : Double.NaN
            : exponent == 0
                ? Math.scalb((double) fraction, -24)
                : Math.scalb((double) (fraction | 0x400), exponent - 25);
    return (bits & 0x8000) == 0 ? size : -size;
  }

  /** float32 to float16, to nearest, ties to even. */
  static int toHalf(float x) {
    int sign = (floatToRawIntBits(x) >>> 16) & 0x8000;
    if (Float.isNaN(x)) {
      return 0x7FFF;
    }
    float size = Math.abs(x);
    if (size >= 65520) {
      return sign | 0x7C00;
    }
    // the distance of neighbouring float16 at this size
    int exponent = Math.max(Math.getExponent(size), -14);
    int units = (int) Math.rint(Math.scalb((double) size, 10 - exponent));
    return sign | (units + (Math.max(exponent + 14, 0) << 10));
  }
}
