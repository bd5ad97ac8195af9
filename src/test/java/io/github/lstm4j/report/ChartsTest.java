package io.github.lstm4j.report;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChartsTest {

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void ticksEncloseTheRangeWithRoundSteps(long seed) {
    Random random = new Random(seed);
    double from = (2 * random.nextDouble() - 1) * Math.pow(10, random.nextInt(13) - 6);
    double width = Math.pow(10, random.nextDouble() * 8 - 2);
    int count = 2 + random.nextInt(9);
    Ticks ticks = Ticks.around(from, from + width, count);
    double slack = 1e-6 * ticks.step() + 1e-9 * Math.abs(from);
    assertThat(ticks.first()).isLessThanOrEqualTo(from + slack);
    assertThat(ticks.last()).isGreaterThanOrEqualTo(from + width - slack);
    assertThat(ticks.values()).hasSizeBetween(2, count + 2);
    double lead = ticks.step() / Math.pow(10, Math.floor(Math.log10(ticks.step()) + 1e-9));
    assertThat(List.of(1L, 2L, 5L)).contains(Math.round(lead));
  }

  @Test
  void labelsHaveTheDecimalsOfTheStep() {
    assertThat(Ticks.around(0, 0.2, 4).label(0.05)).isEqualTo("0.05");
    assertThat(Ticks.around(0, 100, 5).label(40)).isEqualTo("40");
    assertThat(Ticks.around(-1, 1, 4).label(-0.0)).isEqualTo("0.0");
  }

  @Test
  void missingValuesInterruptALine() {
    double[] values = {1, 2, Double.NaN, 4, 5};
    String svg = new LineChart("Levels", "Two pieces.", "m").line("level", "s1", values).svg();
    String path = svg.substring(svg.indexOf("<path d=\"") + 9).split("\"", -1)[0];
    assertThat(path.split("M", -1)).hasSize(3);
    assertThat(path).doesNotContain("NaN");
  }

  @Test
  void barsAreAsHighAsTheirValues() {
    String svg =
        new BarChart("Errors", "Two bars.", "m", List.of("a"))
            .bars("x", "s1", List.of(10.0))
            .bars("y", "s2", List.of(20.0))
            .svg();
    double[] heights =
        Pattern.compile("height=\"([0-9.]+)\" rx=\"2\" class=\"fill s[12]\"><title>")
            .matcher(svg)
            .results()
            .mapToDouble(m -> Double.parseDouble(m.group(1)))
            .toArray();
    assertThat(heights).hasSize(2);
    assertThat(heights[1]).isBetween(2 * heights[0] - 0.2, 2 * heights[0] + 0.2);
  }

  @Test
  void textIsEscaped() {
    String html = new HtmlPage("a < b & \"c\"").paragraph("<script>").html();
    assertThat(html).contains("a &lt; b &amp; &quot;c&quot;").doesNotContain("<script>");
  }
}
