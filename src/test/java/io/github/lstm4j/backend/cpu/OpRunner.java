package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.lang.reflect.Field;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Runs one op or a few on a backend: inputs, variables and outputs by value. */
final class OpRunner {
  final Graph graph = new Graph();
  private final Map<Value, float[]> given = new HashMap<>();
  private final Map<Value, float[]> results = new HashMap<>();
  private final List<Value> wanted = new ArrayList<>();

  /** An input that is not transposed on its way. */
  Value input(float[] data, int... dims) {
    Value v = graph.input("in" + given.size(), Shape.of(dims), false);
    given.put(v, data);
    return v;
  }

  Value variable(float[] data, int... dims) {
    Value v = graph.variable("var" + given.size(), Shape.of(dims));
    given.put(v, data);
    return v;
  }

  /** A temporary to be read. */
  Value output(int... dims) {
    return want(graph.temporary("out" + wanted.size(), Shape.of(dims)));
  }

  Value want(Value v) {
    wanted.add(v);
    return v;
  }

  float[] get(Value v) {
    return results.get(v);
  }

  /**
   * Runs twice, the arena full of NaN before, so that neither what was there nor what a run leaves
   * can pass for a result.
   */
  OpRunner run(Backend backend) {
    Program program = new Program("test", graph, wanted);
    Map<Value, Buffer> buffers = new HashMap<>();
    for (Value v : program.variables()) {
      buffers.put(v, backend.allocate(v.dtype(), v.size()));
    }
    try (Executable executable = backend.compile(program, buffers)) {
      for (int run = 0; run < 2; run++) {
        spoilArena(executable);
        buffers.forEach((v, b) -> b.write(given.get(v)));
        for (Value v : program.inputs()) {
          executable.write(v, given.get(v), 0);
        }
        executable.run();
      }
      for (Value v : wanted) {
        float[] data = new float[v.size()];
        executable.read(v, data, 0);
        results.put(v, data);
      }
      buffers.forEach(
          (v, b) -> {
            float[] data = new float[v.size()];
            b.read(data);
            results.put(v, data);
          });
    }
    return this;
  }

  private static void spoilArena(Executable executable) {
    try {
      Field arena = CpuExecutable.class.getDeclaredField("arena");
      arena.setAccessible(true);
      Aligned memory = (Aligned) arena.get(executable);
      int end = memory.at() + (int) (executable.bytes() / Float.BYTES);
      Arrays.fill(memory.values(), memory.at(), end, Float.NaN);
    } catch (ReflectiveOperationException e) {
      throw new LinkageError("CpuExecutable has no arena", e);
    }
  }
}
