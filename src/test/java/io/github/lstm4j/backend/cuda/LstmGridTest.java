package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.GridLaunch.Setup;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.backend.cuda.sim.SimulatedCudaBuilder;
import io.github.lstm4j.kernels.KernelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** The kernels of an LSTM in a grid of blocks, against double. */
class LstmGridTest {
  private static final double TOLERANCE = 1e-6;

  /** 132 multiprocessors, as an H100 has. */
  static DeviceInfo device() {
    return new DeviceInfo(
        0,
        "Simulated GPU",
        90,
        132,
        227 << 10,
        true,
        40 << 20,
        Double.POSITIVE_INFINITY,
        8L << 30,
        12060);
  }

  private static SimulatedCudaBuilder simulated() {
    return SimulatedCuda.builder().device(device());
  }

  /** A module of some of the entries. */
  static String ptx(int width, String... entries) throws IOException {
    String all =
        Files.readString(KernelManifest.FOLDER.resolve("lstm_persistent2_" + width + ".ptx"));
    StringBuilder some = new StringBuilder(all.substring(0, all.indexOf(".visible .entry")));
    for (String entry : entries) {
      int from = all.indexOf(".visible .entry lstm_persistent2_" + entry + "(");
      int to = all.indexOf(".visible .entry", from + 1);
      some.append(all, from, to < 0 ? all.length() : to);
    }
    return some.toString();
  }

  private static String ptx(Setup setup) throws IOException {
    String kind = "_" + setup.width() + "_" + setup.math().name().toLowerCase(Locale.ROOT);
    return ptx(setup.width(), "forward" + kind, "backward" + kind);
  }

  private static void assertRight(CudaDriver driver, Setup setup) throws IOException {
    driver.enter();
    try {
      GridLaunch launch = new GridLaunch(driver, ptx(setup), setup);
      launch.polls = -1; // 2³² - 1: a simulated device polls fast and may be given little time
      assertThat(launch.forward().status).isZero();
      assertThat(launch.forwardError()).as("forward %s", setup).isLessThan(TOLERANCE);
      assertThat(launch.backward().status).isZero();
      assertThat(launch.backwardError()).as("backward %s", setup).isLessThan(TOLERANCE);
    } finally {
      driver.leave();
      driver.close();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "TF32, 129, 1, 2, 16, ''",
    "TF32, 139, 17, 3, 16, mlir",
    "BF16, 199, 5, 3, 16, myrl",
    "TF32, 131, 2, 4, 16, mzybi",
    "TF32, 134, 2, 2, 16, pa",
    "BF16, 130, 1, 2, 16, oab",
    "TF32, 256, 19, 2, 32, mylip"
  })
  void everyOption(MathMode math, int u, int b, int t, int rows, String options)
      throws IOException {
    assertRight(simulated().build(), new Setup(256, 8, math, u, b, t, rows, options));
  }

  @ParameterizedTest
  @CsvSource({
    "512, 16, TF32, 259",
    "512, 16, BF16, 133",
    "768, 8, TF32, 131",
    "768, 16, BF16, 197",
    "1024, 8, TF32, 200",
    "1024, 16, BF16, 130"
  })
  void everyWidth(int width, int unitsOfBlock, MathMode math, int u) throws IOException {
    assertRight(simulated().build(), new Setup(width, unitsOfBlock, math, u, 2, 2, 16, "mi"));
  }

  @ParameterizedTest
  @Tag("gpu")
  @EnumSource(
      value = MathMode.class,
      names = {"TF32", "BF16"})
  void throughTheDriver(MathMode math) throws IOException {
    NativeCuda cuda = Gpu.open();
    assumeTrue(cuda.device().computeCapability() >= 80, "tensor cores came with sm_80");
    assumeTrue(cuda.device().multiprocessors() >= 34, "34 blocks at once");
    assertRight(cuda, new Setup(256, 8, math, 132, 18, 3, 16, "mil"));
  }

  /** A launch that finds the status set leaves at once; one that asks too often sets it. */
  @Test
  void nobodyWaitsForEver() throws IOException {
    Setup setup = new Setup(256, 8, MathMode.TF32, 132, 1, 2, 16, "");
    try (SimulatedCuda cuda = simulated().build()) {
      GridLaunch launch = new GridLaunch(cuda, ptx(setup), setup);
      launch.status = 1;
      launch.forward();
      assertThat(cuda.threadInstructions()).isLessThan(17 * 256 * 100);
    }
    try (SimulatedCuda cuda = simulated().build()) {
      GridLaunch launch = new GridLaunch(cuda, ptx(setup), setup);
      launch.polls = 1;
      assertThat(launch.forward().status).isEqualTo(1);
    }
  }

  @ParameterizedTest
  @CsvSource({"1", "2"})
  void inAnyOrderOfBlocksWarpsAndStores(long seed) throws IOException {
    assertRight(
        simulated().shuffle(seed).build(), new Setup(256, 8, MathMode.TF32, 132, 17, 2, 16, "mi"));
  }
}
