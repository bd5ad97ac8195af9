package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.graph.RecurrentOp;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntConsumer;

/**
 * {@link RecurrentOp.RecurrentGrad}: each slice of the batch goes back through time by itself and
 * leaves dZ in place of the gates; then the gradients of the weights are sums over all timesteps at
 * once, in an order that does not depend on the number of threads.
 */
final class CpuRecurrentGrad implements Task {
  private final RecurrentOp.Recurrent forward;
  private final CpuSequence s;
  private final ThreadTeam team;
  private final BatchSlices slices;
  private final Span dy;
  private final List<Span> dLastStates;
  private final Span dyLast;
  private final Span dx;
  private final Span dRecurrentKernel;
  private final List<Span> dCellWeights;
  private final List<Span> dInitialStates;
  private final List<Span> dStates;
  private final Span dh;
  private final Span dDroppedH;
  private final Span dyCarry;
  private final GateProduct recurrent;
  private final Product product;
  private final CpuCell[] cells;
  private final Task weightGradients;
  private final IntConsumer slice = this::slice;

  CpuRecurrentGrad(RecurrentOp.RecurrentGrad op, CpuBinding binding) {
    this.forward = op.forward();
    this.s = new CpuSequence(forward, binding, true);
    this.team = binding.team();
    this.slices = BatchSlices.of(forward, team.size());
    this.dy = binding.span(op.dy());
    this.dLastStates = binding.spans(op.dLastStates());
    this.dyLast = binding.span(op.dyLast());
    this.dx = binding.span(op.dx());
    this.dRecurrentKernel = binding.span(op.dRecurrentKernel());
    this.dCellWeights = binding.spans(op.dCellWeights());
    this.dInitialStates = binding.spans(op.dInitialStates());
    this.dStates = binding.spans(op.dStates());
    this.dh = dStates.get(0);
    this.dDroppedH = binding.span(op.dDroppedH());
    this.dyCarry = binding.span(op.dyCarry());
    this.product = binding.product();
    this.recurrent =
        GateProduct.back(binding.gemm(), s.recurrentKernel, s.units)
            .columns(s.recurrentWidth())
            .perGate(s.recurrentInputs(), s.batch * s.units)
            .sharedBy(slices.sharedProducts() ? team : null)
            .packed(s.timesteps > 1);
    this.cells = new CpuCell[slices.parts()];
    Arrays.setAll(cells, part -> CpuCells.of(s, binding));
    this.weightGradients =
        weightGradients(binding.span(op.dKernel()), binding.span(op.dBias()), binding);
  }

  /** {@code dK = Σ xᵀ·dZ}, {@code dR = Σ h₋ᵀ·dZ} and {@code db = Σ dZ}. */
  private Task weightGradients(Span dKernel, Span dBias, CpuBinding binding) {
    int rows = s.timesteps * s.batch;
    boolean apart = s.recurrent != s.gates;
    OuterProducts input = new OuterProducts(s.gates, s.width, rows, binding);
    OuterProducts recurrent =
        apart ? new OuterProducts(s.recurrent, s.width, rows, binding) : input;
    // (F,T·B)x(T·B,G·U) -> (F,G·U)
    input.of(s.x, 0, s.features, s.inputs(), s.width, s.mask, dKernel);
    // (U,T·B)x(T·B,G·U) -> (U,G·U)
    boolean dropped = s.recurrentDropout != null;
    recurrent.of(
        dropped ? s.droppedH : s.states.get(0),
        dropped ? 0 : s.firstBefore(),
        s.units,
        s.recurrentInputs(),
        s.recurrentWidth(),
        null,
        dRecurrentKernel);
    input.sums(dBias == null ? null : dBias.part(0, s.width));
    if (!apart) {
      return input.task();
    }
    recurrent.sums(dBias == null ? null : dBias.part(s.width, s.width));
    Task first = input.task();
    Task second = recurrent.task();
    return () -> {
      first.run();
      second.run();
    };
  }

