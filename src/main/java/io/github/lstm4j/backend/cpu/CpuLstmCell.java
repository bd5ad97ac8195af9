package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;

/**
 * The gates of a slice of a batch at one timestep, forward and back: the equations of {@link
 * CellSpec.Lstm} in their order, from the line {@code i = σ(z_i …)} on. One object for each thread.
 */
final class CpuLstmCell {
  private final RecurrentOp.Recurrent op;
  private final CellSpec.Lstm spec;
  private final int batch;
  private final int units;
  private final Gemm gemm;
  private final VectorMath math;
  private final Span gates;
  private final Span hs;
  private final Span cs;
  private final Span mask;
  private final Span peephole;
  private final Activation phi;
  private final Activation sigma;

  /** Keras's default: the fused loop does it. */
  private final boolean standard;

  /** One row: the four gates after activation where {@link #gates} is before it, and φ(c). */
  private final float[] active;

  CpuLstmCell(RecurrentOp.Recurrent op, CellSpec.Lstm spec, CpuCompiler compiler) {
    this.op = op;
    this.spec = spec;
    this.batch = op.batch();
    this.units = op.units();
    this.gemm = compiler.math().gemm();
    this.math = compiler.math().math();
    this.gates = compiler.span(op.gates());
    this.hs = compiler.span(op.hs());
    this.cs = compiler.span(op.states().get(1));
    this.mask = compiler.span(op.in().mask());
    this.peephole =
        spec.peephole() == CellSpec.Lstm.Peephole.NONE
            ? null
            : compiler.span(op.in().cellWeights().get(0));
    this.phi = spec.activation();
    this.sigma = spec.recurrentActivation();
    this.standard =
        phi.kind() == Activation.Kind.TANH
            && sigma.kind() == Activation.Kind.SIGMOID
            && spec.peephole() == CellSpec.Lstm.Peephole.NONE;
    this.active = new float[5 * units];
  }

  boolean masked(int t, int row) {
    return mask != null && mask.get(t * batch + row) == 0;
  }

  private int gatesAt(int t, int row) {
    return gates.at() + (t * batch + row) * 4 * units;
  }

  private int stateAt(Span states, int slot, int row) {
    return states.at() + (slot * batch + row) * units;
  }

  private boolean diagonal() {
    return spec.peephole() == CellSpec.Lstm.Peephole.DIAGONAL;
  }

  /** Where p_o begins in the peephole weights. */
  private int outputPeepholeAt() {
    return peephole.at() + (diagonal() ? 2 * units : 0);
  }

  private boolean diagonalOutput() {
    return diagonal() || spec.peephole() == CellSpec.Lstm.Peephole.DIAGONAL_OUTPUT;
  }

  /** From z and the old states to the gates and the new states, rows from {@code from} on. */
  void forward(int t, int from, int rows) {
    for (int r = from; r < from + rows; r++) {
      if (masked(t, r)) {
        carry(hs, t, r);
        carry(cs, t, r);
      } else if (standard) {
        math.lstmForward(
            gates.values(),
            gatesAt(t, r),
            cs.values(),
            stateAt(cs, op.slotBefore(t), r),
            cs.values(),
            stateAt(cs, op.slotAfter(t), r),
            hs.values(),
            stateAt(hs, op.slotAfter(t), r),
            units);
      } else {
        cellState(t, r);
      }
    }
    if (standard) {
      return;
    }
    if (spec.peephole() == CellSpec.Lstm.Peephole.FULL_OUTPUT) {
      // z_o += c·V: (rows,U)x(U,U) -> (rows,U)
      gemm.multiply(
          false,
          false,
          rows,
          units,
          units,
          cs.values(),
          stateAt(cs, op.slotAfter(t), from),
          units,
          peephole.values(),
          peephole.at(),
          units,
          gates.values(),
          gatesAt(t, from) + 3 * units,
          4 * units,
          true);
    }
    for (int r = from; r < from + rows; r++) {
      if (!masked(t, r)) {
        output(t, r);
      }
    }
  }

  private void carry(Span states, int t, int row) {
    System.arraycopy(
        states.values(),
        stateAt(states, op.slotBefore(t), row),
        states.values(),
        stateAt(states, op.slotAfter(t), row),
        units);
  }

  /** i, f, g and c. */
  private void cellState(int t, int row) {
    float[] z = gates.values();
    int zAt = gatesAt(t, row);
    int cBefore = stateAt(cs, op.slotBefore(t), row);
    int c = stateAt(cs, op.slotAfter(t), row);
    float[] cell = cs.values();
    if (diagonal()) {
      multiplyAdd(peephole.values(), peephole.at(), cell, cBefore, z, zAt);
      multiplyAdd(peephole.values(), peephole.at() + units, cell, cBefore, z, zAt + units);
    }
    float[] s = activate(sigma, zAt, 0, 2 * units);
    int iAt = s == z ? zAt : 0;
    float[] p = activate(phi, zAt, 2 * units, units);
    int gAt = (p == z ? zAt : 0) + 2 * units;
    for (int j = 0; j < units; j++) {
      cell[c + j] = s[iAt + units + j] * cell[cBefore + j] + s[iAt + j] * p[gAt + j];
    }
  }

  /** o and h. */
  private void output(int t, int row) {
    float[] z = gates.values();
    int zAt = gatesAt(t, row);
    int c = stateAt(cs, op.slotAfter(t), row);
    int h = stateAt(hs, op.slotAfter(t), row);
    if (diagonalOutput()) {
      multiplyAdd(peephole.values(), outputPeepholeAt(), cs.values(), c, z, zAt + 3 * units);
    }
    float[] s = activate(sigma, zAt, 3 * units, units);
    int oAt = (s == z ? zAt : 0) + 3 * units;
    CpuActivations.apply(phi, math, cs.values(), c, active, 4 * units, units);
    for (int j = 0; j < units; j++) {
      hs.values()[h + j] = s[oAt + j] * active[4 * units + j];
    }
  }

