package io.github.lstm4j.data;

import static io.github.lstm4j.data.Sequences.End.POST;
import static io.github.lstm4j.data.Sequences.End.PRE;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;

class SequencesTest {
  private static final List<float[][]> SEQUENCES =
      List.of(new float[][] {{1}}, new float[][] {{2}, {3}}, new float[][] {{4}, {5}, {6}});

  // The literals are the examples in the documentation of keras.utils.pad_sequences.

  @Test
  void padsAtTheStartByDefault() {
    assertThat(Sequences.pad(SEQUENCES))
        .isEqualTo(Tensor.of(new float[] {0, 0, 1, 0, 2, 3, 4, 5, 6}, 3, 3, 1));
  }

  @Test
  void padsWithAValueAndAtTheEnd() {
    assertThat(Sequences.pad(SEQUENCES, 3, PRE, PRE, -1).data())
        .containsExactly(-1, -1, 1, -1, 2, 3, 4, 5, 6);
    assertThat(Sequences.pad(SEQUENCES, 3, POST, PRE, 0).data())
        .containsExactly(1, 0, 0, 2, 3, 0, 4, 5, 6);
  }

  @Test
  void truncatesAtTheStartOrTheEnd() {
    assertThat(Sequences.pad(SEQUENCES, 2, PRE, PRE, 0).data()).containsExactly(0, 1, 2, 3, 5, 6);
    assertThat(Sequences.pad(SEQUENCES, 2, POST, POST, 0).data()).containsExactly(1, 0, 2, 3, 4, 5);
  }

  @Test
  void severalFeaturesAndEmptySequences() {
    List<float[][]> two = List.of(new float[0][], new float[][] {{1, 2}, {3, 4}});
    assertThat(Sequences.pad(two))
        .isEqualTo(Tensor.of(new float[] {0, 0, 0, 0, 1, 2, 3, 4}, 2, 2, 2));
    assertThat(Sequences.pad(List.of())).isEqualTo(Tensor.zeros(0, 0, 0));
    assertThat(Sequences.pad(two, 0, PRE, PRE, 0)).isEqualTo(Tensor.zeros(2, 0, 2));
  }

  @Test
  void wrongUse() {
    assertThatThrownBy(
            () -> Sequences.pad(List.of(new float[][] {{1}}, new float[][] {{1}, {1, 2}})))
        .hasMessage("sequence 1: expected 1 features, got 2");
    assertThatThrownBy(() -> Sequences.pad(SEQUENCES, -1, PRE, PRE, 0))
        .hasMessageContaining("maxLength");
  }

  @Test
  void numbersThatFloat32WouldRoundAreRefused() {
    List<int[]> ids = List.of(new int[] {1});
    assertThatThrownBy(
            () -> Sequences.padIds(ids, 2, Sequences.End.PRE, Sequences.End.PRE, 16777217))
        .hasMessageContaining("16777217");
  }
}
