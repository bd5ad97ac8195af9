package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.backend.cuda.CudaDriver.LaunchConfig;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Blocks that hand values to one another: what PTX's memory model promises arrives, and whatever is
 * missing of a release, an acquire or a barrier is found, with the memory in any mood.
 */
class BlockViewTest {
  private static final int THREADS = 64;

  /**
   * Block 0 writes 1 to 64, sets the flag and, when block 1 has set its own, writes 64 zeros more;
   * block 1 waits for the first flag, reads the values back to front, and sets its flag.
   */
  private static final String HAND_OVER =
      """
      .version 7.0
      .target sm_80
      .address_size 64
      .visible .entry hand_over(.param .u64 data, .param .u64 flags, .param .u64 out)
      {
        .reg .pred %p<4>;
        .reg .b32 %r<8>;
        .reg .b64 %rd<8>;
        ld.param.u64 %rd1, [data];
        ld.param.u64 %rd2, [flags];
        ld.param.u64 %rd3, [out];
        mov.u32 %r1, %tid.x;
        mov.u32 %r2, %ctaid.x;
        mul.wide.u32 %rd4, %r1, 4;
        add.s64 %rd5, %rd1, %rd4;
        setp.ne.s32 %p1, %r2, 0;
        setp.ne.s32 %p2, %r1, 0;
        @%p1 bra READER;
        add.s32 %r3, %r1, 1;
        st.global.u32 [%rd5], %r3;
        bar.sync 0; // written
        @%p2 bra TOLD;
        // tell
        st.release.gpu.global.u32 [%rd2], 1;
      TOLD:
        @%p2 bra REUSE;
      ANSWER:
        ld.acquire.gpu.global.u32 %r4, [%rd2+32];
        setp.eq.s32 %p3, %r4, 0;
        @%p3 bra ANSWER;
      REUSE:
        bar.sync 0; // answered
        st.global.u32 [%rd5], 0;
        ret;
      READER:
        @%p2 bra WAITED;
      WAIT:
        ld.acquire.gpu.global.u32 %r4, [%rd2];
        setp.eq.s32 %p3, %r4, 0;
        @%p3 bra WAIT;
        // heard
      WAITED:
        bar.sync 0; // heard of
        sub.s64 %rd6, %rd1, %rd4;
        ld.global.u32 %r5, [%rd6+252];
        add.s64 %rd7, %rd3, %rd4;
        st.global.u32 [%rd7], %r5;
        bar.sync 0; // read
        @%p2 bra DONE;
        st.release.gpu.global.u32 [%rd2+32], 1;
      DONE:
        ret;
      }
      """;

  private static String changed(String... changes) {
    String ptx = HAND_OVER;
    for (int i = 0; i < changes.length; i += 2) {
      assertThat(ptx).contains(changes[i]);
      ptx = ptx.replace(changes[i], changes[i + 1]);
    }
    return ptx;
  }

  private static int[] run(String ptx, SimulatedCudaBuilder builder) {
    try (var device = new TestDevice(builder.build(), ptx)) {
      long data = device.empty(4 * THREADS);
      long flags = device.ints(new int[16]);
      long out = device.empty(4 * THREADS);
      device.launch(
          "hand_over", LaunchConfig.of(Dim3.of(2), Dim3.of(THREADS)).together(), data, flags, out);
      return device.readInts(out, THREADS);
    }
  }

  private static List<SimulatedCudaBuilder> moods() {
    var moods = new ArrayList<>(List.of(SimulatedCuda.builder()));
    for (long seed = 0; seed < 5; seed++) {
      moods.add(SimulatedCuda.builder().shuffle(seed));
    }
    return moods;
  }

  private static void assertRight(String ptx) {
    for (var mood : moods()) {
      int[] got = run(ptx, mood);
      for (int i = 0; i < THREADS; i++) {
        assertThat(got[i]).isEqualTo(THREADS - i);
      }
    }
  }

  private static void assertCaught(String message, String ptx) {
    for (var mood : moods()) {
      assertThatThrownBy(() -> run(ptx, mood))
          .isInstanceOf(DeviceCheckError.class)
          .hasMessageContaining("hand_over")
          .hasMessageContaining(message);
    }
  }

  /** Accesses that are no race show in what is read, and that depends on the mood. */
  private static void assertStaleInSomeMood(String ptx) {
    assertThat(moods())
        .anySatisfy(
            mood ->
                assertThatThrownBy(() -> run(ptx, mood))
                    .isInstanceOf(DeviceCheckError.class)
                    .hasMessageContaining("never written"));
  }

  private static final String RELEASE = "st.release.gpu.global.u32 [%rd2], 1;";
  private static final String ACQUIRE = "ld.acquire.gpu.global.u32 %r4, [%rd2];";

