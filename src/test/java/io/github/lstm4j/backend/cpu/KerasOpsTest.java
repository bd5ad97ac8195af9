package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.ElementwiseOp;
import io.github.lstm4j.graph.Gradients;
import io.github.lstm4j.graph.Graph;
import io.github.lstm4j.graph.ObjectiveGraph;
import io.github.lstm4j.graph.ObjectiveOp;
import io.github.lstm4j.graph.Scalars;
import io.github.lstm4j.graph.UpdateOp;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Activations, losses, metrics and optimizers against what Keras computed in float64. */
class KerasOpsTest {
  private static final JsonNode KERAS = read("ops.json");
  private static final CpuBackend BACKEND = new CpuBackend(1);

  private static JsonNode read(String file) {
    try (InputStream in = KerasOpsTest.class.getResourceAsStream("/golden/keras-ops/" + file)) {
      return new ObjectMapper().readTree(in);
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  @AfterAll
  static void close() {
    BACKEND.close();
  }

  /** All numbers below a node, in order. */
  private static float[] floats(JsonNode node) {
    List<Float> list = new ArrayList<>();
    collect(node, list);
    float[] a = new float[list.size()];
    for (int i = 0; i < a.length; i++) {
      a[i] = list.get(i);
    }
    return a;
  }

  private static void collect(JsonNode node, List<Float> to) {
    if (node.isNumber()) {
      to.add((float) node.asDouble());
    }
    node.forEach(n -> collect(n, to));
  }

  private static void assertClose(float[] actual, float[] expected, float eps) {
    assertClose(actual, expected, eps, 1e-3f);
  }

  /** To within {@code eps} of the value, or of {@code size} if the value is smaller. */
  private static void assertClose(float[] actual, float[] expected, float eps, float size) {
    assertThat(actual).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i])
          .as("element %d", i)
          .isCloseTo(expected[i], within(eps * (size + Math.abs(expected[i]))));
    }
  }

  @ParameterizedTest
  @EnumSource(
      names = {"AFFINE", "SCALED_TANH"},
      mode = EnumSource.Mode.EXCLUDE) // ONNX's
  void activations(Activation.Kind kind) {
    Activation a = kind.usual();
    JsonNode expected = KERAS.get("activations").get(a.kerasName());
    boolean rows = !a.isElementwise();
    float[] x = floats(rows ? expected.get("x") : KERAS.get("x"));
    int[] dims = rows ? new int[] {3, 4} : new int[] {x.length};
    float[] ones = new float[x.length];
    java.util.Arrays.fill(ones, 1);
    OpRunner run = new OpRunner();
    Value in = run.input(x, dims);
    Value dy = run.input(rows ? floats(expected.get("dy")) : ones, dims);
    Value y = run.output(dims);
    Value dx = run.output(dims);
    run.graph.add(new ElementwiseOp.Activate(a, in, y));
    run.graph.add(new ElementwiseOp.ActivateGrad(a, in, y, dy, dx));
    run.run(BACKEND);
    assertClose(run.get(y), floats(expected.get("value")), 1e-6f);
    // far out the slope 1 − y² of a rounded y has the error of y
    float[] slope = floats(expected.get(rows ? "dx" : "slope"));
    for (int i = 0; i < slope.length; i++) {
      assertThat(run.get(dx)[i])
          .as("slope at %s", x[i])
          .isCloseTo(slope[i], within(2e-6f * (1 + Math.abs(slope[i]))));
    }
  }

  @Test
  void activationsWithParameters() {
    JsonNode keras = read("parameters.json");
    float[] x = floats(keras.get("x"));
    float[] ones = new float[x.length];
    java.util.Arrays.fill(ones, 1);
    for (JsonNode expected : keras.get("activations")) {
      Activation a = activation(expected);
      OpRunner run = new OpRunner();
      Value in = run.input(x, x.length);
      Value dy = run.input(ones, x.length);
      Value y = run.output(x.length);
      Value dx = run.output(x.length);
      run.graph.add(new ElementwiseOp.Activate(a, in, y));
      run.graph.add(new ElementwiseOp.ActivateGrad(a, in, y, dy, dx));
      run.run(BACKEND);
      assertThat(run.get(y))
          .as("%s", a)
          .containsExactly(floats(expected.get("value")), within(2e-6f));
      assertThat(run.get(dx))
          .as("slope of %s", a)
          .containsExactly(floats(expected.get("slope")), within(2e-6f));
    }
  }

  private static Activation activation(JsonNode named) {
    Activation.Kind kind = Activation.of(named.get("name").asText()).kind();
    double[] values = new double[3];
    for (int i = 0; i < kind.parameters().size(); i++) {
      Activation.Parameter p = kind.parameters().get(i);
      values[i] = named.get("parameters").path(p.kerasName()).asDouble(p.usual());
    }
    return new Activation(kind, values[0], values[1], values[2]);
  }

  @Test
  void hardSigmoidOfKeras2() {
    OpRunner run = new OpRunner();
    float[] x = {-2.6f, -2.4f, 0, 1, 2.4f, 2.6f};
    Value in = run.input(x, 6);
    Value dy = run.input(new float[] {1, 1, 1, 1, 1, 1}, 6);
    Value y = run.output(6);
    Value dx = run.output(6);
    run.graph.add(new ElementwiseOp.Activate(Activation.HARD_SIGMOID_KERAS2, in, y));
    run.graph.add(new ElementwiseOp.ActivateGrad(Activation.HARD_SIGMOID_KERAS2, in, y, dy, dx));
    run.run(BACKEND);
    assertClose(run.get(y), new float[] {0, 0.02f, 0.5f, 0.7f, 0.98f, 1}, 1e-6f);
    assertClose(run.get(dx), new float[] {0, 0.2f, 0.2f, 0.2f, 0.2f, 0}, 1e-6f);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mean_squared_error",
        "mean_absolute_error",
        "huber",
        "binary_crossentropy",
        "binary_crossentropy_logits",
        "categorical_crossentropy",
        "categorical_crossentropy_logits",
        "sparse_categorical_crossentropy",
        "sparse_categorical_crossentropy_logits"
      })
  void losses(String name) {
    JsonNode expected = KERAS.get("losses").get(name);
    Loss named = Loss.of(name.replace("_logits", ""));
    loss(new Loss(named.kind(), name.endsWith("_logits"), 1.5f), expected);
  }

  @TestFactory
  Stream<DynamicTest> lossesOfRegression() {
    JsonNode losses = read("regression.json").get("losses");
    return losses.properties().stream()
        .map(
            entry ->
                dynamicTest(
                    entry.getKey(),
                    () -> loss(Loss.of(entry.getKey().split(" ", 2)[0]), entry.getValue())));
  }

  private static void loss(Loss loss, JsonNode expected) {
    for (boolean masked : new boolean[] {false, true}) {
      OpRunner run = new OpRunner();
      Value p = run.input(floats(expected.get("prediction")), 5, 3);
      float[] t = floats(expected.get("target"));
      Value target = loss.sparse() ? run.input(t, 5) : run.input(t, 5, 3);
      Value weights = masked ? run.input(floats(KERAS.get("weights")), 5) : null;
      ObjectiveOp.LossValue op = ObjectiveGraph.loss(run.graph, loss, p, target, null, weights);
      run.want(op.result());
      Value dp = run.output(5, 3);
      run.graph.add(new ObjectiveOp.LossGrad(op, dp));
      run.run(BACKEND);
      String prefix = masked ? "masked_" : "";
      float value = (float) expected.get(prefix + "value").asDouble();
      assertClose(
          run.get(op.result()), new float[] {value, masked ? 1 / 3f : 1 / 5f, 5 * value, 5}, 1e-6f);
      assertClose(run.get(dp), floats(expected.get(prefix + "gradient")), 2e-6f);
    }
  }

  @Test
  void clippedProbabilitiesCountAsInFloat32Keras() {
    OpRunner run = new OpRunner();
    Value p = run.input(new float[] {1, 0}, 1, 2);
    Value t = run.input(new float[] {0, 1}, 1, 2);
    ObjectiveOp.LossValue op =
        ObjectiveGraph.loss(run.graph, Loss.binaryCrossentropy(false), p, t, null, null);
    run.want(op.result());
    Value dp = run.output(1, 2);
    run.graph.add(new ObjectiveOp.LossGrad(op, dp));
    run.run(BACKEND);
    // keras 3.15.1, float32: the mean of 15.942385 and 16.118095
    assertThat(run.get(op.result())[0]).isCloseTo(16.03024f, within(1e-5f));
    assertThat(run.get(dp)).containsExactly(0, 0);
  }

  @Test
  void rowsThatDoNotCountMayBeNan() {
    OpRunner run = new OpRunner();
    Value p = run.input(new float[] {Float.NaN, 3}, 2, 1);
    Value t = run.input(new float[] {1, 1}, 2, 1);
    Value weights = run.input(new float[] {0, 1}, 2);
    ObjectiveOp.LossValue op =
        ObjectiveGraph.loss(run.graph, Loss.meanSquaredError(), p, t, null, weights);
    run.want(op.result());
    Value dp = run.output(2, 1);
    run.graph.add(new ObjectiveOp.LossGrad(op, dp));
    run.run(BACKEND);
    assertThat(run.get(op.result())).containsExactly(4, 1, 8, 2);
    assertThat(run.get(dp)).containsExactly(0, 4);
  }

  /** Sample weights (B) of a sequence (T,B,K), with and without a mask (T,B). */
  @Test
  void reductionsDivideAsKerasDoes() {
    JsonNode keras = read("reductions.json");
    int[] d = {3, 2, 2}; // T, B, K
    for (JsonNode expected : keras.get("cases")) {
      Loss.Reduction reduction =
          Loss.Reduction.valueOf(expected.get("reduction").asText().toUpperCase(Locale.ROOT));
      Loss loss = Loss.meanSquaredError().withReduction(reduction);
      OpRunner run = new OpRunner();
      Value p = run.input(floats(keras.get("prediction")), d);
      Value t = run.input(floats(keras.get("target")), d);
      boolean weighted = expected.get("weighted").asBoolean();
      Value weights = weighted ? run.input(floats(keras.get("sample_weight")), 2) : null;
      boolean masked = expected.get("masked").asBoolean();
      Value mask = masked ? run.input(floats(keras.get("mask")), 3, 2) : null;
      ObjectiveOp.LossValue op = ObjectiveGraph.loss(run.graph, loss, p, t, weights, mask);
      run.want(op.result());
      Value dp = run.output(d);
      run.graph.add(new ObjectiveOp.LossGrad(op, dp));
      run.run(BACKEND);
      float value = (float) expected.get("value").asDouble();
      assertThat(run.get(op.result())[0]).as("%s", expected).isCloseTo(value, within(2e-6f));
      assertClose(run.get(dp), floats(expected.get("gradient")), 2e-6f);
    }
  }

  @Test
  void aLossWithoutAnyRowIsZero() {
    OpRunner run = new OpRunner();
    Value p = run.input(new float[] {2}, 1, 1);
    Value t = run.input(new float[] {1}, 1, 1);
    Value weights = run.input(new float[] {0}, 1);
    ObjectiveOp.LossValue op =
        ObjectiveGraph.loss(run.graph, Loss.meanSquaredError(), p, t, null, weights);
    run.want(op.result());
    Value dp = run.output(1, 1);
    run.graph.add(new ObjectiveOp.LossGrad(op, dp));
    run.run(BACKEND);
    assertThat(run.get(op.result())).containsExactly(0, 0, 0, 1);
    assertThat(run.get(dp)).containsExactly(0);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "mae",
        "mse",
        "rmse",
        "binary_accuracy",
        "categorical_accuracy",
        "sparse_categorical_accuracy"
      })
  void metrics(String name) {
    Metric metric = Metric.of(name);
    JsonNode expected = KERAS.get("metrics").get(name);
    OpRunner run = new OpRunner();
    Value p = run.input(floats(expected.get("prediction")), 5, 3);
    float[] t = floats(expected.get("target"));
    Value target = metric.sparse() ? run.input(t, 5) : run.input(t, 5, 3);
    Value result = run.want(ObjectiveGraph.metric(run.graph, metric, p, target, null, null));
    run.run(BACKEND);
    float[] state = run.get(result);
    assertThat(metric.result(new double[] {state[0], state[1]}, 0))
        .isCloseTo(expected.get("value").asDouble(), within(1e-6));
  }

  private static Optimizer optimizer(String name) {
    return switch (name) {
      case "sgd" -> Optimizer.sgd(0.1f);
      case "sgd_momentum" -> Optimizer.sgd(0.1f, 0.9f, false);
      case "sgd_nesterov" -> Optimizer.sgd(0.1f, 0.9f, true);
      case "rmsprop" -> Optimizer.rmsprop(0.01f);
      case "rmsprop_momentum" -> Optimizer.rmsprop(0.01f, 0.8f, 0.5f, 1e-7f, false);
      case "rmsprop_centered" -> Optimizer.rmsprop(0.01f, 0.8f, 0f, 1e-7f, true);
      case "rmsprop_all" -> Optimizer.rmsprop(0.01f, 0.8f, 0.5f, 1e-3f, true);
      case "adam" -> Optimizer.adam(0.01f);
      case "adamw" -> Optimizer.adamW(0.01f, 0.05f);
      case "adam_clipnorm" -> Optimizer.adam(0.01f).withClipnorm(1);
      case "sgd_clipnorm" -> Optimizer.sgd(0.1f).withClipnorm(1);
      case "sgd_global_clipnorm" -> Optimizer.sgd(0.1f).withGlobalClipnorm(1);
      case "sgd_clipvalue" -> Optimizer.sgd(0.1f).withClipvalue(0.5f);
      default -> throw new IllegalArgumentException(name);
    };
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "sgd",
        "sgd_momentum",
        "sgd_nesterov",
        "rmsprop",
        "rmsprop_momentum",
        "rmsprop_centered",
        "rmsprop_all",
        "adam",
        "adamw",
        "adam_clipnorm",
        "sgd_clipnorm",
        "sgd_global_clipnorm",
        "sgd_clipvalue"
      })
  void optimizers(String name) {
    Optimizer optimizer = optimizer(name);
    JsonNode trace = KERAS.get("optimizers").get(name);
    JsonNode gradients = KERAS.get("gradients");
    int[] sizes = {7, 3};
    float[][] weights = new float[2][];
    float[][][] slots = new float[2][optimizer.rule().slots().size()][];
    for (int w = 0; w < 2; w++) {
      weights[w] = floats(KERAS.get("weights_before").get(w));
      for (int i = 0; i < slots[w].length; i++) {
        slots[w][i] = new float[sizes[w]];
      }
    }
    for (int step = 0; step < gradients.size(); step++) {
      step(optimizer, step, gradients.get(step), weights, slots);
      for (int w = 0; w < 2; w++) {
        assertClose(weights[w], floats(trace.get(step).get(w)), 1e-6f, 1);
      }
    }
  }

  private static void step(
      Optimizer optimizer, int step, JsonNode gradients, float[][] weights, float[][][] slots) {
    OpRunner run = new OpRunner();
    Graph graph = run.graph;
    Value scalars = run.input(Scalars.of(optimizer, step), Scalars.SIZE);
    List<Value> gs = new ArrayList<>();
    for (int w = 0; w < 2; w++) {
      gs.add(run.input(floats(gradients.get(w)), weights[w].length));
    }
    Optimizer.Clip clip = optimizer.clip();
    if (clip.norm() > 0) {
      graph.clipNorm(clip.norm(), gs, false);
    } else if (clip.globalNorm() > 0) {
      graph.clipNorm(clip.globalNorm(), gs, true);
    } else if (clip.value() > 0) {
      gs.forEach(g -> graph.add(new UpdateOp.ClipValue(clip.value(), g)));
    }
    List<Value> vars = new ArrayList<>();
    List<List<Value>> slotVars = new ArrayList<>();
    for (int w = 0; w < 2; w++) {
      vars.add(run.variable(weights[w], weights[w].length));
      List<Value> list = new ArrayList<>();
      for (float[] slot : slots[w]) {
        list.add(run.variable(slot, slot.length));
      }
      slotVars.add(list);
      if (optimizer.weightDecay() > 0) {
        graph.add(new UpdateOp.Decay(optimizer.weightDecay(), vars.get(w), scalars));
      }
      graph.update(optimizer.rule(), vars.get(w), gs.get(w), list, scalars);
    }
    run.run(BACKEND);
    for (int w = 0; w < 2; w++) {
      weights[w] = run.get(vars.get(w));
      for (int i = 0; i < slots[w].length; i++) {
        slots[w][i] = run.get(slotVars.get(w).get(i));
      }
    }
  }

  @Test
  void totalsLoseNothing() {
    OpRunner run = new OpRunner();
    Graph graph = run.graph;
    Value addend = run.input(new float[] {0.1f, 4}, 2);
    Value state = run.variable(new float[] {1e8f, 0, 16777216, 0}, 2, 2);
    for (int i = 0; i < 1000; i++) {
      graph.add(new ObjectiveOp.Accumulate(addend, state));
    }
    float[] s = run.run(BACKEND).get(state);
    assertThat((double) s[0] + s[1]).isCloseTo(1e8 + 1000 * (double) 0.1f, within(1e-2));
    assertThat((double) s[2] + s[3]).isEqualTo(16781216);
  }

  /**
   * {@code keras.losses.CTC(reduction=None)(y, x)} of Keras 3.15.1 on PyTorch 2.13.0, 2026-11-29,
   * and the gradient of their sum.
   */
  @Test
  void ctcIsThatOfKeras() {
    float[] x = new float[12 * 3 * 5];
    for (int i = 0; i < x.length; i++) {
      int t = i / 15;
      int b = i / 5 % 3;
      int k = i % 5;
      x[i] = (b * 7 + t * 5 + k * 3) % 11 / 4f - 1;
    }
    float[] y = new float[12 * 3];
    int[] first = {1, 2, 2, 4};
    for (int t = 0; t < 4; t++) {
      y[3 * t] = first[t];
    }
    y[1] = 3;
    OpRunner run = new OpRunner();
    Value logits = run.input(x, 12, 3, 5);
    Value labels = run.input(y, 12, 3, 1);
    ObjectiveOp.LossValue loss =
        ObjectiveGraph.loss(
            run.graph, Loss.ctc().withReduction(Loss.Reduction.SUM), logits, labels, null, null);
    run.want(loss.rows());
    Value dx = run.want(Gradients.of(run.graph, loss, List.of(logits)).get(0));
    run.run(BACKEND);
    assertClose(run.get(loss.rows()), new float[] {12.491098f, 16.69543f, 22.964127f}, 1e-5f);
    float[] d = run.get(dx);
    assertClose(
        Arrays.copyOf(d, 5),
        new float[] {-0.2398223f, -0.5905023f, 0.2439616f, 0.5164667f, 0.0698962f},
        1e-5f);
    assertClose(
        Arrays.copyOfRange(d, 75, 80),
        new float[] {-0.1389597f, 0.2155260f, -0.2733080f, 0.0639177f, 0.1328241f},
        1e-5f);
    assertClose(
        Arrays.copyOfRange(d, 170, 175),
        new float[] {-0.7995659f, 0.3998821f, 0.0541182f, 0.1030248f, 0.2425407f},
        1e-5f);
  }
}
