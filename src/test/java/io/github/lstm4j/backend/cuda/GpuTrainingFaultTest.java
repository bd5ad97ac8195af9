package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A training through JCuda in which one call fails, in a JVM of its own. */
@Tag("gpu")
class GpuTrainingFaultTest {
  @TempDir Path folder;

  @BeforeEach
  void onlyOnTheSimulatedDriver() {
    Gpu.assumePresent();
    assumeTrue(Gpu.isSimulated(), "only the simulated driver fails on demand");
  }

  /** What a round tells, and the calls that the driver saw. */
  private record Round(String end, String calls) {
    long count(String call) {
      return calls.lines().filter(l -> l.startsWith(call + " ")).count();
    }
  }

  private Round train(String fault) throws IOException {
    Path log = folder.resolve("driver.log");
    ForkedJvm.Output output =
        ForkedJvm.run(
            Training.class,
            Map.of("GPU_SIM_FAIL", fault, "GPU_SIM_LOG", log.toString()),
            List.of("-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector"));
    assertThat(output.exit()).as(output.text()).isZero();
    String calls = Files.readString(log);
    assertThat(calls).as(fault).contains(" leaked_allocations=0 leaked_bytes=0 ");
    return new Round(
        output.text().lines().filter(l -> l.startsWith("round:")).findFirst().orElseThrow(), calls);
  }

  @Test
  void withoutAFaultItEnds() throws IOException {
    assertThat(train("").end()).isEqualTo("round: done, the CPU goes on");
  }

  /** Each call of a kind, or 64 of them evenly spread. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "cuMemAlloc | CUDA_ERROR_OUT_OF_MEMORY (2)",
        "cuLaunchKernel | CUDA_ERROR_LAUNCH_OUT_OF_RESOURCES (701)",
        "cuMemAllocHost | CUDA_ERROR_OUT_OF_MEMORY (2)",
      })
  void everyFailureIsToldAndNothingLeaks(String call, String error) throws IOException {
    Round healthy = train("");
    int calls = Math.toIntExact(healthy.count(call));
    assertThat(calls).as(healthy.calls().substring(0, 2000)).isPositive();
    int tried = Math.min(calls, 64);
    for (int n : IntStream.range(0, tried).map(i -> 1 + i * (calls - 1) / (tried - 1)).toArray()) {
      assertThat(train(call + ":" + n).end())
          .as("%s %d of %d", call, n, calls)
          .contains("DeviceException: ", error, "the CPU goes on");
    }
  }

  /** Trains, closes, and predicts on the CPU; tells how it ended. */
  static final class Training {
    private Training() {}

    public static void main(String[] arguments) {
      String end = "done";
      Sequential model = SmallModels.plain(Backends.cpu());
      try (CudaBackend backend = CudaBackend.open(0, CudaOptions.DEFAULT)) {
        model.on(backend);
        try {
          model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2));
        } catch (DeviceException e) {
          end = e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        model.on(Backends.cpu());
      }
      boolean finite = SmallModels.finite(model.predict(SmallModels.X));
      System.out.println("round: " + end + ", " + (finite ? "the CPU goes on" : "NaN"));
    }
  }
}
