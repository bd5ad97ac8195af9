package io.github.lstm4j.layers;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.Session;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * RNN and its cells: those with an op of their own against the layers, one above the other, and
 * step by step.
 */
class CellsTest {
  private static final int B = 3;
  private static final int T = 6;
  private static final int F = 2;

  static Stream<Arguments> cells() {
    Map<String, Supplier<FusedCell<?>>> all =
        Map.of(
            "LSTM",
            () -> new LSTMCell(4),
            "LSTM relu, hard_sigmoid, no bias",
            () ->
                new LSTMCell(3)
                    .activation("relu")
                    .recurrentActivation("hard_sigmoid")
                    .useBias(false),
            "LSTM with V",
            () -> new LSTMCell(3).peephole(Peephole.FULL_OUTPUT),
            "LSTM with p",
            () -> new LSTMCell(3).peephole(Peephole.DIAGONAL),
            "LSTM with p_o",
            () -> new LSTMCell(3).peephole(Peephole.DIAGONAL_OUTPUT),
            "GRU",
            () -> new GRUCell(4).activation("gelu"),
            "GRU no bias",
            () -> new GRUCell(4).useBias(false),
            "GRU reset before",
            () -> new GRUCell(4).resetAfter(false),
            "SimpleRNN",
            () -> new SimpleRNNCell(4));
    return all.entrySet().stream()
        .sorted(Map.Entry.comparingByKey())
        .map(e -> Arguments.of(e.getKey(), e.getValue()));
  }

