package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.HashMap;
import java.util.Map;

/**
 * The one place that chooses how a recurrent op gets from step to step. An op and its gradient find
 * the same slots whatever way the other goes.
 */
final class RecurrentPlans {
  private RecurrentPlans() {}

  static void launch(PlanBuilder plan, RecurrentOp op) {
    if (op instanceof RecurrentOp.Recurrent o) {
      noted(plan, o, false).forward();
    } else if (op instanceof RecurrentOp.RecurrentGrad o) {
      noted(plan, o.forward(), true).backward(o);
    } else {
      throw new IllegalStateException("the CUDA backend has no " + op.name());
    }
  }

  private static RecurrentPlan noted(PlanBuilder plan, RecurrentOp.Recurrent op, boolean back) {
    RecurrentPlan chosen = choose(plan, op, back);
    plan.note(chosen.route(op.out().sequence().name() + (back ? ", backward" : "")));
    return chosen;
  }

  /**
   * What values of recurrent ops take of memory, where that is less than all of them: of what only
   * the steps themselves read, no more is kept than they do.
   */
  static Map<Value, Long> bytes(PlanBuilder plan, Program program) {
    Map<Value, Long> bytes = new HashMap<>();
    for (Op op : program.ops()) {
      if (op instanceof RecurrentOp.Recurrent o) {
        choose(plan, o, false).keeps().forEach((v, floats) -> bytes.put(v, Float.BYTES * floats));
      }
    }
    return bytes;
  }

  /** Whether an op takes the whole device, so that nothing can run beside it. */
  static boolean fillsTheDevice(PlanBuilder plan, RecurrentOp op) {
    boolean back = op instanceof RecurrentOp.RecurrentGrad;
    RecurrentOp.Recurrent forward =
        op instanceof RecurrentOp.RecurrentGrad g ? g.forward() : (RecurrentOp.Recurrent) op;
    return choose(plan, forward, back) instanceof LstmGrid;
  }

  /**
   * In one block a sample where that has room and pays, in a grid of blocks where that does; else
   * step by step, which takes every cell and shape.
   *
   * @param back whether it is for the gradient
   */
  private static RecurrentPlan choose(PlanBuilder plan, RecurrentOp.Recurrent op, boolean back) {
    SequencePlaces at = new SequencePlaces(op, plan::isRead);
    String refusal = "as asked for";
    if (plan.options().persistent() && at.u <= OneBlock.MOST_UNITS) {
      OneBlock.Choice block = OneBlock.choose(plan.target(), at, back);
      if (block.size() != null) {
        return new OneBlock(plan, at, block.size());
      }
      refusal = block.reason();
    } else if (plan.options().persistent()) {
      GridTiling.Choice grid = GridTiling.choose(plan.target(), plan.options().math(), at, back);
      if (grid.tiling() != null && grid.seconds() <= plan.target().longestLaunch()) {
        return new LstmGrid(plan, at, (CellSpec.Lstm) op.cell(), grid);
      }
      refusal = grid.tiling() == null ? grid.reason() : "the device limits how long a launch takes";
    }
    SequencePlaces parts = at.inParts(StepByStep.stepsAhead(plan.target(), at));
    return new StepByStep(plan, parts, cell(plan, parts, op.cell()), refusal);
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
