package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;

/** The equation of {@link CellSpec.SimpleRnn} in double. */
record DoubleSimpleRnnCell(CellSpec.SimpleRnn spec) implements DoubleCell {
  @Override
  public Activation activation(int gate) {
    return spec.activation();
  }

  @Override
  public double[][] forward(double[][] z, double[][] inner, double[][] seenH, double[][] before) {
    double[] h = new double[spec.units()];
    for (int u = 0; u < h.length; u++) {
      h[u] = DoubleActivations.value(spec.activation(), z[0][u]);
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
    double[] dz = new double[spec.units()];
    for (int u = 0; u < dz.length; u++) {
      dz[u] = d[0][u] * DoubleActivations.derivative(spec.activation(), z[0][u]);
      d[0][u] = 0;
    }
    return new double[][] {dz};
  }
}
