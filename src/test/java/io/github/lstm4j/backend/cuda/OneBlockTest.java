package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.kernels.KernelResources;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Where an LSTM goes through a block, what that takes, and that a batch may be split. */
class OneBlockTest {
  private static final Target TURING =
      new Target(75, 68, 64 << 10, true, 40 << 20, Double.POSITIVE_INFINITY, true);
  private static final Target PASCAL =
      new Target(60, 20, 48 << 10, false, 40 << 20, Double.POSITIVE_INFINITY, true);

  private static LaunchPlan plan(Sequential model, int batch, boolean training, Target target) {
    return CudaCompiler.compile(model.program(batch, training), target, CudaOptions.DEFAULT);
  }

  private static Sequential model(int timesteps, LSTM lstm) {
    return new Sequential()
        .add(new Input(timesteps, 3))
        .add(lstm)
        .add(new Dense(1))
        .compile("adam", "mse");
  }

  // ---------------------------------------------------------------- what it takes

  @Test
  void registersAreTheMostThatTheAssemblerSays() {
    for (OneBlock.Size size : OneBlock.SIZES) {
      int most =
          Stream.of(false, true)
              .flatMap(back -> KernelResources.registers().get(size.entry(back)).stream())
              .max(Integer::compare)
              .orElseThrow();
      assertThat(size.registers()).as("%s", size).isEqualTo(most);
    }
  }

  /** 64 KiB is what Turing gives a block, 99 the desktop's Ampere and Ada, 163 and 227 the rest. */
  @ParameterizedTest
  @CsvSource({
    "32, false, 384, 1152, 8",
    "64, false, 640, 2176, 2",
    "128, false, 58496, 69760, 1",
    "32, true, 384, 1152, 6",
    "64, true, 640, 2176, 2",
    "128, true, 99456, 110720, 1"
  })
  void sharedMemoryAndBlocksOfAMultiprocessor(
      int units, boolean any, int forward, int back, int blocks) {
    OneBlock.Size size =
        OneBlock.SIZES.stream()
            .filter(s -> s.units() == units && s.any() == any)
            .findFirst()
            .orElseThrow();
    assertThat(size.sharedBytes(false)).isEqualTo(forward);
    assertThat(size.sharedBytes(true)).isEqualTo(back).isGreaterThanOrEqualTo(forward);
    assertThat(size.blocks()).isEqualTo(blocks);
  }

