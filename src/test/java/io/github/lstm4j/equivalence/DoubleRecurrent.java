package io.github.lstm4j.equivalence;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.function.Function;

/**
 * Recurrent ops in double, one timestep of one sample after the other. The way back computes each
 * step anew from the states instead of from what the way forward left in the gates.
 */
final class DoubleRecurrent {
  private final RecurrentOp.Recurrent op;
  private final CellSpec spec;
  private final int steps;
  private final int batch;
  private final int features;
  private final int units;
  private final int gates;
  private final Function<Value, Cells> cells;
  private final Cells x;
  private final Cells kernel;
  private final Cells recurrent;
  private final Cells bias;
  private final Cells mask;
  private final Cells dropout;
  private final List<Cells> states;

  DoubleRecurrent(RecurrentOp.Recurrent op, Function<Value, Cells> cells) {
    this.op = op;
    this.cells = v -> v == null ? null : cells.apply(v);
    spec = op.cell();
    units = spec.units();
    gates = op.gates().dim(2) / units;
    features = op.in().kernel().dim(0);
    steps = op.gates().dim(0);
    batch = op.gates().dim(1);
    x = cells.apply(op.in().x());
    kernel = cells.apply(op.in().kernel());
    recurrent = cells.apply(op.in().recurrentKernel());
    bias = this.cells.apply(op.in().bias());
    mask = this.cells.apply(op.in().mask());
    dropout = this.cells.apply(op.in().recurrentDropout());
    states = op.states().stream().map(cells).toList();
  }

  private static Value at(List<Value> list, int index) {
    return list.isEmpty() ? null : list.get(index);
  }

  private DoubleCell cell(Cells dWeight, Cells dRecurrent) {
    if (spec instanceof CellSpec.Lstm lstm) {
      return new DoubleLstmCell(lstm, cells.apply(at(op.in().cellWeights(), 0)), dWeight);
    } else if (spec instanceof CellSpec.SimpleRnn simple) {
      return new DoubleSimpleRnnCell(simple);
    } else if (spec instanceof CellSpec.Gru gru) {
      return new DoubleGruCell(gru, recurrent, dRecurrent);
    }
    throw new IllegalStateException("the oracle has no " + spec);
  }

  /** One processed step of one sample: everything the equations name. */
  private final class Step {
    final double[][] before = new double[states.size()][units];
    final double[][] seenH = new double[gates][units]; // h₋ as each gate sees it
    final double[][] z = new double[gates][units]; // with the cell's own terms
    final double[][] inner = new double[spec.innerGates()][units];
    final double[][] after;

