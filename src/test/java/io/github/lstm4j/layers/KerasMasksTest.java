package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.Value;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The masks that are said to be there are those that layers hand on. */
class KerasMasksTest {
  static Stream<Layer> layers() {
    return Stream.of(
        new Dense(2),
        new ActivationLayer("tanh"),
        new Dropout(0.5f),
        new SpatialDropout1D(0.5f),
        new GaussianNoise(0.5f),
        new GaussianDropout(0.5f),
        new BatchNormalization(),
        new LayerNormalization(),
        new UnitNormalization(),
        new GroupNormalization(1),
        new RMSNormalization(),
        new Identity(),
        new ActivityRegularization(0.1f, 0.1f),
        new AlphaDropout(0.5f),
        new LeakyReLU(),
        new ReLU(),
        new ELU(),
        new PReLU(),
        new TimeDistributed(new Dense(2)),
        new LSTM(2).returnSequences(true),
        new GRU(2).returnSequences(true),
        new RNN(new SimpleRNNCell(2)).returnSequences(true),
        new Bidirectional(new LSTM(2).returnSequences(true)),
        new Permute(1, 2),
        new Reshape(4, 3),
        new ZeroPadding1D(1),
        new Cropping1D(1),
        new UpSampling1D(2),
        new Conv1D(2, 1),
        new MaxPooling1D(1),
        new AveragePooling1D(1));
  }

  @ParameterizedTest
  @MethodSource("layers")
  void areThoseThatLayersHandOn(Layer layer) {
    KerasTensor x = new Input(4, 3).output();
    KerasTensor y = layer.name("layer").apply(new Masking().apply(x));
    boolean said = !new KerasMasks().taken(new LSTM(1).call(List.of(y))).isEmpty();
    Lowering to = new Lowering(false, false, 0, stateful -> List.of());
    Value in = to.graph().input("x", Shape.of(4, 2, 3), true);
    Value mask = to.graph().input("mask", Shape.of(4, 2), true);
    Signal out = layer.lowerAll(List.of(new Signal(in, mask)), to).get(0);
    assertThat(said).as(layer.className()).isEqualTo(out.mask() != null);
  }
}
