package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;

/**
 * The equations of {@link CellSpec.Lstm} in double.
 *
 * @param peephole its weights, or null
 * @param dPeephole what their gradient is added to, or null
 */
record DoubleLstmCell(CellSpec.Lstm spec, Cells peephole, Cells dPeephole) implements DoubleCell {
  private static final int I = 0;
  private static final int F = 1;
  private static final int G = 2;
  private static final int O = 3;

  @Override
  public Activation activation(int gate) {
    return gate == G ? spec.activation() : spec.recurrentActivation();
  }

  private double value(int gate, double z) {
    return DoubleActivations.value(activation(gate), z);
  }

  private double slope(int gate, double z) {
    return DoubleActivations.derivative(activation(gate), z);
  }

  @Override
  public double[][] forward(double[][] z, double[][] inner, double[][] seenH, double[][] before) {
    int units = spec.units();
    double[] c = new double[units];
    double[] h = new double[units];
    for (int u = 0; u < units; u++) {
      if (spec.peephole() == CellSpec.Lstm.Peephole.DIAGONAL) {
        z[I][u] += peephole.get(u) * before[1][u];
        z[F][u] += peephole.get(units + u) * before[1][u];
      }
      c[u] = value(F, z[F][u]) * before[1][u] + value(I, z[I][u]) * value(G, z[G][u]);
    }
    for (int u = 0; u < units; u++) {
      switch (spec.peephole()) {
        case NONE -> {}
        case DIAGONAL_OUTPUT -> z[O][u] += peephole.get(u) * c[u];
        case DIAGONAL -> z[O][u] += peephole.get(2 * units + u) * c[u];
        case FULL_OUTPUT -> {
          for (int v = 0; v < units; v++) {
            z[O][u] += c[v] * peephole.get(v * units + u);
          }
        }
      }
      h[u] = value(O, z[O][u]) * DoubleActivations.value(spec.activation(), c[u]);
    }
    return new double[][] {h, c};
  }

  @Override
  public double[][] backward(
      double[][] z,
      double[][] inner,
      double[][] seenH,
      double[][] before,
      double[][] after,
      double[][] d) {
    int units = spec.units();
    double[] c = after[1];
    double[][] dz = new double[4][units];
    double[] dc = new double[units];
    for (int u = 0; u < units; u++) {
      double phi = DoubleActivations.value(spec.activation(), c[u]);
      double phiSlope = DoubleActivations.derivative(spec.activation(), c[u]);
      dz[O][u] = d[0][u] * phi * slope(O, z[O][u]);
      dc[u] = d[1][u] + d[0][u] * value(O, z[O][u]) * phiSlope;
    }
    for (int u = 0; u < units; u++) {
      switch (spec.peephole()) {
        case NONE -> {}
        case DIAGONAL_OUTPUT -> {
          dc[u] += dz[O][u] * peephole.get(u);
          dPeephole.add(u, dz[O][u] * c[u]);
        }
        case DIAGONAL -> {
          dc[u] += dz[O][u] * peephole.get(2 * units + u);
          dPeephole.add(2 * units + u, dz[O][u] * c[u]);
        }
        case FULL_OUTPUT -> {
          for (int v = 0; v < units; v++) {
            dc[u] += dz[O][v] * peephole.get(u * units + v);
            dPeephole.add(u * units + v, c[u] * dz[O][v]);
          }
        }
      }
    }
    for (int u = 0; u < units; u++) {
      dz[I][u] = dc[u] * value(G, z[G][u]) * slope(I, z[I][u]);
      dz[F][u] = dc[u] * before[1][u] * slope(F, z[F][u]);
      dz[G][u] = dc[u] * value(I, z[I][u]) * slope(G, z[G][u]);
      d[0][u] = 0;
      d[1][u] = dc[u] * value(F, z[F][u]);
      if (spec.peephole() == CellSpec.Lstm.Peephole.DIAGONAL) {
        d[1][u] += dz[I][u] * peephole.get(u) + dz[F][u] * peephole.get(units + u);
        dPeephole.add(u, dz[I][u] * before[1][u]);
        dPeephole.add(units + u, dz[F][u] * before[1][u]);
      }
    }
    return dz;
  }
}
