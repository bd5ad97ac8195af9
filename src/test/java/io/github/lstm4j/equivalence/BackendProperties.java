package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assertions.fail;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.equivalence.RecurrentCases.Kind;
import io.github.lstm4j.equivalence.RecurrentCases.Mask;
import io.github.lstm4j.equivalence.RecurrentCases.Options;
import io.github.lstm4j.graph.RecurrentOp;
import io.github.lstm4j.graph.Value;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What holds of a recurrent layer whatever its numbers are; needs no oracle. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class BackendProperties {
  private Backend backend;

  /** The backend, closed at the end. */
  abstract Backend backend();

  /** How far results may differ that need not be equal bit for bit; 0: they must be. */
  abstract double tolerance();

  /** How many random layers each property is tried on. */
  int tries() {
    return 40;
  }

  /** The largest size of an axis. */
  int largest() {
    return 37;
  }

  /** Runs a case; may do so more than once. */
  void each(Runnable test) {
    test.run();
  }

  @BeforeAll
  final void open() {
    backend = backend();
  }

  @AfterAll
  final void close() {
    backend.close();
  }

  /** A recurrent layer and a batch of sequences, in plain arrays. */
  private final class Layer {
    final Options options;
    final int steps;
    final int batch;
    final int features;
    final int units;
    final long seed;
    final float[] x; // (T,B,F)
    final float[] mask; // (T,B)
    final float[][] initial; // (B,U) for each state

    Layer(long seed, boolean backwards) {
      this.seed = seed;
      Random r = new Random(seed);
      Kind kind = seed % 2 == 0 ? Kind.LSTM : Scene.pick(r, Kind.values());
      Options o = Options.random(r, kind, Activations.TAME);
      steps = 1 + r.nextInt(largest());
      batch = 1 + r.nextInt(largest());
      features = 1 + r.nextInt(largest());
      units = 1 + r.nextInt(largest());
      // masked outputs are zero, for "the output before" is not known to a later chunk
      options =
          new Options(
              kind,
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
      initial = new float[options.cell(units).states().size()][];
      Arrays.setAll(initial, i -> draw(r, Fill.normal(0.5), batch * units));
    }

    /** Times [from, to) of samples [first, last): the outputs, and the last states. */
    float[][] run(int from, int to, int first, int last, float[][] states, float[] in) {
      Scene s = new Scene(seed); // the same weights each time
      int t = to - from;
      int b = last - first;
      int gates = options.cell(units).gates();
      Value kernel = s.variable("kernel", Fill.normal(0.5), features, gates * units);
      Value recurrent = s.variable("recurrent", Fill.normal(0.3), units, gates * units);
      Value bias = s.variable("bias", Fill.normal(0.5), options.cell(units).biasShape().dims());
      List<Value> peephole = RecurrentCases.peephole(s, options.peephole(), units);
      Value mask = null;
      if (options.mask() != Mask.NONE) {
        mask = s.sequence("mask", Fill.of(part(this.mask, from, to, first, last, 1)), t, b);
      }
      Fill inputs = Fill.of(part(in, from, to, first, last, features));
      List<Value> initial = new ArrayList<>();
      for (float[] state : states) {
        initial.add(s.input("initial", Fill.of(rows(state, first, last)), b, units));
      }
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
                  initial,
                  mask,
                  null),
              "layer");
      s.compare(out.sequence());
      out.states().forEach(s::compare);
      Map<String, double[]> results = Runs.backend(backend, s);
      float[][] all = new float[1 + states.length][];
      all[0] = floats(results.get(Runs.key(out.sequence(), 0)));
      for (int i = 0; i < states.length; i++) {
        all[1 + i] = floats(results.get(Runs.key(out.states().get(i), 0)));
      }
      return all;
    }

    /** Samples of a state (B,U). */
    private float[] rows(float[] state, int first, int last) {
      return Arrays.copyOfRange(state, first * units, last * units);
    }

    float[][] run() {
      return run(0, steps, 0, batch, initial, x);
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
      BothWays.differs(Math.abs(actual[i] - expected[i]) / (1 + Math.abs(expected[i])));
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
      Layer layer = new Layer(i, true);
      if (layer.options.mask() == Mask.NONE) {
        continue;
      }
      float[] garbage = layer.x.clone();
      for (int j = 0; j < garbage.length; j++) {
        if (layer.mask[j / layer.features] == 0) {
          garbage[j] = j % 3 == 0 ? Float.NaN : j % 3 == 1 ? 1e30f : Float.NEGATIVE_INFINITY;
          masked++;
        }
      }
      each(
          () -> {
            float[][] clean = layer.run();
            float[][] dirty = layer.run(0, layer.steps, 0, layer.batch, layer.initial, garbage);
            for (int k = 0; k < clean.length; k++) {
              same(dirty[k], clean[k], 0, layer.options + " result " + k);
            }
          });
    }
    assertThat(masked).isPositive();
  }

  @Test
  final void aSplitBatchEqualsTheWhole() {
    for (int i = 0; i < tries(); i++) {
      Layer layer = new Layer(1000 + i, true);
      int cut = new Random(i).nextInt(layer.batch);
      each(() -> split(layer, cut));
    }
  }

  private void split(Layer layer, int cut) {
    float[][] whole = layer.run();
    for (int[] part : new int[][] {{0, cut}, {cut, layer.batch}}) {
      if (part[0] < part[1]) {
        float[][] out = layer.run(0, layer.steps, part[0], part[1], layer.initial, layer.x);
        float[] expected = layer.part(whole[0], 0, layer.steps, part[0], part[1], layer.units);
        same(out[0], expected, tolerance(), layer.options + " samples " + Arrays.toString(part));
        for (int k = 1; k < whole.length; k++) {
          float[] state =
              Arrays.copyOfRange(whole[k], part[0] * layer.units, part[1] * layer.units);
          same(out[k], state, tolerance(), layer.options + " state " + k);
        }
      }
    }
  }

  @Test
  final void chunksThatCarryTheStateEqualOneLongSequence() {
    for (int i = 0; i < tries(); i++) {
      int length = 2 + new Random(i).nextInt(9);
      Layer layer = new Layer(2000 + i, false);
      each(() -> chunks(layer, length));
    }
  }

  @Test
  final void oneStepAtATimeEqualsTheSequence() {
    for (int i = 0; i < tries() / 2; i++) {
      Layer layer = new Layer(3000 + i, false);
      each(() -> chunks(layer, 1));
    }
  }

  private void chunks(Layer layer, int length) {
    float[][] whole = layer.run();
    float[][] states = layer.initial;
    for (int from = 0; from < layer.steps; from += length) {
      int to = Math.min(layer.steps, from + length);
      float[][] out = layer.run(from, to, 0, layer.batch, states, layer.x);
      states = Arrays.copyOfRange(out, 1, out.length);
      float[] expected = layer.part(whole[0], from, to, 0, layer.batch, layer.units);
      same(out[0], expected, tolerance(), layer.options + " from time " + from);
    }
    for (int i = 0; i < states.length; i++) {
      same(states[i], whole[1 + i], tolerance(), layer.options + " last state " + i);
    }
  }
}
