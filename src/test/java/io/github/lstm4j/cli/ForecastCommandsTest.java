package io.github.lstm4j.cli;

import static java.util.stream.Collectors.joining;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.DoubleStream;
import java.util.stream.IntStream;
import java.util.zip.ZipFile;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** train, evaluate, predict and summary on a small made-up file, end to end. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ForecastCommandsTest {
  private static final int ROWS = 400;
  private static final int GAP = 300; // an hour is missing before this row

  @TempDir static Path folder;
  private Path csv;
  private Path model;
  private Cli trained;

  @BeforeAll
  void train() throws IOException {
    csv = folder.resolve("waves.csv");
    model = folder.resolve("waves.keras");
    StringBuilder s = new StringBuilder("hour,level,wind,kind,note\n");
    for (int row = 0; row < ROWS; row++) {
      double level = 50 + 20 * Math.sin(row * 0.3);
      s.append(
          String.format(
              Locale.ROOT,
              "%d,%.4f,%.3f,%s,\"free, text %d\"%n",
              row < GAP ? row : row + 1,
              level,
              Math.cos(row * 0.3),
              row % 2 == 0 ? "day" : "night",
              row));
    }
    Files.writeString(csv, s);
    trained = trainTo(model, "standard");
  }

  private Cli trainTo(Path file, String normalize, String... more) {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                csv,
                "--target",
                "level",
                "--features",
                "level,wind,kind",
                "--window",
                "8",
                "--horizon",
                "1,3",
                "--units",
                "8",
                "--epochs",
                "12",
                "--batch",
                "16",
                "--learning-rate",
                "0.01",
                "--time",
                "hour",
                "--seed",
                "5",
                "--out",
                file,
                "--normalize",
                normalize));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @Test
  void trainLearns() {
    assertThat(trained.err()).isEmpty();
    assertThat(trained.code()).isZero();
    assertThat(trained.out()).contains("3 columns in (4 encoded)").contains("level+1");
    assertThat(rmse(trained.out(), "level+1")).isLessThan(7); // the wave's deviation is 14
  }

  private static double rmse(String text, String output) {
    String line =
        text.lines().filter(l -> l.strip().startsWith(output + " ")).findFirst().orElseThrow();
    return Double.parseDouble(line.strip().split("\\s+", -1)[2]);
  }

  @Test
  void theLastRowsAreThoseThatValidated() {
    Cli run = Cli.run("evaluate", "--model", model, "--data", csv, "--last", "0.2");
    assertThat(run.code()).isZero();
    assertThat(rmse(run.out(), "level+1")).isEqualTo(rmse(trained.out(), "level+1"));
    assertThat(rmse(run.out(), "level+3")).isEqualTo(rmse(trained.out(), "level+3"));
  }

  /** float32 would give every forecast as 1.7E9. */
  @ParameterizedTest
  @ValueSource(strings = {"", "--change"})
  void forecastsOfAHighLevelKeepTheirDigits(String change) throws IOException {
    Path high = folder.resolve("high.csv");
    double[] levels = IntStream.range(0, 200).mapToDouble(i -> 1.7e9 + 20 * Math.sin(i)).toArray();
    Files.writeString(
        high,
        "level\n" + DoubleStream.of(levels).mapToObj("%.2f"::formatted).collect(joining("\n")));
    Path file = folder.resolve("high.keras");
    List<Object> train = new ArrayList<>(List.of("train", "--data", high, "--target", "level"));
    train.addAll(List.of("--window", "4", "--horizon", "1", "--units", "8", "--seed", "1"));
    train.addAll(List.of("--epochs", "5", "--batch", "16", "--learning-rate", "0.02"));
    train.addAll(List.of("--out", file));
    if (!change.isEmpty()) {
      train.add(change);
    }
    Cli made = Cli.run(train.toArray());
    assertThat(made.code()).as(made.err()).isZero();
    double told = rmse(Cli.run("evaluate", "--model", file, "--data", high).out(), "level+1");
    assertThat(told).isLessThan(18);
    for (String kind : List.of("csv", "npy", "npz")) {
      Path out = folder.resolve("high-forecasts." + kind);
      assertThat(Cli.run("predict", "--model", file, "--input", high, "--output", out).code())
          .isZero();
      double[] forecasts = numbers(out, kind, 197);
      double squares = 0;
      for (int n = 0; n < 196; n++) { // the last has no actual value yet
        squares += Math.pow(forecasts[n] - Math.rint(levels[n + 4] * 100) / 100, 2);
      }
      assertThat(Math.sqrt(squares / 196)).as(kind).isCloseTo(told, within(1e-3 * told));
    }
  }

  private static double[] numbers(Path file, String kind, int count) throws IOException {
    if (kind.equals("csv")) {
      List<String> lines = Files.readAllLines(file);
      return lines.stream()
          .skip(1)
          .mapToDouble(l -> Double.parseDouble(l.split(",", -1)[3]))
          .toArray();
    }
    byte[] bytes = Files.readAllBytes(file);
    if (kind.equals("npz")) {
      try (ZipFile zip = new ZipFile(file.toFile());
          InputStream in = zip.getInputStream(zip.getEntry("output.npy"))) {
        bytes = in.readAllBytes();
      }
    }
    assertThat(new String(bytes, StandardCharsets.ISO_8859_1)).contains("'descr': '<f8'");
    double[] values = new double[count];
    ByteBuffer.wrap(bytes, bytes.length - 8 * count, 8 * count)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asDoubleBuffer()
        .get(values);
    return values;
  }

  private Cli trainOn(Path data, String target, Path out, String... more) {
    List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--target", target));
    args.addAll(List.of("--window", "4", "--horizon", "1", "--units", "2", "--epochs", "1"));
    args.addAll(List.of("--seed", "1", "--out", out));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  @Test
  void aColumnsNameMayHoldAnEqualsSign() throws IOException {
    Path data = folder.resolve("equals.csv");
    StringBuilder rows = new StringBuilder("P=1,kind=a=b,load\n");
    for (int i = 0; i < 60; i++) {
      rows.append(i % 7).append(i % 2 == 0 ? ",x=1," : ",y,").append(i % 5).append('\n');
    }
    Files.writeString(data, rows);
    Path file = folder.resolve("equals.keras");
    Cli made = trainOn(data, "load", file);
    assertThat(made.code()).as(made.err()).isZero();
    Path out = folder.resolve("equals-forecasts.csv");
    Cli run = Cli.run("predict", "--model", file, "--input", data, "--output", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllLines(out)).hasSize(1 + 57);
    assertThat(Cli.run("evaluate", "--model", file, "--data", data).code()).isZero();
  }

  @Test
  void blankLinesAreMissingValues() throws IOException {
    Path data = folder.resolve("blank.csv");
    Files.writeString(data, "load\n" + "1\n2\n3\n4\n".repeat(10) + "\n" + "5\n6\n".repeat(10));
    Cli run = trainOn(data, "load", folder.resolve("blank.keras"));
    assertThat(run.code()).isNotZero();
    assertThat(run.err()).contains("line 42, column load: the value is missing");
  }

  @Test
  void timeStepsOfATenth() throws IOException {
    Path data = folder.resolve("tenth.csv");
    StringBuilder rows = new StringBuilder("t,load\n");
    for (int i = 0; i < 100; i++) {
      rows.append(i / 10).append('.').append(i % 10).append(',').append(i % 5).append('\n');
    }
    Files.writeString(data, rows);
    Cli run = trainOn(data, "load", folder.resolve("tenth.keras"), "--time", "t");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("76 windows train, 16 windows validate");
  }

  @Test
  void aFileWithTheNewestRowFirstIsRefused() throws IOException {
    Path data = folder.resolve("newest.csv");
    StringBuilder rows = new StringBuilder("time,load\n");
    for (int i = 99; i >= 0; i--) {
      rows.append(
          String.format(Locale.ROOT, "2014-01-%02d %02d:00,%d%n", 1 + i / 24, i % 24, i % 5));
    }
    Files.writeString(data, rows);
    Cli run = trainOn(data, "load", folder.resolve("newest.keras"), "--time", "time");
    assertThat(run.code()).isNotZero();
    assertThat(run.err())
        .contains("line 3, column time: time runs backwards: all 99 rows are earlier than the row")
        .contains(
            "(here 2014-01-05 02:00 after 2014-01-05 03:00); --sort brings the rows in order");
    assertThat(folder.resolve("newest.keras")).doesNotExist();
  }

  /** The errors that evaluate prints, computed again from the forecasts that predict writes. */
  @ParameterizedTest
  @ValueSource(strings = {"standard", "minmax", "change"})
  void predictAndEvaluateAgree(String kind) throws IOException {
    Path file = folder.resolve(kind + ".keras");
    Cli made =
        kind.equals("change")
            ? trainTo(file, "standard", "--change", "--patience", "2")
            : trainTo(file, kind);
    assertThat(made.code()).as(made.err()).isZero();
    Path out = folder.resolve(kind + "-forecasts.csv");
    Cli predicted = Cli.run("predict", "--model", file, "--input", csv, "--output", out);
    assertThat(predicted.code()).as(predicted.err()).isZero();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines.get(0)).isEqualTo("row,time,target,horizon,forecast,actual");
    // windows of 8 rows that do not cross the gap, each with two horizons
    assertThat(lines).hasSize(1 + 2 * ((GAP - 7) + (ROWS - GAP - 7)));
    double squares = 0;
    int n = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", -1);
      int last = Integer.parseInt(fields[0]) - 1; // the window's last row, from 0
      int horizon = Integer.parseInt(fields[3]);
      int hour = last < GAP ? last : last + 1;
      assertThat(fields[1]).isEqualTo(String.valueOf(hour + horizon));
      boolean known = last < GAP ? last + horizon < GAP : last + horizon < ROWS;
      double truth = 50 + 20 * Math.sin((last + horizon) * 0.3);
      assertThat(fields[5])
          .isEqualTo(known ? shortest(String.format(Locale.ROOT, "%.4f", truth)) : "");
      boolean whole = last + 3 < GAP || (last >= GAP && last + 3 < ROWS);
      if (whole && horizon == 1) {
        squares += Math.pow(Double.parseDouble(fields[4]) - truth, 2);
        n++;
      }
    }
    Cli evaluated = Cli.run("evaluate", "--model", file, "--data", csv);
    assertThat(evaluated.out()).contains(n + " windows");
    assertThat(rmse(evaluated.out(), "level+1"))
        .isCloseTo(Math.sqrt(squares / n), within(2e-3 * Math.sqrt(squares / n)));
  }

  private static String shortest(String number) {
    return number.replaceAll("\\.?0+$", "");
  }

  /** What a program reads: nothing but the forecasts, as CSV or as JSON lines. */
  @Test
  void standardOutputHasTheForecastsAlone() throws IOException {
    Path out = folder.resolve("piped.csv");
    Cli.run("predict", "--model", model, "--input", csv, "--output", out);
    Cli piped = Cli.run("predict", "--model", model, "--input", csv, "--output", "-");
    assertThat(piped.code()).as(piped.err()).isZero();
    assertThat(piped.out()).isEqualTo(Files.readString(out));

    Path lines = folder.resolve("piped.jsonl");
    Cli.run("predict", "--model", model, "--input", csv, "--output", lines);
    Cli json =
        Cli.run("predict", "--model", model, "--input", csv, "--output", "-", "--format", "jsonl");
    assertThat(json.out()).isEqualTo(Files.readString(lines));
    ObjectMapper mapper = new ObjectMapper();
    List<String> records = Files.readAllLines(out);
    List<String> objects = Files.readAllLines(lines);
    assertThat(objects).hasSize(records.size() - 1);
    for (int i = 0; i < objects.size(); i++) {
      String[] fields = records.get(i + 1).split(",", -1);
      JsonNode object = mapper.readTree(objects.get(i));
      assertThat(object.get("row").asInt()).isEqualTo(Integer.parseInt(fields[0]));
      assertThat(object.get("target").asText()).isEqualTo("level");
      assertThat(object.get("forecast").asDouble()).isEqualTo(Double.parseDouble(fields[4]));
      assertThat(object.get("actual").isNull()).isEqualTo(fields[5].isEmpty());
    }
    assertThat(objects.get(objects.size() - 1)).endsWith("\"actual\":null}");
  }

  @Test
  void formatsThatDoNotFitAreRefused() {
    for (List<String> options :
        List.of(
            List.of("-", "--format", "npy"),
            List.of(folder.resolve("a.csv").toString(), "--format", "csv"),
            List.of(folder.resolve("a.parquet").toString()))) {
      List<Object> args =
          new ArrayList<>(List.of("predict", "--model", model, "--input", csv, "--output"));
      args.addAll(options);
      Cli run = Cli.run(args.toArray());
      assertThat(run.code()).as("%s", options).isEqualTo(2);
      assertThat(run.err()).hasLineCount(2);
    }
  }

  /** Forecasts do not need the targets' column, and then know nothing of what came. */
  @Test
  void aFileWithoutTheTargetIsForecastToo() throws IOException {
    Path data = folder.resolve("wind.csv");
    StringBuilder rows = new StringBuilder("wind,level\n");
    for (int i = 0; i < 60; i++) {
      rows.append(i % 7).append(',').append(i % 7 + 1).append('\n');
    }
    Files.writeString(data, rows);
    Path file = folder.resolve("wind.keras");
    assertThat(trainOn(data, "level", file, "--features", "wind").code()).isZero();
    Path alone = folder.resolve("alone.csv");
    Files.writeString(alone, "wind\n" + "1\n2\n3\n".repeat(4));
    Cli run = Cli.run("predict", "--model", file, "--input", alone, "--output", "-");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out().lines()).hasSize(1 + 9).allMatch(l -> l.matches("row.*|.*,"));
  }

  /** Persistence and the seasonal naive by hand, on the windows that have a season before them. */
  @Test
  void baselinesStandBesideTheModel() throws IOException {
    Path data = folder.resolve("seasons.csv");
    StringBuilder rows = new StringBuilder("time,load\n");
    double[] load = new double[240];
    for (int i = 0; i < 240; i++) {
      load[i] = Math.rint(100 * (10 + 5 * Math.sin(i * Math.PI / 12) + (i * 7 % 11) / 11.0)) / 100;
      rows.append(
          String.format(Locale.ROOT, "2023-01-%02d %02d:00,%s%n", 1 + i / 24, i % 24, load[i]));
    }
    Files.writeString(data, rows);
    Path file = folder.resolve("seasons.keras");
    Cli made = trainOn(data, "load", file, "--time", "time");
    assertThat(made.code()).as(made.err()).isZero();
    assertThat(made.out()).contains("persistence", "seasonal naive", "24 rows before");
    Cli run = Cli.run("evaluate", "--model", file, "--data", data);
    double steps = 0;
    double seasons = 0;
    for (int target = 24; target < 240; target++) {
      steps += Math.pow(load[target] - load[target - 1], 2) / 216;
      seasons += Math.pow(load[target] - load[target - 24], 2) / 216;
    }
    assertThat(run.out()).contains("216 of 236 windows");
    assertThat(method(run.out(), "persistence")).isCloseTo(Math.sqrt(steps), within(1e-3));
    assertThat(method(run.out(), "seasonal naive")).isCloseTo(Math.sqrt(seasons), within(1e-3));
    Cli other = Cli.run("evaluate", "--model", file, "--data", data, "--season", "12");
    assertThat(other.out()).contains("12 rows before", "228 of 236 windows");
    Cli none = Cli.run("evaluate", "--model", file, "--data", data, "--season", "0");
    assertThat(none.out()).contains("persistence").doesNotContain("seasonal", " of 236");
    Cli far = Cli.run("evaluate", "--model", file, "--data", data, "--season", "1000");
    assertThat(far.out()).contains("no window has the value 1000 rows before");
    assertThat(Cli.run("evaluate", "--model", file, "--data", data, "--season", "-1").code())
        .isEqualTo(2);
  }

  private static double method(String text, String name) {
    String line = text.lines().filter(l -> l.contains(" " + name + " ")).findFirst().orElseThrow();
    return Double.parseDouble(line.replaceAll(".*" + name + " +", "").split(" +", -1)[0]);
  }

  @Test
  void sameSeedSameModelOnOneThreadOrTwo() throws IOException {
    Path other = folder.resolve("other.keras");
    assertThat(trainTo(other, "standard", "--threads", "1").code()).isZero();
    try (Model a = Models.load(model);
        Model b = Models.load(other)) {
      assertThat(b.getWeights()).isEqualTo(a.getWeights());
    }
  }

  @Test
  void summaryOfTheFile() {
    assertThat(Cli.run("summary", model).out()).contains("lstm (LSTM)").contains("416");
    assertThat(Cli.run("summary", model, "--style", "2.0").out()).contains("Total params: 434.0");
    assertThat(Cli.run("summary", model, "--style", "4").code()).isEqualTo(2);
  }

  @Test
  void arraysInAndOut() throws IOException {
    Path file = folder.resolve("states.keras");
    Path x = folder.resolve("x.npy");
    Path y = folder.resolve("y.npz");
    Tensor input = Tensor.zeros(5, 4, 2);
    for (int i = 0; i < input.size(); i++) {
      input.data()[i] = (float) Math.sin(i);
    }
    Npy.write(x, input);
    try (Sequential states =
        new Sequential(new LSTM(3).inputShape(4, 2).returnSequences(true).returnState(true))) {
      states.save(file);
      Cli run = Cli.run("predict", "--model", file, "--input", x, "--output", y);
      assertThat(run.code()).as(run.err()).isZero();
      Map<String, Tensor> outputs = Npz.read(y);
      assertThat(outputs.keySet()).containsExactly("output", "state_h", "state_c");
      List<Tensor> expected = states.call(input);
      assertThat(List.copyOf(outputs.values())).isEqualTo(expected);
    }
    Path one = folder.resolve("y.npy");
    assertThat(Cli.run("predict", "--model", file, "--input", x, "--output", one).code()).isZero();
    assertThat(Npy.read(one).shape().dims()).containsExactly(5, 4, 3);

    Path named = folder.resolve("x.npz");
    Npz.write(named, Map.of("a", input, "b", input));
    Cli unclear = Cli.run("predict", "--model", file, "--input", named, "--output", one);
    assertThat(unclear.code()).isEqualTo(1);
    assertThat(unclear.err()).contains("expected one array").hasLineCount(1);
    Npz.write(named, Map.of("a", Tensor.zeros(1), "input_layer", input, "z", Tensor.zeros(1)));
    assertThat(Cli.run("predict", "--model", file, "--input", named, "--output", one).code())
        .isZero();
    assertThat(Npy.read(one)).isEqualTo(Npz.read(y).get("output"));
  }

  @Test
  void lossesOfArrays() throws IOException {
    Path data = folder.resolve("xy.npz");
    Npz.write(data, Map.of("x", Tensor.zeros(3, 8, 4), "y", Tensor.zeros(3, 2)));
    Cli run = Cli.run("evaluate", "--model", model, "--data", data);
    assertThat(run.out()).startsWith("loss ");
  }

  /** What is about a table's rows says nothing to arrays. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--last 0.5",
        "--season 3",
        "--label a",
        "--report a.html",
        "--sep ;",
        "--sort",
        "--na -"
      })
  void optionsOfTablesAreRefusedBesideArrays(String option) {
    Path data = folder.resolve("none.npz");
    List<Object> args = new ArrayList<>(List.of("evaluate", "--model", model, "--data", data));
    args.addAll(List.of(option.split(" ", -1)));
    Cli run = Cli.run(args.toArray());
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains(option.split(" ", -1)[0], "none.npz").hasLineCount(2);
  }

  @Test
  void aModelOfAnotherSortCannotReadCsv() throws IOException {
    Path file = folder.resolve("plain.keras");
    try (Sequential plain = new Sequential(new LSTM(3).inputShape(4, 2))) {
      plain.save(file);
    }
    Path out = folder.resolve("out.csv");
    Cli run = Cli.run("predict", "--model", file, "--input", csv, "--output", out);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("plain.keras").contains("train").hasLineCount(1);
    assertThat(out).doesNotExist();
  }

  @Test
  void missingValues() throws IOException {
    Path holes = folder.resolve("holes.csv");
    List<String> lines = new ArrayList<>(Files.readAllLines(csv));
    lines.set(51, lines.get(51).replaceFirst("^(\\d+,[^,]+),[^,]+", "$1,NA"));
    Files.write(holes, lines);
    Path out = folder.resolve("holes.keras");
    Object[] args = {
      "train",
      "--data",
      holes,
      "--target",
      "level",
      "--features",
      "level,wind",
      "--window",
      "4",
      "--horizon",
      "1",
      "--units",
      "2",
      "--epochs",
      "1",
      "--out",
      out,
      "--missing",
      ""
    };
    args[args.length - 1] = "fail";
    Cli fail = Cli.run(args);
    assertThat(fail.code()).isEqualTo(1);
    assertThat(fail.err()).contains("line 52, column wind").hasLineCount(1);
    assertThat(out).doesNotExist();
    args[args.length - 1] = "ffill";
    assertThat(Cli.run(args).out())
        .contains("400 rows")
        .contains("316 windows train, 76 windows validate");
    args[args.length - 1] = "drop";
    // one row less, and the five windows across it
    assertThat(Cli.run(args).out())
        .contains("399 rows")
        .contains("311 windows train, 76 windows validate");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--window 0",
        "--horizon 0",
        "--val-split 1",
        "--dropout 1",
        "--units 0",
        "--epochs x",
        "--backend tpu",
        "--threads 0",
        "--missing maybe",
        "--out /no/such/folder/model.keras"
      })
  void wrongUsageOfTrain(String option) {
    List<Object> args =
        new ArrayList<>(
            List.of("train", "--data", csv, "--target", "level", "--features", "level"));
    if (!option.startsWith("--window")) {
      args.addAll(List.of("--window", "4"));
    }
    if (!option.startsWith("--horizon")) {
      args.addAll(List.of("--horizon", "1"));
    }
    if (!option.startsWith("--out")) {
      args.addAll(List.of("--out", folder.resolve("never.keras")));
    }
    args.addAll(List.of(option.split(" ", -1)));
    Cli run = Cli.run(args.toArray());
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).hasLineCount(2).startsWith("error: ");
    assertThat(folder.resolve("never.keras")).doesNotExist();
  }

  @Test
  void failuresAreOneLine() throws IOException {
    Path broken = folder.resolve("broken.keras");
    Files.write(broken, new byte[] {1, 2, 3});
    Path bad = folder.resolve("bad.npy");
    Files.writeString(bad, "no array");
    Path out = folder.resolve("failed.npy");
    List<Cli> runs =
        List.of(
            Cli.run("summary", broken),
            Cli.run("summary", folder.resolve("nothing.keras")),
            Cli.run("evaluate", "--model", model, "--data", folder.resolve("nothing.csv")),
            Cli.run("predict", "--model", model, "--input", bad, "--output", out),
            Cli.run("evaluate", "--model", model, "--data", csv, "--last", "0.001"),
            trainTo(folder.resolve("f.keras"), "none", "--target", "nosuch"),
            trainTo(folder.resolve("f.keras"), "none", "--target", "kind"));
    assertThat(runs)
        .allSatisfy(
            run -> {
              assertThat(run.code()).isEqualTo(1);
              assertThat(run.err()).startsWith("error: ").hasLineCount(1).doesNotContain("\tat ");
            });
    assertThat(out).doesNotExist();
    assertThat(Cli.run("summary", broken, "--verbose").err()).contains("\tat ");
    assertThat(Cli.run("predict", "--model", model, "--input", "a.txt", "--output", out).code())
        .isEqualTo(2);
  }
}
