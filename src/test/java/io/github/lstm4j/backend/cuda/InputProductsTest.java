package io.github.lstm4j.backend.cuda;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cuda.sim.SimulatedCuda;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** x·K for a few timesteps at a time, where the device's cache does not keep more. */
class InputProductsTest {
  private static final int T = 11; // no multiple of a part
  private static final CudaOptions STEPWISE = CudaOptions.DEFAULT.withPersistent(false);

  private static Stream<Supplier<Layer>> layers() {
    return Stream.of(
        () -> new LSTM(5),
        () -> new LSTM(5).goBackwards(true).returnSequences(true),
        () -> new LSTM(5).dropout(0.3f).recurrentDropout(0.2f),
        () -> new Bidirectional(new LSTM(3).returnSequences(true)),
        () -> new GRU(5),
        () -> new SimpleRNN(5));
  }

  private record Trained(Tensor predicted, List<Tensor> weights) {}

  private static Trained trained(Layer layer, int cacheBytes) {
    Random random = new Random(1);
    Tensor x = Tensor.zeros(3, T, 2);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = (float) random.nextGaussian();
    }
    for (int t = 6; t < T; t++) {
      x.set(0, 1, t, 0);
      x.set(0, 1, t, 1);
    }
    SimulatedCuda cuda = SimulatedCuda.builder().cacheBytes(cacheBytes).build();
    try (CudaBackend backend = new CudaBackend(cuda, STEPWISE);
        Sequential model =
            new Sequential(new Input(T, 2), new Masking(), layer, new Dense(1)).seed(2)) {
      model.on(backend).compile("adam", "mse");
      int[] targets = model.outputShape().dims().clone();
      targets[0] = 3;
      model.fit(x, Tensor.zeros(targets), Fit.epochs(2).batchSize(3).silent());
      return new Trained(model.predict(x), model.getWeights());
    }
  }

  @ParameterizedTest
  @MethodSource("layers")
  void partsGiveTheBitsOfTheWhole(Supplier<Layer> layer) {
    Trained whole = trained(layer.get(), 1 << 20);
    Trained parts = trained(layer.get(), 1 << 10);
    assertThat(parts.predicted()).isEqualTo(whole.predicted());
    assertThat(parts.weights()).isEqualTo(whole.weights());
  }
}
