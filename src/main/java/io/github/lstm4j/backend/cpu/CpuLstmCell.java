package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import java.util.List;

/**
 * The LSTM: the equations of {@link CellSpec.Lstm} in their order, from the line {@code i = σ(z_i
 * …)} on, and back.
 */
final class CpuLstmCell implements CpuCell {
  /**
   * So many gates stay in the first-level cache from one part of a step to the next, even if rows
   * lie a power of two apart and share an eighth of it.
   */
  private static final int IN_CACHE = 1024;

  private final CpuSequence s;
  private final Peephole peephole;
  private final int units;
  private final VectorMath math;
  private final Product product;
  private final Product sharedProduct;
  private final Span gates;
  private final Span hs;
  private final Span cs;
  private final Span p;
  private final Activation phi;
  private final Activation sigma;

  /** Keras's default, whose way back is one fused loop. */
  private final boolean standard;

  /** Whether the gates after activation replace those before it. */
  private final boolean inPlace;

  /** The gates that are going forward. */
  private float[] z;

  private int zAt;
  private int zRow;
  private int apart;

  /** One row: the four gates after activation where {@link #gates} is before it, and φ(c). */
  private final float[] active;

  CpuLstmCell(CellSpec.Lstm cell, CpuSequence sequence, CpuBinding binding) {
    this.s = sequence;
    this.peephole = cell.peephole();
    this.units = cell.units();
    this.math = binding.math();
    this.product = new Product(binding.gemm(), null);
    this.sharedProduct = binding.product();
    this.gates = s.gates;
    this.hs = s.states.get(0);
    this.cs = s.states.get(1);
    this.p = peephole == Peephole.NONE ? null : s.cellWeights.get(0);
    this.phi = cell.activation();
    this.sigma = cell.recurrentActivation();
    this.standard =
        phi.kind() == Activation.Kind.TANH
            && sigma.kind() == Activation.Kind.SIGMOID
            && peephole == Peephole.NONE;
    this.inPlace = phi.derivesFromOutput() && sigma.derivesFromOutput();
    this.active = new float[5 * units];
  }

  private boolean diagonal() {
    return peephole == Peephole.DIAGONAL;
  }

  private boolean diagonalOutput() {
    return diagonal() || peephole == Peephole.DIAGONAL_OUTPUT;
  }

  /** Where p_o begins in the peephole weights. */
  private int outputPeephole() {
    return p.at() + (diagonal() ? 2 * units : 0);
  }

  private int gatesAt(int t, int row) {
    return gates.at() + s.gatesAt(t, row);
  }

  private int before(Span states, int t, int row) {
    return states.at() + s.before(t, row);
  }

  private int after(Span states, int t, int row) {
    return states.at() + s.after(t, row);
  }

  // ---------------------------------------------------------------- forward

  @Override
  public boolean byUnits() {
    return peephole != Peephole.FULL_OUTPUT;
  }

  @Override
  public void forward(
      int t, int from, int rows, int unit, int count, float[] values, int at, int ldz, int far) {
    this.z = values;
    this.zAt = at;
    this.zRow = ldz;
    this.apart = far;
    if (byUnits()) {
      forward(t, from, rows, unit, count, true, true);
      return;
    }
    forward(t, from, rows, 0, units, true, false);
    // z_o += c·V: (rows,U)x(U,U) -> (rows,U)
    product
        .of(rows, units, units)
        .a(cs, s.after(t, from), units)
        .b(p, 0, units)
        .addTo(gates, s.gatesAt(t, from) + 3 * units, 4 * units);
    forward(t, from, rows, 0, units, false, true);
  }

  /** The first part of the step, the second, or for some rows after the other both. */
  private void forward(
      int t, int from, int rows, int unit, int count, boolean cellState, boolean output) {
    int end = from + rows;
    int atOnce = inPlace ? Math.max(1, IN_CACHE / (4 * count)) : 1;
    int some;
    for (int r = from; r < end; r += Math.max(1, some)) {
      some = s.unmasked(t, r, Math.min(end, r + atOnce));
      int at = zAt + (r - from) * zRow;
      if (cellState) {
        cellState(t, r, some, unit, count, at);
      }
      if (output) {
        output(t, r, some, unit, count, at);
      }
    }
  }

