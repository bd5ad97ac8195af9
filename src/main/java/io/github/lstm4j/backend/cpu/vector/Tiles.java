package io.github.lstm4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C, each the product of a panel of A, as high as the tile, and two panels of B, one
 * vector wide (see {@link VectorGemm}); they go on from sums that are there or begin with 0, and
 * replace what is in C.
 *
 * <p>What the tiles owe to Java's compiler, found by measuring: it may load all of a k before the
 * first addition, and with 16 registers 12 sums do not leave room for that: it would keep one in
 * memory, which takes half the speed. Therefore the tile of 6 rows asks twice in between whether to
 * leave the loop, which never happens, and loads are not moved across a question. There panels lie
 * as far apart from one k to the next in A as in B, so that one number counts both; for others it
 * must be 2ⁿ, or else every index is checked anew. And it inlines only so much into one method: a
 * tile that could also be added to C would call for its last stores, with sums put on the heap,
 * which takes a sixth of the speed of short tiles; so {@link #keep} adds.
 */
final class Tiles {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  /** How far one k lies from the next in a panel of A. */
  static final int APART = 8;

  private Tiles() {}

  /**
   * (6,depth)x(depth,2·LANES) -> (6,2·LANES), LANES being 8.
   *
   * @param a one k APART after the other
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

  /** (4,depth)x(depth,2·LANES) -> (4,2·LANES), A and B as above, with vectors of any length. */
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
    int next = at + depth * LANES;
    for (int q = 0; q < depth; q++) {
      int aq = aAt + q * APART;
      int bq = q * LANES;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, at + bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, next + bq);
      FloatVector v = FloatVector.broadcast(SPECIES, a[aq]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[aq + 1]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      v = FloatVector.broadcast(SPECIES, a[aq + 2]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[aq + 3]);
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
   * (8,depth)x(depth,2·LANES) -> (8,2·LANES), A and B as above: 16 sums, for where there are 32
   * registers.
   */
  static void eight(
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
    FloatVector c40 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums);
    FloatVector c41 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums);
    FloatVector c51 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums + LANES);
    FloatVector c60 = FloatVector.fromArray(SPECIES, sums, sumsAt + 6 * ldSums);
    FloatVector c61 = FloatVector.fromArray(SPECIES, sums, sumsAt + 6 * ldSums + LANES);
    FloatVector c70 = FloatVector.fromArray(SPECIES, sums, sumsAt + 7 * ldSums);
    FloatVector c71 = FloatVector.fromArray(SPECIES, sums, sumsAt + 7 * ldSums + LANES);
    int next = at + depth * LANES;
    for (int q = 0; q < depth; q++) {
      int aq = aAt + q * APART;
      int bq = q * LANES;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, at + bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, next + bq);
      FloatVector v = FloatVector.broadcast(SPECIES, a[aq]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[aq + 1]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      v = FloatVector.broadcast(SPECIES, a[aq + 2]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[aq + 3]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
      v = FloatVector.broadcast(SPECIES, a[aq + 4]);
      c40 = v.fma(b0, c40);
      c41 = v.fma(b1, c41);
      v = FloatVector.broadcast(SPECIES, a[aq + 5]);
      c50 = v.fma(b0, c50);
      c51 = v.fma(b1, c51);
      v = FloatVector.broadcast(SPECIES, a[aq + 6]);
      c60 = v.fma(b0, c60);
      c61 = v.fma(b1, c61);
      v = FloatVector.broadcast(SPECIES, a[aq + 7]);
      c70 = v.fma(b0, c70);
      c71 = v.fma(b1, c71);
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
    c60.intoArray(c, cAt + 6 * ldc);
    c61.intoArray(c, cAt + 6 * ldc + LANES);
    c70.intoArray(c, cAt + 7 * ldc);
    c71.intoArray(c, cAt + 7 * ldc + LANES);
  }

  /**
   * (8,depth)x(depth,2·LANES) -> (8,2·LANES), the rows of A where they are. One method for this and
   * {@link #eight} would step through A by a number that the compiler does not know.
   */
  static void eightRows(
      int depth,
      float[] a,
      int aAt,
      int lda,
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
    FloatVector c40 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums);
    FloatVector c41 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * ldSums + LANES);
    FloatVector c50 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums);
    FloatVector c51 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * ldSums + LANES);
    FloatVector c60 = FloatVector.fromArray(SPECIES, sums, sumsAt + 6 * ldSums);
    FloatVector c61 = FloatVector.fromArray(SPECIES, sums, sumsAt + 6 * ldSums + LANES);
    FloatVector c70 = FloatVector.fromArray(SPECIES, sums, sumsAt + 7 * ldSums);
    FloatVector c71 = FloatVector.fromArray(SPECIES, sums, sumsAt + 7 * ldSums + LANES);
    int a1 = aAt + lda;
    int a2 = a1 + lda;
    int a3 = a2 + lda;
    int a4 = a3 + lda;
    int a5 = a4 + lda;
    int a6 = a5 + lda;
    int a7 = a6 + lda;
    int next = at + depth * LANES;
    for (int q = 0; q < depth; q++) {
      int bq = q * LANES;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, at + bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, next + bq);
      FloatVector v = FloatVector.broadcast(SPECIES, a[aAt + q]);
      c00 = v.fma(b0, c00);
      c01 = v.fma(b1, c01);
      v = FloatVector.broadcast(SPECIES, a[a1 + q]);
      c10 = v.fma(b0, c10);
      c11 = v.fma(b1, c11);
      v = FloatVector.broadcast(SPECIES, a[a2 + q]);
      c20 = v.fma(b0, c20);
      c21 = v.fma(b1, c21);
      v = FloatVector.broadcast(SPECIES, a[a3 + q]);
      c30 = v.fma(b0, c30);
      c31 = v.fma(b1, c31);
      v = FloatVector.broadcast(SPECIES, a[a4 + q]);
      c40 = v.fma(b0, c40);
      c41 = v.fma(b1, c41);
      v = FloatVector.broadcast(SPECIES, a[a5 + q]);
      c50 = v.fma(b0, c50);
      c51 = v.fma(b1, c51);
      v = FloatVector.broadcast(SPECIES, a[a6 + q]);
      c60 = v.fma(b0, c60);
      c61 = v.fma(b1, c61);
      v = FloatVector.broadcast(SPECIES, a[a7 + q]);
      c70 = v.fma(b0, c70);
      c71 = v.fma(b1, c71);
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
    c60.intoArray(c, cAt + 6 * ldc);
    c61.intoArray(c, cAt + 6 * ldc + LANES);
    c70.intoArray(c, cAt + 7 * ldc);
    c71.intoArray(c, cAt + 7 * ldc + LANES);
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
