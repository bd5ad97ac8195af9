package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import io.github.lstm4j.training.Objectives;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Training of several inputs and outputs as in Keras: {@code golden/functional}. */
class KerasFunctionalTrainingTest {
  private static final CpuBackend CPU = new CpuBackend(1);
  private static final JsonNode RECORDED = recorded();
  private static final Tensor A = tensor(RECORDED.get("a"));
  private static final Tensor B = tensor(RECORDED.get("b"));
  private static final Tensor P = tensor(RECORDED.get("p"));
  private static final Tensor Q = tensor(RECORDED.get("q"));
  private static final Loss MSE = Loss.meanSquaredError();
  private static final Loss CLASSES = Loss.sparseCategoricalCrossentropy(false);

  @AfterAll
  static void close() {
    CPU.close();
  }

  private static JsonNode recorded() {
    try {
      Path file = Path.of("src/test/resources/golden/functional/training.json");
      return new ObjectMapper().readTree(Files.readString(file));
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Tensor tensor(JsonNode node) {
    int[] dims = new int[node.get("shape").size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = node.get("shape").get(i).asInt();
    }
    float[] values = new float[node.get("data").size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) node.get("data").get(i).asDouble();
    }
    return Tensor.of(values, dims);
  }

  private static List<Tensor> tensors(JsonNode nodes) {
    List<Tensor> all = new ArrayList<>();
    nodes.forEach(n -> all.add(tensor(n)));
    return all;
  }

  private static Model model() {
    KerasTensor a = new Input(4, 2).name("a").output();
    KerasTensor b = new Input(3).name("b").output();
    KerasTensor h0 = new Dense(3).name("h0").apply(b);
    KerasTensor c0 = new Dense(3).name("c0").apply(b);
    KerasTensor h = new LSTM(3).name("body").apply(a, h0, c0);
    KerasTensor p = new Dense(2).name("p").apply(h);
    KerasTensor q = new Dense(3, "softmax").name("q").apply(h);
    Model model = Model.of(List.of(a, b), List.of(p, q)).on(CPU);
    model.setWeights(tensors(RECORDED.get("weights")));
    return model;
  }

  private static Fit fit() {
    return Fit.epochs(3).batchSize(4).shuffle(false).silent();
  }

  private static Tensor firstFive(Tensor t) {
    return Tensor.of(
        Arrays.copyOf(t.data(), 5 * (t.size() / t.dim(0))), t.shape().with(0, 5).dims());
  }

  private static void check(String name, Model model, History history) {
    JsonNode keras = RECORDED.get("cases").get(name);
    List<String> keys = new ArrayList<>();
    keras
        .get("history")
        .properties()
        .forEach(
            e -> {
              keys.add(e.getKey());
              for (int epoch = 0; epoch < 3; epoch++) {
                assertThat(history.get(e.getKey()).get(epoch))
                    .as("%s %s %d", name, e.getKey(), epoch)
                    .isCloseTo(e.getValue().get(epoch).asDouble(), within(2e-5));
              }
            });
    assertThat(history.keys()).as(name).containsExactlyElementsOf(keys);
    Map<String, Double> evaluated = model.evaluate(List.of(A, B), List.of(P, Q), 4);
    List<String> measured = new ArrayList<>();
    keras
        .get("evaluated")
        .properties()
        .forEach(
            e -> {
              measured.add(e.getKey());
              assertThat(evaluated.get(e.getKey()))
                  .as("%s %s", name, e.getKey())
                  .isCloseTo(e.getValue().asDouble(), within(2e-5));
            });
    assertThat(evaluated.keySet()).containsExactlyElementsOf(measured);
    close(name, model.getWeights(), tensors(keras.get("weights")));
    close(name, model.predict(List.of(A, B)), tensors(keras.get("predicted")));
  }

  private static void close(String name, List<Tensor> ours, List<Tensor> keras) {
    assertThat(ours).hasSameSizeAs(keras);
    for (int i = 0; i < ours.size(); i++) {
      assertThat(ours.get(i).data()).as("%s %d", name, i).hasSameSizeAs(keras.get(i).data());
      for (int k = 0; k < ours.get(i).size(); k++) {
        assertThat(ours.get(i).data()[k])
            .as("%s: tensor %d, element %d", name, i, k)
            .isCloseTo(keras.get(i).data()[k], within(2e-5f));
      }
    }
  }

  @Test
  void byName() {
    try (Model m = model()) {
      m.compile(
          Optimizer.adam(0.02f),
          Map.of("q", CLASSES.withWeight(0.3f), "p", MSE.withWeight(2)),
          Map.of(
              "q",
              List.of(Metric.ACCURACY, Metric.of("sparse_categorical_crossentropy")),
              "p",
              List.of(Metric.MEAN_ABSOLUTE_ERROR)));
      Map<String, Tensor> x = Map.of("b", B, "a", A);
      Map<String, Tensor> y = Map.of("q", Q, "p", P);
      Fit validated =
          fit()
              .validationData(
                  Map.of("a", firstFive(A), "b", firstFive(B)),
                  Map.of("p", firstFive(P), "q", firstFive(Q)));
      History history = m.fit(x, y, validated);
      check("by name, weighted", m, history);
      assertThat(m.predict(x, 3).keySet()).containsExactly("p", "q");
      assertThat(m.evaluate(x, y, 4)).isEqualTo(m.evaluate(List.of(A, B), List.of(P, Q), 4));
    }
  }

  @Test
  void inOrder() {
    try (Model m = model()) {
      m.compile(
          Optimizer.adam(0.02f),
          List.of(Loss.meanAbsoluteError(), CLASSES),
          List.of(List.of(Metric.MEAN_SQUARED_ERROR), List.of(Metric.ACCURACY)));
      Fit validated =
          fit()
              .validationData(
                  List.of(firstFive(A), firstFive(B)), List.of(firstFive(P), firstFive(Q)));
      check("in order", m, m.fit(List.of(A, B), List.of(P, Q), validated));
    }
  }

  @Test
  void weightsOfSamplesCountForAllOutputs() {
    try (Model m = model()) {
      m.compile(
          Optimizer.adam(0.02f),
          List.of(MSE.withWeight(0.5f), CLASSES.withWeight(1.5f)),
          List.of(
              List.of(
                  Metric.MEAN_ABSOLUTE_ERROR,
                  Metric.MEAN_ABSOLUTE_ERROR.weighted(),
                  Metric.MEAN_SQUARED_ERROR.weighted()),
              List.of(Metric.ACCURACY.weighted())));
      Tensor weights = tensor(RECORDED.get("sample_weights"));
      Fit validated =
          fit()
              .validationData(
                  List.of(firstFive(A), firstFive(B)), List.of(firstFive(P), firstFive(Q)));
      BatchSource source = BatchSource.of(List.of(A, B), List.of(P, Q), weights);
      check("sample weights", m, m.fit(source, validated));
    }
  }

  /** What was saved in between goes on with the same numbers. */
  @Test
  void goesOnFromAFile() throws IOException {
    try (Model whole = model();
        Model first = model()) {
      for (Model m : List.of(whole, first)) {
        m.compile(
            Optimizer.adam(0.02f),
            Map.of("q", CLASSES.withWeight(0.3f), "p", MSE),
            Map.of("q", List.of(Metric.ACCURACY)));
      }
      whole.fit(List.of(A, B), List.of(P, Q), fit().batchSize(10));
      first.fit(List.of(A, B), List.of(P, Q), Fit.epochs(1).batchSize(10).shuffle(false).silent());
      ByteArrayOutputStream file = new ByteArrayOutputStream();
      first.save(file);
      try (Model again = Models.load(new ByteArrayInputStream(file.toByteArray())).on(CPU)) {
        Objectives read = // accuracy is said as what it means here
            Objectives.of(
                again.name(),
                List.of("p", "q"),
                List.of(MSE, CLASSES.withWeight(0.3f)),
                List.of(Map.of(), Map.of("accuracy", Metric.SPARSE_CATEGORICAL_ACCURACY)));
        assertThat(again.objectives()).isEqualTo(read);
        again.fit(
            List.of(A, B), List.of(P, Q), Fit.epochs(2).batchSize(10).shuffle(false).silent());
        assertThat(again.getWeights()).isEqualTo(whole.getWeights());
      }
    }
  }

  /** As Keras's fit of a model of which one output has a loss, and the other a metric. */
  @Test
  void anOutputWithoutALossIsMeasured() {
    try (Model m = model()) {
      m.compile(
          Optimizer.adam(0.02f),
          Arrays.asList(null, CLASSES),
          List.of(List.of(Metric.MEAN_ABSOLUTE_ERROR), List.of()));
      Fit validated =
          fit()
              .validationData(
                  List.of(firstFive(A), firstFive(B)), List.of(firstFive(P), firstFive(Q)));
      check("one loss", m, m.fit(List.of(A, B), List.of(P, Q), validated));
    }
  }

  @Test
  void misuseIsRefused() {
    try (Model m = model()) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.compile(Optimizer.sgd(1), Map.of("z", MSE), Map.of()))
          .withMessageContaining("losses: no output is called \"z\"; there are p, q");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.compile(Optimizer.sgd(1), List.of(MSE), List.of()))
          .withMessageContaining("expected 2 losses for the outputs [p, q], got 1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.compile(Optimizer.sgd(1), MSE, Metric.MEAN_ABSOLUTE_ERROR))
          .withMessageContaining("expected 2 metrics, one each, for the outputs [p, q], got 1");
      m.compile(Optimizer.sgd(0.1f), Map.of("p", MSE), Map.of());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.fit(Map.of("a", A, "c", B), Map.of("p", P), fit()))
          .withMessageContaining("fit: inputs: expected [a, b], got ");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.fit(List.of(A), List.of(P), fit()))
          .withMessageContaining("expected 2 inputs, [a, b], got 1");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.fit(List.of(B, A), List.of(P), fit()))
          .withMessageContaining("input a of body: expected (batch, 4, 2), got (4, 3)");
      A.data()[3] += Float.NaN;
      try {
        assertThatIllegalArgumentException()
            .isThrownBy(() -> m.fit(List.of(A, B), List.of(P), fit()))
            .withMessageContaining("a has the value NaN in sample 0");
      } finally {
        A.data()[3] = tensor(RECORDED.get("a")).data()[3];
      }
      m.compile(Optimizer.sgd(0.1f), List.of(MSE, CLASSES), List.of());
      assertThatIllegalArgumentException()
          .isThrownBy(() -> m.fit(List.of(A, B), List.of(P, Q), fit().classWeight(Map.of(1, 2.0))))
          .withMessageContaining("classWeight is for models of one output");
    }
  }
}
