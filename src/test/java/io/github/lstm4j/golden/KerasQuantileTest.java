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
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The pinball loss as a class of Python's Keras gives it: {@code golden/quantile/record.py}. */
class KerasQuantileTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/quantile");
  private static final Loss LOSS = Loss.quantile(0.1f, 0.5f, 0.9f);

  @TempDir Path folder;

  private static JsonNode cases() throws IOException {
    return new ObjectMapper().readTree(Files.readString(FOLDER.resolve("cases.json")));
  }

  private static Tensor tensor(JsonNode numbers, int... dims) {
    float[] values = new float[numbers.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) numbers.get(i).asDouble();
    }
    return Tensor.of(values, dims);
  }

  @Test
  void valuesForEachReductionAndWeights() throws IOException {
    JsonNode all = cases();
    Tensor y = tensor(all.get("target"), 4, 3, 2);
    Tensor p = tensor(all.get("prediction"), 4, 3, 6);
    for (JsonNode c : all.get("cases")) {
      Loss.Reduction reduction =
          Loss.Reduction.valueOf(c.get("reduction").asText().toUpperCase(java.util.Locale.ROOT));
      try (Sequential m = same(Loss.quantile(0.1f, 0.5f, 0.9f).withReduction(reduction))) {
        BatchSource source =
            c.get("weighted").asBoolean()
                ? BatchSource.of(p, y, tensor(all.get("weights"), 4))
                : BatchSource.of(p, y);
        assertThat(m.evaluate(source, 4).get("loss"))
            .as(c.toString())
            .isCloseTo(c.get("value").asDouble(), within(1e-5));
      }
    }
  }

  /** A model that gives back its input. */
  private static Sequential same(Loss loss) {
    Sequential m = new Sequential(new Input(3, 6), new Dense(6).useBias(false));
    Tensor identity = Tensor.zeros(6, 6);
    for (int i = 0; i < 6; i++) {
      identity.data()[7 * i] = 1;
    }
    m.setWeights(List.of(identity));
    return m.compile(Optimizer.sgd(0.1f), loss);
  }

  @Test
  void trainsAsInKeras() throws IOException {
    JsonNode all = cases();
    try (Sequential m =
        new Sequential(new Input(3), new Dense(6)).compile(Optimizer.sgd(0.25f), LOSS)) {
      m.setWeights(List.of(tensor(all.get("kernel"), 3, 6), Tensor.zeros(6)));
      List<Double> losses =
          m.fit(
                  tensor(all.get("x"), 7, 3),
                  tensor(all.get("y"), 7, 2),
                  Fit.epochs(2).batchSize(3).shuffle(false).silent())
              .get("loss");
      for (int epoch = 0; epoch < 2; epoch++) {
        assertThat(losses.get(epoch))
            .isCloseTo(all.get("loss").get(epoch).asDouble(), within(1e-6));
      }
      for (int w = 0; w < 2; w++) {
        JsonNode trained = all.get("trained").get(w);
        float[] ours = m.getWeights().get(w).data();
        for (int i = 0; i < ours.length; i++) {
          assertThat((double) ours[i]).isCloseTo(trained.get(i).asDouble(), within(1e-6));
        }
      }
    }
  }

  @Test
  void filesOfKerasAndOurs() throws IOException {
    try (Model m = Models.load(FOLDER.resolve("quantile.keras"))) {
      assertThat(m.loss()).isEqualTo(LOSS);
      assertThat(m.getWeights().get(0).data()[0])
          .isCloseTo((float) cases().get("trained").get(0).get(0).asDouble(), within(1e-6f));
      m.compile(
          Optimizer.adam(1e-3f),
          LOSS.withReduction(Loss.Reduction.SUM),
          Map.of("pinball", Metric.of(LOSS)));
      Path file = folder.resolve("ours.keras");
      m.save(file);
      try (Model again = Models.load(file)) {
        assertThat(again.loss()).isEqualTo(m.loss());
        assertThat(again.metrics()).isEqualTo(m.metrics());
      }
    }
  }

  /** An interval of a known distribution: the outputs become its quantiles. */
  @Test
  void outputsBecomeQuantiles() {
    java.util.Random random = new java.util.Random(5);
    Tensor x = Tensor.zeros(4000, 1);
    Tensor y = Tensor.zeros(4000, 1);
    for (int i = 0; i < y.size(); i++) {
      y.data()[i] = random.nextFloat(); // uniform
    }
    try (Sequential m =
        new Sequential()
            .seed(1)
            .add(new Input(1))
            .add(new Dense(3))
            .compile(Optimizer.adam(0.02f), LOSS, Metric.of(LOSS))) {
      m.fit(x, y, Fit.epochs(12).batchSize(100).silent());
      float[] q = m.predict(Tensor.zeros(1, 1)).data();
      assertThat(q[0]).isCloseTo(0.1f, within(0.03f));
      assertThat(q[1]).isCloseTo(0.5f, within(0.04f));
      assertThat(q[2]).isCloseTo(0.9f, within(0.03f));
    }
  }

  @Test
  void misuseIsRefused() {
    assertThat(Loss.of("quantile")).isEqualTo(Loss.quantile(0.5f));
    for (float[] q : new float[][] {{}, {0}, {1}, {0.5f, 0.5f}, {0.9f, 0.1f}, {Float.NaN}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> Loss.quantile(q))
          .withMessageStartingWith("quantile: ");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.meanSquaredError().withQuantiles(List.of(0.5f)))
        .withMessageContaining("mean_squared_error: there are no quantiles");
    Sequential two = new Sequential(new LSTM(2).inputShape(3, 1), new Dense(2));
    for (Metric metric : List.of(Metric.MEAN_ABSOLUTE_ERROR, Metric.ACCURACY)) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> two.compile(Optimizer.sgd(0.1f), LOSS, metric))
          .withMessageContaining("need different targets");
    }
    two.compile(Optimizer.sgd(0.1f), LOSS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> two.fit(Tensor.zeros(4, 3, 1), Tensor.zeros(4, 1), Fit.epochs(1)))
        .withMessageContaining("multiple of 3 outputs")
        .withMessageContaining("got 2");
    Sequential three = new Sequential(new LSTM(2).inputShape(3, 1), new Dense(3));
    three.compile(Optimizer.sgd(0.1f), LOSS);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> three.fit(Tensor.zeros(4, 3, 1), Tensor.zeros(4, 3), Fit.epochs(1)))
        .withMessageContaining("expected targets (4, 1)");
  }
}
