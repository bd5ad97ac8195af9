package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CudaProbeTest {
  @TempDir Path root;

  @Test
  void everyEarlyRefusalHasItsReason() {
    FakeHost machine = new FakeHost(root);
    assertThat(CudaProbe.probe(machine.host()))
        .isEqualTo(
            CudaProbe.Result.refused(
                "no NVIDIA driver: libcuda.so.1 is neither in LD_LIBRARY_PATH nor in a usual folder;"
                    + " install driver 525 or newer (in a container: start it with --gpus all)"));
    machine.platform("Linux", "aarch64");
    assertThat(CudaProbe.probe(machine.host()).reason())
        .isEqualTo(
            "JCuda has no native libraries for linux-aarch64, only for linux-x86_64 and"
                + " windows-x86_64");
    machine.platform("Mac OS X", "x86_64");
    assertThat(CudaProbe.probe(machine.host()).reason()).contains("for apple-x86_64");
    machine.platform("Linux", "amd64").env("LSTM4J_CUDA", "OFF");
    assertThat(CudaProbe.probe(machine.host()).reason()).contains("switched off");
    machine.property("lstm4j.cuda", "auto");
    assertThat(CudaProbe.probe(machine.host()).reason()).contains("no NVIDIA driver");
  }

  @Test
  void aRefusalTouchesNeitherJCudaNorTheDisk() {
    Path home = root.resolve("home");
    ForkedJvm.Output output =
        ForkedJvm.run(
            PrintProbe.class,
            Map.of("XDG_CACHE_HOME", home.toString()),
            List.of("-Dlstm4j.cuda=off", "-Xlog:class+load"));
    assertThat(output.text()).contains("CudaProbe").contains("usable: false", "switched off");
    assertThat(output.text().lines()).noneMatch(line -> line.contains(" jcuda."));
    assertThat(home).doesNotExist();
  }

  /** Prints what the probe of this machine finds, and what it is after a second look. */
  static final class PrintProbe {
    private PrintProbe() {}

    public static void main(String[] arguments) {
      CudaProbe.Result result = CudaProbe.result();
      System.out.println("usable: " + result.usable());
      System.out.println("reason: " + result.reason());
      System.out.println("devices: " + result.devices());
      System.out.println("cublas: " + result.hasCublas());
      System.out.println("cublas reason: " + result.cublasReason());
      System.out.println("tmpdir: " + System.getProperty("java.io.tmpdir"));
    }
  }
}
