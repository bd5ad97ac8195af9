package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.List;

/**
 * The LSTM as launches: one product X·K over all timesteps, then for each timestep one product and
 * one fused kernel; backward one fused kernel and one product for each, and the weights' gradients
 * once over all. The equations stand at {@code graph.CellSpec}, the kernels in {@code
 * kernels/lstm_forward.cu} and {@code lstm_backward.cu}, whose headers describe this very order.
 */
final class LstmPlan {
  private final PlanBuilder plan;
  private final RecurrentOp.Recurrent op;
  private final CellSpec.Lstm cell;
  private final Value peephole; // null for Peephole.NONE
  private final int t;
  private final int b;
  private final int f;
  private final int u;
  private final long state; // floats of a state (B,U)
  private final Place kernel;
  private final Place recurrent;
  private final boolean full;

  private LstmPlan(PlanBuilder plan, RecurrentOp.Recurrent op, CellSpec.Lstm cell) {
    this.plan = plan;
    this.op = op;
    this.cell = cell;
    peephole = op.in().cellWeights().isEmpty() ? null : op.in().cellWeights().get(0);
    t = op.timesteps();
    b = op.batch();
    f = op.features();
    u = op.units();
    state = (long) b * u;
    kernel = Place.of(op.in().kernel());
    recurrent = Place.of(op.in().recurrentKernel());
    full = cell.peephole() == Peephole.FULL_OUTPUT;
  }

  static void forward(PlanBuilder plan, RecurrentOp.Recurrent op, CellSpec.Lstm cell) {
    new LstmPlan(plan, op, cell).forward();
  }

  static void backward(PlanBuilder plan, RecurrentOp.RecurrentGrad op, CellSpec.Lstm cell) {
    new LstmPlan(plan, op.forward(), cell).backward(op);
  }

  /** An initial state, or null. */
  private Value initial(int state) {
    List<Value> all = op.in().initialStates();
    return all.isEmpty() ? null : all.get(state);
  }

  private Place hs(int slot) {
    return Place.of(op.hs(), slot * state);
  }

  private Place cs(int slot) {
    return Place.of(op.states().get(1), slot * state);
  }

  private Place gates(int time) {
    return Place.of(op.gates(), 4L * time * state);
  }

  private Place mask(int time) {
    return Place.of(op.in().mask(), (long) time * b);
  }

  private Place at(Value sequence, int time) {
    return Place.of(sequence, time * state);
  }

  /** p_i and p_f, or null. */
  private Place peepholeIF() {
    return cell.peephole() == Peephole.DIAGONAL ? Place.of(peephole) : null;
  }

  /** p_o, or null. */
  private Place peepholeO() {
    return switch (cell.peephole()) {
      case DIAGONAL -> Place.of(peephole, 2L * u);
      case DIAGONAL_OUTPUT -> Place.of(peephole);
      default -> null;
    };
  }

  private Activation phi() {
    return cell.activation();
  }

  private Activation sigma() {
    return cell.recurrentActivation();
  }

  // ---------------------------------------------------------------- forward

  private void forward() {
    int first = op.timeOf(0);
    int gateStride = Math.toIntExact(t * state);
    plan.copyOrZero(Place.of(initial(0)), hs(op.slotBefore(first)), state);
    plan.copyOrZero(Place.of(initial(1)), cs(op.slotBefore(first)), state);
    inputProduct();
    if (op.droppedH() != null) {
      plan.each(
          "dropout",
          "sequence_dropout",
          4 * state,
          hs(op.slotBefore(first)),
          Place.of(op.in().recurrentDropout()),
          Place.of(op.droppedH(), first * state),
          4,
          1,
          (int) state,
          gateStride);
    }
    for (int s = 0; s < t; s++) {
      int time = op.timeOf(s);
      if (s > 0 || initial(0) != null) { // from zero there is nothing to add
        recurrentProduct(time);
      }
      Place yBefore =
          s == 0 || op.sequence().zeroOutputForMask() ? null : at(op.y(), op.timeOf(s - 1));
      Place dropMasks = Place.of(op.in().recurrentDropout());
      Place next = s + 1 < t ? at(op.droppedH(), op.timeOf(s + 1)) : null;
      Place c = cs(op.slotAfter(time));
      Place h = hs(op.slotAfter(time));
      Place cBefore = cs(op.slotBefore(time));
      Place hBefore = hs(op.slotBefore(time));
      Place bias = Place.of(op.in().bias());
      if (full) {
        plan.each(
            "lstm_forward",
            "lstm_forward_cell",
            state,
            gates(time),
            bias,
            cBefore,
            mask(time),
            c,
            b,
            u,
            phi(),
            sigma());
        // (B,U)x(U,U) -> (B,U) of gate o within rows of 4U
        plan.product(b, u, u)
            .a(c, u, false)
            .b(Place.of(peephole), u, false)
            .into(gates(time).plus(3L * u), 4 * u, 1);
        plan.each(
            "lstm_forward",
            "lstm_forward_output",
            state,
            gates(time),
            bias,
            c,
            hBefore,
            mask(time),
            h,
            yBefore,
            at(op.y(), time),
            dropMasks,
            next,
            gateStride,
            b,
            u,
            phi(),
            sigma());
      } else {
        plan.each(
            "lstm_forward",
            "lstm_forward",
            state,
            gates(time),
            bias,
            peepholeIF(),
            peepholeO(),
            cBefore,
            hBefore,
            mask(time),
            c,
            h,
            yBefore,
            at(op.y(), time),
            dropMasks,
            next,
            gateStride,
            b,
            u,
            phi(),
            sigma());
      }
    }
  }

