package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import org.assertj.core.api.AbstractThrowableAssert;
import org.junit.jupiter.api.Test;

/** Faulty kernels are caught, and told where they go wrong. */
class DeviceCheckTest {
  private static AbstractThrowableAssert<?, ? extends Throwable> assertCaught(Runnable body) {
    return assertThatThrownBy(body::run).isInstanceOf(DeviceCheckError.class);
  }

  @Test
  void raceInSharedMemory() {
    for (long seed = 0; seed < 4; seed++) {
      var cuda = SimulatedCuda.builder().shuffle(seed).build();
      try (var device = new TestDevice(cuda, TestDevice.text("blocks.ptx"))) {
        long x = device.floats(new float[64]);
        long y = device.empty(4 * 64);
        assertCaught(() -> device.launch("scan_racy", Dim3.of(1), Dim3.of(64), 256, 64, x, y))
            .hasMessageContainingAll("kernel scan_racy", "race", "thread (", "shared memory");
      }
    }
  }

  @Test
  void raceBetweenBlocks() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long x = device.floats(1, 2, 3);
      long sum = device.floats(0);
      assertCaught(() -> device.launch("sum_racy", 3, 1, 3, x, sum))
          .hasMessageContainingAll("race", "block (1,0,0)", "block (0,0,0)");
    }
  }

  @Test
  void racesCanBeLeftUnchecked() {
    var cuda = SimulatedCuda.builder().checkRaces(false).build();
    try (var device = new TestDevice(cuda, TestDevice.text("blocks.ptx"))) {
      long x = device.floats(1, 2, 3);
      long sum = device.floats(0);
      assertThatCode(() -> device.launch("sum_racy", 3, 1, 3, x, sum)).doesNotThrowAnyException();
    }
  }

  @Test
  void launchesInTurnDoNotRace() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long x = device.floats(1);
      long sum = device.floats(0);
      device.launch("sum_racy", 1, 1, 1, x, sum);
      assertThatCode(() -> device.launch("sum_racy", 1, 1, 1, x, sum)).doesNotThrowAnyException();
    }
  }

  @Test
  void outOfBounds() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long y = device.empty(4 * 10);
      device.empty(4 * 10);
      assertCaught(() -> device.launch("out_of_bounds", 1, 32, 10, y))
          .hasMessageContainingAll(
              "kernel out_of_bounds<<<1x1x1, 32x1x1>>>",
              "st.global.f32",
              "thread (10,0,0) of block (0,0,0)",
              "offset 40 of 40 bytes");
    }
  }

  @Test
  void useAfterFree() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      long x = device.floats(1);
      long y = device.floats(1);
      device.cuda.free(x);
      assertCaught(() -> device.launch("saxpy", 1, 32, 1, 1f, x, y))
          .hasMessageContaining("use after free");
    }
  }

  @Test
  void addressesAreNotUsedAgain() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      long x = device.floats(1);
      device.cuda.free(x);
      for (int i = 0; i < 10; i++) {
        assertThat(device.floats(1)).isGreaterThan(x);
      }
    }
  }

  @Test
  void readBeforeWrite() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      long x = device.floats(1, 2);
      long y = device.cuda.allocate(8);
      assertCaught(() -> device.launch("saxpy", 1, 32, 2, 1f, x, y))
          .hasMessageContainingAll("never written", "DeviceCheckTest.readBeforeWrite");
    }
  }

  @Test
  void unwrittenMemoryIsNaNWhereItIsNotChecked() {
    var cuda = SimulatedCuda.builder().checkUninitialised(false).build();
    try (var device = new TestDevice(cuda, TestDevice.text("arithmetic.ptx"))) {
      long x = device.floats(1, 2);
      long y = device.empty(8);
      device.launch("saxpy", 1, 32, 2, 1f, x, y);
      assertThat(device.readFloats(y, 2)[1]).isNaN();
    }
  }

  @Test
  void readOfUnwrittenSharedMemory() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long y = device.empty(4 * 64);
      assertCaught(() -> device.launch("uninitialised_shared", 1, 64, y))
          .hasMessageContainingAll("ld.shared.f32", "never written");
    }
  }

  @Test
  void misaligned() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      long x = device.floats(new float[8]);
      assertCaught(() -> device.launch("saxpy4", 1, 32, 1, 1f, x + 4, x + 16))
          .hasMessageContaining("misaligned access of 16 bytes");
    }
  }

  @Test
  void divergentBarrier() {
    try (var device = TestDevice.of("blocks.ptx")) {
      long y = device.empty(4 * 64);
      assertCaught(() -> device.launch("divergent_barrier", 1, 64, 16, y))
          .hasMessageContaining("barrier divergence");
      assertCaught(() -> device.launch("divergent_barrier", 1, 64, 32, y))
          .hasMessageContaining("barrier divergence");
      assertThatCode(() -> device.launch("divergent_barrier", 1, 64, 64, y))
          .doesNotThrowAnyException();
    }
  }

  @Test
  void endlessLoop() {
    var cuda = SimulatedCuda.builder().instructionLimit(10_000).build();
    try (var device = new TestDevice(cuda, TestDevice.text("blocks.ptx"))) {
      long flag = device.ints(0);
      assertCaught(() -> device.launch("never_ends", 1, 1, flag))
          .hasMessageContaining("did not end after 10000 instructions");
    }
  }

  @Test
  void wrongArguments() {
    try (var device = TestDevice.of("arithmetic.ptx")) {
      long x = device.floats(1);
      assertCaught(() -> device.launch("saxpy", 1, 32, 1, 1f, x))
          .hasMessageContaining("has 4 parameters but was given 3");
      assertCaught(() -> device.launch("saxpy", 1, 32, 1, 1, x, x))
          .hasMessageContaining("parameter 1 is .F32");
      assertCaught(() -> device.launch("saxpy", 1, 32, 1L, 1f, x, x))
          .hasMessageContaining("parameter 0 is .U32");
    }
  }
}
