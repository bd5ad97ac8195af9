package io.github.lstm4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C, each the product of a panel of A, as high as the tile, and two or four panels of B,
 * one vector wide (see {@link VectorGemm}); they go on from sums that are there or begin with 0,
 * and replace what is in C.
 *
 * <p>What the tiles owe to Java's compiler, found by measuring: it may load all of a k before the
 * first addition, and with 16 registers 12 sums do not leave room for that: it would keep one in
 * memory, which takes half the speed. Therefore the tile of 6 rows asks twice in between whether to
 * leave the loop, which never happens, and loads are not moved across a question. Panels lie as far
 * apart from one k to the next in A as in B, so that one number counts both; for others it must be
 * 2ⁿ, or else every index is checked anew. And it inlines only so much into one method: a tile that
 * could also be added to C would call for its last stores, with sums put on the heap, which takes a
 * sixth of the speed of short tiles; so {@link #keep} adds.
 */
final class Tiles {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  private Tiles() {}

  /**
   * (6,depth)x(depth,2·LANES) -> (6,2·LANES), LANES being 8 or more.
   *
   * @param a one k LANES after the other
   * @param at of two panels, one after the other
   * @param sums what they go on from
   * @param never less than −1, and nothing that the compiler could know to be
   */
  static void six(
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int at,
      float[] sums,
      int sumsAt,
      int ldSums,
      float[] c,
      int cAt,
      int ldc,
      int never) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, sums, sumsAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, sums, sumsAt + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums);
    FloatVector c11 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums);
    FloatVector c21 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums);
    FloatVector c31 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums + LANES);
    FloatVector c40 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums);
    FloatVector c41 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums);
    FloatVector c51 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums + LANES);
    int toB = at - aAt;
    int toNext = toB + depth * LANES;
    int end = aAt + depth * LANES;
    for (int q = aAt; q < end; q += LANES) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, q + toB);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, q + toNext);
      FloatVector v = FloatVector.broadcast(SPECIES, a[q]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[q + 1]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      if (q == never) {
        break;
      }
      v = FloatVector.broadcast(SPECIES, a[q + 2]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[q + 3]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
      if (q == never - 1) {
        break;
      }
      v = FloatVector.broadcast(SPECIES, a[q + 4]);
      c40 = v.fma(b0, c40);
      c41 = v.fma(b1, c41);
      v = FloatVector.broadcast(SPECIES, a[q + 5]);
      c50 = v.fma(b0, c50);
      c51 = v.fma(b1, c51);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c10.intoArray(c, cAt + ldc);
    c11.intoArray(c, cAt + ldc + LANES);
    c20.intoArray(c, cAt + 2 * ldc);
    c21.intoArray(c, cAt + 2 * ldc + LANES);
    c30.intoArray(c, cAt + 3 * ldc);
    c31.intoArray(c, cAt + 3 * ldc + LANES);
    c40.intoArray(c, cAt + 4 * ldc);
    c41.intoArray(c, cAt + 4 * ldc + LANES);
    c50.intoArray(c, cAt + 5 * ldc);
    c51.intoArray(c, cAt + 5 * ldc + LANES);
  }

  /** (4,depth)x(depth,2·LANES) -> (4,2·LANES), A and B as above. */
  static void four(
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int at,
      float[] sums,
      int sumsAt,
      int ldSums,
      float[] c,
      int cAt,
      int ldc) {
    FloatVector c00 = FloatVector.fromArray(SPECIES, sums, sumsAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, sums, sumsAt + LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums);
    FloatVector c11 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums + LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums);
    FloatVector c21 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums + LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums);
    FloatVector c31 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums + LANES);
    int toB = at - aAt;
    int toNext = toB + depth * LANES;
    int end = aAt + depth * LANES;
    for (int q = aAt; q < end; q += LANES) {
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, q + toB);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, q + toNext);
      FloatVector v = FloatVector.broadcast(SPECIES, a[q]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[q + 1]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      v = FloatVector.broadcast(SPECIES, a[q + 2]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[q + 3]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c10.intoArray(c, cAt + ldc);
    c11.intoArray(c, cAt + ldc + LANES);
    c20.intoArray(c, cAt + 2 * ldc);
    c21.intoArray(c, cAt + 2 * ldc + LANES);
    c30.intoArray(c, cAt + 3 * ldc);
    c31.intoArray(c, cAt + 3 * ldc + LANES);
  }

  /**
   * (4,depth)x(depth,4·LANES) -> (4,4·LANES).
   *
   * @param a one k 4 after the other
   * @param at of panels one after the other, of which there may be less than four
   * @param last of the last panel
   */
  static void wideFour(
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int at,
      int last,
      float[] sums,
      int sumsAt,
      int ldSums,
      float[] c,
      int cAt,
      int ldc) {
    // beyond the last panel it is summed again
    int panel = depth * LANES;
    int at1 = Math.min(at + panel, last);
    int at2 = Math.min(at1 + panel, last);
    int at3 = Math.min(at2 + panel, last);
    FloatVector c00 = FloatVector.fromArray(SPECIES, sums, sumsAt);
    FloatVector c01 = FloatVector.fromArray(SPECIES, sums, sumsAt + LANES);
    FloatVector c02 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * LANES);
    FloatVector c03 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * LANES);
    FloatVector c10 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums);
    FloatVector c11 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums + LANES);
    FloatVector c12 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums + 2 * LANES);
    FloatVector c13 = FloatVector.fromArray(SPECIES, sums, sumsAt + ldSums + 3 * LANES);
    FloatVector c20 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums);
    FloatVector c21 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums + LANES);
    FloatVector c22 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums + 2 * LANES);
    FloatVector c23 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * ldSums + 3 * LANES);
    FloatVector c30 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums);
    FloatVector c31 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums + LANES);
    FloatVector c32 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums + 2 * LANES);
    FloatVector c33 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * ldSums + 3 * LANES);
    for (int q = 0; q < depth; q++) {
      int aq = aAt + q * 4;
      int bq = q * LANES;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, at + bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, at1 + bq);
      FloatVector b2 = FloatVector.fromArray(SPECIES, panels, at2 + bq);
      FloatVector b3 = FloatVector.fromArray(SPECIES, panels, at3 + bq);
      FloatVector v = FloatVector.broadcast(SPECIES, a[aq]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      c02 = v.fma(b2, c02);
      c03 = v.fma(b3, c03);
      v = FloatVector.broadcast(SPECIES, a[aq + 1]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      c12 = v.fma(b2, c12);
      c13 = v.fma(b3, c13);
      v = FloatVector.broadcast(SPECIES, a[aq + 2]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      c22 = v.fma(b2, c22);
      c23 = v.fma(b3, c23);
      v = FloatVector.broadcast(SPECIES, a[aq + 3]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
      c32 = v.fma(b2, c32);
      c33 = v.fma(b3, c33);
    }
    c00.intoArray(c, cAt);
    c01.intoArray(c, cAt + LANES);
    c02.intoArray(c, cAt + 2 * LANES);
    c03.intoArray(c, cAt + 3 * LANES);
    c10.intoArray(c, cAt + ldc);
    c11.intoArray(c, cAt + ldc + LANES);
    c12.intoArray(c, cAt + ldc + 2 * LANES);
    c13.intoArray(c, cAt + ldc + 3 * LANES);
    c20.intoArray(c, cAt + 2 * ldc);
    c21.intoArray(c, cAt + 2 * ldc + LANES);
    c22.intoArray(c, cAt + 2 * ldc + 2 * LANES);
    c23.intoArray(c, cAt + 2 * ldc + 3 * LANES);
    c30.intoArray(c, cAt + 3 * ldc);
    c31.intoArray(c, cAt + 3 * ldc + LANES);
    c32.intoArray(c, cAt + 3 * ldc + 2 * LANES);
    c33.intoArray(c, cAt + 3 * ldc + 3 * LANES);
  }

  /** Stores the part of a tile's row that lies within C, or adds it to what is there. */
  static void keep(float[] sums, int from, int columns, float[] c, int at, boolean add) {
    if (!add) {
      System.arraycopy(sums, from, c, at, columns);
      return;
    }
    int x = 0;
    for (; x + LANES <= columns; x += LANES) {
      FloatVector more = FloatVector.fromArray(SPECIES, sums, from + x);
      FloatVector.fromArray(SPECIES, c, at + x).add(more).intoArray(c, at + x);
    }
    for (; x < columns; x++) {
      c[at + x] += sums[from + x];
    }
  }
}
