package io.github.lstm4j.demo;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

/** What is said of Keras in the demo, its report and the README has one source. */
class YardstickTest {
  @Test
  void theReadmeSaysTheSame() throws Exception {
    String readme = Files.readString(Path.of("README.md"));
    assertThat(readme.replaceAll("\\s+", " "))
        .contains("lstm4j took " + Yardstick.OUR_EPOCH_SECONDS + " s")
        .contains("Keras took " + Yardstick.EPOCH_SECONDS + " s");
    for (int h = 0; h < Yardstick.LOWEST_RMSE.size(); h++) {
      assertThat(readme)
          .contains(Yardstick.LOWEST_RMSE.get(h) + "–" + Yardstick.HIGHEST_RMSE.get(h));
    }
  }
}
