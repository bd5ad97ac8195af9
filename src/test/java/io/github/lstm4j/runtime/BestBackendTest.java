package io.github.lstm4j.runtime;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import org.junit.jupiter.api.Test;

/** Which models are worth a GPU, one that takes 3 us for a launch and does 10 TFLOP/s. */
class BestBackendTest {
  private static final Speeds SPEEDS = new Speeds(3e-6, 1e-13);

  private static CudaBackend.Load load(int batch, int timesteps, int units, boolean persistent) {
    Sequential model = new Sequential(new LSTM(units).inputShape(timesteps, 8), new Dense(1));
    CudaOptions options = CudaOptions.DEFAULT.withPersistent(persistent);
    return CudaBackend.load(model.program(batch, false), options);
  }

  private static double cpu(int batch, int timesteps, int units, int processors) {
    return Speeds.cpu(load(batch, timesteps, units, false), processors);
  }

  private static boolean pays(int batch, int timesteps, int units) {
    return SPEEDS.gpu(load(batch, timesteps, units, true)) < cpu(batch, timesteps, units, 16);
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

  /** One launch for a sequence is not one launch's time, nor nothing for a CPU to do. */
  @Test
  void aSequenceInOneLaunchTakesItsTime() {
    CudaBackend.Load whole = load(64, 100, 128, true);
    CudaBackend.Load steps = load(64, 100, 128, false);
    assertThat(whole.launches()).isLessThan(10);
    assertThat(steps.launches()).isGreaterThan(200);
    assertThat(steps.persistentSeconds()).isZero();
    assertThat(whole.persistentSeconds()).isBetween(20e-6, 200e-6); // 100 steps of about 1 us
    assertThat(SPEEDS.gpu(whole)).isGreaterThan(whole.persistentSeconds());
    assertThat(SPEEDS.gpu(whole)).isLessThan(SPEEDS.gpu(steps));
  }

  /** A step of one sample has nothing to share among processors, one of 64 has. */
  @Test
  void oneSampleIsNoFasterOnManyProcessors() {
    assertThat(cpu(1, 1, 256, 16)).isEqualTo(cpu(1, 1, 256, 1));
    assertThat(cpu(64, 1, 256, 16)).isLessThan(cpu(64, 1, 256, 1));
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
