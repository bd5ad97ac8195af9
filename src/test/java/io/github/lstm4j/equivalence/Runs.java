package io.github.lstm4j.equivalence;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/** Runs a scene and collects its compared values, by name and run. */
final class Runs {
  private Runs() {}

  /** By the oracle. */
  static Map<String, double[]> oracle(Scene scene) {
    DoubleInterpreter interpreter = new DoubleInterpreter();
    Map<String, double[]> results = new LinkedHashMap<>();
    scene.data.forEach((v, data) -> interpreter.set(v, doubles(data)));
    for (int run = 0; run < scene.runs; run++) {
      scene.prepare(run);
      for (Value v : scene.data.keySet()) {
        if (v.kind() == Value.Kind.INPUT) {
          interpreter.set(v, doubles(scene.data.get(v)));
        }
      }
      interpreter.run(scene.graph.ops());
      for (Value v : scene.compared) {
        if (v.owner().kind() != Value.Kind.VARIABLE || run == scene.runs - 1) {
          results.put(key(v, run), whole(scene, v, interpreter.get(v)));
        }
      }
    }
    return results;
  }

  /** By a backend; before the first run comes one with NaN wherever that is possible. */
  static Map<String, double[]> backend(Backend backend, Scene scene) {
    Program program = new Program("scene", scene.graph, scene.compared);
    Map<Value, Buffer> buffers = new HashMap<>();
    Map<String, double[]> results = new LinkedHashMap<>();
    try {
      for (Value v : program.variables()) {
        buffers.put(v, backend.allocate(v.dtype(), v.size()));
      }
      try (Executable executable = backend.compile(program, buffers)) {
        scene.prepare(0);
        for (Value v : program.inputs()) {
          float[] data = scene.data.get(v).clone();
          if (scene.poisonable.contains(v)) {
            Arrays.fill(data, Float.NaN);
          }
          executable.write(v, data, 0);
        }
        executable.run();
        buffers.forEach((v, buffer) -> buffer.write(scene.data.get(v)));
        for (int run = 0; run < scene.runs; run++) {
          scene.prepare(run);
          for (Value v : program.inputs()) {
            float[] data = scene.data.get(v);
            executable.write(v, v.timeMajor() ? swap(data, v.dim(0), v.dim(1)) : data, 0);
          }
          executable.run();
          for (Value v : scene.compared) {
            if (v.owner().kind() != Value.Kind.VARIABLE) {
              results.put(key(v, run), doubles(read(executable, v)));
            } else if (run == scene.runs - 1) {
              float[] all = new float[v.owner().size()];
              buffers.get(v.owner()).read(all);
              int from = v.ownerOffset();
              double[] part = doubles(Arrays.copyOfRange(all, from, from + v.size()));
              results.put(key(v, run), whole(scene, v, part));
            }
          }
        }
      }
    } finally {
      buffers.values().forEach(Buffer::close);
    }
    return results;
  }

  /** Pairs as one number and zero. */
  private static double[] whole(Scene scene, Value v, double[] data) {
    for (int i = 0; i < data.length && scene.pairs.contains(v); i += 2) {
      data[i] += data[i + 1];
      data[i + 1] = 0;
    }
    return data;
  }

  static String key(Value v, int run) {
    return v + " after run " + run;
  }

  private static float[] read(Executable executable, Value v) {
    float[] data = new float[v.size()];
    executable.read(v, data, 0);
    return v.timeMajor() ? swap(data, v.dim(1), v.dim(0)) : data;
  }

  /** (rows,columns,…) to (columns,rows,…). */
  static float[] swap(float[] x, int rows, int columns) {
    float[] y = new float[x.length];
    int width = x.length / (rows * columns);
    for (int i = 0; i < x.length; i++) {
      int row = i / (columns * width);
      int column = i / width % columns;
      y[(column * rows + row) * width + i % width] = x[i];
    }
    return y;
  }

  static double[] doubles(float[] x) {
    double[] y = new double[x.length];
    for (int i = 0; i < x.length; i++) {
      y[i] = x[i];
    }
    return y;
  }
}
