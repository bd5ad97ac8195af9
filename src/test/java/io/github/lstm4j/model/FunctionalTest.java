package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Add;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.Softmax;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.UnitNormalization;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Models of layers that feed one another in other ways than a chain. */
class FunctionalTest {
  private static final CpuBackend CPU = new CpuBackend(1);

  @AfterAll
  static void close() {
    CPU.close();
  }

  private static Tensor random(int stream, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(3, stream);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  @Test
  void aChainIsTheSameAsSequential() {
    Sequential chain = new Sequential(new LSTM(4).inputShape(5, 3), new Dense(2)).seed(7);
    KerasTensor x = new Input(5, 3).output();
    Model model = Model.of(x, new Dense(2).apply(new LSTM(4).apply(x)));
    model.setWeights(chain.getWeights());
    assertThat(model.layers())
        .extracting(l -> l.name())
        .containsExactly("input_layer", "lstm", "dense");
    Tensor data = random(1, 6, 5, 3);
    assertThat(model.on(CPU).predict(data)).isEqualTo(chain.on(CPU).predict(data));
  }

  @Test
  void anEncodersStatesAreADecodersInitialStates() {
    KerasTensor question = new Input(5, 3).name("question").output();
    KerasTensor answer = new Input(4, 2).name("answer").output();
    List<KerasTensor> encoded = new LSTM(6).returnState(true).name("encoder").applyAll(question);
    LSTM decoder = new LSTM(6).returnSequences(true).name("decoder");
    KerasTensor decoded = decoder.apply(answer, encoded.get(1), encoded.get(2));
    Model model = Model.of(List.of(question, answer), List.of(decoded)).seed(5).on(CPU);
    Tensor q = random(1, 3, 5, 3);
    Tensor a = random(2, 3, 4, 2);

    Model encoder = Model.of(List.of(question), encoded).on(CPU);
    List<Tensor> states = encoder.call(q);
    Sequential alone = new Sequential(new Input(4, 2), decoder).on(CPU);
    List<Tensor> expected = alone.call(a, null, states.subList(1, 3));
    BatchSource both = BatchSource.of(List.of(Batch.of(List.of(q, a), List.of(), null)));
    assertThat(model.predict(both, 3)).isEqualTo(expected.get(0));
  }

  @Test
  void theProgramOfSeveralInputsHasTheTimestepsOfEach() {
    KerasTensor fixed = new Input(5, 3).output();
    KerasTensor any = new Input(-1, 3).output();
    KerasTensor flat = new Input(4).output();
    KerasTensor y = new Concatenate().apply(new LSTM(2).apply(fixed), new LSTM(2).apply(any), flat);
    Model model = Model.of(List.of(fixed, any, flat), List.of(y)).on(CPU);
    assertThatThrownBy(() -> model.program(2, false)).hasMessageContaining("use program(batch, t");
    assertThat(model.program(2, 7, false).toString()).contains("(5, 2, 3)").contains("(7, 2, 3)");
    Model known = Model.of(List.of(fixed, flat), List.of(flat, new LSTM(2).apply(fixed))).on(CPU);
    assertThat(known.program(2, false).toString()).contains("(5, 2, 3)");
  }

  @Test
  void whatIsNotGivenIsNamed() {
    KerasTensor x = new Input(5, 3).name("x").output();
    assertThatThrownBy(() -> Model.of(List.of(x), null))
        .hasMessageContaining("outputs of the model");
    Tensor five = Tensor.zeros(5, 5, 3);
    assertThatThrownBy(() -> BatchSource.of(List.of(five, Tensor.zeros(4, 5, 3)), List.of(), null))
        .hasMessage(
            "expected as many inputs as samples of the first input, (5, 5, 3), got (4, 5, 3)");
    assertThatThrownBy(() -> new Sequential(new Input(5, 3), new LSTMCell(2)))
        .hasMessageContaining("wrap it: new RNN(new LSTMCell(…))");
  }

  @Test
  void aLayerThatIsGivenStatesSeesNoMaskAsInKeras() {
    KerasTensor x = new Input(4, 2).output();
    KerasTensor h = new Input(3).output();
    GRU gru = new GRU(3).returnSequences(true);
    SimpleRNN above = new SimpleRNN(2);
    KerasTensor masked = above.apply(gru.apply(new Masking().apply(x), h));
    KerasTensor first = above.apply(new Masking().apply(gru.apply(x, h)));
    KerasTensor blind = gru.apply(x, h);
    Tensor data = random(1, 2, 4, 2);
    Arrays.fill(data.data(), 4, 8, 0); // the last two timesteps of the first sample
    Tensor state = random(2, 2, 3);
    Model seen = Model.of(List.of(x, h), List.of(masked, first, blind)).seed(3).on(CPU);
    List<Tensor> got = seen.predict(List.of(data, state));
    Model short2 = Model.of(List.of(x, h), List.of(gru.apply(new Masking().apply(x), h))).on(CPU);
    assertThat(short2.predict(List.of(data, state)).get(0)).isEqualTo(got.get(2));
    // the mask goes on to the layer above, which has no states of its own: other numbers
    float[] counting = Arrays.copyOf(got.get(0).data(), 2);
    assertThat(counting).isNotEqualTo(Arrays.copyOf(got.get(1).data(), 2));
    assertThat(Arrays.copyOfRange(got.get(0).data(), 2, 4))
        .isEqualTo(Arrays.copyOfRange(got.get(1).data(), 2, 4));
  }

  @Test
  void aTimestepsAxesAreThoseOfItsOwn() {
    Tensor data = random(1, 2, 4, 3);
    Tensor last = new Sequential(new Input(4, 3), new Softmax()).on(CPU).predict(data);
    Layer dense = new ActivationLayer(Activation.softmax(1)); // of (batch, features)
    Layer softmax = new Softmax(1);
    for (Layer each : List.of(dense, softmax)) {
      Sequential model = new Sequential(new Input(4, 3), new TimeDistributed(each));
      assertThat(model.on(CPU).predict(data)).isEqualTo(last);
    }
    Tensor unit = new Sequential(new Input(4, 3), new UnitNormalization()).on(CPU).predict(data);
    Sequential model =
        new Sequential(new Input(4, 3), new TimeDistributed(new UnitNormalization(1)));
    assertThat(model.on(CPU).predict(data)).isEqualTo(unit);
  }

  @Test
  void aNestedModelSharesItsWeights() {
    Sequential inner = new Sequential(new LSTM(4).inputShape(5, 3), new Dense(3));
    KerasTensor x = new Input(5, 3).output();
    Model outer = Model.of(x, new Dense(1).apply(inner.apply(x))).seed(9).on(CPU);
    Model again = Model.of(x, inner.apply(x)).on(CPU);
    Tensor data = random(4, 2, 5, 3);
    assertThat(again.predict(data)).isEqualTo(inner.on(CPU).predict(data));
    assertThat(outer.predict(data).shape()).isEqualTo(Shape.of(2, 1));
    assertThat(outer.countParams()).isEqualTo(inner.countParams() + 4);
  }

  /** As in Keras, where they are called so from the beginning. */
  @Test
  void nestedModelsWithoutNamesAreCounted() {
    KerasTensor x = new Input(3).output();
    List<KerasTensor> made = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      KerasTensor in = new Input(3).output();
      made.add(Model.of(in, new Dense(2).apply(in)).apply(x));
      made.add(new Sequential(new Input(3), new Dense(2)).apply(x));
    }
    try (Model model =
        Model.of(List.of(x), List.of(new Add().apply(made.toArray(KerasTensor[]::new))))) {
      assertThat(model.layers())
          .extracting(Layer::name)
          .contains("functional", "functional_1", "sequential", "sequential_1");
      assertThat(KerasModels.toJson(model)).contains("\"name\":\"functional_1\"");
    }
    Sequential chain = new Sequential(new Input(3));
    for (int i = 0; i < 2; i++) {
      chain.add(new Sequential(new Input(3), new Dense(3)).asLayer());
    }
    assertThat(chain.layers())
        .extracting(Layer::name)
        .containsExactly("sequential", "sequential_1");
  }

