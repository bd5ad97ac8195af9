package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.constraints.Constraint;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.regularizers.Regularizer;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** What golden values cannot tell of the layers around an LSTM: noise, statistics, and misuse. */
class CompanionsTest {
  private static final CpuBackend CPU = new CpuBackend(1);

  @AfterAll
  static void close() {
    CPU.close();
  }

  /** Of what a layer makes of ones in training: the first loss of a model that is to give 0. */
  private static double meanSquare(Layer layer) {
    Dense same = new Dense(40).useBias(false).kernelInitializer("identity");
    try (Sequential m = new Sequential(new Input(50, 40), layer, same).seed(1).on(CPU)) {
      m.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
      Tensor x = Tensor.zeros(20, 50, 40);
      Arrays.fill(x.data(), 1);
      return m.fit(x, Tensor.zeros(20, 50, 40), Fit.epochs(1).batchSize(20).silent())
          .get("loss")
          .get(0);
    }
  }

  /** 40,000 draws: the bounds are five standard errors wide. */
  @Test
  void noiseHasTheVarianceThatItSays() {
    assertThat(meanSquare(new GaussianNoise(0.5f))).isCloseTo(1.25, within(0.03));
    assertThat(meanSquare(new GaussianDropout(0.2f))).isCloseTo(1.25, within(0.03));
    // selu's noise keeps mean 0 and variance 1; of ones 0.8 are kept: a·1 + b, others a·least + b
    assertThat(meanSquare(new AlphaDropout(0.2f))).isCloseTo(ofAlphaDropout(0.2), within(0.03));
    assertThat(meanSquare(new SpatialDropout1D(0.5f))).isCloseTo(2, within(0.4)); // 800 draws
  }

  private static double ofAlphaDropout(double rate) {
    double least = -1.6732632423543772 * 1.0507009873554805;
    double a = 1 / Math.sqrt((1 - rate) * (1 + rate * least * least));
    double b = -a * least * rate;
    return (1 - rate) * Math.pow(a + b, 2) + rate * Math.pow(a * least + b, 2);
  }