  /** What is handed over as strong accesses: no race then, but nothing that orders either. */
  private static final String[] STRONG = {
    "st.global.u32 [%rd5], %r3;", "st.relaxed.gpu.global.u32 [%rd5], %r3;",
    "ld.global.u32 %r5, [%rd6+252];", "ld.relaxed.gpu.global.u32 %r5, [%rd6+252];",
    "st.global.u32 [%rd5], 0;", "st.relaxed.gpu.global.u32 [%rd5], 0;"
  };

  private static String strong(String... changes) {
    var all = new ArrayList<>(Arrays.asList(STRONG));
    all.addAll(Arrays.asList(changes));
    return changed(all.toArray(String[]::new));
  }

  @Test
  void releaseAndAcquireHandOver() {
    assertRight(changed());
    assertRight(strong());
  }

  @Test
  void fencesHandOverToo() {
    for (String fence : List.of("fence.acq_rel.gpu;", "fence.sc.sys;", "membar.gl;")) {
      assertRight(
          changed(
              "// tell",
              fence,
              RELEASE,
              "st.relaxed.gpu.global.u32 [%rd2], 1;",
              ACQUIRE,
              "ld.volatile.global.u32 %r4, [%rd2];",
              "// heard\n",
              fence + "\n"));
    }
  }

  @Test
  void atomicsHandOverToo() {
    assertRight(
        changed(
            RELEASE, "red.release.gpu.global.add.u32 [%rd2], 1;",
            ACQUIRE, "atom.acquire.gpu.global.or.b32 %r4, [%rd2], 0;"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"st.relaxed.gpu.global.u32", "st.release.cta.global.u32"})
  void aMissingReleaseIsFound(String store) {
    assertCaught("race", changed(RELEASE, store + " [%rd2], 1;"));
    assertStaleInSomeMood(strong(RELEASE, store + " [%rd2], 1;"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ld.relaxed.gpu.global.u32", "ld.acquire.cta.global.u32"})
  void aMissingAcquireIsFound(String load) {
    assertCaught("race", changed(ACQUIRE, load + " %r4, [%rd2];"));
  }

  @Test
  void aFenceOnOneSideIsNotEnough() {
    assertCaught(
        "race",
        changed(
            "// tell",
            "fence.acq_rel.gpu;",
            RELEASE,
            "st.relaxed.gpu.global.u32 [%rd2], 1;",
            ACQUIRE,
            "ld.relaxed.gpu.global.u32 %r4, [%rd2];"));
    assertCaught(
        "race",
        changed(
            RELEASE,
            "st.relaxed.gpu.global.u32 [%rd2], 1;",
            ACQUIRE,
            "ld.relaxed.gpu.global.u32 %r4, [%rd2];",
            "// heard\n",
            "fence.acq_rel.gpu;\n"));
  }

  @Test
  void aMissingBarrierIsFound() {
    assertCaught("race", changed("bar.sync 0; // written", ""));
    assertStaleInSomeMood(strong("bar.sync 0; // written", ""));
    assertCaught(
        "of block (1,0,0)", changed("bar.sync 0; // heard of", "")); // a race, or too early
    assertStaleInSomeMood(strong("bar.sync 0; // heard of", ""));
  }

  @Test
  void overwritingWhatIsStillReadIsFound() {
    assertCaught("race", changed("bar.sync 0; // read", ""));
    assertCaught("race", changed("ld.acquire.gpu.global.u32 %r4, [%rd2+32];", "mov.u32 %r4, 1;"));
  }

  @Test
  void racesAreFoundWithoutAFlagToo() {
    assertCaught("race", changed(ACQUIRE, "mov.u32 %r4, 1;"));
  }

  /** With races unchecked it shows in the values: the cache goes on saying what it held. */
  @Test
  void aCacheIsStaleUntilAnAcquire() {
    String[] reread = {
      "[%rd6+252];", "[%rd3+252];", // all read the last element of out, which block 0 writes
      "st.global.u32 [%rd5], %r3;", "st.global.u32 [%rd3+252], 7;",
      "st.global.u32 [%rd7], %r5;", "st.global.u32 [%rd1], %r5;",
      "st.global.u32 [%rd5], 0;", ""
    };
    var changes = new ArrayList<>(Arrays.asList(reread));
    changes.addAll(
        List.of("READER:\n", "READER:\n ld.global.u32 %r6, [%rd3+252];\n bar.sync 0;\n"));
    String good = changed(changes.toArray(String[]::new));
    assertThat(first(good)).isEqualTo(7);
    assertThat(first(good.replace(ACQUIRE, "ld.relaxed.gpu.global.u32 %r4, [%rd2];"))).isZero();
  }

  private static int first(String ptx) {
    var cuda = SimulatedCuda.builder().checkRaces(false).build();
    try (var device = new TestDevice(cuda, ptx)) {
      long data = device.empty(4 * THREADS);
      device.launch(
          "hand_over",
          LaunchConfig.of(Dim3.of(2), Dim3.of(THREADS)).together(),
          data,
          device.ints(new int[16]),
          device.ints(new int[THREADS]));
      return device.readInts(data, 1)[0];
    }
  }
}
