package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.equivalence.BothWays;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Models whose LSTMs go through their sequences in a grid of blocks: the whole path. */
class LstmGridModelsTest {
  private static final int T = 4;
  private static final int F = 2;
  private static final Tensor X = random(3, T, F);
  private static final Tensor Y = random(3, 1);
  private static final CudaOptions TF32 = CudaOptions.DEFAULT.withMath(MathMode.TF32);

  static {
    Arrays.fill(X.data(), 2 * T * F - F, 2 * T * F, 0); // the last step of the second sample
    Arrays.fill(X.data(), 2 * T * F, 2 * T * F + F, 0); // the first of the third
  }

  private static Tensor random(int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(dims.length);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(Backend backend, Layer... layers) {
    Sequential model = new Sequential().seed(5).add(Input.batch(3, T, F));
    for (Layer layer : layers) {
      model.add(layer);
    }
    return model
        .add(new Dense(1))
        .on(backend)
        .compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
  }

  private static Sequential bidirectional(Backend backend) {
    return model(
        backend,
        new Masking(0),
        new Bidirectional(new LSTM(131).returnSequences(true).zeroOutputForMask(true)),
        new LSTM(134).goBackwards(true).peephole(Peephole.DIAGONAL));
  }

  private static Sequential stateful(Backend backend) {
    return model(
        backend,
        new Masking(0),
        new LSTM(132).stateful(true).activation("softsign").recurrentActivation("hard_sigmoid"));
  }

  private static SimulatedCuda device() {
    return SimulatedCuda.builder().device(LstmGridTest.device()).build();
  }

  private static LaunchPlan plan(Sequential model, int batch, CudaOptions options) {
    return CudaCompiler.compile(model.program(batch, true), Target.H100, options);
  }

  // ---------------------------------------------------------------- what is chosen

  private static Sequential large(int units) {
    return new Sequential()
        .add(new Input(100, 256))
        .add(new LSTM(units))
        .add(new Dense(1))
        .compile("adam", "mse");
  }

  private static List<String> routes(int units, int batch, CudaOptions options) {
    return plan(large(units), batch, options).routes().stream().map(Route::text).toList();
  }

  @Test
  void theListingTellsTheWay() {
    assertThat(plan(large(512), 64, TF32).toString())
        .contains(": one launch of 128 blocks of 16 units in 4 slices of 16 samples")
        .contains("lstm_persistent2_forward_512_tf32 grid 32x4x1 block 256x1x1 shared")
        .contains("lstm_persistent2_backward_512_tf32")
        .contains("cooperative");
    assertThat(routes(512, 64, TF32)).hasSize(2).allMatch(r -> r.contains("one launch of 128"));
  }

  @Test
  void whereItCannotBeOrDoesNotPayTheListingSaysWhy() {
    assertThat(routes(512, 64, CudaOptions.DEFAULT).get(0))
        .contains("step by step")
        .contains("in TF32 or bfloat16 only");
    assertThat(routes(512, 64, TF32.withPersistent(false)).get(0)).contains("as asked for");
    assertThat(routes(509, 64, TF32).get(0)).contains("one launch of 128 blocks of 16 units");
    assertThat(routes(129, 64, TF32).get(0)).contains("one launch of 68 blocks of 8 units");
    assertThat(routes(1024, 64, TF32).get(0)).contains("one launch of 128 blocks of 8 units");
    assertThat(routes(1025, 64, TF32).get(0)).contains("129 to 1024 units");
    assertThat(routes(1024, 256, TF32).get(0)).contains("does not fit the device at once");
    // h is handed on in a quarter of the bytes of dZ, and in bfloat16 in half of these
    assertThat(routes(1024, 64, TF32).get(1)).contains("step by step; a step of a grid");
    CudaOptions bf16 = CudaOptions.DEFAULT.withMath(MathMode.BF16);
    assertThat(routes(1024, 64, bf16))
        .allMatch(r -> r.contains("one launch of 128 blocks of 16 units in 2 slices"));
    Sequential dropped =
        new Sequential()
            .add(new Input(100, 8))
            .add(new LSTM(256).recurrentDropout(0.1f))
            .compile("adam", "mse");
    assertThat(plan(dropped, 64, TF32).routes().get(0).text()).contains("no recurrent dropout");
  }

  @Test
  void smallerDevicesGetFewerBlocksOrNone() {
    Target a100 = new Target(80, 108, 163 << 10, true, 40 << 20, Double.POSITIVE_INFINITY, true);
    assertThat(GridTiling.of(a100, MathMode.TF32, 64, 512, false).slices()).isEqualTo(2);
    assertThat(GridTiling.of(a100, MathMode.TF32, 64, 1024, false)).isNull();
    Target slice = new Target(90, 16, 227 << 10, true, 40 << 20, Double.POSITIVE_INFINITY, true);
    assertThat(GridTiling.of(slice, MathMode.TF32, 1, 256, false)).isNull();
    Target ada = new Target(89, 128, 99 << 10, true, 40 << 20, Double.POSITIVE_INFINITY, true);
    assertThat(GridTiling.of(ada, MathMode.TF32, 64, 512, false).rows()).isEqualTo(16);
    assertThat(GridTiling.of(ada, MathMode.TF32, 256, 512, false)).isNull(); // by shared memory
  }

  @Test
  void twoGridsNeverWaitBesideOneAnother() {
    LaunchPlan together = plan(bidirectional(Backends.cpu()), 3, TF32);
    assertThat(together.streams()).isEqualTo(1);
    assertThat(together.work()).noneMatch(Work.Wait.class::isInstance);
    assertThat(plan(bidirectional(Backends.cpu()), 3, CudaOptions.DEFAULT).streams()).isEqualTo(2);
  }

  // ---------------------------------------------------------------- what it computes

  private record Round(Tensor prediction, List<Tensor> before, List<Tensor> after) {
    static Round of(Sequential model) {
      Tensor prediction = model.predict(X);
      List<Tensor> before = model.getWeights();
      for (int i = 0; i < 3; i++) { // at once, recorded, replayed
        model.trainOnBatch(X, Y);
      }
      return new Round(prediction, before, model.getWeights());
    }

    /** The largest distance of the predictions, and of the updates as a part of the largest one. */
    double distance(Round other) {
      double worst = 0;
      for (int i = 0; i < prediction.size(); i++) {
        worst = Math.max(worst, Math.abs(prediction.data()[i] - other.prediction.data()[i]));
      }
      for (int w = 0; w < before.size(); w++) {
        double most = 0;
        double apart = 0;
        for (int i = 0; i < before.get(w).size(); i++) {
          double mine = after.get(w).data()[i] - before.get(w).data()[i];
          double others = other.after.get(w).data()[i] - other.before.get(w).data()[i];
          most = Math.max(most, Math.abs(mine));
          apart = Math.max(apart, Math.abs(mine - others));
        }
        worst = Math.max(worst, apart / most);
      }
      return worst;
    }
  }

  private static Round round(boolean stateful, Backend backend) {
    return Round.of(stateful ? stateful(backend) : bidirectional(backend));
  }

  private static Round onDevice(boolean stateful, SimulatedCuda cuda, CudaOptions options) {
    try (CudaBackend backend = new CudaBackend(cuda, options)) {
      Round round = round(stateful, backend);
      assertThat(cuda.leaks()).isNotEmpty();
      return round;
    }
  }

  @ParameterizedTest
  @EnumSource(
      value = MathMode.class,
      names = {"TF32", "BF16"})
  void trainingIsThatOfTheProcessor(MathMode math) {
    double tolerance = math == MathMode.TF32 ? 3e-3 : 3e-2;
    CudaOptions options = CudaOptions.DEFAULT.withMath(math);
    boolean stateful = math == MathMode.BF16;
    Round expected = round(stateful, Backends.cpu());
    SimulatedCuda cuda = device();
    Round grid = onDevice(stateful, cuda, options);
    assertThat(cuda.count(CudaCall.LAUNCH_GRAPH)).isEqualTo(2);
    Round steps = onDevice(stateful, device(), options.withPersistent(false));
    BothWays.grid(getClass(), grid.distance(expected), steps.distance(expected));
    assertThat(grid.distance(expected)).as("grid").isLessThan(tolerance);
    assertThat(steps.distance(expected)).as("step by step").isLessThan(tolerance);
    assertThat(cuda.leaks()).isEmpty();
  }

  /** In a grid where the device has room for one, else step by step. */
  @Test
  @Tag("gpu")
  void trainingThroughTheDriver() {
    try (CudaBackend backend = new CudaBackend(Gpu.open(), TF32)) {
      assertThat(round(false, backend).distance(round(false, Backends.cpu()))).isLessThan(3e-3);
      assertThat(round(true, backend).distance(round(true, Backends.cpu()))).isLessThan(3e-3);
    }
  }

  // ---------------------------------------------------------------- what can go wrong

  private interface Change {
    /** Called before the driver is; may change the arguments, or throw. */
    void of(Method method, Object[] arguments);
  }

  private static CudaDriver changed(SimulatedCuda cuda, Change change) {
    return (CudaDriver)
        Proxy.newProxyInstance(
            CudaDriver.class.getClassLoader(),
            new Class<?>[] {CudaDriver.class},
            (proxy, method, arguments) -> {
              change.of(method, arguments);
              try {
                return method.invoke(cuda, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              }
            });
  }

  private static boolean prepares(Method method, Object[] arguments) {
    return method.getName().equals("prepareLaunch") && ((LaunchConfig) arguments[2]).cooperative();
  }

  private static List<Integer> bits(Round round) {
    List<Integer> bits = new ArrayList<>();
    for (Tensor w : round.after()) {
      for (float f : w.data()) {
        bits.add(Float.floatToRawIntBits(f));
      }
    }
    return bits;
  }

  private static Round stateful(CudaDriver driver) {
    try (CudaBackend backend = new CudaBackend(driver, TF32)) {
      return round(true, backend);
    }
  }

  @Test
  void aRefusedGridGoesStepByStep() {
    List<Integer> steps = bits(onDevice(true, device(), TF32.withPersistent(false)));
    SimulatedCuda cuda = device();
    Round refused =
        stateful(
            changed(
                cuda,
                (method, arguments) -> {
                  if (prepares(method, arguments)) {
                    throw new DeviceException("no room", 720);
                  }
                }));
    assertThat(bits(refused)).isEqualTo(steps);
    assertThat(cuda.leaks()).isEmpty();
  }

  @Test
  void blocksThatWaitInVainAreToldOf() {
    SimulatedCuda cuda = // what is void may be anything
        SimulatedCuda.builder().device(LstmGridTest.device()).checkUninitialised(false).build();
    CudaDriver impatient =
        changed(
            cuda,
            (method, arguments) -> {
              if (prepares(method, arguments)) {
                Collections.replaceAll(Arrays.asList((Object[]) arguments[3]), LstmGrid.POLLS, 1);
              }
            });
    Tensor expected;
    try (CudaBackend backend = new CudaBackend(device(), TF32.withPersistent(false))) {
      expected = stateful(backend).predict(X);
    }
    try (CudaBackend backend = new CudaBackend(impatient, TF32)) {
      Sequential model = stateful(backend);
      assertThatThrownBy(() -> model.predict(X))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("blocks of a launch waited for one another in vain")
          .hasMessageContaining("set or load the model's weights and repeat it");
      model.resetStates();
      assertThat(model.predict(X).data()).isEqualTo(expected.data());
    }
    assertThat(cuda.leaks()).isEmpty();
  }
}
