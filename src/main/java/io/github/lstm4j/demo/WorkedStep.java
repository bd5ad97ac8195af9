package io.github.lstm4j.demo;

import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;

/**
 * Timesteps of an LSTM with small round weights, seen from its first unit, and what the model
 * itself makes of them. The gates are computed here in the order of the equations; the state before
 * is the model's.
 */
final class WorkedStep implements AutoCloseable {
  static final int INPUT = 0;
  static final int FORGET = 1;
  static final int CANDIDATE = 2;
  static final int OUTPUT = 3;

  private static final double[] ROUND = {0.5, 0.3, -0.2, 0.4, 0.1, -0.3, 0.2};
  private static final double[] INPUTS = {1, 0.5, -1, 2, -0.5};

  private final LSTM lstm;
  private final Session session;
  private final int units;
  private final Tensor x; // (T', F) with T' at most 2
  private double[] hBefore;
  private double cBefore;
  private final double[] z = new double[4]; // before the activation; i, f, c, o
  private double modelH;
  private int t;

  WorkedStep(Model model, LSTM lstm, int timesteps, int features) {
    this.lstm = lstm;
    this.units = lstm.units();
    x = Tensor.zeros(Math.min(2, timesteps), features);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = (float) INPUTS[(i + i / features) % INPUTS.length];
    }
    Tensor kernel = lstm.kernel().value();
    Tensor recurrent = lstm.recurrentKernel().value();
    Tensor bias = lstm.bias().value();
    round(kernel, 0);
    round(recurrent, 1);
    Arrays.fill(bias.data(), 0);
    Arrays.fill(bias.data(), units, 2 * units, 1);
    model.setWeights(List.of(kernel, recurrent, bias));
    session = model.session(1);
  }

  private void round(Tensor weight, int shift) {
    for (int i = 0; i < weight.size(); i++) {
      int row = i / (4 * units);
      int gate = i % (4 * units) / units;
      int unit = i % units;
      weight.data()[i] = (float) round(row, gate, unit, shift);
    }
  }

  private static double round(int row, int gate, int unit, int shift) {
    return ROUND[(4 * row + gate + 2 * unit + 3 * shift) % ROUND.length];
  }

  /** Computes timestep {@code step}, counted from 1; the one before must have been computed. */
  void run(int step) {
    t = step;
    Tensor h = session.states(lstm).get(0);
    hBefore = new double[units];
    Arrays.setAll(hBefore, u -> h.data()[u]);
    cBefore = session.states(lstm).get(1).data()[0];
    for (int g = 0; g < 4; g++) {
      z[g] = g == FORGET ? 1 : 0; // the bias
      for (int k = 0; k < x.dim(1); k++) {
        z[g] += x(k) * kernel(k, g);
      }
      for (int u = 0; u < units; u++) {
        z[g] += hBefore[u] * recurrent(u, g);
      }
    }
    modelH = session.step(x.rows(t - 1, t)).data()[0];
  }

  /** The k-th feature of this timestep. */
  double x(int k) {
    return x.get(t - 1, k);
  }

  /** What the k-th feature is multiplied with in gate g of the first unit. */
  static double kernel(int k, int g) {
    return round(k, g, 0, 0);
  }

  /** What the u-th output of the step before is multiplied with in gate g of the first unit. */
  static double recurrent(int u, int g) {
    return round(u, g, 0, 1);
  }

  /** The u-th output of the step before. */
  double hBefore(int u) {
    return hBefore[u];
  }

  /** The first unit's state before. */
  double cBefore() {
    return cBefore;
  }

  /** Gate g of the first unit before its activation; gates in the order i, f, c, o. */
  double z(int g) {
    return z[g];
  }

  /** Gate g of the first unit. */
  double gate(int g) {
    return g == CANDIDATE ? Math.tanh(z[g]) : 1 / (1 + Math.exp(-z[g]));
  }

  /** The first unit's new state. */
  double c() {
    return gate(FORGET) * cBefore + gate(INPUT) * gate(CANDIDATE);
  }

  /** The first unit's output. */
  double h() {
    return gate(OUTPUT) * Math.tanh(c());
  }

  /** The first unit's output as the model computes it. */
  double modelH() {
    return modelH;
  }

  /** Frees the model's state. */
  @Override
  public void close() {
    session.close();
  }
}
