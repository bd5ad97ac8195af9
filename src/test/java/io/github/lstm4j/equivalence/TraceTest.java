package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.inspect.Saliency;
import io.github.lstm4j.inspect.Trace;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What is seen inside a model is what the equations say, and what comes out of it. */
class TraceTest {
  private static final int B = 2;
  private static final int T = 5;
  private static final int F = 3;
  private static final int U = 4;

  private static Tensor random(long seed, int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(Layer... layers) {
    Sequential model = new Sequential().seed(3);
    for (Layer layer : layers) {
      model.add(layer);
    }
    model.on(Backends.cpu());
    List<Tensor> weights = new ArrayList<>();
    for (Tensor w : model.getWeights()) {
      Tensor some = random(w.size(), w.shape().dims());
      for (int i = 0; i < some.size(); i++) {
        some.data()[i] *= 0.5f; // more, and what some activations grow to cancels
      }
      weights.add(some);
    }
    model.setWeights(weights);
    return model;
  }

  /** The equations of CellSpec.Lstm in double, for one sample. */
  private static Map<String, double[][]> equations(LSTM lstm, Tensor x, int b, boolean[] counts) {
    Activation phi = lstm.cell().spec().activation();
    Activation sigma = lstm.cell().spec().recurrentActivation();
    Peephole peephole = lstm.cell().spec().peephole();
    float[] k = lstm.kernel().value().data();
    float[] r = lstm.recurrentKernel().value().data();
    float[] bias = lstm.bias().value().data();
    float[] p = peephole == Peephole.NONE ? null : lstm.weights().get(3).value().data();
    Map<String, double[][]> parts =
        Map.of(
            "i", new double[T][U],
            "f", new double[T][U],
            "g", new double[T][U],
            "o", new double[T][U],
            "c", new double[T][U],
            "h", new double[T][U]);
    double[] h = new double[U];
    double[] c = new double[U];
    for (int s = 0; s < T; s++) {
      int t = lstm.goesBackwards() ? T - 1 - s : s;
      if (counts[t]) {
        double[] z = new double[4 * U];
        for (int j = 0; j < 4 * U; j++) {
          z[j] = bias[j];
          for (int n = 0; n < F; n++) {
            z[j] += x.get(b, t, n) * k[n * 4 * U + j];
          }
          for (int n = 0; n < U; n++) {
            z[j] += h[n] * r[n * 4 * U + j];
          }
        }
        double[] before = c;
        c = new double[U];
        h = new double[U];
        for (int u = 0; u < U; u++) {
          boolean all = peephole == Peephole.DIAGONAL;
          double i = z[u] + (all ? p[u] * before[u] : 0);
          double f = z[U + u] + (all ? p[U + u] * before[u] : 0);
          parts.get("i")[t][u] = DoubleActivations.value(sigma, i);
          parts.get("f")[t][u] = DoubleActivations.value(sigma, f);
          parts.get("g")[t][u] = DoubleActivations.value(phi, z[2 * U + u]);
          c[u] = parts.get("f")[t][u] * before[u] + parts.get("i")[t][u] * parts.get("g")[t][u];
        }
        for (int u = 0; u < U; u++) {
          double o = z[3 * U + u];
          if (peephole == Peephole.FULL_OUTPUT) {
            for (int n = 0; n < U; n++) {
              o += c[n] * p[n * U + u];
            }
          } else if (peephole != Peephole.NONE) {
            o += p[(peephole == Peephole.DIAGONAL ? 2 * U : 0) + u] * c[u];
          }
          parts.get("o")[t][u] = DoubleActivations.value(sigma, o);
          h[u] = parts.get("o")[t][u] * DoubleActivations.value(phi, c[u]);
        }
      }
      parts.get("c")[t] = c;
      parts.get("h")[t] = h;
    }
    return parts;
  }

  private static Stream<LSTM> cells() {
    List<LSTM> cells = new ArrayList<>();
    for (Peephole peephole : Peephole.values()) {
      cells.add(new LSTM(U).peephole(peephole));
      cells.add(new LSTM(U).peephole(peephole).goBackwards(true).returnSequences(true));
    }
    for (Activation.Kind kind : Activation.Kind.values()) {
      Activation a = Activation.of(kind.name().toLowerCase(java.util.Locale.ROOT));
      if (a.isElementwise() && kind != Activation.Kind.EXPONENTIAL) { // grows beyond all numbers
        cells.add(new LSTM(U).activation(a).recurrentActivation(a));
      }
    }
    return cells.stream();
  }

  @ParameterizedTest
  @MethodSource("cells")
  void gatesAndStatesAreThoseOfTheEquations(LSTM lstm) {
    try (Model model = model(new Input(T, F), lstm.name("cell"))) {
      Tensor x = random(1, B, T, F);
      Trace trace = Trace.of(model, x);
      assertThat(trace.output()).isEqualTo(model.predict(x));
      check(trace.layer("cell"), lstm, x, new boolean[] {true, true, true, true, true});
    }
  }

  private static void check(Trace.Layer layer, LSTM lstm, Tensor x, boolean[] counts) {
    assertThat(layer.parts().keySet()).containsExactly("i", "f", "g", "o", "c", "h");
    for (int b = 0; b < B; b++) {
      Map<String, double[][]> expected = equations(lstm, x, b, counts);
      for (String part : layer.parts().keySet()) {
        Tensor values = layer.parts().get(part);
        assertThat(values.shape().dims()).containsExactly(B, T, U);
        for (int t = 0; t < T; t++) {
          for (int u = 0; u < U; u++) {
            float got = values.get(b, t, u);
            double wanted = expected.get(part)[t][u];
            String where = part + "[" + b + "," + t + "," + u + "]";
            if (counts[t] || part.equals("c") || part.equals("h")) {
              double tolerance = 1e-4 * (1 + Math.abs(wanted));
              assertThat((double) got).as(where).isCloseTo(wanted, within(tolerance));
            } else {
              assertThat(got).as(where).isNaN();
            }
          }
        }
      }
    }
  }

  /** At a masked timestep there are no gates, and the states stay. */
  @Test
  void masksAreHeeded() {
    LSTM lstm = new LSTM(U).name("cell");
    try (Model model = model(new Input(T, F), new Masking(-9f), lstm)) {
      Tensor x = random(1, B, T, F);
      for (int b = 0; b < B; b++) {
        for (int n = 0; n < F; n++) {
          x.set(-9, b, 1, n);
          x.set(-9, b, 4, n);
        }
      }
      Trace trace = Trace.of(model, x);
      check(trace.layer("cell"), lstm, x, new boolean[] {true, false, true, true, false});
      for (int b = 0; b < B; b++) {
        for (int u = 0; u < U; u++) {
          assertThat(trace.output().get(b, u))
              .isEqualTo(trace.layer("cell").parts().get("h").get(b, 4, u));
        }
      }
    }
  }

  @Test
  void everyLayerAndDirectionIsSeen() {
    try (Model model =
        model(
            new Input(T, F),
            new Bidirectional(new LSTM(U).returnSequences(true).name("lstm")).name("both"),
            new SimpleRNN(2).returnSequences(true).name("rnn"))) {
      Tensor x = random(1, B, T, F);
      Trace trace = Trace.of(model, x);
      assertThat(trace.layers().stream().map(Trace.Layer::name))
          .containsExactly("forward_lstm", "backward_lstm", "rnn");
      assertThat(trace.layer("rnn").parts()).containsOnlyKeys("h");
      assertThat(trace.layer("rnn").parts().get("h")).isEqualTo(trace.output());
      Bidirectional both = (Bidirectional) model.layer("both");
      boolean[] all = {true, true, true, true, true};
      check(trace.layer("forward_lstm"), (LSTM) both.forward(), x, all);
      check(trace.layer("backward_lstm"), (LSTM) both.backward(), x, all);
      assertThatThrownBy(() -> trace.layer("lstm"))
          .hasMessage(
              "no recurrent layer is called 'lstm'; there are"
                  + " [forward_lstm, backward_lstm, rnn]");
    }
  }

  /** h = z∘h₋ + (1−z)∘g of what is seen. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void theGatesOfAGru(boolean resetAfter) {
    GRU gru = new GRU(U).resetAfter(resetAfter).recurrentActivation("hard_silu").name("gru");
    try (Model model = model(new Input(T, F), gru)) {
      Map<String, Tensor> parts = Trace.of(model, random(1, B, T, F)).layer("gru").parts();
      assertThat(parts).containsOnlyKeys("z", "r", "g", "h");
      Tensor h = parts.get("h");
      for (int b = 0; b < B; b++) {
        for (int t = 1; t < T; t++) {
          for (int u = 0; u < U; u++) {
            double z = parts.get("z").get(b, t, u);
            double want = z * h.get(b, t - 1, u) + (1 - z) * parts.get("g").get(b, t, u);
            assertThat((double) h.get(b, t, u)).isCloseTo(want, within(1e-6));
          }
        }
      }
    }
  }

  /** A look begins where a prediction would begin, and carries nothing on. */
  @Test
  void aStatefulModelIsAsBefore() {
    LSTM lstm = new LSTM(U).stateful(true).name("cell");
    try (Model model = model(Input.batch(B, T, F), lstm, new Dense(1))) {
      Tensor x = random(1, B, T, F);
      model.predict(x);
      Trace trace = Trace.of(model, x);
      Saliency.of(model, x, 0);
      assertThat(Trace.of(model, x).output()).isEqualTo(trace.output());
      assertThat(model.predict(x)).isEqualTo(trace.output());
      assertThat(model.predict(x)).isNotEqualTo(trace.output());
    }
  }

  private static Stream<List<Layer>> models() {
    return Stream.of(
        List.of(new LSTM(U), new Dense(3)),
        List.of(new LSTM(U).returnSequences(true), new LSTM(3).goBackwards(true), new Dense(2)),
        List.of(new Bidirectional(new LSTM(U)), new Dense(2).activation("tanh")),
        List.of(new Masking(-9f), new SimpleRNN(U), new Dense(1)),
        List.of(new GRU(U).activation("gelu"), new Dense(1)),
        List.of(new LSTM(U).peephole(Peephole.DIAGONAL).activation("softsign")),
        List.of(new LSTM(U).returnSequences(true), new TimeDistributed(new Dense(2))));
  }

  /** ∂y/∂x against (y(x + e) − y(x − e)) / 2e. */
  @ParameterizedTest
  @MethodSource("models")
  void saliencyIsTheDerivative(List<Layer> layers) {
    List<Layer> all = new ArrayList<>(List.of(new Input(T, F)));
    all.addAll(layers);
    try (Model model = model(all.toArray(Layer[]::new))) {
      Tensor x = random(2, B, T, F);
      int outputs = model.outputShape().last();
      for (int k = 0; k < outputs; k++) {
        Tensor d = Saliency.of(model, x, k);
        assertThat(d.shape()).isEqualTo(x.shape());
        for (int at = 0; at < x.size(); at++) {
          double slope = (output(model, x, at, 0.01f, k) - output(model, x, at, -0.01f, k)) / 0.02;
          assertThat((double) d.data()[at])
              .as("output %d, input %d", k, at)
              .isCloseTo(slope, within(2e-3));
        }
      }
    }
  }

  /** The k-th output, at the last timestep, of the sample in which the input was moved. */
  private static double output(Model model, Tensor x, int at, float by, int k) {
    Tensor moved = x.copy();
    moved.data()[at] += by;
    Tensor y = model.predict(moved);
    int sample = at / (T * F);
    int perSample = y.size() / B;
    return y.data()[(sample + 1) * perSample - y.shape().last() + k];
  }

  /** Of ids there is no derivative: it is that by the vectors that stand for them. */
  @Test
  void saliencyOfIdsIsByTheirVectors() {
    Embedding embedding = new Embedding(7, 2);
    try (Model model = model(new Input(T), embedding, new LSTM(U), new Dense(1))) {
      Tensor ids = Tensor.of(new float[] {1, 2, 3, 4, 5}, 1, T); // each once
      Tensor d = Saliency.of(model, ids, 0);
      assertThat(d.shape().dims()).containsExactly(1, T, 2);
      Tensor table = embedding.weights().get(0).value();
      for (int t = 0; t < T; t++) {
        for (int e = 0; e < 2; e++) {
          double slope =
              (moved(model, embedding, ids, table, t, e, 0.01f)
                      - moved(model, embedding, ids, table, t, e, -0.01f))
                  / 0.02;
          assertThat((double) d.get(0, t, e)).isCloseTo(slope, within(2e-3));
        }
      }
    }
  }

  private static double moved(
      Model model, Embedding embedding, Tensor ids, Tensor table, int t, int e, float by) {
    Tensor other = table.copy();
    other.set(table.get(t + 1, e) + by, t + 1, e);
    embedding.weights().get(0).assign(other);
    double y = model.predict(ids).data()[0];
    embedding.weights().get(0).assign(table);
    return y;
  }

  @Test
  void whatTheModelDoesNotTakeIsRefused() {
    try (Model model = model(new Input(T, F), new LSTM(U).name("cell"), new Dense(2))) {
      assertThatThrownBy(() -> Trace.of(model, Tensor.zeros(1, T, F + 1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("cell");
      assertThatThrownBy(() -> Saliency.of(model, Tensor.zeros(1, T, F), 2))
          .hasMessage("sequential: expected an output from 0 to 1, got 2");
    }
  }
}
