package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.Gpu;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.equivalence.RecurrentCases.Kind;
import io.github.lstm4j.equivalence.RecurrentCases.Mask;
import io.github.lstm4j.equivalence.RecurrentCases.Options;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.Program;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Each way of an LSTM through a sequence on CUDA equals the oracle, forward and back: in one block
 * wherever it can be, and step by step.
 */
@ExtendWith(BothWays.class)
class RecurrencePathsTest {
  private static final long SEED = 20_261_129;

  /** T, B, F, U, and how many random options. */
  private static final int[][] SIZES = {
    {4, 1, 1, 1, 6},
    {5, 3, 2, 5, 12},
    {7, 2, 3, 31, 6},
    {4, 2, 1, 32, 6},
    {4, 3, 2, 33, 3},
    {5, 1, 2, 64, 3},
    {4, 1, 1, 100, 3},
    {4, 1, 2, 128, 3}
  };

  private static Options without(Options o) {
    return new Options(
        o.kind(),
        o.activation(),
        o.recurrentActivation(),
        o.bias(),
        o.peephole() == Peephole.FULL_OUTPUT ? Peephole.DIAGONAL : o.peephole(),
        o.goBackwards(),
        o.mask(),
        o.zeroOutputForMask(),
        o.initialStates(),
        false,
        false);
  }

  private static List<Case> cases() {
    Random random = new Random(SEED);
    List<Case> cases = new ArrayList<>();
    for (int[] d : SIZES) {
      for (int i = 0; i < d[4]; i++) {
        Options o = without(Options.random(random, Kind.LSTM, Activations.TAME));
        if (i % 3 == 0) {
          o = o.with(Activation.TANH, Activation.SIGMOID);
        }
        if (i % 6 == 0) { // what the kernels without any_ take
          Options plain = Options.plain(Kind.LSTM);
          o =
              new Options(
                  Kind.LSTM,
                  plain.activation(),
                  plain.recurrentActivation(),
                  o.bias(),
                  Peephole.NONE,
                  o.goBackwards(),
                  Mask.NONE,
                  false,
                  o.initialStates(),
                  false,
                  false);
        }
        Options chosen = o;
        cases.add(
            new Case(
                "Lstm",
                o.toString(),
                "T=" + d[0] + " B=" + d[1] + " F=" + d[2] + " U=" + d[3],
                SEED + cases.size(),
                false,
                s -> {
                  s.tolerance = 1e-5;
                  s.absolute = 1e-7;
                  RecurrentCases.build(s, chosen, 1, d[0], d[1], d[2], d[3]);
                }));
      }
    }
    return cases;
  }

  @Test
  void eachEqualsTheOracle() {
    CudaOptions eager = CudaOptions.DEFAULT.withGraph(false);
    try (SwitchedBackend backend = new SwitchedBackend(simulated(), simulated(), eager)) {
      check(cases(), backend);
    }
  }

  @Test
  @Tag("gpu")
  void eachEqualsTheOracleThroughTheDriver() {
    List<Case> cases = cases();
    int every = Gpu.isSimulated() ? 3 : 1;
    List<Case> some =
        IntStream.range(0, cases.size()).filter(i -> i % every == 0).mapToObj(cases::get).toList();
    try (SwitchedBackend backend = Gpu.switched()) {
      check(some, backend);
    }
  }

  private void check(List<Case> cases, Backend backend) {
    List<String> failures = new ArrayList<>();
    for (Case c : cases) {
      Scene scene = c.scene();
      Program program = new Program("scene", scene.graph, scene.compared);
      assertThat(CudaBackend.explain(program, CudaOptions.DEFAULT))
          .as("%s", c)
          .contains(" lstm_persistent1_", " lstm_persistent1_backward_");
      Map<String, double[]> oracle = Runs.oracle(scene);
      BothWays.run(
          getClass(),
          () -> {
            Comparison comparison = new Comparison(scene, oracle, Runs.backend(backend, scene));
            if (!comparison.passed()) {
              failures.add(c + " on " + backend.description() + ": " + comparison.report());
            }
          });
    }
    assertThat(failures).isEmpty();
  }

  private static SimulatedCuda simulated() {
    return SimulatedCuda.builder().sharedMemoryLimit(227 << 10).shuffle(SEED).build();
  }
}
