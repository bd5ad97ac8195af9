package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import java.util.List;

/** The simple recurrent cell: the equation of {@link CellSpec.SimpleRnn}, and back. */
final class CpuSimpleRnnCell implements CpuCell {
  private final CpuSequence s;
  private final int units;
  private final VectorMath math;
  private final Span gates;
  private final Span h;
  private final Activation phi;

  CpuSimpleRnnCell(CellSpec.SimpleRnn cell, CpuSequence sequence, CpuBinding binding) {
    this.s = sequence;
    this.units = cell.units();
    this.math = binding.math();
    this.gates = s.gates;
    this.h = s.states.get(0);
    this.phi = cell.activation();
  }

  @Override
  public boolean byUnits() {
    return true;
  }

  @Override
  public void forward(
      int t, int from, int rows, int unit, int count, float[] z, int at, int ldz, int apart) {
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        // h = φ(z), which is kept in place of z where the slope follows from it
        int zAt = at + (r - from) * ldz;
        int hAt = h.at() + s.after(t, r) + unit;
        CpuActivations.apply(phi, math, z, zAt, h.values(), hAt, count);
        if (phi.derivesFromOutput()) {
          System.arraycopy(h.values(), hAt, z, zAt, count);
        }
      }
    }
  }

  @Override
  public void backward(int t, int from, int rows, List<Span> dStates) {
    Span dh = dStates.get(0);
    for (int r = from; r < from + rows; r++) {
      if (!s.masked(t, r)) {
        // dz = dh∘φ'(z)
        int zAt = s.gatesAt(t, r);
        for (int j = 0; j < units; j++) {
          double slope = CpuActivations.slope(phi, gates.get(zAt + j));
          gates.set(zAt + j, (float) (dh.get(r * units + j) * slope));
        }
      }
    }
  }

  @Override
  public void weightGradients(Span dRecurrentKernel, List<Span> dCellWeights) {} // it has none
}
