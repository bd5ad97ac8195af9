package io.github.lstm4j.report;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import javax.imageio.ImageIO;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class ChartsTest {
  private static final double NAN = Double.NaN;
  private static final String HOSTILE = "</svg><script>alert(\"1\")</script> & 'ü' %s %n \u0000";

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
    assertThat(Ticks.around(1.7e9, 1.7e9 + 40, 4).label(1.7e9 + 20)).isEqualTo("1.70000002e9");
    assertThat(Ticks.around(0, 4e-9, 4).label(2e-9)).isEqualTo("2e-9");
  }

  /** One level far from zero: the step is what a double can tell apart there. */
  @Test
  void aConstantHasTicksToo() {
    for (double level : new double[] {0, 1, -3, 1e-30, 1.7e9, -1e18, 1e300}) {
      Ticks ticks = Ticks.around(level, level, 5);
      assertThat(ticks.values()).as("%s", level).hasSizeBetween(2, 7);
      assertThat(ticks.first()).isLessThanOrEqualTo(level);
      assertThat(ticks.last()).isGreaterThan(ticks.first());
    }
  }

  private static List<String> texts(Axis axis) {
    return axis.ticks().stream().map(Axis.Tick::text).toList();
  }

  @Test
  void timesAreWrittenAsTheirRangeNeeds() {
    double day = 86_400;
    double begin = 16_071 * day; // 2014-01-01
    assertThat(texts(Axis.times(begin, begin + 3600, ""))).contains("01-01 00:15", "01-01 01:00");
    assertThat(texts(Axis.times(begin, begin + 3 * day, ""))).contains("01-02 00:00");
    assertThat(texts(Axis.times(begin, begin + 20 * day, ""))).contains("2014-01-09");
    assertThat(texts(Axis.times(begin, begin + 365 * day, ""))).contains("2014-03", "2014-11");
    assertThat(texts(Axis.times(begin, begin + 10 * 365.25 * day, ""))).contains("2016", "2022");
    assertThat(texts(Axis.times(begin, begin, ""))).isNotEmpty();
    assertThat(Axis.times(0, 1e300, "").kind()).isEqualTo(Axis.Kind.NUMBERS);
  }

  private static String path(Chart chart) {
    String html = chart.html("c1");
    return html.split("class=\"line", -1)[0].replaceAll("(?s).*<path d=\"", "").split("\"", -1)[0];
  }

  @Test
  void missingValuesInterruptALine() {
    double[] values = {1, 2, NAN, 4, 5};
    String path = path(new LineChart("Levels", "Two pieces.", "m").line("level", "s1", values));
    assertThat(path.split("M", -1)).hasSize(3);
    assertThat(path).doesNotContain("NaN");
  }

  /** A value between two gaps is no line: it is a dot. */
  @Test
  void aLoneValueIsSeen() {
    double[] values = new double[100];
    Arrays.fill(values, NAN);
    values[50] = 1;
    assertThat(new LineChart("t", "d", "m").line("level", "s1", values).html("c1"))
        .containsPattern("h0\" class=\"dot small s1\"");
  }

  /** A year of minutes is drawn by a few thousand points, and keeps its one peak and its gap. */
  @Test
  void manyPointsAreThinnedWithoutLosingPeaks() {
    double[] values = new double[525_600];
    Arrays.setAll(values, i -> Math.sin(i / 1000.0));
    values[123_456] = 10;
    Arrays.fill(values, 300_000, 300_010, NAN);
    int[] shown = Thinning.of(values);
    assertThat(shown).hasSizeLessThan(Thinning.MANY).contains(123_456).isSorted();
    assertThat(IntStream.of(shown).filter(i -> i >= 300_000 && i < 300_010)).hasSize(1);
    String html = new LineChart("t", "d", "m").line("a", "s1", values).html("c1");
    assertThat(html).hasSizeLessThan(60_000);
    assertThat(Thinning.of(new double[10])).hasSize(10);
  }

  @Test
  void barsAreAsHighAsTheirValues() {
    String html =
        new BarChart("Errors", "Two bars.", "m", List.of("a"))
            .bars("x", "s1", List.of(10.0))
            .bars("y", "s2", List.of(20.0))
            .html("c1");
    double[] heights =
        Pattern.compile("height=\"([0-9]+)\" class=\"fill s[12]\"><title>")
            .matcher(html)
            .results()
            .mapToDouble(m -> Double.parseDouble(m.group(1)))
            .toArray();
    assertThat(heights).hasSize(2);
    assertThat(heights[1]).isBetween(2 * heights[0] - 2, 2 * heights[0] + 2);
    assertThat(html).contains("a\ny: 20</title>");
  }

  @Test
  void barsGoBelowZeroAndMissingOnesAreTold() {
    String html =
        new BarChart("Skill", "d", "%", List.of("a", "b"))
            .bars("x", "s1", List.of(-10.0, NAN))
            .html("c1");
    assertThat(html).contains("a\nx: -10").contains(">n/a<").doesNotContain("NaN");
  }

  /** The dots lie where their values are along the axes, and those that coincide are one. */
  @Test
  void scatteredPointsOnTheDiagonalLieOnIt() {
    double[] x = {0, 5, 10, 10, NAN};
    String html = new ScatterChart("t", "d", "actual", "forecast", x, x).html("c1");
    assertThat(html).contains("M0 10000h0M5000 5000h0").contains("M10000 0h0\" class=\"dot");
    assertThatThrownBy(() -> new ScatterChart("t", "d", "a", "b", x, new double[1]))
        .hasMessage("t: expected as many of both coordinates, got 5 and 1");
  }

  @Test
  void aHistogramCountsEveryValueOnce() {
    Random random = new Random(1);
    double[] values = random.doubles(1000, -3, 7).toArray();
    values[0] = NAN;
    int[] counts =
        Pattern.compile("<title>[^<]* to [^<]*: ([0-9]+)</title>")
            .matcher(new Histogram("t", "d", "m", values).html("c1"))
            .results()
            .mapToInt(m -> Integer.parseInt(m.group(1)))
            .toArray();
    assertThat(IntStream.of(counts).sum()).isEqualTo(999);
    assertThat(counts).hasSizeGreaterThan(15);
  }

  /** Quartiles as NumPy's default gives them: of 1, 2, 3, 4 they are 1.75, 2.5 and 3.25. */
  @Test
  void boxesShowQuartiles() {
    assertThat(
            new BoxChart("t", "d", "m")
                .along("hour")
                .box("7", new double[] {4, NAN, 1, 3, 2})
                .box("8", new double[] {NAN})
                .html("c1"))
        .contains("hour 7 (4)\nmedian 2.500\nhalf of them 1.750 to 3.250")
        .doesNotContain("hour 8 (");
  }

  /** The picture's opacity and the cells that the script reads both say how large a value is. */
  @Test
  void heatMapsHoldTheirValues() throws Exception {
    String html =
        new HeatMap(
                "t",
                "d",
                "step",
                1,
                List.of("u0", "u\"1"),
                new double[][] {{0, 1, -2}, {NAN, 2, 1}})
            .html("c1");
    byte[] png = bytes(html, "base64,([^\"]*)");
    var picture = ImageIO.read(new ByteArrayInputStream(png));
    assertThat(picture.getWidth()).isEqualTo(3);
    assertThat(IntStream.range(0, 6).map(i -> picture.getRGB(i % 3, i / 3) >>> 24))
        .containsExactly(0, 128, 255, 0, 255, 128);
    assertThat(picture.getRGB(2, 0) & 0xff).isGreaterThan(picture.getRGB(1, 1) & 0xff); // blue
    byte[] cells = bytes(html, "data-cells=\"([^\"]*)");
    int[] codes = new int[6];
    Arrays.setAll(codes, i -> (short) ((cells[2 * i] & 0xff) | cells[2 * i + 1] << 8));
    assertThat(codes).containsExactly(0, 16384, -32767, -32768, 32767, 16384);
    assertThat(html).contains("data-names=\"[&quot;u0&quot;,&quot;u\\u00221&quot;]\"");
  }

  private static byte[] bytes(String html, String pattern) {
    var match = Pattern.compile(pattern).matcher(html);
    assertThat(match.find()).isTrue();
    return java.util.Base64.getDecoder().decode(match.group(1));
  }

  @Test
  void textIsEscaped() {
    String html = new HtmlPage("a < b & \"c\"").paragraph("<script>").html();
    assertThat(html).contains("a &lt; b &amp; &quot;c&quot;").doesNotContain("<p><script>");
  }

  /** Every chart with nothing in it, with one value, with names that mean harm. */
  private static Stream<Chart> oddCharts() {
    double[] none = {};
    double[] one = {7};
    double[] gaps = {NAN, NAN, Double.POSITIVE_INFINITY};
    List<String> names = List.of(HOSTILE);
    String h = HOSTILE;
    return Stream.of(
        new LineChart("t", "d", "u"),
        new LineChart("t", "d", "u").line("a", "s1", none),
        new LineChart(h, h, h).line(h, "s1", one).band(h, "s1", one, one).mark(1, h).along(h),
        new LineChart("t", "d", "u").line("a", "s1", gaps),
        new LineChart("t", "d", "u").times(one).line("a", "s1", one),
        new LineChart("t", "d", "u").times(none).line("a", "s1", none),
        new LineChart("t", "d", "u").line("a", "s1", new double[] {1e300, -1e300}),
        new BarChart("t", "d", "u", List.of()).bars("x", "s1", List.of()),
        new BarChart(h, h, h, names).bars(h, "s1", List.of(1e-300)),
        new BarChart("t", "d", "u", List.of("a")).bars("x", "s1", List.of(0.0)),
        new BarChart("t", "d", "u", List.of("a")),
        new ScatterChart("t", "d", "a", "b", none, none),
        new ScatterChart(h, h, h, h, one, one),
        new ScatterChart("t", "d", "a", "b", gaps, gaps),
        new Histogram("t", "d", "u", none),
        new Histogram(h, h, h, one),
        new Histogram("t", "d", "u", gaps),
        new BoxChart("t", "d", "u"),
        new BoxChart(h, h, h).along(h).box(h, one),
        new BoxChart("t", "d", "u").box("a", gaps),
        new HeatMap("t", "d", "u", 1, List.of(), new double[0][]),
        new HeatMap("t", "d", "u", 1, names, new double[][] {none}),
        new HeatMap(h, h, h, 1, names, new double[][] {one}),
        new HeatMap("t", "d", "u", 1, List.of("a"), new double[][] {gaps}),
        new Diagram(List.of()),
        new Diagram(
            List.of(
                new Diagram.Box(
                    h, h, h, names, List.of(new Diagram.Box(h, h, h, names, List.of()))))));
  }

  @ParameterizedTest
  @MethodSource("oddCharts")
  void oddDataGivesWellFormedPictures(Chart chart) throws Exception {
    String html = chart.html("c1");
    DocumentBuilderFactory.newInstance()
        .newDocumentBuilder()
        .parse(new ByteArrayInputStream(html.getBytes(StandardCharsets.UTF_8)));
    assertThat(html).doesNotContain("<script", "NaN", "Infinity", "\u0000");
  }

  @Test
  void pagesStandAlone() {
    HtmlPage page = new HtmlPage("t");
    oddCharts().forEach(chart -> page.chart(chart, "c"));
    page.charts(Collections.nCopies(2, new Diagram(List.of())));
    String html = page.html();
    assertThat(html)
        .doesNotContain("<link", "<img", "@import", "url(", "http://", "https://", " src=")
        .contains("prefers-color-scheme: dark", "lang=\"en\"");
    assertThat(html.split("<script", -1)).hasSize(2);
    Pattern.compile(" id=\"([^\"]*)\"")
        .matcher(html)
        .results()
        .forEach(m -> assertThat(html.split(" id=\"" + m.group(1) + "\"", -1)).hasSize(2));
  }
}
