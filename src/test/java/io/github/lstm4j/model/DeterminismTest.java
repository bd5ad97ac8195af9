package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One seed, one result, bit for bit. */
class DeterminismTest {
  private static Tensor normal(int... dims) {
    Tensor t = Tensor.zeros(dims);
    Philox random = new Philox(1, t.size());
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(long seed) {
    Sequential m = new Sequential().seed(seed);
    m.add(
        new Bidirectional(new LSTM(33).dropout(0.2f).recurrentDropout(0.1f).returnSequences(true))
            .inputShape(7, 5));
    m.add(new Dropout(0.3f));
    m.add(new LSTM(31));
    m.add(new Dense(2));
    return m.compile(Optimizer.adam(0.01f).withGlobalClipnorm(1f), Loss.meanSquaredError());
  }

  private static List<Tensor> trained(long seed, int threads) {
    try (Backend backend = Backends.cpu(threads);
        Sequential m = model(seed).on(backend)) {
      m.fit(
          normal(75, 7, 5),
          normal(75, 2),
          Fit.epochs(2).batchSize(32).validationSplit(0.1).silent());
      return m.getWeights();
    }
  }

  @Test
  void theNumberOfThreadsChangesNothing() {
    List<Tensor> one = trained(3, 1);
    assertThat(trained(3, 4)).isEqualTo(one);
    assertThat(trained(3, 3)).isEqualTo(one);
    assertThat(trained(4, 1)).isNotEqualTo(one);
  }
}
