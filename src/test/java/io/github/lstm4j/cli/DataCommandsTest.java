package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Files as people have them, from train to evaluate and predict. */
class DataCommandsTest {
  private static final Path FORMATS = Path.of("src/test/resources/csv-formats");

  @TempDir Path folder;

  private Path model() {
    return folder.resolve("m.keras");
  }

  private Cli train(Path data, String target, String... more) {
    List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--target", target));
    args.addAll(List.of("--window", "4", "--horizon", "1,2", "--units", "2", "--epochs", "1"));
    args.addAll(List.of("--seed", "1", "--no-checkpoint", "--out", model()));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  private Cli predict(Path data, Path out, String... more) {
    List<Object> args = new ArrayList<>(List.of("predict", "--model", model(), "--input", data));
    args.addAll(List.of("--output", out));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  /** With the options that messages name, and then without them. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "german    | Last | --time Zeit | --sep ';' --decimal ','",
        "jena      | load | --time Date_Time | dd.MM.yyyy HH:mm:ss",
        "iso_z     | load | --time time | yyyy-MM-dd'T'HH:mm:ssXXX",
        "iso_off   | load | --time time | yyyy-MM-dd HH:mm:ssxxx",
        "iso_ms    | load | --time time | yyyy-MM-dd HH:mm:ss.SSS",
        "us        | load | --time time | MM/dd/yyyy HH:mm",
        "na_marks  | load | --missing ffill | windows",
        "None      | load | --missing ffill | windows",
        "thousands | load | --thousands , | windows",
        "dash      | load | --na - --missing drop | windows",
      })
  void everyFileTrainsAndIsReadTheSameWay(String name, String target, String options, String told) {
    Path data = FORMATS.resolve(name + ".csv");
    String[] more = options.replace("Date_Time", "Date\u00a0Time").split(" ");
    for (int i = 0; i < more.length; i++) {
      more[i] = more[i].replace('\u00a0', ' ');
    }
    Cli trained = train(data, target, more);
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.out()).contains(told);
    Cli evaluated = Cli.run("evaluate", "--model", model(), "--data", data);
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
    Cli predicted = predict(data, folder.resolve("f.csv"));
    assertThat(predicted.code()).as(predicted.err()).isZero();
  }

  @ParameterizedTest
  @CsvSource({"thousands, --thousands", "dash, --na"})
  void numbersThatWouldBeCategoriesAreRefused(String name, String option) {
    Cli run = train(FORMATS.resolve(name + ".csv"), "load");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(option).hasLineCount(1).hasSizeLessThan(400);
  }

  private static final int HOURS = 60;

  private static List<String> rows(String station, int offset) {
    List<String> rows = new ArrayList<>();
    for (int h = 0; h < HOURS; h++) {
      rows.add(
          String.format(
              Locale.ROOT,
              "2014-01-%02d %02d:00,%s,%d,%d%n",
              1 + h / 24,
              h % 24,
              station,
              (h * 7 + offset) % 11,
              h % 5));
    }
    return rows;
  }

  private Path write(String name, List<String> rows) throws IOException {
    Path file = folder.resolve(name);
    Files.writeString(file, "time,station,load,price\n" + String.join("", rows));
    return file;
  }

  /** Interleaved or one after another, shuffled and sorted: the same windows, the same errors. */
  @Test
  void groupsAreTheSameHoweverTheirRowsLie() throws IOException {
    List<String> after = new ArrayList<>(rows("A", 0));
    after.addAll(rows("B", 4));
    List<String> mixed = new ArrayList<>();
    for (int h = 0; h < HOURS; h++) {
      mixed.add(after.get(h));
      mixed.add(after.get(HOURS + h));
    }
    List<String> shuffled = new ArrayList<>(after);
    Collections.shuffle(shuffled.subList(1, shuffled.size()), new Random(3)); // A stays the first
    String[] options = {"--time", "time", "--group", "station", "--calendar", "hour,weekday"};
    Cli one = train(write("after.csv", after), "load", options);
    assertThat(one.code()).as(one.err()).isZero();
    assertThat(one.out()).contains("86 windows train, 14 windows validate");
    Cli two = train(write("mixed.csv", mixed), "load", options);
    assertThat(two.code()).as(two.err()).isZero();
    assertThat(validation(two)).isEqualTo(validation(one));
    Path loose = write("shuffled.csv", shuffled);
    assertThat(train(loose, "load", options).err()).contains("--sort");
    List<String> sorted = new ArrayList<>(List.of(options));
    sorted.add("--sort");
    Cli three = train(loose, "load", sorted.toArray(String[]::new));
    assertThat(three.code()).as(three.err()).isZero();
    assertThat(validation(three)).hasSize(2);
    // sorted again without being asked, as it is stored
    Cli last = Cli.run("evaluate", "--model", model(), "--data", loose, "--last", "0.2");
    assertThat(validation(last)).isEqualTo(validation(three));
    assertThat(train(write("mixed.csv", mixed), "load", "--time", "time").err())
        .contains("at the same time")
        .contains("--dedupe")
        .contains("--group");
  }

  private static List<String> validation(Cli run) {
    return run.out().lines().filter(line -> line.contains("RMSE")).toList();
  }

  /** Rows at the end with the price alone make forecasts of those rows possible. */
  @Test
  void whatIsKnownBeforehand() throws IOException {
    Path data = write("known.csv", rows("A", 0));
    Cli run = train(data, "load", "--features", "load", "--time", "time", "--known", "price");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("(3 encoded)"); // load, price+1, price+2
    Path out = folder.resolve("f.csv");
    assertThat(predict(data, out).code()).isZero();
    assertThat(Files.readAllLines(out))
        .hasSize(1 + 2 * (HOURS - 3 - 2)); // the last two lack prices
    List<String> more = new ArrayList<>(rows("A", 0));
    more.add("2014-01-03 12:00,A,,3\n");
    more.add("2014-01-03 13:00,A,,4\n");
    Cli future = predict(write("future.csv", more), out);
    assertThat(future.code()).as(future.err()).isZero();
    assertThat(Files.readAllLines(out)).hasSize(1 + 2 * (HOURS - 3));
    assertThat(train(data, "load", "--time", "time", "--known", "load").err())
        .contains("cannot be known beforehand");
  }

  @Test
  void columnsOfTextAndTimesAreNamedWithTheFix() throws IOException {
    Path data = folder.resolve("text.csv");
    StringBuilder s = new StringBuilder("when,note,load\n");
    for (int i = 0; i < 60; i++) {
      s.append(String.format(Locale.ROOT, "2014-01-01 00:%02d,free text %d,%d%n", i, i, i % 7));
    }
    Files.writeString(data, s);
    assertThat(train(data, "load").err())
        .contains("column when holds times such as '2014-01-01 00:00'; name it with --time")
        .hasLineCount(1);
    assertThat(train(data, "load", "--time", "when").err())
        .contains("column note holds 60 different texts")
        .contains("--features")
        .doesNotContain("text 7")
        .hasLineCount(1);
    assertThat(train(data, "load", "--time", "when", "--features", "load").code()).isZero();
  }

  @Test
  void namesThatHoldCommasTimesOfDayAndThousandsWithPoints() throws IOException {
    StringBuilder s = new StringBuilder("\"load, kW\";\"b \"\"x\"\"\";clock;c;n\n");
    for (int i = 0; i < 60; i++) {
      s.append(String.format(Locale.ROOT, "%d,%d;1.234,%d;%d:30;1;%d%n", i, i % 7, i, i % 24, i));
    }
    Path data = Files.writeString(folder.resolve("names.csv"), s);
    Cli run =
        train(
            data, "\"load, kW\"", "--features", "\"load, kW\",\"b \"\"x\"\"\"", "--thousands", ".");
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).contains("(2 encoded)");
    assertThat(train(data, "c", "--features", "c", "--time", "n", "--step", "1month").err())
        .contains("(--step 1month): column n holds numbers, not dates")
        .hasLineCount(1);
    assertThat(train(data, "c", "--features", "c,clock").err())
        .contains("column clock holds times such as '0:30'")
        .hasLineCount(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--sep ab",
        "--decimal x",
        "--thousands . --decimal .",
        "--encoding utf-99",
        "--time-format dd.MM.yyyy",
        "--time time --time-format yyyy-mm-dd",
        "--sort",
        "--dedupe first",
        "--dedupe most",
        "--calendar hour",
        "--time time --calendar century",
        "--step 1h",
        "--time time --step fortnight",
        "--unknown maybe",
        "--categorical load --numeric load",
        "--time time --group time",
        "--features load,temperature,load",
        "--target load,load",
        "--known temperature,temperature",
        "--time time --calendar hour,hour"
      })
  void wrongOptionsAreWrongUsage(String options) {
    Cli run = train(FORMATS.resolve("us.csv"), "load", options.split(" "));
    assertThat(run.code()).as(run.err()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: ").hasLineCount(2);
    assertThat(model()).doesNotExist();
  }

  @Test
  void encodings() throws IOException {
    Path latin = folder.resolve("latin.csv");
    String text = "größe,load\n" + "1.5,2\n2.5,3\n".repeat(20);
    Files.write(latin, text.getBytes(java.nio.charset.StandardCharsets.ISO_8859_1));
    assertThat(train(latin, "load").err()).contains("--encoding");
    assertThat(train(latin, "load", "--encoding", "windows-1252").code()).isZero();
    Path wide = folder.resolve("wide.csv");
    Files.write(wide, text.getBytes(java.nio.charset.StandardCharsets.UTF_16));
    assertThat(train(wide, "load").code()).isZero();
  }
}
