package io.github.lstm4j.backend.cpu;

/**
 * Products with a weight W (K,4U) whose columns belong to the four gates: one product for all, or
 * one for each gate where each has an input of its own.
 */
final class GateProduct {
  private final Gemm gemm;
  private final Span weight;
  private final int depth;
  private final int columns;
  private final int width;
  private final boolean transpose;
  private final Gemm.PackedB[] panels;

  /**
   * @param weight W (depth,4·units)
   * @param perGate whether each gate has an input of its own
   * @param transpose whether {@link #back} will be called, else {@link #add}
   * @param packed whether W is used often enough to be packed first
   */
  GateProduct(
      Gemm gemm,
      Span weight,
      int depth,
      int units,
      boolean perGate,
      boolean transpose,
      boolean packed) {
    this.gemm = gemm;
    this.weight = weight;
    this.depth = depth;
    this.columns = 4 * units;
    this.width = perGate ? units : columns;
    this.transpose = transpose;
    this.panels = packed ? new Gemm.PackedB[columns / width] : null;
    for (int g = 0; packed && g < panels.length; g++) {
      panels[g] = transpose ? gemm.packedB(width, depth) : gemm.packedB(depth, width);
    }
  }

  /** Takes over W as it is now; to be called once in a run before the products. */
  void pack() {
    for (int g = 0; panels != null && g < panels.length; g++) {
      panels[g].pack(transpose, weight.values(), weight.at() + g * width, columns);
    }
  }

  /**
   * {@code z += x·W}: (rows,K)x(K,4U) -> (rows,4U).
   *
   * @param gateStride how far apart the inputs of two gates lie, if each has its own
   */
  void add(int rows, float[] x, int xAt, int gateStride, float[] z, int zAt) {
    for (int g = 0; g * width < columns; g++) {
      int from = xAt + g * gateStride;
      int to = zAt + g * width;
      if (panels != null) {
        panels[g].multiply(rows, x, from, depth, z, to, columns, true);
      } else {
        gemm.multiply(
            false,
            false,
            rows,
            width,
            depth,
            x,
            from,
            depth,
            weight.values(),
            weight.at() + g * width,
            columns,
            z,
            to,
            columns,
            true);
      }
    }
  }

  /**
   * {@code dx = dz·Wᵀ} or {@code dx += dz·Wᵀ}: (rows,4U)x(4U,K) -> (rows,K), for each gate if each
   * has an input of its own.
   */
  void back(
      int rows, float[] z, int zAt, float[] dx, int dxAt, int gateStride, boolean accumulate) {
    for (int g = 0; g * width < columns; g++) {
      int from = zAt + g * width;
      int to = dxAt + g * gateStride;
      if (panels != null) {
        panels[g].multiply(rows, z, from, columns, dx, to, depth, accumulate);
      } else {
        gemm.multiply(
            false,
            true,
            rows,
            depth,
            width,
            z,
            from,
            columns,
            weight.values(),
            weight.at() + g * width,
            columns,
            dx,
            to,
            depth,
            accumulate);
      }
    }
  }

  /** {@link #add} for many rows, by all threads of a team; never packed before. */
  void add(int rows, float[] x, int xAt, int gateStride, float[] z, int zAt, ThreadTeam team) {
    for (int g = 0; g * width < columns; g++) {
      gemm.multiply(
          false,
          false,
          rows,
          width,
          depth,
          x,
          xAt + g * gateStride,
          depth,
          weight.values(),
          weight.at() + g * width,
          columns,
          z,
          zAt + g * width,
          columns,
          true,
          team);
    }
  }

  /** {@link #back} for many rows, by all threads of a team; never packed before. */
  void back(int rows, float[] z, int zAt, float[] dx, int dxAt, int gateStride, ThreadTeam team) {
    for (int g = 0; g * width < columns; g++) {
      gemm.multiply(
          false,
          true,
          rows,
          depth,
          width,
          z,
          zAt + g * width,
          columns,
          weight.values(),
          weight.at() + g * width,
          columns,
          dx,
          dxAt + g * gateStride,
          depth,
          false,
          team);
    }
  }

  /** {@code dW = xᵀ·dz} or {@code dW += xᵀ·dz}: (K,rows)x(rows,4U) -> (K,4U). */
  void weightGradient(
      int rows,
      float[] x,
      int xAt,
      int gateStride,
      float[] z,
      int zAt,
      Span dWeight,
      boolean accumulate,
      ThreadTeam team) {
    for (int g = 0; g * width < columns; g++) {
      gemm.multiply(
          true,
          false,
          depth,
          width,
          rows,
          x,
          xAt + g * gateStride,
          depth,
          z,
          zAt + g * width,
          columns,
          dWeight.values(),
          dWeight.at() + g * width,
          columns,
          accumulate,
          team);
    }
  }
}
