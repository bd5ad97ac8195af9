package io.github.lstm4j.model;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** One timestep at a time: after each the output is that of the whole sequence so far. */
class SessionTest {
  private static final int TIMESTEPS = 6;

  private static Tensor sequences() {
    Tensor x = Tensor.zeros(3, TIMESTEPS, 2);
    Philox random = new Philox(9, 9);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = (float) random.nextGaussian();
    }
    for (int step : new int[] {0, 3, 4}) { // masked, in the second sequence
      x.set(0, 1, step, 0);
      x.set(0, 1, step, 1);
    }
    return x;
  }

  private static Tensor upTo(Tensor x, int timesteps) {
    int width = x.dim(2);
    Tensor part = Tensor.zeros(x.dim(0), timesteps, width);
    for (int b = 0; b < x.dim(0); b++) {
      System.arraycopy(
          x.data(), b * x.dim(1) * width, part.data(), b * timesteps * width, timesteps * width);
    }
    return part;
  }

  private static Tensor at(Tensor x, int timestep) {
    Tensor row = Tensor.zeros(x.dim(0), x.dim(2));
    for (int b = 0; b < x.dim(0); b++) {
      for (int f = 0; f < x.dim(2); f++) {
        row.set(x.get(b, timestep, f), b, f);
      }
    }
    return row;
  }

  @ParameterizedTest
  @EnumSource(Peephole.class)
  void stackedMaskedAndWithPeepholes(Peephole peephole) {
    Tensor x = sequences();
    try (Sequential model =
        new Sequential(
            new Input(-1, 2),
            new Masking(),
            new LSTM(5).returnSequences(true).peephole(peephole).dropout(0.5f),
            new LSTM(4).recurrentActivation("hard_sigmoid"),
            new Dense(2, "tanh"))) {
      try (Session session = model.session(3)) {
        for (int t = 0; t < TIMESTEPS; t++) {
          Tensor got = model.step(session, at(x, t));
          assertClose("step " + t, model.predict(upTo(x, t + 1)), got, 1e-6, 1e-6);
        }
        Tensor end = session.states((LSTM) model.layers().get(1)).get(0);
        assertThat(end.shape().dims()).containsExactly(3, 5);
        session.reset();
        assertClose("again", model.predict(upTo(x, 1)), session.step(at(x, 0)), 1e-6, 1e-6);
      }
    }
  }

  /** Two sessions side by side, and predictions between, do not touch each other's state. */
  @Test
  void sessionsAreIndependent() {
    Tensor x = sequences();
    try (Sequential model = new Sequential(new LSTM(3).inputShape(TIMESTEPS, 2));
        Session first = model.session(3);
        Session second = model.session(3)) {
      Tensor a = first.step(at(x, 0));
      model.predict(x);
      assertThat(second.step(at(x, 0))).isEqualTo(a);
      first.step(at(x, 1));
      assertThat(second.step(at(x, 1)).shape().dims()).containsExactly(3, 3);
      second.reset();
      assertThat(second.step(at(x, 0))).isEqualTo(a);
    }
  }

  @Test
  void idsOneAtATime() {
    Tensor ids = Tensor.of(new float[] {3, 0, 1, 2, 2, 0}, 2, 3);
    try (Sequential model =
            new Sequential(new Input(-1), new Embedding(4, 3).maskZero(true), new LSTM(2));
        Session session = model.session(2)) {
      Tensor got = null;
      for (int t = 0; t < 3; t++) {
        got = session.step(Tensor.of(new float[] {ids.get(0, t), ids.get(1, t)}, 2));
      }
      assertClose("ids", model.predict(ids), got, 1e-6, 1e-6);
    }
  }

  @Test
  void aStepBetweenArraysIsTheSameStep() {
    try (Sequential model =
            new Sequential(new LSTM(4).inputShape(TIMESTEPS, 2)).add(new Dense(3)).seed(5);
        Session one = model.session(3);
        Session other = model.session(3)) {
      Tensor x = sequences();
      float[] y = new float[9];
      for (int t = 0; t < TIMESTEPS; t++) {
        Tensor now = at(x, t);
        other.step(now.data(), y);
        assertThat(y).isEqualTo(one.step(now).data());
      }
      assertThatThrownBy(() -> one.step(new float[5], y))
          .hasMessageContaining("expected one timestep (3, 2), got (5,)");
      assertThatThrownBy(() -> one.step(new float[6], new float[8]))
          .hasMessageContaining(
              "expected an array of 9 for the output of a timestep, got one of 8");
    }
  }
}
