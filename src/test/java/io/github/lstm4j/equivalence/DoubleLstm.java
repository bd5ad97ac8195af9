package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.function.Function;

/**
 * The equations of {@link CellSpec.Lstm} in double, one timestep of one sample after the other. The
 * way back computes each step anew from the states instead of from what the way forward left in the
 * gates.
 */
final class DoubleLstm {
  private final RecurrentOp.Recurrent op;
  private final CellSpec.Lstm spec;
  private final int steps;
  private final int batch;
  private final int features;
  private final int units;
  private final Function<Value, Cells> cells;
  private final Cells x;
  private final Cells kernel;
  private final Cells recurrent;
  private final Cells bias;
  private final Cells peephole;
  private final Cells mask;
  private final Cells dropout;
  private final Cells hs;
  private final Cells cs;

  DoubleLstm(RecurrentOp.Recurrent op, Function<Value, Cells> cells) {
    this.op = op;
    this.cells = v -> v == null ? null : cells.apply(v);
    spec = (CellSpec.Lstm) op.cell();
    units = spec.units();
    features = op.in().kernel().dim(0);
    steps = op.gates().dim(0);
    batch = op.gates().dim(1);
    x = cells.apply(op.in().x());
    kernel = cells.apply(op.in().kernel());
    recurrent = cells.apply(op.in().recurrentKernel());
    bias = this.cells.apply(op.in().bias());
    peephole = this.cells.apply(at(op.in().cellWeights(), 0));
    mask = this.cells.apply(op.in().mask());
    dropout = this.cells.apply(op.in().recurrentDropout());
    hs = cells.apply(op.hs());
    cs = cells.apply(op.states().get(1));
  }

  private static Value at(List<Value> list, int index) {
    return list.isEmpty() ? null : list.get(index);
  }

  /** One processed step of one sample: everything the equations name. */
  private final class Step {
    final double[] before = new double[units]; // c₋
    final double[][] seenH = new double[4][units]; // h₋ as each gate sees it
    final double[][] z = new double[4][units]; // z_i, z_f, z_g, z_o with their peephole terms
    final double[] c = new double[units];
    final double[] h = new double[units];

    Step(int t, int b) {
      int slot = op.sequence().goBackwards() ? t + 1 : t;
      for (int u = 0; u < units; u++) {
        before[u] = cs.get((slot * batch + b) * units + u);
        for (int g = 0; g < 4; g++) {
          double m = dropout == null ? 1 : dropout.get((g * batch + b) * units + u);
          seenH[g][u] = hs.get((slot * batch + b) * units + u) * m;
        }
      }
      for (int g = 0; g < 4; g++) {
        for (int u = 0; u < units; u++) {
          z[g][u] = bias == null ? 0 : bias.get(g * units + u);
        }
        for (int f = 0; f < features; f++) {
          double in = x.get(xIndex(g, t, b, f));
          for (int u = 0; u < units; u++) {
            z[g][u] += in * kernel.get((f * 4 + g) * units + u);
          }
        }
        for (int v = 0; v < units; v++) {
          for (int u = 0; u < units; u++) {
            z[g][u] += seenH[g][v] * recurrent.get((v * 4 + g) * units + u);
          }
        }
      }
      for (int u = 0; u < units; u++) {
        if (spec.peephole() == Peephole.DIAGONAL) {
          z[0][u] += peephole.get(u) * before[u];
          z[1][u] += peephole.get(units + u) * before[u];
        }
        c[u] = sigma(1, u) * before[u] + sigma(0, u) * candidate(u);
      }
      for (int u = 0; u < units; u++) {
        switch (spec.peephole()) {
          case NONE -> {}
          case DIAGONAL_OUTPUT -> z[3][u] += peephole.get(u) * c[u];
          case DIAGONAL -> z[3][u] += peephole.get(2 * units + u) * c[u];
          case FULL_OUTPUT -> {
            for (int v = 0; v < units; v++) {
              z[3][u] += c[v] * peephole.get(v * units + u);
            }
          }
        }
        h[u] = sigma(3, u) * DoubleActivations.value(spec.activation(), c[u]);
      }
    }

    double sigma(int gate, int u) {
      return DoubleActivations.value(spec.recurrentActivation(), z[gate][u]);
    }

    double sigmaSlope(int gate, int u) {
      return DoubleActivations.derivative(spec.recurrentActivation(), z[gate][u]);
    }

