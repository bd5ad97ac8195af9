package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

/** Sequence lengths come and go; what is kept for them stays within {@code planMemory}. */
class PlanMemoryTest {
  @Test
  void lengths() {
    long limit = 2 << 20;
    try (Sequential m =
        new Sequential(new Input(-1, 2), new LSTM(16), new Dense(1))
            .on(Backends.cpu())
            .planMemory(limit)) {
      m.compile("sgd", "mse");
      long most = 0;
      for (int t = 1; t <= 400; t += 3) {
        m.predict(Tensor.zeros(8, t, 2));
        m.trainOnBatch(Tensor.zeros(8, t, 2), Tensor.zeros(8, 1));
        most = Math.max(most, m.plans().bytes());
        assertThat(m.plans().bytes()).isLessThanOrEqualTo(limit);
      }
      assertThat(most).isGreaterThan(limit / 2);
    }
  }

  /** What one call needs is taken, whatever the limit. */
  @Test
  void moreThanTheLimitAtOnce() {
    try (Sequential m =
        new Sequential(new Input(-1, 2), new LSTM(16)).on(Backends.cpu()).planMemory(1)) {
      Tensor x = Tensor.zeros(70, 9, 2);
      assertThat(m.predict(x, 32).dim(0)).isEqualTo(70);
      assertThat(m.predict(x, 32)).isEqualTo(m.predict(x, 70));
    }
  }
}
