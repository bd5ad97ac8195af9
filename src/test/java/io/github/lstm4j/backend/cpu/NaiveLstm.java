package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.SequenceSpec;
import java.util.function.DoubleUnaryOperator;

/**
 * An LSTM in double precision, one number at a time, for one sequence of the batch after the other;
 * written from the equations alone. Absent operands are null.
 */
final class NaiveLstm {
  final CellSpec.Lstm spec;
  final SequenceSpec order;
  final int timesteps;
  final int batch;
  final int features;
  final int units;
  double[] x;
  double[] kernel;
  double[] recurrentKernel;
  double[] bias;
  double[] peephole;
  double[] h0;
  double[] c0;
  double[] mask;
  double[] recurrentDropout;
  boolean inputPerGate;

  /** Results: outputs (T,B,U), the last states and the last processed output (B,U). */
  double[] y;

  double[] hLast;
  double[] cLast;
  double[] yLast;

  NaiveLstm(CellSpec.Lstm spec, SequenceSpec order, int timesteps, int batch, int features) {
    this.spec = spec;
    this.order = order;
    this.timesteps = timesteps;
    this.batch = batch;
    this.features = features;
    this.units = spec.units();
  }

  void run() {
    y = new double[timesteps * batch * units];
    hLast = new double[batch * units];
    cLast = new double[batch * units];
    yLast = new double[batch * units];
    for (int b = 0; b < batch; b++) {
      sequence(b);
    }
  }

  private void sequence(int b) {
    double[] h = new double[units];
    double[] c = new double[units];
    double[] out = new double[units];
    for (int u = 0; u < units; u++) {
      h[u] = h0 == null ? 0 : h0[b * units + u];
      c[u] = c0 == null ? 0 : c0[b * units + u];
    }
    for (int s = 0; s < timesteps; s++) {
      int t = order.goBackwards() ? timesteps - 1 - s : s;
      if (mask == null || mask[t * batch + b] != 0) {
        double[] newC = new double[units];
        double[] newH = new double[units];
        step(b, t, h, c, newH, newC);
        h = newH;
        c = newC;
        out = newH.clone();
      } else if (order.zeroOutputForMask()) {
        out = new double[units];
      }
      System.arraycopy(out, 0, y, (t * batch + b) * units, units);
    }
    System.arraycopy(h, 0, hLast, b * units, units);
    System.arraycopy(c, 0, cLast, b * units, units);
    System.arraycopy(out, 0, yLast, b * units, units);
  }

  private double preActivation(int b, int t, int gate, int u, double[] h) {
    int column = gate * units + u;
    double z = bias == null ? 0 : bias[column];
    int xAt = ((inputPerGate ? gate * timesteps + t : t) * batch + b) * features;
    for (int f = 0; f < features; f++) {
      z += x[xAt + f] * kernel[f * 4 * units + column];
    }
    for (int v = 0; v < units; v++) {
      double kept = recurrentDropout == null ? 1 : recurrentDropout[(gate * batch + b) * units + v];
      z += h[v] * kept * recurrentKernel[v * 4 * units + column];
    }
    return z;
  }

  private void step(int b, int t, double[] h, double[] c, double[] newH, double[] newC) {
    DoubleUnaryOperator sigma = of(spec.recurrentActivation());
    DoubleUnaryOperator phi = of(spec.activation());
    boolean diagonal = spec.peephole() == CellSpec.Lstm.Peephole.DIAGONAL;
    for (int u = 0; u < units; u++) {
      double zi = preActivation(b, t, 0, u, h) + (diagonal ? peephole[u] * c[u] : 0);
      double zf = preActivation(b, t, 1, u, h) + (diagonal ? peephole[units + u] * c[u] : 0);
      double g = phi.applyAsDouble(preActivation(b, t, 2, u, h));
      newC[u] = sigma.applyAsDouble(zf) * c[u] + sigma.applyAsDouble(zi) * g;
    }
    for (int u = 0; u < units; u++) {
      double zo = preActivation(b, t, 3, u, h);
      switch (spec.peephole()) {
        case FULL_OUTPUT -> {
          for (int v = 0; v < units; v++) {
            zo += newC[v] * peephole[v * units + u];
          }
        }
        case DIAGONAL_OUTPUT -> zo += peephole[u] * newC[u];
        case DIAGONAL -> zo += peephole[2 * units + u] * newC[u];
        case NONE -> {}
      }
      newH[u] = sigma.applyAsDouble(zo) * phi.applyAsDouble(newC[u]);
    }
  }

  private static DoubleUnaryOperator of(Activation a) {
    return switch (a.kind()) {
      case TANH -> Math::tanh;
      case SIGMOID -> x -> 1 / (1 + Math.exp(-x));
      case SOFTSIGN -> x -> x / (1 + Math.abs(x));
      case SILU -> x -> x / (1 + Math.exp(-x));
      case LINEAR -> x -> x;
      default -> throw new IllegalArgumentException(a + " is not written down here");
    };
  }
}