  // ---------------------------------------------------------------- where it is chosen

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          32   | 50  | 32  | block of 128 threads takes each sample through the whole sequence
          64   | 100 | 128 | block of 512 threads takes each sample
          1    | 4   | 1   | block of 128 threads takes each sample
          500  | 20  | 64  | block of 256 threads takes each sample
          1    | 3   | 8   | step by step; 3 timesteps are too few
          4    | 20  | 129 | step by step; a grid of blocks multiplies in TF32 or bfloat16 only
          1024 | 20  | 128 | step by step; 1024 samples of 128 units are too much
          """)
  void byShape(int batch, int timesteps, int units, String said) {
    LaunchPlan plan = plan(model(timesteps, new LSTM(units)), batch, true, Target.H100);
    assertThat(plan.toString()).contains(said);
    assertThat(!plan.persistent().isEmpty()).isEqualTo(said.startsWith("block"));
    assertThat(plan.persistentSeconds() > 0).isEqualTo(!plan.persistent().isEmpty());
  }

  @Test
  void byOptions() {
    assertThat(listing(new LSTM(8).recurrentDropout(0.1f)))
        .contains("step by step; recurrent dropout");
    assertThat(listing(new LSTM(8).peephole(Peephole.FULL_OUTPUT)))
        .contains("step by step; a full peephole matrix");
    assertThat(listing(new LSTM(8).activation("relu"))).contains("lstm_persistent1_any_32");
    assertThat(listing(new LSTM(8))).contains("lstm_persistent1_32 ");
    assertThat(
            CudaBackend.explain(
                model(20, new LSTM(8)).program(4, true), CudaOptions.DEFAULT.withPersistent(false)))
        .contains("step by step; as asked for")
        .doesNotContain("lstm_persistent1");
  }

  private static String listing(LSTM lstm) {
    return plan(model(20, lstm), 4, true, Target.H100).toString();
  }

  /** Where the way back does not fit, the way there may. */
  @Test
  void byTheMemoryOfABlock() {
    Sequential model = model(20, new LSTM(100));
    assertThat(plan(model, 4, false, TURING).persistent()).isNotEmpty();
    assertThat(plan(model, 4, true, TURING).toString())
        .contains(
            "lstm_persistent1_128",
            "lstm, backward: step by step; a block would need 69,760 bytes of shared memory, and"
                + " the device gives it 65,536");
    assertThat(plan(model, 4, true, PASCAL).persistent()).isEmpty();
    assertThat(plan(model(20, new LSTM(64)), 4, true, PASCAL).persistent()).isNotEmpty();
  }

  /** The README's table: a training step of a layer, a Dense of one unit and Adam. */
  @ParameterizedTest
  @CsvSource({
    "32, 50, 8, 32, 13, 209",
    "64, 100, 64, 128, 13, 409",
    "1, 100, 64, 128, 13, 409",
    "1, 1, 64, 128, 12, 12"
  })
  void launchesOfATrainingStep(
      int batch, int timesteps, int features, int units, int whole, int steps) {
    Sequential model =
        new Sequential(new Input(timesteps, features), new LSTM(units), new Dense(1))
            .compile("adam", "mse");
    CudaOptions stepwise = CudaOptions.DEFAULT.withPersistent(false);
    assertThat(plan(model, batch, true, Target.H100).launches()).isEqualTo(whole);
    assertThat(CudaCompiler.compile(model.program(batch, true), Target.H100, stepwise).launches())
        .isEqualTo(steps);
  }

  // ---------------------------------------------------------------- the same bits

  private static Tensor random(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static CudaBackend simulated(CudaOptions options) {
    return new CudaBackend(SimulatedCuda.builder().sharedMemoryLimit(227 << 10).build(), options);
  }

  /** Predictions, and what a step makes of weights, of a batch and of its parts. */
  @Test
  void aBatchMayBeSplit() {
    try (CudaBackend backend = simulated(CudaOptions.DEFAULT)) {
      splits(backend, 20);
    }
  }

  @Test
  @Tag("gpu")
  void aBatchMayBeSplitThroughTheDriver() {
    for (int units : new int[] {20, 50, 100}) {
      splits(Gpu.backend(), units);
    }
  }

  private static void splits(Backend backend, int units) {
    Tensor x = random(1, 5, 4, 3);
    try (Sequential model = new Sequential().seed(3).on(backend)) {
      model.add(new Input(4, 3)).add(new LSTM(units).returnSequences(true));
      Tensor all = model.predict(x, 5);
      for (int batch = 1; batch < 5; batch++) {
        assertThat(model.predict(x, batch).data()).as("batches of %d", batch).isEqualTo(all.data());
      }
    }
  }

  // ---------------------------------------------------------------- parts of a sequence

  private static Stream<Supplier<Layer>> layers() {
    return Stream.of(
        () -> new LSTM(5),
        () -> new LSTM(5).goBackwards(true).returnSequences(true),
        () -> new LSTM(5).stateful(true).zeroOutputForMask(true).returnSequences(true),
        () -> new Bidirectional(new LSTM(3).returnSequences(true)));
  }

  private static Sequential cut(Layer layer) {
    return new Sequential()
        .seed(2)
        .add(Input.batch(3, 11, 2))
        .add(new Masking())
        .add(layer)
        .add(new Dense(1));
  }

  private static List<Tensor> trained(Layer layer, double longestLaunch) {
    Tensor x = random(1, 3, 11, 2);
    for (int t : new int[] {0, 6, 7, 10}) {
      x.set(0, 1, t, 0);
      x.set(0, 1, t, 1);
    }
    SimulatedCuda cuda = SimulatedCuda.builder().longestLaunch(longestLaunch).build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT);
        Sequential model = cut(layer).on(backend)) {
      model.compile("adam", "mse");
      int[] targets = model.outputShape().dims().clone();
      targets[0] = 3;
      Fit twice = Fit.epochs(2).batchSize(3).shuffle(false).silent();
      model.fit(x, Tensor.zeros(targets), twice);
      List<Tensor> all = new ArrayList<>(model.getWeights());
      all.add(model.predict(x, 3));
      return all;
    }
  }

  /** Where the driver ends long launches. */
  @ParameterizedTest
  @MethodSource("layers")
  void aSequenceMayBeCut(Supplier<Layer> layer) {
    double threeSteps = 1e-6;
    Target limited = new Target(90, 4, 48 << 10, true, 40 << 20, threeSteps, true);
    Sequential model = cut(layer.get()).compile("adam", "mse");
    String parts =
        CudaCompiler.compile(model.program(3, true), limited, CudaOptions.DEFAULT).toString();
    assertThat(parts.split(" lstm_persistent1_backward_any_32 ", -1)).hasSizeGreaterThan(4);
    assertThat(trained(layer.get(), threeSteps))
        .isEqualTo(trained(layer.get(), Double.POSITIVE_INFINITY));
  }
}
