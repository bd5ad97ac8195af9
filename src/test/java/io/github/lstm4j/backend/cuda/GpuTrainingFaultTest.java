package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
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
import org.junit.jupiter.params.provider.ValueSource;

/** A training through JCuda in which one call fails, in a JVM of its own. */
@Tag("gpu")
class GpuTrainingFaultTest {
  @TempDir Path folder;
  private int runs;

  @BeforeEach
  void onlyOnTheSimulatedDriver() {
    Gpu.assumePresent();
    assumeTrue(Gpu.isSimulated(), "only the simulated driver fails on demand");
  }

  /** What a round tells, and the calls that the driver saw. */
  private record Round(String end, String weights, String text, String calls) {
    long count(String call) {
      return calls.lines().filter(l -> l.startsWith(call + " ")).count();
    }
  }

  private Round train(String fault) throws IOException {
    Round round = run(Training.class, fault);
    assertThat(round.calls()).as(fault).contains(" leaked_allocations=0 leaked_bytes=0 ");
    return round;
  }

  private Round run(Class<?> main, String fault) throws IOException {
    Path log = folder.resolve("driver" + ++runs + ".log");
    ForkedJvm.Output output =
        ForkedJvm.run(
            main,
            Map.of("GPU_SIM_FAIL", fault, "GPU_SIM_LOG", log.toString()),
            List.of("-XX:TieredStopAtLevel=1", "--add-modules", "jdk.incubator.vector"));
    assertThat(output.exit()).as(output.text()).isZero();
    String calls = Files.readString(log);
    return new Round(line(output, "round:"), line(output, "weights:"), output.text(), calls);
  }

  private static String line(ForkedJvm.Output output, String begin) {
    return output.text().lines().filter(l -> l.startsWith(begin)).findFirst().orElseThrow();
  }

  @Test
  void withoutAFaultItEnds() throws IOException {
    assertThat(train("").end()).isEqualTo("round: done, the CPU goes on");
  }

  /** cuBLAS of another age loads and has no kernels for the GPU, or not this kind of product. */
  @ParameterizedTest
  @ValueSource(
      strings = {"cublasSgemm:1+=8", "cublasSgemmStridedBatched:1+=15", "cublasCreate:1+=1"})
  void whereCublasDoesNotWorkTheBuiltInProductServes(String fault) throws IOException {
    Round round = train(fault);
    assertThat(round.end())
        .contains("done on CUDA, ", "built-in matrix product because cuBLAS does not work on this")
        .contains("CUBLAS_STATUS_")
        .endsWith("the CPU goes on");
    assertThat(round.count("cublasDestroy")).isEqualTo(round.count("cublasCreate"));
  }