  /**
   * Activates gates where they lie, or beside them if the values before activation will be needed.
   *
   * @return the array that has the result: that of {@link #gates}, or {@link #active}
   */
  private float[] activate(Activation a, int zAt, int gate, int length) {
    float[] z = gates.values();
    boolean inPlace = a.derivesFromOutput();
    float[] y = inPlace ? z : active;
    CpuActivations.apply(a, math, z, zAt + gate, y, (inPlace ? zAt : 0) + gate, length);
    return y;
  }

  /** {@code y += a∘b}, a row of units. */
  private void multiplyAdd(float[] a, int aAt, float[] b, int bAt, float[] y, int yAt) {
    for (int j = 0; j < units; j++) {
      y[yAt + j] += a[aAt + j] * b[bAt + j];
    }
  }

  /**
   * From the gradient of h to dZ, which replaces the gates, and from that of c to that of the old
   * c. Masked rows have dZ = 0 and pass dc on.
   *
   * @param dh (B,U) the whole gradient of h
   * @param dc (B,U) what the following step passes on to c; replaced by what goes on to c₋
   */
  void backward(int t, int from, int rows, Span dh, Span dc) {
    for (int r = from; r < from + rows; r++) {
      int dhAt = dh.at() + r * units;
      int dcAt = dc.at() + r * units;
      if (masked(t, r)) {
        java.util.Arrays.fill(gates.values(), gatesAt(t, r), gatesAt(t, r) + 4 * units, 0);
      } else if (standard) {
        math.lstmBackward(
            gates.values(),
            gatesAt(t, r),
            cs.values(),
            stateAt(cs, op.slotBefore(t), r),
            cs.values(),
            stateAt(cs, op.slotAfter(t), r),
            dh.values(),
            dhAt,
            dc.values(),
            dcAt,
            units);
      } else {
        outputBack(t, r, dh.values(), dhAt, dc.values(), dcAt);
      }
    }
    if (standard) {
      return;
    }
    if (spec.peephole() == CellSpec.Lstm.Peephole.FULL_OUTPUT) {
      // dc += dz_o·Vᵀ: (rows,U)x(U,U) -> (rows,U)
      gemm.multiply(
          false,
          true,
          rows,
          units,
          units,
          gates.values(),
          gatesAt(t, from) + 3 * units,
          4 * units,
          peephole.values(),
          peephole.at(),
          units,
          dc.values(),
          dc.at() + from * units,
          units,
          true);
    }
    for (int r = from; r < from + rows; r++) {
      if (!masked(t, r)) {
        cellStateBack(t, r, dc.values(), dc.at() + r * units);
      }
    }
  }

  /** dz_o and the whole gradient of c. */
  private void outputBack(int t, int row, float[] dh, int dhAt, float[] dc, int dcAt) {
    float[] z = gates.values();
    int o = gatesAt(t, row) + 3 * units;
    int c = stateAt(cs, op.slotAfter(t), row);
    float[] cell = cs.values();
    int phiC = 4 * units;
    CpuActivations.apply(phi, math, cell, c, active, phiC, units);
    float[] s = activated(sigma, gatesAt(t, row), 3 * units, units);
    int oAt = s == z ? o : 3 * units;
    for (int j = 0; j < units; j++) {
      float y = active[phiC + j];
      double slope = CpuActivations.slope(phi, phi.derivesFromOutput() ? y : cell[c + j]);
      dc[dcAt + j] += (float) (dh[dhAt + j] * s[oAt + j] * slope);
      z[o + j] = (float) (dh[dhAt + j] * y * CpuActivations.slope(sigma, z[o + j]));
    }
    if (diagonalOutput()) {
      multiplyAdd(peephole.values(), outputPeepholeAt(), z, o, dc, dcAt);
    }
  }

  /** dz_i, dz_f, dz_g and the gradient of the old c. */
  private void cellStateBack(int t, int row, float[] dc, int dcAt) {
    float[] z = gates.values();
    int i = gatesAt(t, row);
    int f = i + units;
    int g = f + units;
    int cBefore = stateAt(cs, op.slotBefore(t), row);
    float[] cell = cs.values();
    float[] s = activated(sigma, i, 0, 2 * units);
    int iAt = s == z ? i : 0;
    int fAt = iAt + units;
    float[] p = activated(phi, i, 2 * units, units);
    int gAt = p == z ? g : 2 * units;
    for (int j = 0; j < units; j++) {
      float d = dc[dcAt + j];
      float inputGate = s[iAt + j];
      dc[dcAt + j] = d * s[fAt + j];
      z[i + j] = (float) (d * p[gAt + j] * CpuActivations.slope(sigma, z[i + j]));
      z[f + j] = (float) (d * cell[cBefore + j] * CpuActivations.slope(sigma, z[f + j]));
      z[g + j] = (float) (d * inputGate * CpuActivations.slope(phi, z[g + j]));
    }
    if (diagonal()) {
      multiplyAdd(peephole.values(), peephole.at(), z, i, dc, dcAt);
      multiplyAdd(peephole.values(), peephole.at() + units, z, f, dc, dcAt);
    }
  }

  /** The gates after activation: as the forward step left them, or computed again. */
  private float[] activated(Activation a, int zAt, int gate, int length) {
    return a.derivesFromOutput() ? gates.values() : activate(a, zAt, gate, length);
  }
}
