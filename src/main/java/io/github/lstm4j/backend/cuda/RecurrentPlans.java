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
      choose(plan, o).forward();
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      choose(plan, o.forward()).backward(o);
    } else {
      throw new IllegalStateException("the CUDA backend has no " + op.name());
    }
  }

  /** Step by step: the one plan that takes every cell, shape and target. */
  private static RecurrentPlan choose(PlanBuilder plan, RecurrentOp.Recurrent op) {
    SequencePlaces places = new SequencePlaces(op, plan::isRead);
    plan.note(new Route(false, 0, op.hs().name() + ": step by step"));
    return new StepByStep(plan, places, cell(plan, places, op.cell()));
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
