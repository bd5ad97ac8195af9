package io.github.lstm4j.backend.cpu;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Random;
import org.junit.jupiter.api.Test;

/** How a recurrent layer's work is divided. */
class BatchSlicesTest {
  @Test
  void slicesCoverTheBatchOnce() {
    Random random = new Random(1);
    for (int i = 0; i < 500; i++) {
      int batch = 1 + random.nextInt(70);
      int units = 1 + random.nextInt(300);
      int threads = 1 + random.nextInt(9);
      BatchSlices slices = BatchSlices.of(batch, 1 + random.nextInt(9), 7, units, units, threads);
      assertThat(slices.parts()).isBetween(1, threads);
      int next = 0;
      for (int part = 0; part < slices.parts(); part++) {
        assertThat(slices.from(part)).isEqualTo(next);
        assertThat(slices.rows(part)).isPositive();
        next += slices.rows(part);
      }
      assertThat(next).isEqualTo(batch);
    }
  }

  /** Few rows and many units: then the threads share each product. */
  @Test
  void fewRowsAreNotDivided() {
    for (int batch : new int[] {1, 2, 3, 8}) {
      BatchSlices slices = BatchSlices.of(batch, 3, 7, 290, 4 * 290, 5);
      assertThat(slices.parts()).isEqualTo(1);
      assertThat(slices.sharedProducts()).isTrue();
    }
  }
}
