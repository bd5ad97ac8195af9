package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.ExpConstants;
import io.github.lstm4j.backend.cpu.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The elementwise functions in the Vector API. What is left at the end of a slice goes through the
 * same operations, so that an element's result does not depend on its place.
 *
 * <p>The JIT compiler gives up inlining when one method has taken in some hundred vector operations
 * (its NodeCountInliningCutoff); from there on vectors are objects on the heap and all is twenty
 * times slower. Therefore the LSTM's steps go over their slices in several passes.
 */
final class VectorApiMath implements VectorMath {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final VectorSpecies<Integer> INTS =
      VectorSpecies.of(int.class, SPECIES.vectorShape());
  private static final int LANES = SPECIES.length();

  /** Adding it rounds to an integer n and leaves n + 127 in the lowest bits. */
  private static final float BIASED_ROUNDER = ExpConstants.ROUNDER + 127;

  private static final int SIGN = Integer.MIN_VALUE;

  /** From infinity's bits to the greatest integer. */
  private static final int TO_TOP = Integer.MAX_VALUE - 0x7f80_0000;

  /** Units of the backward step that are done at a time. */
  private static final int CHUNK = 32 * LANES;

  private static final ThreadLocal<float[]> SCRATCH =
      ThreadLocal.withInitial(() -> new float[CHUNK + LANES]);

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int length) {
    float[] scratch = SCRATCH.get();
    for (int j = 0; j < length; j += LANES) {
      int left = length - j;
      float[] from = x;
      int fromAt = xAt + j;
      float[] to = y;
      int toAt = yAt + j;
      if (left < LANES) {
        System.arraycopy(x, fromAt, scratch, 0, left);
        from = to = scratch;
        fromAt = toAt = 0;
      }
      FloatVector v = FloatVector.fromArray(SPECIES, from, fromAt);
      v = clamp(v, ExpConstants.LOWEST, ExpConstants.HIGHEST);
      FloatVector shifted = v.fma(all(ExpConstants.LOG2_E), all(ExpConstants.ROUNDER));
      FloatVector n = shifted.sub(all(ExpConstants.ROUNDER));
      FloatVector r = n.fma(all(-ExpConstants.LN2_HIGH), v);
      r = n.fma(all(-ExpConstants.LN2_LOW), r);
      IntVector exponent = shifted.reinterpretAsInts().sub(all(ExpConstants.ROUNDER_BITS));
      // in two halves, for 2ⁿ itself may lie outside of the normal floats
      IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
      FloatVector e = expm1(r).add(all(1f)).mul(power(half)).mul(power(exponent.sub(half)));
      e.intoArray(to, toAt);
      if (left < LANES) {
        System.arraycopy(scratch, 0, y, yAt + j, left);
      }
    }
  }

  @Override
  public void tanh(float[] x, int xAt, float[] y, int yAt, int length) {
    tanh(1, x, xAt, 0, y, yAt, 0, length);
  }

  @Override
  public void sigmoid(float[] x, int xAt, float[] y, int yAt, int length) {
    sigmoid(1, x, xAt, 0, y, yAt, 0, length);
  }

  /**
   * {@inheritDoc}
   *
   * <p>With x = (n·ln 2)/2 + r:
   *
   * <pre>
   * tanh x = q/(q + 1), q = (e²ˣ − 1)/2 = 2ⁿ·p + (2ⁿ − 1)/2, p = (e²ʳ − 1)/2 = r + r²·(2P₀ + 4P₁r + …)
   * </pre>
   */
  @Override
  public void tanh(int rows, float[] x, int xAt, int ldx, float[] y, int yAt, int ldy, int length) {
    float[] scratch = SCRATCH.get();
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < length; j += LANES) {
        int left = length - j;
        float[] from = x;
        int fromAt = xAt + row * ldx + j;
        float[] to = y;
        int toAt = yAt + row * ldy + j;
        if (left < LANES) {
          System.arraycopy(x, fromAt, scratch, 0, left);
          from = to = scratch;
          fromAt = toAt = 0;
        }
        FloatVector v = FloatVector.fromArray(SPECIES, from, fromAt);
        v = clamp(v, -ExpConstants.TANH_IS_ONE, ExpConstants.TANH_IS_ONE);
        FloatVector shifted = v.fma(all(2 * ExpConstants.LOG2_E), all(BIASED_ROUNDER));
        FloatVector r = shifted.sub(all(BIASED_ROUNDER)).fma(all(-ExpConstants.LN2 / 2), v);
        FloatVector p = all(32 * ExpConstants.P4).fma(r, all(16 * ExpConstants.P3));
        p = p.fma(r, all(8 * ExpConstants.P2)).fma(r, all(4 * ExpConstants.P1));
        p = p.fma(r, all(2 * ExpConstants.P0)).fma(r.mul(r), r);
        FloatVector scale = powerOfBiased(shifted);
        FloatVector q = scale.fma(p, scale.fma(all(0.5f), all(-0.5f)));
        q.div(q.add(all(1f))).intoArray(to, toAt);
        if (left < LANES) {
          System.arraycopy(scratch, 0, y, yAt + row * ldy + j, left);
        }
      }
    }
  }

  /**
   * {@inheritDoc}
   *
   * <p>With x = r − n·ln 2: {@code σ(x) = 1/(1 + 2ⁿ·e⁻ʳ), e⁻ʳ = 1 − r + r²·(P₀ − P₁r + …)}.
   */
  @Override
  public void sigmoid(
      int rows, float[] x, int xAt, int ldx, float[] y, int yAt, int ldy, int length) {
    float[] scratch = SCRATCH.get();
    for (int row = 0; row < rows; row++) {
      for (int j = 0; j < length; j += LANES) {
        int left = length - j;
        float[] from = x;
        int fromAt = xAt + row * ldx + j;
        float[] to = y;
        int toAt = yAt + row * ldy + j;
        if (left < LANES) {
          System.arraycopy(x, fromAt, scratch, 0, left);
          from = to = scratch;
          fromAt = toAt = 0;
        }
        FloatVector v = FloatVector.fromArray(SPECIES, from, fromAt);
        v = clamp(v, ExpConstants.SIGMOID_IS_ZERO, ExpConstants.SIGMOID_IS_ONE);
        FloatVector shifted = v.fma(all(-ExpConstants.LOG2_E), all(BIASED_ROUNDER));
        FloatVector n = shifted.sub(all(BIASED_ROUNDER));
        FloatVector r = n.fma(all(ExpConstants.LN2_HIGH), v);
        r = n.fma(all(ExpConstants.LN2_LOW), r);
        FloatVector e = all(ExpConstants.P4).fma(r, all(-ExpConstants.P3));
        e = e.fma(r, all(ExpConstants.P2)).fma(r, all(-ExpConstants.P1));
        e = e.fma(r, all(ExpConstants.P0)).fma(r, all(-1f)).fma(r, all(1f));
        all(1f).div(powerOfBiased(shifted).fma(e, all(1f))).intoArray(to, toAt);
        if (left < LANES) {
          System.arraycopy(scratch, 0, y, yAt + row * ldy + j, left);
        }
      }
    }
  }

  @Override
  public void multiply(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int length) {
    int whole = SPECIES.loopBound(length);
    for (int j = 0; j < whole; j += LANES) {
      load(a, aAt + j).mul(load(b, bAt + j)).intoArray(y, yAt + j);
    }
    for (int j = whole; j < length; j++) {
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
    int whole = SPECIES.loopBound(length);
    for (int j = 0; j < whole; j += LANES) {
      FloatVector first = load(a, aAt + j).mul(load(b, bAt + j));
      first.add(load(c, cAt + j).mul(load(d, dAt + j))).intoArray(y, yAt + j);
    }
    for (int j = whole; j < length; j++) {
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
    float[] tanhC = SCRATCH.get();
    for (int first = 0; first < units; first += CHUNK) {
      int length = Math.min(CHUNK, units - first);
      int end = first + length;
      tanh(c, cAt + first, tanhC, LANES, length);
      int j = first;
      for (; j + LANES <= end; j += LANES) {
        backward(
            z,
            zAt + j,
            units,
            load(cPrevious, cPreviousAt + j),
            load(tanhC, LANES + j - first),
            load(dh, dhAt + j),
            dc,
            dcAt + j);
      }
      for (; j < end; j++) {
        float t = tanhC[LANES + j - first];
        backward(z, zAt + j, units, cPrevious[cPreviousAt + j], t, dh[dhAt + j], dc, dcAt + j);
      }
    }
  }

  /** One vector of units backward. */
  private static void backward(
      float[] z,
      int zAt,
      int units,
      FloatVector before,
      FloatVector t,
      FloatVector dOut,
      float[] dc,
      int dcAt) {
    FloatVector one = all(1f);
    FloatVector i = load(z, zAt);
    FloatVector f = load(z, zAt + units);
    FloatVector g = load(z, zAt + 2 * units);
    FloatVector o = load(z, zAt + 3 * units);
    FloatVector dCell = load(dc, dcAt).add(dOut.mul(o).mul(one.sub(t.mul(t))));
    dCell.mul(g).mul(i.mul(one.sub(i))).intoArray(z, zAt);
    dCell.mul(before).mul(f.mul(one.sub(f))).intoArray(z, zAt + units);
    dCell.mul(i).mul(one.sub(g.mul(g))).intoArray(z, zAt + 2 * units);
    dOut.mul(t).mul(o.mul(one.sub(o))).intoArray(z, zAt + 3 * units);
    dCell.mul(f).intoArray(dc, dcAt);
  }

  /** One unit backward, by the same roundings. */
  private static void backward(
      float[] z, int zAt, int units, float before, float t, float dOut, float[] dc, int dcAt) {
    float i = z[zAt];
    float f = z[zAt + units];
    float g = z[zAt + 2 * units];
    float o = z[zAt + 3 * units];
    float dCell = dc[dcAt] + dOut * o * (1 - t * t);
    z[zAt] = dCell * g * (i * (1 - i));
    z[zAt + units] = dCell * before * (f * (1 - f));
    z[zAt + 2 * units] = dCell * i * (1 - g * g);
    z[zAt + 3 * units] = dOut * t * (o * (1 - o));
    dc[dcAt] = dCell * f;
  }

  /** 2ⁿ: n + 127 stands in the lowest bits and becomes the exponent. */
  private static FloatVector powerOfBiased(FloatVector shifted) {
    return shifted.reinterpretAsInts().lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  /** eʳ − 1, |r| ≤ ln(2)/2. */
  private static FloatVector expm1(FloatVector r) {
    FloatVector p = all(ExpConstants.P4).fma(r, all(ExpConstants.P3));
    p = p.fma(r, all(ExpConstants.P2)).fma(r, all(ExpConstants.P1)).fma(r, all(ExpConstants.P0));
    return p.fma(r.mul(r), r);
  }

  /**
   * Between a negative and a positive number; NaN stays. As integers, positive floats are ordered
   * as they are, negative ones by magnitude once their sign is turned; TO_TOP moves infinity to the
   * greatest integer, so that NaN, beyond it, is below all. (The API's max and min of floats, and
   * its comparisons, take longer, and a chain of operations waits for each.)
   */
  private static FloatVector clamp(FloatVector v, float lowest, float highest) {
    IntVector bits = v.reinterpretAsInts().add(all(TO_TOP));
    bits = bits.min(all(Float.floatToRawIntBits(highest) + TO_TOP)).add(all(SIGN));
    bits = bits.min(all(Float.floatToRawIntBits(-lowest) + TO_TOP)).add(all(SIGN - TO_TOP));
    return bits.reinterpretAsFloats();
  }

  /** 2ⁿ for −127 &lt; n &lt; 128, infinity for 128. */
  private static FloatVector power(IntVector n) {
    return n.add(all(127)).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }

  private static FloatVector load(float[] values, int at) {
    return FloatVector.fromArray(SPECIES, values, at);
  }

  // operations that take a scalar would do as well, but deeper than the JIT compiler inlines

  private static FloatVector all(float value) {
    return FloatVector.broadcast(SPECIES, value);
  }

  private static IntVector all(int value) {
    return IntVector.broadcast(INTS, value);
  }
}
