package io.github.lstm4j.backend.cpu.vector;

import io.github.lstm4j.backend.cpu.Aligned;
import io.github.lstm4j.backend.cpu.Gemm;

/**
 * The matrix product in the Vector API: a tile of C of 6 or 8 rows and 2 vectors is summed in
 * registers, reading A and B from panels as high and as wide as the tile.
 *
 * <p>An element of C is a chain of fused multiply-adds over DEPTH elements of k, then these sums
 * are added in order: in a tile of any shape, in one at the edge, and in a single row. {@link
 * #chained}, it is a single chain, which begins with what is in C.
 */
final class VectorGemm implements Gemm {
  private static final int LANES = Lanes.SPECIES.length();

  /**
   * The columns of a tile: so many of B, DEPTH high, stay in the first-level cache while panels of
   * A pass by.
   */
  private static final int COLUMNS = 2 * LANES;

  private static final int DEPTH = 256;

  /** Of A, HEIGHT x DEPTH stay in the second-level cache while panels of B pass by. */
  private static final int HEIGHT = 120;

  /** Of the A of a {@link PackedPair}, so many k stay there, and as many rows as ROOM lets in. */
  private static final int DEEP = 4 * DEPTH;

  private static final int ROOM = 12 * Tiles.APART * DEEP;

  /** So many units of C are still in the second-level cache when the last of them is there. */
  private static final int UNITS = 64;

  /** Fewer columns of C are not worth that A is packed for them, if its rows lie as they should. */
  private static final int FEW = 4 * COLUMNS;

  /** Of an unpacked B, DEPTH x WIDTH are packed at a time. */
  private static final int WIDTH = 32 * COLUMNS;

  private static final ThreadLocal<Scratch> SCRATCH =
      ThreadLocal.withInitial(() -> new Scratch(ROOM + LANES, DEPTH * WIDTH, HEIGHT + 7, COLUMNS));

  /** Whether a tile has eight rows instead of six: where there are 32 registers for its sums. */
  private final boolean eights;

  /** The rows of a tile, unless they are four. */
  private final int high;

  private final boolean chained;

  /**
   * The product.
   *
   * @param eights whether there are registers for tiles of eight rows; results are the same
   */
  VectorGemm(boolean eights) {
    this(eights, false);
  }

  private VectorGemm(boolean eights, boolean chained) {
    this.eights = eights;
    this.high = eights ? 8 : 6;
    this.chained = chained;
  }

  /** The largest tile, for people. */
  String tile() {
    return high + "x" + COLUMNS;
  }

  @Override
  public void multiply(
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
      boolean accumulate) {
    Gemm.check("A", transposeA ? k : m, transposeA ? m : k, a, aAt, lda);
    Gemm.check("B", transposeB ? n : k, transposeB ? k : n, b, bAt, ldb);
    Gemm.check("C", m, n, c, cAt, ldc);
    Scratch scratch = SCRATCH.get();
    // an empty sum still replaces C: one round for k = 0
    for (int q = 0; q == 0 || q < k; q += DEPTH) {
      int depth = Math.min(DEPTH, k - q);
      boolean add = accumulate || q > 0;
      int fromA = aAt + (transposeA ? q * lda : q);
      for (int j = 0; j < n; j += WIDTH) {
        int width = Math.min(WIDTH, n - j);
        int fromB = bAt + (transposeB ? j * ldb + q : q * ldb + j);
        if (m == 1 && !transposeA && !transposeB) {
          RowProduct.unpacked(
              width,
              depth,
              a,
              fromA,
              b,
              fromB,
              ldb,
              c,
              cAt + j,
              add && chained,
              add && !chained,
              scratch.blockB);
          continue;
        }
        Packing.columns(transposeB, width, depth, b, fromB, ldb, scratch.blockB, 0, depth);
        rows(
            transposeA,
            m,
            width,
            depth,
            a,
            fromA,
            lda,
            scratch.blockB,
            0,
            c,
            cAt + j,
            ldc,
            add,
            scratch);
      }
    }
  }

  @Override
  public Gemm chained() {
    return new VectorGemm(eights, true);
  }

  @Override
  public PackedB packedB(int k, int n) {
    return new Panels(k, n);
  }

  @Override
  public PackedPair packedPair(int k1, int k2, int n, int gates) {
    return new Pair(k1, k2, n, gates);
  }

  /** For every DEPTH rows of B the panels side by side, the last one filled up with zeros. */
  private final class Panels implements PackedB {
    private final int k;
    private final int n;
    private final int paddedN;
    private final float[] panels;
    private final int panelsAt;

