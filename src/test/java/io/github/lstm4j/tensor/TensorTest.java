package io.github.lstm4j.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;

/** What a user of NumPy does with arrays around a model. */
class TensorTest {
  /** (2, 3, 2): the elements count from 0. */
  private static final Tensor CUBE =
      Tensor.of(new double[] {0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, 2, 3, 2);

  @Test
  void arraysOfEachTypeAndRankBecomeTensors() {
    assertThat(Tensor.of(new float[] {1, 2}).shape()).isEqualTo(Shape.of(2));
    assertThat(Tensor.of(new double[] {0.1, 2})).isEqualTo(Tensor.of(new float[] {0.1f, 2}));
    assertThat(Tensor.of(new int[] {3, 4}).data()).containsExactly(3, 4);
    assertThat(Tensor.of(new double[][] {{1, 2, 3}, {4, 5, 6}}))
        .isEqualTo(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    assertThat(Tensor.of(new int[][] {{1, 2}, {3, 4}, {5, 6}}).shape()).isEqualTo(Shape.of(3, 2));
    assertThat(Tensor.of(new double[][][] {{{0, 1}, {2, 3}, {4, 5}}, {{6, 7}, {8, 9}, {10, 11}}}))
        .isEqualTo(CUBE);
    assertThat(Tensor.of(new int[] {1, 2, 3, 4}, -1, 2).shape()).isEqualTo(Shape.of(2, 2));
    assertThat(Tensor.of(new float[0][3]).shape()).isEqualTo(Shape.of(0, 0));
    assertThat(Tensor.of(new double[2][0][5]).shape()).isEqualTo(Shape.of(2, 0, 0));
  }

  @Test
  void arraysThatAreNotEquallyLongAreRefusedWithTheirPlace() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new double[][][] {{{1}, {2}}, {{1}, {2, 3}}}))
        .withMessageContaining("array[1][1] is of length 2, the first has length 1");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new float[][] {{1}, null}))
        .withMessageContaining("array[1] is null");
  }

  @Test
  void numbersThatFloat32CannotHoldAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new double[][] {{1}, {1e39}}))
        .withMessageStartingWith("array[1][0] is 1.0E39, which float32 cannot hold");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new int[] {1 << 24, (1 << 24) + 1}))
        .withMessageStartingWith("array[1] is 16777217; whole numbers are exact up to 16777216");
    assertThat(Tensor.of(new double[] {Double.NaN, Double.NEGATIVE_INFINITY}).data())
        .containsExactly(Float.NaN, Float.NEGATIVE_INFINITY);
  }

  @Test
  void reshapeFindsOutWhatIsLeft() {
    assertThat(CUBE.reshape(4, -1).shape()).isEqualTo(Shape.of(4, 3));
    assertThat(CUBE.reshape(-1).data()).isSameAs(CUBE.data());
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CUBE.reshape(5, -1))
        .withMessage("shape (2, 3, 2) with 12 elements cannot become [5, -1]");
    assertThatIllegalArgumentException().isThrownBy(() -> CUBE.reshape(-1, -1));
    assertThatIllegalArgumentException().isThrownBy(() -> CUBE.reshape(0, -1));
  }

  @Test
  void slicesAreCutAlongAnyAxis() {
    assertThat(CUBE.slice(1, 1, 3))
        .isEqualTo(Tensor.of(new float[] {2, 3, 4, 5, 8, 9, 10, 11}, 2, 2, 2));
    assertThat(CUBE.slice(-1, 0, 1).reshape(-1).data()).containsExactly(0, 2, 4, 6, 8, 10);
    assertThat(CUBE.slice(0, 2, 2).shape()).isEqualTo(Shape.of(0, 3, 2));
    assertThat(CUBE.slice(new int[] {1, 1}, new int[] {2, 3}))
        .isEqualTo(Tensor.of(new float[] {8, 9, 10, 11}, 1, 2, 2));
    assertThat(CUBE.rows(1, 2)).isEqualTo(CUBE.slice(0, 1, 2));
    assertThat(CUBE.at(1, 2)).isEqualTo(Tensor.of(new float[] {4, 5, 10, 11}, 2, 2));
    assertThat(CUBE.at(-1, 1)).isEqualTo(Tensor.of(new float[] {1, 3, 5, 7, 9, 11}, 2, 3));
    assertThat(CUBE.take(1, 2, 0, 2).at(2, 0).data()).containsExactly(4, 0, 4, 10, 6, 10);
    assertThatThrownBy(() -> CUBE.slice(1, 1, 4))
        .isInstanceOf(IndexOutOfBoundsException.class)
        .hasMessage("from 1 to 4 along axis 1 of shape (2, 3, 2)");
    assertThatThrownBy(() -> CUBE.take(2, 2)).hasMessageContaining("index 2 along axis 2");
    assertThatThrownBy(() -> CUBE.at(3, 0)).hasMessage("axis 3 of shape (2, 3, 2)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> CUBE.slice(new int[] {1}, new int[] {2, 3}));
  }

  @Test
  void whatIsCutApartIsPutTogether() {
    for (int axis = -3; axis < 3; axis++) {
      Tensor head = CUBE.slice(axis, 0, 1);
      Tensor tail = CUBE.slice(axis, 1, CUBE.dim(axis));
      assertThat(Tensor.concat(axis, head, tail)).isEqualTo(CUBE);
      Tensor[] all = new Tensor[CUBE.dim(axis)];
      for (int i = 0; i < all.length; i++) {
        all[i] = CUBE.at(axis, i);
      }
      assertThat(Tensor.stack(axis, all)).isEqualTo(CUBE);
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.concat(1, CUBE, Tensor.zeros(3, 3, 2)))
        .withMessageContaining("(2, 3, 2) and (3, 3, 2)");
    assertThatIllegalArgumentException().isThrownBy(() -> Tensor.concat(0));
    assertThatThrownBy(() -> Tensor.stack(4, CUBE)).hasMessageContaining("axis 4");
  }

  @Test
  void classesComeOutOfProbabilitiesAndGoIntoRows() {
    Tensor probabilities = Tensor.of(new double[][] {{0.2, 0.7, 0.1}, {0.5, 0, 0.5}});
    assertThat(probabilities.argmax(-1).toInts()).containsExactly(1, 0);
    assertThat(CUBE.argmax(1)).isEqualTo(Tensor.of(new float[] {2, 2, 2, 2}, 2, 2));
    assertThat(Tensor.of(new float[] {1, Float.NaN, 2}).argmax(0).toInts()).containsExactly(1);
    assertThat(Tensor.of(new int[] {2, 0}).oneHot(3))
        .isEqualTo(Tensor.of(new float[][] {{0, 0, 1}, {1, 0, 0}}));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new int[] {3}).oneHot(3))
        .withMessage("oneHot: element 0 is 3; expected 0 to 2");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tensor.of(new float[] {1, 0.5f}).toInts())
        .withMessage("toInts: element 1 is 0.5, which is no whole number");
  }

  @Test
  void arraysComeBack() {
    assertThat(Tensor.of(CUBE.toArray3D())).isEqualTo(CUBE);
    assertThat(Tensor.of(CUBE.at(0, 1).toArray2D())).isEqualTo(CUBE.at(0, 1));
    assertThat(CUBE.map(v -> v / 2).get(1, 0, 1)).isEqualTo(3.5f);
    assertThatIllegalStateException()
        .isThrownBy(CUBE::toArray2D)
        .withMessageContaining("toArray2D expects 2 axes, the shape is (2, 3, 2)");
  }
}
