package io.github.lstm4j.training;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/**
 * What Keras's fit and evaluate measured with a weight for each sample, recorded by {@code
 * golden/lstm4j-files/sample_weights.py}.
 */
class SampleWeightsTest {
  private static Map<String, Tensor> recorded() throws Exception {
    return Npz.read(
        Path.of(
            Objects.requireNonNull(
                    SampleWeightsTest.class.getResource("/golden/lstm4j-files/sample_weights.npz"))
                .toURI()));
  }

  private static void check(String name, Sequential model) throws Exception {
    Map<String, Tensor> all = recorded();
    List<Tensor> initial = new ArrayList<>();
    for (int i = 0; all.containsKey(name + "/w" + i); i++) {
      initial.add(all.get(name + "/w" + i));
    }
    BatchSource source =
        BatchSource.of(all.get(name + "/x"), all.get(name + "/y"), all.get(name + "/weights"));
    for (Backend backend : List.of(Backends.cpu(), SimulatedBackend.shared())) {
      model.on(backend);
      model.compile("sgd", "mse", "mae");
      model.setLearningRate(0.1f);
      model.setWeights(initial);
      History history = model.fit(source, Fit.epochs(3).batchSize(4).shuffle(false).silent());
      for (String key : List.of("loss", "mae")) {
        assertClose(key, all.get(name + "/" + key), tensor(history.get(key)), 2e-6, 2e-6);
      }
      assertClose(
          "evaluate",
          all.get(name + "/evaluate"),
          tensor(List.copyOf(model.evaluate(source, 4).values())),
          2e-6,
          2e-6);
    }
    model.close();
  }

  private static Tensor tensor(List<Double> values) {
    Tensor t = Tensor.zeros(values.size());
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = values.get(i).floatValue();
    }
    return t;
  }

  @Test
  void plain() throws Exception {
    check("plain", new Sequential(new Input(4, 3), new LSTM(5), new Dense(2)));
  }

  @Test
  void sequence() throws Exception {
    check(
        "sequence",
        new Sequential(new Input(4, 3), new LSTM(5).returnSequences(true), new Dense(2)));
  }

  @Test
  void masked() throws Exception {
    check(
        "masked",
        new Sequential(
            new Input(4, 3),
            new Masking(),
            new LSTM(5).returnSequences(true),
            new TimeDistributed(new Dense(2))));
  }

  /** Shuffled samples keep their weights; a weight of 2 counts as the sample twice. */
  @Test
  void weightsGoWithTheirSamples() {
    Tensor x = Tensor.of(new float[] {1, 2, 3, 4}, 4, 1, 1);
    Tensor y = Tensor.of(new float[] {1, 5, 2, 7}, 4, 1);
    Tensor weights = Tensor.of(new float[] {0, 1, 0, 0}, 4);
    try (Sequential m = new Sequential(new Input(1, 1), new LSTM(1), new Dense(1))) {
      m.on(Backends.cpu()).compile("sgd", "mse");
      double second = m.evaluate(x.rows(1, 2), y.rows(1, 2)).get("loss");
      m.setLearningRate(0);
      History h = m.fit(BatchSource.of(x, y, weights), Fit.epochs(5).batchSize(1).silent());
      for (double loss : h.get("loss")) {
        assertThat(loss).isCloseTo(second / 4, org.assertj.core.api.Assertions.within(1e-6));
      }
    }
  }

  @Test
  void ofTheWrongShape() {
    Tensor x = Tensor.zeros(4, 1, 1);
    Tensor y = Tensor.zeros(4, 1);
    try (Sequential m = new Sequential(new Input(1, 1), new LSTM(1), new Dense(1))) {
      m.on(Backends.cpu()).compile("sgd", "mse");
      assertThatThrownBy(() -> BatchSource.of(x, y, Tensor.zeros(3)))
          .hasMessageContainingAll("sample weights", "(4, 1, 1)", "(3,)");
      assertThatThrownBy(() -> m.evaluate(BatchSource.of(x, y, Tensor.zeros(4, 2)), 4))
          .hasMessageContainingAll("evaluate", "weight for each sample", "(4, 2)");
      assertThatThrownBy(
              () -> m.fit(BatchSource.of(List.of(Batch.of(x, y, Tensor.zeros(5)))), Fit.epochs(1)))
          .hasMessageContainingAll("fit", "weight for each sample", "(4)", "(5,)");
    }
  }
}
