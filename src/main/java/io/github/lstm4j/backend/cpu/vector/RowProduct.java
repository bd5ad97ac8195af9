package io.github.lstm4j.backend.cpu.vector;

import java.util.Arrays;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorSpecies;

/** The product of a single row and B, which is over when B has been read once. */
final class RowProduct {
  private static final VectorSpecies<Float> SPECIES = Lanes.SPECIES;
  private static final int LANES = SPECIES.length();

  /** Whether a vector is a line of the cache: then four panels are read at once, else eight. */
  private static final boolean LONG = LANES == 16;

  private static final int WIDTH = (LONG ? 4 : 8) * LANES;

  /** So many rows of B at a time are added to the sums. */
  private static final int ROWS_AT_ONCE = 8;

  private RowProduct() {}

  /**
   * (1,depth)x(depth,n) -> (1,n), B in panels, of which some are read at once.
   *
   * @param goOn whether to go on from the sums in C
   * @param sums room for so many vectors
   */
  static void packed(
      int n,
      int depth,
      float[] a,
      int aAt,
      float[] panels,
      int panelsAt,
      float[] c,
      int cAt,
      boolean goOn,
      boolean add,
      float[] sums) {
    int last = panelsAt + (n - 1) / LANES * LANES * depth;
    for (int j = 0; j < n; j += WIDTH) {
      int first = panelsAt + j * depth;
      int columns = Math.min(WIDTH, n - j);
      boolean whole = columns == WIDTH;
      Arrays.fill(sums, 0, WIDTH, 0);
      if (!whole && goOn) {
        System.arraycopy(c, cAt + j, sums, 0, columns);
      }
      float[] from = whole && goOn ? c : sums;
      int fromAt = whole && goOn ? cAt + j : 0;
      float[] to = whole ? c : sums;
      int toAt = whole ? cAt + j : 0;
      if (LONG) {
        four(depth, a, aAt, panels, first, last, from, fromAt, to, toAt, whole && add);
      } else {
        eight(depth, a, aAt, panels, first, last, from, fromAt, to, toAt, whole && add);
      }
      if (!whole) {
        Tiles.keep(sums, 0, columns, c, cAt + j, add);
      }
    }
  }

