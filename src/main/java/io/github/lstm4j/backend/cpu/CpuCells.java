package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.CellSpec;

/** Which class computes which cell. */
final class CpuCells {
  private CpuCells() {}

  static CpuCell of(CpuSequence sequence, CpuBinding binding) {
    CellSpec cell = sequence.op.cell();
    if (cell instanceof CellSpec.Lstm lstm) {
      return new CpuLstmCell(lstm, sequence, binding);
    } else if (cell instanceof CellSpec.SimpleRnn simple) {
      return new CpuSimpleRnnCell(simple, sequence, binding);
    } else if (cell instanceof CellSpec.Gru gru) {
      return new CpuGruCell(gru, sequence, binding);
    }
    throw new IllegalStateException("the CPU backend has no " + cell.getClass().getSimpleName());
  }
}
