package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.TooLargeException;
import java.util.List;
import java.util.Map;

/** A program with its arena: an array of tasks that know where their operands lie. */
final class CpuExecutable implements Executable {
  private final Program program;
  private final List<Value> inputs;
  private final ThreadTeam team;
  private Aligned arena;
  private Task[] tasks;

  CpuExecutable(Program program, Map<Value, Buffer> variables, CpuMath math, ThreadTeam team) {
    this.program = program;
    this.inputs = program.inputs();
    this.team = team;
    this.arena = arena(program);
    CpuBinding binding = new CpuBinding(program, arena, variables, math, team);
    this.tasks =
        program.ops().stream().map(op -> CpuCompiler.task(op, binding)).toArray(Task[]::new);
  }

  private static Aligned arena(Program program) {
    try {
      return Aligned.floats(program.arenaBytes() / Float.BYTES, program.name());
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
    take(input, source, 0, from, null);
  }

  @Override
  public void gather(Value input, Buffer samples, int[] order, int first) {
    Aligned source = ((CpuBuffer) samples).memory();
    int from = order == null ? first * sampleSize(input) : first;
    take(input, source.values(), source.at(), from, order);
  }

  /**
   * Sets an input.
   *
   * @param base where the samples begin in {@code source}
   * @param from where its first sample stands in the order, else the index of its first element,
   *     counted from there
   */
  private void take(Value input, float[] source, int base, int from, int[] order) {
    checkOpen();
    if (input.kind() != Value.Kind.INPUT || !inputs.contains(input)) {
      throw new IllegalArgumentException(input + " is not an input of " + program.name());
    }
    int at = at(input);
    int each = sampleSize(input);
    float[] to = arena.values();
    if (swapped(input)) {
      new CpuTransposition(input, team).in(source, base, from, order, to, at);
    } else if (order == null) {
      System.arraycopy(source, base + from, to, at, input.size());
    } else {
      for (int e = 0; e < input.size(); e += each) {
        System.arraycopy(source, base + order[from + e / each] * each, to, at + e, each);
      }
    }
  }

  /** How many elements a sample has. */
  private static int sampleSize(Value input) {
    int samples = input.dim(input.timeMajor() ? 1 : 0);
    return samples == 0 ? 0 : input.size() / samples;
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
    int at = at(value);
    if (swapped(value)) {
      new CpuTransposition(value, team).out(arena.values(), at, target, to);
    } else {
      System.arraycopy(arena.values(), at, target, to, value.size());
    }
  }

  /** Where it lies in the arena's array. */
  private int at(Value v) {
    return arena.at() + Math.toIntExact(program.offset(v) / v.dtype().bytes());
  }

  /** Whether it lies in another order here; one timestep, or one sequence, lies as it is. */
  private static boolean swapped(Value v) {
    return v.timeMajor() && v.dim(0) > 1 && v.dim(1) > 1;
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
