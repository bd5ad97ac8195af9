package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * Times LSTMs on a GPU, as the PyTorch script it is held against does: the same shapes, modes and
 * form of output. Inputs stay on the device. The time of a run is that of a series of runs, from
 * the first launch until the device is done, divided by their number.
 */
final class CudaBench {
  private static final int[][] SHAPES = { // batch, timesteps, features, units
    {32, 50, 8, 32},
    {64, 100, 64, 128},
    {64, 100, 256, 512},
    {64, 200, 1024, 1024},
    {1, 100, 64, 128},
    {1, 1, 64, 128},
    {256, 512, 512, 1024}
  };
  private static final int SERIES = 9;

  /** What an H200 multiplies and adds in a second in fp32, tf32 and bf16: the roof of the rows. */
  private static final double[] ROOF = {60e12, 395e12, 790e12};

  private final long seed;
  private final double seconds;
  private final int device;
  private final CudaOptions options;

  /**
   * @param options what the rows do not try in turn
   */
  CudaBench(long seed, double seconds, int device, CudaOptions options) {
    this.seed = seed;
    this.seconds = seconds;
    this.device = device;
    this.options = options;
  }

  Map<String, Object> report() {
    Map<String, Object> report = new LinkedHashMap<>();
    List<Map<String, Object>> rows = new ArrayList<>();
    Map<String, Object> table = new LinkedHashMap<>();
    for (MathMode math : MathMode.values()) {
      for (boolean graph : new boolean[] {false, true}) {
        CudaOptions row = options.withGraph(graph).withMath(math);
        try (CudaBackend backend = CudaBackend.open(device, row)) {
          report.putIfAbsent("device", backend.description());
          for (int[] shape : SHAPES) {
            Map<String, Object> forward = row(shape, false, graph, math, backend);
            Map<String, Object> train = row(shape, true, graph, math, backend);
            rows.add(forward);
            rows.add(train);
            if (graph && math == MathMode.FP32) {
              table.put("row " + (table.size() + 1), line(shape, forward, train));
            }
          }
        }
      }
    }
    report.put("java", Runtime.version().toString());
    report.put(
        "note",
        "roof_ms: the products alone at an H200's 60 (fp32), 395 (tf32), 790 (bf16) TFLOP/s;"
            + " launches: kernels and products of a run");
    report.put("rows", rows);
    report.put("table", table);
    return report;
  }

  /** A row of the README's table: fp32, in a graph. */
  private static String line(int[] shape, Map<String, Object> forward, Map<String, Object> train) {
    return String.format(
        Locale.ROOT,
        "| %d, %d, %d, %d | %.3g | not measured here | %.3g | not measured here |",
        shape[0],
        shape[1],
        shape[2],
        shape[3],
        (Double) forward.get("ms"),
        (Double) train.get("ms"));
  }

  private Map<String, Object> row(
      int[] shape, boolean training, boolean graph, MathMode math, CudaBackend backend) {
    int batch = shape[0];
    LSTM lstm = new LSTM(shape[3]).inputShape(shape[1], shape[2]).returnSequences(!training);
    try (Sequential model = new Sequential().seed(seed).on(backend).add(lstm)) {
      Tensor x = randoms(batch, shape[1], shape[2]);
      if (training) {
        model.add(new Dense(1)).compile(Optimizer.adam(1e-3f), Loss.meanSquaredError());
        model.trainOnBatch(x, randoms(batch, 1));
      }
      Executable executable = model.executable(batch, training);
      if (!training) {
        executable.write(executable.program().inputs().get(0), x.data(), 0);
      }
      double ms = time(executable);
      Program program = executable.program();
      double flops = CudaBackend.load(program, options.withPersistent(false)).flops();
      Map<String, Object> row = new LinkedHashMap<>();
      row.put("shape", shape);
      row.put("mode", (training ? "train" : "forward") + (graph ? "-graph" : ""));
      row.put("math", math.name().toLowerCase(Locale.ROOT));
      row.put("ms", ms);
      row.put("launches", CudaBackend.load(program, options).launches());
      row.put("gflop_per_second", flops / ms / 1e6);
      row.put("roof_ms", flops / ROOF[math.ordinal()] * 1e3);
      return row;
    }
  }

  /** Milliseconds of a run: the median of some series that together take about the given time. */
  private double time(Executable executable) {
    for (int i = 0; i < 3; i++) { // the second run records the graph
      executable.run();
    }
    executable.await();
    long once = series(executable, 1);
    int runs = (int) Math.max(1, Math.min(10_000, seconds * 1e9 / SERIES / Math.max(once, 1)));
    double[] ms = new double[SERIES];
    for (int i = 0; i < SERIES; i++) {
      ms[i] = series(executable, runs) / 1e6 / runs;
    }
    Arrays.sort(ms);
    return ms[SERIES / 2];
  }

  private static long series(Executable executable, int runs) {
    long began = System.nanoTime();
    for (int i = 0; i < runs; i++) {
      executable.run();
    }
    executable.await();
    return System.nanoTime() - began;
  }

  private Tensor randoms(int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = 2 * random.nextFloat() - 1;
    }
    return t;
  }
}
