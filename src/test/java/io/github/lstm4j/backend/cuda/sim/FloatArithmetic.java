package io.github.lstm4j.backend.cuda.sim;

import static java.lang.Float.floatToRawIntBits;
import static java.lang.Float.intBitsToFloat;

import io.github.lstm4j.backend.cuda.sim.IntegerArithmetic.TernaryOperator;
import java.util.List;
import java.util.function.DoubleBinaryOperator;
import java.util.function.DoubleUnaryOperator;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Floating-point instructions as functions of registers. The exact ones are rounded as PTX says;
 * the approximate ones are computed in float64 and rounded once, which is closer than a device
 * comes: how far a device may be off is the concern of who compares.
 */
final class FloatArithmetic {
  private static final double LN2 = Math.log(2);
  private static final long SIGN = 1L << 31;

  private FloatArithmetic() {}

  /** A function of one register, or null. */
  static LongUnaryOperator unary(String name, List<String> modifiers, PtxType type) {
    if (name.equals("neg")) {
      return type == PtxType.F64 ? a -> a ^ Long.MIN_VALUE : a -> a ^ SIGN;
    }
    if (name.equals("abs")) {
      return type == PtxType.F64 ? a -> a & Long.MAX_VALUE : a -> a & ~SIGN;
    }
    DoubleUnaryOperator f =
        switch (name) {
          case "rcp" -> x -> 1 / x;
          case "sqrt" -> Math::sqrt;
          case "rsqrt" -> x -> 1 / Math.sqrt(x);
          case "ex2" -> x -> x == Math.rint(x) ? Math.pow(2, x) : Math.exp(x * LN2);
          case "lg2" -> x -> Math.log(x) / LN2;
          case "sin" -> Math::sin;
          case "cos" -> Math::cos;
          case "tanh" -> Math::tanh;
          default -> null;
        };
    if (f == null || !roundsToNearest(modifiers)) {
      return null;
    }
    if (type == PtxType.F64) {
      return a -> Double.doubleToRawLongBits(f.applyAsDouble(Double.longBitsToDouble(a)));
    }
    // 1/x and √x of a float32 in float64, rounded to float32, are correctly rounded
    LongUnaryOperator exact =
        a -> floatToRawIntBits((float) f.applyAsDouble(intBitsToFloat((int) a)));
    return flushed(modifiers) ? a -> flush(exact.applyAsLong(flush(a))) : exact;
  }

  /** A function of two registers, or null. */
  static LongBinaryOperator binary(String name, List<String> modifiers, PtxType type) {
    if (type == PtxType.F64) {
      var f = binary64(name);
      return f == null || !roundsToNearest(modifiers)
          ? null
          : (a, b) ->
              Double.doubleToRawLongBits(
                  f.applyAsDouble(Double.longBitsToDouble(a), Double.longBitsToDouble(b)));
    }
    LongBinaryOperator plain =
        roundsToNearest(modifiers) ? binary32(name, modifiers) : directed(name, modifiers);
    if (plain == null) {
      return null;
    }
    LongBinaryOperator result =
        flushed(modifiers) ? (a, b) -> flush(plain.applyAsLong(flush(a), flush(b))) : plain;
    return modifiers.contains("sat") ? (a, b) -> saturated(result.applyAsLong(a, b)) : result;
  }

  /** A function of three registers, or null. */
  static TernaryOperator ternary(String name, List<String> modifiers, PtxType type) {
    if (!name.equals("fma") && !name.equals("mad")) {
      return null;
    }
    if (type == PtxType.F64) {
      return roundsToNearest(modifiers)
          ? (a, b, c) ->
              Double.doubleToRawLongBits(
                  Math.fma(
                      Double.longBitsToDouble(a),
                      Double.longBitsToDouble(b),
                      Double.longBitsToDouble(c)))
          : null;
    }
    TernaryOperator plain;
    if (roundsToNearest(modifiers)) {
      plain =
          (a, b, c) ->
              floatToRawIntBits(
                  Math.fma(
                      intBitsToFloat((int) a), intBitsToFloat((int) b), intBitsToFloat((int) c)));
    } else {
      String rounding = rounding(modifiers);
      plain =
          (a, b, c) ->
              floatToRawIntBits(
                  sum(
                      (double) intBitsToFloat((int) a) * intBitsToFloat((int) b),
                      intBitsToFloat((int) c),
                      rounding));
    }
    TernaryOperator result =
        flushed(modifiers) ? (a, b, c) -> flush(plain.apply(flush(a), flush(b), flush(c))) : plain;
    return modifiers.contains("sat") ? (a, b, c) -> saturated(result.apply(a, b, c)) : result;
  }

