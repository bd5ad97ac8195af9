package io.github.lstm4j.backend.cuda.sim;

import java.util.Locale;

/**
 * The types of PTX. A register holds 64 bits; a type says how many of the lowest count, and as
 * what.
 */
enum PtxType {
  PRED(1, 'p'),
  B8(1, 'b'),
  U8(1, 'u'),
  S8(1, 's'),
  B16(2, 'b'),
  U16(2, 'u'),
  S16(2, 's'),
  F16(2, 'f'),
  BF16(2, 'f'),
  B32(4, 'b'),
  U32(4, 'u'),
  S32(4, 's'),
  F32(4, 'f'),
  B64(8, 'b'),
  U64(8, 'u'),
  S64(8, 's'),
  F64(8, 'f');

  /** Bytes in memory. */
  final int size;

  final boolean signed;
  final boolean floating;

  private final int unusedBits;

  PtxType(int size, char kind) {
    this.size = size;
    signed = kind == 's';
    floating = kind == 'f';
    unusedBits = 64 - 8 * size;
  }

  /** The type a name such as {@code u32} stands for, or null. */
  static PtxType of(String name) {
    for (var type : values()) {
      if (type.name().toLowerCase(Locale.ROOT).equals(name)) {
        return type;
      }
    }
    return null;
  }

  int bits() {
    return 8 * size;
  }

  /** The integer in the lowest bits of a register. */
  long integer(long register) {
    return signed ? register << unusedBits >> unusedBits : register << unusedBits >>> unusedBits;
  }
}
