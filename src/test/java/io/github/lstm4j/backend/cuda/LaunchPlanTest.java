package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.kernels.KernelManifest;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What programs become, read off the plan; no device is needed. */
class LaunchPlanTest {
  private static final int B = 32;
  private static final int T = 20;
  private static final int F = 8;
  private static final int U1 = 16;
  private static final int U2 = 12;
  private static final CudaOptions STEPWISE = CudaOptions.DEFAULT.withPersistent(false);

  /** Two layers of LSTM, 16 and 12 units, over 20 steps of 8 features. */
  private static Sequential twoLayers() {
    return new Sequential()
        .add(new Input(T, F))
        .add(new LSTM(U1).returnSequences(true))
        .add(new LSTM(U2))
        .add(new Dense(1))
        .compile("adam", "mse");
  }

  private static LaunchPlan plan(boolean training) {
    return CudaCompiler.compile(
        twoLayers().program(B, training), Target.H100, CudaOptions.DEFAULT.withPersistent(false));
  }

  /** How many products there are of each shape, as rows of C, columns of C, inner size. */
  private static Map<String, Integer> products(LaunchPlan plan) {
    Map<String, Integer> counts = new HashMap<>();
    for (Work work : plan.work()) {
      if (work instanceof Work.Product p) {
        counts.merge(p.n() + "x" + p.m() + "x" + p.k(), 1, Integer::sum);
      }
    }
    return counts;
  }

