package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.callbacks.ModelCheckpoint;
import io.github.lstm4j.callbacks.ReduceLROnPlateau;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Validation after some epochs, as in Keras's fit: {@code golden/validation-freq/record.py}. */
class KerasValidationFreqTest {
  @TempDir Path dir;

  private static JsonNode recorded() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/golden/validation-freq/cases.json"));
    return new ObjectMapper().readTree(text);
  }

  private static Tensor tensor(JsonNode numbers, int... dims) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return Tensor.of(values, dims);
  }

  private static History fit(JsonNode all, Sequential m, int freq, Callback... callbacks) {
    m.setWeights(List.of(tensor(all.get("kernel"), 2, 1), Tensor.zeros(1)));
    Fit fit = Fit.epochs(9).batchSize(3).shuffle(false).validationSplit(0.4).silent();
    return m.fit(
        tensor(all.get("x"), 10, 2),
        tensor(all.get("y"), 10, 1),
        fit.validationFreq(freq).callbacks(callbacks));
  }

  private static Sequential model() {
    return new Sequential(new Input(2), new Dense(1))
        .compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
  }

  @Test
  void asInKeras() throws IOException {
    JsonNode all = recorded();
    for (JsonNode c : all.get("cases")) {
      EarlyStopping stop =
          new EarlyStopping("val_loss")
              .patience(c.get("patience").asInt())
              .minDelta(c.get("min_delta").asDouble());
      ReduceLROnPlateau reduce =
          new ReduceLROnPlateau("val_loss").factor(0.5).patience(1).minDelta(10);
      try (Sequential m = model()) {
        History history = fit(all, m, c.get("freq").asInt(), stop, reduce);
        assertThat(history.epochs()).as(c.toString()).hasSize(c.get("epochs").size());
        List<String> keys = new ArrayList<>();
        c.get("history")
            .properties()
            .forEach(
                e -> {
                  keys.add(e.getKey());
                  List<Double> got = history.get(e.getKey());
                  assertThat(got).as(e.getKey()).hasSize(e.getValue().size());
                  for (int i = 0; i < got.size(); i++) {
                    assertThat(got.get(i))
                        .as("%s %s", c, e.getKey())
                        .isCloseTo(e.getValue().get(i).asDouble(), within(1e-6));
                  }
                });
        assertThat(history.keys()).containsExactlyInAnyOrderElementsOf(keys);
      }
    }
  }

  /** What is written has a column for what comes later; only validated epochs are the best. */
  @Test
  void filesHaveWhatIsThere() throws IOException {
    Path log = dir.resolve("log.csv");
    Path best = dir.resolve("best.keras");
    try (Sequential m = model()) {
      fit(recorded(), m, 4, new CSVLogger(log), new ModelCheckpoint(best).saveBestOnly(true));
      List<String> lines = Files.readAllLines(log);
      assertThat(lines.get(0)).isEqualTo("epoch,loss,val_loss");
      assertThat(lines.get(3)).startsWith("2,").endsWith(",NA");
      assertThat(lines.get(4)).startsWith("3,").doesNotContain("NA");
      try (Model saved = Models.load(best)) {
        assertThat(saved.iterations()).isIn(4 * 2L, 8 * 2L); // of two steps
      }
      assertThatIllegalArgumentException()
          .isThrownBy(
              () -> fit(recorded(), m, 2, new ModelCheckpoint(dir.resolve("{val_loss:.2f}.keras"))))
          .withMessageContaining("there is no value for {val_loss:.2f}");
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Fit.epochs(1).validationFreq(0))
          .withMessage("fit: validationFreq must be at least 1, got 0");
    }
  }
}
