package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.equivalence.OracleBackend;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;

/**
 * Random LSTMs in one block, in a grid of blocks, and step by step, with the blocks in any order:
 * what they predict, how a training step changes their weights, and the states that they keep, are
 * those of double.
 */
class LstmWaysTest {
  private static final int[] BLOCK_UNITS = {1, 2, 3, 7, 31, 32, 33, 61, 64, 65, 97, 127, 128};
  private static final int[] GRID_UNITS = {129, 131, 137, 151, 191, 199, 211, 255, 256, 257, 263};

  /** A model, its data, and the way that its layers go. */
  static final class Drawn {
    final String way;
    final CudaOptions options;
    private final Random random;
    private final int batch;
    private final int steps;
    private final int features;
    private final boolean masked;
    private final boolean stateful;
    private final List<Supplier<LSTM>> layers = new ArrayList<>();
    private final boolean[] bothWays = new boolean[2];
    private final Tensor x;
    private final Tensor y;
    final String text;

    /**
     * @param work about how many products and sums of R a layer may take, all steps together
     */
    Drawn(long seed, long work) {
      random = new Random(seed);
      way = List.of("block", "grid", "steps").get((int) (seed % 3));
      boolean grid = way.equals("grid") || (way.equals("steps") && random.nextInt(3) == 0);
      MathMode math = !grid ? MathMode.FP32 : random.nextInt(3) > 0 ? MathMode.TF32 : MathMode.BF16;
      options = CudaOptions.DEFAULT.withMath(math).withPersistent(!way.equals("steps"));
      int units = any(grid ? GRID_UNITS : BLOCK_UNITS);
      long rows = Math.max(12, work / (4L * units * units)); // steps times samples
      steps = 4 + random.nextInt((int) Math.min(61, rows / 4 + 1));
      batch = 1 + random.nextInt((int) Math.max(1, Math.min(300, rows / steps)));
      features = 1 + random.nextInt(5);
      masked = random.nextBoolean();
      stateful = random.nextInt(3) == 0;
      int depth = random.nextInt(3) == 0 ? 2 : 1;
      boolean sequences = random.nextBoolean();
      StringBuilder said = new StringBuilder(way + " " + math + " B=" + batch + " T=" + steps);
      said.append(masked ? " masked" : "").append(stateful ? " stateful" : "");
      for (int i = 0; i < depth; i++) {
        layers.add(layer(units, i + 1 < depth || sequences, said));
        bothWays[i] = !stateful && random.nextInt(3) == 0;
        said.append(bothWays[i] ? " both ways" : "");
      }
      x = tensor(batch, steps, features);
      for (int i = 0; masked && i < x.size(); i += features) {
        if (random.nextInt(3) == 0) {
          Arrays.fill(x.data(), i, i + features, 0);
        }
      }
      y = sequences ? tensor(batch, steps, 2) : tensor(batch, 2);
      text = said.toString();
    }

    private int any(int[] of) {
      return of[random.nextInt(of.length)];
    }

    private Supplier<LSTM> layer(int units, boolean sequences, StringBuilder said) {
      boolean backwards = random.nextBoolean();
      boolean bias = random.nextInt(4) > 0;
      boolean zero = random.nextBoolean();
      Peephole any = random.nextBoolean() ? Peephole.NONE : Peephole.values()[random.nextInt(4)];
      Peephole peephole =
          any == Peephole.FULL_OUTPUT && !way.equals("steps") ? Peephole.DIAGONAL : any;
      boolean usual = random.nextInt(3) > 0;
      String phi = usual ? "tanh" : List.of("softsign", "silu", "tanh").get(random.nextInt(3));
      String sigma = usual || random.nextBoolean() ? "sigmoid" : "hard_sigmoid";
      said.append("; ").append(units).append(" units ").append(peephole).append(' ').append(phi);
      said.append('/').append(sigma).append(sequences ? " sequences" : "");
      said.append(backwards ? " backwards" : "").append(zero ? " zeroOutputForMask" : "");
      return () ->
          new LSTM(units)
              .returnSequences(sequences)
              .stateful(stateful)
              .goBackwards(backwards)
              .useBias(bias)
              .zeroOutputForMask(zero)
              .activation(phi)
              .recurrentActivation(sigma)
              .peephole(peephole);
    }

