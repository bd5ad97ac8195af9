package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.GridLaunch.Setup;
import io.github.lstm4j.backend.cuda.sim.DeviceCheckError;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.kernels.KernelManifest;
import java.io.IOException;
import java.nio.file.Files;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The kernels of an LSTM in a grid of blocks, against double. */
class LstmGridTest {
  private static final double TOLERANCE = 1e-6;

  /** 132 multiprocessors, as an H100 has. */
  static DeviceInfo device() {
    return new DeviceInfo(0, "Simulated GPU", 90, 132, 227 << 10, true, 8L << 30, 12060);
  }

  private static SimulatedCudaBuilder simulated() {
    return SimulatedCuda.builder().device(device());
  }

  static String ptx(int width) throws IOException {
    return Files.readString(KernelManifest.FOLDER.resolve("lstm_persistent2_" + width + ".ptx"));
  }

  private static void assertRight(CudaDriver driver, Setup setup) throws IOException {
    driver.enter();
    try {
      GridLaunch launch = new GridLaunch(driver, ptx(setup.width()), setup).forward();
      assertThat(launch.status).isZero();
      assertThat(launch.forwardError()).as("forward %s", setup).isLessThan(TOLERANCE);
      assertThat(launch.backward().backwardError())
          .as("backward %s", setup)
          .isLessThan(TOLERANCE);
    } finally {
      driver.leave();
      driver.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TF32, 132, 3, 3, 16, ''", "BF16, 132, 3, 3, 16, ''",
    "TF32, 140, 17, 3, 16, mlir", "BF16, 200, 5, 4, 16, myrl",
    "TF32, 132, 2, 4, 16, mzybi", "TF32, 136, 2, 3, 16, pa", "BF16, 132, 1, 2, 16, oab",
    "TF32, 256, 33, 2, 32, mylip"
  })
  void everyOption(MathMode math, int u, int b, int t, int rows, String options)
      throws IOException {
    assertRight(simulated().build(), new Setup(256, 8, math, u, b, t, rows, options));
  }

  @ParameterizedTest
  @CsvSource({"512, 16, TF32, 264", "512, 16, BF16, 132", "768, 8, TF32, 132", "768, 8, BF16, 392",
    "1024, 8, TF32, 264", "1024, 8, BF16, 132"})
  void everyWidth(int width, int unitsOfBlock, MathMode math, int u) throws IOException {
    assertRight(simulated().build(), new Setup(width, unitsOfBlock, math, u, 2, 3, 16, "mi"));
  }

  @ParameterizedTest
  @CsvSource({"1", "2", "3"})
  void inAnyOrderOfBlocksWarpsAndStores(long seed) throws IOException {
    assertRight(
        simulated().shuffle(seed).build(), new Setup(256, 8, MathMode.TF32, 132, 18, 3, 16, "mi"));
  }
}
