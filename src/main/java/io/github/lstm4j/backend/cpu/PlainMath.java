package io.github.lstm4j.backend.cpu;

/** The elementwise functions in plain Java, one element at a time. */
final class PlainMath implements VectorMath {
  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int length) {
    for (int j = 0; j < length; j++) {
      y[yAt + j] = exp(x[xAt + j]);
    }
  }

  @Override
  public void tanh(float[] x, int xAt, float[] y, int yAt, int length) {
    for (int j = 0; j < length; j++) {
      y[yAt + j] = tanh(x[xAt + j]);
    }
  }

  @Override
  public void sigmoid(float[] x, int xAt, float[] y, int yAt, int length) {
    for (int j = 0; j < length; j++) {
      y[yAt + j] = sigmoid(x[xAt + j]);
    }
  }

  @Override
  public void lstmForward(
      float[] z,
      int zAt,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] h,
      int hAt,
      int units) {
    int fAt = zAt + units;
    int gAt = fAt + units;
    int oAt = gAt + units;
    for (int j = 0; j < units; j++) {
      float i = sigmoid(z[zAt + j]);
      float f = sigmoid(z[fAt + j]);
      float g = tanh(z[gAt + j]);
      float o = sigmoid(z[oAt + j]);
      float cell = f * cPrevious[cPreviousAt + j] + i * g;
      z[zAt + j] = i;
      z[fAt + j] = f;
      z[gAt + j] = g;
      z[oAt + j] = o;
      c[cAt + j] = cell;
      h[hAt + j] = o * tanh(cell);
    }
  }

  @Override
  public void lstmBackward(
      float[] z,
      int zAt,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] dh,
      int dhAt,
      float[] dc,
      int dcAt,
      int units) {
    int fAt = zAt + units;
    int gAt = fAt + units;
    int oAt = gAt + units;
    for (int j = 0; j < units; j++) {
      float i = z[zAt + j];
      float f = z[fAt + j];
      float g = z[gAt + j];
      float o = z[oAt + j];
      float t = tanh(c[cAt + j]);
      float dOut = dh[dhAt + j];
      float dCell = dc[dcAt + j] + dOut * o * (1 - t * t);
      z[zAt + j] = dCell * g * (i * (1 - i));
      z[fAt + j] = dCell * cPrevious[cPreviousAt + j] * (f * (1 - f));
      z[gAt + j] = dCell * i * (1 - g * g);
      z[oAt + j] = dOut * t * (o * (1 - o));
      dc[dcAt + j] = dCell * f;
    }
  }

  /** eˣ = 2ⁿ·(1 + (eʳ − 1)), x = n·ln 2 + r. */
  private static float exp(float x) {
    float bounded = x < ExpConstants.LOWEST ? ExpConstants.LOWEST : x;
    bounded = bounded > ExpConstants.HIGHEST ? ExpConstants.HIGHEST : bounded;
    float shifted = bounded * ExpConstants.LOG2_E + ExpConstants.ROUNDER;
    float n = shifted - ExpConstants.ROUNDER;
    int exponent = Float.floatToRawIntBits(shifted) - ExpConstants.ROUNDER_BITS;
    // in two halves, for 2ⁿ itself may lie outside of the normal floats
    int half = exponent >> 1;
    return (1 + expm1(bounded, n)) * power(half) * power(exponent - half);
  }

  /** tanh x = q/(q + 2), q = e²ˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1); odd by the sign bit. */
  private static float tanh(float x) {
    float twice = 2 * Math.abs(x);
    twice = twice > ExpConstants.TANH_IS_ONE ? ExpConstants.TANH_IS_ONE : twice;
    float shifted = twice * ExpConstants.LOG2_E + ExpConstants.ROUNDER;
    float n = shifted - ExpConstants.ROUNDER;
    float scale = power(Float.floatToRawIntBits(shifted) - ExpConstants.ROUNDER_BITS);
    float q = scale * expm1(twice, n) + (scale - 1);
    return Math.copySign(q / (q + 2), x);
  }

  private static float sigmoid(float x) {
    return 1 / (1 + exp(-x));
  }

  /** eʳ − 1 of r = x − n·ln 2, |r| ≤ ln(2)/2. */
  private static float expm1(float x, float n) {
    float r = (x - n * ExpConstants.LN2_HIGH) - n * ExpConstants.LN2_LOW;
    float p = ExpConstants.P5;
    p = p * r + ExpConstants.P4;
    p = p * r + ExpConstants.P3;
    p = p * r + ExpConstants.P2;
    p = p * r + ExpConstants.P1;
    p = p * r + ExpConstants.P0;
    return p * (r * r) + r;
  }

  /** 2ⁿ for −127 &lt; n &lt; 128. */
  private static float power(int n) {
    return Float.intBitsToFloat((n + 127) << 23);
  }
}
