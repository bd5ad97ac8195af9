package io.github.lstm4j.backend.cuda;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
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
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
  private final Set<Integer> done = new HashSet<>(); // ops that were launched with one before them

  private CudaCompiler(Program program, Target target, CudaOptions options) {
    this.program = program;
    Set<Value> read = read(program);
    this.plan =
        new PlanBuilder(
            target, options, program::isKept, v -> program.isKept(v) || read.contains(v.owner()));
  }

  static LaunchPlan compile(Program program, Target target, CudaOptions options) {
    Map<Value, Long> bytes =
        RecurrentPlans.bytes(new CudaCompiler(program, target, options).plan, program);
    Program placed = program.placed(v -> bytes.getOrDefault(v, v.bytes()));
    return new CudaCompiler(placed, target, options).compile();
  }

  /** The program of a plan in the same memory, but step by step. */
  static LaunchPlan stepByStep(LaunchPlan plan) {
    CudaOptions options = plan.options().withPersistent(false);
    return new CudaCompiler(plan.program(), plan.target(), options).compile();
  }

  /** What ops read, by its owner. */
  private static Set<Value> read(Program program) {
    Set<Value> read = new HashSet<>();
    program.ops().forEach(op -> op.inputs().forEach(v -> read.add(v.owner())));
    return read;
  }

  private LaunchPlan compile() {
    feed(plan, program);
    int ops = program.ops().size();
    for (int i = 0; i < ops; i++) {
      int partner = program.sideBySide().getOrDefault(i, i);
      if (partner > i && !fillsTheDevice(i) && !fillsTheDevice(partner)) {
        plan.waitFor(1, 0);
        op(i);
        plan.use(1);
        for (int k = i + 1; k <= partner; k++) {
          op(k);
        }
        plan.use(0);
        plan.waitFor(0, 1);
        i = partner;
      } else {
        op(i);
      }
    }
    return plan.build(program);
  }

  private boolean fillsTheDevice(int at) {
    return program.ops().get(at) instanceof RecurrentOp o && RecurrentPlans.fillsTheDevice(plan, o);
  }

  /** The op of that number, and with it what one launch does together. */
  private void op(int at) {
    plan.begin();
    if (done.contains(at)) {
      return;
    }
    Op op = program.ops().get(at);
    if (op instanceof UpdateOp.Update o) {
      UpdateLaunches.update(plan, updates(at, o));
    } else if (op instanceof ObjectiveOp.LossValue o && ObjectiveLaunches.isSmall(o)) {
      ObjectiveLaunches.whole(plan, o, total(at, o), gradient(at, o));
    } else if (op instanceof MatrixOp.MatMul o && MatrixLaunches.hasFewColumns(o)) {
      MatrixLaunches.few(plan, o, activation(at, o));
    } else {
      op(op);
    }
  }

  /** All inputs, from where they come to where the program has them: one launch. */
  static void feed(PlanBuilder plan, Program program) {
    List<Value> inputs = LaunchPlan.inputs(program);
    List<Object> words = new ArrayList<>();
    int blocks = 0;
    for (int i = 0; i < inputs.size(); i++) {
      Value input = inputs.get(i);
      int rank = input.shape().rank();
      int timesteps = input.timeMajor() ? input.dim(0) : 1;
      int batch = input.timeMajor() ? input.dim(1) : rank == 0 ? 1 : input.dim(0);
      int n = input.size();
      words.add(Place.source(i));
      words.add(Place.of(input));
      words.add(timesteps | (long) batch << 32);
      words.add(n / (timesteps * batch) | (long) n << 32);
      words.add((long) blocks);
      blocks += PlanBuilder.blocks(n, PlanBuilder.PART);
    }
    if (blocks > 0) {
      Dim3 block = Dim3.of(PlanBuilder.BLOCK);
      plan.kernel("feed", "feed", Dim3.of(blocks), block, new Work.Table(words), inputs.size());
    }
  }

  /** The updates from an op on that follow the same rule. */
  private List<UpdateOp.Update> updates(int from, UpdateOp.Update first) {
    List<UpdateOp.Update> together = new ArrayList<>();
    List<Op> ops = program.ops();
    for (int i = from; i < ops.size() && ops.get(i) instanceof UpdateOp.Update o; i++) {
      if (!o.rule().equals(first.rule()) || !o.scalars().equals(first.scalars())) {
        break;
      }
      together.add(o);
      done.add(i);
    }
    return together;
  }

  /** What adds a loss to its total, to be launched with it; or null. */
  private ObjectiveOp.Accumulate total(int at, ObjectiveOp.LossValue loss) {
    return with(
        at,
        ObjectiveOp.Accumulate.class,
        program.ops().size(),
        o -> o.addend().owner() == loss.result());
  }

  /** The gradient of a loss, to be launched with it; or null. */
  private ObjectiveOp.LossGrad gradient(int at, ObjectiveOp.LossValue loss) {
    return with(
        at, ObjectiveOp.LossGrad.class, program.ops().size(), o -> o.forward().equals(loss));
  }

  /** The activation of a product, to be launched with it; or null. */
  private ElementwiseOp.Activate activation(int at, MatrixOp.MatMul product) {
    return with(
        at,
        ElementwiseOp.Activate.class,
        at + 2,
        o -> o.x() == product.y() && o.activation().isElementwise());
  }

  /**
   * The first op of a kind behind that of number {@code at} and before {@code end}, if all that it
   * reads is there with that one and where it writes is free from then on.
   */
  private <T extends Op> T with(int at, Class<T> kind, int end, Predicate<T> which) {
    for (int i = at + 1; i < Math.min(end, program.ops().size()); i++) {
      if (kind.isInstance(program.ops().get(i)) && which.test(kind.cast(program.ops().get(i)))) {
        T found = kind.cast(program.ops().get(i));
        if (found.outputs().stream().allMatch(isFree(at, i))) {
          done.add(i);
          return found;
        }
        return null;
      }
    }
    return null;
  }

  /**
   * Whether no op from {@code from} on and before {@code to} uses a value's memory, which from
   * {@code to} on is its own.
   */
  private Predicate<Value> isFree(int from, int to) {
    return value ->
        program.ops().subList(from, to).stream()
            .flatMap(op -> Stream.concat(op.inputs().stream(), op.outputs().stream()))
            .noneMatch(used -> overlap(used, value));
  }

  private boolean overlap(Value a, Value b) {
    boolean variable = a.owner().kind() == Value.Kind.VARIABLE;
    if (variable || b.owner().kind() == Value.Kind.VARIABLE) {
      return a.owner() == b.owner()
          && a.ownerOffset() < b.ownerOffset() + b.size()
          && b.ownerOffset() < a.ownerOffset() + a.size();
    }
    return program.offset(a) < program.offset(b) + b.bytes()
        && program.offset(b) < program.offset(a) + a.bytes();
  }

  private void op(Op op) {
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
