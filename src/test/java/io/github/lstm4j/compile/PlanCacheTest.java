package io.github.lstm4j.compile;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.runtime.Store;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Memory stays within bounds, whatever the lengths and however many models. */
@SuppressWarnings("try") // what is closed early, or twice, is what is tested
class PlanCacheTest {
  private static Tensor sequence(int batch, int timesteps) {
    Tensor t = Tensor.zeros(batch, timesteps, 2);
    Philox random = new Philox(timesteps, 1);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = (float) random.nextGaussian();
    }
    return t;
  }

  private static Sequential model(Backend backend) {
    return new Sequential()
        .seed(1)
        .on(backend)
        .add(new Input(-1, 2))
        .add(new LSTM(8))
        .add(new Dense(1));
  }

  @Test
  void theLeastRecentlyUsedGoesFirst() {
    try (Backend backend = Backends.cpu(1);
        Sequential m = model(backend);
        PlanCache cache =
            new PlanCache(k -> Plan.of(k, m.graph(), 1, null), p -> backend, 100_000)) {
      long most = 0;
      for (int t = 1; t <= 60; t++) {
        try (Lane lane = cache.take()) {
          // 3 is used again and again, so it stays
          Plan.Key three = new Plan.Key(Plan.Mode.PREDICT, 1, List.of(3));
          Object binding = lane.binding(three, cache.plan(three));
          Plan.Key key = new Plan.Key(Plan.Mode.PREDICT, 1, List.of(t));
          lane.binding(key, cache.plan(key));
          assertThat(lane.binding(three, cache.plan(three))).isSameAs(binding);
        }
        assertThat(cache.bytes()).isLessThanOrEqualTo(100_000);
        most = Math.max(most, cache.bytes());
      }
      assertThat(most).isGreaterThan(50_000);
      cache.close();
      assertThat(Store.of(backend).size()).isZero();
    }
  }

  @Test
  void threeThousandModels() {
    try (Backend backend = Backends.cpu(1)) {
      for (int i = 0; i < 3000; i++) {
        try (Sequential m = new Sequential().on(backend).add(new LSTM(2).inputShape(3, 2))) {
          m.predict(sequence(2, 3));
        }
      }
      assertThat(Store.of(backend).size()).isZero();
    }
  }

  @Test
  void aHundredThousandLengths() {
    try (Sequential m = new Sequential(new Input(-1, 2), new Dense(1)).on(Backends.cpu(1))) {
      m.planMemory(1 << 16);
      Tensor x = sequence(1, 1000);
      for (int i = 0; i < 100_000; i++) {
        int t = 1 + i % 1000;
        Tensor y = m.predict(Tensor.of(Arrays.copyOf(x.data(), 2 * t), 1, t, 2));
        assertThat(y.shape()).isEqualTo(Shape.of(1, t, 1));
      }
    }
  }
}