  /** gates = X·K over all timesteps: (T·B,F)x(F,4U) -> (T·B,4U), or gate by gate. */
  private void inputProduct() {
    Place x = Place.of(op.in().x());
    Place gates = gates(0);
    if (op.in().inputPerGate()) {
      plan.product(t * b, u, f)
          .a(x, f, false)
          .b(kernel, 4 * u, false)
          .batch(4, (long) t * b * f, u, u)
          .into(gates, 4 * u, 0);
    } else {
      plan.product(t * b, 4 * u, f).a(x, f, false).b(kernel, 4 * u, false).into(gates, 4 * u, 0);
    }
  }

  /** gates[t] += h₋·R: (B,U)x(U,4U) -> (B,4U), or gate by gate from what each sees of h₋. */
  private void recurrentProduct(int time) {
    if (op.droppedH() != null) {
      plan.product(b, u, u)
          .a(at(op.droppedH(), time), u, false)
          .b(recurrent, 4 * u, false)
          .batch(4, t * state, u, u)
          .into(gates(time), 4 * u, 1);
    } else {
      plan.product(b, 4 * u, u)
          .a(hs(op.slotBefore(time)), u, false)
          .b(recurrent, 4 * u, false)
          .into(gates(time), 4 * u, 1);
    }
  }

  // ---------------------------------------------------------------- backward

  private void backward(RecurrentOp.RecurrentGrad g) {
    Place dh = Place.of(g.dStates().get(0));
    Place dc = Place.of(g.dStates().get(1));
    Place dyCarry = Place.of(g.dyCarry());
    plan.copyOrZero(Place.of(g.dLastStates().get(0)), dh, state);
    plan.copyOrZero(Place.of(g.dLastStates().get(1)), dc, state);
    if (dyCarry != null) {
      plan.copyOrZero(Place.of(g.dyLast()), dyCarry, state);
    }
    Place masks = Place.of(op.in().recurrentDropout());
    int zero = op.sequence().zeroOutputForMask() ? 1 : 0;
    for (int s = t - 1; s >= 0; s--) {
      int time = op.timeOf(s);
      boolean last = s == t - 1;
      Place dDropped = last ? null : Place.of(g.dDroppedH());
      Place dropMasks = last ? null : masks;
      Place c = cs(op.slotAfter(time));
      Place cBefore = cs(op.slotBefore(time));
      Place dy = at(g.dy(), time);
      if (full) {
        plan.each(
            "lstm_backward",
            "lstm_backward_output",
            state,
            gates(time),
            c,
            mask(time),
            dy,
            dyCarry,
            dDropped,
            dropMasks,
            dh,
            dc,
            zero,
            b,
            u,
            phi(),
            sigma());
        // dc += dzo·Vᵀ: (B,U)x(U,U) -> (B,U)
        plan.product(b, u, u)
            .a(gates(time).plus(3L * u), 4 * u, false)
            .b(Place.of(peephole), u, true)
            .into(dc, u, 1);
        plan.each(
            "lstm_backward",
            "lstm_backward_cell",
            state,
            gates(time),
            cBefore,
            mask(time),
            dc,
            b,
            u,
            phi(),
            sigma());
      } else {
        plan.each(
            "lstm_backward",
            "lstm_backward",
            state,
            gates(time),
            peepholeIF(),
            peepholeO(),
            cBefore,
            c,
            mask(time),
            dy,
            dyCarry,
            dDropped,
            dropMasks,
            dh,
            dc,
            zero,
            b,
            u,
            phi(),
            sigma());
      }
      if (s > 0 || dInitial(g, 0) != null) {
        backwardProduct(time, g);
      }
    }
    if (dInitial(g, 0) != null) {
      if (op.droppedH() != null) {
        plan.each(
            "dropout",
            "sequence_dropout_grad",
            state,
            Place.of(g.dDroppedH()),
            masks,
            dh,
            4,
            1,
            (int) state,
            1);
      }
      plan.copy(dh, Place.of(dInitial(g, 0)), state);
    }
    if (dInitial(g, 1) != null) {
      plan.copy(dc, Place.of(dInitial(g, 1)), state);
    }
    weightGradients(g);
  }

