package io.github.lstm4j.training;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Sample weights under each reduction, in batches of 2 and 1. The numbers are those of keras 3.15.1
 * on jax 0.10.2, 2026-11-26: {@code evaluate}, then one epoch of {@code fit} with SGD(0.1), with
 * {@code sample_weight=w}, {@code batch_size=2}, {@code shuffle=False}.
 */
class ReductionsTest {
  @ParameterizedTest
  @CsvSource({
    "SUM_OVER_BATCH_SIZE, 2.2708332538604736, 2.2135417461395264, 1.4583333730697632, 0.875, -0.46875",
    "MEAN_WITH_SAMPLE_WEIGHT, 1.8541666269302368, 1.8075000047683716, 1.4666666984558105, 0.89, -0.5675",
    "SUM, 4.354166507720947, 4.25, 1.4166666269302368, 0.8, 0.02500002"
  })
  void weighLossesButNotMetrics(
      Loss.Reduction reduction, double evaluated, double loss, double mae, float w0, float w1) {
    Tensor x = Tensor.of(new float[] {1, 2, 0.5f, -1, 3, 0.25f}, Shape.of(3, 2));
    Tensor y = Tensor.of(new float[] {1, 0, 2}, Shape.of(3, 1));
    Tensor w = Tensor.of(new float[] {0.5f, 2, 1}, Shape.of(3));
    BatchSource source = BatchSource.of(x, y, w);
    try (Sequential m = new Sequential(new Input(2), new Dense(1).useBias(false))) {
      m.on(Backends.cpu());
      m.setWeights(List.of(Tensor.of(new float[] {0.5f, -1}, Shape.of(2, 1))));
      m.compile(
          Optimizer.sgd(0.1f),
          Loss.meanSquaredError().withReduction(reduction),
          Map.of("mae", Metric.MEAN_ABSOLUTE_ERROR));
      Map<String, Double> before = m.evaluate(source, 2);
      assertThat(before.get("loss")).isCloseTo(evaluated, within(1e-6));
      assertThat(before.get("mae")).isCloseTo(1.5, within(1e-6));
      History history = m.fit(source, Fit.epochs(1).batchSize(2).shuffle(false).silent());
      assertThat(history.get("loss").get(0)).isCloseTo(loss, within(1e-6));
      assertThat(history.get("mae").get(0)).isCloseTo(mae, within(1e-6));
      assertThat(m.weights().get(0).value().data())
          .containsExactly(new float[] {w0, w1}, within(1e-6f));
    }
  }
}
