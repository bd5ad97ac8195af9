package io.github.lstm4j.model;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * What Keras's fit and evaluate measured, recorded by {@code golden/lstm4j-files/training.py}:
 * masks in losses and metrics, the smaller last batch, the validation split, the history's keys.
 */
class TrainingSemanticsTest {
  private static Map<String, Tensor> recorded;

  @BeforeAll
  static void read() throws IOException, URISyntaxException {
    recorded =
        Npz.read(
            Path.of(
                Objects.requireNonNull(
                        TrainingSemanticsTest.class.getResource(
                            "/golden/lstm4j-files/training.npz"))
                    .toURI()));
  }

  private static Sequential masked(Dense last) {
    return new Sequential(
        new Input(4, 3),
        new Masking(),
        new LSTM(5).returnSequences(true),
        new TimeDistributed(last));
  }

  private static Sequential plain(Layer last) {
    return new Sequential(new Input(4, 3), new LSTM(5), last);
  }

  private static void check(String name, Sequential model, Fit fit) {
    List<Tensor> weights = new ArrayList<>();
    for (int i = 0; recorded.containsKey(name + "/w" + i); i++) {
      weights.add(recorded.get(name + "/w" + i));
    }
    Tensor x = recorded.get(name + "/x");
    Tensor y = recorded.get(name + "/y");
    try (model) {
      model.setWeights(weights);
      History history = model.fit(x, y, fit);
      StringBuilder keys = new StringBuilder();
      for (float c : recorded.get(name + "/keys").data()) {
        keys.append((char) c);
      }
      // Keras sorts them; ours begin with the loss, and follow the metrics' order
      assertThat(history.keys()).containsExactlyInAnyOrder(keys.toString().split(",", -1));
      assertThat(history.keys().get(0)).isEqualTo("loss");
      for (String key : history.keys()) {
        assertClose(key, recorded.get(name + "/" + key), tensor(history.get(key)), 2e-6, 2e-6);
      }
      Map<String, Double> evaluated = model.evaluate(x, y, 4);
      assertClose(
          "evaluate",
          recorded.get(name + "/evaluate"),
          tensor(List.copyOf(evaluated.values())),
          2e-6,
          2e-6);
    }
  }

