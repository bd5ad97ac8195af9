package io.github.lstm4j.backend.cpu;

/**
 * What eˣ is made of in float32: x = n·ln 2 + r with |r| ≤ ln(2)/2 and eʳ = 1 + r + r²·P(r), P the
 * polynomial of Cephes's expf (Moshier, netlib.org/cephes, single/expf.c).
 */
@SuppressWarnings("FloatingPointLiteralPrecision") // as published
public final class ExpConstants {
  /** Below it eˣ is 0. */
  public static final float LOWEST = -105;

  /** From it on eˣ is infinite. */
  public static final float HIGHEST = 89;

  /** From |2x| on tanh x is ±1. */
  public static final float TANH_IS_ONE = 20;

  /** Below −x the sigmoid is 1, and 2ⁿ is still a normal float. */
  public static final float SIGMOID_IS_ONE = -87;

  /** From −x on the sigmoid is 0 (but for denormals): here 2ⁿ becomes infinite. */
  public static final float SIGMOID_IS_ZERO = 88.8f;

  public static final float LOG2_E = 1.442695040888963f;

  /** 1.5·2²³: adding it rounds to an integer, which then stands in the lowest bits. */
  public static final float ROUNDER = 12582912;

  public static final int ROUNDER_BITS = 0x4B400000;

  /** ln 2 in two parts, the high one so short that n times it is exact. */
  public static final float LN2_HIGH = 0.693359375f;

  public static final float LN2_LOW = -2.12194440e-4f;

  public static final float P0 = 5.0000001201E-1f;
  public static final float P1 = 1.6666665459E-1f;
  public static final float P2 = 4.1665795894E-2f;
  public static final float P3 = 8.3334519073E-3f;
  public static final float P4 = 1.3981999507E-3f;
  public static final float P5 = 1.9875691500E-4f;

  private ExpConstants() {}
}
