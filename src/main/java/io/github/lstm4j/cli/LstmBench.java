package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Times LSTMs of five sizes, run by run; whatever runs them. */
final class LstmBench {
  private static final int LEAST_WARMUP = 3;
  private static final int LEAST_REPEATS = 5;

  /** The sizes; those of one sequence are not trained. */
  enum Size {
    S(32, 50, 8, 32),
    M(64, 100, 64, 128),
    L(64, 100, 256, 512),
    SEQ1(1, 100, 64, 128),
    STEP1(1, 1, 64, 128);

    final int batch;
    final int timesteps;
    final int features;
    final int units;

    Size(int batch, int timesteps, int features, int units) {
      this.batch = batch;
      this.timesteps = timesteps;
      this.features = features;
      this.units = units;
    }

    /** Floating-point operations of the matrix products of a forward pass. */
    double forwardFlop() {
      return 2.0 * batch * timesteps * 4 * units * (features + units);
    }
  }

  private final long seed;
  private final double seconds;
  private final Backend backend;

  LstmBench(long seed, double seconds, Backend backend) {
    this.seed = seed;
    this.seconds = seconds;
    this.backend = backend;
  }

  Map<String, Object> report(List<Size> sizes) {
    List<Map<String, Object>> results = new ArrayList<>();
    Map<String, Object> report = new LinkedHashMap<>();
    report.put("backend", backend.name());
    report.put("description", backend.description());
    report.put("java", Runtime.version().toString());
    report.put("processors", Runtime.getRuntime().availableProcessors());
    report.put("results", results);
    for (Size size : sizes) {
      results.add(size.timesteps == 1 ? step(size) : forward(size));
      if (size.batch > 1) {
        results.add(train(size));
      }
    }
    return report;
  }

  private Sequential model(Size size, boolean sequences) {
    return new Sequential()
        .seed(seed)
        .on(backend)
        .add(
            new LSTM(size.units)
                .inputShape(size.timesteps, size.features)
                .returnSequences(sequences));
  }

  private Tensor randoms(int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = 2 * random.nextFloat() - 1;
    }
    return t;
  }

  private Map<String, Object> forward(Size size) {
    Tensor x = randoms(size.batch, size.timesteps, size.features);
    try (Sequential model = model(size, true)) {
      Executable forward = model.executable(size.batch, false);
      forward.write(forward.program().inputs().get(0), x.data(), 0);
      return time(size, "forward", size.forwardFlop(), () -> runOnce(forward));
    }
  }

  private Map<String, Object> step(Size size) {
    Tensor x = randoms(size.batch, size.features);
    try (Sequential model = model(size, false);
        Session session = model.session(size.batch)) {
      return time(size, "forward", size.forwardFlop(), () -> session.step(x));
    }
  }

  private Map<String, Object> train(Size size) {
    Tensor x = randoms(size.batch, size.timesteps, size.features);
    Tensor y = randoms(size.batch, 1);
    try (Sequential model = model(size, false)) {
      model.add(new Dense(1)).compile(Optimizer.adam(1e-3f), Loss.meanSquaredError());
      model.trainOnBatch(x, y); // fills the inputs, scalars included, which then stay
      Executable train = model.executable(size.batch, true);
      return time(size, "train", 3 * size.forwardFlop(), () -> runOnce(train));
    }
  }

  private static void runOnce(Executable executable) {
    executable.run();
    executable.await();
  }

  private Map<String, Object> time(Size size, String what, double flop, Runnable task) {
    long end = System.nanoTime() + (long) (seconds * 0.5e9);
    for (int n = 0; n < LEAST_WARMUP || System.nanoTime() < end; n++) {
      task.run();
    }
    double[] ms = new double[1024];
    int n = 0;
    long now = System.nanoTime();
    end = now + (long) (seconds * 1e9);
    while (n < LEAST_REPEATS || now < end) {
      task.run();
      long then = System.nanoTime();
      if (n == ms.length) {
        ms = Arrays.copyOf(ms, 2 * n);
      }
      ms[n++] = (then - now) / 1e6;
      now = then;
    }
    Arrays.sort(ms, 0, n);
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("shape", size.name());
    result.put("operation", what);
    result.put("batch", size.batch);
    result.put("timesteps", size.timesteps);
    result.put("features", size.features);
    result.put("units", size.units);
    result.put("min_ms", ms[0]);
    result.put("median_ms", ms[n / 2]);
    result.put("max_ms", ms[n - 1]);
    result.put("repeats", n);
    result.put("gflop_per_second", flop / ms[n / 2] / 1e6);
    return result;
  }
}
