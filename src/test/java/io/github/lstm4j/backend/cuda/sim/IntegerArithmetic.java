package io.github.lstm4j.backend.cuda.sim;

import java.util.List;
import java.util.function.LongBinaryOperator;
import java.util.function.LongUnaryOperator;

/**
 * Integer and bit instructions as functions of registers. What is in a register above the bits of
 * its type does not count, so a function may leave anything there.
 */
final class IntegerArithmetic {
  private IntegerArithmetic() {}

  /** A function of one register, or null. */
  static LongUnaryOperator unary(String name, List<String> modifiers, PtxType type) {
    return switch (name) {
      case "not" -> type == PtxType.PRED ? a -> a ^ 1 : a -> ~a;
      case "cnot" -> a -> type.integer(a) == 0 ? 1 : 0;
      case "neg" -> a -> -a;
      case "abs" -> a -> Math.abs(type.integer(a));
      case "popc" -> a -> Long.bitCount(a & mask(type));
      case "clz" -> a -> Long.numberOfLeadingZeros(a & mask(type)) - (64 - type.bits());
      case "brev" -> a -> Long.reverse(a) >>> (64 - type.bits());
      case "bfind" -> {
        boolean shiftAmount = modifiers.contains("shiftamt");
        yield a -> {
          long v = type.integer(a);
          int top = 63 - Long.numberOfLeadingZeros(v < 0 && type.signed ? ~v : v);
          return top < 0 ? 0xFFFF_FFFFL : shiftAmount ? type.bits() - 1 - top : top;
        };
      }
      default -> null;
    };
  }

  /** A function of two registers, or null. */
  static LongBinaryOperator binary(String name, List<String> modifiers, PtxType type) {
    return switch (name) {
      case "add" -> Long::sum;
      case "sub" -> (a, b) -> a - b;
      case "mul", "mul24" -> product(modifiers, type);
      case "div" ->
          type == PtxType.U64
              ? (a, b) -> b == 0 ? -1 : Long.divideUnsigned(a, b)
              : (a, b) -> type.integer(b) == 0 ? -1 : type.integer(a) / type.integer(b);
      case "rem" ->
          type == PtxType.U64
              ? (a, b) -> b == 0 ? a : Long.remainderUnsigned(a, b)
              : (a, b) -> type.integer(b) == 0 ? a : type.integer(a) % type.integer(b);
      case "min" ->
          type == PtxType.U64
              ? (a, b) -> Long.compareUnsigned(a, b) < 0 ? a : b
              : (a, b) -> Math.min(type.integer(a), type.integer(b));
      case "max" ->
          type == PtxType.U64
              ? (a, b) -> Long.compareUnsigned(a, b) > 0 ? a : b
              : (a, b) -> Math.max(type.integer(a), type.integer(b));
      case "and" -> (a, b) -> a & b;
      case "or" -> (a, b) -> a | b;
      case "xor" -> (a, b) -> a ^ b;
      case "shl" -> (a, b) -> shift(b) >= type.bits() ? 0 : a << shift(b);
      case "shr" ->
          (a, b) -> {
            long v = type.integer(a);
            int n = shift(b);
            return type.signed ? v >> Math.min(n, 63) : n >= type.bits() ? 0 : v >>> n;
          };
      default -> null;
    };
  }

  /** A function of three registers, or null. */
  static TernaryOperator ternary(String name, List<String> modifiers, PtxType type) {
    return switch (name) {
      case "mad", "mad24" -> {
        var product = product(modifiers, type);
        yield (a, b, c) -> product.applyAsLong(a, b) + c;
      }
      case "sad" -> (a, b, c) -> c + Math.abs(type.integer(a) - type.integer(b));
      case "bfe" -> (a, b, c) -> bitField(type, a, (int) b & 0xFF, (int) c & 0xFF);
      case "prmt" -> modifiers.size() == 1 ? IntegerArithmetic::permuted : null;
      case "shf" -> funnel(modifiers);
      default -> null;
    };
  }

  /** A function of four registers, or null. */
  static QuaternaryOperator quaternary(String name, PtxType type) {
    return switch (name) {
      case "bfi" -> (a, b, c, d) -> inserted(type, a, b, (int) c & 0xFF, (int) d & 0xFF);
      case "lop3" -> IntegerArithmetic::lookedUp;
      default -> null;
    };
  }

  private static long mask(PtxType type) {
    return -1L >>> (64 - type.bits());
  }

  private static int shift(long register) {
    return (int) Math.min(register & 0xFFFF_FFFFL, 64);
  }

  private static LongBinaryOperator product(List<String> modifiers, PtxType type) {
    if (modifiers.contains("wide")) {
      return (a, b) -> type.integer(a) * type.integer(b);
    }
    if (!modifiers.contains("hi")) {
      return (a, b) -> a * b;
    }
    return switch (type) {
      case S64 -> Math::multiplyHigh;
      case U64 -> (a, b) -> Math.multiplyHigh(a, b) + ((a >> 63) & b) + ((b >> 63) & a);
      default -> (a, b) -> (type.integer(a) * type.integer(b)) >> type.bits();
    };
  }

  private static long bitField(PtxType type, long a, int position, int length) {
    if (length == 0) {
      return 0;
    }
    long v = type.integer(a);
    // beyond the value, a signed field repeats the sign and an unsigned one is zero
    long shifted = type.signed ? v >> Math.min(position, 63) : position > 63 ? 0 : v >>> position;
    int unused = 64 - Math.min(length, 64);
    return type.signed ? shifted << unused >> unused : shifted << unused >>> unused;
  }

  private static long inserted(PtxType type, long a, long into, int position, int length) {
    if (position >= type.bits() || length == 0) {
      return into;
    }
    long field = (-1L >>> (64 - Math.min(length, 64))) << position;
    return (into & ~field) | ((a << position) & field);
  }

  private static long permuted(long a, long b, long selector) {
    long bytes = (b << 32) | (a & 0xFFFF_FFFFL);
    long result = 0;
    for (int i = 0; i < 4; i++) {
      int choice = (int) (selector >> (4 * i)) & 0xF;
      long picked = bytes >> (8 * (choice & 7));
      result |= ((choice & 8) == 0 ? picked & 0xFF : ((byte) picked >> 7) & 0xFF) << (8 * i);
    }
    return result;
  }

  private static TernaryOperator funnel(List<String> modifiers) {
    boolean clamp = modifiers.contains("clamp");
    boolean left = modifiers.contains("l");
    return (a, b, c) -> {
      int n = clamp ? (int) Math.min(c & 0xFFFF_FFFFL, 32) : (int) c & 31;
      long both = (b << 32) | (a & 0xFFFF_FFFFL);
      return left ? n == 0 ? b : (both << n) >>> 32 : n == 32 ? b : both >>> n;
    };
  }

  private static long lookedUp(long a, long b, long c, long table) {
    long result = 0;
    for (int i = 0; i < 8; i++) {
      if (((table >> i) & 1) != 0) {
        result |= ((i & 4) != 0 ? a : ~a) & ((i & 2) != 0 ? b : ~b) & ((i & 1) != 0 ? c : ~c);
      }
    }
    return result;
  }

  /** Three registers to one. */
  @FunctionalInterface
  interface TernaryOperator {
    long apply(long a, long b, long c);
  }

  /** Four registers to one. */
  @FunctionalInterface
  interface QuaternaryOperator {
    long apply(long a, long b, long c, long d);
  }
}