  /** i, f, g and c of some units. */
  private void cellState(int t, int row, int rows, int unit, int count, int at) {
    float[] c = cs.values();
    int cBefore = before(cs, t, row) + unit;
    int cAfter = after(cs, t, row) + unit;
    for (int r = 0; diagonal() && r < rows; r++) {
      int i = at + r * zRow;
      int pAt = p.at() + unit;
      multiplyAdd(p.values(), pAt, c, cBefore + r * units, z, i, count);
      multiplyAdd(p.values(), pAt + units, c, cBefore + r * units, z, i + apart, count);
    }
    // i = σ(z_i), f = σ(z_f), side by side if they lie so
    boolean together = count == apart;
    activate(sigma, rows, at, 0, together ? 2 * count : count);
    if (!together) {
      activate(sigma, rows, at, 1, count);
    }
    // g = φ(z_g)
    activate(phi, rows, at, 2, count);
    float[] s = sigma.derivesFromOutput() ? z : active;
    float[] g = phi.derivesFromOutput() ? z : active;
    int i = activeAt(sigma, at, 0);
    int f = activeAt(sigma, at, 1);
    int gAt = activeAt(phi, at, 2);
    for (int r = 0; r < rows; r++) {
      // c = f∘c₋ + i∘g
      int to = r * units;
      int a = r * zRow;
      math.sumOfProducts(s, f + a, c, cBefore + to, s, i + a, g, gAt + a, c, cAfter + to, count);
    }
  }

  /** o and h of some units. */
  private void output(int t, int row, int rows, int unit, int count, int at) {
    float[] h = hs.values();
    int c = after(cs, t, row) + unit;
    int hAt = after(hs, t, row) + unit;
    for (int r = 0; diagonalOutput() && r < rows; r++) {
      int to = at + r * zRow + 3 * apart;
      multiplyAdd(p.values(), outputPeephole() + unit, cs.values(), c + r * units, z, to, count);
    }
    // o = σ(z_o)
    activate(sigma, rows, at, 3, count);
    float[] o = sigma.derivesFromOutput() ? z : active;
    int oAt = activeAt(sigma, at, 3);
    // h = o∘φ(c)
    CpuActivations.apply(phi, math, rows, cs.values(), c, units, h, hAt, units, count);
    for (int r = 0; r < rows; r++) {
      int to = hAt + r * units;
      math.multiply(h, to, o, oAt + r * zRow, h, to, count);
    }
  }

  /**
   * Activates a gate where it lies, or that of one row beside it, in {@link #active}, if the values
   * before activation will be needed.
   */
  private void activate(Activation a, int rows, int at, int gate, int length) {
    int from = at + gate * apart;
    float[] to = a.derivesFromOutput() ? z : active;
    CpuActivations.apply(a, math, rows, z, from, zRow, to, activeAt(a, at, gate), zRow, length);
  }

  /** Where a gate lies after activation. */
  private int activeAt(Activation a, int at, int gate) {
    return a.derivesFromOutput() ? at + gate * apart : gate * apart;
  }

  /** {@code y += a∘b}, some units of a row. */
  private static void multiplyAdd(
      float[] a, int aAt, float[] b, int bAt, float[] y, int yAt, int count) {
    for (int j = 0; j < count; j++) {
      y[yAt + j] += a[aAt + j] * b[bAt + j];
    }
  }

  // ---------------------------------------------------------------- backward

