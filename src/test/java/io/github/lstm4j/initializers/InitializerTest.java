package io.github.lstm4j.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.initializers.Initializer.Kind;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Distributions, from many draws with a fixed seed: the bounds are four standard errors wide. */
class InitializerTest {
  private static final Shape SHAPE = Shape.of(100, 400); // 40,000 draws, fan in 100, fan out 400

  private static float[] draw(Initializer initializer) {
    return initializer.initialize(SHAPE, new Philox(20, 7));
  }

  private static double mean(float[] w) {
    double sum = 0;
    for (float v : w) {
      sum += v;
    }
    return sum / w.length;
  }

  private static double deviation(float[] w) {
    double mean = mean(w);
    double sum = 0;
    for (float v : w) {
      sum += (v - mean) * (v - mean);
    }
    return Math.sqrt(sum / w.length);
  }

  private static double largest(float[] w) {
    double most = 0;
    for (float v : w) {
      most = Math.max(most, Math.abs(v));
    }
    return most;
  }

  /** Variances of Glorot, He and LeCun for fan in 100 and fan out 400. */
  @ParameterizedTest
  @CsvSource({
    "glorot_uniform, 0.004, uniform",
    "he_uniform, 0.02, uniform",
    "lecun_uniform, 0.01, uniform",
    "random_uniform, 0.000833333, uniform",
    "glorot_normal, 0.004, truncated",
    "he_normal, 0.02, truncated",
    "lecun_normal, 0.01, truncated",
    "random_normal, 0.0025, normal"
  })
  void variancesAndBounds(String name, double variance, String kind) {
    float[] w = draw(Initializer.of(name));
    double deviation = Math.sqrt(variance);
    assertThat(mean(w)).isCloseTo(0, within(4 * deviation / 200));
    assertThat(deviation(w)).isCloseTo(deviation, within(4 * deviation / 200));
    switch (kind) {
      case "uniform" ->
          assertThat(largest(w))
              .isBetween(0.999 * Math.sqrt(3 * variance), Math.sqrt(3 * variance) * 1.000001);
      case "truncated" -> // at two deviations of the normal that is cut off, which is 1/0.8796 wide
          assertThat(largest(w) / (2 * deviation / 0.87962566)).isBetween(0.99, 1.000001);
      default -> assertThat(largest(w)).isGreaterThan(3 * deviation);
    }
  }

  @ParameterizedTest
  @CsvSource({"3, 12", "31, 124", "12, 3", "1, 4", "4, 1"})
  void orthogonal(int rows, int columns) {
    float[] w = Initializer.orthogonal().initialize(Shape.of(rows, columns), new Philox(3, 1));
    boolean byRow = rows <= columns;
    int n = Math.min(rows, columns);
    int length = Math.max(rows, columns);
    for (int i = 0; i < n; i++) {
      for (int j = 0; j < n; j++) {
        double dot = 0;
        for (int k = 0; k < length; k++) {
          double a = byRow ? w[i * columns + k] : w[k * columns + i];
          double b = byRow ? w[j * columns + k] : w[k * columns + j];
          dot += a * b;
        }
        assertThat(dot).isCloseTo(i == j ? 1 : 0, within(1e-6));
      }
    }
  }

  @Test
  void constants() {
    assertThat(draw(Initializer.zeros())).containsOnly(0f);
    assertThat(draw(Initializer.ones())).containsOnly(1f);
    assertThat(draw(Initializer.constant(0.3f))).containsOnly(0.3f);
    assertThat(mean(draw(Initializer.randomNormal(5, 0.1f)))).isCloseTo(5, within(0.01));
    assertThat(mean(draw(Initializer.randomUniform(2, 4)))).isCloseTo(3, within(0.02));
  }

  @ParameterizedTest
  @EnumSource(value = Kind.class, mode = EnumSource.Mode.EXCLUDE, names = "UNKNOWN")
  void configurationsComeBack(Kind kind) {
    Initializer i = Initializer.of(kind.className());
    assertThat(Initializer.of(kind.className(), i.config())).isEqualTo(i);
  }

  @Test
  void theForgetGateBeginsAtOne() {
    LSTM lstm = new LSTM(3).inputShape(1, 2).biasInitializer(Initializer.constant(0.5f));
    new Sequential(lstm);
    assertThat(lstm.bias().value().data())
        .containsExactly(.5f, .5f, .5f, 1, 1, 1, .5f, .5f, .5f, .5f, .5f, .5f);
    LSTM plain = new LSTM(2).inputShape(1, 2).unitForgetBias(false);
    new Sequential(plain);
    assertThat(plain.bias().value().data()).containsOnly(0f);
  }

  /** A seed tells all weights; layers of one shape, and other seeds, have others. */
  @Test
  void seeds() {
    Sequential a = twoAlike(5);
    assertThat(a.getWeights()).isEqualTo(twoAlike(5).getWeights());
    Tensor first = a.layers().get(0).weights().get(0).value();
    assertThat(first).isNotEqualTo(a.layers().get(1).weights().get(0).value());
    assertThat(first).isNotEqualTo(twoAlike(6).getWeights().get(0));
    assertThat(new Sequential(new Dense(4).inputShape(4)).getWeights())
        .isNotEqualTo(new Sequential(new Dense(4).inputShape(4)).getWeights());
  }

  private static Sequential twoAlike(long seed) {
    Sequential m = new Sequential().seed(seed);
    m.add(new Dense(4).inputShape(4));
    m.add(new Dense(4));
    return m;
  }
}
