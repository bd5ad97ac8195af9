package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;

/**
 * The one place that chooses how a recurrent op gets from step to step. An op and its gradient get
 * the same {@link RecurrentPlan}; what holds for both stands in the plan's {@link Route}s.
 */
final class RecurrentPlans {
  private RecurrentPlans() {}

  static void launch(PlanBuilder plan, RecurrentOp op) {
    if (op instanceof RecurrentOp.Recurrent o) {
      choose(plan, o, false).forward();
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      choose(plan, o.forward(), true).backward(o);
    } else {
      throw new IllegalStateException("the CUDA backend has no " + op.name());
    }
  }

  /** Whether an op takes the whole device, so that nothing can run beside it. */
  static boolean fillsTheDevice(PlanBuilder plan, RecurrentOp op) {
    boolean backward = op instanceof RecurrentOp.RecurrentGrad;
    RecurrentOp.Recurrent forward =
        op instanceof RecurrentOp.RecurrentGrad g ? g.forward() : (RecurrentOp.Recurrent) op;
    return grid(plan, new SequencePlaces(forward, plan::isRead), backward).tiling() != null;
  }

  /** In a grid of blocks where that pays; else step by step, which takes every cell and shape. */
  private static RecurrentPlan choose(
      PlanBuilder plan, RecurrentOp.Recurrent op, boolean backward) {
    SequencePlaces places = new SequencePlaces(op, plan::isRead);
    GridTiling.Choice grid = grid(plan, places, backward);
    String name = op.hs().name() + (backward ? ", backward" : "");
    if (grid.tiling() != null) {
      plan.note(new Route(true, grid.seconds(), name + ": one launch of " + grid.tiling().text()));
      return new LstmGrid(plan, places, (CellSpec.Lstm) op.cell(), grid.tiling());
    }
    plan.note(new Route(false, 0, name + ": step by step; " + grid.reason()));
    return new StepByStep(plan, places, cell(plan, places, op.cell()));
  }

  private static GridTiling.Choice grid(PlanBuilder plan, SequencePlaces places, boolean backward) {
    return plan.options().persistent()
        ? GridTiling.choose(plan.target(), plan.options().math(), places, backward)
        : new GridTiling.Choice(null, 0, "as asked for");
  }

  private static StepKernels cell(PlanBuilder plan, SequencePlaces places, CellSpec cell) {
    if (cell instanceof CellSpec.Lstm lstm) {
      return new LstmKernels(plan, places, lstm);
    } else if (cell instanceof CellSpec.SimpleRnn simple) {
      return new SimpleRnnKernels(plan, places, simple);
    } else if (cell instanceof CellSpec.Gru gru) {
      return new GruKernels(plan, places, gru);
    }
    throw new IllegalStateException(
        "the CUDA backend has no cell " + cell.getClass().getSimpleName());
  }
}
