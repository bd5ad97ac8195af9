package io.github.lstm4j.backend.cuda.sim;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cuda.CudaDriver.Dim3;
import io.github.lstm4j.kernels.KernelManifest;
import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The kernels of {@code lstm_persistent1.cu} and {@code lstm_persistent1_backward.cu} with one
 * token changed give other numbers than they should, or are caught by a check of the device.
 */
class OneBlockMutationTest {
  private static final int STEPS = 5;
  private static final int BATCH = 2;
  private static final int UNITS = 27;
  private static final int STATE = BATCH * UNITS;
  private static final int SHARED = 4096; // more than any of size 32 wants

  /** One token for another; removing the barrier too. */
  private static final Map<String, String> OTHER =
      new TreeMap<>(
          Map.ofEntries(
              Map.entry("add.f32", "sub.f32"),
              Map.entry("sub.f32", "add.f32"),
              Map.entry("mul.f32", "add.f32"),
              Map.entry("neg.f32", "abs.f32"),
              Map.entry("add.s32", "sub.s32"),
              Map.entry("add.s64", "sub.s64"),
              Map.entry("mul.lo.s32", "add.s32"),
              Map.entry("mad.lo.s32", "mad.hi.s32"),
              Map.entry("shl.b32", "shr.u32"),
              Map.entry("shr.u32", "shl.b32"),
              Map.entry("and.b32", "or.b32"),
              Map.entry("or.b32", "and.b32"),
              Map.entry("or.pred", "and.pred"),
              Map.entry("and.pred", "or.pred"),
              Map.entry("setp.eq.s32", "setp.ne.s32"),
              Map.entry("setp.ne.s32", "setp.eq.s32"),
              Map.entry("setp.eq.s64", "setp.ne.s64"),
              Map.entry("setp.ge.s32", "setp.lt.s32"),
              Map.entry("setp.lt.s32", "setp.le.s32"),
              Map.entry("setp.ge.u32", "setp.gt.u32"),
              Map.entry("setp.eq.f32", "setp.ne.f32"),
              Map.entry("setp.neu.f32", "setp.eq.f32"),
              Map.entry("setp.gt.u32", "setp.lt.u32"),
              Map.entry("ex2.approx.ftz.f32", "lg2.approx.ftz.f32"),
              Map.entry("rcp.rn.f32", "sqrt.rn.f32"),
              Map.entry("shfl.sync.bfly.b32", "shfl.sync.idx.b32"),
              Map.entry(", 7199, -1;", ", 31, -1;"),
              Map.entry("ld.shared.v4.f32", "ld.global.v4.f32"),
              Map.entry("st.shared.f32", "// st.shared.f32"),
              Map.entry("st.global.f32", "// st.global.f32"),
              Map.entry("bar.sync", "// bar.sync"),
              Map.entry("0f3F800000", "0f40000000"),
              Map.entry("%ctaid.x", "%ctaid.y"),
              Map.entry("%tid.x", "%ctaid.x"),
              Map.entry("@%p", "@!%p"),
              Map.entry("+16]", "+20]"),
              Map.entry("+32]", "+48]")));

  private static final String ALWAYS = "there is a timestep";
  private static final String NO_ROW = "no row of a part has the number of units";
  private static final String NO_NUMBER = "there are not so many units, and not one more";
  private static final String NOBODY = "the weights of a unit that is not there, which nobody sees";
  private static final String SAME_C = "lanes 2 and 3 store the same c to the same place";
  private static final String SAME_D = "all lanes have the same gradient for the same place";
  private static final String NO_BIT = "tanh and sigmoid are not in the list of others either way";

  /** Mutants that compute the same, and why. */
  private static final Map<String, String> EQUIVALENT =
      Map.ofEntries(
          Map.entry("lstm_persistent1_32: or.pred: 1 of 17", NOBODY),
          Map.entry("lstm_persistent1_32: setp.eq.s32: 8 of 8", SAME_C),
          Map.entry("lstm_persistent1_32: setp.ge.u32: 10 of 10", NO_ROW),
          Map.entry("lstm_persistent1_32: setp.lt.s32: 1 of 2", ALWAYS),
          Map.entry("lstm_persistent1_32: setp.ne.s32: 2 of 2", SAME_C),
          Map.entry("lstm_persistent1_any_32: and.b32: 16 of 16", NO_BIT),
          Map.entry("lstm_persistent1_any_32: and.pred: 1 of 4", SAME_C),
          Map.entry("lstm_persistent1_any_32: or.pred: 1 of 16", NOBODY),
          Map.entry("lstm_persistent1_any_32: setp.ge.u32: 10 of 10", NO_ROW),
          Map.entry("lstm_persistent1_any_32: setp.lt.s32: 1 of 8", ALWAYS),
          Map.entry("lstm_persistent1_any_32: shr.u32: 6 of 6", NO_BIT),
          Map.entry("lstm_persistent1_backward_32: add.f32: 7 of 7", "0 is added or taken"),
          Map.entry("lstm_persistent1_backward_32: setp.lt.s32: 1 of 34", NO_NUMBER),
          Map.entry("lstm_persistent1_backward_32: setp.lt.s32: 18 of 34", NO_NUMBER),
          Map.entry("lstm_persistent1_backward_32: setp.ne.s32: 1 of 2", SAME_D),
          Map.entry("lstm_persistent1_backward_32: setp.ne.s32: 2 of 2", SAME_D),
          Map.entry("lstm_persistent1_backward_any_32: setp.lt.s32: 1 of 42", NO_NUMBER),
          Map.entry("lstm_persistent1_backward_any_32: setp.ne.s32: 7 of 7", SAME_D));

