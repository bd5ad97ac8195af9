package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * {@link RecurrentOp.RecurrentGrad}: each slice of the batch goes back through time by itself and
 * leaves dZ in place of the gates; then the gradients of the weights are sums over all timesteps at
 * once, in an order that does not depend on the number of threads.
 */
final class CpuLstmGrad implements Step {
  /** Rows of x at a time whose masked ones are set to zero before the product. */
  private static final int MASKED_ROWS = 1024;

  private final RecurrentOp.Recurrent forward;
  private final CellSpec.Lstm spec;
  private final int timesteps;
  private final int batch;
  private final int units;
  private final Gemm gemm;
  private final ThreadTeam team;
  private final BatchSlices slices;
  private final Span dy;
  private final Span dh;
  private final Span dc;
  private final Span dDroppedH;
  private final Span dyCarry;
  private final Span dropout;
  private final Span gates;
  private final Span hs;
  private final Span cs;
  private final Span mask;
  private final Span x;
  private final Span kernel;
  private final Span droppedH;
  private final Span dhLast;
  private final Span dcLast;
  private final Span dyLast;
  private final Span dx;
  private final Span dKernel;
  private final Span dRecurrentKernel;
  private final Span dPeephole;
  private final Span dh0;
  private final Span dc0;
  private final GateProduct recurrent;
  private final int inputs;
  private final CpuLstmCell[] cells;
  private final float[] maskedX;
  private final double[] peepholeSums;
  private final Step biasSums;
  private final IntConsumer slice = this::slice;

  CpuLstmGrad(RecurrentOp.RecurrentGrad op, CpuCompiler compiler) {
    this.forward = op.forward();
    this.spec = (CellSpec.Lstm) forward.cell();
    this.timesteps = forward.timesteps();
    this.batch = forward.batch();
    this.units = forward.units();
    this.gemm = compiler.math().gemm();
    this.team = compiler.parallel().team();
    this.slices = BatchSlices.of(forward, team.size());
    this.dy = compiler.span(op.dy());
    this.dh = compiler.span(op.dStates().get(0));
    this.dc = compiler.span(op.dStates().get(1));
    this.dDroppedH = compiler.span(op.dDroppedH());
    this.dyCarry = compiler.span(op.dyCarry());
    this.dropout = compiler.span(forward.in().recurrentDropout());
    this.gates = compiler.span(forward.gates());
    this.hs = compiler.span(forward.hs());
    this.cs = compiler.span(forward.states().get(1));
    this.mask = compiler.span(forward.in().mask());
    this.x = compiler.span(forward.in().x());
    this.kernel = compiler.span(forward.in().kernel());
    this.droppedH = compiler.span(forward.droppedH());
    this.dhLast = compiler.span(op.dLastStates().get(0));
    this.dcLast = compiler.span(op.dLastStates().get(1));
    this.dyLast = compiler.span(op.dyLast());
    this.dx = compiler.span(op.dx());
    this.dKernel = compiler.span(op.dKernel());
    this.dRecurrentKernel = compiler.span(op.dRecurrentKernel());
    this.dPeephole = spanOf(op.dCellWeights(), 0, compiler);
    this.dh0 = spanOf(op.dInitialStates(), 0, compiler);
    this.dc0 = spanOf(op.dInitialStates(), 1, compiler);
    this.inputs = forward.in().inputPerGate() ? 4 : 1;
    // a masked row has dZ = 0 and keeps its dh
    this.recurrent =
        GateProduct.back(
            gemm,
            compiler.span(forward.in().recurrentKernel()),
            units,
            dropout == null ? 1 : 4,
            batch * units,
            timesteps > 1,
            mask != null && dropout == null,
            slices.sharedProducts() ? team : null);
    this.cells = new CpuLstmCell[slices.parts()];
    Arrays.setAll(cells, part -> new CpuLstmCell(forward, spec, compiler));
    this.maskedX = mask == null ? null : new float[MASKED_ROWS * forward.features()];
    this.peepholeSums = new double[units];
    this.biasSums =
        op.dBias() == null
            ? () -> {}
            : CpuMatMul.columnSums(
                gates, timesteps * batch, 4 * units, compiler.span(op.dBias()), compiler);
  }