  /** Where no graph can be made, launches go on one by one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "cuStreamBeginCapture:1+=900",
        "cuStreamEndCapture:1=901,cuStreamEndCapture:3=901,cuStreamEndCapture:5=901",
        "cuGraphInstantiateWithFlags:1+=2"
      })
  void withoutGraphsItEndsTheSame(String fault) throws IOException {
    Round healthy = train("");
    Round eager = train(fault);
    assertThat(eager.end()).isEqualTo(healthy.end());
    assertThat(eager.weights()).isEqualTo(healthy.weights());
    assertThat(healthy.count("cuGraphLaunch")).isPositive();
    assertThat(eager.count("cuGraphLaunch")).isZero();
  }

  /**
   * Each call of a kind, or 64 of them evenly spread; all are told, those of a recording as well.
   */
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
      Round round = train(call + ":" + n);
      assertThat(round.text()).as("%s %d of %d", call, n, calls).contains(error);
      assertThat(round.end()).as("%s %d of %d", call, n, calls).contains("the CPU goes on");
      if (round.end().equals(healthy.end())) { // it did without a graph
        assertThat(round.weights()).isEqualTo(healthy.weights());
      }
    }
  }

  /** As after a fault within a kernel: then every call fails until the context is given back. */
  @Test
  void aLostDeviceIsOpenedAnew() throws IOException {
    Round healthy = run(Recovery.class, "");
    assertThat(healthy.end()).isEqualTo("round: done");
    Round lost = run(Recovery.class, "cuGraphLaunch:2=719");
    assertThat(lost.end())
        .contains("CUDA_ERROR_LAUNCH_FAILED (719)")
        .contains("CUDA device 0 (Simulated", "was lost: ", "which opens it anew");
    assertThat(lost.weights()).isEqualTo(healthy.weights());
    assertThat(lost.count("cuDevicePrimaryCtxRetain")).isEqualTo(2);
  }

  /** More shared memory than a block gets freely, refused. */
  @Test
  void whereAWholeSequenceIsRefusedItGoesStepByStep() throws IOException {
    Round healthy = run(WholeSequence.class, "");
    assertThat(healthy.weights()).isEqualTo("weights: of other roundings than step by step");
    assertThat(healthy.count("cuFuncSetAttribute")).isPositive();
    Round refused = run(WholeSequence.class, "cuFuncSetAttribute:1=701");
    assertThat(refused.weights()).isEqualTo("weights: the same as step by step");
    assertThat(refused.text())
        .containsOnlyOnce("goes through its sequences step by step, which is slower")
        .contains("cuFuncSetAttribute lstm_persistent1_128", "(701)");
    assertThat(refused.calls()).contains(" leaked_allocations=0 leaked_bytes=0 ");
    Round other = run(WholeSequence.class, "cuFuncSetAttribute:1=1");
    assertThat(other.end()).contains("CUDA_ERROR_INVALID_VALUE (1)");
  }

  /** Trains for a step as it likes and for one step by step, and compares the weights. */
  static final class WholeSequence {
    private WholeSequence() {}

    public static void main(String[] arguments) {
      String weights = "none";
      String end = "done";
      try {
        boolean same =
            trained(CudaOptions.DEFAULT).equals(trained(CudaOptions.DEFAULT.withPersistent(false)));
        weights = same ? "the same as step by step" : "of other roundings than step by step";
      } catch (DeviceException e) {
        end = e.getMessage();
      }
      System.out.println("weights: " + weights);
      System.out.println("round: " + end);
    }

    private static List<Integer> trained(CudaOptions options) {
      try (CudaBackend backend = CudaBackend.open(0, options)) {
        Sequential model =
            new Sequential()
                .seed(5)
                .add(new Input(4, SmallModels.FEATURES))
                .add(new LSTM(65))
                .on(backend)
                .compile("adam", "mse");
        model.trainOnBatch(
            Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 1, 4, 2), Tensor.zeros(1, 65));
        return SmallModels.bits(model);
      }
    }
  }

  /** Trains on the shared device; if that is lost, on the one that comes after. */
  static final class Recovery {
    private Recovery() {}

    public static void main(String[] arguments) {
      Sequential model = SmallModels.plain(Backends.cuda(0));
      List<Tensor> weights = model.getWeights();
      String end = "done";
      try {
        train(model);
      } catch (DeviceException first) {
        end = first.getMessage();
        try {
          model.predict(SmallModels.X);
        } catch (DeviceException later) {
          end += "; " + later.getMessage();
        }
        model.on(Backends.cuda(0));
        model.setWeights(weights);
        model.compile("adam", "mse", "mae");
        train(model);
      }
      System.out.println("weights: " + SmallModels.bits(model));
      System.out.println("round: " + end);
      model.close();
    }

    private static void train(Sequential model) {
      model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(3).shuffle(false));
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
        if (!backend.description().contains(", cuBLAS, ")) {
          end += " on " + backend.description();
        }
        try {
          model.fit(SmallModels.X, SmallModels.Y, SmallModels.epochs(2));
        } catch (DeviceException e) {
          end = e.getClass().getSimpleName() + ": " + e.getMessage();
        }
        model.on(Backends.cpu());
      }
      boolean finite = SmallModels.finite(model.predict(SmallModels.X));
      System.out.println("weights: " + SmallModels.bits(model));
      System.out.println("round: " + end + ", " + (finite ? "the CPU goes on" : "NaN"));
    }
  }
}
