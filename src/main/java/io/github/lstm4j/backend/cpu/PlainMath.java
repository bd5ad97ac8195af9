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
  public void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int length) {
    for (int j = 0; j < length; j++) {
      y[yAt + j] = a[aAt + j] * b[bAt + j];
    }
  }

  @Override
  public void sumOfProducts(
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      float[] c,
      int cAt,
      float[] d,
      int dAt,
      float[] y,
      int yAt,
      int length) {
    for (int j = 0; j < length; j++) {
      y[yAt + j] = a[aAt + j] * b[bAt + j] + c[cAt + j] * d[dAt + j];
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

  /** eˣ = 2ⁿ·eʳ, x = n·ln 2 + r. */
  private static float exp(float x) {
    float v = clamp(x, ExpConstants.LOWEST, ExpConstants.HIGHEST);
    float shifted = v * ExpConstants.LOG2_E + ExpConstants.ROUNDER;
    int n = exponent(shifted);
    // in two halves, for 2ⁿ itself may lie outside of the normal floats
    int half = n >> 1;
    return (1 + expm1(v, shifted)) * power(half) * power(n - half);
  }

  /** tanh x = q/(q + 2), q = e²ˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1), 2x = n·ln 2 + r. */
  private static float tanh(float x) {
    float v = 2 * clamp(x, -ExpConstants.TANH_IS_ONE, ExpConstants.TANH_IS_ONE);
    float shifted = v * ExpConstants.LOG2_E + ExpConstants.ROUNDER;
    float scale = power(exponent(shifted));
    float q = scale * expm1(v, shifted) + (scale - 1);
    return q / (q + 2);
  }

  /** σ(x) = 1/(1 + 2ⁿ·eʳ), −x = n·ln 2 + r. */
  private static float sigmoid(float x) {
    float v = -clamp(x, ExpConstants.SIGMOID_IS_ZERO, ExpConstants.SIGMOID_IS_ONE);
    float shifted = v * ExpConstants.LOG2_E + ExpConstants.ROUNDER;
    return 1 / (1 + power(exponent(shifted)) * (1 + expm1(v, shifted)));
  }

  private static float clamp(float x, float lowest, float highest) {
    float above = x < lowest ? lowest : x; // NaN stays
    return above > highest ? highest : above;
  }

  /** The integer that {@link ExpConstants#ROUNDER} has moved to the lowest bits. */
  private static int exponent(float shifted) {
    return Float.floatToRawIntBits(shifted) - ExpConstants.ROUNDER_BITS;
  }

  /** eʳ − 1 of r = x − n·ln 2, |r| ≤ ln(2)/2. */
  private static float expm1(float x, float shifted) {
    float n = shifted - ExpConstants.ROUNDER;
    float r = (x - n * ExpConstants.LN2_HIGH) - n * ExpConstants.LN2_LOW;
    float p = ExpConstants.P4;
    p = p * r + ExpConstants.P3;
    p = p * r + ExpConstants.P2;
    p = p * r + ExpConstants.P1;
    p = p * r + ExpConstants.P0;
    return p * (r * r) + r;
  }

  /** 2ⁿ for −127 &lt; n &lt; 128, infinity for 128. */
  private static float power(int n) {
    return Float.intBitsToFloat((n + 127) << 23);
  }
}
