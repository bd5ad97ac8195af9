package io.github.lstm4j.backend.cpu;

/**
 * What eˣ is made of in float32: x = n·ln 2 + r with |r| ≤ ln(2)/2 and eʳ = 1 + r + r²·P(r), as in
 * Cephes's expf (Moshier, netlib.org/cephes, single/expf.c). P is one degree shorter than there,
 * the minimax polynomial for the relative error of eʳ − 1, which is 2⁻²⁶.
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // as published
public final class ExpConstants {
  /** Below it eˣ is 0. */
  public static final float LOWEST = -105;

  /** From it on eˣ is infinite. */
  public static final float HIGHEST = 89;

  /** From |x| on tanh x is ±1. */
  public static final float TANH_IS_ONE = 10;

  /** From it on the sigmoid is 1, and 2ⁿ is still a normal float. */
  public static final float SIGMOID_IS_ONE = 87;

  /** Below it the sigmoid is 0 (but for denormals): here 2ⁿ becomes infinite. */
  public static final float SIGMOID_IS_ZERO = -88.8f;

  public static final float LOG2_E = 1.442695040888963f;

  /** 1.5·2²³: adding it rounds to an integer, which then stands in the lowest bits. */
  public static final float ROUNDER = 12582912;

  public static final int ROUNDER_BITS = 0x4B400000;

  /** ln 2 in two parts, the high one so short that n times it is exact. */
  public static final float LN2_HIGH = 0.693359375f;

  public static final float LN2_LOW = -2.12194440e-4f;

  /** ln 2, for small n where the sum of a product is rounded once. */
  public static final float LN2 = 0.69314718f;

  public static final float P0 = 0.5f;
  public static final float P1 = 0.16666545f;
  public static final float P2 = 0.041666288f;
  public static final float P3 = 0.0083663743f;
  public static final float P4 = 0.0013946052f;

  private ExpConstants() {}
}