    Step(DoubleCell cell, int t, int b) {
      int slot = op.sequence().goBackwards() ? t + 1 : t;
      for (int s = 0; s < before.length; s++) {
        before[s] = states.get(s).row(slot * batch + b, units);
      }
      for (int g = 0; g < gates; g++) {
        for (int u = 0; u < units; u++) {
          double m = dropout == null ? 1 : dropout.get((g * batch + b) * units + u);
          seenH[g][u] = before[0][u] * m;
          z[g][u] = bias == null ? 0 : bias.get(g * units + u);
          if (spec.recurrentApart()) {
            inner[g][u] = bias == null ? 0 : bias.get((gates + g) * units + u);
          }
        }
        for (int f = 0; f < features; f++) {
          double in = x.get(xIndex(g, t, b, f));
          for (int u = 0; u < units; u++) {
            z[g][u] += in * kernel.get((f * gates + g) * units + u);
          }
        }
        double[][] sum = spec.recurrentApart() ? inner : z;
        for (int v = 0; g < spec.recurrentGates() && v < units; v++) {
          for (int u = 0; u < units; u++) {
            sum[g][u] += seenH[g][v] * recurrent.get((v * gates + g) * units + u);
          }
        }
      }
      after = cell.forward(z, inner, seenH, before);
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
    DoubleCell cell = cell(null, null);
    Cells keptGates = cells.apply(op.gates());
    Cells keptInner = cells.apply(op.inner());
    int innerGates = spec.innerGates();
    if (keptInner != null) {
      keptInner.fill(0); // where masked
    }
    Cells droppedH = cells.apply(op.droppedH());
    Cells y = cells.apply(op.y());
    boolean backwards = op.sequence().goBackwards();
    int state = batch * units;
    double[] output = new double[state]; // the previous one, zero if there is none yet
    for (int i = 0; i < states.size(); i++) {
      Cells initial = cells.apply(at(op.in().initialStates(), i));
      for (int j = 0; j < state; j++) {
        states
            .get(i)
            .set((backwards ? steps : 0) * state + j, initial == null ? 0 : initial.get(j));
      }
    }
    for (int s = 0; s < steps; s++) {
      int t = time(s);
      int before = (backwards ? t + 1 : t) * state;
      int after = (backwards ? t : t + 1) * state;
      for (int b = 0; b < batch; b++) {
        Step step = processed(t, b) ? new Step(cell, t, b) : null;
        for (int u = 0; u < units; u++) {
          int j = b * units + u;
          for (int i = 0; i < states.size(); i++) {
            Cells all = states.get(i);
            all.set(after + j, step == null ? all.get(before + j) : step.after[i][u]);
          }
          if (step != null) {
            output[j] = step.after[0][u];
            for (int g = 0; g < innerGates; g++) {
              keptInner.set(((t * batch + b) * innerGates + g) * units + u, step.inner[g][u]);
            }
            for (int g = 0; g < gates; g++) {
              Activation a = cell.activation(g);
              double z = step.z[g][u];
              double kept = a.derivesFromOutput() ? DoubleActivations.value(a, z) : z;
              keptGates.set(((t * batch + b) * gates + g) * units + u, kept);
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
    Cells dWeight = sum(at(grad.dCellWeights(), 0), at(op.in().cellWeights(), 0));
    Cells dGates = sum(op.gates(), op.gates());
    Cells dInner = spec.recurrentApart() ? sum(op.inner(), op.inner()) : null;
    DoubleCell cell = cell(dWeight, dRecurrent);
    int state = batch * units;
    double[][] dStates = new double[states.size()][];
    for (int i = 0; i < dStates.length; i++) {
      Value last = grad.dLastStates().get(i);
      dStates[i] = last == null ? new double[state] : cells.apply(last).row(0, state);
    }
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
        double[][] d = new double[dStates.length][units];
        for (int i = 0; i < d.length; i++) {
          System.arraycopy(dStates[i], b * units, d[i], 0, units);
        }
        for (int u = 0; u < units; u++) {
          d[0][u] += dOut[u] + carried[b * units + u];
          carried[b * units + u] = 0;
        }
        Step step = new Step(cell, t, b);
        double[][] dz = cell.backward(step.z, step.inner, step.seenH, step.before, step.after, d);
        for (int g = 0; g < gates; g++) {
          for (int u = 0; u < units; u++) {
            int column = g * units + u;
            dGates.set((t * batch + b) * gates * units + column, dz[g][u]);
            if (dBias != null) {
              dBias.add(column, dz[g][u]);
            }
            if (dInner != null) {
              dInner.set((t * batch + b) * gates * units + column, step.inner[g][u]);
              if (dBias != null) {
                dBias.add(gates * units + column, step.inner[g][u]);
              }
            }
          }
          for (int f = 0; f < features; f++) {
            int at = xIndex(g, t, b, f);
            double sum = 0;
            for (int u = 0; u < units; u++) {
              dKernel.add((f * gates + g) * units + u, x.get(at) * dz[g][u]);
              sum += kernel.get((f * gates + g) * units + u) * dz[g][u];
            }
            dx.add(at, sum);
          }
          boolean own = g >= spec.recurrentGates(); // the cell has done it
          double[] dp = dInner == null ? dz[g] : step.inner[g];
          for (int v = 0; v < units; v++) {
            double sum = own ? step.inner[0][v] : 0;
            for (int u = 0; !own && u < units; u++) {
              dRecurrent.add((v * gates + g) * units + u, step.seenH[g][v] * dp[u]);
              sum += recurrent.get((v * gates + g) * units + u) * dp[u];
            }
            double m = dropout == null ? 1 : dropout.get((g * batch + b) * units + v);
            d[0][v] += m * sum;
          }
        }
        for (int i = 0; i < d.length; i++) {
          System.arraycopy(d[i], 0, dStates[i], b * units, units);
        }
      }
    }
    for (int i = 0; i < dStates.length; i++) {
      Value initial = at(grad.dInitialStates(), i);
      if (initial != null) {
        cells.apply(initial).setRow(0, dStates[i]);
      }
    }
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
}
