package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.report.HtmlPage;
import io.github.lstm4j.report.LineChart;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.TreeSet;
import java.util.function.IntFunction;

/**
 * How a prediction's time grows with the batch, units, timesteps and threads, beside the time that
 * its matrix products would take at the speed of the best product alone; and how the memory of a
 * training step grows.
 */
final class ScalingPage {
  private static final int FEATURES = 64;
  private static final int BATCH = 32;
  private static final int TIMESTEPS = 50;
  private static final int UNITS = 128;
  private static final int[] BATCHES = {1, 4, 16, 64, 256, 1024};
  private static final int[] ALL_UNITS = {8, 32, 128, 512, 2048};
  private static final int[] ALL_TIMESTEPS = {1, 4, 16, 64, 256, 1024, 4096};
  private static final int LEAST_RUNS = 4;
  private static final int[] SQUARES = {256, 512, 1024}; // sides of products, of which one is best

  private final long seed;
  private final int threads;
  private final int[] allThreads;
  private final double seconds; // of a measurement

  /**
   * @param threads of all but the measurements that compare them
   * @param limit about how many seconds all takes together
   */
  ScalingPage(long seed, int threads, double limit) {
    this.seed = seed;
    this.threads = threads;
    TreeSet<Integer> some = new TreeSet<>(List.of(1, threads));
    for (int n = 2; n < threads; n *= 2) {
      some.add(n);
    }
    this.allThreads = some.stream().mapToInt(n -> n).toArray();
    int points = BATCHES.length + ALL_UNITS.length + ALL_TIMESTEPS.length;
    points += allThreads.length * (1 + SQUARES.length);
    this.seconds = limit / points;
  }

  /** A size of one LSTM whose last state is asked for. */
  private record Size(int batch, int timesteps, int units) {
    /** Floating-point operations of the matrix products for one sequence. */
    double flop() {
      return 2.0 * timesteps * 4 * units * (FEATURES + units);
    }
  }

  HtmlPage page() {
    HtmlPage page = new HtmlPage("How lstm4j scales");
    double peak;
    try (Backend backend = Backends.cpu(threads)) {
      peak = peak(backend);
      page.paragraph(
          String.format(
              Locale.ROOT,
              "One LSTM of %d features, its last state asked for through predict; %s; Java %s. Where"
                  + " nothing else is said: batches of %d sequences, %d timesteps, %d units. The"
                  + " bound is the time of the matrix products alone at %.0f GFLOP/s, the speed of"
                  + " the best of square products of %s, measured in the same run. What would take"
                  + " longer than its share of the time limit is left out.",
              FEATURES,
              backend.description(),
              Runtime.version(),
              BATCH,
              TIMESTEPS,
              UNITS,
              peak / 1e9,
              Arrays.toString(SQUARES)));
      curve(page, backend, peak, "batch", BATCHES, n -> new Size(n, TIMESTEPS, UNITS));
      curve(page, backend, peak, "units", ALL_UNITS, n -> new Size(BATCH, TIMESTEPS, n));
      curve(page, backend, peak, "timesteps", ALL_TIMESTEPS, n -> new Size(BATCH, n, UNITS));
    }
    threads(page, peak);
    page.section("Memory of fit");
    page.paragraph(
        "What a training step holds beside the data: activations and gradients in the program's"
            + " arena, weights, and Adam's two moments of each. It is planned before the first step"
            + " and does not grow; plan MODEL --training prints it for yours.");
    memory(page, "batch", BATCHES, n -> new Size(n, TIMESTEPS, UNITS));
    memory(page, "timesteps", ALL_TIMESTEPS, n -> new Size(BATCH, n, UNITS));
    return page;
  }

  private void curve(
      HtmlPage page, Backend on, double peak, String what, int[] at, IntFunction<Size> size) {
    double[] times = new double[at.length];
    double[] bounds = new double[at.length];
    for (int i = 0; i < at.length; i++) {
      Size one = size.apply(at[i]);
      bounds[i] = 1e3 * one.flop() / peak;
      boolean tooLong = one.batch * one.flop() / peak > seconds;
      times[i] = tooLong ? Double.NaN : 1e3 * perSequence(on, one);
    }
    chart(page, what, at, times, bounds);
  }

