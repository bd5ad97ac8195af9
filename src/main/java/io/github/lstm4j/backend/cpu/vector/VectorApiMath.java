package io.github.lstm4j.backend.cpu.vector;

import static io.github.lstm4j.backend.cpu.ExpConstants.*;

import io.github.lstm4j.backend.cpu.VectorMath;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorSpecies;

/**
 * The elementwise functions in the Vector API. What is left at the end of a slice is copied to a
 * scratch array and goes the same way, so that an element's result does not depend on its place.
 */
final class VectorApiMath implements VectorMath {
  private static final VectorSpecies<Float> SPECIES = VectorForm.SPECIES;
  private static final int LANES = SPECIES.length();
  private static final int SIGN = 0x80000000;

  /** One vector each of up to eight slices. */
  private static final ThreadLocal<float[]> REST =
      ThreadLocal.withInitial(() -> new float[8 * LANES]);

  @Override
  public void exp(float[] x, int xAt, float[] y, int yAt, int length) {
    int whole = SPECIES.loopBound(length);
    for (int j = 0; j < whole; j += LANES) {
      exp(FloatVector.fromArray(SPECIES, x, xAt + j)).intoArray(y, yAt + j);
    }
    if (whole < length) {
      float[] rest = REST.get();
      System.arraycopy(x, xAt + whole, rest, 0, length - whole);
      exp(FloatVector.fromArray(SPECIES, rest, 0)).intoArray(rest, 0);
      System.arraycopy(rest, 0, y, yAt + whole, length - whole);
    }
  }

  @Override
  public void tanh(float[] x, int xAt, float[] y, int yAt, int length) {
    int whole = SPECIES.loopBound(length);
    for (int j = 0; j < whole; j += LANES) {
      tanh(FloatVector.fromArray(SPECIES, x, xAt + j)).intoArray(y, yAt + j);
    }
    if (whole < length) {
      float[] rest = REST.get();
      System.arraycopy(x, xAt + whole, rest, 0, length - whole);
      tanh(FloatVector.fromArray(SPECIES, rest, 0)).intoArray(rest, 0);
      System.arraycopy(rest, 0, y, yAt + whole, length - whole);
    }
  }

  @Override
  public void sigmoid(float[] x, int xAt, float[] y, int yAt, int length) {
    int whole = SPECIES.loopBound(length);
    for (int j = 0; j < whole; j += LANES) {
      sigmoid(FloatVector.fromArray(SPECIES, x, xAt + j)).intoArray(y, yAt + j);
    }
    if (whole < length) {
      float[] rest = REST.get();
      System.arraycopy(x, xAt + whole, rest, 0, length - whole);
      sigmoid(FloatVector.fromArray(SPECIES, rest, 0)).intoArray(rest, 0);
      System.arraycopy(rest, 0, y, yAt + whole, length - whole);
    }
  }

  /** In passes over the gates, since the compiler stops inlining halfway through all in one. */
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
    sigmoid(z, zAt, z, zAt, 2 * units);
    tanh(z, zAt + 2 * units, z, zAt + 2 * units, units);
    sigmoid(z, zAt + 3 * units, z, zAt + 3 * units, units);
    int whole = SPECIES.loopBound(units);
    for (int j = 0; j < whole; j += LANES) {
      cell(z, zAt + j, units, cPrevious, cPreviousAt + j, c, cAt + j, h, hAt + j);
    }
    int left = units - whole;
    if (left > 0) {
      float[] rest = REST.get(); // i, f, g, o, c₋, c, h
      copyGates(z, zAt + whole, units, rest, 0, LANES, left);
      System.arraycopy(cPrevious, cPreviousAt + whole, rest, 4 * LANES, left);
      cell(rest, 0, LANES, rest, 4 * LANES, rest, 5 * LANES, rest, 6 * LANES);
      System.arraycopy(rest, 5 * LANES, c, cAt + whole, left);
      System.arraycopy(rest, 6 * LANES, h, hAt + whole, left);
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
    int whole = SPECIES.loopBound(units);
    for (int j = 0; j < whole; j += LANES) {
      backward(
          z, zAt + j, units, cPrevious, cPreviousAt + j, c, cAt + j, dh, dhAt + j, dc, dcAt + j);
    }
    int left = units - whole;
    if (left > 0) {
      float[] rest = REST.get(); // i, f, g, o, c₋, c, dh, dc
      copyGates(z, zAt + whole, units, rest, 0, LANES, left);
      System.arraycopy(cPrevious, cPreviousAt + whole, rest, 4 * LANES, left);
      System.arraycopy(c, cAt + whole, rest, 5 * LANES, left);
      System.arraycopy(dh, dhAt + whole, rest, 6 * LANES, left);
      System.arraycopy(dc, dcAt + whole, rest, 7 * LANES, left);
      backward(rest, 0, LANES, rest, 4 * LANES, rest, 5 * LANES, rest, 6 * LANES, rest, 7 * LANES);
      copyGates(rest, 0, LANES, z, zAt + whole, units, left);
      System.arraycopy(rest, 7 * LANES, dc, dcAt + whole, left);
    }
  }

  /** Copies {@code length} values of each of the four gates. */
  private static void copyGates(
      float[] from, int fromAt, int fromUnits, float[] to, int toAt, int toUnits, int length) {
    for (int gate = 0; gate < 4; gate++) {
      System.arraycopy(from, fromAt + gate * fromUnits, to, toAt + gate * toUnits, length);
    }
  }

