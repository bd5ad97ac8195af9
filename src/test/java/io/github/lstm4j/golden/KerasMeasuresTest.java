package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.losses.LossFunction;
import io.github.lstm4j.metrics.AtConstraint;
import io.github.lstm4j.metrics.Auc;
import io.github.lstm4j.metrics.Confusion;
import io.github.lstm4j.metrics.FBeta;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.metrics.StateMetric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Losses and metrics that are functions, beside Keras's: {@code golden/measures/record.py}. */
class KerasMeasuresTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/measures");

  private static JsonNode all;
  private static JsonNode sequences;

  @TempDir Path folder;

  @BeforeAll
  static void read() throws IOException {
    all = new ObjectMapper().readTree(Files.readString(FOLDER.resolve("cases.json")));
    sequences = new ObjectMapper().readTree(Files.readString(FOLDER.resolve("sequences.json")));
  }

  private static Tensor tensor(JsonNode numbers, int... dims) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return Tensor.of(values, dims);
  }

  @TestFactory
  List<DynamicTest> cases() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : all.get("cases")) {
      tests.add(DynamicTest.dynamicTest(tests.size() + " " + c.get("name").asText(), () -> run(c)));
    }
    return tests;
  }

  private void run(JsonNode c) throws IOException {
    Path file = folder.resolve("measured.keras");
    try (Model m = KerasModels.fromJson(c.get("model").toString())) {
      m.setWeights(List.of(tensor(all.get("kernel"), 4, 3)));
      measure(c, m);
      m.save(file);
      if (c.has("trained")) {
        Tensor x = tensor(all.get("x"), 11, 4);
        Tensor y = tensor(all.get("targets").get(c.get("target").asText()), 11, 3);
        for (int i = 0; i < 2; i++) {
          m.trainOnBatch(Batch.of(x, y, tensor(all.get("weights"), 11)));
        }
        Close.assertClose(
            "kernel", tensor(c.get("trained"), 4, 3), m.getWeights().get(0), 1e-5, 1e-5);
      }
    }
    try (Model m = Models.load(file)) {
      measure(c, m);
    }
  }

  private static void measure(JsonNode c, Model m) {
    Tensor x = tensor(all.get("x"), 11, 4);
    Tensor y = tensor(all.get("targets").get(c.get("target").asText()), 11, 3);
    Tensor weights = tensor(all.get("weights"), 11);
    List<BatchSource> sources = List.of(BatchSource.of(x, y), BatchSource.of(x, y, weights));
    for (int i = 0; i < 2; i++) {
      Map<String, Double> got = m.evaluate(sources.get(i), 4);
      if (!m.metrics().isEmpty()) {
        got.remove("loss");
      }
      requireClose(i == 0 ? "without weights" : "weighted", c.get("values").get(i), got);
    }
  }

  private static void requireClose(String what, JsonNode wanted, Map<String, Double> got) {
    List<Double> values = List.copyOf(got.values());
    assertThat(values).as("%s: %s", what, got).hasSize(wanted.size());
    for (int i = 0; i < values.size(); i++) {
      double w = wanted.get(i).asDouble();
      assertThat(values.get(i)).as(what).isCloseTo(w, within(1e-6 * Math.max(1, Math.abs(w))));
    }
  }

  /** Sequences: rows along other axes, masks, and a weight for each timestep. */
  @TestFactory
  List<DynamicTest> ofSequences() {
    List<DynamicTest> tests = new ArrayList<>();
    for (JsonNode c : sequences.get("cases")) {
      JsonNode compiled = c.get("model").get("compile_config");
      String name = tests.size() + " " + compiled.get("loss") + compiled.get("metrics");
      tests.add(DynamicTest.dynamicTest(name, () -> sequence(c)));
    }
    return tests;
  }

  private void sequence(JsonNode c) throws IOException {
    Path file = folder.resolve("sequence.keras");
    try (Model m = KerasModels.fromJson(c.get("model").toString())) {
      m.setWeights(List.of(tensor(sequences.get("kernel"), 2, 4)));
      m.save(file);
    }
    Tensor x = tensor(sequences.get("x"), 5, 3, 2);
    Tensor y = tensor(sequences.get("targets").get(c.get("target").asText()), 5, 3, 4);
    Tensor weights = c.get("weighted").asBoolean() ? tensor(sequences.get("weights"), 5, 3) : null;
    for (Backend backend : List.of(Backends.cpu(), SimulatedBackend.shared())) {
      try (Model m = Models.load(file)) {
        m.on(backend);
        Batch batch = Batch.of(List.of(x), List.of(y), weights);
        Map<String, Double> got = m.evaluate(BatchSource.of(List.of(x), List.of(y), weights), 2);
        double loss = got.remove("loss");
        assertThat(loss).isCloseTo(c.get("loss").asDouble(), within(1e-6));
        requireClose("metric", c.get("metric"), got);
        if (c.has("trained")) {
          m.trainOnBatch(batch);
          m.trainOnBatch(batch);
          Tensor wanted = tensor(c.get("trained"), 2, 4);
          Close.assertClose("kernel", wanted, m.getWeights().get(0), 1e-5, 1e-5);
        }
      }
    }
  }

  @Test
  void noneIsMissing() {
    Set<Class<?>> tried = new HashSet<>();
    for (JsonNode c : all.get("cases")) {
      Model m = KerasModels.fromJson(c.get("model").toString());
      tried.add(m.loss().ofLibrary() == null ? null : m.loss().ofLibrary().getClass());
      m.metrics().values().stream()
          .filter(metric -> metric.ofLibrary() != null)
          .forEach(metric -> tried.add(metric.ofLibrary().getClass()));
    }
    tried.remove(null);
    for (LossFunction f : LossFunction.all()) {
      assertThat(tried.contains(f.getClass())).as(f.kerasName()).isEqualTo(f.isOfKeras());
    }
    for (StateMetric s : Metric.BY_NAME) {
      assertThat(tried.contains(s.getClass())).as(s.kerasName()).isEqualTo(s.isOfKeras());
    }
  }

  private static Sequential linear(int outputs, Loss loss, Metric... metrics) {
    Sequential m = new Sequential(new Input(1), new Dense(outputs).useBias(false)).seed(1);
    m.compile(Optimizer.adam(0.05f), loss, metrics);
    return m;
  }

  /** Densities by hand; and the scale of the noise is found. */
  @Test
  void likelihoods() {
    Tensor one = Tensor.of(new float[] {1}, 1, 1);
    float raw = (float) Math.log(Math.expm1(2 - 1e-6)); // a scale of 2
    Tensor output = Tensor.of(new float[] {0.5f, raw}, 1, 2);
    Tensor y = Tensor.of(new float[] {3.5f}, 1, 1); // z = 1.5
    double gauss = Math.log(2) + 1.125 + Math.log(2 * Math.PI) / 2;
    // Γ(2.5)/(Γ(2)·√(4π)) = 0.375
    double student = Math.log(2) + 2.5 * Math.log1p(2.25 / 4) - Math.log(0.375);
    try (Sequential m = linear(2, Loss.gaussianNll(), Metric.of(Loss.studentTNll(4)))) {
      m.setWeights(List.of(output));
      var measured = m.evaluate(one, y);
      assertThat(measured.get("loss")).isCloseTo(gauss, within(1e-6));
      assertThat(measured.get("student_t_nll")).isCloseTo(student, within(1e-6));
    }
    float[] ones = new float[200];
    float[] noisy = new float[200];
    for (int i = 0; i < 200; i++) {
      ones[i] = 1;
      noisy[i] = i % 2 == 0 ? 4 : 2; // a mean of 3, a deviation of 1
    }
    try (Sequential m = linear(2, Loss.gaussianNll())) {
      m.fit(Tensor.of(ones, 200, 1), Tensor.of(noisy, 200, 1), Fit.epochs(60).silent());
      float[] got = m.predict(one).data();
      assertThat(got[0]).isCloseTo(3, within(0.1f));
      assertThat(Math.log1p(Math.exp(got[1]))).isCloseTo(1, within(0.1));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear(3, Loss.gaussianNll()).evaluate(one, y))
        .withMessageContaining("gaussian_nll: expected an even number of outputs");
  }

  @Test
  void errorsOfForecasts() throws IOException {
    Tensor x = Tensor.of(new float[] {1, 2, 4}, 3, 1);
    Tensor y = Tensor.of(new float[] {1, 1, 8}, 3, 1);
    Path file = folder.resolve("forecast.keras");
    Metric mase = Metric.of(new StateMetric.Mase(0.5f));
    try (Sequential m = linear(1, Loss.of("mse"), Metric.of("smape"), mase)) {
      m.setWeights(List.of(Tensor.of(new float[] {1}, 1, 1)));
      m.save(file);
      for (Model each : List.of(m, Models.load(file))) {
        var measured = each.evaluate(x, y);
        assertThat(measured.get("smape")).isCloseTo(200 * (1 / 3.0 + 4 / 12.0) / 3, within(1e-4));
        assertThat(measured.get("mase")).isCloseTo(5 / 3.0 / 0.5, within(1e-5));
      }
    }
    Metric coverage = Metric.of(new StateMetric.Coverage(2));
    try (Sequential m = linear(2, Loss.quantile(0.1f, 0.9f), coverage)) {
      m.setWeights(List.of(Tensor.of(new float[] {0.5f, 1.5f}, 1, 2)));
      assertThat(m.evaluate(x, y).get("coverage")).isCloseTo(2 / 3.0, within(1e-6));
    }
  }

  /** Metrics whose state is as wide as the output, which is not known when they are named. */
  @Test
  void widthOfTheOutput() throws IOException {
    Tensor x = Tensor.of(new float[] {1, 1, -1, 0}, 4, 1);
    Tensor y = Tensor.of(new float[] {1, 0, 0, 1, 0, 1, 0, 1}, 4, 2);
    Path file = folder.resolve("wide.keras");
    try (Sequential m = new Sequential(new Dense(2).useBias(false)).seed(1)) {
      m.compile("sgd", "mse", "f1_score", "r2_score"); // no width is known yet
      m.trainOnBatch(x, y);
      m.setWeights(List.of(Tensor.of(new float[] {1, -1}, 1, 2)));
      m.save(file);
      for (Model each : List.of(m, Models.load(file))) {
        var measured = each.evaluate(x, y, 3);
        // rows (1,−1), (1,−1), (−1,1), (0,0): classes 0, 0, 1, none
        assertThat(measured.get("f1_score")).isCloseTo((2 / 3.0 + 1 / 2.0) / 2, within(1e-6));
        // Σ(t−p)² = 0+1+1+0 and 1+4+0+1, Σ(t−mean)² = 3/4 both
        assertThat(measured.get("r2_score")).isCloseTo(1 - 4 / 0.75, within(1e-5));
      }
    }
  }

  /** A sample's weight counts for each of its steps, in the sum of weights too. */
  @Test
  void weightedSequences() {
    Tensor x = Tensor.of(new float[] {1, 1, 1, 1, 1, 1}, 2, 3, 1);
    Tensor y = Tensor.of(new float[] {3, 3, 3, -1, -1, -1}, 2, 3, 1);
    BatchSource source = BatchSource.of(x, y, Tensor.of(new float[] {3, 1}, 2));
    try (Sequential m = new Sequential(new Dense(1).useBias(false)).seed(1)) {
      Metric cosine = Metric.of("cosine_similarity").weighted();
      m.compile(Optimizer.sgd(0.1f), Loss.of("mse"), cosine, Metric.of("smape").weighted());
      m.trainOnBatch(x, y);
      m.setWeights(List.of(Tensor.of(new float[] {1}, 1, 1)));
      var measured = m.evaluate(source, 2);
      assertThat(measured.get("cosine_similarity")).isCloseTo((3 - 1) / 4.0, within(1e-6));
      assertThat(measured.get("smape")).isCloseTo((3 * 100 + 200) / 4.0, within(1e-4));
    }
  }

  @Test
  void refusals() {
    Tensor x = Tensor.zeros(2, 1);
    Metric three = Metric.of(new FBeta(FBeta.Average.MACRO, 1, null, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear(2, Loss.of("mse"), three).evaluate(x, Tensor.zeros(2, 2)))
        .withMessageContaining("f1_score: made for outputs of width 3, got 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Metric.of("f1_scor"))
        .withMessageContaining("no metric is called");
    Tensor classes = Tensor.of(new float[] {0, 2}, 2, 1);
    Loss sparse = Loss.sparseCategoricalCrossentropy(true);
    for (Metric m : List.of(Metric.auc(), Metric.precision(), Metric.f1Score())) {
      refused(linear(3, sparse, m), classes, "expected targets as wide as the output, (2, 3), got");
    }
    Confusion topFour = new Confusion(Confusion.Kind.RECALL, List.of(), 4, null);
    refused(
        linear(3, Loss.of("mse"), Metric.of(topFour)),
        Tensor.zeros(2, 3),
        "recall: topK must be at most the output's 3 columns, got 4");
    AtConstraint fourth = new AtConstraint(AtConstraint.Kind.RECALL_AT_PRECISION, 0.5f, 200, 3);
    refused(
        linear(3, Loss.of("mse"), Metric.of(fourth)),
        Tensor.zeros(2, 3),
        "recall_at_precision: classId must be less than the output's 3 columns, got 3");
    Auc two = new Auc(Auc.Curve.ROC).withLabels(false, List.of(1f, 2f), 0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear(3, Loss.of("mse"), Metric.of(two)).evaluate(x, Tensor.zeros(2, 3)))
        .withMessageContaining("labelWeights: expected one for each of 3 columns, got [1.0, 2.0]");
    refused(
        linear(1, Loss.of("hinge"), Metric.auc()),
        Tensor.of(new float[] {1, -1}, 2, 1),
        "evaluate: auc: expected targets from 0, which is false, to 1, got -1.0");
    Sequential time = new Sequential(new Input(3, 1), new Dense(2));
    time.compile(Optimizer.sgd(1), Loss.of(new LossFunction.CosineSimilarity(1)), new Metric[0]);
    Tensor steps = Tensor.zeros(2, 3, 1);
    BatchSource weighted = BatchSource.of(steps, Tensor.zeros(2, 3, 2), Tensor.zeros(2, 3));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> time.evaluate(weighted, 2))
        .withMessageContaining("axis 1 does not go with such sample weights; use axis -1");
    BatchSource wrong = BatchSource.of(steps, Tensor.zeros(2, 3, 2), Tensor.zeros(2, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> time.compile("sgd", "mse").evaluate(wrong, 2))
        .withMessageContaining("expected a weight for each timestep, (2, 3), got (2, 4)");
    BatchSource flat = BatchSource.of(x, Tensor.zeros(2, 1), Tensor.zeros(2, 4));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> linear(1, Loss.of("mse")).evaluate(flat, 2))
        .withMessageContaining("expected a weight for each sample (2), got (2, 4)");
  }

  private static void refused(Sequential model, Tensor y, String why) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model.evaluate(Tensor.zeros(2, 1), y))
        .withMessageContaining(why);
  }
}