  /** (1,depth)x(depth,8·LANES) -> (1,8·LANES): sums enough to hide the adder's delay. */
  private static void eight(
      int depth,
      float[] a,
      int aAt,
      float[] b,
      int first,
      int last,
      float[] sums,
      int sumsAt,
      float[] c,
      int cAt,
      boolean add) {
    // beyond the last panel it is summed again, at no cost in time
    int panel = LANES * depth;
    int p1 = Math.min(first + panel, last);
    int p2 = Math.min(p1 + panel, last);
    int p3 = Math.min(p2 + panel, last);
    int p4 = Math.min(p3 + panel, last);
    int p5 = Math.min(p4 + panel, last);
    int p6 = Math.min(p5 + panel, last);
    int p7 = Math.min(p6 + panel, last);
    FloatVector c0 = FloatVector.fromArray(SPECIES, sums, sumsAt);
    FloatVector c1 = FloatVector.fromArray(SPECIES, sums, sumsAt + LANES);
    FloatVector c2 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * LANES);
    FloatVector c3 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * LANES);
    FloatVector c4 = FloatVector.fromArray(SPECIES, sums, sumsAt + 4 * LANES);
    FloatVector c5 = FloatVector.fromArray(SPECIES, sums, sumsAt + 5 * LANES);
    FloatVector c6 = FloatVector.fromArray(SPECIES, sums, sumsAt + 6 * LANES);
    FloatVector c7 = FloatVector.fromArray(SPECIES, sums, sumsAt + 7 * LANES);
    for (int q = 0; q < depth; q++) {
      int at = q * LANES;
      FloatVector v = FloatVector.broadcast(SPECIES, a[aAt + q]);
      c0 = v.fma(FloatVector.fromArray(SPECIES, b, first + at), c0);
      c1 = v.fma(FloatVector.fromArray(SPECIES, b, p1 + at), c1);
      c2 = v.fma(FloatVector.fromArray(SPECIES, b, p2 + at), c2);
      c3 = v.fma(FloatVector.fromArray(SPECIES, b, p3 + at), c3);
      c4 = v.fma(FloatVector.fromArray(SPECIES, b, p4 + at), c4);
      c5 = v.fma(FloatVector.fromArray(SPECIES, b, p5 + at), c5);
      c6 = v.fma(FloatVector.fromArray(SPECIES, b, p6 + at), c6);
      c7 = v.fma(FloatVector.fromArray(SPECIES, b, p7 + at), c7);
    }
    store(c0, c, cAt, add);
    store(c1, c, cAt + LANES, add);
    store(c2, c, cAt + 2 * LANES, add);
    store(c3, c, cAt + 3 * LANES, add);
    store(c4, c, cAt + 4 * LANES, add);
    store(c5, c, cAt + 5 * LANES, add);
    store(c6, c, cAt + 6 * LANES, add);
    store(c7, c, cAt + 7 * LANES, add);
  }

  /** (1,depth)x(depth,4·LANES) -> (1,4·LANES): so many as the second-level cache delivers. */
  private static void four(
      int depth,
      float[] a,
      int aAt,
      float[] b,
      int first,
      int last,
      float[] sums,
      int sumsAt,
      float[] c,
      int cAt,
      boolean add) {
    // beyond the last panel it is summed again, at no cost in time
    int panel = LANES * depth;
    int p1 = Math.min(first + panel, last);
    int p2 = Math.min(p1 + panel, last);
    int p3 = Math.min(p2 + panel, last);
    FloatVector c0 = FloatVector.fromArray(SPECIES, sums, sumsAt);
    FloatVector c1 = FloatVector.fromArray(SPECIES, sums, sumsAt + LANES);
    FloatVector c2 = FloatVector.fromArray(SPECIES, sums, sumsAt + 2 * LANES);
    FloatVector c3 = FloatVector.fromArray(SPECIES, sums, sumsAt + 3 * LANES);
    for (int q = 0; q < depth; q++) {
      int at = q * LANES;
      FloatVector v = FloatVector.broadcast(SPECIES, a[aAt + q]);
      c0 = v.fma(FloatVector.fromArray(SPECIES, b, first + at), c0);
      c1 = v.fma(FloatVector.fromArray(SPECIES, b, p1 + at), c1);
      c2 = v.fma(FloatVector.fromArray(SPECIES, b, p2 + at), c2);
      c3 = v.fma(FloatVector.fromArray(SPECIES, b, p3 + at), c3);
    }
    store(c0, c, cAt, add);
    store(c1, c, cAt + LANES, add);
    store(c2, c, cAt + 2 * LANES, add);
    store(c3, c, cAt + 3 * LANES, add);
  }

  /** Stores sums, or adds them to what is there. */
  private static void store(FloatVector sums, float[] c, int at, boolean add) {
    if (add) {
      FloatVector.fromArray(SPECIES, c, at).add(sums).intoArray(c, at);
    } else {
      sums.intoArray(c, at);
    }
  }

  /**
   * (1,depth)x(depth,n) -> (1,n), B where it is: some rows of B at a time are added to the sums,
   * each of them read from its beginning to its end.
   */
  static void unpacked(
      int n,
      int depth,
      float[] a,
      int aAt,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      boolean goOn,
      boolean add,
      float[] sums) {
    if (goOn) {
      System.arraycopy(c, cAt, sums, 0, n);
    } else {
      Arrays.fill(sums, 0, n, 0);
    }
    int q = 0;
    for (; q + ROWS_AT_ONCE <= depth; q += ROWS_AT_ONCE) {
      addRows(n, a, aAt + q, b, bAt + q * ldb, ldb, sums);
    }
    for (; q < depth; q++) {
      float v = a[aAt + q];
      int from = bAt + q * ldb;
      for (int j = 0; j < n; j++) {
        sums[j] = Math.fma(v, b[from + j], sums[j]);
      }
    }
    Tiles.keep(sums, 0, n, c, cAt, add);
  }

  /** {@code sums += a·B}: (1,ROWS_AT_ONCE)x(ROWS_AT_ONCE,n) -> (1,n). */
  private static void addRows(
      int n, float[] a, int aAt, float[] b, int bAt, int ldb, float[] sums) {
    FloatVector v0 = FloatVector.broadcast(SPECIES, a[aAt]);
    FloatVector v1 = FloatVector.broadcast(SPECIES, a[aAt + 1]);
    FloatVector v2 = FloatVector.broadcast(SPECIES, a[aAt + 2]);
    FloatVector v3 = FloatVector.broadcast(SPECIES, a[aAt + 3]);
    FloatVector v4 = FloatVector.broadcast(SPECIES, a[aAt + 4]);
    FloatVector v5 = FloatVector.broadcast(SPECIES, a[aAt + 5]);
    FloatVector v6 = FloatVector.broadcast(SPECIES, a[aAt + 6]);
    FloatVector v7 = FloatVector.broadcast(SPECIES, a[aAt + 7]);
    int b1 = bAt + ldb;
    int b2 = b1 + ldb;
    int b3 = b2 + ldb;
    int b4 = b3 + ldb;
    int b5 = b4 + ldb;
    int b6 = b5 + ldb;
    int b7 = b6 + ldb;
    int whole = SPECIES.loopBound(n);
    for (int j = 0; j < whole; j += LANES) {
      FloatVector s = FloatVector.fromArray(SPECIES, sums, j);
      s = v0.fma(FloatVector.fromArray(SPECIES, b, bAt + j), s);
      s = v1.fma(FloatVector.fromArray(SPECIES, b, b1 + j), s);
      s = v2.fma(FloatVector.fromArray(SPECIES, b, b2 + j), s);
      s = v3.fma(FloatVector.fromArray(SPECIES, b, b3 + j), s);
      s = v4.fma(FloatVector.fromArray(SPECIES, b, b4 + j), s);
      s = v5.fma(FloatVector.fromArray(SPECIES, b, b5 + j), s);
      s = v6.fma(FloatVector.fromArray(SPECIES, b, b6 + j), s);
      s = v7.fma(FloatVector.fromArray(SPECIES, b, b7 + j), s);
      s.intoArray(sums, j);
    }
    for (int q = 0; q < ROWS_AT_ONCE; q++) {
      for (int j = whole; j < n; j++) {
        sums[j] = Math.fma(a[aAt + q], b[bAt + q * ldb + j], sums[j]);
      }
    }
  }
}
