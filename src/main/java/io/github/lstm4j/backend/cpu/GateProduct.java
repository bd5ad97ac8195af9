package io.github.lstm4j.backend.cpu;

import java.util.function.IntConsumer;

/**
 * The product of a timestep with a weight W (K,G·U) whose columns belong to the gates: one product
 * for all gates, or one for each where each has an input of its own.
 *
 * <p>Unless {@link #sharedBy a team shares it}, it may be called from several threads at once.
 */
final class GateProduct {
  /** Cuts lie at multiples of this many columns: no tile of a matrix product is wider. */
  private static final int COLUMNS = 32;

  private final Gemm gemm;
  private final Span weight;
  private final int depth;
  private final int columns;
  private final boolean back;
  private int gates = 1;
  private int width;
  private int gateStride;
  private ThreadTeam team;
  private int parts = 1;
  private Gemm.PackedB[][] panels;

  // the product that the team is at
  private int rows;
  private Span from;
  private int fromAt;
  private Span to;
  private int toAt;
  private boolean add;
  private final IntConsumer sharedPart = this::sharedPart;

  private GateProduct(Gemm gemm, Span weight, int depth, boolean back) {
    this.gemm = gemm;
    this.weight = weight;
    this.depth = depth;
    this.columns = weight.size() / depth;
    this.width = columns;
    this.back = back;
  }

  /**
   * {@code z = x·W}: (rows,K)x(K,G·U) -> (rows,G·U).
   *
   * @param weight W (depth,G·U)
   */
  static GateProduct forward(Gemm gemm, Span weight, int depth) {
    return new GateProduct(gemm, weight, depth, false);
  }

  /**
   * {@code dx = dz·Wᵀ}: (rows,G·U)x(G·U,K) -> (rows,K), for each gate if each has an x of its own.
   *
   * @param weight W (depth,G·U)
   */
  static GateProduct back(Gemm gemm, Span weight, int depth) {
    return new GateProduct(gemm, weight, depth, true);
  }

  /**
   * @param first only so many columns of W, from the first on; x still lies with as many as W has
   */
  GateProduct columns(int first) {
    this.width = first;
    return this;
  }

  /**
   * @param inputs G if each gate has an x of its own, else 1
   * @param stride how far apart the x of two gates lie, if each has its own
   */
  GateProduct perGate(int inputs, int stride) {
    this.gates = inputs;
    this.width /= inputs;
    this.gateStride = stride;
    return this;
  }

  /**
   * @param threads divide the columns of each product among themselves, for when there are too few
   *     rows to divide; null: the calling thread does all
   */
  GateProduct sharedBy(ThreadTeam threads) {
    this.team = threads;
    this.parts = threads == null ? 1 : threads.size();
    return this;
  }

  /**
   * The last word about it: makes room for W in the order in which products read it.
   *
   * @param often whether W is used often enough for that
   */
  GateProduct packed(boolean often) {
    if (often) {
      panels = new Gemm.PackedB[gates][parts];
      for (int g = 0; g < gates; g++) {
        for (int p = 0; p < parts; p++) {
          panels[g][p] = gemm.packedB(back ? width : depth, cut(p + 1) - cut(p));
        }
      }
    }
    return this;
  }

  /** Where the columns of a part begin, in W or, going back, in Wᵀ. */
  private int cut(int part) {
    int length = back ? depth : width;
    int blocks = (length + COLUMNS - 1) / COLUMNS;
    return Math.min(length, blocks * part / parts * COLUMNS);
  }

  private int weightAt(int gate, int part) {
    return gate * width + (back ? cut(part) * columns : cut(part));
  }

  /** Takes over W as it is now; to be called once in a run before the products. */
  void pack() {
    for (int g = 0; panels != null && g < gates; g++) {
      for (int p = 0; p < parts; p++) {
        panels[g][p].pack(back, weight.values(), weight.at() + weightAt(g, p), columns);
      }
    }
  }

  /** One timestep: from x to z, or going back from dz to dx; added to it, or in its place. */
  void multiply(int rows, Span from, int fromAt, Span to, int toAt, boolean add) {
    if (parts == 1) {
      multiply(0, rows, from, fromAt, to, toAt, add);
      return;
    }
    this.rows = rows;
    this.from = from;
    this.fromAt = fromAt;
    this.to = to;
    this.toAt = toAt;
    this.add = add;
    team.run(parts, sharedPart);
  }

  private void sharedPart(int part) {
    multiply(part, rows, from, fromAt, to, toAt, add);
  }

  private void multiply(int part, int rows, Span from, int fromAt, Span to, int toAt, boolean add) {
    int lda = back ? columns : depth;
    int ldc = back ? depth : columns;
    for (int g = 0; g < gates; g++) {
      int a = fromAt + g * (back ? width : gateStride);
      int c = toAt + g * (back ? gateStride : width) + cut(part);
      if (panels != null) {
        panels[g][part].multiply(
            false, rows, from.values(), from.at() + a, lda, to.values(), to.at() + c, ldc, add);
      } else {
        gemm.multiply(
            false,
            back,
            rows,
            cut(part + 1) - cut(part),
            back ? width : depth,
            from.values(),
            from.at() + a,
            lda,
            weight.values(),
            weight.at() + weightAt(g, part),
            columns,
            to.values(),
            to.at() + c,
            ldc,
            add);
      }
    }
  }
}
