package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;

/**
 * The GRU between its products: {@code kernels/gru_forward.cu} and {@code gru_backward.cu}, and for
 * the form in which the reset gate comes first one product more. Its one state is h.
 */
final class GruKernels implements StepKernels {
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final CellSpec.Gru cell;
  private final Place recurrentG; // R_g, rows of 3U
  private Place dq; // (B,U) scratch, of the form with a product more
  private final int b;
  private final int u;

  GruKernels(PlanBuilder plan, SequencePlaces at, CellSpec.Gru cell) {
    this.plan = plan;
    this.at = at;
    this.cell = cell;
    b = at.b;
    u = at.u;
    recurrentG = Place.of(at.op.in().recurrentKernel(), 2L * u);
  }

  /** q (B,U) of the s-th processed step. */
  private Place q(int s) {
    return at.at(at.op.inner(), s);
  }

  /** What the candidate sees of h₋. */
  private Place seen(int s) {
    return at.op.droppedH() == null || at.before(0, s) == null
        ? at.before(0, s)
        : at.droppedH(s).plus(2L * at.gateStride());
  }

  @Override
  public void forward(int s) {
    Place gates = at.gates(s);
    if (cell.resetAfter()) {
      plan.each(
          "gru_forward",
          "gru_forward",
          at.state,
          gates,
          at.recurrent(s),
          at.bias(),
          at.recurrentBias(),
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
      return;
    }
    plan.each(
        "gru_forward",
        "gru_forward_reset",
        at.state,
        gates,
        at.bias(),
        seen(s),
        at.mask(s),
        q(s),
        b,
        u,
        cell.recurrentActivation());
    // (B,U)x(U,U) -> (B,U) of gate g within rows of 3U
    plan.product(b, u, u)
        .a(q(s), u, false)
        .b(recurrentG, 3 * u, false)
        .into(gates.plus(2L * u), 3 * u, 1);
    plan.each(
        "gru_forward",
        "gru_forward_output",
        at.state,
        gates,
        at.bias(),
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
  }

  @Override
  public void backward(int s, RecurrentOp.RecurrentGrad g) {
    boolean last = s == at.t - 1;
    Place gates = at.gates(s);
    Place dh = Place.of(g.dStates().get(0));
    plan.each(
        "gru_backward",
        "gru_backward",
        at.state,
        gates,
        cell.resetAfter() ? at.recurrent(s) : null,
        at.before(0, s),
        at.mask(s),
        at.at(g.dy(), s),
        Place.of(g.dyCarry()),
        last ? null : Place.of(g.dDroppedH()),
        last ? null : at.dropMasks(),
        at.later(g, 0, s),
        dh,
        at.op.sequence().zeroOutputForMask() ? 1 : 0,
        b,
        u,
        cell.activation(),
        cell.recurrentActivation());
    if (!cell.resetAfter()) {
      dq = dq == null ? plan.scratch(at.state) : dq;
      // dq = dg·R_gᵀ: (B,U)x(U,U) -> (B,U)
      plan.product(b, u, u)
          .a(gates.plus(2L * u), 3 * u, false)
          .b(recurrentG, 3 * u, true)
          .into(dq, u, 0);
      Place masks = at.dropMasks();
      plan.each(
          "gru_backward",
          "gru_backward_reset",
          at.state,
          gates,
          seen(s),
          at.mask(s),
          dq,
          masks == null ? null : masks.plus(2 * at.state),
          dh,
          b,
          u,
          cell.recurrentActivation());
    }
  }

  @Override
  public boolean passesBy() {
    return true; // through z
  }

  @Override
  public void weightGradients(RecurrentOp.RecurrentGrad g) {
    if (!cell.resetAfter() && g.dRecurrentKernel() != null) {
      int rows = at.t * b;
      plan.product(u, u, rows) // (U,T·B)x(T·B,U) -> (U,U)
          .a(Place.of(at.op.inner()), u, true)
          .b(at.allGates().plus(2L * u), 3 * u, false)
          .into(Place.of(g.dRecurrentKernel(), 2L * u), 3 * u, 0);
    }
  }
}