  @ParameterizedTest
  @CsvSource({
    "lstm_persistent1, lstm_persistent1_32",
    "lstm_persistent1, lstm_persistent1_any_32",
    "lstm_persistent1_backward, lstm_persistent1_backward_32",
    "lstm_persistent1_backward, lstm_persistent1_backward_any_32"
  })
  void mutantsAreCaught(String module, String entry) throws IOException {
    boolean back = module.endsWith("backward");
    boolean any = entry.contains("_any_");
    String ptx = entry(Files.readString(KernelManifest.FOLDER.resolve(module + ".ptx")), entry);
    float[] expected = run(ptx, entry, back);
    assertThat(distance(run(ptx, entry, back), expected)).isZero();
    int body = ptx.indexOf("ld.param");
    List<String> survivors = new ArrayList<>();
    int mutants = 0;
    for (Map.Entry<String, String> change : OTHER.entrySet()) {
      List<Integer> places = new ArrayList<>();
      for (int i = ptx.indexOf(change.getKey(), body);
          i >= 0;
          i = ptx.indexOf(change.getKey(), i + 1)) {
        places.add(i);
      }
      Set<Integer> which = new LinkedHashSet<>();
      if (!places.isEmpty()) {
        which.add(0);
        if (!any) { // what lies between is mostly of other activations there
          which.add(places.size() / 2);
        }
        which.add(places.size() - 1);
      }
      for (int k : which) {
        int at = places.get(k);
        String mutant =
            ptx.substring(0, at) + change.getValue() + ptx.substring(at + change.getKey().length());
        if (any && !isReached(ptx, at, entry, back)) {
          continue;
        }
        mutants++;
        if (!isCaught(mutant, entry, back, expected)) {
          String mutation =
              entry + ": " + change.getKey() + ": " + (k + 1) + " of " + places.size();
          if (!EQUIVALENT.containsKey(mutation)) {
            survivors.add(mutation + ": " + line(ptx, at));
          }
        }
      }
    }
    assertThat(mutants).isGreaterThan(30);
    assertThat(survivors).isEmpty();
  }

  /** The head of a PTX text and one of its entries. */
  private static String entry(String ptx, String entry) {
    int from = ptx.indexOf(".visible .entry " + entry + "(");
    return ptx.substring(0, ptx.indexOf(".visible .entry"))
        + ptx.substring(from, ptx.indexOf("\n}\n", from) + 3);
  }

  private static String line(String text, int at) {
    return text.substring(text.lastIndexOf('\n', at) + 1, text.indexOf('\n', at)).strip();
  }

  /** Whether an instruction is run at all: most of those of other activations are not. */
  private static boolean isReached(String ptx, int at, String entry, boolean back) {
    int line = ptx.lastIndexOf('\n', at) + 1;
    String hangs = ptx.substring(0, line) + "$HANG:\n\tbra $HANG;\n" + ptx.substring(line);
    try {
      run(hangs, entry, back);
      return false;
    } catch (DeviceCheckError e) {
      return true;
    }
  }

  private static boolean isCaught(String mutant, String entry, boolean back, float[] expected) {
    try {
      return distance(run(mutant, entry, back), expected) > 1e-5;
    } catch (RuntimeException | AssertionError | StackOverflowError e) {
      return true;
    }
  }

