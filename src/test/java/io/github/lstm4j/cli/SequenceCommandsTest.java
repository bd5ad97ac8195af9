package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.model.Models;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.function.BiFunction;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels of sequences learnt from a made-up file, end to end. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SequenceCommandsTest {
  @TempDir static Path folder;
  private Path engines;
  private Path model;
  private Cli trained;

  /**
   * Groups of unequal length whose rows lie among each other, as machines report.
   *
   * @param label of a group's row, or null: empty
   */
  private static Path groups(
      String name, int groups, int longest, BiFunction<Integer, Integer, String> label)
      throws IOException {
    Random random = new Random(4);
    List<StringBuilder> byTime = new ArrayList<>();
    for (int t = 0; t < longest; t++) {
      byTime.add(new StringBuilder());
    }
    for (int g = 0; g < groups; g++) {
      int length = g == 0 ? 1 : 5 + random.nextInt(longest - 4);
      for (int t = 0; t < length; t++) {
        String state = label.apply(g, t);
        double slope = g % 3 == 0 ? 1 : -1;
        byTime
            .get(t)
            .append(
                String.format(
                    Locale.ROOT,
                    "e%02d,%d,%.3f,%.3f,%s%n",
                    g,
                    t,
                    slope * (1 + 0.1 * t) + 0.2 * random.nextGaussian(),
                    random.nextGaussian(),
                    state == null ? "" : state));
      }
    }
    Path file = folder.resolve(name);
    Files.writeString(file, "engine,cycle,heat,noise,state\n" + String.join("", byTime));
    return file;
  }

  private static Cli train(Path data, Path out, String... more) {
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--features", "heat,noise");
    options.put("--label", "state");
    options.put("--units", "8");
    options.put("--epochs", "15");
    options.put("--batch", "8");
    options.put("--learning-rate", "0.02");
    options.put("--seed", "3");
    List<Object> args = new ArrayList<>(List.of("train", "--data", data, "--out", out));
    for (String option : more) {
      if (option.startsWith("--")) {
        options.remove(option);
      }
    }
    options.forEach((option, value) -> args.addAll(List.of(option, value)));
    args.addAll(List.of(more));
    return Cli.run(args.toArray());
  }

  /** The number behind a measure's name. */
  private static double measure(String text, String name) {
    Matcher found =
        Pattern.compile("^ *" + Pattern.quote(name) + " +(?:RMSE +)?([-0-9.]+)", Pattern.MULTILINE)
            .matcher(text);
    assertThat(found.find()).as("%s in:%n%s", name, text).isTrue();
    return Double.parseDouble(found.group(1));
  }

  @BeforeAll
  void trainOnce() throws IOException {
    engines = groups("engines.csv", 40, 12, (g, t) -> g % 3 == 0 ? "worn" : "fine");
    model = folder.resolve("engines.keras");
    trained = train(engines, model, "--task", "classify", "--group", "engine");
  }

  @Test
  void heldBackGroupsAreToldApart() {
    assertThat(trained.err()).isEmpty();
    assertThat(trained.code()).isZero();
    assertThat(trained.out())
        .contains("32 sequences of 5 to 12 rows (fine 21, worn 11) train")
        .contains("8 sequences of 1 to 12 rows (fine 5, worn 3) validate");
    assertThat(measure(trained.out(), "accuracy")).isEqualTo(1);
    assertThat(measure(trained.out(), "ROC AUC of worn")).isEqualTo(1);
    assertThat(trained.out()).contains("always fine").contains("actual \\ predicted");
  }

  /** A line a group, with the truth beside it in evaluate's table. */
  @Test
  void eachGroupGetsOneAnswer() throws IOException {
    Path out = folder.resolve("answers.csv");
    Cli run = Cli.run("predict", "--model", model, "--input", engines, "--output", out);
    assertThat(run.code()).as(run.err()).isZero();
    List<String> lines = Files.readAllLines(out);
    assertThat(lines.get(0))
        .isEqualTo("row,group,predicted,probability_fine,probability_worn,actual");
    assertThat(run.out()).contains("40 sequences of 1 to 12 rows");
    assertThat(lines).hasSize(1 + 40);
    int right = 0;
    for (String line : lines.subList(1, lines.size())) {
      String[] fields = line.split(",", -1);
      boolean worn = Integer.parseInt(fields[1].substring(1)) % 3 == 0;
      right += fields[2].equals(worn ? "worn" : "fine") ? 1 : 0;
      assertThat(Double.parseDouble(fields[3]) + Double.parseDouble(fields[4]))
          .isCloseTo(1, within(1e-9));
      assertThat(fields[5]).isEqualTo(worn ? "worn" : "fine");
      assertThat(Double.parseDouble(fields[4]) > 0.5).isEqualTo(fields[2].equals("worn"));
    }
    Cli evaluated = Cli.run("evaluate", "--model", model, "--data", engines);
    assertThat(evaluated.out()).contains("40 sequences of 1 to 12 rows (fine 26, worn 14)");
    assertThat(measure(evaluated.out(), "accuracy")).isEqualTo(Math.rint(right / 4e-3) / 1e4);
  }

  /** An answer does not depend on who else is asked about, nor on the order in the file. */
  @Test
  void aGroupAloneGetsTheSameAnswer() throws IOException {
    List<String> rows = Files.readAllLines(engines);
    Path alone = folder.resolve("alone.csv");
    Files.write(alone, rows.stream().filter(l -> l.matches("(engine|e07),.*")).toList());
    Path all = folder.resolve("all-answers.csv");
    Path single = folder.resolve("one-answer.csv");
    Cli.run("predict", "--model", model, "--input", engines, "--output", all);
    Cli.run("predict", "--model", model, "--input", alone, "--output", single);
    String[] among =
        Files.readAllLines(all).stream()
            .filter(l -> l.contains(",e07,"))
            .findFirst()
            .orElseThrow()
            .split(",", -1);
    String[] by = Files.readAllLines(single).get(1).split(",", -1);
    assertThat(Double.parseDouble(by[4])).isCloseTo(Double.parseDouble(among[4]), within(1e-6));
  }

  @Test
  void theLabelNeedNotBeKnown() throws IOException {
    Path unknown = folder.resolve("unknown.csv");
    List<String> rows = Files.readAllLines(engines);
    Files.write(unknown, rows.stream().map(l -> l.substring(0, l.lastIndexOf(','))).toList());
    Path known = folder.resolve("known-answers.csv");
    Path out = folder.resolve("unknown-answers.csv");
    Cli.run("predict", "--model", model, "--input", engines, "--output", known);
    Cli run = Cli.run("predict", "--model", model, "--input", unknown, "--output", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readAllLines(out))
        .isEqualTo(
            Files.readAllLines(known).stream()
                .map(l -> l.substring(0, l.lastIndexOf(',')))
                .toList());
    Cli measured = Cli.run("evaluate", "--model", model, "--data", unknown);
    assertThat(measured.code()).isEqualTo(1);
    assertThat(measured.err()).contains("no column state");
  }

  @Test
  void aPageShowsWhichClassIsTakenForWhich() throws IOException {
    Path page = folder.resolve("engines.html");
    Cli run = Cli.run("evaluate", "--model", model, "--data", engines, "--report", page);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(Files.readString(page))
        .contains("Confusion matrix", "ROC curve", "worn (area ")
        .doesNotContain(">NaN<");
  }

  /** One in ten is of the rare class, and both look much alike. */
  @Test
  void classWeightsFindMoreOfARareClass() throws IOException {
    Random random = new Random(9);
    StringBuilder s = new StringBuilder("engine,heat,noise,state\n");
    for (int g = 0; g < 150; g++) {
      for (int t = 0; t < 4; t++) {
        double heat = (g % 10 == 0 ? 0.7 : 0) + random.nextGaussian();
        s.append(String.format(Locale.ROOT, "%d,%.3f,0,%d%n", g, heat, g % 10 == 0 ? 1 : 0));
      }
    }
    Path data = folder.resolve("rare.csv");
    Files.writeString(data, s);
    Map<String, Double> recall = new LinkedHashMap<>();
    for (String weight : List.of("none", "balanced", "1=9")) {
      Path out = folder.resolve("rare-" + weight + ".keras");
      Cli run =
          train(data, out, "--task", "classify", "--group", "engine", "--class-weight", weight);
      assertThat(run.code()).as(run.err()).isZero();
      String text = Cli.run("evaluate", "--model", out, "--data", data).out();
      Matcher line = Pattern.compile("(?m)^  1 +\\S+ +(\\S+) +\\S+ +15$").matcher(text);
      assertThat(line.find()).as(text).isTrue();
      recall.put(weight, Double.parseDouble(line.group(1)));
    }
    assertThat(recall.get("none")).isLessThan(0.5);
    assertThat(recall.get("balanced")).isGreaterThan(recall.get("none") + 0.2);
    assertThat(recall.get("1=9")).isGreaterThan(recall.get("none") + 0.2);
  }

  /** Three classes that change within a group. */
  @Test
  void eachRowHasItsLabel() throws IOException {
    Path data = folder.resolve("steps.csv");
    Random random = new Random(2);
    StringBuilder s = new StringBuilder("engine,heat,noise,state\n");
    for (int g = 0; g < 30; g++) {
      int length = 3 + random.nextInt(8);
      for (int t = 0; t < length; t++) {
        double heat = 3 * random.nextDouble() - 1.5;
        String state = heat > 0.5 ? "hot" : heat < -0.5 ? "cold" : "mild";
        s.append(String.format(Locale.ROOT, "%d,%.3f,0,%s%n", g, heat, state));
      }
    }
    Files.writeString(data, s);
    Path out = folder.resolve("steps.keras");
    Cli run =
        train(data, out, "--task", "classify", "--group", "engine", "--per-step", "--epochs", "40");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(measure(run.out(), "accuracy")).isGreaterThan(0.9);
    assertThat(run.out()).contains("ROC AUC, mean of classes");
    Path answers = folder.resolve("steps-answers.csv");
    Cli.run("predict", "--model", out, "--input", data, "--output", answers);
    List<String> lines = Files.readAllLines(answers);
    assertThat(lines.get(0))
        .startsWith("row,group,predicted,probability_cold,probability_hot,probability_mild");
    assertThat(lines).hasSize(Files.readAllLines(data).size());
    assertThat(lines.get(5)).startsWith("5,");
  }

  @Test
  void aNumberOfEachGroup() throws IOException {
    Path data = groups("life.csv", 40, 12, (g, t) -> g % 3 == 0 ? "170" : "130");
    Path out = folder.resolve("life.keras");
    Cli run = train(data, out, "--task", "regress", "--group", "engine", "--epochs", "30");
    assertThat(run.code()).as(run.err()).isZero();
    String text = Cli.run("evaluate", "--model", out, "--data", data).out();
    assertThat(measure(text, "state")).isLessThan(8);
    assertThat(measure(text, "training mean")).isBetween(15.0, 25.0);
    Path answers = folder.resolve("life-answers.csv");
    Cli.run("predict", "--model", out, "--input", data, "--output", answers);
    for (String line : Files.readAllLines(answers).subList(1, 41)) {
      assertThat(Double.parseDouble(line.split(",", -1)[2])).isBetween(110.0, 190.0);
    }
  }

  /** Without groups: windows of rows in the order of time, split by time. */
  @Test
  void windowsHaveTheLabelOfTheirLastRow() throws IOException {
    StringBuilder s = new StringBuilder("heat,noise,state\n");
    for (int t = 0; t < 200; t++) {
      boolean rising = t / 20 % 2 == 0;
      s.append(rising ? t % 20 : 20 - t % 20).append(",1,").append(rising).append('\n');
    }
    Path data = folder.resolve("windows.csv");
    Files.writeString(data, s);
    Path out = folder.resolve("windows.keras");
    Cli run = train(data, out, "--task", "classify", "--window", "3", "--epochs", "30");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out()).contains("158 windows (false 80, true 78) train, 38 windows");
    assertThat(measure(run.out(), "accuracy")).isGreaterThan(0.85);
    Path answers = folder.resolve("windows-answers.csv");
    Cli.run("predict", "--model", out, "--input", data, "--output", answers);
    assertThat(Files.readAllLines(answers)).hasSize(1 + 198);
    assertThat(Files.readAllLines(answers).get(1)).startsWith("3,");
  }

  @Test
  void longGroupsLoseTheirFirstRowsAndItIsSaid() throws IOException {
    Path out = folder.resolve("short.keras");
    Cli run =
        train(
            engines,
            out,
            "--task",
            "classify",
            "--group",
            "engine",
            "--max-length",
            "4",
            "--epochs",
            "1");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(run.out())
        .contains(
            "32 sequences of 4 rows (fine 21, worn 11; 32 are the last of a longer group) train");
    try (var loaded = Models.load(out)) {
      assertThat(loaded.inputShape().dims()).containsExactly(-1, 4, 2);
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "--task classify --group engine --horizon 1 | --horizon says nothing to --task classify",
        "--task classify | needs --group, or --window",
        "--task regress --group engine --class-weight balanced | --class-weight says nothing to",
        "--task classify --group state | --label and --group are the same column",
        "--task classify --group engine --features heat,state | column state is what is to be found",
        "--task classify --window 3 --per-step | --window and --per-step exclude each other",
        "--task classify --window 3 --max-length 3 | --window and --max-length exclude each other",
        "--task classify --group engine --per-step --class-weight fine=2 | exclude each other",
        "--task classify --group engine --class-weight fine | expected balanced, none or each class",
        "--task classify --group engine --class-weight fine=1,fine=2 | each class once",
        "--task classify --group engine --class-weight fine=-1 | a number greater than 0, got -1.0",
        "--task classify --group engine --max-length 0 | --max-length must be at least 1, got 0",
        "--task forecast --window 3 --horizon 1 --target heat | --label says nothing to --task fore",
        "--task guess --group engine | expected one of",
      })
  void wrongUsageIsRefused(String options, String message) {
    Cli run = train(engines, folder.resolve("none.keras"), options.split(" "));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).containsIgnoringCase(message.replace("expected one of", "--task"));
    assertThat(folder.resolve("none.keras")).doesNotExist();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "classify --group engine --label mood       | no column mood",
        "classify --group crew                      | no column crew",
        "regress --group engine                     | column state",
        "classify --group engine --class-weight a=2 | a weight is given for class a, and the train",
        "classify --group cycle                     | group 0 is 'fine' here and 'worn' above",
        "classify --group engine --val-split 0.01   | no whole group with a label among 0 validation",
      })
  void whatTheDataLacksIsSaid(String options, String message) {
    Cli run = train(engines, folder.resolve("none.keras"), ("--task " + options).split(" "));
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains(message).hasLineCount(1);
    assertThat(folder.resolve("none.keras")).doesNotExist();
  }

  @Test
  void aLabelThatWasNotLearntIsNamed() throws IOException {
    Path data = groups("new.csv", 4, 6, (g, t) -> g == 2 ? "broken" : "fine");
    Cli run = Cli.run("evaluate", "--model", model, "--data", data);
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains("column state: unknown label 'broken'; the rows that were trained on hold")
        .hasLineCount(1);
  }

  @Test
  void groupsWithoutALabelAreLeftOutAndItIsSaid() throws IOException {
    Path data = groups("gaps.csv", 12, 6, (g, t) -> g == 2 || t > 0 ? null : "fine");
    Cli run = Cli.run("evaluate", "--model", model, "--data", data);
    assertThat(run.out()).contains("11 sequences of").contains("; 1 without a label is left out)");
    // with one class only, what ranks classes says nothing
    assertThat(run.out()).containsPattern("ROC AUC of worn +- +-");
  }

  @ParameterizedTest
  @ValueSource(strings = {"fine", "e"})
  void oneClassIsNoneToTellApart(String kind) throws IOException {
    Path data = groups("one.csv", 12, 6, (g, t) -> kind.equals("e") ? kind + g : kind);
    Cli run = train(data, folder.resolve("none.keras"), "--task", "classify", "--group", "engine");
    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err())
        .contains(
            kind.equals("e")
                ? "training samples has a label of its own; numbers are learnt by the task regress"
                : "the training rows hold [fine]; to tell classes apart there must be two");
  }
}
