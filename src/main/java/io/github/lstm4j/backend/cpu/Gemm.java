package io.github.lstm4j.backend.cpu;

import java.util.Locale;

/**
 * The CPU's matrix product {@code C = op(A)·op(B)} or {@code C += op(A)·op(B)} on row-major float32
 * matrices that lie in slices of arrays: op(A) is m×k, op(B) is k×n, C is m×n.
 *
 * <p>A matrix is given by its array, the index of its first element and its leading dimension, the
 * distance between the first elements of two rows <em>as stored</em>: a transposed A is stored as
 * k×m, a transposed B as n×k. C must not overlap A or B.
 *
 * <p>Each element of C is summed in one order that depends on k only: not on the number of threads,
 * nor on the other rows and columns of the call, nor on transposition or packing. So a batch that
 * is split gives the same bits as the whole. Two implementations may round differently.
 *
 * <p>All methods may be called from several threads at once.
 */
public interface Gemm {
  /**
   * Multiplies on the calling thread.
   *
   * @param m rows of op(A) and C, at least 0
   * @param n columns of op(B) and C, at least 0
   * @param k columns of op(A) and rows of op(B), at least 0; an empty sum is 0
   * @param accumulate whether to add to C instead of replacing it
   * @throws IllegalArgumentException if a matrix does not fit its array or its leading dimension
   */
  void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      boolean accumulate);

  /** Room for a k×n right-hand side that is packed once and multiplied many times. */
  PackedB packedB(int k, int n);

  /**
   * The same products, but what is added to C goes on from what is there, as if C held the
   * beginning of each sum: so a product may be cut along k, and the parts added one after the other
   * have the bits of the whole. Better for a few parts; the other way is more exact for many.
   */
  default Gemm chained() {
    return this;
  }

  /**
   * Room for two right-hand sides, k1×n and k2×n, whose products are added to the same C.
   *
   * @param gates so many columns of C belong to one unit, and lie n/gates apart
   */
  default PackedPair packedPair(int k1, int k2, int n, int gates) {
    PackedB first = packedB(k1, n);
    PackedB second = packedB(k2, n);
    return new PackedPair() {
      @Override
      public void pack(float[] b1, int b1At, float[] b2, int b2At) {
        first.pack(false, b1, b1At, n);
        second.pack(false, b2, b2At, n);
      }

      @Override
      public void multiply(
          int m,
          float[] a1,
          int a1At,
          float[] a2,
          int a2At,
          float[] start,
          int startAt,
          float[] c,
          int cAt,
          boolean keep,
          Ready ready) {
        for (int i = 0; i < m; i++) {
          System.arraycopy(start, startAt, c, cAt + i * n, n);
        }
        first.multiply(false, m, a1, a1At, k1, c, cAt, n, true);
        second.multiply(false, m, a2, a2At, k2, c, cAt, n, true);
        ready.units(0, m, 0, n / gates, c, cAt, n, n / gates);
      }
    };
  }

  /**
   * Multiplies like the form above, the rows or columns of C divided among the threads of a team.
   */
  default void multiply(
      boolean transposeA,
      boolean transposeB,
      int m,
      int n,
      int k,
      float[] a,
      int aAt,
      int lda,
      float[] b,
      int bAt,
      int ldb,
      float[] c,
      int cAt,
      int ldc,
      boolean accumulate,
      ThreadTeam team) {
    // what is too little for two threads needs no division
    Split split =
        (long) m * n * k < 2 * Split.WORTH_A_THREAD ? null : Split.of(m, n, k, team.size());
    if (split == null || split.parts() == 1) {
      multiply(transposeA, transposeB, m, n, k, a, aAt, lda, b, bAt, ldb, c, cAt, ldc, accumulate);
      return;
    }
    team.run(
        split.parts(),
        part -> {
          int i0 = split.row(part / split.across());
          int j0 = split.column(part % split.across());
          int rows = split.row(part / split.across() + 1) - i0;
          int columns = split.column(part % split.across() + 1) - j0;
          multiply(
              transposeA,
              transposeB,
              rows,
              columns,
              k,
              a,
              aAt + (transposeA ? i0 : i0 * lda),
              lda,
              b,
              bAt + (transposeB ? j0 * ldb : j0),
              ldb,
              c,
              cAt + i0 * ldc + j0,
              ldc,
              accumulate);
        });
  }

  /** Two right-hand sides; all matrices lie without gaps. */
  interface PackedPair {
    /** Copies B1, k1×n, and B2, k2×n; call it again after they have changed. */
    void pack(float[] b1, int b1At, float[] b2, int b2At);

    /**
     * {@code C = start + A1·B1 + A2·B2}, to the bit as the {@link #chained} form adds them one
     * after the other, on the calling thread: A1 is m×k1, A2 is m×k2, C is m×n.
     *
     * @param start n values, what the sums of every row begin with
     * @param keep whether C is wanted after {@code ready} has seen it; if not, it may lie
     *     elsewhere, and what is in {@code c} afterwards means nothing
     * @param ready is called as soon as C is there for some units, while it is in the cache; then
     *     A1 and A2 are not read any more for these rows
     */
    void multiply(
        int m,
        float[] a1,
        int a1At,
        float[] a2,
        int a2At,
        float[] start,
        int startAt,
        float[] c,
        int cAt,
        boolean keep,
        Ready ready);
  }

  /** Who waits for parts of C. */
  interface Ready {
    /**
     * All columns of these units are there, in these rows.
     *
     * @param at where the first row and unit of the first gate lie in {@code c}
     * @param ldc how far the next row lies from there
     * @param apart how far the next gate lies from there
     */
    void units(int row, int rows, int unit, int units, float[] c, int at, int ldc, int apart);
  }

  /** A right-hand side in the order in which the product reads it. */
  interface PackedB {
    /**
     * Copies op(B); call it again after B has changed. The only method that must not run while
     * another thread uses this object.
     *
     * @param transpose whether B is stored as n×k
     */
    void pack(boolean transpose, float[] b, int bAt, int ldb);

    /**
     * Multiplies op(A), m×k, by the packed B on the calling thread.
     *
     * @param transpose whether A is stored as k×m
     */
    void multiply(
        boolean transpose,
        int m,
        float[] a,
        int aAt,
        int lda,
        float[] c,
        int cAt,
        int ldc,
        boolean accumulate);
  }

  /** Checks that a matrix of {@code rows} stored rows lies within its array. */
  static void check(String name, int rows, int columns, float[] values, int at, int ld) {
    if (rows < 0 || columns < 0) {
      throw new IllegalArgumentException(name + ": negative size " + rows + "x" + columns);
    }
    if (rows == 0 || columns == 0) {
      return;
    }
    if (ld < columns || at < 0 || at + (rows - 1L) * ld + columns > values.length) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: %dx%d with leading dimension %d from index %d does not fit an array of %d",
              name,
              rows,
              columns,
              ld,
              at,
              values.length));
    }
  }

  /**
   * C divided into down × across rectangles of nearly equal size, cut at multiples of the largest
   * tile.
   */
  record Split(int m, int n, int down, int across) {
    private static final int ROWS = 8;
    private static final int COLUMNS = 32;

    /** Below this many multiplications a second thread costs more than it saves. */
    private static final long WORTH_A_THREAD = 1 << 17;

    /** Copying an element of A or B into a panel costs about as much as this many products. */
    private static final long PACKING = 16;

    /** The division into at most {@code threads} parts whose largest part costs least. */
    static Split of(int m, int n, int k, int threads) {
      long most = Math.max(1, Math.min(threads, (long) m * n * k / WORTH_A_THREAD));
      Split best = new Split(m, n, 1, 1);
      for (int down = 1; down <= most && down <= ceil(m, ROWS); down++) {
        int across = (int) Math.min(most / down, ceil(n, COLUMNS));
        Split split = new Split(m, n, down, across);
        if (split.cost() < best.cost()) {
          best = split;
        }
      }
      return best;
    }

    int parts() {
      return down * across;
    }

    int row(int part) {
      return cut(m, ROWS, part, down);
    }

    int column(int part) {
      return cut(n, COLUMNS, part, across);
    }

    private long cost() {
      long rows = (long) ceil(ceil(m, ROWS), down) * ROWS;
      long columns = (long) ceil(ceil(n, COLUMNS), across) * COLUMNS;
      return rows * columns + PACKING * (rows + columns);
    }

    private static int cut(int length, int unit, int part, int parts) {
      return (int) Math.min(length, (long) ceil(length, unit) * part / parts * unit);
    }

    private static int ceil(int value, int unit) {
      return (value + unit - 1) / unit;
    }
  }
}
