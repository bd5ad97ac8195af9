package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.DropoutOp;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.EmbeddingOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.MaskOp;
import io.github.lstm4j.graph.MatrixOp;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The ops that {@link KerasOpsTest} leaves, one element at a time. */
class CpuOpsTest {
  private static final CpuBackend BACKEND = new CpuBackend(3);
  private final OpRunner run = new OpRunner();
  private final Graph graph = run.graph;

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  private static float[] randoms(int n, long seed) {
    Random random = new Random(seed);
    float[] a = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = (float) random.nextGaussian();
    }
    return a;
  }

  /** 0, 1, 2 … */
  private static float[] counted(int n) {
    float[] a = new float[n];
    for (int i = 0; i < n; i++) {
      a[i] = i;
    }
    return a;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 33, 1025})
  void matMulAndItsGradient(int n) {
    int k = 31;
    int m = 13;
    float[] x = randoms(n * k, 1);
    float[] w = randoms(k * m, 2);
    float[] b = randoms(m, 3);
    float[] dy = randoms(n * m, 4);
    Value xv = run.input(x, n, k);
    Value wv = run.variable(w, k, m);
    Value bv = run.variable(b, m);
    Value dyv = run.input(dy, n, m);
    Value y = run.want(graph.matMul(xv, wv, bv, "y"));
    Value bare = run.want(graph.matMul(xv, wv, null, "bare"));
    Value dx = run.output(n, k);
    Value dw = run.output(k, m);
    Value db = run.output(m);
    graph.add(new MatrixOp.MatMulGrad(xv, wv, dyv, dx, dw, db));
    run.run(BACKEND);
    double[] expectedDw = new double[k * m];
    double[] expectedDb = new double[m];
    double[] expectedDx = new double[n * k];
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < m; j++) {
        double sum = 0;
        for (int q = 0; q < k; q++) {
          sum += (double) x[i * k + q] * w[q * m + j];
          expectedDw[q * m + j] += (double) x[i * k + q] * dy[i * m + j];
          expectedDx[i * k + q] += (double) dy[i * m + j] * w[q * m + j];
        }
        expectedDb[j] += dy[i * m + j];
        assertThat((double) run.get(bare)[i * m + j]).isCloseTo(sum, within(1e-5));
        assertThat((double) run.get(y)[i * m + j]).isCloseTo(sum + b[j], within(1e-5));
      }
    }
    assertClose(run.get(dx), expectedDx);
    assertClose(run.get(dw), expectedDw);
    assertClose(run.get(db), expectedDb);
  }

  private static void assertClose(float[] actual, double[] expected) {
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) actual[i]).as("element %d", i).isCloseTo(expected[i], within(2e-4));
    }
  }

  @Test
  void binaryScaleAndCopy() {
    Value a = run.input(new float[] {1, 2, 3}, 3);
    Value b = run.input(new float[] {4, 6, 9}, 3);
    Value sum = run.want(graph.binary(ElementwiseOp.Combine.SUM, a, b, "sum"));
    Value mul = run.want(graph.binary(ElementwiseOp.Combine.MUL, a, b, "mul"));
    Value ave = run.want(graph.binary(ElementwiseOp.Combine.AVE, a, b, "ave"));
    Value scaled = run.want(graph.scale(-2, a, "scaled"));
    Value copy = run.output(3);
    graph.add(new ElementwiseOp.Copy(b, copy));
    Value inPlace = run.output(3);
    graph.add(new ElementwiseOp.Copy(b, inPlace));
    graph.add(new ElementwiseOp.Binary(ElementwiseOp.Combine.SUM, inPlace, a, inPlace));
    run.run(BACKEND);
    assertThat(run.get(sum)).containsExactly(5, 8, 12);
    assertThat(run.get(mul)).containsExactly(4, 12, 27);
    assertThat(run.get(ave)).containsExactly(2.5f, 4, 6);
    assertThat(run.get(scaled)).containsExactly(-2, -4, -6);
    assertThat(run.get(copy)).containsExactly(4, 6, 9);
    assertThat(run.get(inPlace)).containsExactly(5, 8, 12);
  }

  @Test
  void dropoutDrawsTheBitsOfItsDefinition() {
    int n = 100_003;
    long seed = 0x123456789ABCDEF0L;
    DropoutOp.Draw draw = new DropoutOp.Draw(0.3f, seed, 5);
    float[] x = randoms(n, 1);
    x[17] = Float.NaN;
    Value scalars = run.input(Scalars.of(Optimizer.of("sgd"), 42), Scalars.SIZE);
    Value y = run.want(graph.dropout(draw, run.input(x, n), scalars, "y"));
    Value mask = run.want(graph.dropoutMask(draw, Shape.of(n), scalars, "mask"));
    run.run(BACKEND);
    int[] words = new int[4];
    int kept = 0;
    for (int e = 0; e < n; e++) {
      Philox.block(e / 4, 5, 42, 0, 0x9ABCDEF0, 0x12345678, words);
      boolean keep = (words[e % 4] >>> 8) / 16777216.0 >= 0.3f;
      float scale = 1 / (1 - 0.3f);
      if (Float.compare(run.get(mask)[e], keep ? scale : 0) != 0
          || Float.compare(run.get(y)[e], keep ? x[e] * scale : 0) != 0) {
        fail("element %d: kept %b, mask %s, y %s", e, keep, run.get(mask)[e], run.get(y)[e]);
      }
      kept += keep ? 1 : 0;
    }
    assertThat(kept / (double) n).isCloseTo(0.7, within(0.01));
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 4})
  void sequenceDropout(int gates) {
    int t = 3;
    int b = 2;
    int f = 5;
    float[] x = randoms(t * b * f, 1);
    float[] m = randoms(gates * b * f, 2);
    float[] dy = randoms(gates * t * b * f, 3);
    Value masks = run.input(m, gates, b, f);
    Value y = run.want(graph.sequenceDropout(run.input(x, t, b, f), masks, "y"));
    Value dx = run.output(t, b, f);
    graph.add(new DropoutOp.SequenceDropoutGrad(run.input(dy, y.shape().dims()), masks, dx));
    run.run(BACKEND);
    for (int i = 0; i < t; i++) {
      for (int e = 0; e < b * f; e++) {
        double sum = 0;
        for (int g = 0; g < gates; g++) {
          int at = (g * t + i) * b * f + e;
          assertThat(run.get(y)[at]).isEqualTo(x[i * b * f + e] * m[g * b * f + e]);
          sum += (double) dy[at] * m[g * b * f + e];
        }
        assertThat((double) run.get(dx)[i * b * f + e]).isCloseTo(sum, within(1e-5));
      }
    }
  }

  @Test
  void masks() {
    float nan = Float.NaN;
    Value x = run.input(new float[] {0, 0, 0, 1, nan, 0, -0f, 0}, 4, 2);
    Value mask = run.output(4);
    graph.add(new MaskOp.MaskOf(x, 0, mask));
    Value y = run.output(4, 2);
    Value given = run.input(new float[] {1, 1, 0, 0}, 4);
    graph.add(new MaskOp.MaskRows(x, given, y));
    run.run(BACKEND);
    assertThat(run.get(mask)).containsExactly(0, 1, 1, 0);
    assertThat(run.get(y)).containsExactly(0, 0, 0, 1, 0, 0, 0, 0);
  }

  @Test
  void shapes() {
    Value a = run.input(counted(6), 3, 2);
    Value b = run.input(new float[] {10, 11, 12}, 3, 1);
    Value concat = run.want(graph.concat(a, b, "concat"));
    Value slice = run.want(graph.slice(concat, 1, 1, 2, "slice"));
    Value reverse = run.want(graph.reverse(a, "reverse"));
    Value swapped = run.input(counted(6), 2, 3);
    swapped = run.want(graph.permute(swapped, new int[] {1, 0}, "swapped"));
    Value flat = run.want(graph.flatten(run.input(counted(12), 3, 2, 2), "flat"));
    run.run(BACKEND);
    assertThat(run.get(concat)).containsExactly(0, 1, 10, 2, 3, 11, 4, 5, 12);
    assertThat(run.get(slice)).containsExactly(1, 10, 3, 11, 5, 12);
    assertThat(run.get(reverse)).containsExactly(4, 5, 2, 3, 0, 1);
    assertThat(run.get(swapped)).containsExactly(0, 3, 1, 4, 2, 5);
    assertThat(run.get(flat)).containsExactly(0, 1, 4, 5, 8, 9, 2, 3, 6, 7, 10, 11);
  }

  @Test
  void repeatAndItsGradient() {
    Value x = run.input(new float[] {5, 7}, 1, 2);
    Value repeated = run.want(graph.repeat(x, 3, "repeated"));
    Value dx = run.want(Gradients.of(graph, repeated, run.input(counted(6), 3, 1, 2), x));
    run.run(BACKEND);
    assertThat(run.get(repeated)).containsExactly(5, 7, 5, 7, 5, 7);
    assertThat(run.get(dx)).containsExactly(6, 9);
  }

  @Test
  void embeddingAndItsGradient() {
    Value ids = run.input(new float[] {2, 0, 2}, 3);
    Value y = run.want(graph.embed(ids, run.variable(counted(6), 3, 2), "y"));
    Value dTable = run.output(3, 2);
    graph.add(new EmbeddingOp.EmbedGrad(ids, run.input(counted(6), 3, 2), dTable));
    run.run(BACKEND);
    assertThat(run.get(y)).containsExactly(4, 5, 0, 1, 4, 5);
    assertThat(run.get(dTable)).containsExactly(2, 3, 0, 0, 4, 6);
  }

  @Test
  void sequencesAreTransposedOnTheirWay() {
    Graph g = new Graph();
    Value in = g.input("x", Shape.of(3, 2, 2), true);
    Value out = g.scale(2, in, "y");
    Program program = new Program("transposed", g, List.of(out));
    try (Executable e = BACKEND.compile(program, Map.of())) {
      float[] batchMajor = counted(13);
      e.write(in, batchMajor, 1);
      e.run();
      float[] inside = new float[12];
      e.read(in, inside, 0);
      float[] result = new float[14];
      e.read(out, result, 2);
      for (int i = 0; i < 12; i++) {
        assertThat(inside[i]).isEqualTo(i + 1);
        assertThat(result[i + 2]).isEqualTo(2 * (i + 1));
      }
    }
  }

  @Test
  void mistakesAreNamed() {
    Graph g = new Graph();
    Value in = g.input("x", Shape.of(1), false);
    Value w = g.variable("w", Shape.of(1));
    Value hidden = g.binary(ElementwiseOp.Combine.SUM, in, w, "hidden");
    Value out = g.scale(1, hidden, "y");
    Program program = new Program("p", g, List.of(out));
    assertThatThrownBy(() -> BACKEND.compile(program, Map.of()))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("variable")
        .hasMessageContaining("w");
    Executable e = BACKEND.compile(program, Map.of(w, BACKEND.allocate(w.dtype(), 1)));
    assertThatThrownBy(() -> e.read(hidden, new float[1], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("hidden");
    assertThatThrownBy(() -> e.write(out, new float[1], 0))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("not an input");
    e.close();
    e.close();
    assertThatThrownBy(e::run).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void describesItself() {
    assertThat(BACKEND.name()).isEqualTo("cpu");
    assertThat(BACKEND.description()).startsWith("CPU, 3 threads, ");
  }
}