  private static Span spanOf(List<Value> list, int index, CpuCompiler compiler) {
    return list.isEmpty() ? null : compiler.span(list.get(index));
  }

  @Override
  public void run() {
    copyOrZero(dhLast, dh);
    copyOrZero(dcLast, dc);
    if (dyCarry != null) {
      copyOrZero(dyLast, dyCarry);
    }
    recurrent.pack();
    team.run(slices.parts(), slice);
    if (dh0 != null) {
      dh0.copy(dh);
    }
    if (dc0 != null) {
      dc0.copy(dc);
    }
    if (dKernel != null) {
      kernelGradient();
    }
    if (dRecurrentKernel != null) {
      recurrentKernelGradient();
    }
    biasSums.run();
    if (dPeephole != null) {
      peepholeGradient(dPeephole);
    }
    if (dx != null) {
      inputGradient();
    }
  }

  private static void copyOrZero(Span from, Span to) {
    if (from == null) {
      to.fill(0);
    } else {
      to.copy(from);
    }
  }

  /** Takes a slice of the batch back through all timesteps. */
  private void slice(int part) {
    CpuLstmCell cell = cells[part];
    int from = slices.from(part);
    int rows = slices.rows(part);
    for (int s = timesteps - 1; s >= 0; s--) {
      int t = forward.timeOf(s);
      for (int r = from; r < from + rows; r++) {
        addOutputGradient(t, r, cell.masked(t, r));
      }
      cell.backward(t, from, rows, dh, dc);
      if (s > 0 || dh0 != null) {
        stateGradient(cell, t, from, rows);
      }
    }
  }

  /** dh += dy, as far as y was h: a masked step only repeated an earlier output. */
  private void addOutputGradient(int t, int row, boolean masked) {
    int at = row * units;
    int dyAt = (t * batch + row) * units;
    if (dyCarry == null) {
      for (int j = 0; dy != null && j < units; j++) {
        dh.set(at + j, dh.get(at + j) + dy.get(dyAt + j));
      }
    } else if (masked && forward.sequence().zeroOutputForMask()) {
      dyCarry.part(at, units).fill(0);
    } else {
      for (int j = 0; j < units; j++) {
        float sum = dyCarry.get(at + j) + (dy == null ? 0 : dy.get(dyAt + j));
        dyCarry.set(at + j, masked ? sum : 0);
        dh.set(at + j, masked ? dh.get(at + j) : dh.get(at + j) + sum);
      }
    }
  }

  /** The gradient of h₋: {@code dZ·Rᵀ}, or what it was at a masked step. */
  private void stateGradient(CpuLstmCell cell, int t, int from, int rows) {
    int zAt = gates.at() + (t * batch + from) * 4 * units;
    if (mask != null || dropout != null) {
      for (int r = from; r < from + rows; r++) {
        if (!cell.masked(t, r)) {
          dh.part(r * units, units).fill(0);
        }
      }
    }
    if (dropout == null) {
      // (rows,4U)x(4U,U) -> (rows,U)
      recurrent.multiply(rows, gates.values(), zAt, dh.values(), dh.at() + from * units);
      return;
    }
    // for each gate (rows,U)x(U,U) -> (rows,U)
    recurrent.multiply(
        rows, gates.values(), zAt, dDroppedH.values(), dDroppedH.at() + from * units);
    for (int g = 0; g < 4; g++) {
      for (int e = from * units; e < (from + rows) * units; e++) {
        int m = g * batch * units + e;
        dh.set(e, dh.get(e) + dDroppedH.get(m) * dropout.get(m));
      }
    }
  }

