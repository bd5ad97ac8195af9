package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;

/**
 * The equations of {@link CellSpec.Gru} in double.
 *
 * @param recurrent R, of which the form without resetAfter takes the columns of g itself
 * @param dRecurrent what their gradient is added to, or null
 */
record DoubleGruCell(CellSpec.Gru spec, Cells recurrent, Cells dRecurrent) implements DoubleCell {
  private static final int Z = 0;
  private static final int R = 1;
  private static final int G = 2;

  @Override
  public Activation activation(int gate) {
    return gate == G ? spec.activation() : spec.recurrentActivation();
  }

  private double value(int gate, double a) {
    return DoubleActivations.value(activation(gate), a);
  }

  private double slope(int gate, double a) {
    return DoubleActivations.derivative(activation(gate), a);
  }

  /** The index of R_g[v, u]. */
  private int at(int v, int u) {
    return (v * 3 + G) * spec.units() + u;
  }

  @Override
  public double[][] forward(double[][] z, double[][] inner, double[][] seenH, double[][] before) {
    int units = spec.units();
    double[] h = new double[units];
    if (spec.resetAfter()) {
      for (int u = 0; u < units; u++) {
        z[Z][u] += inner[Z][u];
        z[R][u] += inner[R][u];
        z[G][u] += value(R, z[R][u]) * inner[G][u];
      }
    } else {
      for (int v = 0; v < units; v++) {
        inner[0][v] = value(R, z[R][v]) * seenH[G][v];
        for (int u = 0; u < units; u++) {
          z[G][u] += inner[0][v] * recurrent.get(at(v, u));
        }
      }
    }
    for (int u = 0; u < units; u++) {
      double update = value(Z, z[Z][u]);
      h[u] = update * before[0][u] + (1 - update) * value(G, z[G][u]);
    }
    return new double[][] {h};
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
    double[][] dz = new double[3][units];
    for (int u = 0; u < units; u++) {
      double update = value(Z, z[Z][u]);
      dz[Z][u] = d[0][u] * (before[0][u] - value(G, z[G][u])) * slope(Z, z[Z][u]);
      dz[G][u] = d[0][u] * (1 - update) * slope(G, z[G][u]);
      d[0][u] *= update;
    }
    for (int v = 0; v < units; v++) {
      double reset = value(R, z[R][v]);
      if (spec.resetAfter()) {
        dz[R][v] = dz[G][v] * inner[G][v] * slope(R, z[R][v]);
        inner[Z][v] = dz[Z][v];
        inner[R][v] = dz[R][v];
        inner[G][v] = dz[G][v] * reset;
      } else {
        double dq = 0;
        for (int u = 0; u < units; u++) {
          dq += dz[G][u] * recurrent.get(at(v, u));
          dRecurrent.add(at(v, u), inner[0][v] * dz[G][u]);
        }
        dz[R][v] = dq * seenH[G][v] * slope(R, z[R][v]);
        inner[0][v] = dq * reset;
      }
    }
    return dz;
  }
}
