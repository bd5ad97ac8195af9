package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Op;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.ReduceOp;
import io.github.lstm4j.graph.ShapeOp;
import io.github.lstm4j.graph.UpdateOp;
import java.util.List;

/**
 * Compiles a program to a launch plan for a target: each op to matrix products and kernels, family
 * by family. Needs no device.
 *
 * <p>Two recurrent ops that do not depend on one another (the directions of a bidirectional layer)
 * run side by side in two streams; see {@link Program#sideBySide()}. Not so where one fills the
 * device with blocks that wait for one another: two such launches could wait for ever.
 */
final class CudaCompiler {
  private final PlanBuilder plan;
  private final Program program;

  private CudaCompiler(Program program, Target target, CudaOptions options) {
    this.program = program;
    this.plan = new PlanBuilder(target, options);
  }

  static LaunchPlan compile(Program program, Target target, CudaOptions options) {
    return new CudaCompiler(program, target, options).compile();
  }

  private LaunchPlan compile() {
    List<Op> ops = program.ops();
    for (int i = 0; i < ops.size(); i++) {
      int partner = program.sideBySide().getOrDefault(i, i);
      if (partner > i && !fillsTheDevice(ops.get(i)) && !fillsTheDevice(ops.get(partner))) {
        plan.waitFor(1, 0);
        op(ops.get(i));
        plan.use(1);
        for (int k = i + 1; k <= partner; k++) {
          op(ops.get(k));
        }
        plan.use(0);
        plan.waitFor(0, 1);
        i = partner;
      } else {
        op(ops.get(i));
      }
    }
    return plan.build(program);
  }

  private boolean fillsTheDevice(Op op) {
    return op instanceof RecurrentOp o && RecurrentPlans.fillsTheDevice(plan, o);
  }

  private void op(Op op) {
    plan.begin();
    if (op instanceof RecurrentOp o) {
      RecurrentPlans.launch(plan, o);
    } else if (op instanceof MatrixOp o) {
      MatrixLaunches.launch(plan, o);
    } else if (op instanceof ElementwiseOp o) {
      ElementwiseLaunches.launch(plan, o);
    } else if (op instanceof ReduceOp o) {
      ReduceLaunches.launch(plan, o);
    } else if (op instanceof DropoutOp o) {
      DropoutLaunches.launch(plan, o);
    } else if (op instanceof MaskOp o) {
      MaskLaunches.launch(plan, o);
    } else if (op instanceof ShapeOp o) {
      ShapeLaunches.launch(plan, o);
    } else if (op instanceof EmbeddingOp o) {
      EmbeddingLaunches.launch(plan, o);
    } else if (op instanceof ObjectiveOp o) {
      ObjectiveLaunches.launch(plan, o);
    } else if (op instanceof UpdateOp o) {
      UpdateLaunches.launch(plan, o);
    } else {
      throw PlanBuilder.noLaunches(op);
    }
  }
}
