package io.github.lstm4j.activations;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Names and parameters of activations; what they compute is tested on the backends. */
class ActivationTest {
  @ParameterizedTest
  @EnumSource(Activation.Kind.class)
  void theNameOfAKindGivesItWithKerasDefaults(Activation.Kind kind) {
    Activation a = Activation.of(kind.kerasName());
    assertThat(a).isEqualTo(kind.usual()).hasToString(kind.kerasName());
    assertThat(a.isUsual()).isTrue();
    assertThat(a.parameters()).hasSize(kind.parameters().size());
  }

  @Test
  void parametersHaveKerasNames() {
    Activation relu = Activation.relu(6, 0.1, 0.5);
    assertThat(relu.parameters())
        .containsEntry("max_value", 6.0)
        .containsEntry("negative_slope", 0.1)
        .containsEntry("threshold", 0.5);
    assertThat(relu.isUsual()).isFalse();
    assertThat(relu).hasToString("relu(max_value=6.0, negative_slope=0.1, threshold=0.5)");
    assertThat(Activation.leakyRelu(0.2)).isEqualTo(Activation.of("leaky_relu"));
    assertThat(Activation.HARD_SIGMOID_KERAS2)
        .isEqualTo(Activation.hardSigmoid(0.2, 0.5))
        .hasToString("hard_sigmoid(alpha=0.2)");
  }

  /** A slope can be taken from the output only where the output tells the branch. */
  @Test
  void whetherTheOutputTellsTheSlopeDependsOnTheParameters() {
    assertThat(Activation.RELU.derivesFromOutput()).isTrue();
    assertThat(Activation.relu(0.7, 0.2, 0.3).derivesFromOutput()).isTrue();
    assertThat(Activation.relu(0.3, 0.2, 0.7).derivesFromOutput()).isFalse();
    assertThat(Activation.relu(0, 0.2, 0).derivesFromOutput()).isFalse();
    assertThat(Activation.leakyRelu(0.3).derivesFromOutput()).isTrue();
    assertThat(Activation.leakyRelu(-0.3).derivesFromOutput()).isFalse();
    assertThat(Activation.elu(-0.3).derivesFromOutput()).isFalse();
    assertThat(Activation.celu(-0.3).derivesFromOutput()).isTrue();
  }

  @Test
  void refusesParametersThatKerasRefuses() {
    assertThatThrownBy(() -> Activation.relu(-1, 0, 0))
        .hasMessage("relu: max_value must be at least 0, got -1.0");
    assertThatThrownBy(() -> Activation.relu(1, -1, 0)).hasMessageContaining("negative_slope");
    assertThatThrownBy(() -> Activation.relu(1, 0, -1)).hasMessageContaining("threshold");
    assertThatThrownBy(() -> Activation.relu(Double.NaN, 0, 0)).hasMessageContaining("max_value");
    assertThatThrownBy(() -> Activation.elu(Double.POSITIVE_INFINITY))
        .hasMessage("elu: alpha must be a finite number, got Infinity");
    assertThatThrownBy(() -> Activation.celu(0)).hasMessageContaining("other than 0");
    assertThatThrownBy(() -> new Activation(Activation.Kind.TANH, 1, 0, 0))
        .hasMessage("tanh: parameter 1 must be absent (0), got 1.0");
  }
}
