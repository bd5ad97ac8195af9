package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.nio.file.Path;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The numbers that {@code explain} prints, done again by hand. */
class ExplainTest {

  @Test
  void oneUnitTwoFeatures() {
    String text = Cli.run("explain", "--units", 1, "--timesteps", 1, "--features", 2).out();
    assertThat(text)
        .contains("kernel             (2, 4)")
        .contains("(2, 1)         kernel_c")
        .contains("(1,)           bias_c")
        .contains("8 + 4 + 4 = 16")
        .contains("17 parameters");
    // x = (1, 0.5), W_i = (0.5, 0.1), W_f = (0.3, -0.3), W_c = (-0.2, 0.2), W_o = (0.4, 0.5)
    double i = 1 / (1 + Math.exp(-0.55));
    double g = Math.tanh(-0.1);
    double o = 1 / (1 + Math.exp(-0.65));
    assertThat(modelOutput(text, 1)).isCloseTo(o * Math.tanh(i * g), within(6e-5));
  }

  /** Every printed sum, gate, state and output follows from the printed numbers before it. */
  @Test
  void twoTimestepsFollowFromWhatIsPrinted() {
    String text = Cli.run("explain", "--units", 2, "--timesteps", 5, "--features", 3).out();
    double[] c = {0, number(text, "C_1 = f.*= (\\S+)$"), number(text, "C_2 = f.*= (\\S+)$")};
    for (int t = 1; t <= 2; t++) {
      String step = text.substring(text.indexOf("t = " + t + " "));
      double[] z = new double[4];
      String[] names = {"i", "f", "g", "o"};
      for (int k = 0; k < 4; k++) {
        String sum =
            find(step, "(?s)z_" + names[k] + " = (.*?) = \\S+;  " + names[k] + " = ").group(1);
        for (String term : sum.replaceAll("\\s+", " ").split(" \\+ ", -1)) {
          double product = 1;
          for (String factor : term.replaceAll("[()]", "").split("·", -1)) {
            product *= Double.parseDouble(factor.strip());
          }
          z[k] += product;
        }
        assertThat(number(step, "= (\\S+);  " + names[k] + " = ")).isCloseTo(z[k], within(3e-4));
        double gate = k == 2 ? Math.tanh(z[k]) : 1 / (1 + Math.exp(-z[k]));
        z[k] = number(step, ";  " + names[k] + " = .* = (\\S+)$");
        assertThat(z[k]).isCloseTo(gate, within(3e-4));
      }
      assertThat(c[t]).isCloseTo(z[1] * c[t - 1] + z[0] * z[2], within(3e-4));
      assertThat(modelOutput(text, t)).isCloseTo(z[3] * Math.tanh(c[t]), within(3e-4));
      assertThat(modelOutput(text, t)).isEqualTo(number(text, "h_" + t + " = o.tanh.*= (\\S+)$"));
    }
  }

  private static double modelOutput(String text, int t) {
    return number(text, "model itself computes h_" + t + " = (\\S+)\\.$");
  }

  private static double number(String text, String pattern) {
    return Double.parseDouble(find(text, pattern).group(1));
  }

  private static Matcher find(String text, String pattern) {
    Matcher m = Pattern.compile(pattern, Pattern.MULTILINE).matcher(text);
    assertThat(m.find()).as(pattern).isTrue();
    return m;
  }

  @ParameterizedTest
  @CsvSource({"1, 1, 1", "1, 1, 2", "3, 2, 5", "64, 24, 11", "512, 10000, 2000"})
  void fitsEightyColumnsAndCountsRight(int units, int timesteps, int features) {
    Cli run =
        Cli.run("explain", "--units", units, "--timesteps", timesteps, "--features", features);
    assertThat(run.code()).isZero();
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    long count = 4L * features * units + 4L * units * units + 4L * units;
    assertThat(run.out()).contains(String.format(Locale.ROOT, " = %,d%n", count));
  }

  @Test
  void anOnnxFileSaysItsOwnAxes() {
    Cli run = Cli.run("explain", Path.of("src/test/resources/golden/onnx/last-step.onnx"));
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("f, forget gate")
        .containsPattern("In the file: inputs \\S+ \\(");
  }

  @ParameterizedTest
  @CsvSource({"--units, 0", "--timesteps, -1", "--features, many", "--units, 999999"})
  void wrongSizes(String option, String value) {
    Cli run = Cli.run("explain", option, value);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(option).hasLineCount(2);
    assertThat(run.out()).isEmpty();
  }
}
