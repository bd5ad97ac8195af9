package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands without files, and what all have in common. */
class MainTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"demo", "explain", "summary", "train", "evaluate", "predict", "doctor", "bench"})
  void everyCommandHasHelp(String command) {
    Cli run = Cli.run(command, "--help");
    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("Usage: lstm4j " + command);
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpAndVersion() {
    assertThat(Cli.run("--help").out()).contains("demo", "explain", "bench");
    assertThat(Cli.run("--version").out()).startsWith("lstm4j ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch", "--nosuch", "train", "summary", "demo --nosuch", "demo extra"})
  void wrongUsage(String line) {
    Cli run = Cli.run((Object[]) line.split(" ", -1));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: ").contains("see: lstm4j").hasLineCount(2);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void doctor() {
    Cli run = Cli.run("doctor");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("Java             " + Runtime.version())
        .contains("Matrix product   CPU")
        .contains("GPU  ");
  }

  @Test
  void bench(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bench.json");
    Cli run =
        Cli.run(
            "bench", "--shapes", "S,STEP1", "--seconds", "0.01", "--threads", "1", "--out", file);
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode results = new ObjectMapper().readTree(file.toFile()).get("results");
    assertThat(results).hasSize(3); // S forward, S train, STEP1 forward
    assertThat(results).allSatisfy(r -> assertThat(r.get("median_ms").asDouble()).isGreaterThan(0));
    assertThat(Cli.run("bench", "--shapes", "XL").code()).isEqualTo(2);
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }
}
