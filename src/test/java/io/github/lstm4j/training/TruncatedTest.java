package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRUCell;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.LSTMCell;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Truncated back-propagation through time: {@link Fit#tbpttLength(int)}. */
class TruncatedTest {
  private static final int B = 3;
  private static final int T = 7;

  private static Tensor normal(int seed, int... dims) {
    Random random = new Random(seed);
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Tensor steps(Tensor x, int from, int to) {
    int f = x.dim(2);
    Tensor part = Tensor.zeros(B, to - from, f);
    for (int b = 0; b < B; b++) {
      System.arraycopy(
          x.data(), (b * T + from) * f, part.data(), b * (to - from) * f, (to - from) * f);
    }
    return part;
  }

  private static Sequential model(Input input, boolean stateful) {
    Sequential m = new Sequential().seed(3);
    m.add(input);
    m.add(new Masking());
    m.add(new LSTM(4).returnSequences(true).stateful(stateful).dropout(0.3f));
    m.add(new BatchNormalization()); // of the timesteps of a chunk
    m.add(new RNN(new LSTMCell(3), new GRUCell(3)).returnSequences(true).stateful(stateful));
    m.add(new Dense(2));
    m.compile("adam", "mse");
    return m;
  }

  /** What stateful layers learn from the chunks, one after the other. */
  @Test
  void itIsStatefulChunksByHand() {
    Tensor x = normal(1, B, T, 2);
    java.util.Arrays.fill(x.data(), 4, 8, 0f); // two masked timesteps, at a border
    Tensor y = normal(2, B, T, 2);
    try (Sequential truncated = model(new Input(T, 2), false);
        Sequential byHand = model(Input.batch(B, -1, 2), true)) {
      byHand.setWeights(truncated.getWeights());
      History history =
          truncated.fit(x, y, Fit.epochs(2).batchSize(B).shuffle(false).tbpttLength(3).silent());
      double last = 0;
      for (int epoch = 0; epoch < 2; epoch++) {
        byHand.resetStates();
        last = 0;
        for (int from = 0; from < T; from += 3) {
          int to = Math.min(T, from + 3);
          last += byHand.trainOnBatch(steps(x, from, to), steps(y, from, to)).get("loss");
        }
        last /= Math.ceil(T / 3.0);
      }
      assertThat(truncated.getWeights()).isEqualTo(byHand.getWeights());
      assertThat(truncated.iterations()).isEqualTo(6);
      assertThat(history.get("loss")).hasSize(2);
      assertThat(history.get("loss").get(1)).isCloseTo(last, within(1e-6)); // each chunk a step
    }
  }

  /** A chunk as long as the sequence, or longer, is what there is without it. */
  @Test
  void oneChunkIsAll() {
    Tensor x = normal(1, B, T, 2);
    Tensor y = normal(2, B, T, 2);
    try (Sequential a = model(new Input(T, 2), false);
        Sequential b = model(new Input(T, 2), false)) {
      a.fit(x, y, Fit.epochs(2).batchSize(2).silent());
      b.fit(x, y, Fit.epochs(2).batchSize(2).tbpttLength(50).silent());
      assertThat(b.getWeights()).isEqualTo(a.getWeights());
    }
  }

  private static void refused(String fix, Tensor y, Layer... layers) {
    try (Sequential m = new Sequential(layers)) {
      m.compile("sgd", "mse");
      assertThatThrownBy(() -> m.fit(normal(1, B, T, 2), y, Fit.epochs(1).tbpttLength(3).silent()))
          .hasStackTraceContaining("tbpttLength")
          .hasStackTraceContaining(fix);
    }
  }

  @Test
  void misuseIsRefusedWithWords() {
    Tensor each = Tensor.zeros(B, T, 4);
    refused(
        "bidirectional (Bidirectional) needs whole sequences",
        each,
        new Bidirectional(new LSTM(2).returnSequences(true)).inputShape(T, 2));
    refused(
        "targets for each of 7 timesteps, got (3, 4)",
        Tensor.zeros(B, 4),
        new LSTM(4).inputShape(T, 2));
    assertThatThrownBy(() -> Fit.epochs(1).tbpttLength(0)).hasMessageContaining("at least 1");
    assertThat(List.of(Fit.epochs(1).tbpttLength(5).tbpttLength())).containsExactly(5);
  }
}
