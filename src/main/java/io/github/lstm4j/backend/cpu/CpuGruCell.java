package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import java.util.List;

/**
 * The GRU: the equations of {@link CellSpec.Gru} in their order, from the line {@code z = σ(…)} on,
 * and back.
 */
final class CpuGruCell implements CpuCell {
  private final CpuSequence s;
  private final boolean after;
  private final int units;
  private final VectorMath math;
  private final Product product;
  private final Product sharedProduct;
  private final Span gates;
  private final Span inner;
  private final Span hs;
  private final Activation phi;
  private final Activation sigma;

  /** Keras's default, whose way back is one plain loop. */
  private final boolean standard;

  /** One row: the three gates after activation where {@link #gates} is before it. */
  private final float[] active;

  /** (B,U) the gradient of q, for the form in which the reset gate comes first. */
  private final Span dq;

  CpuGruCell(CellSpec.Gru cell, CpuSequence sequence, CpuBinding binding) {
    this.s = sequence;
    this.after = cell.resetAfter();
    this.units = cell.units();
    this.math = binding.math();
    this.product = new Product(binding.gemm(), null);
    this.sharedProduct = binding.product();
    this.gates = s.gates;
    this.inner = s.inner;
    this.hs = s.states.get(0);
    this.phi = cell.activation();
    this.sigma = cell.recurrentActivation();
    this.standard =
        after && phi.kind() == Activation.Kind.TANH && sigma.kind() == Activation.Kind.SIGMOID;
    this.active = new float[3 * units];
    int size = after ? 0 : s.batch * units;
    this.dq = new Span(new float[size], 0, size);
  }

  private int gatesAt(int t, int row) {
    return gates.at() + s.gatesAt(t, row);
  }

  /** Where q of a row lies in {@link #inner}. */
  private int q(int t, int row) {
    return (t * s.batch + row) * units;
  }

  /** What the candidate sees of h₋, from a row on: an array's span and the index in it. */
  private Span seen() {
    return s.recurrentDropout == null ? hs : s.droppedH;
  }

  private int seenAt(int t, int row) {
    return s.recurrentDropout == null
        ? s.before(t, row)
        : ((2 * s.timesteps + t) * s.batch + row) * units;
  }

  // ---------------------------------------------------------------- forward

