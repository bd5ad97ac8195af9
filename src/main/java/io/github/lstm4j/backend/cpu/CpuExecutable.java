package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Memory;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.List;
import java.util.Map;

/** A program with its arena: an array of tasks that know where their operands lie. */
final class CpuExecutable implements Executable {
  private final Program program;
  private final List<Value> inputs;
  private final Parallel parallel;
  private float[] arena;
  private Task[] tasks;

  CpuExecutable(Program program, Map<Value, Buffer> variables, CpuMath math, ThreadTeam team) {
    this.program = program;
    this.inputs = program.inputs();
    this.arena = arena(program);
    CpuBinding binding = new CpuBinding(program, arena, variables, math, team);
    this.parallel = binding.parallel();
    this.tasks =
        program.ops().stream().map(op -> CpuCompiler.task(op, binding)).toArray(Task[]::new);
  }

  private static float[] arena(Program program) {
    try {
      return Memory.floats(program.arenaBytes() / Float.BYTES, program.name());
    } catch (TooLargeException e) {
      throw new TooLargeException(
          e.getMessage()
              + ", or use smaller batches or fewer timesteps: its largest value is "
              + program.largestValue());
    }
  }

  @Override
  public Program program() {
    return program;
  }

  @Override
  public long bytes() {
    return program.arenaBytes();
  }

  @Override
  public void run() {
    checkOpen();
    for (Task task : tasks) {
      task.run();
    }
  }

  @Override
  public void write(Value input, float[] source, int from) {
    checkOpen();
    if (input.kind() != Value.Kind.INPUT || !inputs.contains(input)) {
      throw new IllegalArgumentException(input + " is not an input of " + program.name());
    }
    int at = elementOffset(input);
    if (swapped(input)) {
      // (B,T,…) -> (T,B,…)
      CpuShape.swapAxes(source, from, input.dim(1), input.dim(0), width(input), arena, at, parallel)
          .run();
    } else {
      System.arraycopy(source, from, arena, at, input.size());
    }
  }

  @Override
  public void await() {} // run returns when all is done

  @Override
  public void read(Value value, float[] target, int to) {
    checkOpen();
    if (value.owner().kind() == Value.Kind.VARIABLE || !program.isKept(value)) {
      throw new IllegalArgumentException(
          value + " cannot be read from " + program.name() + "; it was not asked to keep it");
    }
    int at = elementOffset(value);
    if (swapped(value)) {
      // (T,B,…) -> (B,T,…)
      CpuShape.swapAxes(arena, at, value.dim(0), value.dim(1), width(value), target, to, parallel)
          .run();
    } else {
      System.arraycopy(arena, at, target, to, value.size());
    }
  }

  private int elementOffset(Value v) {
    return Math.toIntExact(program.offset(v) / v.dtype().bytes());
  }

  /** Whether it lies in another order here; one timestep, or one sequence, lies as it is. */
  private static boolean swapped(Value v) {
    return v.timeMajor() && v.dim(0) > 1 && v.dim(1) > 1;
  }

  /** What follows the first two axes. */
  private static int width(Value v) {
    int axes = v.dim(0) * v.dim(1);
    return axes == 0 ? 0 : v.size() / axes;
  }

  private void checkOpen() {
    if (arena == null) {
      throw new IllegalStateException("the executable of " + program.name() + " is closed");
    }
  }

  @Override
  public void close() {
    arena = null;
    tasks = null;
  }
}
