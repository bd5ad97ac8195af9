package io.github.lstm4j.equivalence;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.OperationCases;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

/**
 * Each operation in a model of its own: what a backend makes and learns is what the oracle does.
 */
abstract class OperationModels {
  private static final int BATCH = 2;

  /** The backend, to be closed. */
  abstract Backend open();

  /** Runs a case; may do so more than once. */
  void each(Runnable test) {
    test.run();
  }

  private final Set<String> covered = new HashSet<>();

  @Test
  final void predictAndTrainAsTheOracle() {
    List<String> wrong = new ArrayList<>();
    Backend oracle = OracleBackend.sound();
    try (Backend backend = open()) {
      OperationCases.all()
          .forEach((name, of) -> each(() -> compare(wrong, name, of, oracle, backend)));
    }
    assertThat(wrong).isEmpty();
    assertThat(OperationCases.missing(covered)).as("operations without a case").isEmpty();
  }

  private void compare(
      List<String> wrong, String name, OperationCases.Case of, Backend oracle, Backend backend) {
    try (Model expected = model(of);
        Model got = model(of)) {
      expected.on(oracle);
      got.on(backend);
      Random random = new Random(name.hashCode());
      List<Tensor> x =
          List.of(
              RandomLayerModel.normal(random, BATCH, 3, 2),
              RandomLayerModel.normal(random, BATCH, 3, 2),
              RandomLayerModel.normal(random, BATCH, 2));
      List<Tensor> weights = RandomLayerModel.weights(expected.graph().weights(), random);
      expected.setWeights(weights);
      got.setWeights(weights);
      List<Tensor> y = expected.predict(x, BATCH);
      LayerModels.compare(wrong, name, "predicts", y, got.predict(x, BATCH));
      Tensor target = RandomLayerModel.normal(random, y.get(0).shape().dims());
      for (Model m : List.of(expected, got)) {
        m.compile(Optimizer.sgd(0.05f), Loss.meanSquaredError());
        m.trainOnBatch(Batch.of(x, List.of(target), null));
      }
      LayerModels.compare(
          wrong,
          name,
          "learns",
          LayerModels.moved(weights, expected.getWeights()),
          LayerModels.moved(weights, got.getWeights()));
    }
  }

  private Model model(OperationCases.Case of) {
    KerasTensor x = new Input(3, 2).output();
    KerasTensor y = new Input(3, 2).output();
    KerasTensor z = new Input(2).output();
    Dense sequence = new Dense(4);
    KerasTensor result = of.of(sequence.apply(x), sequence.apply(y), new Dense(4).apply(z));
    Model model = Model.of(List.of(x, y, z), List.of(result));
    model.graph().operations().forEach(o -> covered.add(o.className()));
    return model;
  }
}
