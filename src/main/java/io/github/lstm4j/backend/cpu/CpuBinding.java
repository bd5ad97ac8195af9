package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What an op is bound to: the memory of its values, the arithmetic and the threads. */
final class CpuBinding {
  private final Program program;
  private final Aligned arena;
  private final Map<Value, Buffer> variables;
  private final CpuMath math;
  private final ThreadTeam team;

  CpuBinding(
      Program program, Aligned arena, Map<Value, Buffer> variables, CpuMath math, ThreadTeam team) {
    this.program = program;
    this.arena = arena;
    this.variables = variables;
    this.math = math;
    this.team = team;
  }

  /** Elementwise functions. */
  VectorMath math() {
    return math.math();
  }

  /** Matrix products. */
  Gemm gemm() {
    return math.gemm();
  }

  ThreadTeam team() {
    return team;
  }

  /** Divides work on independent items among the threads. */
  Parallel parallel() {
    return new Parallel(team);
  }

  /** Matrix products that the threads share. */
  Product product() {
    return new Product(math.gemm(), team);
  }

  /** Whether the program goes back through the op, which then reads what it left. */
  boolean hasGradient(RecurrentOp.Recurrent op) {
    return program.ops().stream()
        .anyMatch(o -> o instanceof RecurrentOp.RecurrentGrad g && g.forward().equals(op));
  }

  /** Where a value lies; null for one that is absent. */
  Span span(Value v) {
    if (v == null) {
      return null;
    }
    int at = Math.toIntExact(program.offset(v) / v.dtype().bytes());
    Aligned memory = v.owner().kind() == Value.Kind.VARIABLE ? variable(v) : arena;
    return new Span(memory.values(), memory.at() + at, v.size());
  }

  /** The spans of each; null for one that is absent. */
  List<Span> spans(List<Value> list) {
    List<Span> spans = new ArrayList<>();
    list.forEach(v -> spans.add(span(v)));
    return spans;
  }

  private Aligned variable(Value v) {
    Buffer buffer = variables.get(v.owner());
    if (!(buffer instanceof CpuBuffer cpu) || cpu.size() < v.owner().size()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: variable %s needs a buffer of %d floats that this backend allocated, got %s",
              program.name(),
              v.owner(),
              v.owner().size(),
              buffer));
    }
    return cpu.memory();
  }
}
