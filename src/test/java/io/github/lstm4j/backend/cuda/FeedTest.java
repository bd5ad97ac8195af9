package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.backend.cuda.sim.CudaCall;
import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.DType;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** How data comes to a device: samples that stay there, or one copy a batch. */
class FeedTest {
  private static final int BATCH = 2;

  private static float[] predicted(int... samples) {
    float[] all = SmallModels.bidirectional(Backends.cpu()).predict(SmallModels.X).data();
    float[] some = new float[samples.length];
    for (int i = 0; i < samples.length; i++) {
      some[i] = all[samples[i]];
    }
    return some;
  }

  /** Runs ahead of what is read, so that sources and orders change while the device works. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3})
  void samplesOfADataSetThatStaysComeInAnyOrder(long seed) {
    SimulatedCuda cuda = SimulatedCuda.builder().shuffle(seed).build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT);
        Buffer data = backend.allocate(DType.FLOAT32, SmallModels.X.size())) {
      assertThat(backend.room()).isPositive();
      data.write(SmallModels.X.data());
      Executable executable = SmallModels.bidirectional(backend).executable(BATCH, false);
      Value x = executable.program().inputs().get(0);
      Value y = SmallModels.output(executable.program());
      int[] order = {6, 2, 0, 5, 1};
      int[] next = {3, 3};
      float[][] got = new float[4][BATCH];
      executable.gather(x, data, order, 0);
      executable.run();
      Runnable first = executable.fetch(y, got[0], 0);
      executable.gather(x, data, order, 3);
      executable.run();
      Runnable second = executable.fetch(y, got[1], 0);
      executable.gather(x, data, next, 0);
      executable.run();
      Runnable third = executable.fetch(y, got[2], 0);
      executable.gather(x, data, null, 5);
      executable.run();
      executable.read(y, got[3], 0);
      first.run();
      second.run();
      third.run();
      int[][] expected = {{6, 2}, {5, 1}, {3, 3}, {5, 6}};
      for (int i = 0; i < 4; i++) {
        assertThat(got[i])
            .usingComparatorWithPrecision(1e-5f)
            .containsExactly(predicted(expected[i]));
      }
    }
    assertThat(cuda.leaks()).isEmpty();
  }

  @Test
  void aBatchFromTheHostIsOneCopy() {
    SimulatedCuda cuda = SimulatedCuda.builder().build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Sequential model = SmallModels.plain(backend);
      SmallModels.trained(model, 3);
      Executable executable = model.executable(SmallModels.SAMPLES, true);
      executable.run(); // all zeros
      for (int i = 0; i < 3; i++) {
        long before = cuda.count(CudaCall.UPLOAD);
        for (Value input : executable.program().inputs()) {
          executable.write(input, new float[input.size()], 0);
        }
        executable.run();
        assertThat(cuda.count(CudaCall.UPLOAD)).isEqualTo(before + 1);
      }
    }
  }

  /** What the host does with its tensors meanwhile does not matter: the device has its own. */
  @Test
  void fitReadsItsTensorsOnce() {
    Sequential expected = SmallModels.bidirectional(Backends.cpu());
    expected.fit(BatchSource.of(SmallModels.X, SmallModels.Y), SmallModels.epochs(3));
    SimulatedCuda cuda = SimulatedCuda.builder().shuffle(4).build();
    try (CudaBackend backend = new CudaBackend(cuda, CudaOptions.DEFAULT)) {
      Sequential model = SmallModels.bidirectional(backend);
      Tensor x = Tensor.of(SmallModels.X.data().clone(), SmallModels.X.shape());
      Callback spoils =
          new Callback() {
            @Override
            public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
              Arrays.fill(x.data(), Float.NaN);
            }
          };
      model.fit(BatchSource.of(x, SmallModels.Y), SmallModels.epochs(3).callbacks(spoils));
      for (int i = 0; i < expected.getWeights().size(); i++) {
        assertThat(model.getWeights().get(i).data())
            .usingComparatorWithPrecision(1e-5f)
            .containsExactly(expected.getWeights().get(i).data());
      }
    }
    assertThat(cuda.leaks()).isEmpty();
  }
}
