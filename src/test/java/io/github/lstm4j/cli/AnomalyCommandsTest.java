package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Anomalies of three made-up sensors that run through the day: a spike, a shift, a stuck one. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AnomalyCommandsTest {
  private static final int WATCHED = 200;

  @TempDir static Path folder;
  private Path normal;
  private Path watched;
  private Path model;
  private Cli trained;

  private static Path day(String name, int rows, long seed, boolean harmed) throws IOException {
    Random random = new Random(seed);
    StringBuilder s = new StringBuilder("hour,temp,load,flow,state\n");
    for (int t = 0; t < rows; t++) {
      double temp = 20 + 5 * Math.sin(t * Math.PI / 12) + 0.1 * random.nextGaussian();
      double load = 50 + 8 * Math.cos(t * Math.PI / 12) + 0.2 * random.nextGaussian();
      double flow = 3 + Math.sin(t * Math.PI / 6) + 0.02 * random.nextGaussian();
      String state = "ok";
      if (harmed && t == 40) {
        temp += 15;
        state = "spike";
      } else if (harmed && t >= 80 && t < 100) {
        load += 25;
        state = "shift";
      } else if (harmed && t >= 140 && t < 170) {
        flow = 3.9;
        state = "stuck";
      }
      s.append(String.format(Locale.ROOT, "%d,%.3f,%.3f,%.3f,%s%n", t, temp, load, flow, state));
    }
    Path file = folder.resolve(name);
    Files.writeString(file, s);
    return file;
  }

  @BeforeAll
  void train() throws IOException {
    normal = day("normal.csv", 480, 1, false);
    watched = day("watched.csv", WATCHED, 2, true);
    model = folder.resolve("sensors.keras");
    trained = train(model, "--time", "hour", "--label", "state");
  }

  private Cli train(Path out, String... more) {
    List<Object> args = new ArrayList<>(List.of("train", "--task", "anomaly", "--data", normal));
    args.addAll(List.of("--window", "8", "--units", "16", "--epochs", "20", "--batch", "16"));
    args.addAll(List.of("--learning-rate", "0.01", "--seed", "1", "--out", out));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private List<String[]> predict(Path file) throws IOException {
    Path out = folder.resolve("scores.csv");
    Cli run = Cli.run("predict", "--model", file, "--input", watched, "--output", out);
    assertThat(run.code()).as(run.err()).isZero();
    return Files.readAllLines(out).stream().map(line -> line.split(",", -1)).toList();
  }

  @Test
  void findsASpikeAShiftAndAStuckSensor() throws IOException {
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.out()).contains("377 windows of 384 rows train, 89 windows of 96 rows");
    List<String[]> rows = predict(model);
    assertThat(rows.get(0)).startsWith("row", "time", "score", "anomaly", "worst_column");
    assertThat(rows).hasSize(1 + WATCHED);
    boolean[] found = new boolean[WATCHED];
    for (String[] row : rows.subList(1, rows.size())) {
      found[Integer.parseInt(row[1])] = row[3].equals("true");
    }
    assertThat(found[40]).isTrue();
    assertThat(rows.get(1 + 40)[4]).isEqualTo("temp");
    assertThat(alarms(found, 80, 100)).isGreaterThan(18);
    assertThat(alarms(found, 140, 170)).isGreaterThan(20);
    // a window's width around what is wrong the rebuilt rows may be off too
    assertThat(alarms(found, 0, 32) + alarms(found, 49, 72) + alarms(found, 108, 132))
        .isLessThan(8);
  }

  private static int alarms(boolean[] found, int from, int to) {
    return (int) IntStream.range(from, to).filter(row -> found[row]).count();
  }

  /** What evaluate says of the alarms is what predict writes. */
  @Test
  void evaluateMeasuresTheAlarms() throws IOException {
    Cli run = Cli.run("evaluate", "--model", model, "--data", watched);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("193 windows of 200 rows").contains("distance from the mean");
    Path page = folder.resolve("sensors.html");
    Cli paged = Cli.run("evaluate", "--model", model, "--data", watched, "--report", page);
    assertThat(paged.code()).as(paged.err()).isZero();
    assertThat(Files.readString(page))
        .contains("Score over time", "threshold")
        .doesNotContain(">NaN<");
    Matcher auc = Pattern.compile("ROC AUC +(\\S+) +(\\S+)").matcher(run.out());
    assertThat(auc.find()).isTrue();
    assertThat(Double.parseDouble(auc.group(1)))
        .isGreaterThan(0.95)
        .isGreaterThan(Double.parseDouble(auc.group(2)) + 0.05);
    List<String[]> rows = predict(model);
    List<String> states =
        Files.readAllLines(watched).stream().map(l -> l.split(",", -1)[4]).toList();
    int right = 0;
    int alarms = 0;
    for (int row = 1; row <= WATCHED; row++) {
      boolean alarm = rows.get(row)[3].equals("true");
      alarms += alarm ? 1 : 0;
      right += alarm && !states.get(row).equals("ok") ? 1 : 0;
    }
    Matcher line = Pattern.compile("(?m)^  anomaly +(\\S+) +(\\S+) +\\S+ +51$").matcher(run.out());
    assertThat(line.find()).as(run.out()).isTrue();
    assertThat(Double.parseDouble(line.group(1))).isCloseTo(right / (double) alarms, within(1e-4));
    assertThat(Double.parseDouble(line.group(2))).isCloseTo(right / 51.0, within(1e-4));
  }

  /** The threshold is that quantile of the validation rows' scores. */
  @Test
  void theThresholdIsAQuantile() throws IOException {
    Path out = folder.resolve("half.keras");
    Cli run = train(out, "--features", "temp,load,flow", "--threshold-quantile", "0.5");
    assertThat(run.code()).as(run.err()).isZero();
    Matcher told =
        Pattern.compile("median (\\S+), .* threshold (\\S+); 48 of 96 rows").matcher(run.out());
    assertThat(told.find()).as(run.out()).isTrue();
    assertThat(told.group(1)).isEqualTo(told.group(2));
    Cli last = Cli.run("evaluate", "--model", out, "--data", normal, "--last", "0.2");
    assertThat(last.out()).contains("48 of 96 rows are above it");
    Cli measured = Cli.run("evaluate", "--model", out, "--data", watched, "--label", "state");
    assertThat(measured.out()).contains("ROC AUC");
    Cli leak = Cli.run("evaluate", "--model", out, "--data", watched, "--label", "flow");
    assertThat(leak.code()).isEqualTo(1);
    assertThat(leak.err()).contains("anomaly.label: column flow is among the inputs");
  }

  /** A label that says of no row that it is normal is not guessed at. */
  @Test
  void whatIsNormalIsNotGuessed() throws IOException {
    Path odd = folder.resolve("odd.csv");
    List<String> lines = Files.readAllLines(watched);
    Files.write(odd, lines.stream().map(l -> l.replace(",ok", ",calm")).toList());
    Cli run = Cli.run("evaluate", "--model", model, "--data", odd);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("column state: no row is normal; expected 0")
        .contains("got [calm, spike, shift, stuck]")
        .hasLineCount(1);
    Path numbers = folder.resolve("numbers.csv");
    Files.write(
        numbers,
        lines.stream()
            .map(l -> l.replace(",ok", ",0.0").replaceAll(",(spike|shift|stuck)", ",2"))
            .toList());
    assertThat(Cli.run("evaluate", "--model", model, "--data", numbers).out())
        .isEqualTo(
            Cli.run("evaluate", "--model", model, "--data", watched)
                .out()
                .replace(watched.toString(), numbers.toString()));
  }

  @Test
  void wrongUsageIsRefused() {
    Path out = folder.resolve("none.keras");
    for (String[] wrong :
        new String[][] {
          {"--horizon", "1", "--horizon says nothing to --task anomaly"},
          {"--threshold-quantile", "1.5", "--threshold-quantile must lie in (0, 1], got 1.5"},
          {"--class-weight", "balanced", "--class-weight says nothing to --task anomaly"},
        }) {
      Cli run = train(out, Arrays.copyOf(wrong, 2));
      assertThat(run.code()).isEqualTo(2);
      assertThat(run.err()).contains(wrong[2]);
    }
    Cli run = Cli.run("train", "--task", "anomaly", "--data", normal, "--out", out);
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("--task anomaly needs --window");
    assertThat(out).doesNotExist();
  }
}
