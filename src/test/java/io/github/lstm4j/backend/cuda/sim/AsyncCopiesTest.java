package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code cp.async}: what is there when it was waited for, and who looks or writes too early. */
class AsyncCopiesTest {
  private static final int THREADS = 64;

  /**
   * Each thread brings its 16 bytes of x to shared memory, in two groups of 8, waits, and, after a
   * barrier, writes those of the thread opposite to y.
   */
  private static final String TURN =
      """
      .version 7.0
      .target sm_80
      .address_size 64
      .visible .entry turn(.param .u64 px, .param .u64 py)
      {
        .reg .pred %p<2>;
        .reg .b32 %r<12>;
        .reg .b64 %rd<8>;
        .shared .align 16 .b8 tile[1024];
        ld.param.u64 %rd1, [px];
        ld.param.u64 %rd2, [py];
        mov.u32 %r1, %tid.x;
        shl.b32 %r2, %r1, 4;
        cvt.u64.u32 %rd3, %r2;
        add.s64 %rd4, %rd1, %rd3;
        add.s64 %rd5, %rd2, %rd3;
        mov.u32 %r3, tile;
        add.s32 %r4, %r3, %r2;
        sub.s32 %r5, %r3, %r2;
        // begin
        cp.async.ca.shared.global [%r4], [%rd4], 8;
        cp.async.commit_group;
        cp.async.ca.shared.global [%r4+8], [%rd4+8], 8;
        cp.async.commit_group;
        // meanwhile
        cp.async.wait_group 0;
        bar.sync 0;
        ld.shared.v4.u32 {%r6, %r7, %r8, %r9}, [%r5+1008];
        st.global.v4.u32 [%rd5], {%r6, %r7, %r8, %r9};
        // end
        ret;
      }
      """;

  private static final String TWO_GROUPS =
      """
        cp.async.ca.shared.global [%r4], [%rd4], 8;
        cp.async.commit_group;
        cp.async.ca.shared.global [%r4+8], [%rd4+8], 8;
        cp.async.commit_group;
      """;

  private static String changed(String... changes) {
    String ptx = TURN;
    for (int i = 0; i < changes.length; i += 2) {
      assertThat(ptx).contains(changes[i]);
      ptx = ptx.replace(changes[i], changes[i + 1]);
    }
    return ptx;
  }

  private static int[] run(String ptx) {
    try (var device = new TestDevice(SimulatedCuda.builder().build(), ptx)) {
      var x = new int[4 * THREADS];
      for (int i = 0; i < x.length; i++) {
        x[i] = i;
      }
      long y = device.empty(4L * x.length);
      device.launch("turn", 1, THREADS, device.ints(x), y);
      return device.readInts(y, x.length);
    }
  }

  private static void assertTurned(String ptx) {
    int[] y = run(ptx);
    for (int i = 0; i < y.length; i++) {
      assertThat(y[i]).isEqualTo(4 * (THREADS - 1 - i / 4) + i % 4);
    }
  }

  private static void assertCaught(String message, String... changes) {
    assertThatThrownBy(() -> run(changed(changes)))
        .isInstanceOf(DeviceCheckError.class)
        .hasMessageContaining(message);
  }

  private static final String WAIT = "cp.async.wait_group 0;";
  private static final String NO_GROUP = "cp.async.ca.shared.global [%r4], [%rd4], 16;\n";

  @Test
  void whatWasWaitedForIsThere() {
    assertTurned(TURN);
    assertTurned(changed(WAIT, "cp.async.wait_all;"));
    assertTurned(changed(TWO_GROUPS, NO_GROUP, WAIT, "cp.async.wait_all;"));
    assertTurned(
        changed(
            TWO_GROUPS,
            "cp.async.cg.shared.global.L2::128B [%r4], [%rd4], 16;\ncp.async.commit_group;\n"));
  }

  @Test
  void whatIsNotReadIsZero() {
    int[] y = run(changed("[%r4+8], [%rd4+8], 8;", "[%r4+8], [%rd4+8], 8, 4;"));
    assertThat(y).startsWith(252, 253, 254, 0, 248, 249, 250, 0);
    assertCaught("a copy of 12 of 8 bytes", "[%rd4], 8;", "[%rd4], 8, 12;");
  }

  /** What was asked for last, or is in no group, need not have come. */
  @Test
  void whoLooksTooEarlyIsCaught() {
    assertCaught("never written", WAIT, "");
    assertCaught("never written", WAIT, "cp.async.wait_group 1;");
    assertCaught("never written", TWO_GROUPS, NO_GROUP);
    assertCaught("ld.shared.v4.u32", "bar.sync 0;", ""); // of another warp, early or late
    assertCaught("ld.shared.v4.u32", WAIT + "\n  bar.sync 0;", "bar.sync 0;\n  " + WAIT);
  }

  @Test
  void whoLeavesTooEarlyIsCaught() {
    assertCaught(
        "thread (0,0,0) of block (0,0,0) leaves the kernel without waiting for its cp.async",
        "// end",
        "cp.async.ca.shared.global [%r4], [%rd4], 8;");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          ld.shared.u32 %r6, [%r4];     | never written
          st.shared.u32 [%r4+12], 1;    | was written while a cp.async to it was under way
          st.global.u32 [%rd4+4], 77;   | the source of its cp.async changed under way
          st.shared.u32 [%r5+1008], 1;  | race
          """)
  void whoTouchesWhatIsUnderWayIsCaught(String meanwhile, String message) {
    assertCaught(message, "// meanwhile", meanwhile);
  }

  /** What others still read must not be written, at any time to come. */
  @Test
  void whatOthersReadIsNotCopiedTo() {
    String read = "st.shared.u32 [%r4], 5;\n bar.sync 0;\n ld.shared.u32 %r6, [%r5+1008];\n";
    assertTurned(changed("// begin", read + "bar.sync 0;"));
    assertCaught("race", "// begin", read);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          cp.async.ca.shared.global [%r4+4], [%rd4], 8;  | misaligned
          cp.async.ca.shared.global [%r4], [%rd4+4], 8;  | misaligned
          cp.async.ca.shared.global [%r4+1024], [%rd4], 8; | not within the 1024 bytes
          cp.async.ca.shared.global [%r4], [%rd4+1024], 8; | not within
          cp.async.ca.shared.global [%r4], [%rd4], 12;   | is not supported
          cp.async.cg.shared.global [%r4], [%rd4], 8;    | is not supported
          cp.async.ca.shared.global [%r4], [%rd4], 8, %p1; | is not supported
          cp.async.mbarrier.arrive.shared.b64 [%r4];     | is not supported
          """)
  void whatCannotBeIsRefused(String instruction, String message) {
    assertCaught(message, "// begin", instruction);
  }
}
