package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * All timesteps of an LSTM in one cooperative launch: the recurrent weights stay in the registers
 * of a grid of blocks, which hand h, or backward dZ, to one another. Between the same {@link
 * SequenceProducts}, with the same slots and kept gates as {@link StepByStep}.
 */
final class LstmGrid implements RecurrentPlan {
  /** How often a block asks for another's flag, which takes seconds, before it gives up. */
  static final int POLLS = 1 << 22;

  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final CellSpec.Lstm cell;
  private final LstmKernels kernels;
  private final SequenceProducts products;
  private final GridTiling.Choice choice;
  private final GridTiling tiling;
  private final RecurrentOp.Recurrent op;

  LstmGrid(PlanBuilder plan, SequencePlaces at, CellSpec.Lstm cell, GridTiling.Choice choice) {
    this.plan = plan;
    this.at = at;
    this.cell = cell;
    this.choice = choice;
    tiling = choice.tiling();
    kernels = new LstmKernels(plan, at, cell);
    products = new SequenceProducts(plan, at);
    op = at.op;
  }

  @Override
  public Route route(String whose) {
    return new Route(choice.seconds(), whose + ": one launch of " + tiling.text());
  }

  @Override
  public Map<Value, Long> keeps() {
    return Map.of(); // it writes all
  }

  @Override
  public void forward() {
    for (int i = 0; i < op.states().size(); i++) {
      // the launch has a slot for each step, also of states that nobody reads later
      Place start = Place.of(op.states().get(i), op.slotBefore(op.timeOf(0)) * at.state);
      plan.copyOrZero(at.initial(i), start, at.state);
    }
    products.input();
    Place flags = flags(false);
    plan.persistent(
        module(),
        entry("forward"),
        tiling.launch(false),
        at.allGates(),
        at.bias(),
        Place.of(op.in().recurrentKernel()),
        kernels.peepholeIF(),
        kernels.peepholeO(),
        Place.of(op.in().mask()),
        Place.of(op.states().get(0)),
        Place.of(op.states().get(1)),
        Place.of(op.y()),
        op.sequence().zeroOutputForMask() ? 1 : 0,
        flags.plus(tiling.flags()),
        flags,
        plan.status(),
        POLLS,
        at.t,
        at.b,
        at.u,
        tiling.rows(),
        op.sequence().goBackwards() ? 1 : 0,
        cell.activation(),
        cell.recurrentActivation());
  }

  @Override
  public void backward(RecurrentOp.RecurrentGrad grad) {
    for (int i = 0; i < grad.dStates().size(); i++) {
      Place last = Place.of(grad.dLastStates().get(i));
      plan.copyOrZero(last, Place.of(grad.dStates().get(i)), at.state);
    }
    if (grad.dyCarry() != null) {
      plan.copyOrZero(Place.of(grad.dyLast()), Place.of(grad.dyCarry()), at.state);
    }
    List<Value> initial = grad.dInitialStates();
    boolean toInitial = !initial.isEmpty() && initial.get(0) != null;
    Place flags = flags(true);
    plan.persistent(
        module(),
        entry("backward"),
        tiling.launch(true),
        at.allGates(),
        Place.of(op.in().recurrentKernel()),
        kernels.peepholeIF(),
        kernels.peepholeO(),
        Place.of(op.in().mask()),
        Place.of(op.states().get(1)),
        Place.of(grad.dy()),
        Place.of(grad.dyCarry()),
        Place.of(grad.dStates().get(0)),
        Place.of(grad.dStates().get(1)),
        op.sequence().zeroOutputForMask() ? 1 : 0,
        toInitial ? 1 : 0,
        flags.plus(tiling.flags()),
        flags,
        plan.status(),
        POLLS,
        at.t,
        at.b,
        at.u,
        tiling.rows(),
        op.sequence().goBackwards() ? 1 : 0,
        cell.activation(),
        cell.recurrentActivation());
    for (int i = 0; i < initial.size(); i++) {
      if (initial.get(i) != null) {
        plan.copy(Place.of(grad.dStates().get(i)), Place.of(initial.get(i)), at.state);
      }
    }
    products.gradients(grad);
    kernels.weightGradients(grad);
  }

  /** All zero when the launch begins; behind them is room for what blocks hand on. */
  private Place flags(boolean backward) {
    Place flags = plan.scratch(tiling.flags() + tiling.handed(at.b, backward));
    plan.zero(flags, tiling.flags());
    return flags;
  }

  private String module() {
    return "lstm_persistent2_" + tiling.width();
  }

  private String entry(String way) {
    return String.format(
        Locale.ROOT,
        "lstm_persistent2_%s_%d_%s",
        way,
        tiling.width(),
        tiling.math().name().toLowerCase(Locale.ROOT));
  }
}
