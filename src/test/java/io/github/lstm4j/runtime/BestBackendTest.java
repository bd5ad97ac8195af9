package io.github.lstm4j.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import org.junit.jupiter.api.Test;

/** Which models are worth a GPU, one that takes 3 us for a launch and does 10 TFLOP/s. */
class BestBackendTest {
  private static final Speeds SPEEDS = new Speeds(3e-6, 1e-13);

  private static CudaBackend.Load load(int batch, int timesteps, int units) {
    Sequential model = new Sequential(new LSTM(units).inputShape(timesteps, 8), new Dense(1));
    return CudaBackend.load(model.program(batch, false));
  }

  private static boolean pays(int batch, int timesteps, int units) {
    CudaBackend.Load load = load(batch, timesteps, units);
    return SPEEDS.gpu(load) < Speeds.cpu(load, 16);
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

  /** A step of one sample has nothing to share among processors, one of 64 has. */
  @Test
  void oneSampleIsNoFasterOnManyProcessors() {
    assertThat(Speeds.cpu(load(1, 1, 256), 16)).isEqualTo(Speeds.cpu(load(1, 1, 256), 1));
    assertThat(Speeds.cpu(load(64, 1, 256), 16)).isLessThan(Speeds.cpu(load(64, 1, 256), 1));
  }

  @Test
  void whatRunsProgramsCanBeMeasured() {
    Speeds measured = Speeds.measure(Backends.cpu()); // which is a device too
    assertThat(measured.launch()).isPositive().isFinite();
    assertThat(measured.flop()).isPositive().isFinite();
  }

  @Test
  void withoutADriverTheBestIsTheCpuWhateverTheModel() {
    Sequential model = new Sequential(new LSTM(4).inputShape(3, 2));
    Backend best = Backends.best(model.program(1, false));
    assertThat(best.name()).isEqualTo("cpu"); // too small for a GPU too, if there is one
    assertThat(best).isSameAs(Backends.cpu());
  }
}
