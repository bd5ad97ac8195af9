package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Test;

/** Operations of {@code keras.ops} in models. */
class OperationTest {
  private static final Tensor X =
      Tensor.of(new float[][][] {{{1, -2}, {3, 4}, {5, 0}}, {{0, 1}, {-1, 2}, {2, 2}}});

  private static Tensor of(UnaryOperator<KerasTensor> operation) {
    KerasTensor x = new Input(3, 2).output();
    try (Model model = Model.of(x, operation.apply(x))) {
      return model.predict(X);
    }
  }

  @Test
  void axesAreCountedWithTheBatch() {
    assertThat(of(x -> Ops.sum(x, false, 1))).isEqualTo(Tensor.of(new float[][] {{9, 2}, {1, 5}}));
    assertThat(of(x -> Ops.max(x, false, -1)))
        .isEqualTo(Tensor.of(new float[][] {{1, 4, 5}, {1, 2, 2}}));
    assertThat(of(x -> Ops.mean(x, true, 1, 2)).shape()).isEqualTo(Shape.of(2, 1, 1));
  }

  @Test
  void constantsAreBroadcast() {
    assertThat(of(x -> Ops.getItem(Ops.subtract(1, x), Index.all(), Index.at(0))))
        .isEqualTo(Tensor.of(new float[][] {{0, 3}, {1, 0}}));
    Tensor each = Tensor.of(new float[] {1, 10, 100}, 3, 1);
    assertThat(of(x -> Ops.sum(Ops.multiply(x, each), false, 1)))
        .isEqualTo(Tensor.of(new float[][] {{531, 38}, {190, 221}}));
  }

  @Test
  void indicesAreNumPys() {
    assertThat(of(x -> Ops.getItem(x, Index.all(), Index.range(null, null, -2), Index.at(-1))))
        .isEqualTo(Tensor.of(new float[][] {{0, -2}, {2, 1}}));
    assertThat(of(x -> Ops.getItem(x, Index.rest(), Index.newAxis(), Index.at(0))).shape())
        .isEqualTo(Shape.of(2, 3, 1));
    assertThat(of(x -> Ops.take(Ops.sum(x, false, -1), 1, 2, 0, 0)))
        .isEqualTo(Tensor.of(new float[][] {{5, -1, -1}, {4, 1, 1}}));
  }

  /** Numbers of four axes lie in another order than a user sees; each operation knows. */
  @Test
  void moreThanThreeAxesComeBackInOrder() {
    UnaryOperator<KerasTensor> outer =
        x -> Ops.sum(Ops.multiply(Ops.expandDims(x, 1), Ops.expandDims(x, 2)), false, -1);
    assertThat(of(outer)).isEqualTo(of(x -> Ops.matmul(x, Ops.transpose(x, 0, 2, 1))));
    assertThat(of(x -> Ops.transpose(Ops.reshape(x, -1, 3, 2, 1), 0, 3, 1, 2)).data())
        .isEqualTo(X.data());
    assertThat(of(x -> Ops.transpose(Ops.square(Ops.transpose(x, 1, 0, 2)), 1, 0, 2)))
        .isEqualTo(of(x -> Ops.power(x, 2)));
  }

  @Test
  void powersOfNegativeNumbersAreNumPys() {
    assertThat(of(x -> Ops.sum(Ops.power(x, 3), false, 1)))
        .isEqualTo(Tensor.of(new float[][] {{153, 56}, {7, 17}}));
    assertThat(of(x -> Ops.power(x, 0.5f)).get(0, 0, 1)).isNaN();
  }

  @Test
  void masksEndAtAnOperation() {
    KerasTensor x = new Input(3, 2).output();
    KerasTensor masked = new Masking().apply(x);
    SimpleRNN rnn = new SimpleRNN(1);
    KerasTensor with = rnn.apply(masked);
    KerasTensor without = rnn.apply(Ops.multiply(masked, 1));
    Tensor padded = Tensor.of(new float[][][] {{{1, 2}, {3, 4}, {0, 0}}});
    try (Model model = Model.of(List.of(x), List.of(with, without))) {
      List<Tensor> y = model.predict(List.of(padded), 1);
      assertThat(y.get(0)).isNotEqualTo(y.get(1));
    }
  }

  /** Whatever a layer sees of the steps at once, step by step it is the same or refused. */
  @Test
  void stepByStepOnlyWhatHasNoTimesteps() {
    assertThat(runsStepwise(x -> Ops.tanh(x))).isTrue();
    assertThat(runsStepwise(x -> Ops.multiply(x, 2))).isTrue();
    assertThat(runsStepwise(x -> Ops.mean(x, true, 1))).isFalse();
    assertThat(runsStepwise(x -> Ops.add(x, Tensor.zeros(3, 1)))).isFalse();
  }