  /** {@code dK = Σ xᵀ·dZ}: (F,T·B)x(T·B,4U) -> (F,4U). */
  private void kernelGradient() {
    int rows = timesteps * batch;
    int features = forward.features();
    if (mask == null) {
      weightGradient(x, features, inputs, dKernel);
      return;
    }
    // what lies in a masked row may be NaN, and NaN·0 is not 0
    int width = 4 * units / inputs;
    for (int g = 0; g < inputs; g++) {
      for (int row = 0; row < rows; row += MASKED_ROWS) {
        int some = Math.min(MASKED_ROWS, rows - row);
        zeroMasked(x.part((g * rows + row) * features, some * features), row, some);
        gemm.multiply(
            true,
            false,
            features,
            width,
            some,
            maskedX,
            0,
            features,
            gates.values(),
            gates.at() + row * 4 * units + g * width,
            4 * units,
            dKernel.values(),
            dKernel.at() + g * width,
            4 * units,
            row > 0,
            team);
      }
    }
  }

  private void zeroMasked(Span x, int firstRow, int rows) {
    int features = forward.features();
    System.arraycopy(x.values(), x.at(), maskedX, 0, rows * features);
    for (int r = 0; r < rows; r++) {
      if (mask.get(firstRow + r) == 0) {
        Arrays.fill(maskedX, r * features, (r + 1) * features, 0);
      }
    }
  }

  /** {@code dR = Σ h₋ᵀ·dZ}: (U,T·B)x(T·B,4U) -> (U,4U). */
  private void recurrentKernelGradient() {
    int rows = timesteps * batch;
    Span h =
        dropout == null ? hs.part(forward.slotBefore(0) * batch * units, rows * units) : droppedH;
    weightGradient(h, units, dropout == null ? 1 : 4, dRecurrentKernel);
  }

  /** {@code dW = xᵀ·dZ}, for each gate if each has an x of its own. */
  private void weightGradient(Span x, int depth, int perGate, Span dWeight) {
    int rows = timesteps * batch;
    int width = 4 * units / perGate;
    for (int g = 0; g < perGate; g++) {
      gemm.multiply(
          true,
          false,
          depth,
          width,
          rows,
          x.values(),
          x.at() + g * rows * depth,
          depth,
          gates.values(),
          gates.at() + g * width,
          4 * units,
          dWeight.values(),
          dWeight.at() + g * width,
          4 * units,
          false,
          team);
    }
  }

  /** {@code dx = dZ·Kᵀ}: (T·B,4U)x(4U,F) -> (T·B,F). */
  private void inputGradient() {
    int rows = timesteps * batch;
    int features = forward.features();
    int width = 4 * units / inputs;
    for (int g = 0; g < inputs; g++) {
      gemm.multiply(
          false,
          true,
          rows,
          features,
          width,
          gates.values(),
          gates.at() + g * width,
          4 * units,
          kernel.values(),
          kernel.at() + g * width,
          4 * units,
          dx.values(),
          dx.at() + g * rows * features,
          features,
          false,
          team);
    }
  }

  private void peepholeGradient(Span d) {
    int before = forward.slotBefore(0) * batch * units;
    int after = forward.slotAfter(0) * batch * units;
    switch (spec.peephole()) {
      case FULL_OUTPUT ->
          // dV = Σ cᵀ·dz_o: (U,T·B)x(T·B,U) -> (U,U)
          gemm.multiply(
              true,
              false,
              units,
              units,
              timesteps * batch,
              cs.values(),
              cs.at() + after,
              units,
              gates.values(),
              gates.at() + 3 * units,
              4 * units,
              d.values(),
              d.at(),
              units,
              false,
              team);
      case DIAGONAL_OUTPUT -> diagonalGradient(after, 3, d, 0);
      case DIAGONAL -> {
        diagonalGradient(before, 0, d, 0);
        diagonalGradient(before, 1, d, units);
        diagonalGradient(after, 3, d, 2 * units);
      }
      case NONE -> {}
    }
  }

  /** {@code dp = Σ c∘dz} for one gate. */
  private void diagonalGradient(int cAt, int gate, Span d, int to) {
    Arrays.fill(peepholeSums, 0, units, 0);
    for (int row = 0; row < timesteps * batch; row++) {
      int z = (4 * row + gate) * units;
      for (int j = 0; j < units; j++) {
        peepholeSums[j] += (double) cs.get(cAt + row * units + j) * gates.get(z + j);
      }
    }
    for (int j = 0; j < units; j++) {
      d.set(to + j, (float) peepholeSums[j]);
    }
  }
}
