package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The examples with less of everything: what they learn is better than what is simpler. */
class ExamplesInSmallTest {
  @TempDir private Path folder;

  /** The numbers of the line with the result, in their order. */
  private double[] result(String name) throws IOException {
    Cli run = Cli.run("example", name, "--small", "--backend", "cpu", "--output", folder);
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    String line = run.out().lines().filter(l -> l.startsWith("Result: ")).findFirst().orElseThrow();
    assertThat(Files.readString(folder.resolve(name + ".html")))
        .contains(line.substring("Result: ".length()).replaceFirst(" s$", " s."), "</html>");
    return Pattern.compile("\\d+\\.\\d+")
        .matcher(line)
        .results()
        .mapToDouble(m -> Double.parseDouble(m.group()))
        .toArray();
  }

  @Test
  void pollution() throws IOException {
    double[] areas = result("pollution");
    assertThat(areas[0]).isGreaterThan(0.72).isGreaterThan(areas[1] + 0.05);
    assertThat(areas[2]).isGreaterThan(0.8).isGreaterThan(areas[3] + 0.05);
  }

  @Test
  void text() throws IOException {
    double[] bits = result("text");
    assertThat(bits[0]).isLessThan(bits[1]); // by how often each character comes
    assertThat(Arrays.copyOfRange(bits, 1, 5)).isSortedAccordingTo((a, b) -> Double.compare(b, a));
  }

  @Test
  void addition() throws IOException {
    double[] right = result("addition");
    assertThat(right[0]).isGreaterThan(4).isGreaterThan(4 * right[1]);
  }

  @Test
  void faults() throws IOException {
    double[] areas = result("faults");
    assertThat(areas[0]).isGreaterThan(0.6).isGreaterThan(areas[1] + 0.05);
  }

  @Test
  void unknownOnesAreNamed() {
    Cli run = Cli.run("example", "adition");
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err())
        .contains("expected one of pollution, text, addition, faults, got 'adition'")
        .contains("did you mean 'addition'?");
  }
}
