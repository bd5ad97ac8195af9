package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import org.junit.jupiter.api.Test;

/** One seed gives one result, wherever it is set. */
class SeedTest {
  private static final Tensor X = Tensor.of(new double[] {1, 2, 3, 4, 5, 6, 7, 8}, 4, 2, 1);
  private static final Tensor Y = Tensor.of(new double[] {1, 2, 3, 4}, 4, 1);

  private static Layer[] layers(boolean input) {
    LSTM lstm = new LSTM(3);
    Dropout dropout = new Dropout(0.3f);
    return input
        ? new Layer[] {new Input(2, 1), lstm, dropout, new Dense(1)}
        : new Layer[] {lstm.inputShape(2, 1), dropout, new Dense(1)};
  }

  private static List<Tensor> trained(Sequential model) {
    model.fit(X, Y, Fit.epochs(3).batchSize(2).silent());
    return model.getWeights();
  }

  @Test
  void itMayComeBeforeLayersBehindThemOrAfterCompile() {
    for (boolean input : new boolean[] {false, true}) {
      Sequential before = new Sequential().seed(7);
      for (Layer l : layers(input)) {
        before.add(l);
      }
      List<Tensor> expected = trained(before.compile("adam", "mse"));
      assertThat(trained(new Sequential(layers(input)).seed(7).compile("adam", "mse")))
          .isEqualTo(expected);
      assertThat(trained(new Sequential(layers(input)).compile("adam", "mse").seed(7)))
          .isEqualTo(expected);
      assertThat(trained(new Sequential(layers(input)).seed(3).compile("adam", "mse").seed(7)))
          .isEqualTo(expected);
      assertThat(trained(new Sequential(layers(input)).seed(8).compile("adam", "mse")))
          .isNotEqualTo(expected);
    }
  }

  @Test
  void weightsThatAreSetStay() {
    List<Tensor> values = new Sequential(layers(false)).seed(1).getWeights();
    Sequential model = new Sequential(layers(false));
    model.setWeights(values);
    assertThat(model.seed(7).getWeights()).isEqualTo(values);
  }

  @Test
  void aLayerOfAnotherModelKeepsItsWeights() {
    Layer shared = new LSTM(3).inputShape(2, 1);
    Sequential first = new Sequential(shared).seed(1);
    Sequential second = new Sequential(shared, new Dense(1)).seed(2);
    assertThat(second.getWeights().subList(0, 3)).isEqualTo(first.getWeights());
    assertThat(first.getWeights())
        .isEqualTo(new Sequential(new LSTM(3).inputShape(2, 1)).seed(1).getWeights());
  }

  @Test
  void afterWeightsWereDrawnItIsRefused() {
    Sequential model = new Sequential(layers(false)).seed(7);
    model.predict(X);
    assertThatIllegalStateException()
        .isThrownBy(() -> model.seed(8))
        .withMessageContaining("weights are already drawn from another seed; call seed before");
    assertThat(model.seed(7)).isSameAs(model);
  }
}