  private static Tensor tensor(List<Double> values) {
    Tensor t = Tensor.zeros(values.size());
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = values.get(i).floatValue();
    }
    return t;
  }

  private static Fit fit() {
    return Fit.epochs(3).batchSize(4).shuffle(false).silent();
  }

  @Test
  void maskedRegression() {
    Map<String, Metric> metrics = new LinkedHashMap<>();
    metrics.put("mae", Metric.MEAN_ABSOLUTE_ERROR);
    metrics.put("mse", Metric.MEAN_SQUARED_ERROR);
    Sequential model = masked(new Dense(2));
    model.compile(Optimizer.adam(0.05f), Loss.meanSquaredError(), metrics);
    check("masked", model, fit());
  }

  /** As in Keras, whose RMSE is the one metric that does not see masks. */
  @Test
  void maskedRootMeanSquare() {
    // with other weights the two may be as near by chance
    try (Sequential model = masked(new Dense(2)).seed(1)) {
      model.compile("sgd", "mse", "mse", "rmse");
      Tensor x = recorded.get("masked/x");
      Tensor y = recorded.get("masked/y");
      Tensor predicted = model.predict(x);
      double squares = 0;
      for (int i = 0; i < y.size(); i++) {
        squares += Math.pow(predicted.data()[i] - y.data()[i], 2);
      }
      Map<String, Double> got = model.evaluate(x, y, 4);
      assertThat(got.get("rmse")).isCloseTo(Math.sqrt(squares / y.size()), within(1e-6));
      assertThat(got.get("rmse") * got.get("rmse")).isNotCloseTo(got.get("mse"), within(1e-3));
    }
  }

  @Test
  void maskedClassNumbers() {
    Sequential model = masked(new Dense(3, "softmax"));
    model.compile(
        Optimizer.rmsprop(0.05f),
        Loss.sparseCategoricalCrossentropy(false),
        Map.of("accuracy", Metric.SPARSE_CATEGORICAL_ACCURACY));
    check("masked_sparse", model, fit());
  }

  /** 11 samples split at 0.25: Keras trains on ⌊11 · 0.75⌋ = 8. */
  @Test
  void validationSplit() {
    Sequential model = plain(new Dense(1));
    Map<String, Metric> metrics = new LinkedHashMap<>();
    metrics.put("mean_squared_error", Metric.MEAN_SQUARED_ERROR);
    metrics.put("mae", Metric.MEAN_ABSOLUTE_ERROR);
    metrics.put("rmse", Metric.ROOT_MEAN_SQUARED_ERROR);
    model.compile(Optimizer.sgd(0.1f), Loss.meanAbsoluteError(), metrics);
    check("split", model, fit().validationSplit(0.25));
  }

  @Test
  void classesByName() {
    Sequential model = plain(new Dense(3, "softmax"));
    model.compile("sgd", "categorical_crossentropy", "acc");
    model.setLearningRate(0.1f);
    check("classes", model, fit().validationSplit(0.4));
  }

  /** Which accuracy it is follows from the outputs, and only where they tell nothing the loss. */
  @Test
  void accuracyOfThreeOutputsIsCategorical() {
    Sequential model = plain(new Dense(3));
    model.compile("sgd", "mse", "accuracy");
    model.setLearningRate(0.1f);
    check("three_at_mse", model, fit());
    // the same where the input's shape is known by the data only
    Sequential late = new Sequential(new LSTM(5), new Dense(3));
    late.compile("sgd", "mse", "accuracy");
    Map<String, Double> logs = late.evaluate(Tensor.zeros(2, 4, 3), Tensor.zeros(2, 3));
    assertThat(logs).containsEntry("accuracy", 1.0); // the largest of equals is the first
  }

  /** With one batch for all samples the order of the samples plays no part. */
  @Test
  void aBatchLargerThanTheData() {
    Tensor x = recorded.get("split/x");
    Tensor y = recorded.get("split/y");
    try (Sequential a = plain(new Dense(1));
        Sequential b = plain(new Dense(1))) {
      b.setWeights(a.getWeights());
      a.compile("adam", "mse");
      b.compile("adam", "mse");
      History history = a.fit(x, y, Fit.epochs(1).batchSize(1000).shuffle(false).silent());
      Map<String, Double> step = b.trainOnBatch(x, y);
      assertThat(history.get("loss")).containsExactly(step.get("loss"));
      assertThat(a.getWeights()).isEqualTo(b.getWeights());
      assertThat(a.iterations()).isEqualTo(1);
    }
  }

  /** Two batches of two samples each: the state goes from the first to the second. */
  @Test
  void statefulCarriesAndResets() {
    Tensor x = recorded.get("split/x").rows(0, 4);
    LSTM lstm = new LSTM(3).stateful(true);
    try (Sequential model = new Sequential(Input.batch(2, 4, 3), lstm);
        Sequential whole = new Sequential(new LSTM(3).inputShape(8, 3))) {
      whole.setWeights(model.getWeights());
      Tensor got = model.predict(x, 2);
      // sample i of the first batch goes on as sample i of the second
      Tensor joined = Tensor.zeros(2, 8, 3);
      for (int i = 0; i < 2; i++) {
        System.arraycopy(x.data(), i * 12, joined.data(), i * 24, 12);
        System.arraycopy(x.data(), (i + 2) * 12, joined.data(), i * 24 + 12, 12);
      }
      assertClose("second batch", whole.predict(joined), got.rows(2, 4), 1e-6, 1e-6);
      assertThat(lstm.states().get(0).value()).isEqualTo(got.rows(2, 4));
      model.resetStates();
      assertThat(model.predict(x, 2)).isEqualTo(got);
    }
  }
}
