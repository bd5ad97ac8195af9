package io.github.lstm4j.backend.cpu;

import java.util.function.IntConsumer;

/**
 * The product of a timestep with a weight W (K,4U) whose columns belong to the four gates: one
 * product for all gates, or one for each where each has an input of its own.
 *
 * <p>Without a team it may be called from several threads at once; with one it divides the columns
 * of each product among the threads, for when there are too few rows to divide.
 */
final class GateProduct {
  /** Cuts lie at multiples of this many columns: no tile of a matrix product is wider. */
  private static final int COLUMNS = 32;

  private final Gemm gemm;
  private final Span weight;
  private final int depth;
  private final int columns;
  private final int gates;
  private final int width;
  private final int gateStride;
  private final boolean back;
  private final boolean accumulate;
  private final ThreadTeam team;
  private final int parts;
  private final Gemm.PackedB[][] panels;

  // the operands of the product that the team is at
  private int rows;
  private float[] from;
  private int fromAt;
  private float[] to;
  private int toAt;
  private final IntConsumer sharedPart = this::sharedPart;

  private GateProduct(
      Gemm gemm,
      Span weight,
      int depth,
      int gates,
      int gateStride,
      boolean packed,
      boolean back,
      boolean accumulate,
      ThreadTeam team) {
    this.gemm = gemm;
    this.weight = weight;
    this.depth = depth;
    this.columns = weight.size() / depth;
    this.gates = gates;
    this.width = columns / gates;
    this.gateStride = gateStride;
    this.back = back;
    this.accumulate = accumulate;
    this.team = team;
    this.parts = team == null ? 1 : team.size();
    this.panels = packed ? new Gemm.PackedB[gates][parts] : null;
    for (int g = 0; packed && g < gates; g++) {
      for (int p = 0; p < parts; p++) {
        panels[g][p] = gemm.packedB(back ? width : depth, cut(p + 1) - cut(p));
      }
    }
  }

  /**
   * {@code z += x·W}: (rows,K)x(K,4U) -> (rows,4U).
   *
   * @param weight W (depth,4U)
   * @param gates 4 if each gate has an x of its own, else 1
   * @param gateStride how far apart the x of two gates lie, if each has its own
   * @param packed whether W is used often enough to be packed first
   * @param team whose threads share each product; null: the calling thread does all
   */
  static GateProduct forward(
      Gemm gemm,
      Span weight,
      int depth,
      int gates,
      int gateStride,
      boolean packed,
      ThreadTeam team) {
    return new GateProduct(gemm, weight, depth, gates, gateStride, packed, false, true, team);
  }

  /**
   * {@code dx = dz·Wᵀ}, or {@code dx += dz·Wᵀ}: (rows,4U)x(4U,K) -> (rows,K), for each gate if each
   * has an x of its own. Parameters as in {@link #forward}.
   */
  static GateProduct back(
      Gemm gemm,
      Span weight,
      int depth,
      int gates,
      int gateStride,
      boolean packed,
      boolean accumulate,
      ThreadTeam team) {
    return new GateProduct(gemm, weight, depth, gates, gateStride, packed, true, accumulate, team);
  }

  /** Where the columns of a part begin, in W or, going back, in Wᵀ. */
  private int cut(int part) {
    int length = back ? depth : width;
    int units = (length + COLUMNS - 1) / COLUMNS;
    return Math.min(length, units * part / parts * COLUMNS);
  }

  private int weightAt(int gate, int part) {
    return weight.at() + gate * width + (back ? cut(part) * columns : cut(part));
  }

  /** Takes over W as it is now; to be called once in a run before the products. */
  void pack() {
    for (int g = 0; panels != null && g < gates; g++) {
      for (int p = 0; p < parts; p++) {
        panels[g][p].pack(back, weight.values(), weightAt(g, p), columns);
      }
    }
  }

  /** One timestep: from x to z, or going back from dz to dx. */
  void multiply(int rows, float[] from, int fromAt, float[] to, int toAt) {
    if (parts == 1) {
      multiply(0, rows, from, fromAt, to, toAt);
      return;
    }
    this.rows = rows;
    this.from = from;
    this.fromAt = fromAt;
    this.to = to;
    this.toAt = toAt;
    team.run(parts, sharedPart);
  }

  private void sharedPart(int part) {
    multiply(part, rows, from, fromAt, to, toAt);
  }

  private void multiply(int part, int rows, float[] from, int fromAt, float[] to, int toAt) {
    int n = cut(part + 1) - cut(part);
    int k = back ? width : depth;
    int lda = back ? columns : depth;
    int ldc = back ? depth : columns;
    for (int g = 0; g < gates; g++) {
      int a = fromAt + g * (back ? width : gateStride);
      int c = toAt + g * (back ? gateStride : width) + cut(part);
      if (panels != null) {
        panels[g][part].multiply(rows, from, a, lda, to, c, ldc, accumulate);
      } else {
        gemm.multiply(
            false,
            back,
            rows,
            n,
            k,
            from,
            a,
            lda,
            weight.values(),
            weightAt(g, part),
            columns,
            to,
            c,
            ldc,
            accumulate);
      }
    }
  }
}
