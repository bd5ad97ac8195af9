package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** Random models of layers: what a backend predicts and learns of them is what the oracle does. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class LayerModels {
  private static final Optimizer DESCENT = Optimizer.sgd(0.5f);
  private static final int SHOWN = 10;

  private Backend backend;

  /** The backend, closed at the end. */
  abstract Backend open();

  /** How many models are compared. */
  abstract int models();

  /** How many weights and outputs of layers a model may have at most. */
  long affordable() {
    return Long.MAX_VALUE;
  }

  /** The first seed; another one by {@code -Dlstm4j.seed}. */
  static long seed() {
    return Long.getLong("lstm4j.seed", 900_000);
  }

  /** Runs a case; may do so more than once. */
  void each(Runnable test) {
    test.run();
  }

  @BeforeAll
  final void openBackend() {
    backend = open();
  }

  @AfterAll
  final void close() {
    backend.close();
  }

  @Test
  final void predictAndTrainAsTheOracle() {
    List<String> wrong = new ArrayList<>();
    int run = 0;
    Backend oracle = OracleBackend.sound();
    for (int i = 0; run < models(); i++) {
      long seed = seed() + i;
      RandomLayerModel model = RandomLayerModel.running(seed).compiled(oracle, DESCENT);
      model.model.close();
      if (model.elements() > affordable()) {
        continue;
      }
      run++;
      each(() -> compare(wrong, seed, oracle));
    }
    assertThat(wrong.subList(0, Math.min(SHOWN, wrong.size())))
        .as("%d wrong", wrong.size())
        .isEmpty();
  }

  private void compare(List<String> wrong, long i, Backend oracle) {
    RandomLayerModel expected = RandomLayerModel.running(i).compiled(oracle, DESCENT);
    RandomLayerModel got = RandomLayerModel.running(i);
    got.compiled(backend, DESCENT);
    try (expected.model;
        got.model) {
      compare(wrong, i, "predicts", expected.predict(), got.predict());
      List<Tensor> before = expected.model.getWeights();
      double loss = expected.train();
      double same = got.train();
      if (!(Math.abs(loss - same) <= 1e-4 * (Math.abs(loss) + 1))) {
        wrong.add("model " + i + " loses " + loss + ", got " + same);
      }
      List<Tensor> learnt = moved(before, expected.model.getWeights());
      compare(wrong, i, "learns", learnt, moved(before, got.model.getWeights()));
      compare(wrong, i, "then predicts", expected.predict(), got.predict());
    }
  }

  static List<Tensor> moved(List<Tensor> before, List<Tensor> after) {
    List<Tensor> all = new ArrayList<>();
    for (int i = 0; i < before.size(); i++) {
      Tensor moved = after.get(i).copy();
      for (int k = 0; k < moved.size(); k++) {
        moved.data()[k] -= before.get(i).data()[k];
      }
      all.add(moved);
    }
    return all;
  }

  /** By norm: an element may stand at a kink. */
  static void compare(
      List<String> wrong, Object model, String what, List<Tensor> expected, List<Tensor> got) {
    double norm = 0;
    for (Tensor t : expected) {
      for (float v : t.data()) {
        norm = Math.max(norm, Math.abs(v));
      }
    }
    for (int i = 0; i < expected.size(); i++) {
      double largest = 0;
      for (int k = 0; k < expected.get(i).size(); k++) {
        double difference = Math.abs(expected.get(i).data()[k] - got.get(i).data()[k]);
        largest = difference <= largest ? largest : difference; // NaN stays
      }
      BothWays.differs(Math.max(0, largest - 2e-6) / (norm + 1e-300));
      if (!(largest <= 2e-4 * norm + 2e-6)) {
        wrong.add(
            String.format(
                Locale.ROOT,
                "model %s %s otherwise: tensor %d %s differs by %.3g of %.3g",
                model,
                what,
                i,
                expected.get(i).shape(),
                largest,
                norm));
      }
    }
  }
}