    double candidate(int u) {
      return DoubleActivations.value(spec.activation(), z[2][u]);
    }

    double candidateSlope(int u) {
      return DoubleActivations.derivative(spec.activation(), z[2][u]);
    }
  }

  private int xIndex(int gate, int t, int b, int f) {
    int lead = op.in().x().shape().rank() == 4 ? gate * steps : 0;
    return ((lead + t) * batch + b) * features + f;
  }

  private boolean processed(int t, int b) {
    return mask == null || mask.get(t * batch + b) != 0;
  }

  private int time(int s) {
    return op.sequence().goBackwards() ? steps - 1 - s : s;
  }

  void forward() {
    Cells h0 = cells.apply(at(op.in().initialStates(), 0));
    Cells c0 = cells.apply(at(op.in().initialStates(), 1));
    Cells gates = cells.apply(op.gates());
    Cells droppedH = cells.apply(op.droppedH());
    Cells y = cells.apply(op.y());
    int state = batch * units;
    int initial = op.sequence().goBackwards() ? steps : 0;
    double[] output = new double[state]; // the previous one, zero if there is none yet
    for (int j = 0; j < state; j++) {
      hs.set(initial * state + j, h0 == null ? 0 : h0.get(j));
      cs.set(initial * state + j, c0 == null ? 0 : c0.get(j));
    }
    for (int s = 0; s < steps; s++) {
      int t = time(s);
      int before = (op.sequence().goBackwards() ? t + 1 : t) * state;
      int after = (op.sequence().goBackwards() ? t : t + 1) * state;
      for (int b = 0; b < batch; b++) {
        Step step = processed(t, b) ? new Step(t, b) : null;
        for (int u = 0; u < units; u++) {
          int j = b * units + u;
          hs.set(after + j, step == null ? hs.get(before + j) : step.h[u]);
          cs.set(after + j, step == null ? cs.get(before + j) : step.c[u]);
          if (step != null) {
            output[j] = step.h[u];
            for (int g = 0; g < 4; g++) {
              Activation a = g == 2 ? spec.activation() : spec.recurrentActivation();
              double z = step.z[g][u];
              double kept = a.derivesFromOutput() ? DoubleActivations.value(a, z) : z;
              gates.set(((t * batch + b) * 4 + g) * units + u, kept);
              if (droppedH != null) {
                droppedH.set(((g * steps + t) * batch + b) * units + u, step.seenH[g][u]);
              }
            }
          }
          if (y != null) {
            boolean zero = step == null && op.sequence().zeroOutputForMask();
            y.set(t * state + j, zero ? 0 : output[j]);
          }
        }
      }
    }
  }

  void backward(RecurrentOp.RecurrentGrad grad) {
    Cells dy = cells.apply(grad.dy());
    Cells dyLast = cells.apply(grad.dyLast());
    Cells dx = sum(grad.dx(), op.in().x());
    Cells dKernel = sum(grad.dKernel(), op.in().kernel());
    Cells dRecurrent = sum(grad.dRecurrentKernel(), op.in().recurrentKernel());
    Cells dBias = sum(grad.dBias(), op.in().bias());
    Cells dPeephole = sum(at(grad.dCellWeights(), 0), at(op.in().cellWeights(), 0));
    Cells dGates = sum(op.gates(), op.gates());
    int state = batch * units;
    double[] dh = start(grad.dLastStates().get(0), state);
    double[] dc = start(grad.dLastStates().get(1), state);
    double[] carried = new double[state]; // what masked outputs owe to the output before them
    for (int s = steps - 1; s >= 0; s--) {
      int t = time(s);
      for (int b = 0; b < batch; b++) {
        double[] dOut = new double[units];
        for (int u = 0; u < units; u++) {
          int j = b * units + u;
          dOut[u] = (dy == null ? 0 : dy.get(t * state + j));
          dOut[u] += dyLast == null || s < steps - 1 ? 0 : dyLast.get(j);
        }
        if (!processed(t, b)) {
          for (int u = 0; u < units; u++) {
            carried[b * units + u] += op.sequence().zeroOutputForMask() ? 0 : dOut[u];
          }
          continue;
        }
        for (int u = 0; u < units; u++) {
          int j = b * units + u;
          dh[j] += dOut[u] + carried[j];
          carried[j] = 0;
        }
        Step step = new Step(t, b);
        double[][] dz = back(step, b, dh, dc, dPeephole);
        java.util.Arrays.fill(dh, b * units, (b + 1) * units, 0);
        for (int g = 0; g < 4; g++) {
          for (int u = 0; u < units; u++) {
            int column = g * units + u;
            dGates.set((t * batch + b) * 4 * units + column, dz[g][u]);
            if (dBias != null) {
              dBias.add(column, dz[g][u]);
            }
          }
          for (int f = 0; f < features; f++) {
            int at = xIndex(g, t, b, f);
            double sum = 0;
            for (int u = 0; u < units; u++) {
              dKernel.add((f * 4 + g) * units + u, x.get(at) * dz[g][u]);
              sum += kernel.get((f * 4 + g) * units + u) * dz[g][u];
            }
            dx.add(at, sum);
          }
          for (int v = 0; v < units; v++) {
            double sum = 0;
            for (int u = 0; u < units; u++) {
              dRecurrent.add((v * 4 + g) * units + u, step.seenH[g][v] * dz[g][u]);
              sum += recurrent.get((v * 4 + g) * units + u) * dz[g][u];
            }
            double m = dropout == null ? 1 : dropout.get((g * batch + b) * units + v);
            dh[b * units + v] += m * sum;
          }
        }
      }
    }
    finish(at(grad.dInitialStates(), 0), dh);
    finish(at(grad.dInitialStates(), 1), dc);
  }

