package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
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
