package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Flatten;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Crossentropies where probabilities are 0 or 1 in floating point. Losses are those of keras 3.15.1
 * on tensorflow 2.21.0, 2026-11-29: evaluate of a Dense whose kernel is 0 and whose bias is as
 * here.
 */
class LogitsTest {
  private static final float[] BIAS = {40, -30, 10};

  private static Sequential model(int outputs, Layer... layers) {
    List<Layer> all = new ArrayList<>(List.of(new Input(4, 2)));
    all.addAll(List.of(layers));
    Sequential model = new Sequential(all.toArray(Layer[]::new));
    model.on(Backends.cpu());
    float[] bias = Arrays.copyOf(BIAS, outputs);
    model.setWeights(List.of(Tensor.zeros(2, outputs), Tensor.of(bias, Shape.of(outputs))));
    return model;
  }

  private static double loss(Sequential model, Loss loss, float... target) {
    try (model) {
      model.compile(Optimizer.sgd(0.1f), loss);
      Shape output = model.outputShape().with(0, 1);
      int rows = output.size() / target.length;
      float[] y = new float[output.size()];
      for (int r = 0; r < rows; r++) {
        System.arraycopy(target, 0, y, r * target.length, target.length);
      }
      return model.evaluate(Tensor.zeros(1, 4, 2), Tensor.of(y, output)).get("loss");
    }
  }

  @Test
  void areKeptWhereKerasKeepsThem() {
    Loss binary = Loss.binaryCrossentropy(false);
    assertThat(loss(model(1, new Dense(1, "sigmoid")), binary, 0)).isEqualTo(40);
    assertThat(loss(model(1, new Dense(1), new ActivationLayer("sigmoid")), binary, 0))
        .isEqualTo(40);
    assertThat(loss(model(1, new Dense(1, "sigmoid"), new ActivationLayer("linear")), binary, 0))
        .isEqualTo(40);
    assertThat(loss(model(1, new Dense(1, "sigmoid"), new Dropout(0.5f)), binary, 0)).isEqualTo(40);
    Loss categorical = Loss.categoricalCrossentropy(false);
    assertThat(loss(model(3, new Dense(3, "softmax")), categorical, 0, 1, 0)).isEqualTo(70);
    assertThat(
            loss(model(3, new Dense(3, "softmax")), categorical.withLabelSmoothing(0.1f), 0, 1, 0))
        .isCloseTo(66.33334, within(1e-4));
    assertThat(loss(model(3, new Dense(3, "sigmoid")), categorical, 0, 1, 0)).isEqualTo(70);
    assertThat(loss(model(3, new Dense(3, "softmax")), binary, 0, 1, 0))
        .isCloseTo(26.66668, within(1e-4));
  }

  @Test
  void areLostWhereKerasLosesThem() {
    Loss binary = Loss.binaryCrossentropy(false);
    double clipped = 15.94239;
    assertThat(loss(model(1, new TimeDistributed(new Dense(1, "sigmoid"))), binary, 0))
        .isCloseTo(clipped, within(1e-4));
    assertThat(loss(model(1, new Dense(1, "sigmoid"), new Flatten()), binary, 0))
        .isCloseTo(clipped, within(1e-4));
    assertThat(loss(model(1, new Dense(1, "sigmoid"), new ActivationLayer("relu")), binary, 0))
        .isCloseTo(clipped, within(1e-4));
    assertThat(loss(model(1, new Dense(1, "hard_sigmoid")), binary, 0))
        .isCloseTo(clipped, within(1e-4));
    Loss categorical = Loss.categoricalCrossentropy(false);
    assertThat(loss(model(3, new TimeDistributed(new Dense(3, "softmax"))), categorical, 0, 1, 0))
        .isCloseTo(16.1181, within(1e-4));
  }

  @ParameterizedTest
  @ValueSource(floats = {27.25f, 1e4f})
  void aSaturatedSigmoidLearns(float bias) {
    try (Sequential model = new Sequential(new Input(2), new Dense(1, "sigmoid"))) {
      model.on(Backends.cpu());
      model.setWeights(List.of(Tensor.zeros(2, 1), Tensor.of(new float[] {bias}, Shape.of(1))));
      model.compile(Optimizer.sgd(bias), Loss.binaryCrossentropy(false), Metric.BINARY_ACCURACY);
      Tensor x = Tensor.zeros(4, 2);
      Tensor y = Tensor.zeros(4, 1);
      Map<String, Double> before = model.evaluate(x, y);
      assertThat(before).containsEntry("loss", (double) bias).containsEntry("binary_accuracy", 0.0);
      model.fit(x, y, Fit.epochs(2).silent());
      Map<String, Double> after = model.evaluate(x, y);
      assertThat(after.get("loss")).isLessThan(2e-6);
      assertThat(after).containsEntry("binary_accuracy", 1.0); // of the probability
    }
  }

  @Test
  void aSaturatedSoftmaxLearns() {
    try (Sequential model = new Sequential(new Input(2), new Dense(3, "softmax"))) {
      model.on(Backends.cpu());
      model.setWeights(
          List.of(Tensor.zeros(2, 3), Tensor.of(new float[] {1e4f, 0, -1e4f}, Shape.of(3))));
      model.compile(
          Optimizer.sgd(2000),
          Loss.sparseCategoricalCrossentropy(false),
          Metric.SPARSE_CATEGORICAL_ACCURACY);
      Tensor x = Tensor.zeros(2, 2);
      Tensor y = Tensor.of(new float[] {2, 2}, Shape.of(2, 1));
      assertThat(model.evaluate(x, y)).containsEntry("loss", 2e4);
      model.fit(x, y, Fit.epochs(12).silent());
      assertThat(model.evaluate(x, y))
          .containsEntry("loss", 0.0)
          .containsEntry("sparse_categorical_accuracy", 1.0);
    }
  }
}
