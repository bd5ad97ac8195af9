package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import org.junit.jupiter.api.Test;

class IntervalErrorsTest {
  @Test
  void countsWhatLiesWithinByHorizon() {
    double[] lower = {0, 0, 1, 5, 2, Double.NaN};
    double[] upper = {1, 2, 3, 9, 2, 1};
    double[] truth = {1, 3, 0.5, 5, 2, 0};
    IntervalErrors errors = IntervalErrors.of(lower, upper, truth, 2);
    assertThat(errors.coverage()).containsExactly(2 / 3.0, 1 / 3.0);
    assertThat(errors.width().get(0)).isEqualTo(1);
    assertThat(errors.width().get(1)).isNaN();
  }

  @Test
  void sizesMustMatch() {
    for (double[] upper : new double[][] {{}, {1}, {1, 2, 3}}) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> IntervalErrors.of(new double[2], upper, new double[2], 1))
          .withMessageContaining("2 lower ends, " + upper.length + " upper ends");
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> IntervalErrors.of(new double[0], new double[0], new double[0], 1));
  }
}