  /** Zeros to add to: the gradient, or memory that nobody reads if it is not wanted. */
  private Cells sum(Value gradient, Value of) {
    if (of == null) {
      return null;
    }
    Cells sum =
        gradient == null ? new Cells(new double[of.size()], 0, of.size()) : cells.apply(gradient);
    sum.fill(0);
    return sum;
  }

  /** From dh and dc after the step to dz; leaves dc of the state before in {@code dc}. */
  private double[][] back(Step step, int b, double[] dh, double[] dc, Cells dPeephole) {
    double[][] dz = new double[4][units];
    double[] dcNow = new double[units];
    for (int u = 0; u < units; u++) {
      int j = b * units + u;
      double phi = DoubleActivations.value(spec.activation(), step.c[u]);
      double slope = DoubleActivations.derivative(spec.activation(), step.c[u]);
      dz[3][u] = dh[j] * phi * step.sigmaSlope(3, u);
      dcNow[u] = dc[j] + dh[j] * step.sigma(3, u) * slope;
    }
    for (int u = 0; u < units; u++) {
      switch (spec.peephole()) {
        case NONE -> {}
        case DIAGONAL_OUTPUT -> {
          dcNow[u] += dz[3][u] * peephole.get(u);
          dPeephole.add(u, dz[3][u] * step.c[u]);
        }
        case DIAGONAL -> {
          dcNow[u] += dz[3][u] * peephole.get(2 * units + u);
          dPeephole.add(2 * units + u, dz[3][u] * step.c[u]);
        }
        case FULL_OUTPUT -> {
          for (int v = 0; v < units; v++) {
            dcNow[u] += dz[3][v] * peephole.get(u * units + v);
            dPeephole.add(u * units + v, step.c[u] * dz[3][v]);
          }
        }
      }
    }
    for (int u = 0; u < units; u++) {
      dz[0][u] = dcNow[u] * step.candidate(u) * step.sigmaSlope(0, u);
      dz[1][u] = dcNow[u] * step.before[u] * step.sigmaSlope(1, u);
      dz[2][u] = dcNow[u] * step.sigma(0, u) * step.candidateSlope(u);
      double dcBefore = dcNow[u] * step.sigma(1, u);
      if (spec.peephole() == Peephole.DIAGONAL) {
        dcBefore += dz[0][u] * peephole.get(u) + dz[1][u] * peephole.get(units + u);
        dPeephole.add(u, dz[0][u] * step.before[u]);
        dPeephole.add(units + u, dz[1][u] * step.before[u]);
      }
      dc[b * units + u] = dcBefore;
    }
    return dz;
  }

  private double[] start(Value v, int size) {
    return v == null ? new double[size] : cells.apply(v).row(0, size);
  }

  private void finish(Value v, double[] gradient) {
    if (v != null) {
      cells.apply(v).setRow(0, gradient);
    }
  }
}
