package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;
import java.util.Map;

/**
 * Between the {@link SequenceProducts} for each timestep one product h₋·R and the cell's kernel;
 * backward the kernel and one product for each. X·K is one product, or for gates that no cache
 * would keep until they are read, one for every few timesteps. The equations stand at {@code
 * graph.CellSpec}; the headers of the cells' kernels describe this very order.
 */
final class StepByStep implements RecurrentPlan {
  private static final int FEWEST_STEPS = 4; // of a product x·K
  private static final int MOST_STEPS = 8;

  private final String refusal;
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final StepKernels cell;
  private final RecurrentOp.Recurrent op;
  private final SequenceProducts products;
  private final int t;
  private final int b;
  private final int u;
  private final int g;
  private final int rg; // of so many gates h₋·R is a term
  private final int row; // G·U, floats from one row of the gates to the next
  private final Place recurrent;

  /**
   * @param refusal why no faster way is taken
   */
  StepByStep(PlanBuilder plan, SequencePlaces at, StepKernels cell, String refusal) {
    this.refusal = refusal;
    this.plan = plan;
    this.at = at;
    this.cell = cell;
    op = at.op;
    products = new SequenceProducts(plan, at);
    t = at.t;
    b = at.b;
    u = at.u;
    g = at.g;
    rg = op.cell().recurrentGates();
    row = g * u;
    recurrent = Place.of(op.in().recurrentKernel());
  }

  @Override
  public Route route(String whose) {
    return new Route(0, whose + ": step by step; " + refusal);
  }

  // ---------------------------------------------------------------- forward

  @Override
  public Map<Value, Long> keeps() {
    return at.keeps();
  }

  @Override
  public void forward() {
    boolean fromZero = at.initial(0) == null;
    for (int i = 0; i < op.states().size(); i++) {
      if (!fromZero) {
        plan.copy(at.initial(i), at.start(i), at.state);
      } else if (plan.isKept(op.states().get(i))) {
        plan.zero(at.start(i), at.state); // which is read with the others
      }
    }
    int ahead = stepsAhead(plan.target(), at);
    if (op.droppedH() != null && fromZero && plan.isKept(op.droppedH())) {
      for (int k = 0; k < g; k++) { // which is read with the rest
        plan.zero(at.droppedH(0).plus((long) k * at.gateStride()), at.state);
      }
    } else if (op.droppedH() != null && !fromZero) {
      plan.each(
          "dropout",
          "sequence_dropout",
          g * at.state,
          at.before(0, 0),
          at.dropMasks(),
          at.droppedH(0),
          g,
          1,
          (int) at.state,
          at.gateStride());
    }
    for (int s = 0; s < t; s++) {
      if (s % ahead == 0) {
        products.input(s, Math.min(ahead, t - s));
      }
      if (s > 0 || !fromZero) { // from zero there is nothing to add
        recurrentProduct(s);
      } else if (at.apart()) {
        plan.zero(at.recurrent(s), row * (long) b);
      }
      cell.forward(s);
    }
  }

  /**
   * Of so many steps x·K is one product: of all, where three fifths of the cache hold all gates, or
   * of a few, whose gates take a third of it, beside the weights.
   */
  static int stepsAhead(Target target, SequencePlaces at) {
    long step = at.g * at.state * Float.BYTES;
    long cache = target.cacheBytes();
    if (step * at.t <= cache * 3 / 5) {
      return at.t;
    }
    return (int) Math.max(FEWEST_STEPS, Math.min(MOST_STEPS, cache / 3 / step));
  }

  /**
   * gates[t] += h₋·R: (B,U)x(U,G·U) -> (B,G·U), or gate by gate from what each sees of h₋. Where
   * h₋·R lies apart it is not added to anything.
   */
  private void recurrentProduct(int s) {
    int beta = at.apart() ? 0 : 1;
    if (op.droppedH() != null) {
      plan.product(b, u, u)
          .a(at.droppedH(s), u, false)
          .b(recurrent, row, false)
          .batch(rg, at.gateStride(), u, u)
          .into(at.recurrent(s), row, beta);
    } else {
      plan.product(b, rg * u, u)
          .a(at.before(0, s), u, false)
          .b(recurrent, row, false)
          .into(at.recurrent(s), row, beta);
    }
  }

  // ---------------------------------------------------------------- backward

  @Override
  public void backward(RecurrentOp.RecurrentGrad grad) {
    List<Value> initial = grad.dInitialStates();
    if (grad.dyCarry() != null) {
      plan.copyOrZero(Place.of(grad.dyLast()), Place.of(grad.dyCarry()), at.state);
    }
    boolean toInitial = !initial.isEmpty() && initial.get(0) != null;
    for (int s = t - 1; s >= 0; s--) {
      cell.backward(s, grad);
      if (s > 0 || toInitial) {
        backwardProduct(s, grad);
      }
    }
    if (toInitial && op.droppedH() != null) {
      plan.each(
          "dropout",
          "sequence_dropout_grad",
          at.state,
          Place.of(grad.dDroppedH()),
          at.dropMasks(),
          Place.of(grad.dStates().get(0)),
          rg,
          1,
          (int) at.state,
          1);
    }
    for (int i = 0; i < initial.size(); i++) {
      if (initial.get(i) != null) {
        plan.copy(Place.of(grad.dStates().get(i)), Place.of(initial.get(i)), at.state);
      }
    }
    products.gradients(grad);
    cell.weightGradients(grad);
  }

  /** dh += dZ·Rᵀ: (B,G·U)x(G·U,U) -> (B,U), or what each gate gives to what it saw of h₋. */
  private void backwardProduct(int s, RecurrentOp.RecurrentGrad grad) {
    if (op.droppedH() != null) {
      plan.product(b, u, u)
          .a(at.recurrent(s), row, false)
          .b(recurrent, row, true)
          .batch(rg, u, u, at.state)
          .into(Place.of(grad.dDroppedH()), u, 0);
    } else {
      plan.product(b, u, rg * u)
          .a(at.recurrent(s), row, false)
          .b(recurrent, row, true)
          .into(Place.of(grad.dStates().get(0)), u, cell.passesBy() ? 1 : 0);
    }
  }
}