  /** One vector of cells from their gates. */
  private static void cell(
      float[] gates,
      int at,
      int units,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] h,
      int hAt) {
    FloatVector i = FloatVector.fromArray(SPECIES, gates, at);
    FloatVector f = FloatVector.fromArray(SPECIES, gates, at + units);
    FloatVector g = FloatVector.fromArray(SPECIES, gates, at + 2 * units);
    FloatVector o = FloatVector.fromArray(SPECIES, gates, at + 3 * units);
    FloatVector cell = f.mul(FloatVector.fromArray(SPECIES, cPrevious, cPreviousAt)).add(i.mul(g));
    cell.intoArray(c, cAt);
    o.mul(tanh(cell)).intoArray(h, hAt);
  }

  /** One vector of units backward. */
  private static void backward(
      float[] z,
      int zAt,
      int units,
      float[] cPrevious,
      int cPreviousAt,
      float[] c,
      int cAt,
      float[] dh,
      int dhAt,
      float[] dc,
      int dcAt) {
    FloatVector one = FloatVector.broadcast(SPECIES, 1f);
    FloatVector i = FloatVector.fromArray(SPECIES, z, zAt);
    FloatVector f = FloatVector.fromArray(SPECIES, z, zAt + units);
    FloatVector g = FloatVector.fromArray(SPECIES, z, zAt + 2 * units);
    FloatVector o = FloatVector.fromArray(SPECIES, z, zAt + 3 * units);
    FloatVector before = FloatVector.fromArray(SPECIES, cPrevious, cPreviousAt);
    FloatVector t = tanh(FloatVector.fromArray(SPECIES, c, cAt));
    FloatVector dOut = FloatVector.fromArray(SPECIES, dh, dhAt);
    FloatVector dCell =
        FloatVector.fromArray(SPECIES, dc, dcAt).add(dOut.mul(o).mul(one.sub(t.mul(t))));
    dCell.mul(g).mul(i.mul(one.sub(i))).intoArray(z, zAt);
    dCell.mul(before).mul(f.mul(one.sub(f))).intoArray(z, zAt + units);
    dCell.mul(i).mul(one.sub(g.mul(g))).intoArray(z, zAt + 2 * units);
    dOut.mul(t).mul(o.mul(one.sub(o))).intoArray(z, zAt + 3 * units);
    dCell.mul(f).intoArray(dc, dcAt);
  }

  /** eˣ = 2ⁿ·(1 + (eʳ − 1)), x = n·ln 2 + r. */
  private static FloatVector exp(FloatVector x) {
    FloatVector bounded = x.blend(LOWEST, x.compare(VectorOperators.LT, LOWEST));
    bounded = bounded.blend(HIGHEST, x.compare(VectorOperators.GT, HIGHEST));
    FloatVector shifted = shifted(bounded);
    IntVector exponent = shifted.reinterpretAsInts().sub(ROUNDER_BITS);
    // in two halves, for 2ⁿ itself may lie outside of the normal floats
    IntVector half = exponent.lanewise(VectorOperators.ASHR, 1);
    return expm1(bounded, shifted.sub(ROUNDER))
        .add(1f)
        .mul(power(half))
        .mul(power(exponent.sub(half)));
  }

  /** tanh x = q/(q + 2), q = e²ˣ − 1 = 2ⁿ·(eʳ − 1) + (2ⁿ − 1); odd by the sign bit. */
  private static FloatVector tanh(FloatVector x) {
    IntVector bits = x.reinterpretAsInts();
    FloatVector size = bits.and(~SIGN).reinterpretAsFloats();
    FloatVector twice = size.add(size);
    twice = twice.blend(TANH_IS_ONE, twice.compare(VectorOperators.GT, TANH_IS_ONE));
    FloatVector shifted = shifted(twice);
    FloatVector scale = power(shifted.reinterpretAsInts().sub(ROUNDER_BITS));
    FloatVector q = scale.fma(expm1(twice, shifted.sub(ROUNDER)), scale.sub(1f));
    return q.div(q.add(2f)).reinterpretAsInts().or(bits.and(SIGN)).reinterpretAsFloats();
  }

  private static FloatVector sigmoid(FloatVector x) {
    return FloatVector.broadcast(SPECIES, 1f).div(exp(x.neg()).add(1f));
  }

  /** x/ln 2, rounded to an integer, which stands in the lowest bits. */
  private static FloatVector shifted(FloatVector x) {
    return x.fma(FloatVector.broadcast(SPECIES, LOG2_E), FloatVector.broadcast(SPECIES, ROUNDER));
  }

  /** eʳ − 1 of r = x − n·ln 2, |r| ≤ ln(2)/2. */
  private static FloatVector expm1(FloatVector x, FloatVector n) {
    FloatVector r = n.fma(FloatVector.broadcast(SPECIES, -LN2_HIGH), x);
    r = n.fma(FloatVector.broadcast(SPECIES, -LN2_LOW), r);
    FloatVector p = FloatVector.broadcast(SPECIES, P5);
    p = p.fma(r, FloatVector.broadcast(SPECIES, P4));
    p = p.fma(r, FloatVector.broadcast(SPECIES, P3));
    p = p.fma(r, FloatVector.broadcast(SPECIES, P2));
    p = p.fma(r, FloatVector.broadcast(SPECIES, P1));
    p = p.fma(r, FloatVector.broadcast(SPECIES, P0));
    return p.fma(r.mul(r), r);
  }

  /** 2ⁿ for −127 &lt; n &lt; 128. */
  private static FloatVector power(IntVector n) {
    return n.add(127).lanewise(VectorOperators.LSHL, 23).reinterpretAsFloats();
  }
}