    Panels(int k, int n) {
      this.k = k;
      this.n = n;
      paddedN = (n + COLUMNS - 1) / COLUMNS * COLUMNS;
      Aligned room = Aligned.floats((long) k * paddedN, "the weights in panels");
      panels = room.values();
      panelsAt = room.at();
    }

    @Override
    public void pack(boolean transpose, float[] b, int bAt, int ldb) {
      Gemm.check("B", transpose ? n : k, transpose ? k : n, b, bAt, ldb);
      for (int q = 0; q < k; q += DEPTH) {
        int from = bAt + (transpose ? q : q * ldb);
        int depth = Math.min(DEPTH, k - q);
        Packing.columns(transpose, n, depth, b, from, ldb, panels, panelsAt + q * paddedN, depth);
      }
    }

    @Override
    public void multiply(
        boolean transpose,
        int m,
        float[] a,
        int aAt,
        int lda,
        float[] c,
        int cAt,
        int ldc,
        boolean accumulate) {
      Gemm.check("A", transpose ? k : m, transpose ? m : k, a, aAt, lda);
      Gemm.check("C", m, n, c, cAt, ldc);
      Scratch scratch = SCRATCH.get();
      for (int q = 0; q == 0 || q < k; q += DEPTH) {
        int depth = Math.min(DEPTH, k - q);
        boolean add = accumulate || q > 0;
        int from = aAt + (transpose ? q * lda : q);
        int at = panelsAt + q * paddedN;
        rows(transpose, m, n, depth, a, from, lda, panels, at, c, cAt, ldc, add, scratch);
      }
    }
  }

  /** The two one below the other, so that a chain goes on from the one to the other in a tile. */
  private final class Pair implements PackedPair {
    private final int k1;
    private final int k;
    private final int n;
    private final int gates;
    private final Panels both;

    /** The gates whose columns are taken in turn: all, if a gate ends where a tile does. */
    private final int groups;

    Pair(int k1, int k2, int n, int gates) {
      this.k1 = k1;
      this.k = k1 + k2;
      this.n = n;
      this.gates = gates;
      this.both = new Panels(k, n);
      this.groups = n / gates % COLUMNS == 0 ? gates : 1;
    }

    @Override
    public void pack(float[] b1, int b1At, float[] b2, int b2At) {
      Gemm.check("B1", k1, n, b1, b1At, n);
      Gemm.check("B2", k - k1, n, b2, b2At, n);
      for (int q = 0; q < k; q += DEPTH) {
        int depth = Math.min(DEPTH, k - q);
        int to = both.panelsAt + q * both.paddedN;
        int first = Math.max(0, Math.min(depth, k1 - q));
        Packing.columns(false, n, first, b1, b1At + q * n, n, both.panels, to, depth);
        int from = b2At + (q + first - k1) * n;
        Packing.columns(
            false, n, depth - first, b2, from, n, both.panels, to + first * LANES, depth);
      }
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
      Gemm.check("A1", m, k1, a1, a1At, k1);
      Gemm.check("A2", m, k - k1, a2, a2At, k - k1);
      Gemm.check("start", 1, n, start, startAt, n);
      Gemm.check("C", m, n, c, cAt, n);
      Scratch scratch = SCRATCH.get();
      int most = Math.min(HEIGHT, ROOM / (Math.min(k, DEEP) * Tiles.APART) * high);
      int columns = n / groups;
      int together = groups == gates ? Math.min(UNITS, columns) : columns;
      // C that nobody keeps lies where the units before lay, in the cache; a row is a bit longer
      // than it has to be, for rows a power of two apart share a small part of the cache
      boolean aside = !keep && groups == gates && k <= DEEP;
      int ld = aside ? gates * together + 2 * LANES : n;
      int far = aside ? together : n / gates;
      float[] to = aside ? scratch.units(most * ld) : c;
      for (int i = 0; i < m; i += most) {
        int rows = Math.min(most, m - i);
        for (int q = 0; q < k; q += DEEP) {
          int deep = Math.min(DEEP, k - q);
          packRows(rows, q, deep, a1, a1At + i * k1, a2, a2At + i * (k - k1), scratch);
          for (int u = 0; u < columns; u += together) {
            int some = Math.min(together, columns - u);
            int toAt = aside ? 0 : cAt + i * n + u;
            for (int g = 0; g < groups; g++) {
              for (int x = 0; x < some; x += COLUMNS) {
                int across = Math.min(COLUMNS, some - x);
                int j = g * columns + u + x;
                int at = toAt + g * far + x;
                begin(rows, across, q, start, startAt + j, to, at, ld, scratch);
                strip(rows, across, q, deep, j, to, at, ld, scratch);
              }
            }
            if (q + deep == k) {
              ready.units(i, rows, u, some * groups / gates, to, toAt, ld, far);
            }
          }
        }
      }
    }