  private static double distance(float[] actual, float[] expected) {
    double most = 0;
    for (int i = 0; i < expected.length; i++) {
      double d = Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i]));
      most = Math.max(most, Double.isNaN(d) ? Double.POSITIVE_INFINITY : d);
    }
    return most;
  }

  /** With all that can be there from the first time to the last, and with less the other way. */
  private static float[] run(String ptx, String entry, boolean back) {
    float[] there = back ? backward(ptx, entry, true) : forward(ptx, entry, true);
    float[] less = back ? backward(ptx, entry, false) : forward(ptx, entry, false);
    float[] both = Arrays.copyOf(there, there.length + less.length);
    System.arraycopy(less, 0, both, there.length, less.length);
    return both;
  }

  private static TestDevice device(String ptx) {
    return new TestDevice(SimulatedCuda.builder().instructionLimit(20_000).build(), ptx);
  }

  private static float[] forward(String ptx, String entry, boolean all) {
    Random random = new Random(5);
    boolean any = entry.contains("_any_");
    try (TestDevice device = device(ptx)) {
      float[] z = normal(random, STEPS * STATE * 4, 1);
      float[] c0 = normal(random, STATE, 1);
      c0[1] = 60; // where tanh is 1
      z[2 * UNITS] = 30;
      z[4 * UNITS - 1] = -30;
      long gates = device.floats(z);
      long hs = device.empty(4L * (STEPS + 1) * STATE);
      long cs = any || all ? device.empty(4L * (STEPS + 1) * STATE) : 0; // it need not be there
      long y = any ? device.empty(4L * STEPS * STATE) : 0;
      launch(
          device,
          entry,
          all,
          gates,
          all ? device.floats(normal(random, 4 * UNITS, 1)) : 0L,
          device.floats(normal(random, UNITS * 4 * UNITS, 0.2)),
          any && all ? device.floats(normal(random, 2 * UNITS, 1)) : 0L,
          any ? device.floats(normal(random, UNITS, 1)) : 0L,
          all ? device.floats(normal(random, STATE, 1)) : 0L,
          all ? device.floats(c0) : 0L,
          any ? device.floats(mask()) : 0L,
          hs,
          cs,
          y,
          any || all ? 1 : 0,
          all ? 0 : 1);
      return results(
          device,
          new long[] {gates, hs, cs, y},
          STEPS * STATE * 4,
          (STEPS + 1) * STATE,
          cs == 0 ? 0 : (STEPS + 1) * STATE,
          any ? STEPS * STATE : 0);
    }
  }

  private static float[] backward(String ptx, String entry, boolean all) {
    Random random = new Random(6);
    boolean any = entry.contains("_any_");
    try (TestDevice device = device(ptx)) {
      float[] kept = normal(random, STEPS * STATE * 4, 0.3);
      for (int i = 0; i < kept.length; i++) {
        kept[i] = Math.abs(kept[i]) % 1;
      }
      float[] states = normal(random, (STEPS + 1) * STATE, 1);
      states[STATE + 1] = 12; // where tanh is 1
      long gates = device.floats(kept);
      long dh0 = all ? device.empty(4L * STATE) : 0;
      long dc0 = all ? device.empty(4L * STATE) : 0;
      launch(
          device,
          entry,
          all,
          gates,
          device.floats(normal(random, UNITS * 4 * UNITS, 0.2)),
          any && all ? device.floats(normal(random, 2 * UNITS, 1)) : 0L,
          any ? device.floats(normal(random, UNITS, 1)) : 0L,
          device.floats(states),
          any ? device.floats(mask()) : 0L,
          device.floats(normal(random, STEPS * STATE, 1)),
          all ? device.floats(normal(random, STATE, 1)) : 0L,
          all ? device.floats(normal(random, STATE, 1)) : 0L,
          any && all ? device.floats(normal(random, STATE, 1)) : 0L,
          dh0,
          dc0,
          any && all ? 1 : 0,
          0);
      return results(
          device,
          new long[] {gates, dh0, dc0},
          STEPS * STATE * 4,
          all ? STATE : 0,
          all ? STATE : 0);
    }
  }

  /** The first sample is masked at first and in between, the second at the end. */
  private static float[] mask() {
    return new float[] {0, 1, 1, 1, 0, 1, 1, 1, 1, 0};
  }

  private static void launch(TestDevice device, String entry, boolean all, Object... arguments) {
    List<Object> list = new ArrayList<>(Arrays.asList(arguments));
    list.addAll(List.of(STEPS, BATCH, UNITS, all ? 0 : 1));
    for (Activation a : List.of(Activation.TANH, Activation.SIGMOID)) {
      list.addAll(
          List.of(a.kind().ordinal(), (float) a.alpha(), (float) a.beta(), (float) a.gamma()));
    }
    device.launch(entry, Dim3.of(BATCH), Dim3.of(128), SHARED, list.toArray());
  }

  private static float[] results(TestDevice device, long[] pointers, int... counts) {
    float[] all = new float[Arrays.stream(counts).sum()];
    int at = 0;
    for (int i = 0; i < counts.length; i++) {
      if (counts[i] > 0) {
        System.arraycopy(device.readFloats(pointers[i], counts[i]), 0, all, at, counts[i]);
        at += counts[i];
      }
    }
    return all;
  }

  private static float[] normal(Random random, int count, double deviation) {
    float[] values = new float[count];
    for (int i = 0; i < count; i++) {
      values[i] = (float) (random.nextGaussian() * deviation);
    }
    return values;
  }
}