  /** The gradient of an initial state, or null. */
  private static Value dInitial(RecurrentOp.RecurrentGrad g, int state) {
    return g.dInitialStates().isEmpty() ? null : g.dInitialStates().get(state);
  }

  /** dh += dZ·Rᵀ: (B,4U)x(4U,U) -> (B,U), or what each gate gives to what it saw of h₋. */
  private void backwardProduct(int time, RecurrentOp.RecurrentGrad g) {
    if (op.droppedH() != null) {
      plan.product(b, u, u)
          .a(gates(time), 4 * u, false)
          .b(recurrent, 4 * u, true)
          .batch(4, u, u, state)
          .into(Place.of(g.dDroppedH()), u, 0);
    } else {
      plan.product(b, u, 4 * u)
          .a(gates(time), 4 * u, false)
          .b(recurrent, 4 * u, true)
          .into(Place.of(g.dStates().get(0)), u, 1);
    }
  }

  /** Over all timesteps at once, gates now holding dZ. */
  private void weightGradients(RecurrentOp.RecurrentGrad g) {
    int rows = t * b;
    Place dz = gates(0);
    Place hBefore = hs(Math.min(op.slotBefore(0), op.slotBefore(t - 1)));
    Place cBefore = cs(Math.min(op.slotBefore(0), op.slotBefore(t - 1)));
    Place cAfter = cs(Math.min(op.slotAfter(0), op.slotAfter(t - 1)));
    if (g.dKernel() != null) {
      kernelGradient(dz, rows, Place.of(g.dKernel()));
    }
    if (g.dRecurrentKernel() != null) {
      recurrentKernelGradient(dz, rows, hBefore, Place.of(g.dRecurrentKernel()));
    }
    if (g.dx() != null) {
      if (op.in().inputPerGate()) {
        plan.product(rows, f, u) // (T·B,U)x(U,F) -> (T·B,F) for each gate
            .a(dz, 4 * u, false)
            .b(kernel, 4 * u, true)
            .batch(4, u, u, (long) rows * f)
            .into(Place.of(g.dx()), f, 0);
      } else {
        plan.product(rows, f, 4 * u) // (T·B,4U)x(4U,F) -> (T·B,F)
            .a(dz, 4 * u, false)
            .b(kernel, 4 * u, true)
            .into(Place.of(g.dx()), f, 0);
      }
    }
    if (g.dBias() != null) {
      plan.columnSums(dz, rows, 4 * u, Place.of(g.dBias()));
    }
    Value dPeephole = g.dCellWeights().isEmpty() ? null : g.dCellWeights().get(0);
    if (dPeephole == null) {
      return;
    }
    Place dp = Place.of(dPeephole);
    switch (cell.peephole()) {
      case NONE -> {}
      case FULL_OUTPUT -> // (U,T·B)x(T·B,U) -> (U,U)
          plan.product(u, u, rows)
              .a(cAfter, u, true)
              .b(dz.plus(3L * u), 4 * u, false)
              .into(dp, u, 0);
      case DIAGONAL_OUTPUT -> plan.columnDots(dz.plus(3L * u), 4 * u, cAfter, u, rows, u, dp);
      case DIAGONAL -> {
        plan.columnDots(dz, 4 * u, cBefore, u, rows, u, dp);
        plan.columnDots(dz.plus(u), 4 * u, cBefore, u, rows, u, dp.plus(u));
        plan.columnDots(dz.plus(3L * u), 4 * u, cAfter, u, rows, u, dp.plus(2L * u));
      }
    }
  }

  private void kernelGradient(Place dz, int rows, Place dKernel) {
    Place x = unmaskedInput(rows);
    if (op.in().inputPerGate()) {
      plan.product(f, u, rows) // (F,T·B)x(T·B,U) -> (F,U) for each gate
          .a(x, f, true)
          .b(dz, 4 * u, false)
          .batch(4, (long) rows * f, u, u)
          .into(dKernel, 4 * u, 0);
    } else {
      plan.product(f, 4 * u, rows) // (F,T·B)x(T·B,4U) -> (F,4U)
          .a(x, f, true)
          .b(dz, 4 * u, false)
          .into(dKernel, 4 * u, 0);
    }
  }

  private void recurrentKernelGradient(Place dz, int rows, Place hBefore, Place dRecurrentKernel) {
    if (op.droppedH() != null) {
      plan.product(u, u, rows) // (U,T·B)x(T·B,U) -> (U,U) for each gate
          .a(Place.of(op.droppedH()), u, true)
          .b(dz, 4 * u, false)
          .batch(4, t * state, u, u)
          .into(dRecurrentKernel, 4 * u, 0);
    } else {
      plan.product(u, 4 * u, rows) // (U,T·B)x(T·B,4U) -> (U,4U)
          .a(hBefore, u, true)
          .b(dz, 4 * u, false)
          .into(dRecurrentKernel, 4 * u, 0);
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
    int copies = op.in().inputPerGate() ? 4 : 1;
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
