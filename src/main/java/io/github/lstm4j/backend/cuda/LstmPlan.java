package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.LstmSpec.Peephole;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;

/**
 * The LSTM as launches: one product X·K over all timesteps, then for each timestep one product and
 * one fused kernel; backward one fused kernel and one product for each, and the weights' gradients
 * once over all. The equations stand at {@code graph.LstmSpec}, the kernels in {@code
 * kernels/lstm_forward.cu} and {@code lstm_backward.cu}, whose headers describe this very order.
 */
final class LstmPlan {
  private final PlanBuilder plan;
  private final RecurrentOp.Lstm op;
  private final int t;
  private final int b;
  private final int f;
  private final int u;
  private final long state; // floats of a state (B,U)
  private final Place kernel;
  private final Place recurrent;
  private final boolean full;

  private LstmPlan(PlanBuilder plan, RecurrentOp.Lstm op) {
    this.plan = plan;
    this.op = op;
    t = op.timesteps();
    b = op.batch();
    f = op.features();
    u = op.units();
    state = (long) b * u;
    kernel = Place.of(op.kernel());
    recurrent = Place.of(op.recurrentKernel());
    full = op.spec().peephole() == Peephole.FULL_OUTPUT;
  }

  static void forward(PlanBuilder plan, RecurrentOp.Lstm op) {
    new LstmPlan(plan, op).forward();
  }

  static void backward(PlanBuilder plan, RecurrentOp.LstmGrad op) {
    new LstmPlan(plan, op.forward()).backward(op);
  }

  private Place hs(int slot) {
    return Place.of(op.hs(), slot * state);
  }

  private Place cs(int slot) {
    return Place.of(op.cs(), slot * state);
  }

  private Place gates(int time) {
    return Place.of(op.gates(), 4L * time * state);
  }

  private Place mask(int time) {
    return Place.of(op.mask(), (long) time * b);
  }

  private Place at(Value sequence, int time) {
    return Place.of(sequence, time * state);
  }

  /** p_i and p_f, or null. */
  private Place peepholeIF() {
    return op.spec().peephole() == Peephole.DIAGONAL ? Place.of(op.peephole()) : null;
  }

  /** p_o, or null. */
  private Place peepholeO() {
    return switch (op.spec().peephole()) {
      case DIAGONAL -> Place.of(op.peephole(), 2L * u);
      case DIAGONAL_OUTPUT -> Place.of(op.peephole());
      default -> null;
    };
  }

  private Activation phi() {
    return op.spec().activation();
  }

  private Activation sigma() {
    return op.spec().recurrentActivation();
  }

  // ---------------------------------------------------------------- forward

