package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.optimizers.LearningRateSchedule;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/** Trainings by each optimizer as Python's Keras made them: {@code golden/optimizers/record.py}. */
class KerasOptimizersTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/optimizers");
  private static final ObjectMapper JSON = new ObjectMapper();

  private static JsonNode all;
  private static Tensor x;
  private static Tensor y;

  @TempDir Path folder;

  @BeforeAll
  static void read() throws IOException {
    all = JSON.readTree(Files.readString(FOLDER.resolve("cases.json")));
    x = Tensor.of(floats(all.get("x")), 18, 3, 2);
    y = Tensor.of(floats(all.get("y")), 18, 1);
  }

  private static float[] floats(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return values;
  }

  private static void set(Model m, JsonNode weights) {
    List<Tensor> values = new ArrayList<>();
    for (int i = 0; i < weights.size(); i++) {
      values.add(Tensor.of(floats(weights.get(i)), m.weights().get(i).shape()));
    }
    m.setWeights(values);
  }

  private static Model model(JsonNode training) {
    Model m = KerasModels.fromJson(training.get("model").toString());
    set(m, all.get("initial"));
    return m;
  }

  /** An epoch of five steps, the last of two samples. */
  private static void epoch(Model m, JsonNode training, int number) {
    double loss =
        m.fit(x, y, Fit.epochs(1).batchSize(4).shuffle(false).silent()).get("loss").get(0);
    double wanted = training.get("losses").get(number).asDouble();
    assertThat(loss).as("loss of epoch %d", number).isCloseTo(wanted, within(2e-6));
    for (int i = 0; i < m.weights().size(); i++) {
      Tensor got = m.weights().get(i).value();
      float[] expected = floats(training.get("weights").get(number).get(i));
      Close.assertClose(
          "weight " + i + " after epoch " + number,
          Tensor.of(expected, got.shape()),
          got,
          1e-5,
          1e-5);
    }
  }

  @TestFactory
  List<DynamicTest> trainings() {
    List<DynamicTest> tests = new ArrayList<>();
    all.get("trainings")
        .properties()
        .forEach(t -> tests.add(DynamicTest.dynamicTest(t.getKey(), () -> train(t.getKey()))));
    return tests;
  }

  private void train(String name) throws IOException {
    JsonNode training = all.get("trainings").get(name);
    Path ours = folder.resolve("half.keras");
    try (Model m = model(training)) {
      epoch(m, training, 0);
      m.save(ours);
      epoch(m, training, 1);
    }
    try (Model m = Models.load(ours)) { // the state is whole
      epoch(m, training, 1);
    }
    Path theirs = FOLDER.resolve(name.replace(' ', '_') + ".keras");
    if (Files.exists(theirs)) {
      try (Model m = Models.load(theirs)) {
        epoch(m, training, 1);
      }
    }
  }

  @Test
  void noOptimizerIsMissing() {
    Set<String> names = new HashSet<>();
    Set<Class<?>> rules = new HashSet<>();
    for (JsonNode training : all.get("trainings")) {
      Optimizer o = KerasModels.fromJson(training.get("model").toString()).optimizer();
      names.add(o.name().toLowerCase(java.util.Locale.ROOT));
      rules.add(o.rule().getClass());
    }
    assertThat(names).containsExactlyInAnyOrderElementsOf(Optimizer.NAMES);
    assertThat(rules).containsExactlyInAnyOrder(UpdateRule.class.getPermittedSubclasses());
  }

  /** What Keras says of a model's compilation is what we say of it. */
  @Test
  void configurationsAreKeras() throws IOException {
    for (JsonNode training : all.get("trainings")) {
      Optimizer read = KerasModels.fromJson(training.get("model").toString()).optimizer();
      JsonNode wanted = training.get("model").get("compile_config").get("optimizer");
      JsonNode written =
          JSON.readTree(KerasModels.toJson(model(training))).get("compile_config").get("optimizer");
      assertSame(read.name(), (ObjectNode) wanted.get("config"), written.get("config"));
      assertThat(written.get("class_name")).isEqualTo(wanted.get("class_name"));
    }
  }

  private static void assertSame(String name, ObjectNode wanted, JsonNode written) {
    wanted
        .properties()
        .forEach(
            field -> {
              String key = field.getKey();
              JsonNode ours = written.get(key);
              if (key.equals("name") || (ours == null && isDefault(key, field.getValue()))) {
                return; // Keras numbers the names; an option that is off may be left out
              }
              if (field.getValue().isNumber()) {
                double value = field.getValue().asDouble();
                assertThat(ours.asDouble())
                    .as("%s %s", name, key)
                    .isCloseTo(value, within(1e-7 * Math.max(1, Math.abs(value))));
              } else if (field.getValue().isObject()) {
                assertSame(name, (ObjectNode) field.getValue(), ours);
              } else {
                assertThat(ours).as("%s %s", name, key).isEqualTo(field.getValue());
              }
            });
  }

  private static boolean isDefault(String key, JsonNode value) {
    return value.isNull()
        || value.equals(JSON.getNodeFactory().booleanNode(false))
        || key.equals("ema_momentum");
  }

  @Test
  void schedules() throws IOException {
    Set<Class<?>> tried = new HashSet<>();
    tried.add(LearningRateSchedule.Constant.class);
    for (JsonNode s : all.get("schedules")) {
      ObjectNode model = (ObjectNode) all.get("trainings").get("sgd").get("model").deepCopy();
      ((ObjectNode) model.get("compile_config")).set("optimizer", s.get("optimizer"));
      try (Model m = KerasModels.fromJson(model.toString())) {
        LearningRateSchedule schedule = m.optimizer().schedule();
        tried.add(schedule.getClass());
        for (int i = 0; i < s.get("steps").size(); i++) {
          double wanted = s.get("rates").get(i).asDouble();
          assertThat(schedule.at(s.get("steps").get(i).asLong()))
              .as("%s at %s", schedule, s.get("steps").get(i))
              .isCloseTo(wanted, within(1e-6 * wanted + 1e-9));
        }
        JsonNode written = JSON.readTree(KerasModels.toJson(m));
        assertSame(
            "schedule",
            (ObjectNode) s.get("optimizer").get("config"),
            written.get("compile_config").get("optimizer").get("config"));
      }
    }
    assertThat(tried)
        .containsExactlyInAnyOrder(LearningRateSchedule.class.getPermittedSubclasses());
  }

  /** Keras has no place for it in a file; we have. */
  @Test
  void whatDoesNotDecayIsKept() throws IOException {
    Path file = folder.resolve("decay.keras");
    JsonNode sgd = all.get("trainings").get("sgd");
    Optimizer decaying =
        Optimizer.sgd(0.5f).withWeightDecay(1f).excludeFromWeightDecay("bias", "dense_1.kernel");
    try (Model m = model(sgd)) {
      m.compile(decaying.withLearningRate(0), m.loss());
      m.fit(x, y, Fit.epochs(1).silent());
      m.compile(decaying, m.loss());
      m.save(file);
      List<Tensor> before = m.getWeights();
      Tensor zeros = Tensor.zeros(Shape.of(4, 3, 2));
      m.fit(zeros, m.predict(zeros), Fit.epochs(1).silent()); // no gradient but of decay
      List<String> moved = new ArrayList<>();
      for (int i = 0; i < before.size(); i++) {
        if (!before.get(i).equals(m.weights().get(i).value())) {
          moved.add(m.weights().get(i).path());
        }
      }
      assertThat(moved).containsExactlyInAnyOrder("lstm_1.kernel", "lstm_1.recurrent_kernel");
    }
    try (Model m = Models.load(file)) {
      assertThat(m.optimizer()).isEqualTo(decaying);
    }
  }
}
