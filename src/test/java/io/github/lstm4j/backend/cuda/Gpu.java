package io.github.lstm4j.backend.cuda;

import static org.junit.jupiter.api.Assertions.fail;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.github.lstm4j.equivalence.SwitchedBackend;

/** What tests that need a CUDA driver ask; they carry {@code @Tag("gpu")}. */
public final class Gpu {
  private Gpu() {}

  /**
   * Skips the test, with the reason, where CUDA cannot be used; fails it with {@code
   * -Dlstm4j.requireGpu=true}.
   */
  public static void assumePresent() {
    CudaProbe.Result probe = CudaProbe.result();
    if (!probe.usable() && Boolean.getBoolean("lstm4j.requireGpu")) {
      fail("lstm4j.requireGpu is set, but CUDA cannot be used: " + probe.reason());
    }
    assumeTrue(probe.usable(), () -> "CUDA cannot be used: " + probe.reason());
  }

  /** The first device; skips or fails as {@link #assumePresent} does. */
  public static NativeCuda open() {
    assumePresent();
    return new NativeCuda(0);
  }

  /** Whether the driver is the simulated one, whose failures can be arranged. */
  public static boolean isSimulated() {
    CudaProbe.Result probe = CudaProbe.result();
    return probe.usable() && probe.devices().get(0).name().startsWith("Simulated");
  }

  private static final class Shared {
    static final SwitchedBackend BACKEND = switched();
  }

  /** A backend on the first device, shared by all tests; skips or fails as {@link #open} does. */
  public static SwitchedBackend backend() {
    assumePresent();
    return Shared.BACKEND;
  }

  /** A new one, which goes both ways. */
  public static SwitchedBackend switched() {
    return new SwitchedBackend(open(), open(), CudaOptions.DEFAULT);
  }
}