  private static DoubleBinaryOperator binary64(String name) {
    return switch (name) {
      case "add" -> Double::sum;
      case "sub" -> (a, b) -> a - b;
      case "mul" -> (a, b) -> a * b;
      case "div" -> (a, b) -> a / b;
      case "min" -> (a, b) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.min(a, b);
      case "max" -> (a, b) -> Double.isNaN(a) ? b : Double.isNaN(b) ? a : Math.max(a, b);
      case "copysign" -> (a, b) -> Math.copySign(b, a);
      default -> null;
    };
  }

  private static LongBinaryOperator binary32(String name, List<String> modifiers) {
    boolean keepsNaN = modifiers.contains("NaN");
    return switch (name) {
      case "add" -> (a, b) -> floatToRawIntBits(intBitsToFloat((int) a) + intBitsToFloat((int) b));
      case "sub" -> (a, b) -> floatToRawIntBits(intBitsToFloat((int) a) - intBitsToFloat((int) b));
      case "mul" -> (a, b) -> floatToRawIntBits(intBitsToFloat((int) a) * intBitsToFloat((int) b));
      case "div" -> (a, b) -> floatToRawIntBits(intBitsToFloat((int) a) / intBitsToFloat((int) b));
      case "min" ->
          (a, b) -> {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            return floatToRawIntBits(
                keepsNaN || (!Float.isNaN(x) && !Float.isNaN(y))
                    ? Math.min(x, y)
                    : Float.isNaN(x) ? y : x);
          };
      case "max" ->
          (a, b) -> {
            float x = intBitsToFloat((int) a);
            float y = intBitsToFloat((int) b);
            return floatToRawIntBits(
                keepsNaN || (!Float.isNaN(x) && !Float.isNaN(y))
                    ? Math.max(x, y)
                    : Float.isNaN(x) ? y : x);
          };
      case "copysign" -> (a, b) -> (a & SIGN) | (b & ~SIGN & 0xFFFF_FFFFL);
      default -> null;
    };
  }

  /** Sums and products rounded down, up or towards zero. */
  private static LongBinaryOperator directed(String name, List<String> modifiers) {
    String rounding = rounding(modifiers);
    return switch (name) {
      case "add" ->
          (a, b) ->
              floatToRawIntBits(sum(intBitsToFloat((int) a), intBitsToFloat((int) b), rounding));
      case "sub" ->
          (a, b) ->
              floatToRawIntBits(sum(intBitsToFloat((int) a), -intBitsToFloat((int) b), rounding));
      case "mul" ->
          (a, b) ->
              floatToRawIntBits(
                  sum((double) intBitsToFloat((int) a) * intBitsToFloat((int) b), 0, rounding));
      default -> null;
    };
  }

  /**
   * {@code a + b} rounded to float32 in a direction; a product of two float32 is exact as {@code
   * a}.
   */
  static float sum(double a, double b, String rounding) {
    double s = a + b;
    double back = s - a;
    double lost = (a - (s - back)) + (b - back); // s + lost is the exact sum (Knuth's TwoSum)
    return rounded(s, lost, rounding);
  }

  /** {@code value + lost} rounded to float32; {@code lost} is below the precision of the value. */
  static float rounded(double value, double lost, String rounding) {
    float nearest = (float) value;
    if (Double.isNaN(value) || Double.isInfinite(value)) {
      return nearest;
    }
    boolean above = nearest > value || (nearest == value && lost < 0);
    boolean below = nearest < value || (nearest == value && lost > 0);
    boolean positive = value > 0 || (value == 0 && lost > 0);
    boolean down = rounding.equals("rm") || (rounding.equals("rz") && positive);
    if (above && down) {
      return Math.nextDown(nearest);
    }
    return below && !down ? Math.nextUp(nearest) : nearest;
  }

  static boolean flushed(List<String> modifiers) {
    return modifiers.contains("ftz");
  }

  /** A float32 below the normal range becomes zero of its sign. */
  static long flush(long register) {
    return (register & 0x7F80_0000L) == 0 ? register & SIGN : register;
  }

  /** Clamps a float32 to 0…1; NaN becomes 0. */
  static long saturated(long register) {
    float x = intBitsToFloat((int) register);
    return floatToRawIntBits(x > 0 ? Math.min(x, 1) : 0f);
  }

  private static boolean roundsToNearest(List<String> modifiers) {
    return rounding(modifiers).equals("rn");
  }

  private static String rounding(List<String> modifiers) {
    for (String rounding : List.of("rz", "rm", "rp")) {
      if (modifiers.contains(rounding)) {
        return rounding;
      }
    }
    return "rn";
  }
}