  /** One peak for each number of threads, that of the other charts among them. */
  private void threads(HtmlPage page, double peak) {
    double[] times = new double[allThreads.length];
    double[] bounds = new double[allThreads.length];
    Size size = new Size(BATCH, TIMESTEPS, UNITS);
    for (int i = 0; i < allThreads.length; i++) {
      try (Backend backend = Backends.cpu(allThreads[i])) {
        times[i] = 1e3 * perSequence(backend, size);
        bounds[i] = 1e3 * size.flop() / (allThreads[i] == threads ? peak : peak(backend));
      }
    }
    chart(page, "threads", allThreads, times, bounds);
  }

  private static void chart(HtmlPage page, String what, int[] at, double[] times, double[] bounds) {
    page.section("Time by " + what);
    page.chart(
        new LineChart(
                "Time per sequence by " + what,
                "The time of a sequence falls or grows with the " + what + ", above its bound.",
                "ms per sequence")
            .logarithmic()
            .places(Arrays.stream(at).asDoubleStream().toArray())
            .along(what)
            .line("lstm4j", "s1", times)
            .line("bound by the products", "ink", bounds),
        "");
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < at.length; i++) {
      rows.add(
          List.of(
              String.valueOf(at[i]),
              shown("%.4g", times[i]),
              shown("%.4g", bounds[i]),
              shown("%.0f %%", 100 * bounds[i] / times[i])));
    }
    page.numbers(List.of(what, "ms per sequence", "bound, ms", "of the bound's speed"), rows);
  }

  private static String shown(String format, double number) {
    return Double.isNaN(number) ? "–" : String.format(Locale.ROOT, format, number);
  }

  private void memory(HtmlPage page, String what, int[] at, IntFunction<Size> size) {
    double[] megabytes = new double[at.length];
    List<List<String>> rows = new ArrayList<>();
    for (int i = 0; i < at.length; i++) {
      megabytes[i] = trainingBytes(size.apply(at[i])) / 1e6;
      rows.add(List.of(String.valueOf(at[i]), shown("%.4g", megabytes[i])));
    }
    page.chart(
        new LineChart(
                "Memory of a training step by " + what,
                "The memory grows with the " + what + ".",
                "MB")
            .logarithmic()
            .places(Arrays.stream(at).asDoubleStream().toArray())
            .along(what)
            .line("fit", "s2", megabytes),
        "");
    page.numbers(List.of(what, "MB"), rows);
  }

  // ---------------------------------------------------------------- measuring

  /** Seconds for one of the batch's sequences. */
  private double perSequence(Backend backend, Size size) {
    Tensor x = randoms(size.batch, size.timesteps, FEATURES);
    try (Sequential model = new Sequential().seed(seed).on(backend)) {
      LSTM lstm = new LSTM(size.units).recurrentInitializer("glorot_uniform"); // is made fast
      model.add(lstm.inputShape(size.timesteps, FEATURES));
      List<Double> times = seconds(() -> model.predict(x, size.batch));
      return times.get(times.size() / 2) / size.batch;
    }
  }

  /** Floating-point operations a second of the best product. */
  private double peak(Backend backend) {
    double best = 0;
    for (int n : SQUARES) {
      Tensor x = randoms(n, n);
      try (Sequential model = new Sequential().seed(seed).on(backend)) {
        model.add(new Dense(n).useBias(false).inputShape(n));
        Executable product = model.executable(n, false);
        product.write(product.program().inputs().get(0), x.data(), 0);
        List<Double> times =
            seconds(
                () -> {
                  product.run();
                  product.await();
                });
        best = Math.max(best, 2.0 * n * n * n / times.get(0));
      }
    }
    return best;
  }

  private static long trainingBytes(Size size) {
    try (Sequential model = new Sequential()) {
      model.add(new LSTM(size.units).inputShape(size.timesteps, FEATURES)).add(new Dense(1));
      model.compile(Optimizer.adam(1e-3f), Loss.meanSquaredError());
      Program step = model.program(size.batch, true);
      return step.arenaBytes() + step.variables().stream().mapToLong(Value::bytes).sum();
    }
  }

  private Tensor randoms(int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = 2 * random.nextFloat() - 1;
    }
    return t;
  }

  /** As often as fits into the time of a measurement, a third of it to warm up; sorted. */
  private List<Double> seconds(Runnable task) {
    long start = System.nanoTime();
    do {
      task.run();
    } while (System.nanoTime() - start < seconds / 3 * 1e9);
    List<Double> all = new ArrayList<>();
    do {
      long before = System.nanoTime();
      task.run();
      all.add((System.nanoTime() - before) / 1e9);
    } while (all.size() < LEAST_RUNS - 1 || System.nanoTime() - start < seconds * 1e9);
    all.sort(null);
    return all;
  }
}
