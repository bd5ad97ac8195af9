package io.github.lstm4j.layers;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Shapes, counts and order of an LSTM's weights, and the views on its gates. */
class LstmWeightsTest {
  /** 4FU + 4U² + 4U; without bias 4U fewer; a full V_o U² more, a diagonal U or 3U. */
  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void countOfParameters(long seed) {
    Random random = new Random(seed);
    int features = 1 + random.nextInt(70);
    int units = 1 + random.nextInt(40);
    boolean bias = random.nextBoolean();
    Peephole peephole = Peephole.values()[random.nextInt(Peephole.values().length)];
    LSTM lstm = new LSTM(units).useBias(bias).peephole(peephole).inputShape(3, features);
    long more =
        switch (peephole) {
          case NONE -> 0;
          case FULL_OUTPUT -> (long) units * units;
          case DIAGONAL_OUTPUT -> units;
          case DIAGONAL -> 3L * units;
        };
    try (Sequential model = new Sequential(lstm)) {
      long expected = 4L * features * units + 4L * units * units + (bias ? 4L * units : 0) + more;
      assertThat(model.countParams()).isEqualTo(expected);
      assertThat(model.getWeights().stream().mapToLong(Tensor::size).sum()).isEqualTo(expected);
    }
  }

  @Test
  void theQuestionsShapesAndCounts() {
    for (int features = 1; features <= 2; features++) {
      LSTM lstm = new LSTM(1).inputShape(1, features);
      Sequential model = new Sequential(lstm);
      assertThat(model.countParams()).isEqualTo(features == 1 ? 12 : 16);
      assertThat(lstm.kernelC().shape().dims()).containsExactly(features, 1);
      assertThat(lstm.biasC().shape().dims()).containsExactly(1);
    }
  }

  @Test
  void viewsShowAndChangeTheirColumns() {
    LSTM lstm = new LSTM(3).inputShape(2, 5);
    Sequential model = new Sequential(lstm);
    List<Tensor> weights = List.of(counting(5, 12), counting(3, 12), counting(12));
    model.setWeights(weights);
    assertThat(model.getWeights()).isEqualTo(weights);
    assertThat(model.weights().stream().map(Weight::name))
        .containsExactly("kernel", "recurrent_kernel", "bias");
    List<List<WeightView>> gates =
        List.of(
            List.of(lstm.kernelI(), lstm.recurrentKernelI(), lstm.biasI()),
            List.of(lstm.kernelF(), lstm.recurrentKernelF(), lstm.biasF()),
            List.of(lstm.kernelC(), lstm.recurrentKernelC(), lstm.biasC()),
            List.of(lstm.kernelO(), lstm.recurrentKernelO(), lstm.biasO()));
    String letters = "ifco";
    for (int g = 0; g < 4; g++) {
      List<WeightView> gate = gates.get(g);
      assertThat(gate.get(0).name()).isEqualTo("kernel_" + letters.charAt(g));
      assertThat(gate.get(1).name()).isEqualTo("recurrent_kernel_" + letters.charAt(g));
      assertThat(gate.get(2).name()).isEqualTo("bias_" + letters.charAt(g));
      assertThat(gate.get(0).shape().dims()).containsExactly(5, 3);
      assertThat(gate.get(1).shape().dims()).containsExactly(3, 3);
      assertThat(gate.get(2).shape().dims()).containsExactly(3);
      assertThat(gate.get(0).value().get(4, 2)).isEqualTo(4 * 12 + 3 * g + 2);
      assertThat(gate.get(1).value().get(1, 0)).isEqualTo(12 + 3 * g);
      assertThat(gate.get(2).value().get(1)).isEqualTo(3 * g + 1);
    }
    WeightView c = lstm.kernelC(); // made before, it shows what comes after
    c.assign(Tensor.zeros(5, 3));
    Tensor kernel = lstm.kernel().value();
    for (int r = 0; r < 5; r++) {
      for (int k = 0; k < 12; k++) {
        assertThat(kernel.get(r, k)).isEqualTo(k / 3 == 2 ? 0 : 12 * r + k);
      }
    }
    model.setWeights(weights);
    assertThat(c.value().get(0, 0)).isEqualTo(6);
    model.predict(Tensor.zeros(1, 2, 5)); // the values move to the backend; the view follows
    lstm.biasF().assign(Tensor.of(new float[] {7, 8, 9}, 3));
    assertThat(lstm.bias().value().data()).containsExactly(0, 1, 2, 7, 8, 9, 6, 7, 8, 9, 10, 11);
    model.close();
  }

  private static Tensor counting(int... dims) {
    Tensor t = Tensor.zeros(dims);
    for (int i = 0; i < t.size(); i++) {
      t.data()[i] = i;
    }
    return t;
  }
}