  @Override
  public void run() {
    for (int i = 0; i < dStates.size(); i++) {
      copyOrZero(dLastStates.get(i), dStates.get(i));
    }
    if (dyCarry != null) {
      copyOrZero(dyLast, dyCarry);
    }
    recurrent.pack();
    team.run(slices.parts(), slice);
    for (int i = 0; i < dInitialStates.size(); i++) {
      if (dInitialStates.get(i) != null) {
        dInitialStates.get(i).copy(dStates.get(i));
      }
    }
    weightGradients.run();
    cells[0].weightGradients(dRecurrentKernel, dCellWeights);
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

  private boolean wantsInitialH() {
    return !dInitialStates.isEmpty() && dInitialStates.get(0) != null;
  }

  /** Takes a slice of the batch back through all timesteps. */
  private void slice(int part) {
    int from = slices.from(part);
    int rows = slices.rows(part);
    for (int step = s.timesteps - 1; step >= 0; step--) {
      int t = forward.timeOf(step);
      for (int r = from; r < from + rows; r++) {
        boolean masked = s.masked(t, r);
        addOutputGradient(t, r, masked);
        if (masked) {
          s.gates.fill(s.gatesAt(t, r), s.width, 0); // dZ; the gradients of the states go on
          s.recurrent.fill(s.gatesAt(t, r), s.width, 0);
        }
      }
      cells[part].backward(t, from, rows, dStates);
      if (step > 0 || wantsInitialH()) {
        stateGradient(t, from, rows);
      }
    }
  }

  /** dh += dy, as far as y was h: a masked step only repeated an earlier output. */
  private void addOutputGradient(int t, int row, boolean masked) {
    int units = s.units;
    int at = row * units;
    int dyAt = (t * s.batch + row) * units;
    if (dyCarry == null) {
      if (dy != null) {
        CpuMoves.add(dy.values(), dy.at() + dyAt, dh.values(), dh.at() + at, units);
      }
    } else if (masked && forward.sequence().zeroOutputForMask()) {
      dyCarry.fill(at, units, 0);
    } else {
      for (int j = 0; j < units; j++) {
        float sum = dyCarry.get(at + j) + (dy == null ? 0 : dy.get(dyAt + j));
        dyCarry.set(at + j, masked ? sum : 0);
        dh.set(at + j, masked ? dh.get(at + j) : dh.get(at + j) + sum);
      }
    }
  }

  /** The gradient of h₋: {@code dZ·Rᵀ}, or what it was at a masked step. */
  private void stateGradient(int t, int from, int rows) {
    int units = s.units;
    int z = s.gatesAt(t, from);
    boolean passed = forward.cell().passesOutput(); // then the cell has left its part in dh
    if (!passed && s.mask == null && s.recurrentDropout == null) {
      // (rows,G·U)x(G·U,U) -> (rows,U)
      recurrent.multiply(rows, s.recurrent, z, dh, from * units, false);
      return;
    }
    for (int r = from; !passed && r < from + rows; r++) {
      if (!s.masked(t, r)) {
        dh.fill(r * units, units, 0); // a masked row has dZ = 0 and keeps its dh
      }
    }
    if (s.recurrentDropout == null) {
      recurrent.multiply(rows, s.recurrent, z, dh, from * units, true);
      return;
    }
    // for each gate (rows,U)x(U,U) -> (rows,U)
    recurrent.multiply(rows, s.recurrent, z, dDroppedH, from * units, false);
    for (int g = 0; g < s.recurrentInputs(); g++) {
      for (int e = from * units; e < (from + rows) * units; e++) {
        int m = g * s.batch * units + e;
        dh.set(e, dh.get(e) + dDroppedH.get(m) * s.recurrentDropout.get(m));
      }
    }
  }

  /** {@code dx = dZ·Kᵀ}: (T·B,G·U)x(G·U,F) -> (T·B,F). */
  private void inputGradient() {
    int rows = s.timesteps * s.batch;
    int columns = s.width / s.inputs();
    for (int g = 0; g < s.inputs(); g++) {
      product
          .of(rows, s.features, columns)
          .a(s.gates, g * columns, s.width)
          .bTransposed(s.kernel, g * columns, s.width)
          .into(dx, g * rows * s.features, s.features);
    }
  }
}