    /** Packs A1 and A2 side by side, from k = q on, DEPTH after DEPTH. */
    private void packRows(
        int rows, int q, int deep, float[] a1, int a1At, float[] a2, int a2At, Scratch scratch) {
      int k2 = k - k1;
      for (int p = 0; p < deep; p += DEPTH) {
        int depth = Math.min(DEPTH, deep - p);
        int first = Math.max(0, Math.min(depth, k1 - q - p));
        int to = p * Tiles.APART * tilesOf(rows);
        Packing.rows(
            false,
            rows,
            high,
            inHigh(rows),
            first,
            a1,
            a1At + q + p,
            k1,
            scratch.blockA,
            to,
            depth);
        int from = a2At + q + p + first - k1;
        to += first * Tiles.APART;
        Packing.rows(
            false,
            rows,
            high,
            inHigh(rows),
            depth - first,
            a2,
            from,
            k2,
            scratch.blockA,
            to,
            depth);
      }
    }

    /** What the sums go on from: where they begin, or what is in C. */
    private void begin(
        int rows,
        int columns,
        int q,
        float[] start,
        int startAt,
        float[] c,
        int cAt,
        int ldc,
        Scratch scratch) {
      if (q == 0) {
        System.arraycopy(start, startAt, scratch.start, 0, columns);
      }
      for (int y = 0; q > 0 && y < rows; y++) {
        System.arraycopy(c, cAt + y * ldc, scratch.strip, y * COLUMNS, columns);
      }
    }

    /** (rows,deep)x(deep,columns) -> (rows,columns): a tile's width of C over so many k. */
    private void strip(
        int rows,
        int columns,
        int q,
        int deep,
        int j,
        float[] c,
        int cAt,
        int ldc,
        Scratch scratch) {
      float[] a = scratch.blockA;
      float[] strip = scratch.strip;
      int inHigh = inHigh(rows);
      int from = 0;
      for (int p = 0; p < deep; p += DEPTH) {
        int depth = Math.min(DEPTH, deep - p);
        int panels = both.panelsAt + (q + p) * both.paddedN;
        int at = panels + j * depth;
        boolean done = p + depth == deep;
        boolean begun = q + p > 0;
        float[] sums = begun ? strip : scratch.start;
        int ldSums = begun ? COLUMNS : 0;
        for (int i = 0; i < rows; ) {
          boolean isHigh = i < inHigh;
          int height = isHigh ? high : 4;
          boolean toC = done && columns == COLUMNS && i + height <= rows;
          float[] to = toC ? c : strip;
          int toAt = toC ? cAt + i * ldc : i * COLUMNS;
          int ld = toC ? ldc : COLUMNS;
          int sumsAt = i * ldSums;
          tile(
              isHigh,
              depth,
              a,
              from,
              0,
              both.panels,
              at,
              sums,
              sumsAt,
              ldSums,
              to,
              toAt,
              ld,
              scratch);
          int there = Math.min(height, rows - i);
          for (int y = 0; done && !toC && y < there; y++) {
            System.arraycopy(strip, (i + y) * COLUMNS, c, cAt + (i + y) * ldc, columns);
          }
          from += Tiles.APART * depth;
          i += height;
        }
      }
    }
  }

  private int tilesOf(int rows) {
    int inHigh = inHigh(rows);
    return inHigh / high + (rows - inHigh + 3) / 4;
  }

  /** How many of a block's rows are in tiles as high as can be; those of the others are four. */
  private int inHigh(int rows) {
    int rest = rows % high;
    int fours;
    if (eights) {
      fours = rest == 0 || rest > 4 ? 0 : 1;
    } else {
      // 8 rows are 4 + 4, and 7 rather that than 6 + 4
      fours = rest == 0 || rest == 5 ? 0 : rest < 3 && rows > 6 ? 2 : 1;
    }
    return Math.max(0, (rows - 4 * fours + high - 1) / high * high);
  }

