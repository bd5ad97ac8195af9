package io.github.lstm4j.runtime;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Map;

/**
 * How long programs take: on the CPU by constants that were measured once, on a GPU by two that are
 * measured on the very device, since launches cost what its driver and its host make of them.
 *
 * @param launch seconds that one launch among many takes on the GPU
 * @param flop seconds of the GPU for a multiplication or addition in a large product
 */
record Speeds(double launch, double flop) {
  /** Seconds for an op or a timestep on the CPU, and for a FLOP of one processor. */
  private static final double CPU_LAUNCH = 0.4e-6;

  private static final double CPU_FLOP = 1 / 60e9;

  /** With fewer rows than this each, further processors do not help. */
  private static final int ROWS_OF_PROCESSOR = 4;

  private static final int CHAIN = 100; // launches that follow one another
  private static final int SMALL = 32;
  private static final int LARGE = 512;
  private static final int TRIALS = 3;

  /** Measures a GPU, in about a hundredth of a second. */
  static Speeds measure(Backend gpu) {
    double small = seconds(gpu, CHAIN, SMALL);
    double large = seconds(gpu, 1, LARGE);
    return new Speeds(small / CHAIN, large / (2.0 * LARGE * LARGE * LARGE));
  }

  /** The shortest of several runs of products (n,n)·(n,n), each of the result before. */
  private static double seconds(Backend backend, int products, int n) {
    Graph graph = new Graph();
    Value a = graph.input("a", Shape.of(1, n, n), false);
    Value y = a;
    for (int i = 0; i < products; i++) {
      y = graph.batchMatMul(a, y, false, false, "y" + i);
    }
    Program program = new Program("measure", graph, List.of(y));
    double best = Double.POSITIVE_INFINITY;
    try (Executable executable = backend.compile(program, Map.of())) {
      executable.write(a, new float[n * n], 0);
      for (int i = 0; i < 2 + TRIALS; i++) { // at first it is prepared and recorded
        long start = System.nanoTime();
        executable.run();
        executable.await();
        if (i >= 2) {
          best = Math.min(best, (System.nanoTime() - start) * 1e-9);
        }
      }
    }
    return best;
  }

  /** Seconds on the GPU. */
  double gpu(CudaBackend.Load load) {
    return launch * load.launches() + flop * load.flops() + load.persistentSeconds();
  }

  /**
   * Seconds on so many processors.
   *
   * @param load of a GPU that goes step by step, as a CPU does
   */
  static double cpu(CudaBackend.Load load, int processors) {
    double seconds = CPU_LAUNCH * load.launches();
    for (CudaBackend.Product p : load.products()) {
      int most = (p.rows() + ROWS_OF_PROCESSOR - 1) / ROWS_OF_PROCESSOR;
      seconds += CPU_FLOP * p.flops() / Math.min(processors, most);
    }
    return seconds;
  }
}