    private Tensor tensor(int... dims) {
      Tensor t = Tensor.zeros(dims);
      for (int i = 0; i < t.size(); i++) {
        t.data()[i] = (float) random.nextGaussian();
      }
      return t;
    }

    Sequential model(Backend backend) {
      Sequential model = new Sequential().seed(7).on(backend);
      model.add(Input.batch(batch, steps, features));
      if (masked) {
        model.add(new Masking(0));
      }
      for (int i = 0; i < layers.size(); i++) {
        LSTM layer = layers.get(i).get();
        model.add(bothWays[i] ? new Bidirectional(layer) : layer);
      }
      return model.add(new Dense(2)).compile(Optimizer.sgd(1f), Loss.meanSquaredError());
    }

    /** Two predictions, the later one with the states of the first, and two changes of weights. */
    List<float[]> run(Backend backend) {
      try (Sequential model = model(backend)) {
        List<float[]> all = new ArrayList<>();
        all.add(model.predict(x, batch).data().clone());
        all.add(model.predict(x, batch).data().clone());
        for (int i = 0; i < 2; i++) { // at once, and recorded
          List<Tensor> before = model.getWeights();
          model.trainOnBatch(x, y);
          List<Tensor> after = model.getWeights();
          for (int w = 0; w < before.size(); w++) {
            float[] change = after.get(w).data().clone();
            for (int j = 0; j < change.length; j++) {
              change[j] -= before.get(w).data()[j];
            }
            all.add(change);
          }
        }
        return all;
      }
    }

    String routes() {
      LaunchPlan plan =
          CudaCompiler.compile(
              model(OracleBackend.sound()).program(batch, true),
              Target.of(LstmGridTest.device(), true),
              options);
      return plan.routes().stream().map(Route::text).toList().toString();
    }

    /** The largest distance of any result, as a part of the largest element of its tensor. */
    double distance(Long shuffle) {
      List<float[]> expected = run(OracleBackend.sound());
      SimulatedCudaBuilder device = SimulatedCuda.builder().device(LstmGridTest.device());
      SimulatedCuda cuda = (shuffle == null ? device : device.shuffle(shuffle)).build();
      List<float[]> got;
      try (CudaBackend backend = new CudaBackend(cuda, options)) {
        got = run(backend);
      }
      assertThat(cuda.leaks()).isEmpty();
      double worst = 0;
      for (int i = 0; i < got.size(); i++) {
        double apart = 0;
        double most = 1e-2; // a change of weights is no smaller than their rounding
        for (int j = 0; j < got.get(i).length; j++) {
          double distance = Math.abs(got.get(i)[j] - expected.get(i)[j]);
          apart = Math.max(apart, Double.isNaN(distance) ? Double.POSITIVE_INFINITY : distance);
          most = Math.max(most, Math.abs(expected.get(i)[j]));
        }
        worst = Math.max(worst, apart / most);
      }
      return worst;
    }

    /** How far it may be: the products round to 24, 11 or 8 bits. */
    double tolerance() {
      return switch (options.math()) {
        case FP32 -> 3e-5;
        case TF32 -> 5e-3;
        case BF16 -> 5e-2;
      };
    }
  }

  @Test
  void randomLayersGiveTheNumbersOfDouble() {
    TreeMap<String, Integer> ways = new TreeMap<>();
    for (long seed = 0; seed < 9; seed++) {
      Drawn drawn = new Drawn(seed, 60_000);
      String routes = drawn.routes();
      String said = drawn.text + " " + routes;
      assertThat(drawn.distance(seed % 2 == 0 ? null : seed))
          .as(said)
          .isLessThan(drawn.tolerance());
      for (String way : List.of("a block of", "one launch of", "step by step")) {
        ways.merge(way, routes.contains(way) ? 1 : 0, Integer::sum);
      }
    }
    assertThat(ways.values()).as("%s", ways).allMatch(n -> n >= 3);
  }
}
