package io.github.lstm4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the environment says of the terminal's width. */
class TerminalTest {
  @ParameterizedTest
  @CsvSource({
    "132, 132",
    "' 40 ', 40",
    "0, 0",
    "-5, 0",
    "wide, 0",
    "'', 0",
    "2000000000, 0",
    "1e9, 0"
  })
  void columnsAreTakenIfTheyMakeSense(String said, int columns) {
    assertThat(Terminal.columns(Map.of("COLUMNS", said))).isEqualTo(columns);
  }
}
