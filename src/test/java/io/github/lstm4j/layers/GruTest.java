package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import org.junit.jupiter.api.Test;

/**
 * What the GRU has. Its numbers: {@code KerasGridTest}, {@code KerasTrainingTest} and the
 * equivalence suite; what holds for every recurrent layer: {@link RecurrentTest}.
 */
class GruTest {
  /** Keras's shapes: two biases where the reset gate comes behind the product. */
  @Test
  void weights() {
    GRU after = new GRU(8);
    GRU before = new GRU(8).resetAfter(false);
    try (Sequential model = new Sequential(after.inputShape(3, 5));
        Sequential paper = new Sequential(before.inputShape(3, 5))) {
      assertThat(after.name()).isEqualTo("gru");
      for (GRU gru : new GRU[] {after, before}) {
        assertThat(gru.kernel().shape().dims()).containsExactly(5, 24);
        assertThat(gru.recurrentKernel().shape().dims()).containsExactly(8, 24);
      }
      assertThat(after.bias().value()).isEqualTo(Tensor.zeros(2, 24));
      assertThat(before.bias().value()).isEqualTo(Tensor.zeros(24));
      assertThat(model.countParams()).isEqualTo(24 * (5 + 8 + 2));
      assertThat(paper.countParams()).isEqualTo(24 * (5 + 8 + 1));
    }
  }

  /** From zero states and without biases the reset gate has nothing to multiply. */
  @Test
  void theFormsDifferFromTheSecondTimestepOn() {
    Tensor x = Tensor.of(new float[] {0.5f, -1, 1.5f, 0.25f}, 1, 2, 2);
    GRU after = new GRU(2).useBias(false).returnSequences(true);
    GRU before = new GRU(2).useBias(false).returnSequences(true).resetAfter(false);
    try (Sequential model = new Sequential(after.inputShape(2, 2));
        Sequential paper = new Sequential(before.inputShape(2, 2))) {
      paper.setWeights(model.getWeights());
      Tensor a = model.predict(x);
      Tensor b = paper.predict(x);
      for (int u = 0; u < 2; u++) {
        assertThat(a.get(0, 0, u)).isEqualTo(b.get(0, 0, u));
      }
      assertThat(a).isNotEqualTo(b);
    }
  }

  @Test
  void softmaxIsNoGate() {
    assertThatThrownBy(() -> new GRU(2).recurrentActivation("softmax"))
        .hasMessageContainingAll("GRU", "softmax", "not elementwise");
  }
}