  /** (m,depth)x(depth,n) -> (m,n), B in panels. */
  private void rows(
      boolean transposeA,
      int m,
      int n,
      int depth,
      float[] a,
      int aAt,
      int lda,
      float[] panels,
      int panelsAt,
      float[] c,
      int cAt,
      int ldc,
      boolean add,
      Scratch scratch) {
    if (m == 1 && !transposeA) {
      boolean goOn = add && chained;
      RowProduct.packed(
          n, depth, a, aAt, panels, panelsAt, c, cAt, goOn, add && !chained, scratch.tile);
      return;
    }
    boolean asItIs = eights && !transposeA && n <= FEW;
    for (int first = 0; first < m; first += HEIGHT) {
      int height = Math.min(HEIGHT, m - first);
      int whole = asItIs ? height / high * high : 0;
      int from = aAt + (transposeA ? first : first * lda);
      int at = cAt + first * ldc;
      if (whole > 0) {
        block(whole, n, depth, a, from, lda, panels, panelsAt, c, at, ldc, add, scratch);
      }
      int rest = height - whole;
      if (rest > 0) {
        from += whole * lda;
        at += whole * ldc;
        Packing.rows(
            transposeA, rest, high, inHigh(rest), depth, a, from, lda, scratch.blockA, 0, depth);
        float[] packed = scratch.blockA;
        block(rest, n, depth, packed, 0, 0, panels, panelsAt, c, at, ldc, add, scratch);
      }
    }
  }

  /**
   * The product of rows of A and the panels of B.
   *
   * @param lda 0 if the rows are packed
   */
  private void block(
      int height,
      int n,
      int depth,
      float[] a,
      int aAt,
      int lda,
      float[] panels,
      int panelsAt,
      float[] c,
      int cAt,
      int ldc,
      boolean add,
      Scratch scratch) {
    boolean goOn = add && chained;
    for (int j = 0; j < n; j += COLUMNS) {
      int columns = Math.min(COLUMNS, n - j);
      int at = panelsAt + j * depth;
      tiles(
          height,
          columns,
          depth,
          a,
          aAt,
          lda,
          panels,
          at,
          c,
          cAt + j,
          ldc,
          add && !goOn,
          goOn,
          scratch);
    }
  }

  /** (height,depth)x(depth,columns) -> (height,columns): as many columns as a tile has, or less. */
  private void tiles(
      int height,
      int columns,
      int depth,
      float[] a,
      int aAt,
      int lda,
      float[] panels,
      int at,
      float[] c,
      int cAt,
      int ldc,
      boolean add,
      boolean goOn,
      Scratch scratch) {
    int inHigh = inHigh(height);
    int from = aAt;
    for (int i = 0; i < height; ) {
      boolean isHigh = i < inHigh;
      int rows = isHigh ? high : 4;
      boolean whole = columns == COLUMNS && i + rows <= height && !add;
      int there = Math.min(rows, height - i);
      float[] to = whole ? c : scratch.tile;
      int toAt = whole ? cAt + i * ldc : 0;
      int ld = whole ? ldc : COLUMNS;
      for (int y = 0; !whole && goOn && y < there; y++) {
        System.arraycopy(c, cAt + (i + y) * ldc, to, y * COLUMNS, columns);
      }
      float[] sums = goOn ? to : scratch.zeros;
      int sumsAt = goOn ? toAt : 0;
      int ldSums = goOn ? ld : 0;
      tile(isHigh, depth, a, from, lda, panels, at, sums, sumsAt, ldSums, to, toAt, ld, scratch);
      // what lies within C of a tile at its edge, or what is added to C
      for (int y = 0; !whole && y < there; y++) {
        Tiles.keep(scratch.tile, y * COLUMNS, columns, c, cAt + (i + y) * ldc, add);
      }
      from += lda > 0 ? rows * lda : Tiles.APART * depth;
      i += rows;
    }
  }

  /** A tile as high as can be, or of four rows. */
  private void tile(
      boolean isHigh,
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
      int ldc,
      Scratch scratch) {
    if (lda > 0) {
      Tiles.eightRows(depth, a, aAt, lda, panels, at, sums, sumsAt, ldSums, c, cAt, ldc);
    } else if (!isHigh) {
      Tiles.four(depth, a, aAt, panels, at, sums, sumsAt, ldSums, c, cAt, ldc);
    } else if (eights) {
      Tiles.eight(depth, a, aAt, panels, at, sums, sumsAt, ldSums, c, cAt, ldc);
    } else {
      int never = scratch.never;
      Tiles.six(depth, a, aAt, panels, at, sums, sumsAt, ldSums, c, cAt, ldc, never);
    }
  }
}
