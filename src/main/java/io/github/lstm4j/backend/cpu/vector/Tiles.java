package io.github.lstm4j.backend.cpu.vector;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/**
 * Tiles of C, each the product of a panel of A and one or two of B (see {@link VectorGemm}); they
 * replace what is in C or are added to it.
 *
 * <p>What the tiles owe to Java's compiler, found by measuring: it may load all of a k before the
 * first addition. With 16 registers, 8 sums leave room for that on Java 17 and on 25; 10 do only on
 * 17, and 12 on neither: it then keeps a sum in memory, which takes half the speed. So does
 * unrolling the loop. Panels lie 2ⁿ floats apart from one k to the next, or else it checks every
 * index anew.
 */
final class Tiles {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  /** How wide a panel of B is. */
  static final int COLUMNS = 2 * LANES;

  /** How high a tile and a panel of A are. */
  static final int ROWS = 4;

  private Tiles() {}

  /** (4,depth)x(depth,COLUMNS) -> (4,COLUMNS). */
  static void four(
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int at,
      float[] c,
      int cAt,
      int ldc,
      boolean add) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    for (int q = 0; q < depth; q++) {
      int aq = aAt + q * ROWS;
      int bq = at + q * COLUMNS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, bq + LANES);
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
    store(c00, c, cAt, add);
    store(c01, c, cAt + LANES, add);
    store(c10, c, cAt + ldc, add);
    store(c11, c, cAt + ldc + LANES, add);
    store(c20, c, cAt + 2 * ldc, add);
    store(c21, c, cAt + 2 * ldc + LANES, add);
    store(c30, c, cAt + 3 * ldc, add);
    store(c31, c, cAt + 3 * ldc + LANES, add);
  }

  /** (4,depth)x(depth,2·COLUMNS) -> (4,2·COLUMNS), B in two panels. */
  static void wideFour(
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int at,
      int nextAt,
      float[] c,
      int cAt,
      int ldc,
      boolean add) {
    FloatVector c00 = FloatVector.zero(SPECIES);
    FloatVector c01 = c00;
    FloatVector c02 = c00;
    FloatVector c03 = c00;
    FloatVector c10 = c00;
    FloatVector c11 = c00;
    FloatVector c12 = c00;
    FloatVector c13 = c00;
    FloatVector c20 = c00;
    FloatVector c21 = c00;
    FloatVector c22 = c00;
    FloatVector c23 = c00;
    FloatVector c30 = c00;
    FloatVector c31 = c00;
    FloatVector c32 = c00;
    FloatVector c33 = c00;
    for (int q = 0; q < depth; q++) {
      int aq = aAt + q * ROWS;
      int bq = at + q * COLUMNS;
      int next = nextAt + q * COLUMNS;
      FloatVector b0 = FloatVector.fromArray(SPECIES, panels, bq);
      FloatVector b1 = FloatVector.fromArray(SPECIES, panels, bq + LANES);
      FloatVector b2 = FloatVector.fromArray(SPECIES, panels, next);
      FloatVector b3 = FloatVector.fromArray(SPECIES, panels, next + LANES);
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
    store(c00, c, cAt, add);
    store(c01, c, cAt + LANES, add);
    store(c02, c, cAt + 2 * LANES, add);
    store(c03, c, cAt + 3 * LANES, add);
    store(c10, c, cAt + ldc, add);
    store(c11, c, cAt + ldc + LANES, add);
    store(c12, c, cAt + ldc + 2 * LANES, add);
    store(c13, c, cAt + ldc + 3 * LANES, add);
    store(c20, c, cAt + 2 * ldc, add);
    store(c21, c, cAt + 2 * ldc + LANES, add);
    store(c22, c, cAt + 2 * ldc + 2 * LANES, add);
    store(c23, c, cAt + 2 * ldc + 3 * LANES, add);
    store(c30, c, cAt + 3 * ldc, add);
    store(c31, c, cAt + 3 * ldc + LANES, add);
    store(c32, c, cAt + 3 * ldc + 2 * LANES, add);
    store(c33, c, cAt + 3 * ldc + 3 * LANES, add);
  }

  /** Stores sums, or adds them to what is there. */
  static void store(FloatVector sums, float[] c, int at, boolean add) {
    if (add) {
      FloatVector.fromArray(SPECIES, c, at).add(sums).intoArray(c, at);
    } else {
      sums.intoArray(c, at);
    }
  }

  /** Stores the part of a tile's row that lies within C. */
  static void keep(float[] sums, int from, int columns, float[] c, int at, boolean add) {
    for (int x = 0; x < columns; x++) {
      c[at + x] = add ? c[at + x] + sums[from + x] : sums[from + x];
    }
  }
}
