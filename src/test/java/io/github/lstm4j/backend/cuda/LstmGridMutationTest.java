package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.GridLaunch.Setup;
import io.github.lstm4j.backend.cuda.sim.DeviceCheckError;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * The checks find a single wrong token in the kernels of a grid of blocks: what orders blocks as
 * well as what they compute.
 */
class LstmGridMutationTest {
  private static final Setup SETUP = new Setup(256, 8, MathMode.TF32, 131, 2, 2, 16, "mi");

  /** Tokens, and what stands in their places. */
  private static final Map<String, String> OTHER =
      Map.ofEntries(
          Map.entry("st.release.gpu.global.u32", "st.relaxed.gpu.global.u32"),
          Map.entry("ld.acquire.gpu.global.u32", "ld.relaxed.gpu.global.u32"),
          Map.entry("bar.sync \t0;", ""),
          Map.entry("cp.async.wait_all;", ""),
          Map.entry("cvt.rna.tf32.f32", "mov.b32"),
          Map.entry("%tid.x", "%ctaid.x"),
          Map.entry("%ctaid.x", "%ctaid.y"));

  private interface Run {
    float[] of(String ptx);
  }

  private static SimulatedCuda device() {
    return SimulatedCuda.builder()
        .device(LstmGridTest.device())
        .instructionLimit(3_000_000)
        .build();
  }

  private static float[] forward(String ptx) {
    try (SimulatedCuda cuda = device()) {
      GridLaunch launch = new GridLaunch(cuda, ptx, SETUP).forward();
      return launch.status != 0 ? new float[0] : joined(launch.gates, launch.hs, launch.cs);
    }
  }

  private static float[] joined(float[]... parts) {
    int size = Arrays.stream(parts).mapToInt(p -> p.length).sum();
    float[] all = new float[size];
    int at = 0;
    for (float[] part : parts) {
      System.arraycopy(part, 0, all, at, part.length);
      at += part.length;
    }
    return all;
  }

  private static void assertMutantsAreCaught(String ptx, Run run) {
    float[] expected = run.of(ptx);
    assertThat(run.of(ptx)).containsExactly(expected);
    List<String> survivors = new ArrayList<>();
    for (Map.Entry<String, String> change : OTHER.entrySet()) {
      int first = ptx.indexOf(change.getKey());
      assertThat(first).as(change.getKey()).isPositive();
      boolean every = change.getValue().isEmpty();
      for (int at : every ? all(ptx, change.getKey()) : List.of(first)) {
        String mutant =
            ptx.substring(0, at) + change.getValue() + ptx.substring(at + change.getKey().length());
        if (!isCaught(mutant, expected, run)) {
          long line = ptx.substring(0, at).chars().filter(c -> c == '\n').count() + 1;
          survivors.add(change + " in line " + line);
        }
      }
    }
    assertThat(survivors).isEmpty();
  }

  private static List<Integer> all(String ptx, String token) {
    List<Integer> places = new ArrayList<>();
    for (int at = ptx.indexOf(token); at >= 0; at = ptx.indexOf(token, at + 1)) {
      places.add(at);
    }
    return places;
  }

  private static boolean isCaught(String mutant, float[] expected, Run run) {
    try {
      return !Arrays.equals(run.of(mutant), expected);
    } catch (DeviceCheckError e) {
      return true;
    }
  }

  @Test
  void ofTheWayForward() throws IOException {
    assertMutantsAreCaught(
        LstmGridTest.ptx(256, "forward_256_tf32"), LstmGridMutationTest::forward);
  }

  @Test
  void ofTheWayBack() throws IOException {
    GridLaunch kept;
    try (SimulatedCuda cuda = device()) {
      kept = new GridLaunch(cuda, LstmGridTest.ptx(256, "forward_256_tf32"), SETUP).forward();
    }
    assertMutantsAreCaught(
        LstmGridTest.ptx(256, "backward_256_tf32"),
        ptx -> {
          try (SimulatedCuda cuda = device()) {
            GridLaunch launch = new GridLaunch(cuda, ptx, SETUP);
            launch.gates = kept.gates;
            launch.hs = kept.hs;
            launch.cs = kept.cs;
            launch.backward();
            return joined(launch.dz, launch.dh, launch.dc);
          }
        });
  }
}