  private static boolean runsStepwise(UnaryOperator<KerasTensor> operation) {
    return operation.apply(new Input(3, 2).output()).call().layer().runsStepwise();
  }

  @Test
  void mistakesAreToldWhereTheyAreMade() {
    KerasTensor x = new Input(3, 2).output();
    assertThatThrownBy(() -> Ops.add(x, Tensor.zeros(5)))
        .hasMessageContaining("Add")
        .hasMessageContaining("(None, 3, 2)")
        .hasMessageContaining("(5,)");
    assertThatThrownBy(() -> Ops.mean(x, false, 3)).hasMessageContaining("axis=3");
    assertThatThrownBy(() -> of(y -> Ops.reshape(y, -1, 5))).hasMessageContaining("[-1, 5]");
    assertThatThrownBy(() -> Ops.getItem(x, Index.all(), Index.at(3)))
        .hasMessageContaining("no index 3 of 3");
    assertThatThrownBy(() -> Ops.take(x, 1, 7)).hasMessageContaining("no index 7 of 3");
    assertThatThrownBy(() -> Ops.matmul(x, Tensor.zeros(3, 2))).hasMessageContaining("do not fit");
    assertThatThrownBy(() -> Ops.cast(x, "float16")).hasMessageContaining("float16");
    assertThatThrownBy(() -> Ops.add(Ops.greater(x, 0), Ops.less(x, 1)))
        .hasMessageContaining("logicalOr");
    assertThatThrownBy(() -> Ops.add(1, 2)).hasMessageContaining("must be a tensor");
    assertThatThrownBy(() -> Ops.add(x, "2")).hasMessageContaining("got 2");
  }

  @Test
  void anOutputNeedsARowForEachSample() {
    assertThatThrownBy(() -> of(x -> Ops.sum(x, false))).hasMessageContaining("each of 2 samples");
    assertThatThrownBy(() -> of(x -> Ops.reshape(x, -1, 2))).hasMessageContaining("(6, 2)");
  }

  @Test
  void layersRefuseShapesThatOnlyOperationsHave() {
    KerasTensor one = Ops.sum(new Input(2).output(), false, 1);
    List<Supplier<Layer>> all = new ArrayList<>();
    all.addAll(
        List.of(
            () -> new Dense(2),
            () -> new LSTM(2),
            () -> new RNN(new GRUCell(2)),
            () -> new Bidirectional(new GRU(2)),
            () -> new TimeDistributed(new Dense(2)),
            () -> new Dropout(0.5f),
            () -> new SpatialDropout1D(0.5f),
            () -> new GaussianNoise(0.5f),
            () -> new GaussianDropout(0.5f),
            () -> new ActivationLayer("softmax"),
            () -> new ActivationLayer("tanh"),
            Softmax::new,
            PReLU::new,
            ReLU::new,
            LeakyReLU::new,
            ELU::new,
            Masking::new,
            () -> new Embedding(3, 2),
            () -> new RepeatVector(2),
            Flatten::new,
            () -> new Reshape(2, 3),
            () -> new Permute(2, 1),
            () -> new ZeroPadding1D(1),
            () -> new Cropping1D(1),
            () -> new UpSampling1D(2),
            () -> new Conv1D(2, 1),
            () -> new MaxPooling1D(1),
            () -> new AveragePooling1D(1),
            GlobalMaxPooling1D::new,
            GlobalAveragePooling1D::new,
            BatchNormalization::new,
            LayerNormalization::new,
            UnitNormalization::new));
    all.add(Add::new);
    all.add(Maximum::new);
    all.add(Concatenate::new);
    for (Supplier<Layer> layer : all) {
      Layer made = layer.get();
      assertThatThrownBy(() -> made.apply(one))
          .as(made.className())
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("at least two axes");
    }
  }

  @Test
  void numbersOfTextsGoWithWhatIsMadeOfThem() {
    KerasTensor x = new Input(-1).output();
    List<KerasTensor> y =
        List.of(
            new Subtract().apply(x, Ops.floor(x)),
            new Reshape(-1, 1).apply(x),
            new Flatten().apply(x));
    Tensor fed = Tensor.of(new float[][] {{1.5f, 2, 3}, {4, 5.25f, 6}, {7, 8, 9.75f}});
    List<Tensor> got = Model.of(List.of(x), y).predict(List.of(fed));
    assertThat(got.get(0).data()).containsExactly(0.5f, 0, 0, 0, 0.25f, 0, 0, 0, 0.75f);
    assertThat(got.get(1).data()).containsExactly(fed.data());
    assertThat(got.get(2).data()).containsExactly(fed.data());
  }
}