  @Test
  void forwardIsOneProductOverAllStepsAndOneForEach() {
    LaunchPlan plan = plan(false);
    assertThat(products(plan))
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                T * B + "x" + 4 * U1 + "x" + F,
                1, // X·K
                B + "x" + 4 * U1 + "x" + U1,
                T - 1, // h·R, not from the zero state
                T * B + "x" + 4 * U2 + "x" + U1,
                1,
                B + "x" + 4 * U2 + "x" + U2,
                T - 1));
    assertThat(kernels(plan, "lstm_forward")).isEqualTo(2 * T);
    assertThat(kernels(plan, "dense_few")).isEqualTo(1);
    assertThat(plan.flops())
        .isEqualTo(
            2.0
                * B
                * (T * F * 4 * U1
                    + (T - 1) * U1 * 4 * U1
                    + T * U1 * 4 * U2
                    + (T - 1) * U2 * 4 * U2));
  }

  @Test
  void backwardIsOneProductForEachStepAndTheWeightsGradientsOnce() {
    Map<String, Integer> forward = products(plan(false));
    LaunchPlan plan = plan(true);
    Map<String, Integer> backward = products(plan);
    forward.forEach((shape, n) -> backward.merge(shape, -n, Integer::sum));
    backward.values().removeIf(n -> n == 0);
    assertThat(backward)
        .containsExactlyInAnyOrderEntriesOf(
            Map.of(
                B + "x" + U2 + "x" + 4 * U2, T - 1, // dZ·Rᵀ
                U1 + "x" + 4 * U2 + "x" + T * B, 1, // dK
                U2 + "x" + 4 * U2 + "x" + (T - 1) * B, 1, // dR: h before the first step is zero
                T * B + "x" + U1 + "x" + 4 * U2, 1, // dX of the second layer, dy of the first
                B + "x" + U1 + "x" + 4 * U1, T - 1,
                F + "x" + 4 * U1 + "x" + T * B, 1,
                U1 + "x" + 4 * U1 + "x" + (T - 1) * B, 1));
    assertThat(kernels(plan, "lstm_backward")).isEqualTo(2 * T);
    assertThat(kernels(plan, "dense_few_grad")).isEqualTo(1);
  }

  private static long kernels(LaunchPlan plan, String entry) {
    return plan.work().stream()
        .filter(w -> w instanceof Work.Kernel k && k.entry().equals(entry))
        .count();
  }

  /** Shapes of the table of bench: batch, timesteps, features, units. */
  @ParameterizedTest
  @CsvSource({
    "32,50,8,32,102,209",
    "64,100,64,128,202,409",
    "64,100,256,512,214,421",
    "64,200,1024,1024,426,833",
    "1,100,64,128,202,409",
    "1,1,64,128,4,12",
    "256,512,512,1024,1153,2184"
  })
  void aTrainingStepIsFewLaunchesBesideTheLstms(
      int b, int t, int f, int u, int launchesForward, int launchesInTraining) {
    Sequential model =
        new Sequential(new Input(t, f), new LSTM(u), new Dense(1)).compile("adam", "mse");
    LaunchPlan forward = CudaCompiler.compile(model.program(b, false), Target.H100, STEPWISE);
    LaunchPlan training = CudaCompiler.compile(model.program(b, true), Target.H100, STEPWISE);
    assertThat(forward.launches()).isEqualTo(launchesForward);
    assertThat(training.launches()).isEqualTo(launchesInTraining);
    String input = "x" + 4 * u + "x" + f; // X·K, for all timesteps or for a few
    long inputs =
        products(forward).entrySet().stream()
            .filter(e -> e.getKey().endsWith(input) && (f != u || !e.getKey().startsWith(b + "x")))
            .mapToLong(Map.Entry::getValue)
            .sum();
    long lstm = 4L * t - 2 + inputs + 3; // kernels and products of the steps; X·K, dK, dR, db
    assertThat(training.launches() - lstm).isLessThanOrEqualTo(12);
    assertThat(kernels(training, "adam")).isEqualTo(1);
    assertThat(training.work()).noneMatch(w -> w instanceof Work.Copy);
  }

  @Test
  void theListingShowsEachStepOnce() {
    String listing =
        CudaBackend.explain(
            twoLayers().program(B, true), CudaOptions.DEFAULT.withPersistent(false));
    assertThat(listing.lines().count()).isLessThan(80);
    assertThat(listing)
        .contains(
            "launch plan of train", " launches: ", "matrix products", "GFLOP", "bytes of variables")
        .contains("19 times:")
        .contains("lstm_forward", "lstm_backward", "grid ", "block ", "gemm")
        .contains("(640,8)·(8,64)", "x · lstm.kernel -> lstm.gates")
        .contains("(8,640)·(640,64)", "xᵀ · lstm.gates -> d.lstm.kernel");
  }

  /** Every kernel that a program of many options launches, as {@code kernels/} declares it. */
  @Test
  void argumentsAreWhatTheKernelsDeclare() throws IOException {
    Map<String, List<String>> declared = new HashMap<>();
    for (KernelManifest.Kernel k : KernelManifest.read(KernelManifest.FOLDER).kernels()) {
      k.entries().forEach((e, p) -> declared.put(k.name() + "." + e, new ArrayList<>(p.values())));
    }
    for (Peephole peephole : Peephole.values()) {
      for (Target target :
          List.of(
              Target.H100,
              new Target(60, 20, 48 << 10, false, 40 << 20, Double.POSITIVE_INFINITY, false))) {
        Sequential model =
            new Sequential()
                .add(new Input(T, F))
                .add(new LSTM(U1).peephole(peephole).returnSequences(true).dropout(0.1f))
                .add(new LSTM(U2).recurrentDropout(0.2f).zeroOutputForMask(true))
                .add(new Dense(3, "softmax"))
                .compile("rmsprop", "categorical_crossentropy", "accuracy");
        for (Work w :
            CudaCompiler.compile(model.program(B, true), target, CudaOptions.DEFAULT).work()) {
          if (w instanceof Work.Kernel k) {
            assertThat(k.arguments().stream().map(LaunchPlanTest::type).toList())
                .as(k.module() + "." + k.entry())
                .isEqualTo(declared.get(k.module() + "." + k.entry()));
          }
        }
      }
    }
  }

  private static String type(Object argument) {
    if (argument instanceof Integer) {
      return "u32";
    }
    return argument instanceof Float ? "f32" : "u64";
  }

  /** What only the steps read takes no more memory than they need of it. */
  @Test
  void aPredictionKeepsNeitherGatesNorCells() {
    Program program =
        new Sequential(new Input(512, 512), new LSTM(1024).returnSequences(true))
            .program(256, false);
    long state = 4L * 256 * 1024;
    long x = 4L * 256 * 512 * 512;
    LaunchPlan plan = CudaCompiler.compile(program, Target.H100, CudaOptions.DEFAULT);
    long steps = 4; // x·K of so many at once
    assertThat(plan.program().arenaBytes())
        .isEqualTo(x + 513 * state + 2 * state + steps * 4 * state);
    assertThat(program.arenaBytes()).isEqualTo(x + 2 * 513 * state + 512 * 4 * state);
  }
}