  @Override
  public void backward(int t, int from, int rows, List<Span> dStates) {
    Span dh = dStates.get(0);
    Span dc = dStates.get(1);
    for (int r = from; r < from + rows; r++) {
      int dhAt = dh.at() + r * units;
      int dcAt = dc.at() + r * units;
      if (s.masked(t, r)) {
        continue;
      }
      if (standard) {
        math.lstmBackward(
            gates.values(),
            gatesAt(t, r),
            cs.values(),
            before(cs, t, r),
            cs.values(),
            after(cs, t, r),
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
    if (peephole == Peephole.FULL_OUTPUT) {
      // dc += dz_o·Vᵀ: (rows,U)x(U,U) -> (rows,U)
      product
          .of(rows, units, units)
          .a(gates, s.gatesAt(t, from) + 3 * units, 4 * units)
          .bTransposed(p, 0, units)
          .addTo(dc, from * units, units);
    }
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        cellStateBack(t, r, dc.values(), dc.at() + r * units);
      }
    }
  }

  /** dz_o and the whole gradient of c. */
  private void outputBack(int t, int row, float[] dh, int dhAt, float[] dc, int dcAt) {
    float[] z = gates.values();
    int o = gatesAt(t, row) + 3 * units;
    int c = after(cs, t, row);
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
      multiplyAdd(p.values(), outputPeephole(), z, o, dc, dcAt, units);
    }
  }

  /** dz_i, dz_f, dz_g and the gradient of the old c. */
  private void cellStateBack(int t, int row, float[] dc, int dcAt) {
    float[] z = gates.values();
    int i = gatesAt(t, row);
    int f = i + units;
    int g = f + units;
    int cBefore = before(cs, t, row);
    float[] cell = cs.values();
    float[] s = activated(sigma, i, 0, 2 * units);
    int iAt = s == z ? i : 0;
    int fAt = iAt + units;
    float[] candidate = activated(phi, i, 2 * units, units);
    int gAt = candidate == z ? g : 2 * units;
    for (int j = 0; j < units; j++) {
      float d = dc[dcAt + j];
      float inputGate = s[iAt + j];
      dc[dcAt + j] = d * s[fAt + j];
      z[i + j] = (float) (d * candidate[gAt + j] * CpuActivations.slope(sigma, z[i + j]));
      z[f + j] = (float) (d * cell[cBefore + j] * CpuActivations.slope(sigma, z[f + j]));
      z[g + j] = (float) (d * inputGate * CpuActivations.slope(phi, z[g + j]));
    }
    if (diagonal()) {
      multiplyAdd(p.values(), p.at(), z, i, dc, dcAt, units);
      multiplyAdd(p.values(), p.at() + units, z, f, dc, dcAt, units);
    }
  }

  /** The gates after activation: as the forward step left them, or computed again. */
  private float[] activated(Activation a, int at, int gate, int length) {
    float[] z = gates.values();
    if (a.derivesFromOutput()) {
      return z;
    }
    CpuActivations.apply(a, math, z, at + gate, active, gate, length);
    return active;
  }

  // ---------------------------------------------------------------- the peephole's gradient

  @Override
  public void weightGradients(Span dRecurrentKernel, List<Span> dCellWeights) {
    if (peephole == Peephole.NONE || dCellWeights.get(0) == null) {
      return;
    }
    Span d = dCellWeights.get(0);
    switch (peephole) {
      case FULL_OUTPUT ->
          // dV = Σ cᵀ·dz_o: (U,T·B)x(T·B,U) -> (U,U)
          sharedProduct
              .of(units, units, s.timesteps * s.batch)
              .aTransposed(cs, s.firstAfter(), units)
              .b(gates, 3 * units, 4 * units)
              .into(d, 0, units);
      case DIAGONAL_OUTPUT -> diagonalGradient(s.firstAfter(), 3, d, 0);
      case DIAGONAL -> {
        diagonalGradient(s.firstBefore(), 0, d, 0);
        diagonalGradient(s.firstBefore(), 1, d, units);
        diagonalGradient(s.firstAfter(), 3, d, 2 * units);
      }
      case NONE -> throw new IllegalStateException("without a peephole there is no gradient");
    }
  }

  /** {@code dp = Σ c∘dz} for one gate. */
  private void diagonalGradient(int cAt, int gate, Span d, int to) {
    double[] sums = new double[units];
    for (int row = 0; row < s.timesteps * s.batch; row++) {
      int z = (4 * row + gate) * units;
      for (int j = 0; j < units; j++) {
        sums[j] += (double) cs.get(cAt + row * units + j) * gates.get(z + j);
      }
    }
    for (int j = 0; j < units; j++) {
      d.set(to + j, (float) sums[j]);
    }
  }
}
