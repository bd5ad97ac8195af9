package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The probe with a driver behind it whose answers can be arranged. */
@Tag("gpu")
class SimulatedDriverProbeTest {
  @TempDir Path folder;
  private final Map<String, String> environment = new HashMap<>();
  private final List<String> options = new ArrayList<>();

  @BeforeEach
  void onlyOnTheSimulatedDriver() throws Exception {
    assumeTrue(Gpu.isSimulated(), "only the simulated driver gives arranged answers");
    environment.put("XDG_CACHE_HOME", folder.resolve("cache").toString());
    Path tmp = Files.createDirectory(folder.resolve("tmp"));
    options.add("-Djava.io.tmpdir=" + tmp);
  }

  private String probe() {
    ForkedJvm.Output output =
        ForkedJvm.run(CudaProbeTest.PrintProbe.class, environment, List.copyOf(options));
    assertThat(output.exit()).as(output.text()).isZero();
    return output.text();
  }

  @Test
  void theNativesComeFromOurCacheAndNothingIsLeftInTheSharedFolder() throws Exception {
    options.add("-Xlog:library=info");
    Path tmp = folder.resolve("tmp");
    assertThat(probe())
        .contains("usable: true", "cublas: true", "libcublas.so.12", "tmpdir: " + tmp);
    try (var files = Files.list(tmp)) {
      assertThat(files.filter(f -> !f.getFileName().toString().startsWith("hsperf"))).isEmpty();
    }
    try (var files = Files.walk(folder.resolve("cache/lstm4j/natives"))) {
      assertThat(files.filter(Files::isRegularFile).map(f -> f.getFileName().toString()))
          .containsExactlyInAnyOrder(
              "libJCudaDriver-12.6.0-linux-x86_64.so", "libJCublas2-12.6.0-linux-x86_64.so");
    }
  }

  @Test
  void aPlantedFileInTheSharedFolderIsNotLoaded() throws Exception {
    Files.writeString(
        folder.resolve("tmp/libJCudaDriver-12.6.0-linux-x86_64.so"), "not a library at all");
    assertThat(probe()).contains("usable: true");
  }

  @Test
  void noDeviceIsSaidInTheDriversWords() {
    environment.put("GPU_SIM_DEVICES", "0");
    assertThat(probe())
        .contains("usable: false", "reason: cuInit returned CUDA_ERROR_NO_DEVICE (100)");
  }

  @Test
  void anOldDriverIsRefusedWithBothVersions() {
    environment.put("GPU_SIM_DRIVER", "11040");
    assertThat(probe()).contains("usable: false", "knows CUDA 11.4, and 12.0 is needed");
  }

  @Test
  void anOldDeviceIsRefused() {
    environment.put("GPU_SIM_CC", "52");
    assertThat(probe()).contains("usable: false", "compute capability 5.2, and 6.0 is needed");
  }

  @Test
  void allDevicesAreListed() {
    environment.put("GPU_SIM_DEVICES", "3");
    environment.put("GPU_SIM_CC", "75");
    assertThat(probe())
        .contains("index=0", "index=1", "index=2", "computeCapability=75", "driverVersion=13000");
  }

  @Test
  void withoutCublasTheProbeSaysWhatServes() {
    options.add("-Dlstm4j.cublas=" + folder);
    assertThat(probe())
        .contains("usable: true", "cublas: false", "no libcublas.so.12 is")
        .contains("the built-in matrix product serves");
  }

  @Test
  void aBrokenCublasIsNamed() throws Exception {
    Path broken = Files.writeString(folder.resolve("libcublas.so.12"), "broken");
    options.add("-Dlstm4j.cublas=" + broken);
    assertThat(probe()).contains("usable: true", "cublas: false", broken + " does not load");
  }
}
