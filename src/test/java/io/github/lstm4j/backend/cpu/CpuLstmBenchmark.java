package io.github.lstm4j.backend.cpu;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.CellSpec;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.SequenceSpec;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * Prints how long an LSTM's forward pass and training step take on the CPU; not a test.
 *
 * <p>Arguments: how many seconds for each line, then names of shapes; none: all.
 */
final class CpuLstmBenchmark {
  private record Size(
      String name, int batch, int timesteps, int features, int units, Activation activation) {
    Size(String name, int batch, int timesteps, int features, int units) {
      this(name, batch, timesteps, features, units, Activation.TANH);
    }
  }

  private static final Size[] SIZES = {
    new Size("S", 32, 50, 8, 32),
    new Size("M", 64, 100, 64, 128),
    new Size("L", 64, 100, 256, 512),
    new Size("SEQ1", 1, 100, 64, 128),
    new Size("STEP1", 1, 1, 64, 128),
    new Size("SEQ1L", 1, 100, 256, 512),
    new Size("STEP1L", 1, 1, 256, 512),
    new Size("MRELU", 64, 100, 64, 128, Activation.RELU),
  };

  private final double seconds;

  private CpuLstmBenchmark(double seconds) {
    this.seconds = seconds;
  }

  public static void main(String[] args) {
    CpuLstmBenchmark benchmark =
        new CpuLstmBenchmark(args.length > 0 ? Double.parseDouble(args[0]) : 3);
    List<String> names = Arrays.asList(args).subList(Math.min(1, args.length), args.length);
    for (Size size : SIZES) {
      if (names.isEmpty() || names.contains(size.name)) {
        for (int threads = 1; threads <= 2; threads++) {
          try (CpuBackend backend = new CpuBackend(threads)) {
            benchmark.measure(backend, size, false, threads);
            if (size.batch > 1) {
              benchmark.measure(backend, size, true, threads);
            }
          }
        }
      }
    }
  }

  private static Program program(Size s, boolean train) {
    Graph graph = new Graph();
    Value x = graph.input("x", Shape.of(s.timesteps, s.batch, s.features), true);
    Value k = graph.variable("k", Shape.of(s.features, 4 * s.units));
    Value r = graph.variable("r", Shape.of(s.units, 4 * s.units));
    Value b = graph.variable("b", Shape.of(4 * s.units));
    List<Value> initial = new ArrayList<>();
    if (s.timesteps == 1) {
      initial.add(graph.variable("h0", Shape.of(s.batch, s.units)));
      initial.add(graph.variable("c0", Shape.of(s.batch, s.units)));
    }
    CellSpec.Lstm cell =
        new CellSpec.Lstm(s.units, s.activation, Activation.SIGMOID, CellSpec.Lstm.Peephole.NONE);
    RecurrentOp.Results out =
        graph.recurrent(
            cell,
            new SequenceSpec(false, false),
            new RecurrentOp.Inputs(x, k, r, b, List.of(), initial, null, null),
            "lstm");
    for (int i = 0; i < initial.size(); i++) {
      graph.add(new ElementwiseOp.Copy(out.states().get(i), initial.get(i)));
    }
    if (!train) {
      return new Program(s.name, graph, List.of(out.sequence()));
    }
    Value scalars = graph.scalars();
    Value w = graph.variable("w", Shape.of(s.units, 1));
    Value v = graph.variable("v", Shape.of(1));
    Value target = graph.input("target", Shape.of(s.batch, 1), false);
    Value y = graph.matMul(out.states().get(0), w, v, "y");
    ObjectiveOp.LossValue loss = graph.loss(Loss.meanSquaredError(), y, target, null, null);
    List<Value> weights = List.of(k, r, b, w, v);
    List<Value> gradients = Gradients.of(graph, loss, weights);
    UpdateRule rule = new UpdateRule.Adam(0.9f, 0.999f, 1e-7f, 0f);
    for (int i = 0; i < weights.size(); i++) {
      Shape shape = weights.get(i).shape();
      List<Value> slots = List.of(graph.variable("m", shape), graph.variable("v", shape));
      graph.update(rule, weights.get(i), gradients.get(i), slots, scalars);
    }
    return new Program(s.name, graph, List.of(loss.result()));
  }

  private void measure(CpuBackend backend, Size size, boolean train, int threads) {
    Program program = program(size, train);
    Random random = new Random(1);
    Map<Value, Buffer> buffers = new HashMap<>();
    for (Value v : program.variables()) {
      Buffer buffer = backend.allocate(v.dtype(), v.size());
      if (!v.name().equals("m") && !v.name().equals("v")) {
        buffer.write(randoms(random, v.size(), 0.1f));
      }
      buffers.put(v, buffer);
    }
    try (Executable executable = backend.compile(program, buffers)) {
      for (Value v : program.inputs()) {
        float[] data = randoms(random, v.size(), 1);
        if (v.name().equals("scalars")) {
          data = new float[] {0.001f, 0.001f, 0, 0};
        }
        executable.write(v, data, 0);
      }
      report(size.name + (train ? " train" : " forward"), threads, executable);
    }
  }

  private void report(String what, int threads, Executable executable) {
    long end = System.nanoTime() + (long) (seconds * 0.5e9);
    while (System.nanoTime() < end) {
      executable.run();
    }
    List<Double> times = new ArrayList<>();
    var clock = ManagementFactory.getThreadMXBean();
    long cpu = clock.getCurrentThreadCpuTime();
    end = System.nanoTime() + (long) (seconds * 1e9);
    while (System.nanoTime() < end) {
      long start = System.nanoTime();
      executable.run();
      times.add((System.nanoTime() - start) / 1e6);
    }
    cpu = clock.getCurrentThreadCpuTime() - cpu;
    times.sort(null);
    System.out.printf(
        "%-14s %d thread(s)  median %9.4f ms  min %9.4f  cpu %9.4f  runs %d%n",
        what,
        threads,
        times.get(times.size() / 2),
        times.get(0),
        cpu / 1e6 / times.size(),
        times.size());
  }

  private static float[] randoms(Random random, int n, float scale) {
    float[] a = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = (float) random.nextGaussian() * scale;
    }
    return a;
  }
}
