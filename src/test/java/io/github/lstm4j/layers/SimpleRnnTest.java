package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * SimpleRNN against its equation. What Keras makes of it: {@code KerasGridTest}, {@code
 * KerasTrainingTest} and {@code KerasModelsTest}; what holds for every recurrent layer: {@link
 * RecurrentTest}.
 */
class SimpleRnnTest {
  /** Keras's defaults: glorot_uniform, orthogonal, zeros. */
  @Test
  void weights() {
    SimpleRNN rnn = new SimpleRNN(8);
    try (Sequential model = new Sequential(rnn.inputShape(3, 5))) {
      assertThat(rnn.name()).isEqualTo("simple_rnn");
      assertThat(rnn.kernel().shape().dims()).containsExactly(5, 8);
      assertThat(rnn.recurrentKernel().shape().dims()).containsExactly(8, 8);
      assertThat(rnn.bias().shape().dims()).containsExactly(8);
      assertThat(model.countParams()).isEqualTo(5 * 8 + 8 * 8 + 8);
      float limit = (float) Math.sqrt(6.0 / (5 + 8));
      float[] kernel = rnn.kernel().value().data();
      assertThat(kernel).doesNotContain(0f);
      for (float w : kernel) {
        assertThat(w).isBetween(-limit, limit);
      }
      Tensor r = rnn.recurrentKernel().value();
      for (int i = 0; i < 8; i++) {
        for (int k = 0; k < 8; k++) {
          double dot = 0;
          for (int j = 0; j < 8; j++) {
            dot += (double) r.get(i, j) * r.get(k, j);
          }
          assertThat(dot).isCloseTo(i == k ? 1 : 0, within(1e-6));
        }
      }
      assertThat(rnn.bias().value()).isEqualTo(Tensor.zeros(8));
    }
  }

  /** h = tanh(x·K + h₋·R + b), in double. */
  @ParameterizedTest
  @ValueSource(ints = {1, 2, 3, 4, 5})
  void equation(int seed) {
    Random random = new Random(seed);
    int batch = 1 + random.nextInt(4);
    int timesteps = 1 + random.nextInt(6);
    int features = 1 + random.nextInt(5);
    int units = 1 + random.nextInt(20);
    SimpleRNN rnn = new SimpleRNN(units).returnSequences(true);
    Tensor x = Tensor.zeros(batch, timesteps, features);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = (float) random.nextGaussian();
    }
    try (Sequential model = new Sequential(rnn.inputShape(timesteps, features))) {
      Tensor k = rnn.kernel().value();
      Tensor r = rnn.recurrentKernel().value();
      Tensor b = Tensor.zeros(units);
      for (int j = 0; j < units; j++) {
        b.data()[j] = (float) random.nextGaussian();
      }
      rnn.bias().assign(b);
      Tensor y = model.predict(x);
      for (int n = 0; n < batch; n++) {
        double[] before = new double[units];
        for (int t = 0; t < timesteps; t++) {
          double[] h = new double[units];
          for (int j = 0; j < units; j++) {
            double z = b.data()[j];
            for (int f = 0; f < features; f++) {
              z += (double) x.get(n, t, f) * k.get(f, j);
            }
            for (int i = 0; i < units; i++) {
              z += before[i] * r.get(i, j);
            }
            h[j] = Math.tanh(z);
            assertThat((double) y.get(n, t, j)).isCloseTo(h[j], within(2e-6));
          }
          before = h;
        }
      }
    }
  }
}
