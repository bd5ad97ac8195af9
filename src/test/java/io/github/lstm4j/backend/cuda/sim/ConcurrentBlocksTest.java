package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.DeviceInfo;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import io.github.lstm4j.backend.cuda.DeviceException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Cooperative launches that cannot be, or cannot end. */
class ConcurrentBlocksTest {
  private static TestDevice device(SimulatedCudaBuilder builder) {
    return new TestDevice(builder.build(), TestDevice.text("../kernels/together.ptx"));
  }

  private static LaunchConfig together(int blocks, int threads) {
    return LaunchConfig.of(Dim3.of(blocks), Dim3.of(threads)).together();
  }

  @Test
  @Timeout(60)
  void waitingForWhatNobodyDoesIsReported() {
    for (var builder :
        new SimulatedCudaBuilder[] {SimulatedCuda.builder(), SimulatedCuda.builder().shuffle(1)}) {
      try (var device = device(builder)) {
        long arrived = device.ints(0);
        assertThatThrownBy(() -> device.launch("waits_in_vain", together(3, 40), arrived))
            .isInstanceOf(DeviceCheckError.class)
            .hasMessageContaining("waits_in_vain")
            .hasMessageContaining("the launch cannot end: its blocks wait for one another")
            .hasMessageContaining("`ld.volatile.global.u32`");
      }
    }
  }

  @Test
  void moreBlocksThanTheDeviceHoldsAreRefused() {
    try (var device = device(SimulatedCuda.builder())) {
      long arrived = device.ints(0);
      assertThatThrownBy(() -> device.launch("waits_in_vain", together(9, 1024), arrived))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_COOPERATIVE_LAUNCH_TOO_LARGE (720)")
          .hasMessageContaining("9 blocks at once, at most 2 on each of 4 multiprocessors");
    }
  }

  @Test
  void aDeviceThatKnowsNoneRefuses() {
    var old =
        new DeviceInfo(
            0,
            "Old GPU",
            52,
            4,
            48 << 10,
            false,
            40 << 20,
            Double.POSITIVE_INFINITY,
            1L << 30,
            12000);
    try (var device = device(SimulatedCuda.builder().device(old))) {
      long arrived = device.ints(0);
      assertThatThrownBy(() -> device.launch("waits_in_vain", together(1, 32), arrived))
          .isInstanceOf(DeviceException.class)
          .hasMessageContaining("CUDA_ERROR_NOT_SUPPORTED (801)");
    }
  }
}
