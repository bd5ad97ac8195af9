package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What {@code compile} was given in a file means what it means in Keras: {@code evaluate} and two
 * epochs of {@code fit} against recorded numbers; and it survives our writing. See
 * golden/compile-options/README.md.
 */
class CompileOptionsTest {
  private static final int SAMPLES = 5;
  private static final int STEPS = 4;
  private static final JsonNode RECORDED = read();

  private static JsonNode read() {
    try {
      return new ObjectMapper()
          .readTree(KerasModelsTest.golden("compile-options/cases.json").toFile());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  @TestFactory
  Stream<DynamicTest> readAsInKeras() {
    return names()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(name, false, Backends.cpu())));
  }

  @TestFactory
  Stream<DynamicTest> surviveOurWriting() {
    return names()
        .map(name -> DynamicTest.dynamicTest(name, () -> check(name, true, Backends.cpu())));
  }

  private static Stream<String> names() {
    Iterable<String> names = () -> RECORDED.get("cases").fieldNames();
    return StreamSupport.stream(names.spliterator(), false);
  }

  private static void check(String name, boolean written, Backend backend) {
    JsonNode c = RECORDED.get("cases").get(name);
    try (Sequential model = model(c, backend)) {
      Map<String, Object> config =
          new ObjectMapper()
              .convertValue(c.get("compile_config"), new TypeReference<Map<String, Object>>() {});
      CompileConfigs.read(config, model);
      if (written) {
        Loss loss = model.loss();
        CompileConfigs.read(CompileConfigs.write(model), model);
        assertThat(model.loss()).isEqualTo(loss);
      }
      BatchSource source = source(c, model);
      assertLogs(c.get("evaluate"), model.evaluate(source, 2));
      History history = model.fit(source, Fit.epochs(2).batchSize(2).shuffle(false).silent());
      c.get("history")
          .properties()
          .forEach(
              e -> {
                for (int i = 0; i < 2; i++) {
                  double want = e.getValue().get(i).asDouble();
                  assertThat(history.get(e.getKey()).get(i))
                      .as("%s of epoch %d", e.getKey(), i)
                      .isCloseTo(want, within(2e-5 * Math.max(1, Math.abs(want))));
                }
              });
      for (int i = 0; i < c.get("trained").size(); i++) { // none where training is not compared
        float[] want = floats(c.get("trained").get(i));
        float[] got = model.weights().get(i).value().data();
        for (int j = 0; j < want.length; j++) {
          assertThat(got[j])
              .as("%s[%d]", model.weights().get(i).path(), j)
              .isCloseTo(want[j], within(2e-5f * Math.max(1, Math.abs(want[j]))));
        }
      }
    }
  }

  private static void assertLogs(JsonNode wanted, Map<String, Double> got) {
    List<String> names = new ArrayList<>();
    wanted.fieldNames().forEachRemaining(names::add);
    assertThat(got.keySet()).containsExactlyInAnyOrderElementsOf(names);
    for (String name : names) {
      double want = wanted.get(name).asDouble();
      assertThat(got.get(name))
          .as(name)
          .isCloseTo(want, within(4e-6 * Math.max(1, Math.abs(want))));
    }
  }

  private static Sequential model(JsonNode c, Backend backend) {
    String kind = c.get("kind").asText();
    Sequential model = new Sequential(new Input(STEPS, 2));
    if (kind.equals("masked")) {
      model.add(new Masking());
    }
    model.add(new LSTM(3).returnSequences(!kind.equals("vector")));
    JsonNode activation = c.get("activation");
    model.add(
        new Dense(c.get("outputs").asInt(), activation.isNull() ? "linear" : activation.asText()));
    model.on(backend);
    List<Tensor> weights = new ArrayList<>();
    for (String part : List.of("lstm", "head")) {
      Iterator<JsonNode> values = (part.equals("lstm") ? RECORDED : c).get(part).elements();
      values.forEachRemaining(
          v -> weights.add(Tensor.of(floats(v), model.weights().get(weights.size()).shape())));
    }
    model.setWeights(weights);
    return model;
  }

  private static BatchSource source(JsonNode c, Sequential model) {
    boolean masked = c.get("kind").asText().equals("masked");
    boolean vector = c.get("kind").asText().equals("vector");
    Tensor x =
        Tensor.of(floats(RECORDED.get(masked ? "masked" : "x")), Shape.of(SAMPLES, STEPS, 2));
    int width = model.loss().sparse() ? 1 : c.get("outputs").asInt();
    Shape shape = vector ? Shape.of(SAMPLES, width) : Shape.of(SAMPLES, STEPS, width);
    Tensor y = Tensor.of(floats(c.get("target")), shape);
    return c.get("weighted").asBoolean()
        ? BatchSource.of(x, y, Tensor.of(floats(RECORDED.get("weights")), Shape.of(SAMPLES)))
        : BatchSource.of(x, y);
  }

  private static float[] floats(JsonNode numbers) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return values;
  }
}
