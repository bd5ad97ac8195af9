package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.Arrays;
import java.util.Locale;
import java.util.Random;

/**
 * What {@code predict}, {@code trainOnBatch} and {@code fit} take as users call them, as multiples
 * of the bare program with its input where it keeps it: medians of calls in turn, in one Java. No
 * test: {@code java --add-modules jdk.incubator.vector -cp … io.github.lstm4j.model.CallCosts 2},
 * with the threads.
 */
public final class CallCosts {
  private static final int BATCHES = 8; // of an epoch

  private CallCosts() {}

  private record Sizes(String name, int batch, int steps, int features, int units) {}

  /** Measures all shapes, those of the comparison with other engines. */
  public static void main(String[] args) {
    Backend backend = Backends.cpu(Integer.parseInt(args[0]));
    System.out.println("| shape | predict | trainOnBatch | fit |");
    System.out.println("|---|---|---|---|");
    for (Sizes s :
        new Sizes[] {
          new Sizes("S", 32, 50, 8, 32),
          new Sizes("M", 64, 100, 64, 128),
          new Sizes("L", 64, 100, 256, 512),
          new Sizes("SEQ1", 1, 100, 64, 128)
        }) {
      System.out.printf(
          Locale.ROOT, "| %s | %.3f | %s |%n", s.name, predict(backend, s), training(backend, s));
    }
    backend.close();
  }

  private static Tensor random(int... dims) {
    Random random = new Random(7);
    Tensor x = Tensor.zeros(dims);
    for (int i = 0; i < x.data().length; i++) {
      x.data()[i] = random.nextFloat() - 0.5f;
    }
    return x;
  }

  private static double predict(Backend backend, Sizes s) {
    Model model =
        new Sequential()
            .on(backend)
            .add(new LSTM(s.units).inputShape(s.steps, s.features).returnSequences(true));
    Tensor x = random(s.batch, s.steps, s.features);
    Executable bare = model.executable(s.batch, false);
    bare.write(bare.program().inputs().get(0), x.data(), 0);
    double[] medians = medians(() -> run(bare), () -> model.predict(x, s.batch));
    return medians[1] / medians[0];
  }

  private static void run(Executable program) {
    program.run();
    program.await();
  }

  private static String training(Backend backend, Sizes s) {
    Model model =
        new Sequential()
            .on(backend)
            .add(new LSTM(s.units).inputShape(s.steps, s.features))
            .add(new Dense(1));
    model.compile(Optimizer.adam(0.001f), Loss.meanSquaredError());
    Tensor x = random(s.batch, s.steps, s.features);
    Tensor y = random(s.batch, 1);
    model.trainOnBatch(x, y);
    Executable bare = model.executable(s.batch, true);
    Tensor many = random(BATCHES * s.batch, s.steps, s.features);
    Tensor targets = random(BATCHES * s.batch, 1);
    Fit fit = Fit.epochs(1).batchSize(s.batch).silent();
    double[] medians =
        medians(
            () -> run(bare), () -> model.trainOnBatch(x, y), () -> model.fit(many, targets, fit));
    return String.format(
        Locale.ROOT, "%.3f | %.3f", medians[1] / medians[0], medians[2] / BATCHES / medians[0]);
  }

  /** Seconds of each, in turn, for so long that the compiler is done. */
  private static double[] medians(Runnable... calls) {
    double[] medians = new double[calls.length];
    for (double seconds : new double[] {2, 3}) {
      double[][] taken = new double[calls.length][1 << 16];
      int rounds = 0;
      long end = System.nanoTime() + (long) (seconds * 1e9);
      while (System.nanoTime() < end && rounds < 1 << 16) {
        for (int i = 0; i < calls.length; i++) {
          long start = System.nanoTime();
          calls[i].run();
          taken[i][rounds] = (System.nanoTime() - start) / 1e9;
        }
        rounds++;
      }
      for (int i = 0; i < calls.length; i++) {
        Arrays.sort(taken[i], 0, rounds);
        medians[i] = taken[i][rounds / 2];
      }
    }
    return medians;
  }
}
