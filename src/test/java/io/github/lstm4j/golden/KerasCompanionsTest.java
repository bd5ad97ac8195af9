package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * The layers around an LSTM, regularizers and constraints: {@code record.py} and {@code
 * record_more.py} in {@code golden/companions}.
 */
class KerasCompanionsTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/companions");

  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  /** One case, by its name. */
  private record Case(String name, JsonNode content) {
    @Override
    public String toString() {
      return name;
    }

    List<Tensor> tensors(String field) {
      List<Tensor> all = new ArrayList<>();
      content.get(field).forEach(t -> all.add(tensor(t)));
      return all;
    }

    private static Tensor tensor(JsonNode t) {
      int[] dims = new int[t.get("shape").size()];
      for (int i = 0; i < dims.length; i++) {
        dims[i] = t.get("shape").get(i).asInt();
      }
      float[] values = new float[t.get("data").size()];
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) t.get("data").get(i).asDouble();
      }
      return Tensor.of(values, dims);
    }
  }

  static List<Case> cases() throws IOException {
    List<Case> cases = new ArrayList<>();
    for (String file : List.of("cases.json", "more.json", "groups.json")) {
      JsonNode all = new ObjectMapper().readTree(Files.readString(FOLDER.resolve(file)));
      all.forEach(c -> cases.add(new Case(c.get("name").asText(), c)));
    }
    return cases;
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesAndTrainsAsKeras(Case c) {
    List<Tensor> outputs = c.tensors("outputs");
    try (Model model = KerasModels.fromJson(c.content().get("model").toString())) {
      model.on(backend());
      model.setWeights(c.tensors("weights"));
      requireClose(c + " predicts", outputs, predictions(model, c));
      try (Model again = KerasModels.fromJson(KerasModels.toJson(model))) {
        again.on(backend()).setWeights(model.getWeights());
        assertThat(predictions(again, c)).isEqualTo(predictions(model, c));
        assertThat(KerasModels.toJson(again)).isEqualTo(KerasModels.toJson(model));
      }
      if (c.content().has("targets")) {
        trains(c, model);
      }
    }
  }

  private static List<Tensor> predictions(Model model, Case c) {
    List<Tensor> x = c.tensors("inputs");
    return model.predict(x, 4);
  }

  private static void trains(Case c, Model model) {
    List<Tensor> y = c.tensors("targets");
    if (y.size() == 1) {
      model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
    } else {
      model.compile(
          Optimizer.sgd(0.1f), Collections.nCopies(y.size(), Loss.meanSquaredError()), List.of());
    }
    List<Double> losses =
        model
            .fit(c.tensors("inputs"), y, Fit.epochs(2).batchSize(2).shuffle(false).silent())
            .get("loss");
    for (int epoch = 0; epoch < 2; epoch++) {
      double expected = c.content().get("losses").get(epoch).asDouble();
      assertThat(losses.get(epoch)).isCloseTo(expected, within(2e-5 * (1 + expected)));
    }
    requireClose(c + " trains", c.tensors("trained"), model.getWeights());
    double evaluated = c.content().get("evaluated").asDouble();
    assertThat(model.evaluate(c.tensors("inputs"), y, 3).get("loss"))
        .isCloseTo(evaluated, within(2e-5 * (1 + evaluated)));
  }

  private static void requireClose(String what, List<Tensor> expected, List<Tensor> got) {
    assertThat(got).hasSameSizeAs(expected);
    for (int i = 0; i < expected.size(); i++) {
      assertClose(what + " " + i, expected.get(i), got.get(i), 2e-5, 2e-5);
    }
  }
}
