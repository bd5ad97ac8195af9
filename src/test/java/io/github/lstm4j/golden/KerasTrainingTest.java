package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.optimizers.UpdateRule;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Whole trainings: initial gradients, step losses, epoch losses and final weights of every recorded
 * case in {@code golden/keras-training}.
 */
class KerasTrainingTest {
  private static int passed;

  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  @TestFactory
  List<DynamicTest> cases() {
    List<DynamicTest> tests = new ArrayList<>();
    for (String file : List.of("gru", "losses", "optimizers", "simple_rnn", "structures")) {
      GoldenCases.read("keras-training/" + file + ".json")
          .forEach((id, c) -> tests.add(DynamicTest.dynamicTest(id, () -> run(c))));
    }
    assertThat(tests).hasSize(36);
    return tests;
  }

  @AfterAll
  static void report() {
    System.out.printf(Locale.ROOT, "golden keras-training: %d passed%n", passed);
  }

  private void run(Map<String, Object> c) {
    Map<String, Object> train = GoldenCases.map(c.get("train"));
    Map<String, Object> expected = GoldenCases.map(c.get("expected"));
    Tensor x = GoldenCases.tensor(train.get("x"));
    Tensor y = GoldenCases.tensor(train.get("y"));
    Loss loss = Loss.of(train.get("loss").toString());
    Optimizer optimizer = optimizer(GoldenCases.map(train.get("optimizer")));
    int batch = (int) train.get("batch_size");
    int epochs = (int) train.get("epochs");

    try (Sequential m = GoldenCases.model(c).on(backend())) {
      assertClose(
          "initial prediction",
          GoldenCases.tensor(expected.get("initial_prediction")),
          m.predict(x),
          1e-5,
          1e-5);
      // with learning rate 1 a step of plain descent subtracts just the gradient
      m.compile(Optimizer.sgd(1f), loss);
      List<Tensor> before = m.getWeights();
      double initialLoss = m.trainOnBatch(x, y).get("loss");
      assertThat(initialLoss)
          .isCloseTo(number(expected.get("initial_loss_full_batch")), within(1e-5));
      List<Tensor> after = m.getWeights();
      List<Object> gradients = GoldenCases.list(expected.get("initial_gradients_full_batch"));
      for (int i = 0; i < gradients.size(); i++) {
        Tensor moved = before.get(i).copy();
        for (int k = 0; k < moved.size(); k++) {
          moved.data()[k] -= after.get(i).data()[k];
        }
        assertClose(
            "initial gradient " + i, GoldenCases.tensor(gradients.get(i)), moved, 1e-6, 1e-4);
      }
    }

    try (Sequential m = GoldenCases.model(c).on(backend())) {
      m.compile(optimizer, loss);
      List<Object> steps = GoldenCases.list(expected.get("step_losses"));
      int step = 0;
      for (int e = 0; e < epochs; e++) {
        for (int from = 0; from < x.dim(0); from += batch) {
          int to = Math.min(x.dim(0), from + batch);
          double got = m.trainOnBatch(x.rows(from, to), y.rows(from, to)).get("loss");
          double want = number(steps.get(step));
          assertThat(got)
              .as("loss of step %d", step)
              .isCloseTo(want, within(1e-6 + 1e-5 * Math.abs(want)));
          step++;
        }
      }
      finalWeights(c, expected, m);
    }

    try (Sequential m = GoldenCases.model(c).on(backend())) {
      m.compile(optimizer, loss);
      History h = m.fit(x, y, Fit.epochs(epochs).batchSize(batch).shuffle(false).silent());
      List<Object> losses = GoldenCases.list(expected.get("epoch_losses"));
      for (int e = 0; e < epochs; e++) {
        assertThat(h.get("loss").get(e))
            .as("loss of epoch %d", e)
            .isCloseTo(number(losses.get(e)), within(1e-5));
      }
      finalWeights(c, expected, m);
      assertClose(
          "final prediction",
          GoldenCases.tensor(expected.get("final_prediction")),
          m.predict(x),
          1e-4,
          1e-4);
    }
    passed++;
  }

  private static void finalWeights(
      Map<String, Object> c, Map<String, Object> expected, Sequential m) {
    List<Tensor> got = m.getWeights();
    List<Object> flat = new ArrayList<>();
    for (Object layer : GoldenCases.list(expected.get("final_weights"))) {
      if (layer instanceof List<?>) {
        flat.addAll(GoldenCases.list(layer));
      } else {
        flat.add(layer);
      }
    }
    String optimizer =
        GoldenCases.map(GoldenCases.map(c.get("train")).get("optimizer")).get("name").toString();
    // elements whose gradient is near epsilon: see the folder's README
    double atol = optimizer.startsWith("adam") ? 1e-4 : 2e-5;
    for (int i = 0; i < got.size(); i++) {
      assertClose("final weight " + i, GoldenCases.tensor(flat.get(i)), got.get(i), atol, 0);
    }
  }

  private static double number(Object o) {
    return ((Number) o).doubleValue();
  }

  private static Optimizer optimizer(Map<String, Object> o) {
    Map<String, Object> c = GoldenCases.map(o.get("config"));
    float rate = (float) number(c.get("learning_rate"));
    Optimizer made =
        switch (o.get("name").toString()) {
          case "sgd" ->
              Optimizer.sgd(rate, (float) number(c.get("momentum")), (boolean) c.get("nesterov"));
          case "rmsprop" ->
              Optimizer.rmsprop(
                  rate,
                  (float) number(c.get("rho")),
                  (float) number(c.get("momentum")),
                  (float) number(c.get("epsilon")),
                  (boolean) c.get("centered"));
          case "adam" ->
              Optimizer.adam(
                  rate,
                  (float) number(c.get("beta_1")),
                  (float) number(c.get("beta_2")),
                  (float) number(c.get("epsilon")));
          case "adamax" ->
              Optimizer.adamax(rate)
                  .withRule(
                      new UpdateRule.Adamax(
                          (float) number(c.get("beta_1")),
                          (float) number(c.get("beta_2")),
                          (float) number(c.get("epsilon"))));
          default -> throw new AssertionError("no such optimizer yet: " + o);
        };
    return c.get("global_clipnorm") == null
        ? made
        : made.withGlobalClipnorm((float) number(c.get("global_clipnorm")));
  }
}
