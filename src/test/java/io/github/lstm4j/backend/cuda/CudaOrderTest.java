package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Function;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Programs that share variables (whole batches and the smaller last one, training and prediction,
 * two models) run in the order in which they are given, in whatever order the device does what its
 * streams leave open.
 */
class CudaOrderTest {
  private static final int ORDERS = 5;

  /** What a work gives on a device that does all at once must come from every legal order too. */
  private static void sameInEveryOrder(Function<Backend, Object> work) {
    Object expected = results(SimulatedCuda.builder(), CudaOptions.DEFAULT, 1, work).get(0);
    for (boolean graph : new boolean[] {true, false}) {
      CudaOptions options = CudaOptions.DEFAULT.withGraph(graph);
      assertThat(results(SimulatedCuda.builder().shuffle(11), options, ORDERS, work))
          .as("graph %s", graph)
          .containsOnly(expected);
    }
  }

  /** The same work again and again on one device, which draws another order each time. */
  private static List<Object> results(
      SimulatedCudaBuilder device, CudaOptions options, int times, Function<Backend, Object> work) {
    SimulatedCuda cuda = device.build();
    List<Object> results = new ArrayList<>();
    try (CudaBackend backend = new CudaBackend(cuda, options)) {
      for (int i = 0; i < times; i++) {
        results.add(work.apply(backend));
      }
    }
    assertThat(cuda.leaks()).isEmpty();
    return results;
  }

  /** Five samples and two for validation: the last batch is smaller, or as large, or all. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 5})
  void fit(int batch) {
    sameInEveryOrder(
        backend -> {
          Sequential model = SmallModels.bidirectional(backend);
          model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).batchSize(batch));
          return SmallModels.bits(model);
        });
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 4, 7})
  void evaluate(int batch) {
    sameInEveryOrder(
        backend ->
            new TreeMap<>(
                SmallModels.bidirectional(backend).evaluate(SmallModels.X, SmallModels.Y, batch)));
  }

  @ParameterizedTest
  @ValueSource(ints = {3, 4, 7})
  void predictBetweenTheStepsOfFit(int batch) {
    sameInEveryOrder(
        backend -> {
          Sequential model = SmallModels.bidirectional(backend);
          List<List<Float>> seen = new ArrayList<>();
          Callback predict =
              new Callback() {
                @Override
                public void onBatchEnd(Training training, int number) {
                  seen.add(floats(model.predict(SmallModels.X, batch)));
                }
              };
          model.fit(
              SmallModels.X,
              SmallModels.Y,
              SmallModels.epochs(2).batchSize(batch).callbacks(predict));
          return seen;
        });
  }

  @Test
  void twoModelsTakeTurns() {
    sameInEveryOrder(
        backend -> {
          Sequential a = SmallModels.bidirectional(backend);
          Sequential b = SmallModels.plain(backend);
          for (int i = 0; i < 4; i++) {
            a.trainOnBatch(SmallModels.X, SmallModels.Y);
            b.trainOnBatch(SmallModels.X, SmallModels.Y);
          }
          a.close(); // while the device may still work for both
          List<Float> y = floats(b.predict(SmallModels.X));
          return List.of(SmallModels.bits(a), SmallModels.bits(b), y);
        });
  }

  private static List<Float> floats(Tensor t) {
    List<Float> floats = new ArrayList<>();
    for (float f : t.data()) {
      floats.add(f);
    }
    return floats;
  }

  // ---------------------------------------------------------------- memory

  private static final int LENGTHS = 20;

  private static void predictManyLengths(Backend backend) {
    Sequential model =
        new Sequential()
            .add(new Input(Shape.UNKNOWN, 2))
            .add(new Bidirectional(new LSTM(3)))
            .add(new Dense(1))
            .on(backend);
    for (int t = 1; t <= LENGTHS; t++) {
      model.predict(Tensor.zeros(2, t, 2));
    }
  }

  /** The device has the next batch before the host waits for the last one's outputs. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void predictRunsAheadOfItsOutputs(long seed) {
    Tensor expected = SmallModels.bidirectional(Backends.cpu()).predict(SmallModels.X, 2);
    SimulatedCuda cuda = SimulatedCuda.builder().shuffle(seed).build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Sequential model = SmallModels.bidirectional(backend);
      Executable executable = model.executable(2, false);
      Value x = executable.program().inputs().get(0);
      Value y = SmallModels.output(executable.program());
      float[][] outputs = new float[3][2];
      List<Runnable> ends = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        executable.write(x, SmallModels.X.data(), 2 * i * SmallModels.STEPS * SmallModels.FEATURES);
        executable.run();
        ends.add(executable.fetch(y, outputs[i], 0));
      }
      ends.forEach(Runnable::run);
      for (int i = 0; i < 6; i++) {
        assertThat(outputs[i / 2][i % 2]).isCloseTo(expected.data()[i], within(1e-5f));
      }
      assertThat(model.predict(SmallModels.X, 2).data())
          .usingComparatorWithPrecision(1e-5f)
          .containsExactly(expected.data());
    }
    assertThat(cuda.leaks()).isEmpty();
  }

  @Test
  void sequenceLengthsShareTheStreams() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      predictManyLengths(backend);
      assertThat(cuda.count(CudaCall.CREATE_STREAM)).isEqualTo(2);
    }
  }

  /** cuBLAS has a workspace of 32 MiB for each stream. */
  @Test
  @Tag("gpu")
  void sequenceLengthsShareTheWorkspaces() {
    NativeCuda driver = Gpu.open();
    try (CudaBackend backend = new CudaBackend(driver, CudaOptions.DEFAULT)) {
      driver.enter();
      long before = driver.freeMemory();
      predictManyLengths(backend);
      assertThat(before - driver.freeMemory()).isLessThan(72L << 20);
      driver.leave();
    }
  }

  @Test
  void anExecutableTellsItsMemory() {
    Program program = SmallModels.bidirectional(Backends.cpu()).program(4, true);
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Map<Value, Buffer> variables = new HashMap<>();
      program.variables().forEach(v -> variables.put(v, backend.allocate(v.dtype(), v.size())));
      long before = cuda.allocatedBytes();
      var executable = backend.compile(program, variables);
      assertThat(cuda.allocatedBytes() - before).isBetween(1L, executable.bytes());
    }
  }

  // ---------------------------------------------------------------- whose memory

  @Test
  void variablesOfAnotherDeviceAreRefused() {
    Program program = SmallModels.plain(Backends.cpu()).program(4, false);
    DeviceInfo second =
        new DeviceInfo(
            1,
            "Second GPU",
            90,
            4,
            227 << 10,
            true,
            40 << 20,
            Double.POSITIVE_INFINITY,
            8L << 30,
            12060);
    try (CudaBackend here = new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT);
        CudaBackend there =
            new CudaBackend(SimulatedCuda.builder().device(second).build(), CudaOptions.DEFAULT)) {
      for (Backend other : List.of(there, Backends.cpu())) {
        Map<Value, Buffer> variables = new HashMap<>();
        program.variables().forEach(v -> variables.put(v, other.allocate(v.dtype(), v.size())));
        assertThatThrownBy(() -> here.compile(program, variables))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageContaining("lstm.kernel")
            .hasMessageContaining("expected memory of this backend, CUDA device 0 (Simulated GPU)")
            .hasMessageContaining(
                other == there ? "got memory of another, CUDA device 1 (Second GPU)" : "CpuBuffer");
      }
    }
  }
}
