package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.RecurrentOp;
import java.util.ArrayList;
import java.util.List;

/**
 * The one place that chooses how a recurrent op gets from step to step. An op and its gradient find
 * the same slots whatever way the other goes.
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

  /**
   * @param back whether it is for the gradient
   */
  private static RecurrentPlan choose(PlanBuilder plan, RecurrentOp.Recurrent op, boolean back) {
    SequencePlaces at = new SequencePlaces(op, plan::isRead);
    List<String> refusals = new ArrayList<>();
    RecurrentPlan chosen = null;
    if (plan.options().persistent()) {
      chosen = OneBlock.choose(plan, at, back, refusals);
    } else {
      refusals.add("as asked for");
    }
    if (chosen == null) {
      chosen = new StepByStep(plan, at, cell(plan, at, op.cell()), refusals);
    }
    plan.note(chosen.route(op.out().sequence().name() + (back ? " back" : "")));
    return chosen;
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