  private void forward() {
    int first = op.timeOf(0);
    int gateStride = Math.toIntExact(t * state);
    plan.copyOrZero(Place.of(op.h0()), hs(op.slotBefore(first)), state);
    plan.copyOrZero(Place.of(op.c0()), cs(op.slotBefore(first)), state);
    inputProduct();
    if (op.droppedH() != null) {
      plan.each(
          "dropout",
          "sequence_dropout",
          4 * state,
          hs(op.slotBefore(first)),
          Place.of(op.recurrentDropout()),
          Place.of(op.droppedH(), first * state),
          4,
          1,
          (int) state,
          gateStride);
    }
    for (int s = 0; s < t; s++) {
      int time = op.timeOf(s);
      if (s > 0 || op.h0() != null) { // from zero there is nothing to add
        recurrentProduct(time);
      }
      Place yBefore = s == 0 || op.spec().zeroOutputForMask() ? null : at(op.y(), op.timeOf(s - 1));
      Place dropMasks = Place.of(op.recurrentDropout());
      Place next = s + 1 < t ? at(op.droppedH(), op.timeOf(s + 1)) : null;
      Place c = cs(op.slotAfter(time));
      Place h = hs(op.slotAfter(time));
      Place cBefore = cs(op.slotBefore(time));
      Place hBefore = hs(op.slotBefore(time));
      Place bias = Place.of(op.bias());
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
            .b(Place.of(op.peephole()), u, false)
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
    Place x = Place.of(op.x());
    Place gates = gates(0);
    if (op.inputPerGate()) {
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

  private void backward(RecurrentOp.LstmGrad g) {
    Place dh = Place.of(g.dh());
    Place dc = Place.of(g.dc());
    Place dyCarry = Place.of(g.dyCarry());
    plan.copyOrZero(Place.of(g.dhLast()), dh, state);
    plan.copyOrZero(Place.of(g.dcLast()), dc, state);
    if (dyCarry != null) {
      plan.copyOrZero(Place.of(g.dyLast()), dyCarry, state);
    }
    Place masks = Place.of(op.recurrentDropout());
    int zero = op.spec().zeroOutputForMask() ? 1 : 0;
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
            .b(Place.of(op.peephole()), u, true)
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
      if (s > 0 || g.dh0() != null) {
        backwardProduct(time, g);
      }
    }
    if (g.dh0() != null) {
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
      plan.copy(dh, Place.of(g.dh0()), state);
    }
    if (g.dc0() != null) {
      plan.copy(dc, Place.of(g.dc0()), state);
    }
    weightGradients(g);
  }

  /** dh += dZ·Rᵀ: (B,4U)x(4U,U) -> (B,U), or what each gate gives to what it saw of h₋. */
  private void backwardProduct(int time, RecurrentOp.LstmGrad g) {
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
          .into(Place.of(g.dh()), u, 1);
    }
  }

  /** Over all timesteps at once, gates now holding dZ. */
  private void weightGradients(RecurrentOp.LstmGrad g) {
    int rows = t * b;
    Place dz = gates(0);
    Place hBefore = hs(Math.min(op.slotBefore(0), op.slotBefore(t - 1)));
    Place cBefore = cs(Math.min(op.slotBefore(0), op.slotBefore(t - 1)));
    Place cAfter = cs(Math.min(op.slotAfter(0), op.slotAfter(t - 1)));
    Place x = unmaskedInput(rows);
    if (op.inputPerGate()) {
      plan.product(f, u, rows) // (F,T·B)x(T·B,U) -> (F,U) for each gate
          .a(x, f, true)
          .b(dz, 4 * u, false)
          .batch(4, (long) rows * f, u, u)
          .into(Place.of(g.dKernel()), 4 * u, 0);
    } else {
      plan.product(f, 4 * u, rows) // (F,T·B)x(T·B,4U) -> (F,4U)
          .a(x, f, true)
          .b(dz, 4 * u, false)
          .into(Place.of(g.dKernel()), 4 * u, 0);
    }
    if (op.droppedH() != null) {
      plan.product(u, u, rows) // (U,T·B)x(T·B,U) -> (U,U) for each gate
          .a(Place.of(op.droppedH()), u, true)
          .b(dz, 4 * u, false)
          .batch(4, t * state, u, u)
          .into(Place.of(g.dRecurrentKernel()), 4 * u, 0);
    } else {
      plan.product(u, 4 * u, rows) // (U,T·B)x(T·B,4U) -> (U,4U)
          .a(hBefore, u, true)
          .b(dz, 4 * u, false)
          .into(Place.of(g.dRecurrentKernel()), 4 * u, 0);
    }
    if (g.dx() != null) {
      if (op.inputPerGate()) {
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
    Place dp = Place.of(g.dPeephole());
    switch (op.spec().peephole()) {
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

  /**
   * x, or under a mask a copy with zeros for what is masked: dZ is zero there, but zero times a NaN
   * that stands for a missing value would be NaN.
   */
  private Place unmaskedInput(int rows) {
    Place x = Place.of(op.x());
    if (op.mask() == null) {
      return x;
    }
    int copies = op.inputPerGate() ? 4 : 1;
    long size = (long) rows * f;
    Place clean = plan.scratch(copies * size);
    for (int i = 0; i < copies; i++) {
      plan.each(
          "elementwise",
          "mask_rows",
          size,
          x.plus(i * size),
          Place.of(op.mask()),
          clean.plus(i * size),
          rows,
          f);
    }
    return clean;
  }
}
