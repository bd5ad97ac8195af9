package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;

/**
 * The simple recurrent cell between its products: {@code kernels/simple_rnn_forward.cu} and {@code
 * simple_rnn_backward.cu}. Its one state is h.
 */
final class SimpleRnnKernels implements StepKernels {
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final CellSpec.SimpleRnn cell;

  SimpleRnnKernels(PlanBuilder plan, SequencePlaces at, CellSpec.SimpleRnn cell) {
    this.plan = plan;
    this.at = at;
    this.cell = cell;
  }

  @Override
  public void forward(int s) {
    plan.each(
        "simple_rnn_forward",
        "simple_rnn_forward",
        at.state,
        at.gates(s),
        at.bias(),
        at.before(0, s),
        at.mask(s),
        at.after(0, s),
        at.yBefore(s),
        at.y(s),
        at.dropMasks(),
        at.droppedNext(s),
        at.gateStride(),
        at.b,
        at.u,
        cell.activation());
  }

  @Override
  public void backward(int s, RecurrentOp.RecurrentGrad g) {
    boolean last = s == at.t - 1;
    plan.each(
        "simple_rnn_backward",
        "simple_rnn_backward",
        at.state,
        at.gates(s),
        at.mask(s),
        at.at(g.dy(), s),
        Place.of(g.dyCarry()),
        last ? null : Place.of(g.dDroppedH()),
        last ? null : at.dropMasks(),
        at.later(g, 0, s),
        passesBy() ? Place.of(g.dStates().get(0)) : null,
        at.op.sequence().zeroOutputForMask() ? 1 : 0,
        at.b,
        at.u,
        cell.activation());
  }

  @Override
  public boolean passesBy() {
    return at.passesBy();
  }

  @Override
  public void weightGradients(RecurrentOp.RecurrentGrad g) {} // it has no others
}
