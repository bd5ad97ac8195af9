package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.graph.Program;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** {@code trainable(false)}: no gradient is computed, no slot is kept, the summary tells. */
class FreezeTest {
  private static final Tensor X = tensor(5, 8, 4, 2);
  private static final Tensor Y = tensor(6, 8, 1);

  private static Tensor tensor(long seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(seed, 0);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model() {
    return new Sequential()
        .seed(7)
        .on(Backends.cpu())
        .add(new LSTM(3).inputShape(4, 2).returnSequences(true))
        .add(new LSTM(3))
        .add(new Dense(1));
  }

  @Test
  void aFrozenLayerStays() {
    try (Sequential m = model();
        Sequential all = model()) {
      m.layers().get(0).trainable(false);
      m.compile("adam", "mse");
      all.compile("adam", "mse");
      List<Tensor> before = m.getWeights();
      m.fit(X, Y, Fit.epochs(3).silent());
      for (int i = 0; i < before.size(); i++) {
        assertThat(m.getWeights().get(i).equals(before.get(i))).isEqualTo(i < 3);
      }
      assertThat(m.optimizerSlots()).hasSize(before.size() - 3);
      Program program = m.program(8, true);
      assertThat(program.toString()).doesNotContain("d.lstm.kernel").contains("d.lstm_1.kernel");
      assertThat(all.program(8, true).toString()).contains("d.lstm.kernel");
      // the first layer's way back is not there at all
      assertThat(all.program(8, true).ops()).hasSizeGreaterThan(program.ops().size());
      assertThat(m.summaryText(SummaryStyle.KERAS_3))
          .contains("Trainable params: 88 (352.00 B)", "Non-trainable params: 72 (288.00 B)");
      assertThat(m.summaryText(SummaryStyle.TF_KERAS_2_15))
          .contains("Total params: 160 (", "Trainable params: 88 (", "Non-trainable params: 72 (");
      assertThat(m.summaryText(SummaryStyle.KERAS_2_0))
          .contains("Total params: 160\n", "Trainable params: 88\n", "Non-trainable params: 72\n");
    }
  }

  /** The layers behind a frozen one learn as they would without the others' updates. */
  @Test
  void theOthersLearnTheSame() {
    try (Sequential m = model();
        Sequential tail =
            new Sequential()
                .on(Backends.cpu())
                .add(new LSTM(3).inputShape(4, 3))
                .add(new Dense(1))) {
      m.layers().get(0).trainable(false);
      m.compile("sgd", "mse");
      tail.setWeights(m.getWeights().subList(3, 8));
      tail.compile("sgd", "mse");
      Sequential head = new Sequential(new LSTM(3).inputShape(4, 2).returnSequences(true));
      head.on(Backends.cpu()).setWeights(m.getWeights().subList(0, 3));
      for (int i = 0; i < 3; i++) {
        assertThat(m.trainOnBatch(X, Y)).isEqualTo(tail.trainOnBatch(head.predict(X), Y));
      }
      assertThat(m.getWeights().subList(3, 8)).isEqualTo(tail.getWeights());
      head.close();
    }
  }

  @Test
  void nothingToTrain() {
    try (Sequential m = model()) {
      m.layers().forEach(l -> l.trainable(false));
      m.compile("sgd", "mse");
      assertThatThrownBy(() -> m.fit(X, Y, Fit.epochs(1).silent()))
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContainingAll("nothing to train", "trainable(true)");
      assertThat(m.evaluate(X, Y)).containsKey("loss");
    }
  }

  /** As in Keras it counts from the next compile on. */
  @Test
  void thawedByTheNextCompile() {
    try (Sequential m = model()) {
      Layer first = m.layers().get(0);
      first.trainable(false);
      m.compile("sgd", "mse");
      m.trainOnBatch(X, Y);
      Tensor kernel = m.getWeights().get(0);
      first.trainable(true);
      m.trainOnBatch(X, Y);
      assertThat(m.getWeights().get(0)).isEqualTo(kernel);
      m.compile("sgd", "mse");
      m.trainOnBatch(X, Y);
      assertThat(m.getWeights().get(0)).isNotEqualTo(kernel);
    }
  }
}
