package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes along the timesteps, or over several axes at once. */
class TimestepsTest {
  private static final Tensor X = Tensor.of(new float[][][] {{{1, -2}, {3, 4}}, {{0, 1}, {-1, 2}}});

  /** Keras's loop calls the layer once for each timestep: the averages move twice. */
  @Test
  void batchNormalizationLearnsTimestepByTimestep() {
    BatchNormalization normalization = new BatchNormalization().momentum(0.75f);
    try (Sequential model = new Sequential(new Input(2, 2), new TimeDistributed(normalization))) {
      assertThat(model.predict(X).get(0, 1, 1)).isCloseTo(4, within(0.01f));
      model.compile("sgd", "mse");
      model.trainOnBatch(X, X);
      float[] mean = normalization.weights().get(2).value().data();
      float first = 0.25f * (1 + 0) / 2; // of the first timestep
      assertThat(mean[0]).isCloseTo(0.75f * first + 0.25f * (3 - 1) / 2, within(1e-6f));
    }
  }

  /** A model for each timestep learns what it learns of all timesteps as samples. */
  @Test
  void aModelForEachTimestep() {
    Sequential each = new Sequential(new Input(2), new Dense(3, "tanh"), new Dense(2));
    Tensor rows = X.reshape(4, 2);
    try (Sequential alone = new Sequential(new Input(2), new Dense(3, "tanh"), new Dense(2));
        Sequential model = new Sequential(new Input(2, 2), new TimeDistributed(each.asLayer()))) {
      alone.setWeights(model.getWeights());
      assertThat(model.predict(X).data()).isEqualTo(alone.predict(rows).data());
      model.compile("sgd", "mse");
      alone.compile("sgd", "mse");
      model.trainOnBatch(X, X);
      alone.trainOnBatch(rows, rows);
      assertThat(model.predict(X).data())
          .containsExactly(alone.predict(rows).data(), within(1e-6f));
      assertThat(each.getWeights()).isEqualTo(model.getWeights());
    }
  }

  /** The inner model's weights come from the outer one's seed. */
  @Test
  void oneSeedDrawsWhatIsInside() {
    assertThat(seeded(3)).isEqualTo(seeded(3)).isNotEqualTo(seeded(4));
  }

  private static List<Tensor> seeded(long seed) {
    Sequential each = new Sequential(new Input(2), new Dense(3));
    try (Sequential model = new Sequential(new Input(2, 2), new TimeDistributed(each.asLayer()))) {
      model.seed(seed);
      return model.getWeights();
    }
  }

  @Test
  void whatKnowsOfOtherTimestepsIsRefused() {
    KerasTensor x = new Input(4, 3).output();
    assertThatThrownBy(() -> new TimeDistributed(new Embedding(3, 2)).apply(x))
        .hasMessageContaining("TimeDistributed: Embedding takes ids");
    KerasTensor y = Input.of(Shape.of(2, 4, 3, 2)).output();
    assertThatThrownBy(() -> new TimeDistributed(new LSTM(2).stateful(true)).apply(y))
        .hasMessageContaining("TimeDistributed: LSTM is stateful");
    assertThatThrownBy(() -> new TimeDistributed(new LSTM(2).returnState(true)).apply(y))
        .hasMessageContaining("gives 3 outputs");
  }

  @Test
  void softmaxOverSeveralAxesAddsUpToOneOverAll() {
    try (Sequential model = new Sequential(new Input(2, 2), new Softmax(1, 2))) {
      Tensor y = model.predict(X);
      assertThat(y.get(0, 0, 0) + y.get(0, 0, 1) + y.get(0, 1, 0) + y.get(0, 1, 1))
          .isCloseTo(1, within(1e-6f));
      assertThat(y.get(0, 1, 1) / y.get(0, 1, 0)).isCloseTo((float) Math.E, within(1e-5f));
    }
    assertThatThrownBy(() -> new Softmax(1, -2).build(new Input(2, 2).output().shape(), null))
        .hasMessageContaining("axis is [1, -2]");
    assertThatThrownBy(() -> new Softmax(new int[0])).hasMessageContaining("at least one axis");
  }
}
