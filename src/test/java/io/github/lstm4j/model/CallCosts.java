package io.github.lstm4j.model;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.compile.Lane;
import io.github.lstm4j.compile.Plan;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;

/**
 * What {@code predict}, {@code trainOnBatch} and {@code fit} take as users call them, as multiples
 * of the bare program with its input where it keeps it: as many steps of each in turn, in one Java
 * and in the same memory, and the medians of the ratios. No test: {@code java --add-modules
 * jdk.incubator.vector -cp … io.github.lstm4j.model.CallCosts 2 S M}, with the threads and, unless
 * all are meant, the shapes.
 */
public final class CallCosts {
  private static final double SECONDS = 6; // for predict, and for training
  private static final int FEWEST_ROUNDS = 8;

  private CallCosts() {}

  /**
   * A shape.
   *
   * @param steps of each in turn, and of an epoch
   */
  private record Sizes(String name, int batch, int timesteps, int features, int units, int steps) {}

  private static final Sizes SMALL = new Sizes("small", 2, 3, 2, 2, 8);

  /** Measures the shapes, those of the comparison with other engines. */
  public static void main(String[] args) {
    Backend backend = Backends.cpu(Integer.parseInt(args[0]));
    List<String> names = List.of(args).subList(1, args.length);
    predict(backend, SMALL); // what a call does beside the program is compiled then
    training(backend, SMALL);
    System.out.println("| shape | predict | trainOnBatch | fit |");
    System.out.println("|---|---|---|---|");
    for (Sizes s :
        new Sizes[] {
          new Sizes("S", 32, 50, 8, 32, 8),
          new Sizes("M", 64, 100, 64, 128, 8),
          new Sizes("L", 64, 100, 256, 512, 2),
          new Sizes("SEQ1", 1, 100, 64, 128, 8)
        }) {
      if (names.isEmpty() || names.contains(s.name)) {
        System.out.printf(
            Locale.ROOT, "| %s | %s | %s |%n", s.name, predict(backend, s), training(backend, s));
      }
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

  private static String predict(Backend backend, Sizes s) {
    Model model =
        new Sequential()
            .on(backend)
            .add(new LSTM(s.units).inputShape(s.timesteps, s.features).returnSequences(true));
    Tensor x = random(s.batch, s.timesteps, s.features);
    model.predict(x, s.batch);
    Executable bare = bare(model, Plan.Mode.PREDICT, s);
    return ratios(times(s.steps, () -> run(bare)), times(s.steps, () -> model.predict(x, s.batch)));
  }

  /** The program in the very memory that the model's calls use: elsewhere it may be slower. */
  private static Executable bare(Model model, Plan.Mode mode, Sizes s) {
    Plan.Key key = new Plan.Key(mode, s.batch, List.of(s.timesteps));
    try (Lane lane = model.plans().take()) {
      return lane.binding(key, model.plans().plan(key));
    }
  }

  private static void run(Executable program) {
    program.run();
    program.await();
  }

  private static Runnable times(int steps, Runnable step) {
    return () -> {
      for (int i = 0; i < steps; i++) {
        step.run();
      }
    };
  }

  private static String training(Backend backend, Sizes s) {
    Model model =
        new Sequential()
            .on(backend)
            .add(new LSTM(s.units).inputShape(s.timesteps, s.features))
            .add(new Dense(1));
    model.compile(Optimizer.adam(0.001f), Loss.meanSquaredError());
    Tensor x = random(s.batch, s.timesteps, s.features);
    Tensor y = random(s.batch, 1);
    model.trainOnBatch(x, y);
    Executable bare = bare(model, Plan.Mode.TRAIN, s);
    Tensor many = random(s.steps * s.batch, s.timesteps, s.features);
    Tensor targets = random(s.steps * s.batch, 1);
    Fit fit = Fit.epochs(1).batchSize(s.batch).silent();
    return ratios(
        times(s.steps, () -> run(bare)),
        times(s.steps, () -> model.trainOnBatch(x, y)),
        () -> model.fit(many, targets, fit));
  }

  /**
   * The time of each but the first over that of the first, in turn; medians over the second half,
   * when the compiler is done.
   */
  private static String ratios(Runnable... calls) {
    List<double[]> rounds = new ArrayList<>();
    long end = System.nanoTime() + (long) (SECONDS * 1e9);
    while (System.nanoTime() < end || rounds.size() < FEWEST_ROUNDS) {
      double[] taken = new double[calls.length];
      for (int i = 0; i < calls.length; i++) {
        long start = System.nanoTime();
        calls[i].run();
        taken[i] = System.nanoTime() - start;
      }
      rounds.add(taken);
    }
    List<double[]> late = rounds.subList(rounds.size() / 2, rounds.size());
    return IntStream.range(1, calls.length)
        .mapToObj(i -> median(late.stream().mapToDouble(t -> t[i] / t[0])))
        .collect(Collectors.joining(" | "));
  }

  private static String median(DoubleStream ratios) {
    double[] sorted = ratios.sorted().toArray();
    return String.format(Locale.ROOT, "%.3f", sorted[sorted.length / 2]);
  }
}
