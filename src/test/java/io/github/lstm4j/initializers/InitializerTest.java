package io.github.lstm4j.initializers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.initializers.Initializer.Kind;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

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

  /** Keras's formulas: fan in 100, fan out 400, their mean 250. */
  @ParameterizedTest
  @CsvSource({
    "fan_in, uniform, 0.02, 0.244949",
    "fan_out, uniform, 0.005, 0.122474",
    "fan_avg, uniform, 0.008, 0.154919",
    "fan_in, truncated_normal, 0.02, 0.321546",
    "fan_avg, normal, 0.008, 0.203364",
    "fan_out, untruncated_normal, 0.005, 0.28"
  })
  void varianceScaling(String mode, String distribution, double variance, double largest) {
    float[] w = draw(Initializer.varianceScaling(2f, mode, distribution));
    double deviation = Math.sqrt(variance);
    assertThat(mean(w)).isCloseTo(0, within(4 * deviation / 200));
    assertThat(deviation(w)).isCloseTo(deviation, within(4 * deviation / 200));
    assertThat(largest(w)).isCloseTo(largest, within(largest / 20));
  }

  @Test
  void fansByAxes() {
    Map<String, Object> axes = Map.of("input_axes", List.of(1), "output_axes", List.of(0));
    float[] w = draw(Initializer.of("LecunUniform", axes)); // fan in 400
    assertThat(largest(w)).isCloseTo(Math.sqrt(3 / 400.0), within(1e-4));
  }

  /**
   * Drawn again beyond two deviations, and not made wider: the deviation is 0.8796 of what is said.
   */
  @Test
  void truncatedNormal() {
    float[] w = draw(Initializer.truncatedNormal(1f, 0.5f));
    assertThat(mean(w)).isCloseTo(1, within(0.01));
    assertThat(deviation(w)).isCloseTo(0.5 * 0.87962566, within(0.01));
    for (float v : w) {
      assertThat(v).isBetween(0f, 2f);
    }
  }

  /**
   * A seed of its own: the same each time, whatever has been drawn before, and unlike another's.
   */
  @Test
  void seedsOfTheirOwn() {
    Initializer seeded = Initializer.of("glorot_uniform").seed(7);
    Philox random = new Philox(20, 7);
    float[] first = seeded.initialize(SHAPE, random);
    assertThat(random.nextInt()).isEqualTo(new Philox(20, 7).nextInt());
    assertThat(seeded.initialize(SHAPE, new Philox(1, 1))).isEqualTo(first);
    assertThat(Initializer.of("glorot_uniform").seed(8).initialize(SHAPE, random))
        .isNotEqualTo(first);
    assertThat(draw(Initializer.of("glorot_uniform"))).isNotEqualTo(first);
    LSTM lstm = new LSTM(3).inputShape(1, 2).kernelInitializer(seeded);
    LSTM other = new LSTM(3).inputShape(1, 2).kernelInitializer(seeded);
    new Sequential().seed(1).add(lstm);
    new Sequential().seed(2).add(other);
    assertThat(lstm.kernel().value()).isEqualTo(other.kernel().value());
    assertThat(lstm.recurrentKernel().value()).isNotEqualTo(other.recurrentKernel().value());
  }

  @ParameterizedTest
  @CsvSource({
    "VarianceScaling, scale, 0",
    "VarianceScaling, mode, fan_max",
    "VarianceScaling, distribution, cauchy",
    "RandomNormal, stddev, -1",
    "RandomNormal, stddev, NaN",
    "RandomNormal, seed, 1.5",
    "Zeros, seed, 3",
    "Orthogonal, input_axes, 3"
  })
  void parametersThatAreNone(String name, String parameter, String value) {
    Object given = value.matches("[-.0-9]+|NaN") ? (Object) Double.valueOf(value) : value;
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Initializer.of(name, Map.of(parameter, given)))
        .withMessageContainingAll(name, parameter);
  }

  /**
   * Initial values are drawn when somebody asks, in the order of the weights, whoever asks first:
   * the hash is that of the version before, which drew them at once.
   */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void drawnLateAreTheSame(boolean lastFirst) {
    Sequential m = new Sequential().seed(5);
    m.add(new Input(4)).add(new Embedding(7, 3));
    m.add(
        new Bidirectional(
            new LSTM(3).returnSequences(true).biasInitializer(Initializer.of("random_normal"))));
    m.add(
        new LSTM(2)
            .returnSequences(true)
            .peephole(Peephole.DIAGONAL)
            .kernelInitializer(Initializer.of("he_normal")));
    Initializer lecun = Initializer.of("lecun_uniform");
    m.add(new TimeDistributed(new Dense(3).kernelInitializer(lecun)));
    m.add(new SimpleRNN(2).recurrentInitializer(Initializer.of("random_uniform")));
    List<Weight> order = new ArrayList<>(m.weights());
    if (lastFirst) {
      Collections.reverse(order);
      order.forEach(Weight::value);
    }
    long hash = 1;
    for (Weight w : m.weights()) {
      hash = hash * 1_000_003 + Arrays.hashCode(w.value().data());
    }
    assertThat(hash).isEqualTo(6834407149538815926L);
  }

  /** A weight that is set is not drawn, but those after it are what they would have been. */
  @Test
  void setBeforeTheOthersAreDrawn() {
    LSTM drawn = new LSTM(3).inputShape(1, 2);
    new Sequential().seed(3).add(drawn);
    LSTM set = new LSTM(3).inputShape(1, 2);
    new Sequential().seed(3).add(set);
    set.kernel().assign(Tensor.zeros(2, 12));
    assertThat(set.recurrentKernel().value()).isEqualTo(drawn.recurrentKernel().value());
    assertThat(set.kernel().value()).isEqualTo(Tensor.zeros(2, 12));
  }

  @Test
  void identity() {
    float[] w = Initializer.of("Identity").initialize(Shape.of(2, 3), new Philox(1, 1));
    assertThat(w).containsExactly(1, 0, 0, 0, 1, 0);
    assertThat(catchThrowable(() -> Initializer.of("Identity").initialize(Shape.of(2), null)))
        .hasMessageContaining("two dimensions");
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
