package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.expression.Expression;
import io.github.lstm4j.expression.RowFunction;
import io.github.lstm4j.expression.StateFunction;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Losses and metrics that are functions of the user's. */
class OwnObjectivesTest {
  private static final RowFunction SQUARED = (y, p) -> y.minus(p).square().mean(-1);

  /** The sum of all errors and how many there are, weighted. */
  private static final StateFunction MEAN_ERROR =
      new StateFunction() {
        @Override
        public int size() {
          return 2;
        }

        @Override
        public Expression addend(Expression target, Expression prediction, Expression weights) {
          Expression errors = target.minus(prediction).square().mean(-1).times(weights);
          return Expression.concat(errors.sum(), weights.sum());
        }

        @Override
        public double result(double[] state) {
          return state[0] / state[1];
        }
      };

  private static Tensor random(int seed, int... dims) {
    Tensor t = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(Loss loss, Metric... metrics) {
    Sequential model =
        new Sequential(
            new Input(4, 3), new Masking(), new LSTM(5).returnSequences(true), new Dense(2));
    model.seed(7);
    model.compile(Optimizer.sgd(0.1f), loss, metrics);
    return model;
  }

  /** Some timesteps masked, samples weighted; what is masked is no number. */
  private static History fit(Loss loss, Metric... metrics) {
    Tensor x = random(1, 10, 4, 3);
    Tensor y = random(2, 10, 4, 2);
    Tensor weights = Tensor.zeros(10);
    for (int b = 0; b < 10; b++) {
      weights.data()[b] = b % 3;
      if (b % 2 == 0) {
        java.util.Arrays.fill(x.data(), b * 12 + 9, b * 12 + 12, 0);
        y.data()[b * 8 + 7] = 1e30f;
      }
    }
    return model(loss, metrics)
        .fit(BatchSource.of(x, y, weights), Fit.epochs(3).batchSize(4).shuffle(false).silent());
  }

  @ParameterizedTest
  @ValueSource(strings = {"SUM_OVER_BATCH_SIZE", "SUM", "MEAN_WITH_SAMPLE_WEIGHT", "NONE"})
  void oneThatIsTheMeanSquaredErrorIsOne(String reduction) {
    Loss.Reduction of = Loss.Reduction.valueOf(reduction);
    Loss known = Loss.meanSquaredError().withReduction(of);
    Loss own = Loss.of("squared", SQUARED).withReduction(of);
    History expected = fit(known, Metric.MEAN_SQUARED_ERROR, Metric.of("mse").weighted());
    History got =
        fit(
            own,
            Metric.of("squares", SQUARED),
            Metric.of("weighted", MEAN_ERROR).weighted(),
            Metric.of("state", MEAN_ERROR));
    for (int epoch = 0; epoch < 3; epoch++) {
      double loss = expected.get("loss").get(epoch);
      assertThat(got.get("loss").get(epoch)).isCloseTo(loss, within(1e-5 * Math.abs(loss)));
      double mse = expected.get("mse").get(epoch);
      assertThat(got.get("squares").get(epoch)).isCloseTo(mse, within(1e-5 * mse));
      assertThat(got.get("state").get(epoch)).isCloseTo(mse, within(1e-5 * mse));
      double weighted = expected.get("weighted_mse").get(epoch);
      assertThat(got.get("weighted").get(epoch)).isCloseTo(weighted, within(1e-5 * weighted));
    }
  }

  @Test
  void axesAreTheUsers() {
    Tensor x = random(3, 6, 4, 3);
    Tensor y = random(4, 6, 4, 2);
    Tensor perStep = Tensor.of(new float[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2);
    Sequential model =
        new Sequential(new Input(4, 3), new LSTM(5).returnSequences(true), new Dense(2));
    model.compile(
        Optimizer.sgd(0.1f),
        Loss.of(
            "shapes",
            (t, p) -> {
              assertThat(p.shape()).isEqualTo(Shape.of(6, 4, 2));
              assertThat(p.max(0).shape()).isEqualTo(Shape.of(4, 2));
              assertThat(p.slice(1, 1, 3).mean(1).shape()).isEqualTo(Shape.of(6, 2));
              assertThat(p.expandDims(1).squeeze(1).shape()).isEqualTo(Shape.of(6, 4, 2));
              assertThat(p.concat(1, t).shape()).isEqualTo(Shape.of(6, 8, 2));
              // (4,2) weighs timesteps, not samples
              return p.minus(t)
                  .abs()
                  .times(p.constant(perStep))
                  .sum(-1)
                  .plus(p.mean(1).sum(-1).expandDims(-1))
                  .plus(p.max().minus(p.min()).plus(p.mean().times(48))); // of all: numbers
            }));
    Tensor p = model.predict(x);
    float[] sorted = p.data().clone();
    Arrays.sort(sorted);
    double expected = sorted[47] - sorted[0];
    for (int i = 0; i < p.size(); i++) {
      expected += p.data()[i]; // 48 times the mean
      expected += Math.abs(p.data()[i] - y.data()[i]) * perStep.data()[i % 8] / 24;
      expected += p.data()[i] / 24; // a mean over the steps in each of them
    }
    assertThat(model.evaluate(x, y, 6).get("loss")).isCloseTo(expected, within(1e-4));
  }

  @Test
  void whatDoesNotFitIsNamed() {
    List<RowFunction> wrong =
        List.of(
            (y, p) -> y.minus(p).square(), (y, p) -> y.minus(p.mean(0).sum(-1)), (y, p) -> null);
    List<String> said =
        List.of(
            "wrong: expected a value for each row of the prediction (4, 4, 2), (4, 4), or for each"
                + " sample, (4,), got (4, 4, 2)",
            "minus: the shapes (4, 4, 2) and (4,) do not fit: from the last axis on, lengths must"
                + " be equal or 1",
            "wrong: the function gave null");
    for (int i = 0; i < wrong.size(); i++) {
      RowFunction function = wrong.get(i);
      assertThatIllegalArgumentException()
          .isThrownBy(() -> fit(Loss.of("wrong", function)))
          .withMessage(said.get(i));
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> fit(Loss.of("whole", (y, p) -> y.minus(p).sum(-1).sum(-1))))
        .withMessageContaining("whole: gives a value for each whole sequence");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Loss.of("none", null))
        .withMessageContaining("a function for the loss none");
  }

  /** As in Keras a file names it, and whoever loads the model compiles it again. */
  @Test
  void aSavedModelNamesIt(@TempDir Path folder) throws IOException {
    Sequential model = model(Loss.of("squared", SQUARED), Metric.of("state", MEAN_ERROR));
    Tensor x = random(1, 2, 4, 3);
    Path file = folder.resolve("own.keras");
    model.save(file);
    assertThat(Models.load(file).predict(x)).isEqualTo(model.predict(x));
  }
}
