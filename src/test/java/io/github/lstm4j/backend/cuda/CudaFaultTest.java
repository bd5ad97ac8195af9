package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Calls of the driver that fail while a model trains, and what is left then. */
class CudaFaultTest {
  private static final int OUT_OF_MEMORY = 2;

  private final SimulatedCuda cuda = SimulatedCuda.builder().build();
  private final CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT);
  private final Sequential model = SmallModels.plain(backend);

  private void fit(Callback... callbacks) {
    model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).callbacks(callbacks));
  }

  /** The weights before the first step and after each. */
  private static List<List<Integer>> states() {
    try (CudaBackend healthy =
        new CudaBackend(SimulatedCuda.builder().build(), CudaOptions.DEFAULT)) {
      Sequential m = SmallModels.plain(healthy);
      List<List<Integer>> states = new ArrayList<>(List.of(SmallModels.bits(m)));
      Callback record =
          new Callback() {
            @Override
            public void onBatchEnd(Training training, int batch) {
              states.add(SmallModels.bits(m));
            }
          };
      m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).callbacks(record));
      m.close();
      return states;
    }
  }

  private void closeAndExpectNoLeaks() {
    model.close();
    backend.close();
    assertThat(cuda.leaks()).isEmpty();
  }

  /** How often a healthy training makes a call. */
  private static int calls(CudaCall call) {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Sequential m = SmallModels.plain(backend);
      m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2));
      m.close();
      return Math.toIntExact(cuda.count(call));
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ALLOCATE", "ALLOCATE_PINNED"})
  void outOfMemoryAnywhereIsToldAndTheCpuGoesOn(CudaCall call) {
    List<List<Integer>> states = states();
    int allocations = calls(call);
    assertThat(allocations).isGreaterThan(6);
    for (int n = 1; n <= allocations; n++) {
      SimulatedCuda device = SimulatedCuda.builder().build();
      CudaBackend gpu = new CudaBackend(device, CudaOptions.DEFAULT);
      Sequential m = SmallModels.plain(gpu);
      device.failAt(call, n, OUT_OF_MEMORY);
      try {
        m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2));
      } catch (DeviceException e) {
        assertThat(e.code()).isEqualTo(OUT_OF_MEMORY);
        if (call == CudaCall.ALLOCATE) {
          assertThat(e).hasMessageMatching(".*no room for [0-9,]+ bytes of [0-9,]+ free; .*");
        }
      }
      device.clearFailures();
      m.on(Backends.cpu());
      assertThat(SmallModels.bits(m)).as("%s %d", call, n).isIn(states);
      assertThat(SmallModels.finite(m.predict(SmallModels.X))).isTrue();
      m.close();
      assertThat(device.allocatedBytes()).as("%s %d", call, n).isZero();
      gpu.close();
      assertThat(device.leaks()).as("%s %d", call, n).isEmpty();
    }
  }

  @Test
  void afterAFailedAllocationTheSameModelTrainsOnTheDeviceOnceThereIsRoom() {
    cuda.failAt(CudaCall.ALLOCATE, 8, OUT_OF_MEMORY);
    assertThatThrownBy(this::fit).isInstanceOf(DeviceException.class);
    fit();
    assertThat(SmallModels.finite(model.predict(SmallModels.X))).isTrue();
    closeAndExpectNoLeaks();
  }

  /** Every kind of call, in the first step and while a graph is recorded or replayed. */
  @ParameterizedTest
  @EnumSource(
      names = {
        "LOAD_MODULE",
        "FUNCTION",
        "PREPARE_LAUNCH",
        "LAUNCH",
        "GEMM",
        "UPLOAD",
        "DOWNLOAD",
        "FILL",
        "SYNCHRONIZE",
        "CREATE_STREAM",
        "CREATE_EVENT",
        "RECORD_EVENT",
        "AWAIT_EVENT",
        "BEGIN_CAPTURE",
        "END_CAPTURE",
        "LAUNCH_GRAPH"
      })
  void everyFailingCallIsNamedAndNothingLeaks(CudaCall call) {
    int calls = calls(call);
    assertThat(calls).isPositive();
    for (int n : new int[] {1, (calls + 1) / 2, calls}) {
      SimulatedCuda device = SimulatedCuda.builder().build();
      CudaBackend gpu = new CudaBackend(device, CudaOptions.DEFAULT);
      Sequential m = SmallModels.plain(gpu);
      device.failAt(call, n, 719);
      try {
        m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2));
      } catch (DeviceException e) {
        assertThat(e).hasMessageContaining("CUDA_ERROR_LAUNCH_FAILED (719)");
      }
      device.clearFailures();
      m.on(Backends.cpu());
      assertThat(m.getWeights()).as("%s %d", call, n).allMatch(SmallModels::finite);
      gpu.close();
      assertThat(device.leaks()).as("%s %d", call, n).isEmpty();
    }
  }

  /**
   * Calls of a healthy training are made to fail, each once, and the work is then tried again on
   * the same device: nothing of the failure sticks, the result is the healthy one, bit for bit. Of
   * each kind the first, the last and some between; all with {@code -Dlstm4j.everyFault=true}.
   */
  @ParameterizedTest
  @EnumSource
  void afterAnyFaultTheWorkCanBeDone(CudaCall call) {
    List<Integer> healthy = retried(null, 0);
    int calls = calls(call);
    IntStream positions =
        Boolean.getBoolean("lstm4j.everyFault")
            ? IntStream.rangeClosed(1, calls)
            : IntStream.of(1, calls / 4, calls / 2, calls).distinct().filter(n -> n >= 1);
    positions
        .filter(n -> n <= calls)
        .forEach(
            n -> assertThat(retried(call, n)).as("%s %d of %d", call, n, calls).isEqualTo(healthy));
  }

  /** The weights of a training that was begun anew after one in which a call failed. */
  private static List<Integer> retried(CudaCall call, int n) {
    SimulatedCuda device = SimulatedCuda.builder().build();
    try (CudaBackend gpu = new CudaBackend(device, CudaOptions.DEFAULT)) {
      Sequential m = SmallModels.plain(gpu);
      List<Tensor> initial = m.getWeights();
      if (call != null) {
        device.failAt(call, n, OUT_OF_MEMORY);
      }
      try {
        m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).shuffle(false));
      } catch (DeviceException told) {
        assertThat(told.code()).isEqualTo(OUT_OF_MEMORY);
      }
      device.clearFailures();
      m.setWeights(initial);
      m.compile("adam", "mse", "mae"); // begins anew: steps are counted from 0
      m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).shuffle(false));
      List<Integer> bits = SmallModels.bits(m);
      m.close();
      assertThat(device.allocatedBytes()).isZero();
      return bits;
    } finally {
      assertThat(device.leaks()).isEmpty();
    }
  }

  /** Each recording fails: the warning is in the log, the results are what a graph gives. */
  @ParameterizedTest
  @EnumSource(names = {"BEGIN_CAPTURE", "END_CAPTURE"})
  void whereNoGraphCanBeMadeRunsGoOnWithoutOne(CudaCall call) {
    List<Integer> healthy = retried(null, 0);
    SimulatedCuda device = SimulatedCuda.builder().build();
    IntStream.rangeClosed(1, 20).forEach(n -> device.failAt(call, n, 901));
    try (CudaBackend gpu = new CudaBackend(device, CudaOptions.DEFAULT)) {
      Sequential m = SmallModels.plain(gpu);
      m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).shuffle(false));
      assertThat(SmallModels.bits(m)).isEqualTo(healthy);
      long tried = device.count(call);
      m.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(3).shuffle(false));
      assertThat(device.count(call)).as("tried again").isEqualTo(tried).isBetween(1L, 4L);
      assertThat(device.count(CudaCall.LAUNCH_GRAPH)).isZero();
    }
    assertThat(device.leaks()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 2, 5})
  void aLostDeviceIsToldAndClosingWorks(int n) {
    fit();
    cuda.loseDeviceAt(CudaCall.UPLOAD, n);
    assertThatThrownBy(this::fit)
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("CUDA_ERROR_DEVICE_UNAVAILABLE (46)");
    assertThatThrownBy(() -> model.predict(SmallModels.X)).isInstanceOf(DeviceException.class);
    closeAndExpectNoLeaks();
  }

  @Test
  void weightsThatWereLostAreMissedUntilTheyAreSetAgain() {
    fit();
    var saved = model.getWeights();
    cuda.loseDeviceAt(CudaCall.LAUNCH_GRAPH, 1);
    assertThatThrownBy(this::fit).isInstanceOf(DeviceException.class);
    model.on(Backends.cpu());
    assertThatThrownBy(() -> model.predict(SmallModels.X))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("its values were lost with the device");
    model.setWeights(saved);
    assertThat(SmallModels.finite(model.predict(SmallModels.X))).isTrue();
    closeAndExpectNoLeaks();
  }

  @Test
  void aClosedBackendSaysSoAndItsModelsCanBeClosed() {
    fit();
    backend.close();
    assertThatThrownBy(() -> model.predict(SmallModels.X))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the CUDA backend is closed");
    assertThatThrownBy(() -> SmallModels.plain(backend).predict(SmallModels.X))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("the CUDA backend is closed");
    backend.close();
    closeAndExpectNoLeaks();
  }

  @Test
  void memoryStaysTheSameOverEpochsAndGoesBackToZero() {
    List<Long> bytes = new ArrayList<>();
    Callback count =
        new Callback() {
          @Override
          public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
            bytes.add(cuda.allocatedBytes() + 1_000_000L * cuda.leaks().size());
          }
        };
    model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(50).callbacks(count));
    assertThat(bytes).hasSize(50);
    assertThat(bytes.get(49)).isEqualTo(bytes.get(1));
    model.close();
    assertThat(cuda.allocatedBytes()).isZero();
    closeAndExpectNoLeaks();
  }
}