  @Test
  void normalizationAdapts() {
    Normalization each = new Normalization();
    Normalization timesteps = new Normalization().axis(1, 2);
    Normalization all = new Normalization().axis();
    Tensor x = Tensor.zeros(3, 2, 2);
    for (int i = 0; i < 12; i++) {
      x.data()[i] = i * i;
    }
    for (Normalization n : List.of(each, timesteps, all)) {
      boolean before = !n.equals(all);
      if (before) { // it comes into a model
        n.adapt(x);
      }
      try (Sequential m = new Sequential(new Input(2, 2), n).on(CPU)) {
        if (!before) {
          n.adapt(x);
        }
        float[] y = m.predict(x).data();
        double sum = 0;
        double squares = 0;
        for (float v : y) {
          sum += v;
          squares += v * v;
        }
        assertThat(sum).isCloseTo(0, within(1e-4));
        assertThat(squares).isCloseTo(12, within(1e-3));
      }
    }
    assertThat(each.weights().get(0).value().data()).containsExactly(220f / 6, 286f / 6);
    Normalization back = new Normalization().mean(3, 5).variance(4, 9).invert(true);
    try (Sequential m = new Sequential(new Input(2), back).on(CPU)) {
      assertThat(m.predict(Tensor.of(new float[][] {{1, -1}})).data()).containsExactly(5, 2);
      assertThat(m.countParams()).isZero();
    }
    assertThatIllegalStateException()
        .isThrownBy(() -> back.adapt(Tensor.zeros(1, 2)))
        .withMessageContaining("were given");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> each.adapt(Tensor.zeros(3, 2, 5)))
        .withMessageContaining("data like (None, 2, 2)");
  }

  @Test
  void fansOfAConvolution() {
    Initializer uniform = Initializer.of("he_uniform"); // ±√(6/fan in), fan in = 3·5
    double most = 0;
    for (float v : uniform.initialize(Shape.of(3, 5, 700), new Philox(1, 1))) {
      most = Math.max(most, Math.abs(v));
    }
    assertThat(most).isCloseTo(Math.sqrt(6 / 15.0), within(1e-3));
  }

  @Test
  void regularizersAndConstraintsByName() {
    assertThat(Regularizer.of("l1_l2")).isEqualTo(Regularizer.l1l2(0, 0));
    assertThat(Regularizer.of("OrthogonalRegularizer"))
        .isEqualTo(Regularizer.orthogonal(0.01f, "rows"));
    assertThat(Constraint.of("max_norm")).isEqualTo(Constraint.maxNorm(2));
    assertThat(Constraint.of("MinMaxNorm")).isEqualTo(Constraint.minMaxNorm(0, 1, 1, 0));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Regularizer.of("l3"))
        .withMessageContaining("no regularizer is called 'l3'");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Regularizer.l2(-1))
        .withMessage("L2: l2: expected a number of at least 0, got -1.0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Constraint.of("UnitNorm", Map.of("axis", "0")))
        .withMessage("UnitNorm: axis: expected an axis or a list of axes, got 0");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () -> new Sequential(new Input(3), new Dense(2).biasConstraint(Constraint.unitNorm(1))))
        .withMessageContaining("dense.bias (2,): UnitNorm: there is no axis 1");
    assertThatIllegalArgumentException()
        .isThrownBy(
            () ->
                new Sequential(
                    new Input(3), new Dense(2).biasRegularizer("orthogonal_regularizer")))
        .withMessageContaining("dense.bias: OrthogonalRegularizer expects a matrix, got (2,)");
  }

  @Test
  void misuseIsRefused() {
    refused("reshape: expected 7 numbers for each sample", new Input(6), new Reshape(7));
    refused("expected a multiple of 4 numbers", new Input(6), new Reshape(4, -1));
    refused("permute: expected 2 axes", new Input(4, 3), new Permute(1));
    refused("cropping1d: expected more than 4 timesteps", new Input(4, 3), new Cropping1D(2));
    refused("no window of 5 timesteps fits into (None, 4, 3)", new Input(4, 3), new Conv1D(2, 5));
    refused("no window of 5 timesteps", new Input(4, 3), new MaxPooling1D(5));
    refused(
        "strides=2 does not go with dilationRate=3",
        new Input(9, 3),
        new Conv1D(2, 2).strides(2).dilationRate(3));
    refused(
        "axis=0: expected an axis of (None, 3) but the batch",
        new Input(3),
        new BatchNormalization().axis(0));
    refused("or use sharedAxes(1)", new Input(-1, 3), new PReLU());
    refused("expected (batch, timesteps, features)", new Input(3), new GlobalMaxPooling1D());
    refused("can be divided into 2 groups", new Input(4, 3), new Conv1D(2, 1).groups(2));
    refused("a multiple of groups=2", new Input(4, 3), new GroupNormalization(2));
    refused("an axis 3", new Input(4, 3), new PReLU().sharedAxes(3));
    GlobalAveragePooling1D first = new GlobalAveragePooling1D().dataFormat("channels_first");
    Sequential masked = new Sequential(new Input(4, 4), new Masking(), first);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> masked.predict(Tensor.zeros(1, 4, 4)))
        .withMessageContaining("does not go with dataFormat channels_first");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new ActivityRegularization(0.1f, 0).activityRegularizer("l2"))
        .withMessageContaining("its own is of l1 and l2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new MaxPooling1D(2).padding("causal"))
        .withMessageContaining("expected valid or same, got causal");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Conv1D(2, 2).padding("sam"))
        .withMessageContaining("did you mean 'same'?");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new GaussianNoise(2))
        .withMessageContaining("stddev must lie in [0, 1], got 2.0");
    KerasTensor a = new Input(5, 3).output();
    KerasTensor b = new Input(4, 2).output();
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Add().apply(a, b))
        .withMessageContaining("inputs of one shape");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Subtract().apply(a, a, a))
        .withMessageContaining("expected two inputs, got 3");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Concatenate().apply(a, b))
        .withMessageContaining("differ in axis -1 alone");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Dot(1).apply(a, b))
        .withMessageContaining("axes of one length");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Attention().apply(a, b))
        .withMessageContaining("a key of as many features as the query");
  }

  /** Weights along the timesteps are for so many: said by the layer, and not by one of its ops. */
  @Test
  void aNormOverTheTimestepsServesOneLength() {
    List<Layer> layers =
        List.of(
            new LayerNormalization().axis(1),
            new RMSNormalization().axis(1, 2),
            new BatchNormalization().axis(1),
            new GroupNormalization(1).axis(1),
            new Normalization().axis(1).mean(1, 2, 3, 4).variance(1),
            new Conv1D(2, 1).dataFormat("channels_first"),
            new PReLU());
    for (Layer layer : layers) {
      KerasTensor x = new Input(4, 3).output();
      Model.of(x, layer.name("norm").apply(x)); // is built
      for (int timesteps : new int[] {5, 2}) {
        assertThatIllegalArgumentException()
            .as(layer.className())
            .isThrownBy(() -> layer.apply(new Input(timesteps, 3).output()))
            .withMessageStartingWith("norm: expected ")
            .withMessageContaining("got (None, " + timesteps + ", 3); ");
      }
    }
    KerasTensor x = new Input(4, 3).output();
    Model inside = Model.of(x, new LayerNormalization().axis(1).name("norm").apply(x));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> inside.apply(new Input(5, 3).output()))
        .withMessageContaining(
            "norm: expected an input like the (None, 4, 3) that it was built for, got (None, 5, 3)");
    Layer free = new LayerNormalization().axis(1); // whose weights features do not matter to
    free.apply(new Input(4, 3).output());
    assertThat(free.apply(new Input(4, 2).output()).shape()).isEqualTo(Shape.of(-1, 4, 2));
  }

  @Test
  void everyLayerMaySayTheModelsInput() {
    assertThat(new Sequential(new BatchNormalization().inputShape(3), new Dense(2)).countParams())
        .isEqualTo(20);
    assertThat(new Sequential(new Dropout(0.5f).inputShape(-1, 3), new LSTM(2)).outputShape())
        .isEqualTo(Shape.of(-1, 2));
    refused("expected (batch, timesteps, features), got (None, 3)", new LSTM(2).inputShape(3));
  }

  private static void refused(String why, Layer... layers) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sequential(layers))
        .withMessageContaining(why);
  }
}
