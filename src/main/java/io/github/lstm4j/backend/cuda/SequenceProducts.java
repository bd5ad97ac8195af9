package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.RecurrentOp;

/**
 * What a sequence takes of products over all its timesteps at once, however it goes from step to
 * step: X·K before the first one, and after the way back the gradients.
 */
final class SequenceProducts {
  private final PlanBuilder plan;
  private final SequencePlaces at;
  private final RecurrentOp.Recurrent op;
  private final int t;
  private final int b;
  private final int f;
  private final int u;
  private final int g;
  private final int rg; // of so many gates h₋·R is a term
  private final int row; // G·U, floats from one row of the gates to the next
  private final Place kernel;

  SequenceProducts(PlanBuilder plan, SequencePlaces at) {
    this.plan = plan;
    this.at = at;
    op = at.op;
    t = at.t;
    b = at.b;
    f = at.f;
    u = at.u;
    g = at.g;
    rg = op.cell().recurrentGates();
    row = g * u;
    kernel = Place.of(op.in().kernel());
  }

  /** gates = X·K over all timesteps: (T·B,F)x(F,G·U) -> (T·B,G·U), or gate by gate. */
  void input() {
    input(0, t);
  }

  /** The same for {@code steps} processed steps from {@code from} on. */
  void input(int from, int steps) {
    long before = (long) b * Math.min(op.timeOf(from), op.timeOf(from + steps - 1)); // in rows
    Place x = Place.of(op.in().x(), before * f);
    Place gates = at.gates(op.sequence().goBackwards() ? from + steps - 1 : from);
    if (op.in().inputPerGate()) {
      plan.product(steps * b, u, f)
          .a(x, f, false)
          .b(kernel, row, false)
          .batch(g, (long) t * b * f, u, u)
          .into(gates, row, 0);
    } else {
      plan.product(steps * b, row, f).a(x, f, false).b(kernel, row, false).into(gates, row, 0);
    }
  }

  /** The gradients of x, kernel, recurrent kernel and bias; the gates now hold dZ. */
  void gradients(RecurrentOp.RecurrentGrad grad) {
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
