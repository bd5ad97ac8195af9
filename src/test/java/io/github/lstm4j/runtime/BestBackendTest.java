package io.github.lstm4j.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import org.junit.jupiter.api.Test;

/** Which models are worth a GPU; the estimate depends on this machine's processors. */
class BestBackendTest {
  private static boolean pays(int batch, int timesteps, int units) {
    Sequential model = new Sequential(new LSTM(units).inputShape(timesteps, 8), new Dense(1));
    return Backends.pays(CudaBackend.load(model.program(batch, false)));
  }

  @Test
  void oneSmallStepIsNotWorthAGpu() {
    assertThat(pays(1, 1, 16)).isFalse();
    assertThat(pays(2, 10, 8)).isFalse();
  }

  @Test
  void aLargeModelIs() {
    assertThat(pays(256, 100, 1024)).isTrue();
  }

  @Test
  void withoutADriverTheBestIsTheCpuWhateverTheModel() {
    Sequential model = new Sequential(new LSTM(4).inputShape(3, 2));
    Backend best = Backends.best(model.program(1, false));
    assertThat(best.name()).isEqualTo("cpu"); // too small for a GPU too, if there is one
    assertThat(best).isSameAs(Backends.cpu());
  }
}
