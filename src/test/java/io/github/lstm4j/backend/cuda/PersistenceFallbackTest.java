package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A launch for a whole sequence that the device refuses: the program goes on step by step, from the
 * op on whose launch it was, and nothing is done twice.
 */
class PersistenceFallbackTest {
  private static final int REFUSED = 701;
  private static final Tensor X = random(1, 3, 4, 2);
  private static final Tensor Y = random(2, 3, 1);

  private static Tensor random(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  /** Moving averages that are updated on the way there, two directions, a layer above. */
  private static Sequential model(CudaBackend backend) {
    return new Sequential()
        .seed(5)
        .add(new Input(4, 2))
        .add(new BatchNormalization())
        .add(new Bidirectional(new LSTM(3).returnSequences(true)))
        .add(new LSTM(2))
        .add(new Dense(1))
        .on(backend)
        .compile("adam", "mse");
  }

  private static CudaBackend backend(SimulatedCuda cuda, CudaOptions options) {
    return new CudaBackend(cuda, options);
  }

  /** All weights after three steps, the moving averages among them. */
  private static float[] trained(SimulatedCuda cuda, CudaOptions options, Runnable beforeSteps) {
    try (CudaBackend backend = backend(cuda, options);
        Sequential model = model(backend)) {
      model.getWeights(); // the backend is ready
      beforeSteps.run();
      for (int i = 0; i < 3; i++) {
        model.trainOnBatch(X, Y);
      }
      int size = model.getWeights().stream().mapToInt(Tensor::size).sum();
      float[] all = new float[size];
      int at = 0;
      for (Tensor w : model.getWeights()) {
        System.arraycopy(w.data(), 0, all, at, w.size());
        at += w.size();
      }
      return all;
    }
  }

  private static float[] stepByStep() {
    return trained(
        SimulatedCuda.builder().build(), CudaOptions.DEFAULT.withPersistent(false), () -> {});
  }

  private static void assertEqual(float[] actual, float[] expected, String what) {
    assertThat(actual).as(what).hasSameSizeAs(expected);
    for (int i = 0; i < expected.length; i++) {
      assertThat(actual[i]).as("%s, weight %d", what, i).isCloseTo(expected[i], within(2e-5f));
    }
  }

  @Test
  void bothWaysTrainTheSame() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    float[] whole = trained(cuda, CudaOptions.DEFAULT, () -> {});
    assertEqual(whole, stepByStep(), "whole sequences");
    assertThat(cuda.leaks()).isEmpty();
  }

  /** Whichever launch it is of the first step, which is the one without a graph. */
  @Test
  void aRefusedLaunchIsFollowedByStepsFromItsOpOn() {
    float[] expected = stepByStep();
    SimulatedCuda healthy = SimulatedCuda.builder().build();
    int launches;
    try (CudaBackend backend = backend(healthy, CudaOptions.DEFAULT);
        Sequential model = model(backend)) {
      model.getWeights();
      long before = healthy.count(CudaCall.LAUNCH);
      model.trainOnBatch(X, Y);
      launches = Math.toIntExact(healthy.count(CudaCall.LAUNCH) - before);
    }
    assertThat(launches).isBetween(10, 60);
    int refused = 0;
    for (int n = 1; n <= launches; n++) {
      int at = n;
      SimulatedCuda cuda = SimulatedCuda.builder().build();
      Runnable refuse = () -> cuda.failAt(CudaCall.LAUNCH, at, REFUSED);
      try {
        assertEqual(trained(cuda, CudaOptions.DEFAULT, refuse), expected, "launch " + n);
        refused++;
      } catch (DeviceException another) {
        assertThat(another).hasMessageContaining("(701)").hasMessageNotContaining("persistent");
      }
      assertThat(cuda.leaks()).isEmpty();
    }
    assertThat(refused).as("three layers, there and back").isEqualTo(6);
  }

  /** While it is prepared, when it is launched, as part of a graph. */
  @ParameterizedTest
  @CsvSource({"PREPARE_LAUNCH, 701", "LAUNCH, 720", "LAUNCH, 912", "LAUNCH_GRAPH, 720"})
  void whateverCallRefusesIt(CudaCall call, int code) {
    float[] expected = stepByStep();
    int refused = 0;
    for (int n = 1; n <= 30 && refused < 1; n++) {
      int at = n;
      SimulatedCuda cuda = SimulatedCuda.builder().build();
      try {
        Runnable refuse = () -> cuda.failAt(call, at, code);
        assertEqual(trained(cuda, CudaOptions.DEFAULT, refuse), expected, call + " " + n);
        refused++;
      } catch (DeviceException another) {
        assertThat(another).hasMessageContaining("(" + code + ")");
      }
      assertThat(cuda.leaks()).isEmpty();
    }
    assertThat(refused).isPositive();
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 700, 719, 999})
  void otherFailuresStayErrors(int code) {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    assertThatThrownBy(
            () -> trained(cuda, CudaOptions.DEFAULT, () -> cuda.failAt(CudaCall.LAUNCH, 3, code)))
        .isInstanceOf(DeviceException.class)
        .hasMessageContaining("(" + code + ")");
  }
}