  @Test
  void theSameSeedGivesTheSameWeights() {
    Tensor[] made = new Tensor[2];
    for (int i = 0; i < 2; i++) {
      Sequential inner = new Sequential(new Dense(3));
      KerasTensor x = new Input(5).output();
      made[i] = Model.of(x, inner.apply(new Dense(2).apply(x))).seed(9).getWeights().get(2);
    }
    assertThat(made[0]).isEqualTo(made[1]);
  }

  @Test
  void anInputThatIsMissingIsNamedWithThePathToIt() {
    KerasTensor x = new Input(5, 3).name("x").output();
    KerasTensor other = new Input(5, 3).name("other").output();
    KerasTensor out = new Dense(1).name("head").apply(new LSTM(2).name("body").apply(x));
    assertThatThrownBy(() -> Model.of(other, out))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("x (InputLayer) -> body (LSTM) -> head (Dense)");
  }

  @Test
  void errorsSayWhatFeedsALayer() {
    KerasTensor x = new Input(5, 3).name("x").output();
    KerasTensor last = new LSTM(2).name("body").apply(x);
    assertThatThrownBy(() -> new LSTM(2).name("head").apply(last))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("head: expected (batch, timesteps, features), got (None, 2)")
        .hasMessageContaining("it is fed by [x (InputLayer) -> body (LSTM)]");
    assertThatThrownBy(() -> new Dense(1).apply((KerasTensor) null))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("a tensor that it is applied to must not be null");
    assertThatThrownBy(() -> new Dense(1).name("d").apply())
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("apply expects at least one tensor");
    KerasTensor ids = new Input(5).name("ids").output();
    KerasTensor vectors = new Embedding(9, 2).name("words").apply(ids);
    KerasTensor numbers = new Dense(2).name("numbers").apply(ids);
    assertThatThrownBy(() -> Model.of(List.of(ids), List.of(vectors, numbers)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("feeds ids to words (Embedding) and features to numbers (Dense)");
    KerasTensor twice = new Dense(1).name("body").apply(last);
    assertThatThrownBy(() -> Model.of(x, twice))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("two layers are called");
  }

  /** As Keras lists them: by the longest way to an output. */
  @Test
  void layersAreInKerassOrder() {
    KerasTensor a = new Input(5, 3).name("a").output();
    KerasTensor b = new Input(4).name("b").output();
    KerasTensor h = new Dense(2).name("h").apply(b);
    Dense shared = new Dense(2);
    shared.name("shared");
    KerasTensor y = new LSTM(2).name("lstm").apply(a, h, shared.apply(h));
    Model model = Model.of(List.of(a, b), List.of(shared.apply(y), y));
    assertThat(model.layers())
        .extracting(l -> l.name())
        .containsExactly("b", "h", "shared", "a", "lstm");
  }

  @Test
  void sessionsOfSeveralInputs() {
    KerasTensor a = new Input(5, 3).name("a").output();
    KerasTensor b = new Input(5, 2).name("b").output();
    KerasTensor x = new LSTM(4).name("first").apply(a);
    KerasTensor y = new LSTM(3).name("second").apply(b);
    Model model = Model.of(List.of(a, b), List.of(x, y)).seed(3).on(CPU);
    Tensor da = random(5, 2, 5, 3);
    Tensor db = random(6, 2, 5, 2);
    List<Tensor> whole = model.predict(List.of(da, db));
    List<Tensor> stepped = List.of();
    try (Session session = model.session(2)) {
      for (int t = 0; t < 5; t++) {
        Tensor stepA = Tensor.zeros(2, 3);
        Tensor stepB = Tensor.zeros(2, 2);
        for (int i = 0; i < 2; i++) {
          System.arraycopy(da.data(), (i * 5 + t) * 3, stepA.data(), i * 3, 3);
          System.arraycopy(db.data(), (i * 5 + t) * 2, stepB.data(), i * 2, 2);
        }
        stepped = session.step(List.of(stepA, stepB));
      }
    }
    for (int i = 0; i < 2; i++) {
      float[] expected = whole.get(i).data();
      for (int k = 0; k < expected.length; k++) {
        assertThat(stepped.get(i).data()[k]).isCloseTo(expected[k], within(1e-5f));
      }
    }
    KerasTensor given = new Input(4).output();
    Model states = Model.of(List.of(a, given), List.of(new LSTM(4).apply(a, given, given)));
    assertThatThrownBy(() -> states.session(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("takes its initial states from other layers");
    LSTM lstm = new LSTM(2);
    KerasTensor c = new Input(5, 3).name("c").output();
    Model shared = Model.of(List.of(a, c), List.of(lstm.apply(a), lstm.apply(c)));
    assertThatThrownBy(() -> shared.session(1))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("is used more than once");
  }
}
