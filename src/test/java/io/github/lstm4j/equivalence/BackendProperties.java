package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.equivalence.LstmCases.Mask;
import io.github.lstm4j.equivalence.LstmCases.Options;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What holds of an LSTM whatever its numbers are; needs no oracle. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BackendProperties {
  private Backend backend;

  /** The backend, closed at the end. */
  abstract Backend backend();

  /** How far results may differ that need not be equal bit for bit; 0: they must be. */
  abstract double tolerance();

  /** How many random LSTMs each property is tried on. */
  int tries() {
    return 40;
  }

  /** The largest size of an axis. */
  int largest() {
    return 37;
  }

  @BeforeAll
  final void open() {
    backend = backend();
  }

  @AfterAll
  final void close() {
    backend.close();
  }

  /** An LSTM and a batch of sequences, in plain arrays. */
  private final class Lstm {
    final Options options;
    final int steps;
    final int batch;
    final int features;
    final int units;
    final long seed;
    final float[] x; // (T,B,F)
    final float[] mask; // (T,B)
    final float[] h0;
    final float[] c0;

    Lstm(long seed, boolean backwards) {
      this.seed = seed;
      Random r = new Random(seed);
      Options o = Options.random(r, Activations.TAME);
      steps = 1 + r.nextInt(largest());
      batch = 1 + r.nextInt(largest());
      features = 1 + r.nextInt(largest());
      units = 1 + r.nextInt(largest());
      // masked outputs are zero, for "the output before" is not known to a later chunk
      options =
          new Options(
              o.activation(),
              o.recurrentActivation(),
              o.bias(),
              o.peephole(),
              backwards && o.goBackwards(),
              o.mask(),
              o.mask() != Mask.NONE,
              true,
              false,
              false);
      x = draw(r, Fill.normal(1), steps * batch * features);
      mask = draw(r, o.mask().fill(r, steps, batch), steps * batch);
      h0 = draw(r, Fill.normal(0.5), batch * units);
      c0 = draw(r, Fill.normal(0.5), batch * units);
    }

    /** Times [from, to) of samples [first, last): the outputs, the last h and the last c. */
    float[][] run(int from, int to, int first, int last, float[] h, float[] c, float[] in) {
      Scene s = new Scene(seed); // the same weights each time
      int t = to - from;
      int b = last - first;
      Value kernel = s.variable("kernel", Fill.normal(0.5), features, 4 * units);
      Value recurrent = s.variable("recurrent", Fill.normal(0.3), units, 4 * units);
      Value bias = s.variable("bias", Fill.normal(0.5), 4 * units);
      List<Value> peephole = LstmCases.peephole(s, options.peephole(), units);
      Value mask = null;
      if (options.mask() != Mask.NONE) {
        mask = s.sequence("mask", Fill.of(part(this.mask, from, to, first, last, 1)), t, b);
      }
      Fill inputs = Fill.of(part(in, from, to, first, last, features));
      RecurrentOp.Results out =
          s.graph.recurrent(
              options.cell(units),
              options.sequence(),
              new RecurrentOp.Inputs(
                  s.sequence("x", inputs, t, b, features),
                  kernel,
                  recurrent,
                  options.bias() ? bias : null,
                  peephole,
                  List.of(
                      s.input("h0", Fill.of(rows(h, first, last)), b, units),
                      s.input("c0", Fill.of(rows(c, first, last)), b, units)),
                  mask,
                  null),
              "lstm");
      s.compare(out.sequence());
      out.states().forEach(s::compare);
      Map<String, double[]> results = Runs.backend(backend, s);
      return new float[][] {
        floats(results.get(Runs.key(out.sequence(), 0))),
        floats(results.get(Runs.key(out.states().get(0), 0))),
        floats(results.get(Runs.key(out.states().get(1), 0)))
      };
    }

    /** Samples of a state (B,U). */
    private float[] rows(float[] state, int first, int last) {
      return Arrays.copyOfRange(state, first * units, last * units);
    }

    float[][] run() {
      return run(0, steps, 0, batch, h0, c0, x);
    }

    /** Times and samples of a (T,B,width) tensor. */
    float[] part(float[] all, int from, int to, int first, int last, int width) {
      float[] part = new float[(to - from) * (last - first) * width];
      for (int t = from; t < to; t++) {
        System.arraycopy(
            all,
            (t * batch + first) * width,
            part,
            (t - from) * (last - first) * width,
            (last - first) * width);
      }
      return part;
    }
  }

  private static float[] draw(Random r, Fill fill, int size) {
    float[] x = new float[size];
    for (int i = 0; i < size; i++) {
      x[i] = fill.next(r, i);
    }
    return x;
  }

  private static float[] floats(double[] x) {
    float[] y = new float[x.length];
    for (int i = 0; i < y.length; i++) {
      y[i] = (float) x[i];
    }
    return y;
  }

  private void same(float[] actual, float[] expected, double tolerance, String what) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < actual.length; i++) {
      boolean same =
          tolerance == 0
              ? Float.floatToIntBits(actual[i] + 0f) == Float.floatToIntBits(expected[i] + 0f)
              : Math.abs(actual[i] - expected[i]) <= tolerance * (1 + Math.abs(expected[i]));
      if (!same) {
        fail(what + ", element " + i + ": expected " + expected[i] + ", got " + actual[i]);
      }
    }
  }

  @Test
  final void garbageInMaskedStepsChangesNothing() {
    int masked = 0;
    for (int i = 0; i < tries(); i++) {
      Lstm lstm = new Lstm(i, true);
      if (lstm.options.mask() == Mask.NONE) {
        continue;
      }
      float[] garbage = lstm.x.clone();
      for (int j = 0; j < garbage.length; j++) {
        if (lstm.mask[j / lstm.features] == 0) {
          garbage[j] = j % 3 == 0 ? Float.NaN : j % 3 == 1 ? 1e30f : Float.NEGATIVE_INFINITY;
          masked++;
        }
      }
      float[][] clean = lstm.run();
      float[][] dirty = lstm.run(0, lstm.steps, 0, lstm.batch, lstm.h0, lstm.c0, garbage);
      for (int k = 0; k < 3; k++) {
        same(dirty[k], clean[k], 0, lstm.options + " result " + k);
      }
    }
    assertThat(masked).isPositive();
  }

  @Test
  final void aSplitBatchEqualsTheWhole() {
    for (int i = 0; i < tries(); i++) {
      Lstm lstm = new Lstm(1000 + i, true);
      float[][] whole = lstm.run();
      int cut = new Random(i).nextInt(lstm.batch);
      for (int[] part : new int[][] {{0, cut}, {cut, lstm.batch}}) {
        if (part[0] < part[1]) {
          float[][] out = lstm.run(0, lstm.steps, part[0], part[1], lstm.h0, lstm.c0, lstm.x);
          float[] expected = lstm.part(whole[0], 0, lstm.steps, part[0], part[1], lstm.units);
          same(out[0], expected, tolerance(), lstm.options + " samples " + Arrays.toString(part));
          for (int k = 1; k < 3; k++) {
            float[] state =
                Arrays.copyOfRange(whole[k], part[0] * lstm.units, part[1] * lstm.units);
            same(out[k], state, tolerance(), lstm.options + " state " + k);
          }
        }
      }
    }
  }

  @Test
  final void chunksThatCarryTheStateEqualOneLongSequence() {
    for (int i = 0; i < tries(); i++) {
      int length = 2 + new Random(i).nextInt(9);
      chunks(new Lstm(2000 + i, false), length);
    }
  }

  @Test
  final void oneStepAtATimeEqualsTheSequence() {
    for (int i = 0; i < tries() / 2; i++) {
      chunks(new Lstm(3000 + i, false), 1);
    }
  }

  private void chunks(Lstm lstm, int length) {
    float[][] whole = lstm.run();
    float[] h = lstm.h0;
    float[] c = lstm.c0;
    for (int from = 0; from < lstm.steps; from += length) {
      int to = Math.min(lstm.steps, from + length);
      float[][] out = lstm.run(from, to, 0, lstm.batch, h, c, lstm.x);
      h = out[1];
      c = out[2];
      float[] expected = lstm.part(whole[0], from, to, 0, lstm.batch, lstm.units);
      same(out[0], expected, tolerance(), lstm.options + " from time " + from);
    }
    same(h, whole[1], tolerance(), lstm.options + " last h");
    same(c, whole[2], tolerance(), lstm.options + " last c");
  }
}