  @Override
  public void forward(
      int t, int from, int rows, int unit, int count, float[] z, int at, int ldz, int apart) {
    if (after) {
      for (int r = from; r < from + rows; r++) {
        if (!s.masked(t, r)) {
          forwardAfter(t, r);
        }
      }
      return;
    }
    for (int r = from; r < from + rows; r++) {
      if (s.masked(t, r)) {
        inner.fill(q(t, r), units, 0);
      } else {
        resetFirst(t, r);
      }
    }
    // a_g += q·R_g: (rows,U)x(U,U) -> (rows,U)
    product
        .of(rows, units, units)
        .a(inner, q(t, from), units)
        .b(s.recurrentKernel, 2 * units, 3 * units)
        .addTo(gates, s.gatesAt(t, from) + 2 * units, 3 * units);
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        output(t, r, activated(sigma, gatesAt(t, r), 0, units));
      }
    }
  }

  private void forwardAfter(int t, int row) {
    float[] a = gates.values();
    float[] p = inner.values();
    int at = gatesAt(t, row);
    int pAt = inner.at() + s.gatesAt(t, row);
    for (int j = 0; j < 2 * units; j++) {
      a[at + j] += p[pAt + j];
    }
    // z, r = σ(…)
    float[] zr = activate(sigma, at, 0, 2 * units);
    int rAt = (zr == a ? at : 0) + units;
    // a_g + r∘p_g
    for (int j = 0; j < units; j++) {
      a[at + 2 * units + j] += zr[rAt + j] * p[pAt + 2 * units + j];
    }
    output(t, row, zr);
  }

  /** z, r and q = r∘h₋. */
  private void resetFirst(int t, int row) {
    float[] zr = activate(sigma, gatesAt(t, row), 0, 2 * units);
    int rAt = (zr == gates.values() ? gatesAt(t, row) : 0) + units;
    int h = seen().at() + seenAt(t, row);
    math.multiply(zr, rAt, seen().values(), h, inner.values(), inner.at() + q(t, row), units);
  }

  /**
   * g and h.
   *
   * @param z the array that has z: that of {@link #gates}, or {@link #active}
   */
  private void output(int t, int row, float[] z) {
    int at = gatesAt(t, row);
    int zAt = z == gates.values() ? at : 0;
    float[] g = activate(phi, at, 2 * units, units);
    int gAt = (g == gates.values() ? at : 0) + 2 * units;
    float[] h = hs.values();
    int before = hs.at() + s.before(t, row);
    int to = hs.at() + s.after(t, row);
    // h = z∘h₋ + (1−z)∘g
    for (int j = 0; j < units; j++) {
      h[to + j] = z[zAt + j] * h[before + j] + (1 - z[zAt + j]) * g[gAt + j];
    }
  }

  /** As in {@link CpuLstmCell}: in place, or beside if the values before it will be needed. */
  private float[] activate(Activation a, int at, int gate, int length) {
    float[] z = gates.values();
    boolean inPlace = a.derivesFromOutput();
    float[] y = inPlace ? z : active;
    CpuActivations.apply(a, math, z, at + gate, y, (inPlace ? at : 0) + gate, length);
    return y;
  }

  /** The gates after activation: as {@link #activate} left them, or computed again. */
  private float[] activated(Activation a, int at, int gate, int length) {
    return a.derivesFromOutput() ? gates.values() : activate(a, at, gate, length);
  }

  // ---------------------------------------------------------------- backward

  @Override
  public void backward(int t, int from, int rows, List<Span> dStates) {
    Span dh = dStates.get(0);
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        if (standard) {
          standardBack(t, r, dh.values(), dh.at() + r * units);
        } else {
          outputBack(t, r, dh);
        }
      }
    }
    if (after) {
      return;
    }
    // dq = dg·R_gᵀ: (rows,U)x(U,U) -> (rows,U)
    product
        .of(rows, units, units)
        .a(gates, s.gatesAt(t, from) + 2 * units, 3 * units)
        .bTransposed(s.recurrentKernel, 2 * units, 3 * units)
        .into(dq, from * units, units);
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        resetBack(t, r, dh);
      }
    }
  }

  private void standardBack(int t, int row, float[] dh, int dhAt) {
    float[] a = gates.values();
    float[] p = inner.values();
    float[] h = hs.values();
    int zAt = gatesAt(t, row);
    int rAt = zAt + units;
    int gAt = rAt + units;
    int pAt = inner.at() + s.gatesAt(t, row);
    int before = hs.at() + s.before(t, row);
    for (int j = 0; j < units; j++) {
      float z = a[zAt + j];
      float r = a[rAt + j];
      float g = a[gAt + j];
      float d = dh[dhAt + j];
      float dz = d * (h[before + j] - g) * z * (1 - z);
      float dg = d * (1 - z) * (1 - g * g);
      float dr = dg * p[pAt + 2 * units + j] * r * (1 - r);
      a[zAt + j] = dz;
      a[rAt + j] = dr;
      a[gAt + j] = dg;
      p[pAt + j] = dz;
      p[pAt + units + j] = dr;
      p[pAt + 2 * units + j] = dg * r;
      dh[dhAt + j] = d * z;
    }
  }

  /** dz, dg, and what h₋ gets through z; with the reset gate behind the product also dr and dp. */
  private void outputBack(int t, int row, Span dh) {
    float[] a = gates.values();
    int at = gatesAt(t, row);
    float[] zr = activated(sigma, at, 0, 2 * units);
    int zAt = zr == a ? at : 0;
    float[] candidate = activated(phi, at, 2 * units, units);
    int gAt = (candidate == a ? at : 0) + 2 * units;
    int p = s.gatesAt(t, row);
    for (int j = 0; j < units; j++) {
      double d = dh.get(row * units + j);
      float z = zr[zAt + j];
      float r = zr[zAt + units + j];
      float g = candidate[gAt + j];
      double dz = d * (hs.get(s.before(t, row) + j) - g) * CpuActivations.slope(sigma, a[at + j]);
      double dg = d * (1 - z) * CpuActivations.slope(phi, a[at + 2 * units + j]);
      if (after) {
        double slope = CpuActivations.slope(sigma, a[at + units + j]);
        double dr = dg * inner.get(p + 2 * units + j) * slope;
        a[at + units + j] = (float) dr;
        inner.set(p + j, (float) dz);
        inner.set(p + units + j, (float) dr);
        inner.set(p + 2 * units + j, (float) (dg * r));
      }
      a[at + j] = (float) dz;
      a[at + 2 * units + j] = (float) dg;
      dh.set(row * units + j, (float) (d * z));
    }
  }

  /** dr, and what h₋ gets through q. */
  private void resetBack(int t, int row, Span dh) {
    float[] a = gates.values();
    int at = gatesAt(t, row);
    float[] reset = activated(sigma, at, units, units);
    int rAt = (reset == a ? at : 0) + units;
    for (int j = 0; j < units; j++) {
      int e = row * units + j;
      double d = dq.get(e);
      double kept =
          s.recurrentDropout == null ? 1 : s.recurrentDropout.get(2 * s.batch * units + e);
      dh.set(e, (float) (dh.get(e) + d * reset[rAt + j] * kept));
      double slope = CpuActivations.slope(sigma, a[at + units + j]);
      a[at + units + j] = (float) (d * seen().get(seenAt(t, row) + j) * slope);
    }
  }

  @Override
  public void weightGradients(Span dRecurrentKernel, List<Span> dCellWeights) {
    if (!after && dRecurrentKernel != null) {
      // dR_g = Σ qᵀ·dg: (U,T·B)x(T·B,U) -> (U,U)
      sharedProduct
          .of(units, units, s.timesteps * s.batch)
          .aTransposed(inner, 0, units)
          .b(gates, 2 * units, 3 * units)
          .into(dRecurrentKernel, 2 * units, 3 * units);
    }
  }
}
