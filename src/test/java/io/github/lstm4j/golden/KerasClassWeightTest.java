package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Weights by class as Keras's fit has them: {@code golden/class-weight/record.py}. */
class KerasClassWeightTest {
  private static Tensor tensor(JsonNode numbers, int... dims) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return Tensor.of(values, dims);
  }

  @Test
  void trainsAsInKeras() throws IOException {
    String text = Files.readString(Path.of("src/test/resources/golden/class-weight/cases.json"));
    JsonNode all = new ObjectMapper().readTree(text);
    Tensor x = tensor(all.get("x"), 13, 4);
    for (JsonNode c : all.get("cases")) {
      int outputs = c.get("outputs").asInt();
      Loss loss = Loss.of(c.get("loss").asText());
      Tensor y = tensor(c.get("targets"), 13, c.get("targets").size() / 13);
      Map<Integer, Double> weights = new HashMap<>();
      c.get("class_weight")
          .properties()
          .forEach(e -> weights.put(Integer.parseInt(e.getKey()), e.getValue().asDouble()));
      try (Sequential m =
          new Sequential(new Input(4), new Dense(outputs, c.get("activation").asText()))) {
        m.setWeights(List.of(tensor(c.get("kernel"), 4, outputs), Tensor.zeros(outputs)));
        Metric metric = outputs == 1 ? Metric.MEAN_SQUARED_ERROR : Metric.ACCURACY;
        m.compile(Optimizer.sgd(0.5f), loss, Map.of(outputs == 1 ? "mse" : "acc", metric));
        Fit fit = Fit.epochs(2).batchSize(4).shuffle(false).validationSplit(0.2).silent();
        History history = m.fit(x, y, fit.classWeight(weights));
        c.get("history")
            .properties()
            .forEach(
                e -> {
                  for (int epoch = 0; epoch < 2; epoch++) {
                    double keras = e.getValue().get(epoch).asDouble();
                    assertThat(history.get(e.getKey()).get(epoch))
                        .as("%s %s %s", loss, weights, e.getKey())
                        .isCloseTo(keras, within(1e-5 + 1e-5 * keras));
                  }
                });
        for (int w = 0; w < 2; w++) {
          float[] ours = m.getWeights().get(w).data();
          for (int i = 0; i < ours.length; i++) {
            double keras = c.get("trained").get(w).get(i).asDouble();
            assertThat((double) ours[i])
                .as("%s %s", loss, weights)
                .isCloseTo(keras, within(1e-5 + 1e-5 * Math.abs(keras)));
          }
        }
      }
    }
  }

  /** Weights of samples and of classes are multiplied; a source without an end has them too. */
  @Test
  void multiplyThoseOfSamples() {
    Tensor x = Tensor.of(new float[] {1, -2, 3, 0.5f}, 4, 1);
    Tensor y = Tensor.of(new float[] {0, 1, 1, 2}, 4, 1);
    Tensor own = Tensor.of(new float[] {1, 2, 0.5f, 3}, 4);
    Tensor product = Tensor.of(new float[] {5, 8, 2, 3}, 4);
    Map<Integer, Double> classes = Map.of(0, 5.0, 1, 4.0);
    Fit fit = Fit.epochs(3).batchSize(2).shuffle(false).silent();
    try (Sequential a = model();
        Sequential b = model();
        Sequential c = model()) {
      History expected = a.fit(BatchSource.of(x, y, product), fit);
      History got = b.fit(BatchSource.of(x, y, own), fit.classWeight(classes));
      assertThat(got.get("loss")).isEqualTo(expected.get("loss"));
      assertThat(b.getWeights()).isEqualTo(a.getWeights());
      List<Batch> batches = List.of(Batch.of(x, y, own));
      c.fit(BatchSource.of(batches), fit.classWeight(classes));
      assertThat(c.iterations()).isEqualTo(3);
    }
  }

  private static Sequential model() {
    return new Sequential()
        .seed(4)
        .add(new Input(1))
        .add(new Dense(1))
        .compile(Optimizer.sgd(0.01f), Loss.meanSquaredError());
  }

  @Test
  void misuseIsRefused() {
    Fit fit = Fit.epochs(1).silent();
    for (Map<Integer, Double> wrong :
        List.of(Map.of(-1, 1.0), Map.of(0, -1.0), Map.of(0, Double.NaN), Map.of(0, 1e39))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fit.classWeight(wrong))
          .withMessageStartingWith("fit: classWeight: expected");
    }
    try (Sequential m =
        new Sequential(new LSTM(2).returnSequences(true).inputShape(3, 1), new Dense(1))
            .compile(Optimizer.sgd(0.1f), Loss.binaryCrossentropy(true))) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  m.fit(Tensor.zeros(4, 3, 1), Tensor.zeros(4, 3), fit.classWeight(Map.of(1, 2.0))))
          .withMessageContaining("a class for each sample");
    }
    try (Sequential m = model()) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  m.fit(
                      BatchSource.of(Tensor.zeros(4, 1), Tensor.zeros(4, 1), Tensor.zeros(4, 2)),
                      fit.classWeight(Map.of(1, 2.0))))
          .withMessageContaining("expected a weight for each sample (4), got (4, 2)");
    }
  }
}
