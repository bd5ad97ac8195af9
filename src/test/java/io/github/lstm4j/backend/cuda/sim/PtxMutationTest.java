package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Kernels with one token changed give other results, or are caught by a check. */
class PtxMutationTest {
  private static final int BATCH = 3;
  private static final int UNITS = 40;

  private static final Map<String, String> OTHER =
      Map.ofEntries(
          Map.entry("add.f32", "sub.f32"),
          Map.entry("mul.f32", "add.f32"),
          Map.entry("fma.rn.f32", "fma.rz.f32"),
          Map.entry("add.s32", "sub.s32"),
          Map.entry("add.s64", "sub.s64"),
          Map.entry("mad.lo.s32", "mad.hi.s32"),
          Map.entry("mul.lo.s32", "add.s32"),
          Map.entry("setp.ge.s32", "setp.gt.s32"),
          Map.entry("setp.eq.s16", "setp.ne.s16"),
          Map.entry("or.pred", "and.pred"),
          Map.entry("neg.f32", "abs.f32"),
          Map.entry("ex2.approx.ftz.f32", "lg2.approx.ftz.f32"),
          Map.entry("rcp.rn.f32", "sqrt.rn.f32"),
          Map.entry("shl.b32", "shr.u32"),
          Map.entry(", 4;", ", 8;"),
          Map.entry("%ctaid.x", "%ctaid.y"),
          Map.entry("%ntid.x", "%nctaid.x"),
          Map.entry("ld.global.nc.u8", "ld.global.nc.s16"),
          Map.entry("@%p", "@!%p"),
          Map.entry("+4]", "+8]"));

  @Test
  void mutantsAreCaught() {
    String ptx = TestDevice.text("lstm.ptx");
    int from = ptx.indexOf(".entry lstm_gates");
    int to = ptx.indexOf(".entry philox");
    float[] expected = run(ptx);
    assertThat(run(ptx)).containsExactly(expected);
    var survivors = new ArrayList<String>();
    int mutants = 0;
    for (var change : OTHER.entrySet()) {
      var places = new ArrayList<Integer>();
      for (int i = ptx.indexOf(change.getKey(), from);
          i >= 0 && i < to;
          i = ptx.indexOf(change.getKey(), i + 1)) {
        places.add(i);
      }
      // the first and the last of each kind
      for (int place :
          places.size() < 2
              ? places
              : Arrays.asList(places.get(0), places.get(places.size() - 1))) {
        mutants++;
        String mutant =
            ptx.substring(0, place)
                + change.getValue()
                + ptx.substring(place + change.getKey().length());
        if (!isCaught(mutant, expected)) {
          int line = (int) ptx.substring(0, place).chars().filter(c -> c == '\n').count() + 1;
          survivors.add(change + " in line " + line);
        }
      }
    }
    assertThat(mutants).isGreaterThan(20);
    // rounding the last bit of an intermediate the other way may not reach the result
    survivors.removeIf(survivor -> survivor.startsWith("fma.rn.f32"));
    assertThat(survivors).isEmpty();
  }

  private static boolean isCaught(String mutant, float[] expected) {
    try {
      return !Arrays.equals(run(mutant), expected);
    } catch (DeviceCheckError e) {
      return true;
    }
  }

  private static float[] run(String ptx) {
    var random = new Random(5);
    try (var device =
        new TestDevice(SimulatedCuda.builder().instructionLimit(100_000).build(), ptx)) {
      long h = device.empty(4L * BATCH * UNITS);
      long c = device.empty(4L * BATCH * UNITS);
      device.launch(
          "lstm_gates",
          Dim3.of(2, BATCH + 1),
          Dim3.of(32),
          0,
          BATCH,
          UNITS,
          device.floats(normal(random, BATCH * 4 * UNITS)),
          device.floats(normal(random, 4 * UNITS)),
          device.bytes(new byte[] {1, 0, 1}),
          device.floats(normal(random, BATCH * UNITS)),
          device.floats(normal(random, BATCH * UNITS)),
          h,
          c);
      var both = Arrays.copyOf(device.readFloats(h, BATCH * UNITS), 2 * BATCH * UNITS);
      System.arraycopy(device.readFloats(c, BATCH * UNITS), 0, both, BATCH * UNITS, BATCH * UNITS);
      return both;
    }
  }

  private static float[] normal(Random random, int count) {
    var values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) random.nextGaussian() * 3;
    }
    return values;
  }
}
