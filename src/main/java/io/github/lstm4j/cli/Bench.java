package io.github.lstm4j.cli;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParentCommand;
import picocli.CommandLine.Spec;

/** Times LSTMs of five sizes. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times LSTMs of five sizes and prints JSON.",
      "",
      "forward: inference, all hidden states returned. train: forward, mean squared error of"
          + " Dense(1) on the last state, backward, Adam. STEP1: one timestep, the state carried"
          + " from call to call, its input and output copied; other data stays where it is.",
      "",
      "With --backend cuda: the shapes, modes and JSON of the PyTorch script for GPUs, in each of"
          + " fp32, tf32 and bf16, launched one by one and as a CUDA graph."
    })
final class Bench implements Callable<Integer> {
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

  @ParentCommand private Main main;
  @Spec private CommandSpec command;

  @Option(
      names = "--shapes",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "S,M,L,SEQ1,STEP1",
      description = "Which sizes; default S,M,L,SEQ1,STEP1.")
  private List<Size> sizes;

  @Option(
      names = "--seconds",
      paramLabel = "T",
      defaultValue = "2",
      description = "How long each is measured, after half of that to warm up; default 2.")
  private double seconds;

  @Option(
      names = "--out",
      paramLabel = "FILE.json",
      description = "Where to write; default standard output.")
  private Path output;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Default 42.")
  private long seed;

  @Mixin private BackendOption backendOption;

  @Override
  public Integer call() throws IOException {
    if (!(seconds > 0)) {
      throw new ParameterException(
          command.commandLine(), "--seconds must be greater than 0, got " + seconds);
    }
    Map<String, Object> report =
        backendOption.wantsCuda()
            ? new CudaBench(seed, seconds, backendOption.device()).report()
            : cpu();
    String json = new ObjectMapper().writerWithDefaultPrettyPrinter().writeValueAsString(report);
    if (output == null) {
      main.out().println(json);
    } else {
      AtomicFile.write(output, to -> to.write((json + "\n").getBytes(StandardCharsets.UTF_8)));
      main.out().println("Wrote " + output);
    }
    return 0;
  }

  private Map<String, Object> cpu() {
    List<Map<String, Object>> results = new ArrayList<>();
    Map<String, Object> report = new LinkedHashMap<>();
    try (Backend backend = backendOption.open()) {
      report.put("backend", backend.name());
      report.put("description", backend.description());
      report.put("java", Runtime.version().toString());
      report.put("processors", Runtime.getRuntime().availableProcessors());
      report.put("results", results);
      for (Size size : sizes) {
        results.add(size.timesteps == 1 ? step(size, backend) : forward(size, backend));
        if (size.batch > 1) {
          results.add(train(size, backend));
        }
      }
    }
    return report;
  }

  private Sequential model(Size size, Backend backend, boolean sequences) {
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

  private Map<String, Object> forward(Size size, Backend backend) {
    Tensor x = randoms(size.batch, size.timesteps, size.features);
    try (Sequential model = model(size, backend, true)) {
      Executable forward = model.executable(size.batch, false);
      forward.write(forward.program().inputs().get(0), x.data(), 0);
      return time(size, "forward", size.forwardFlop(), () -> runOnce(forward));
    }
  }

  private Map<String, Object> step(Size size, Backend backend) {
    Tensor x = randoms(size.batch, size.features);
    try (Sequential model = model(size, backend, false);
        Session session = model.session(size.batch)) {
      return time(size, "forward", size.forwardFlop(), () -> session.step(x));
    }
  }

  private Map<String, Object> train(Size size, Backend backend) {
    Tensor x = randoms(size.batch, size.timesteps, size.features);
    Tensor y = randoms(size.batch, 1);
    try (Sequential model = model(size, backend, false)) {
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
