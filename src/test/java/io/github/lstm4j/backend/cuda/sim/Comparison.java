package io.github.lstm4j.backend.cuda.sim;

import static java.lang.Float.intBitsToFloat;

import java.util.function.LongBinaryOperator;

/** {@code setp}: comparisons as functions of registers that give 0 or 1. */
final class Comparison {
  private Comparison() {}

  /** The comparison called {@code name}, or null. */
  static LongBinaryOperator of(String name, PtxType type, boolean flush) {
    if (type == PtxType.F32) {
      var f = floating(name);
      return f == null
          ? null
          : flush
              ? (a, b) ->
                  f.test(value32(FloatArithmetic.flush(a)), value32(FloatArithmetic.flush(b)))
                      ? 1
                      : 0
              : (a, b) -> f.test(value32(a), value32(b)) ? 1 : 0;
    }
    if (type == PtxType.F64) {
      var f = floating(name);
      return f == null
          ? null
          : (a, b) -> f.test(Double.longBitsToDouble(a), Double.longBitsToDouble(b)) ? 1 : 0;
    }
    // lo, ls, hi and hs are the unsigned forms of lt, le, gt and ge
    String signedName =
        switch (name) {
          case "lo" -> "lt";
          case "ls" -> "le";
          case "hi" -> "gt";
          case "hs" -> "ge";
          default -> name;
        };
    if (!type.signed && type.size == 8) {
      var f = integer(signedName);
      // flipping the highest bit turns the unsigned order into the signed one
      return f == null ? null : (a, b) -> f.test(a ^ Long.MIN_VALUE, b ^ Long.MIN_VALUE) ? 1 : 0;
    }
    var f = integer(signedName);
    return f == null ? null : (a, b) -> f.test(type.integer(a), type.integer(b)) ? 1 : 0;
  }

  private static double value32(long register) {
    return intBitsToFloat((int) register);
  }

  private static IntegerTest integer(String name) {
    return switch (name) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a != b;
      case "lt" -> (a, b) -> a < b;
      case "le" -> (a, b) -> a <= b;
      case "gt" -> (a, b) -> a > b;
      case "ge" -> (a, b) -> a >= b;
      default -> null;
    };
  }

  /** The forms with u are true if an argument is NaN, the others false. */
  private static FloatTest floating(String name) {
    return switch (name) {
      case "eq" -> (a, b) -> a == b;
      case "ne" -> (a, b) -> a < b || a > b;
      case "lt" -> (a, b) -> a < b;
      case "le" -> (a, b) -> a <= b;
      case "gt" -> (a, b) -> a > b;
      case "ge" -> (a, b) -> a >= b;
      case "equ" -> (a, b) -> !(a < b || a > b);
      case "neu" -> (a, b) -> a != b;
      case "ltu" -> (a, b) -> !(a >= b);
      case "leu" -> (a, b) -> !(a > b);
      case "gtu" -> (a, b) -> !(a <= b);
      case "geu" -> (a, b) -> !(a < b);
      case "num" -> (a, b) -> !Double.isNaN(a) && !Double.isNaN(b);
      case "nan" -> (a, b) -> Double.isNaN(a) || Double.isNaN(b);
      default -> null;
    };
  }

  @FunctionalInterface
  private interface IntegerTest {
    boolean test(long a, long b);
  }

  @FunctionalInterface
  private interface FloatTest {
    boolean test(double a, double b);
  }
}
