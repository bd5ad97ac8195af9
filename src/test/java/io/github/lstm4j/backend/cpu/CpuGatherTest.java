package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.Buffer;
import io.github.lstm4j.backend.Executable;
import io.github.lstm4j.graph.Value;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Samples that a program takes from where they lie, and gives back in their order. */
class CpuGatherTest {
  private static final int SAMPLES = 9;

  /** Of sequences for one thread and for several, of one timestep, and of none. */
  @ParameterizedTest
  @CsvSource({"1, 3, 2", "3, 60, 40", "3, 60, 1", "2, 1, 5", "2, 0, 4"})
  void areThoseOfTheOrder(int threads, int timesteps, int features) {
    Tensor x =
        timesteps == 0
            ? Tensor.zeros(SAMPLES, features)
            : Tensor.zeros(SAMPLES, timesteps, features);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = i;
    }
    Layer layer =
        timesteps == 0
            ? new Dense(3).inputShape(features)
            : new SimpleRNN(3).returnSequences(true).inputShape(timesteps, features);
    for (int[] order : new int[][] {{8, 2, 2, 0, 5, 1, 7}, {4}, null}) {
      int first = order == null || order.length > 1 ? 1 : 0;
      int batch = order == null ? 4 : order.length - first;
      try (Backend backend = new CpuBackend(threads);
          Buffer samples = backend.near(x.data())) {
        Sequential model = new Sequential(layer).on(backend);
        Executable executable = model.executable(batch, false);
        Value in = executable.program().inputs().get(0);
        executable.gather(in, samples, order, first);
        float[] got = new float[in.size()];
        executable.read(in, got, 0);
        int each = got.length / batch;
        for (int i = 0; i < got.length; i++) {
          int at = first + i / each;
          int sample = order == null ? at : order[at];
          assertThat(got[i]).isEqualTo(x.data()[sample * each + i % each]);
        }
      }
    }
  }
}