  private static Tensor normal(int seed, int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  /** x with masked timesteps of all kinds. */
  private static Tensor masked() {
    Tensor x = normal(1, B, T, F);
    java.util.Arrays.fill(x.data(), 0, F, 0f); // the first of sample 0
    java.util.Arrays.fill(x.data(), (T + 2) * F, (T + 4) * F, 0f); // inner ones of sample 1
    java.util.Arrays.fill(x.data(), (2 * T + 4) * F, 3 * T * F, 0f); // the last of sample 2
    return x;
  }

  private static Sequential model(Layer... layers) {
    Sequential m = new Sequential().seed(5);
    m.add(new Input(-1, F));
    List.of(layers).forEach(m::add);
    return m;
  }

  /** A cell that runs step by step and computes what the one inside does. */
  private static Cell stepwise(FusedCell<?> cell) {
    return new ZoneoutCell(cell, new float[cell.stateNames().size()]);
  }

  private static void close(String what, List<Tensor> want, List<Tensor> got) {
    assertThat(got).hasSameSizeAs(want);
    for (int i = 0; i < want.size(); i++) {
      assertClose(what + ", " + i, want.get(i), got.get(i), 1e-5, 1e-5);
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void stepByStepIsTheOp(String name, Supplier<FusedCell<?>> cell) {
    for (int bits = 0; bits < 8; bits++) {
      boolean backwards = (bits & 1) != 0;
      boolean zero = (bits & 2) != 0;
      RNN fused = new RNN(cell.get());
      RNN steps = new RNN(stepwise(cell.get()));
      for (RNN rnn : List.of(fused, steps)) {
        rnn.returnSequences(true).returnState(true).goBackwards(backwards).zeroOutputForMask(zero);
      }
      try (Sequential a = model(new Masking(), fused);
          Sequential b = model(new Masking(), steps)) {
        b.setWeights(a.getWeights());
        List<Tensor> initial = new ArrayList<>();
        if ((bits & 4) != 0) {
          fused.stateShapes(B).forEach(s -> initial.add(normal(2, s.dims())));
        }
        close(name, a.call(masked(), null, initial), b.call(masked(), null, initial));
      }
    }
  }

  /** The same gradients, and the same dropout masks. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void stepByStepLearnsAsTheOp(String name, Supplier<FusedCell<?>> cell) {
    for (float dropout : new float[] {0, 0.4f}) {
      for (float recurrentDropout : new float[] {0, 0.4f}) {
        List<List<Tensor>> after = new ArrayList<>();
        for (boolean steps : new boolean[] {false, true}) {
          FusedCell<?> inside = cell.get().dropout(dropout).recurrentDropout(recurrentDropout);
          RNN rnn = new RNN(steps ? stepwise(inside) : inside);
          try (Sequential m = model(new Masking(), rnn, new Dense(1))) {
            m.compile(Optimizer.sgd(0.5f), Loss.meanSquaredError());
            for (int i = 0; i < 3; i++) {
              m.trainOnBatch(masked(), normal(3, B, 1));
            }
            after.add(m.getWeights());
          }
        }
        close(name + " " + dropout + " " + recurrentDropout, after.get(0), after.get(1));
      }
    }
  }

  /** What a stateful layer carries on is not what its gradients are taken at. */
  @ParameterizedTest(name = "{0}")
  @MethodSource("cells")
  void carriedStatesAreNotLostToTheGradients(String name, Supplier<FusedCell<?>> cell) {
    List<List<Tensor>> after = new ArrayList<>();
    for (boolean steps : new boolean[] {false, true}) {
      RNN rnn = new RNN(steps ? stepwise(cell.get()) : cell.get()).stateful(true);
      try (Sequential m = new Sequential().seed(5)) {
        m.add(Input.batch(B, -1, F));
        m.add(rnn);
        m.add(new Dense(1));
        m.compile(Optimizer.sgd(0.5f), Loss.meanSquaredError());
        for (int i = 0; i < 3; i++) {
          m.trainOnBatch(normal(i, B, 2, F), normal(3, B, 1));
        }
        after.add(m.getWeights());
      }
    }
    close(name, after.get(0), after.get(1));
  }

  @Test
  void stepwiseCellsRunInSessions() {
    Tensor x = masked();
    try (Sequential m =
            model(new Masking(), new RNN(stepwise(new LSTMCell(4)), new GRUCell(3)), new Dense(2));
        Session session = m.session(B)) {
      for (int t = 0; t < T; t++) {
        Tensor got = session.step(Tensor.of(steps(x, t, t + 1).data(), B, F));
        assertClose("step " + t, m.predict(steps(x, 0, t + 1)), got, 1e-5, 1e-5);
      }
    }
  }

  @Test
  void anRnnOfACellIsItsLayer() {
    List<Recurrent<?>> cells =
        List.of(
            new RNN(new LSTMCell(4).activation("relu").unitForgetBias(false)),
            new RNN(new GRUCell(4).resetAfter(false)),
            new RNN(new SimpleRNNCell(4).useBias(false)));
    List<Recurrent<?>> layers =
        List.of(
            new LSTM(4).activation("relu").unitForgetBias(false),
            new GRU(4).resetAfter(false),
            new SimpleRNN(4).useBias(false));
    for (int i = 0; i < cells.size(); i++) {
      try (Sequential a = model(cells.get(i).returnState(true));
          Sequential b = model(layers.get(i).returnState(true))) {
        assertThat(b.getWeights()).isEqualTo(a.getWeights()); // one seed, one order of draws
        assertThat(b.call(masked())).isEqualTo(a.call(masked()));
      }
    }
  }

  @Test
  void cellsOneAboveTheOtherAreLayers() {
    RNN stack = new RNN(new LSTMCell(4), new GRUCell(3), new SimpleRNNCell(2)).returnState(true);
    try (Sequential a = model(new Masking(), stack);
        Sequential b =
            model(
                new Masking(),
                new LSTM(4).returnSequences(true),
                new GRU(3).returnSequences(true),
                new SimpleRNN(2).returnState(true))) {
      b.setWeights(a.getWeights());
      List<Tensor> got = a.call(masked());
      List<Tensor> want = b.call(masked());
      assertThat(stack.outputNames())
          .containsExactly("output", "state_h_0", "state_c_0", "state_h_1", "state_h_2");
      assertClose("output", want.get(0), got.get(0), 0, 0);
      assertClose("the last cell's h", want.get(1), got.get(4), 0, 0);
      // states go in as they came out: the first part, then the second, is the whole
      Tensor x = normal(4, B, T, F);
      List<Tensor> whole = a.call(x);
      List<Tensor> first = a.call(steps(x, 0, 2));
      close("in two parts", whole, a.call(steps(x, 2, T), null, first.subList(1, 5)));
      try (Session session = a.session(B)) {
        for (int t = 0; t < T; t++) {
          Tensor y = session.step(Tensor.of(steps(x, t, t + 1).data(), B, F));
          assertThat(session.states(stack)).hasSize(4);
          if (t == T - 1) {
            assertClose("session", whole.get(0), y, 1e-6, 1e-6);
          }
        }
      }
    }
  }

  private static Tensor steps(Tensor x, int from, int to) {
    Tensor part = Tensor.zeros(B, to - from, F);
    for (int b = 0; b < B; b++) {
      System.arraycopy(
          x.data(), (b * T + from) * F, part.data(), b * (to - from) * F, (to - from) * F);
    }
    return part;
  }

  @Test
  void anRnnGoesBothWays() {
    Bidirectional both =
        new Bidirectional(new RNN(new LSTMCell(3), stepwise(new GRUCell(2))).returnSequences(true));
    try (Sequential m = model(both)) {
      assertThat(both.backward()).isInstanceOf(RNN.class);
      assertThat(both.backward().cells()).doesNotContainAnyElementsOf(both.forward().cells());
      assertThat(m.predict(normal(1, B, T, F)).shape().dims()).containsExactly(B, T, 4);
    }
  }

  @Test
  void aStatefulRnnCarriesTheStatesOfAllCells() {
    RNN stack = new RNN(new LSTMCell(4), stepwise(new GRUCell(3))).stateful(true);
    Tensor x = normal(6, B, T, F);
    try (Sequential m = new Sequential(Input.batch(B, -1, F), stack);
        Sequential whole = model(new RNN(new LSTMCell(4), stepwise(new GRUCell(3))))) {
      whole.setWeights(m.getWeights());
      m.predict(steps(x, 0, 2), B);
      assertClose("the rest", whole.predict(x), m.predict(steps(x, 2, T), B), 1e-6, 1e-6);
      assertThat(stack.states()).hasSize(3);
    }
  }

  /** At inference the expectation: eq. 6 and 7 by hand, for one timestep from given states. */
  @Test
  void zoneoutExpects() {
    List<Tensor> before = List.of(normal(1, B, 4), normal(2, B, 4));
    RNN plain = new RNN(new LSTMCell(4)).returnState(true);
    RNN zoned = new RNN(new ZoneoutCell(new LSTMCell(4), 0.25f, 0.5f)).returnState(true);
    try (Sequential a = model(plain);
        Sequential b = model(zoned)) {
      b.setWeights(a.getWeights());
      Tensor x = normal(3, B, 1, F);
      List<Tensor> fresh = a.call(x, null, before);
      List<Tensor> got = b.call(x, null, before);
      for (int i = 0; i < B * 4; i++) {
        double h = 0.25 * before.get(0).data()[i] + 0.75 * fresh.get(1).data()[i];
        double c = 0.5 * before.get(1).data()[i] + 0.5 * fresh.get(2).data()[i];
        assertThat((double) got.get(0).data()[i]).isCloseTo(h, within(1e-6));
        assertThat((double) got.get(2).data()[i]).isCloseTo(c, within(1e-6));
      }
    }
  }

  /** In training a unit is wholly old or wholly new: with rates near 1 almost all stay zero. */
  @Test
  void zoneoutKeepsInTraining() {
    List<Double> losses = new ArrayList<>();
    for (float rate : new float[] {0, 0.5f, 0.999f}) {
      RNN rnn = new RNN(new ZoneoutCell(new SimpleRNNCell(200), rate));
      try (Sequential m = model(rnn)) {
        // h = tanh(1) after one timestep wherever it is renewed
        m.setWeights(
            List.of(Tensor.zeros(F, 200), Tensor.zeros(200, 200), Tensor.zeros(200).map(v -> 1f)));
        m.compile(Optimizer.sgd(0f), Loss.meanSquaredError());
        losses.add(m.trainOnBatch(Tensor.zeros(B, 1, F), Tensor.zeros(B, 200)).get("loss"));
      }
    }
    double all = Math.tanh(1) * Math.tanh(1);
    assertThat(losses.get(0)).isCloseTo(all, within(1e-6));
    assertThat(losses.get(1)).isCloseTo(all / 2, within(0.05 * all)); // 600 units: 2.4 deviations
    assertThat(losses.get(2)).isLessThan(0.02 * all);
  }

  @Test
  void misuseIsRefusedWithWords() {
    assertThatThrownBy(() -> new ZoneoutCell(new LSTMCell(2), 0.1f))
        .hasMessageContainingAll("ZoneoutCell", "[h, c]", "got 1");
    assertThatThrownBy(() -> new ZoneoutCell(new LSTMCell(2), 0.1f, 1f))
        .hasMessageContainingAll("ZoneoutCell", "zoneout_c", "[0, 1)");
    assertThatThrownBy(() -> new ProjectedLSTMCell(4, 0)).hasMessageContaining("projection");
    assertThatThrownBy(() -> model(new LSTMCell(2)).predict(normal(1, B, T, F)))
        .hasMessageContainingAll("lstm_cell", "new RNN(");
    assertThatThrownBy(
            () ->
                model(new RNN(new LSTMCell(3)).returnState(true))
                    .call(masked(), null, List.of(normal(1, B, 3))))
        .hasMessageContaining("states");
  }
}
