package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * One product X·K over all timesteps, then for each timestep one product h₋·R and the cell's
 * kernel; backward the kernel and one product for each, and the weights' gradients once over all.
 * The equations stand at {@code graph.CellSpec}; the headers of the cells' kernels describe this
 * very order.
 */
final class StepByStep implements RecurrentPlan {
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final StepKernels cell;
  private final RecurrentOp.Recurrent op;
  private final int t;
  private final int b;
  private final int f;
  private final int u;
  private final int g;
  private final int rg; // of so many gates h₋·R is a term
  private final int row; // G·U, floats from one row of the gates to the next
  private final Place kernel;
  private final Place recurrent;

  StepByStep(PlanBuilder plan, SequencePlaces at, StepKernels cell) {
    this.plan = plan;
    this.at = at;
    this.cell = cell;
    op = at.op;
    t = at.t;
    b = at.b;
    f = at.f;
    u = at.u;
    g = at.g;
    rg = op.cell().recurrentGates();
    row = g * u;
    kernel = Place.of(op.in().kernel());
    recurrent = Place.of(op.in().recurrentKernel());
  }

  // ---------------------------------------------------------------- forward

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
    inputProduct();
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
      if (s > 0 || !fromZero) { // from zero there is nothing to add
        recurrentProduct(s);
      } else if (at.apart()) {
        plan.zero(at.recurrent(s), row * (long) b);
      }
      cell.forward(s);
    }
  }

  /** gates = X·K over all timesteps: (T·B,F)x(F,G·U) -> (T·B,G·U), or gate by gate. */
  private void inputProduct() {
    Place x = Place.of(op.in().x());
    if (op.in().inputPerGate()) {
      plan.product(t * b, u, f)
          .a(x, f, false)
          .b(kernel, row, false)
          .batch(g, (long) t * b * f, u, u)
          .into(at.allGates(), row, 0);
    } else {
      plan.product(t * b, row, f).a(x, f, false).b(kernel, row, false).into(at.allGates(), row, 0);
    }
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
    weightGradients(grad);
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

  /** Over all timesteps at once, gates now holding dZ. */
  private void weightGradients(RecurrentOp.RecurrentGrad grad) {
    int rows = t * b;
    Place dz = at.allGates();
    if (grad.dKernel() != null) {
      kernelGradient(dz, rows, Place.of(grad.dKernel()));
    }
    if (grad.dRecurrentKernel() != null) {
      recurrentKernelGradient(Place.of(grad.dRecurrentKernel()));
    }
    if (grad.dx() != null) {
      if (op.in().inputPerGate()) {
        plan.product(rows, f, u) // (T·B,U)x(U,F) -> (T·B,F) for each gate
            .a(dz, row, false)
            .b(kernel, row, true)
            .batch(g, u, u, (long) rows * f)
            .into(Place.of(grad.dx()), f, 0);
      } else {
        plan.product(rows, f, row) // (T·B,G·U)x(G·U,F) -> (T·B,F)
            .a(dz, row, false)
            .b(kernel, row, true)
            .into(Place.of(grad.dx()), f, 0);
      }
    }
    if (grad.dBias() != null) {
      plan.columnSums(dz, rows, row, Place.of(grad.dBias()));
      if (at.apart()) {
        plan.columnSums(at.allRecurrent(), rows, row, Place.of(grad.dBias(), row));
      }
    }
    cell.weightGradients(grad);
  }

  private void kernelGradient(Place dz, int rows, Place dKernel) {
    Place x = unmaskedInput(rows);
    if (op.in().inputPerGate()) {
      plan.product(f, u, rows) // (F,T·B)x(T·B,U) -> (F,U) for each gate
          .a(x, f, true)
          .b(dz, row, false)
          .batch(g, (long) rows * f, u, u)
          .into(dKernel, row, 0);
    } else {
      plan.product(f, row, rows) // (F,T·B)x(T·B,G·U) -> (F,G·U)
          .a(x, f, true)
          .b(dz, row, false)
          .into(dKernel, row, 0);
    }
  }

  private void recurrentKernelGradient(Place dRecurrentKernel) {
    int rows = at.stepsWithBefore() * b;
    Place dz = at.fromBefore(at.allRecurrent(), row);
    if (rows == 0) {
      plan.zero(dRecurrentKernel, (long) u * row);
    } else if (op.droppedH() != null) {
      plan.product(u, u, rows) // (U,T·B)x(T·B,U) -> (U,U) for each gate
          .a(at.fromBefore(Place.of(op.droppedH()), u), u, true)
          .b(dz, row, false)
          .batch(rg, at.gateStride(), u, u)
          .into(dRecurrentKernel, row, 0);
    } else {
      plan.product(u, rg * u, rows) // (U,T·B)x(T·B,G·U) -> (U,G·U)
          .a(at.allBefore(0), u, true)
          .b(dz, row, false)
          .into(dRecurrentKernel, row, 0);
    }
  }

  /**
   * x, or under a mask a copy with zeros for what is masked: dZ is zero there, but zero times a NaN
   * that stands for a missing value would be NaN.
   */
  private Place unmaskedInput(int rows) {
    Place x = Place.of(op.in().x());
    if (op.in().mask() == null) {
      return x;
    }
    int copies = op.in().inputPerGate() ? g : 1;
    long size = (long) rows * f;
    Place clean = plan.scratch(copies * size);
    for (int i = 0; i < copies; i++) {
      plan.each(
          "elementwise",
          "mask_rows",
          size,
          x.plus(i * size),
          Place.of(op.in().mask()),
          clean.plus(i * size),
          rows,
          f);
    }
    return clean;
  }
}
