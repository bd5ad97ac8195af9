package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The bits of a training do not depend on how the device is driven. */
class CudaDeterminismTest {
  private static final int STEPS = 10;

  private static List<Integer> bits(SimulatedCudaBuilder device, CudaOptions options) {
    try (CudaBackend backend = new CudaBackend(device.build(), options)) {
      return SmallModels.trained(SmallModels.bidirectional(backend), STEPS);
    }
  }

  private static List<Integer> reference() {
    return bits(SimulatedCuda.builder(), CudaOptions.DEFAULT);
  }

  @Test
  void graphOrNotTheBitsAreTheSame() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      List<Integer> graph = SmallModels.trained(SmallModels.bidirectional(backend), STEPS);
      assertThat(cuda.count(CudaCall.LAUNCH_GRAPH)).isEqualTo(STEPS - 1);
      assertThat(cuda.count(CudaCall.BEGIN_CAPTURE)).isEqualTo(1);
      assertThat(bits(SimulatedCuda.builder(), CudaOptions.DEFAULT.withGraph(false)))
          .isEqualTo(graph);
      assertThat(reference()).isEqualTo(graph);
    }
  }

  /** Two streams, blocks and warps in any order that is legal. */
  @ParameterizedTest
  @ValueSource(longs = {1, 7, 42})
  void anyLegalOrderGivesTheSameBits(long seed) {
    List<Integer> expected = reference();
    for (boolean graph : new boolean[] {true, false}) {
      assertThat(bits(SimulatedCuda.builder().shuffle(seed), CudaOptions.DEFAULT.withGraph(graph)))
          .as("graph %s", graph)
          .isEqualTo(expected);
    }
  }

  /** An epoch's batches are handed over before the device has done the first. */
  @Test
  void theHostMayRunAheadOfTheDevice() {
    assertThat(fitted(SimulatedCuda.builder().shuffle(3)))
        .isEqualTo(fitted(SimulatedCuda.builder()));
  }

  private static List<Integer> fitted(SimulatedCudaBuilder device) {
    try (CudaBackend backend = new CudaBackend(device.build(), CudaOptions.DEFAULT)) {
      Sequential model = SmallModels.bidirectional(backend);
      model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2).batchSize(1));
      return SmallModels.bits(model);
    }
  }

  @Test
  void bothDirectionsHaveAStreamOfTheirOwn() {
    Sequential model = SmallModels.bidirectional(Backends.cpu());
    assertThat(
            CudaCompiler.compile(model.program(4, true), Target.H100, CudaOptions.DEFAULT)
                .streams())
        .isEqualTo(2);
  }

  @Test
  void twoModelsAndTwoThreadsShareADevice() throws Exception {
    List<Integer> expected = reference();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Callable<List<Integer>> train =
          () -> SmallModels.trained(SmallModels.bidirectional(backend), STEPS);
      for (Future<List<Integer>> bits : threads.invokeAll(List.of(train, train))) {
        assertThat(bits.get()).isEqualTo(expected);
      }
    } finally {
      threads.shutdown();
    }
    assertThat(cuda.leaks()).isEmpty();
  }

  private static Tensor prediction(SimulatedCudaBuilder device, CudaOptions options) {
    try (CudaBackend backend = new CudaBackend(device.build(), options)) {
      Sequential model = SmallModels.bidirectional(backend);
      SmallModels.trained(model, 3);
      return model.predict(SmallModels.X);
    }
  }

  private static double largestDifference(Tensor a, Tensor b) {
    double largest = 0;
    for (int i = 0; i < a.size(); i++) {
      largest = Math.max(largest, Math.abs(a.data()[i] - b.data()[i]));
    }
    return largest;
  }

  /** TF32 keeps 10 bits of a product's operands and bfloat16 keeps 7: 2⁻¹¹ and 2⁻⁸ of each. */
  @ParameterizedTest
  @EnumSource(
      value = MathMode.class,
      names = {"TF32", "BF16"})
  void coarserMathStaysNear(MathMode math) {
    CudaOptions coarse = CudaOptions.DEFAULT.withMath(math);
    Tensor exact = prediction(SimulatedCuda.builder(), CudaOptions.DEFAULT);
    double difference = largestDifference(prediction(SimulatedCuda.builder(), coarse), exact);
    assertThat(difference).isPositive().isLessThan(math == MathMode.TF32 ? 4e-3 : 3e-2);
    assertThat(prediction(SimulatedCuda.builder().computeCapability(70), coarse).data())
        .as("an older device computes in float32")
        .isEqualTo(exact.data());
  }

  @Test
  void withoutCublasTheBuiltInProductServes() {
    SimulatedCuda cuda = SimulatedCuda.builder().gemm(false).build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      assertThat(backend.description()).contains("built-in matrix product");
      Sequential model = SmallModels.bidirectional(backend);
      SmallModels.trained(model, 3);
      Tensor y = model.predict(SmallModels.X);
      assertThat(cuda.count(CudaCall.GEMM)).isZero();
      assertThat(largestDifference(y, prediction(SimulatedCuda.builder(), CudaOptions.DEFAULT)))
          .isLessThan(1e-5);
    }
  }

  /** Loads, and gives an error: it has no kernels for the device. */
  @Test
  void whereCublasFailsTheBuiltInProductServes() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    cuda.failAt(CudaCall.GEMM, 1, 15);
    builtInServes(cuda, cuda, "cuBLAS does not work on this device (cublasGemm");
    assertThat(cuda.count(CudaCall.GEMM)).isEqualTo(1);
  }

  /** Runs, and computes nothing. */
  @Test
  void whereCublasIsWrongTheBuiltInProductServes() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    CudaDriver idle =
        (CudaDriver)
            Proxy.newProxyInstance(
                getClass().getClassLoader(),
                new Class<?>[] {CudaDriver.class},
                (proxy, method, arguments) -> {
                  try {
                    return method.getName().equals("gemm") ? null : method.invoke(cuda, arguments);
                  } catch (InvocationTargetException e) {
                    throw e.getCause();
                  }
                });
    builtInServes(idle, cuda, "cuBLAS computes wrong products on this device");
  }

  private static void builtInServes(CudaDriver driver, SimulatedCuda cuda, String why) {
    try (CudaBackend backend = new CudaBackend(driver, CudaOptions.DEFAULT)) {
      assertThat(backend.description()).contains("built-in matrix product because " + why);
      Tensor y = SmallModels.bidirectional(backend).predict(SmallModels.X);
      SimulatedCuda without = SimulatedCuda.builder().gemm(false).build();
      try (CudaBackend other = new CudaBackend(without, CudaOptions.DEFAULT)) {
        assertThat(SmallModels.bidirectional(other).predict(SmallModels.X)).isEqualTo(y);
      }
    }
    assertThat(cuda.leaks()).isEmpty();
  }
}
