package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.Gemm;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Calls that fail, as the simulated driver is told to let them. */
@Tag("gpu")
class NativeCudaFaultTest {
  /** What makes something, and what frees it. */
  private static final Map<String, String> PAIRS =
      Map.of(
          "cuMemAllocHost", "cuMemFreeHost",
          "cuModuleLoadDataEx", "cuModuleUnload",
          "cuStreamCreate", "cuStreamDestroy",
          "cuGraphInstantiateWithFlags", "cuGraphExecDestroy",
          "cublasCreate", "cublasDestroy",
          "cuDevicePrimaryCtxRetain", "cuDevicePrimaryCtxRelease");

  @TempDir Path folder;

  @BeforeEach
  void onlyOnTheSimulatedDriver() {
    assumeTrue(Gpu.isSimulated(), "only the simulated driver fails on demand");
  }

  /** How a round ended whose every resource has to be freed. */
  private String round(String variable, String value) throws Exception {
    String end = run(variable, value);
    String calls = log();
    assertThat(calls).contains(" leaked_allocations=0 leaked_bytes=0 ");
    PAIRS.forEach(
        (made, freed) ->
            assertThat(successes(calls, made)).as(made).isEqualTo(successes(calls, freed)));
    return end;
  }

  private String run(String variable, String value) {
    ForkedJvm.Output output =
        ForkedJvm.run(
            Round.class,
            Map.of(variable, value, "GPU_SIM_LOG", folder.resolve("driver.log").toString()),
            List.of("-XX:TieredStopAtLevel=1"));
    assertThat(output.exit()).as(output.text()).isZero();
    return output.text().lines().filter(l -> l.startsWith("round:")).findFirst().orElseThrow();
  }

  /** The calls that the simulated driver saw, and its totals. */
  private String log() throws IOException {
    return Files.readString(folder.resolve("driver.log"));
  }

  private static long successes(String calls, String call) {
    return calls.lines().filter(l -> l.startsWith(call + " ") && l.endsWith("= 0")).count();
  }

  @Test
  void withoutAFaultTheRoundIsDoneAndLeaksNothing() throws Exception {
    assertThat(round("GPU_SIM_FAIL", "")).isEqualTo("round: done");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cuMemAlloc:1       | cuMemAlloc: CUDA_ERROR_OUT_OF_MEMORY (2), 4,096 bytes asked for",
        "cuMemAllocHost:1   | CUDA_ERROR_OUT_OF_MEMORY (2)",
        "cuModuleLoadDataEx:1 | cuModuleLoadDataEx saxpy.ptx: CUDA_ERROR_INVALID_PTX (218)",
        "cuStreamCreate:1   | cuStreamCreate: CUDA_ERROR_OUT_OF_MEMORY (2)",
        "cuLaunchKernel:1   | cuLaunchKernel saxpy: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701), grid 4x1x1, block 256x1x1",
        "cuLaunchKernel:2   | cuLaunchKernel saxpy: CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701)",
        "cublasCreate:1=3   | cublasCreate: CUBLAS_STATUS_ALLOC_FAILED (3), with a workspace of",
        "cuMemAlloc:3       | cuMemAlloc of cuBLAS's workspace: CUDA_ERROR_OUT_OF_MEMORY (2)",
        "cublasSgemm:1      | cublasSgemm: CUBLAS_STATUS_EXECUTION_FAILED (13), op(A) 32x32 N lda 32",
        "cublasSgemm:2      | cublasSgemm: CUBLAS_STATUS_EXECUTION_FAILED (13)",
        "cuStreamEndCapture:1=901 | cuStreamEndCapture: CUDA_ERROR_STREAM_CAPTURE_INVALIDATED (901)",
        "cuGraphInstantiateWithFlags:1=2 | cuGraphInstantiate: CUDA_ERROR_OUT_OF_MEMORY (2)",
        "cuDevicePrimaryCtxRetain:1=2 | cuDevicePrimaryCtxRetain: CUDA_ERROR_OUT_OF_MEMORY (2)",
      })
  void everyFailingCallIsNamedAndEverythingIsReleased(String fault, String message)
      throws Exception {
    assertThat(round("GPU_SIM_FAIL", fault)).contains("DeviceException: ", message);
  }

  /** Then every later call fails too, and CUDA frees what the context held. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cuMemcpyHtoDAsync:1=700 | cuMemcpyHtoDAsync: CUDA_ERROR_ILLEGAL_ADDRESS (700), 4,096 bytes",
        "cuGraphLaunch:1=719 | cuGraphLaunch: CUDA_ERROR_LAUNCH_FAILED (719)",
        "cuStreamSynchronize:1+=719 | cuStreamSynchronize: CUDA_ERROR_LAUNCH_FAILED (719)",
      })
  void aLostDeviceIsNamedAndItsContextGivenBack(String fault, String message) throws Exception {
    assertThat(run("GPU_SIM_FAIL", fault)).contains("DeviceException: ", message);
    assertThat(successes(log(), "cuDevicePrimaryCtxRelease")).isEqualTo(1);
    assertThat(log()).contains(" leaked_allocations=0 leaked_bytes=0 ");
  }

  @Test
  void aSmallDeviceSaysWhatIsFree() throws Exception {
    assertThat(round("GPU_SIM_MEM", "6K"))
        .contains("4,096 bytes asked for, ")
        .contains(" of 6,144 are free, 4,096 are ours");
  }

  /** One of everything, once; tells how it ended. */
  static final class Round {
    private Round() {}

    public static void main(String[] arguments) {
      try (NativeCuda driver = new NativeCuda(0)) {
        driver.enter();
        work(driver);
        System.out.println("round: done");
      } catch (DeviceException e) {
        System.out.println("round: " + e.getClass().getSimpleName() + ": " + e.getMessage());
      }
    }

    private static void work(NativeCuda driver) {
      int n = 1024;
      long x = driver.allocate(n * 4L);
      long y = driver.allocate(n * 4L);
      ByteBuffer pinned = driver.allocatePinned(n * 4);
      long stream = driver.createStream();
      driver.upload(x, pinned, 0, n * 4L, stream);
      driver.upload(y, pinned, 0, n * 4L, stream);
      long module = driver.loadModule("saxpy.ptx", NativeCudaTest.SAXPY);
      long saxpy = driver.function(module, "saxpy");
      long launch =
          driver.prepareLaunch(
              saxpy, "saxpy", LaunchConfig.of(Dim3.of(4), Dim3.of(256)), x, y, n, 2f);
      Gemm gemm =
          new Gemm(
              false, false, 32, 32, 32, 1f, x, 32, 0, x, 32, 0, 1f, y, 32, 0, 1, MathMode.FP32);
      driver.launch(launch, stream);
      driver.gemm(gemm, stream);
      driver.beginCapture(stream);
      try {
        driver.launch(launch, stream);
        driver.gemm(gemm, stream);
      } catch (DeviceException e) {
        driver.abortCapture(stream);
        throw e;
      }
      long graph = driver.endCapture(stream);
      driver.launchGraph(graph, stream);
      driver.download(pinned, 0, y, n * 4L, stream);
      driver.synchronize(stream);
    }
  }
}
