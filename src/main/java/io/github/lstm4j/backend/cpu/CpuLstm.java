package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * {@link RecurrentOp.Recurrent}: the equations of {@link CellSpec.Lstm}. For every timestep {@code
 * z = b + x·K + h₋·R} is two matrix products; {@link CpuLstmCell} does the rest.
 */
final class CpuLstm implements Step {
  /** Slices with fewer rows get all their {@code x·K} at once, before the first timestep. */
  private static final int FEW_ROWS = 16;

  /** Weights are packed if they are used at least so many times. */
  private static final int WORTH_PACKING = 8;

  private final RecurrentOp.Recurrent op;
  private final int timesteps;
  private final int batch;
  private final int features;
  private final int units;
  private final Gemm gemm;
  private final ThreadTeam team;
  private final BatchSlices slices;
  private final Span x;
  private final Span kernel;
  private final int inputs;
  private final Span bias;
  private final Span h0;
  private final Span c0;
  private final Span dropout;
  private final Span hs;
  private final Span cs;
  private final Span gates;
  private final Span droppedH;
  private final Span y;
  private final GateProduct input;
  private final GateProduct recurrent;
  private final boolean inputAhead;
  private final CpuLstmCell[] cells;
  private final IntConsumer slice = this::slice;

  CpuLstm(RecurrentOp.Recurrent op, CpuCompiler compiler) {
    this.op = op;
    this.timesteps = op.timesteps();
    this.batch = op.batch();
    this.features = op.features();
    this.units = op.units();
    this.team = compiler.parallel().team();
    this.slices = BatchSlices.of(op, team.size());
    this.x = compiler.span(op.in().x());
    this.bias = compiler.span(op.in().bias());
    this.h0 = initial(0, compiler);
    this.c0 = initial(1, compiler);
    this.dropout = compiler.span(op.in().recurrentDropout());
    this.hs = compiler.span(op.hs());
    this.cs = compiler.span(op.states().get(1));
    this.gates = compiler.span(op.gates());
    this.droppedH = compiler.span(op.droppedH());
    this.y = compiler.span(op.y());
    this.gemm = compiler.math().gemm();
    this.kernel = compiler.span(op.in().kernel());
    this.inputs = op.in().inputPerGate() ? 4 : 1;
    boolean often = timesteps >= WORTH_PACKING;
    this.inputAhead = slices.rows(0) < FEW_ROWS && slices.parts() == 1;
    int inputStride = timesteps * batch * features;
    this.input =
        GateProduct.forward(
            gemm, kernel, features, inputs, inputStride, often && !inputAhead, null);
    this.recurrent =
        GateProduct.forward(
            gemm,
            compiler.span(op.in().recurrentKernel()),
            units,
            dropout == null ? 1 : 4,
            timesteps * batch * units,
            often,
            slices.sharedProducts() ? team : null);
    this.cells = new CpuLstmCell[slices.parts()];
    Arrays.setAll(cells, part -> new CpuLstmCell(op, (CellSpec.Lstm) op.cell(), compiler));
  }

  private Span initial(int state, CpuCompiler compiler) {
    List<Value> all = op.in().initialStates();
    return all.isEmpty() ? null : compiler.span(all.get(state));
  }

  @Override
  public void run() {
    initialState(h0, hs);
    initialState(c0, cs);
    input.pack();
    recurrent.pack();
    if (inputAhead) {
      inputOfAllSteps();
    }
    team.run(slices.parts(), slice);
  }

  private void initialState(Span from, Span states) {
    Span state = states.part(op.slotBefore(op.timeOf(0)) * batch * units, batch * units);
    if (from == null) {
      state.fill(0);
    } else {
      state.copy(from);
    }
  }

  private void fillBias(int rows, int at) {
    if (bias == null) {
      Arrays.fill(gates.values(), at, at + rows * 4 * units, 0);
    } else {
      CpuMatMul.fillRows(bias, rows, gates.values(), at);
    }
  }

  private void inputOfAllSteps() {
    int rows = timesteps * batch;
    int width = 4 * units / inputs;
    fillBias(rows, gates.at());
    for (int g = 0; g < inputs; g++) {
      // x·K: (T·B,F)x(F,4U) -> (T·B,4U)
      gemm.multiply(
          false,
          false,
          rows,
          width,
          features,
          x.values(),
          x.at() + g * rows * features,
          features,
          kernel.values(),
          kernel.at() + g * width,
          4 * units,
          gates.values(),
          gates.at() + g * width,
          4 * units,
          true,
          team);
    }
  }

  /** Takes a slice of the batch through all timesteps. */
  private void slice(int part) {
    int from = slices.from(part);
    int rows = slices.rows(part);
    for (int s = 0; s < timesteps; s++) {
      int t = op.timeOf(s);
      int zAt = gates.at() + (t * batch + from) * 4 * units;
      if (!inputAhead) {
        fillBias(rows, zAt);
        // x_t·K: (rows,F)x(F,4U) -> (rows,4U)
        input.multiply(
            rows, x.values(), x.at() + (t * batch + from) * features, gates.values(), zAt);
      }
      int h = hs.at() + (op.slotBefore(t) * batch + from) * units;
      if (dropout == null) {
        // h₋·R: (rows,U)x(U,4U) -> (rows,4U)
        recurrent.multiply(rows, hs.values(), h, gates.values(), zAt);
      } else {
        dropH(t, from, rows, h);
        // the same, each gate with its own h₋
        recurrent.multiply(
            rows,
            droppedH.values(),
            droppedH.at() + (t * batch + from) * units,
            gates.values(),
            zAt);
      }
      cells[part].forward(t, from, rows);
      if (y != null) {
        outputs(cells[part], s, from, rows);
      }
    }
  }

  /** What each gate sees of h₋. */
  private void dropH(int t, int from, int rows, int hAt) {
    float[] h = hs.values();
    for (int g = 0; g < 4; g++) {
      int m = (g * batch + from) * units;
      int to = ((g * timesteps + t) * batch + from) * units;
      for (int e = 0; e < rows * units; e++) {
        droppedH.set(to + e, h[hAt + e] * dropout.get(m + e));
      }
    }
  }

  /** The outputs where they differ from the states. */
  private void outputs(CpuLstmCell cell, int s, int from, int rows) {
    int t = op.timeOf(s);
    for (int r = from; r < from + rows; r++) {
      Span out = y.part((t * batch + r) * units, units);
      if (!cell.masked(t, r)) {
        out.copy(hs.part((op.slotAfter(t) * batch + r) * units, units));
      } else if (s == 0 || op.sequence().zeroOutputForMask()) {
        out.fill(0);
      } else {
        out.copy(y.part((op.timeOf(s - 1) * batch + r) * units, units));
      }
    }
  }
}
