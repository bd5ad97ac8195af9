package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;

/**
 * The LSTM between its products: {@code kernels/lstm_forward.cu} and {@code lstm_backward.cu}, and
 * for the peephole of a full matrix one product more. States: 0 is h, 1 is c.
 */
final class LstmKernels implements StepKernels {
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final CellSpec.Lstm cell;
  private final Value peephole; // null for Peephole.NONE
  private final int b;
  private final int u;

  LstmKernels(PlanBuilder plan, SequencePlaces at, CellSpec.Lstm cell) {
    this.plan = plan;
    this.at = at;
    this.cell = cell;
    peephole = at.op.in().cellWeights().isEmpty() ? null : at.op.in().cellWeights().get(0);
    b = at.b;
    u = at.u;
  }

  private boolean full() {
    return cell.peephole() == Peephole.FULL_OUTPUT;
  }

  /** p_i and p_f, or null. */
  Place peepholeIF() {
    return cell.peephole() == Peephole.DIAGONAL ? Place.of(peephole) : null;
  }

  /** p_o, or null. */
  Place peepholeO() {
    return switch (cell.peephole()) {
      case DIAGONAL -> Place.of(peephole, 2L * u);
      case DIAGONAL_OUTPUT -> Place.of(peephole);
      case NONE, FULL_OUTPUT -> null;
    };
  }

  @Override
  public void forward(int s) {
    Place gates = at.gates(s);
    Place c = at.after(1, s);
    if (full()) {
      plan.each(
          "lstm_forward",
          "lstm_forward_cell",
          at.state,
          gates,
          at.bias(),
          at.before(1, s),
          at.mask(s),
          c,
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
      // (B,U)x(U,U) -> (B,U) of gate o within rows of 4U
      plan.product(b, u, u)
          .a(c, u, false)
          .b(Place.of(peephole), u, false)
          .into(gates.plus(3L * u), 4 * u, 1);
      plan.each(
          "lstm_forward",
          "lstm_forward_output",
          at.state,
          gates,
          at.bias(),
          c,
          at.before(0, s),
          at.mask(s),
          at.after(0, s),
          at.yBefore(s),
          at.y(s),
          at.dropMasks(),
          at.droppedNext(s),
          at.gateStride(),
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
    } else {
      plan.each(
          "lstm_forward",
          "lstm_forward",
          at.state,
          gates,
          at.bias(),
          peepholeIF(),
          peepholeO(),
          at.before(1, s),
          at.before(0, s),
          at.mask(s),
          c,
          at.after(0, s),
          at.yBefore(s),
          at.y(s),
          at.dropMasks(),
          at.droppedNext(s),
          at.gateStride(),
          plan.isRead(at.op.gates()) ? 1 : 0,
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
    }
  }

  @Override
  public void backward(int s, RecurrentOp.RecurrentGrad g) {
    boolean last = s == at.t - 1;
    Place gates = at.gates(s);
    Place dDropped = last ? null : Place.of(g.dDroppedH());
    Place dropMasks = last ? null : at.dropMasks();
    Place dhLater = at.later(g, 0, s);
    Place dcLater = at.later(g, 1, s);
    Place dh = passesBy() ? Place.of(g.dStates().get(0)) : null;
    Place dc = Place.of(g.dStates().get(1));
    int zero = at.op.sequence().zeroOutputForMask() ? 1 : 0;
    if (full()) {
      plan.each(
          "lstm_backward",
          "lstm_backward_output",
          at.state,
          gates,
          at.after(1, s),
          at.mask(s),
          at.at(g.dy(), s),
          Place.of(g.dyCarry()),
          dDropped,
          dropMasks,
          dhLater,
          dcLater,
          dh,
          dc,
          zero,
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
      // dc += dzo·Vᵀ: (B,U)x(U,U) -> (B,U)
      plan.product(b, u, u)
          .a(gates.plus(3L * u), 4 * u, false)
          .b(Place.of(peephole), u, true)
          .into(dc, u, 1);
      plan.each(
          "lstm_backward",
          "lstm_backward_cell",
          at.state,
          gates,
          at.before(1, s),
          at.mask(s),
          dc,
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
    } else {
      plan.each(
          "lstm_backward",
          "lstm_backward",
          at.state,
          gates,
          peepholeIF(),
          peepholeO(),
          at.before(1, s),
          at.after(1, s),
          at.mask(s),
          at.at(g.dy(), s),
          Place.of(g.dyCarry()),
          dDropped,
          dropMasks,
          dhLater,
          dcLater,
          dh,
          dc,
          zero,
          b,
          u,
          cell.activation(),
          cell.recurrentActivation());
    }
  }

  @Override
  public boolean passesBy() {
    return at.passesBy();
  }

  @Override
  public void weightGradients(RecurrentOp.RecurrentGrad g) {
    if (g.dCellWeights().isEmpty() || g.dCellWeights().get(0) == null) {
      return;
    }
    int rows = at.t * b;
    Place dp = Place.of(g.dCellWeights().get(0));
    Place dz = at.allGates();
    int rowsBefore = at.stepsWithBefore() * b;
    Place dzBefore = at.fromBefore(dz, 4 * u);
    Place before = at.allBefore(1);
    Place after = at.allAfter(1);
    switch (cell.peephole()) {
      case NONE -> {}
      case FULL_OUTPUT -> // (U,T·B)x(T·B,U) -> (U,U)
          plan.product(u, u, rows)
              .a(after, u, true)
              .b(dz.plus(3L * u), 4 * u, false)
              .into(dp, u, 0);
      case DIAGONAL_OUTPUT -> plan.columnDots(dz.plus(3L * u), 4 * u, after, u, rows, u, dp);
      case DIAGONAL -> {
        if (rowsBefore == 0) {
          plan.zero(dp, 2L * u);
        } else {
          plan.columnDots(dzBefore, 4 * u, before, u, rowsBefore, u, dp);
          plan.columnDots(dzBefore.plus(u), 4 * u, before, u, rowsBefore, u, dp.plus(u));
        }
        plan.columnDots(dz.plus(3L * u), 4 * u, after, u, rows, u, dp.plus(2L * u));
      }
    }
  }
}
