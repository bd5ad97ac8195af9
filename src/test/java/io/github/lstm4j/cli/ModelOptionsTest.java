package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.optimizers.Optimizer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Which model is trained, by the options of train and by files of Keras. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ModelOptionsTest {
  private static final Path RECORDED = Path.of("src/test/resources/golden/model-json");

  @TempDir static Path folder;
  private Path csv;

  @BeforeAll
  void data() throws IOException {
    csv = folder.resolve("waves.csv");
    StringBuilder s = new StringBuilder("level,wind\n");
    for (int row = 0; row < 120; row++) {
      double level = 50 + 20 * Math.sin(row * 0.3);
      s.append(String.format(Locale.ROOT, "%.4f,%.3f%n", level, Math.cos(row * 0.3)));
    }
    Files.writeString(csv, s);
  }

  private Cli train(String out, String options) {
    List<Object> args = new ArrayList<>(List.of("train", "--data", csv, "--target", "level"));
    args.addAll(List.of("--seed", 5, "--threads", 1, "--out", folder.resolve(out)));
    if (!options.isEmpty()) {
      args.addAll(List.of(options.replace("@", RECORDED + "/").split(" ", -1)));
    }
    List.of("--window 6", "--horizon 1", "--epochs 2", "--batch 16").stream()
        .map(option -> option.split(" ", -1))
        .filter(option -> !args.contains(option[0]))
        .forEach(option -> args.addAll(List.of(option)));
    return Cli.run(args.toArray());
  }

  private static Model load(String name) throws IOException {
    return Models.load(folder.resolve(name));
  }

  private static List<String> classes(Model model) {
    return model.layers().stream().map(Layer::className).toList();
  }

  @Test
  void optionsAreLayersLossAndOptimizer() throws IOException {
    Cli run =
        train(
            "options.keras",
            "--units 5,4 --cell simple_rnn --bidirectional sum --dropout 0.1 --recurrent-dropout"
                + " 0.2 --dense 6,3 --activation tanh --loss huber --optimizer sgd --learning-rate"
                + " 0.05 --momentum 0.9 --clipvalue 0.5");
    assertThat(run.code()).as(run.err()).isZero();
    try (Model m = load("options.keras")) {
      assertThat(classes(m))
          .containsExactly(
              "Bidirectional",
              "Dropout",
              "Bidirectional",
              "Dropout",
              "Dense",
              "Dropout",
              "Dense",
              "Dropout",
              "Dense");
      String json = KerasModels.toJson(m);
      assertThat(json)
          .contains("\"class_name\":\"SimpleRNN\"", "\"merge_mode\":\"sum\"", "\"tanh\"")
          .contains("\"recurrent_dropout\":0.2");
      assertThat(m.loss()).isEqualTo(Loss.huber(1));
      assertThat(m.optimizer()).isEqualTo(Optimizer.sgd(0.05f, 0.9f, false).withClipvalue(0.5f));
    }
  }

  @Test
  void defaultsAreAsBefore() throws IOException {
    assertThat(train("plain.keras", "").code()).isZero();
    try (Model m = load("plain.keras")) {
      assertThat(classes(m)).containsExactly("LSTM", "Dense");
      assertThat(m.optimizer()).isEqualTo(Optimizer.adam(0.001f));
      assertThat(m.loss()).isEqualTo(Loss.meanSquaredError());
    }
    assertThat(train("decayed.keras", "--optimizer adamw --weight-decay 0.1").code()).isZero();
    try (Model m = load("decayed.keras")) {
      assertThat(m.optimizer()).isEqualTo(Optimizer.adamW(0.001f, 0.1f));
    }
    assertThat(train("both.keras", "--bidirectional").code()).isZero();
    try (Model m = load("both.keras")) {
      assertThat(KerasModels.toJson(m)).contains("\"merge_mode\":\"concat\"");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "exponential --decay 0.5          | 0.4 0.2 0.1 0.05",
        "cosine                           | 0.4 0.34142 0.2 0.05858",
        "cosine --warmup 1 --min-learning-rate 0.1 | 0.2 0.4 0.325 0.175",
        "plateau --decay 0.25 --decay-patience 0 --min-learning-rate 0.2 | 0.4 0.4 0.2 0.2",
        "constant                         | ''",
      })
  void schedules(String schedule, String rates) throws IOException {
    Path history = folder.resolve("history.csv");
    Cli run =
        train(
            "scheduled.keras",
            "--epochs 4 --units 2 --optimizer sgd --learning-rate 0.4 --loss mae --history "
                + history
                + " --clipnorm 1e-30 --schedule " // nothing is learnt, so all epochs are alike
                + schedule);
    assertThat(run.code()).as(run.err()).isZero();
    List<String> lines = Files.readAllLines(history);
    int column = List.of(lines.get(0).split(",", -1)).indexOf("learning_rate");
    List<String> got = new ArrayList<>();
    for (String line : lines.subList(1, column < 0 ? 1 : lines.size())) {
      double rate = Double.parseDouble(line.split(",", -1)[column]);
      got.add(String.valueOf(Math.round(rate * 1e5) / 1e5));
    }
    assertThat(String.join(" ", got)).isEqualTo(rates);
  }

  @Test
  void aFileOfKerasGivesTheModel() throws IOException {
    Cli run = train("config.keras", "--config @compiled.json");
    assertThat(run.code()).as(run.err()).isZero();
    try (Model m = load("config.keras")) {
      assertThat(m.name()).isEqualTo("stack");
      assertThat(classes(m)).containsExactly("LSTM", "SimpleRNN", "Dense", "Dense");
      assertThat(m.loss()).isEqualTo(Loss.huber(1));
      assertThat(m.optimizer().name()).isEqualTo("RMSprop");
    }
    for (String file : List.of("settings", "unbuilt")) {
      Cli given = train(file + ".keras", "--config @" + file + ".json --loss mae --optimizer sgd");
      assertThat(given.code()).as(given.err()).isZero();
      try (Model m = load(file + ".keras")) {
        assertThat(m.loss()).isEqualTo(Loss.meanAbsoluteError());
        assertThat(m.optimizer()).isEqualTo(Optimizer.sgd(0.01f));
      }
    }
    Cli evaluated = Cli.run("evaluate", "--model", folder.resolve("unbuilt.keras"), "--data", csv);
    assertThat(evaluated.code()).as(evaluated.err()).isZero();
  }

  @Test
  void aFileThatDoesNotFitIsRefused() throws IOException {
    Path broken = folder.resolve("broken.json");
    Files.writeString(broken, "{\"layers\": [");
    Path empty = folder.resolve("empty.json");
    Files.writeString(empty, "{\"layers\": []}");
    for (String[] wrong :
        new String[][] {
          {"--config @compiled.json --window 7", "readings takes (None, 6, 2)"},
          {"--config @compiled.json --features level", "readings takes (None, 6, 2)"},
          {"--config @compiled.json --horizon 1,2", "layer answer are (None, 1)"},
          {"--config @compiled.json --interval 0.8", "layer answer are (None, 1)"},
          {"--config " + empty, "sequential has no layers"},
          {"--config " + folder, folder + ": cannot be read ("},
          {"--config " + broken, "broken.json: the configuration"},
          {"--config " + folder.resolve("no.json"), "no.json"},
        }) {
      Cli run = train("misfit.keras", wrong[0]);
      assertThat(run.code()).as(wrong[0]).isEqualTo(1);
      assertThat(run.err()).contains(wrong[1]).hasLineCount(1);
      assertThat(run.out().isEmpty()).isEqualTo(wrong[0].startsWith("--config " + folder));
    }
  }

  /** Short sequences are masked whatever the file says, and probabilities must be some. */
  @Test
  void aFileOfKerasClassifiesSequences() throws IOException {
    Path groups = folder.resolve("groups.csv");
    StringBuilder s = new StringBuilder("id,level,wind,kind\n");
    for (int row = 0; row < 240; row++) {
      int group = row * 2 / 11; // of five or six rows
      s.append(group + "," + (group % 2 + row % 3) + "," + row % 5 + "," + "ab".charAt(group % 2));
      s.append('\n');
    }
    Files.writeString(groups, s);
    Path classifier = folder.resolve("classifier.json");
    String linear = Files.readString(RECORDED.resolve("unbuilt.json"));
    Files.writeString(classifier, linear.replace("\"linear\"", "\"sigmoid\""));
    Path out = folder.resolve("classes.keras");
    Object[] args = {
      "train",
      "--data",
      groups,
      "--task",
      "classify",
      "--label",
      "kind",
      "--group",
      "id",
      "--epochs",
      2,
      "--seed",
      1,
      "--out",
      out,
      "--config",
      classifier
    };
    Cli run = Cli.run(args);
    assertThat(run.code()).as(run.err()).isZero();
    try (Model m = Models.load(out)) {
      assertThat(classes(m)).containsExactly("Masking", "LSTM", "Dense");
      assertThat(m.name()).isEqualTo("sequential_1");
    }
    args[args.length - 1] = RECORDED.resolve("unbuilt.json");
    assertThat(Cli.run(args).err())
        .contains("dense_2: expected the activation sigmoid", "got linear")
        .hasLineCount(1);
    args[args.length - 1] = RECORDED.resolve("settings.json");
    assertThat(Cli.run(args).err()).contains("masking: the mask of short sequences");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "--config @compiled.json --units 3         | --units and --config exclude",
        "--config @settings.json --dropout 0       | --dropout and --config exclude",
        "--config @settings.json --dense 3         | --dense and --config exclude",
        "--config @settings.json --bidirectional   | --bidirectional and --config exclude",
        "--config @compiled.json --loss mse        | --loss and --config exclude",
        "--config @compiled.json --learning-rate 1 | --learning-rate and --config exclude",
        "--config @compiled.json --optimizer adam  | --optimizer and --config exclude",
        "--loss hinges                             | --loss: no loss is called 'hinges'",
        "--loss binary_crossentropy                | --loss binary_crossentropy does not fit",
        "--loss quantile                           | --loss quantile does not fit",
        "--loss mse --interval 0.8                 | --loss mse does not fit the task",
        "--interval 1                              | --interval must lie between 0 and 1",
        "--interval 0                              | --interval must lie between 0 and 1",
        "--interval NaN                            | expected a number such as 0.25",
        "--optimizer adamax2                       | --optimizer: no optimizer is called",
        "--momentum 0.5                            | --momentum needs --optimizer sgd or rmsprop",
        "--optimizer sgd --momentum 1.5            | --momentum must lie in [0, 1]",
        "--optimizer lamb --momentum 0.5           | --momentum needs --optimizer sgd or rmsprop",
        "--accumulate 0                            | --accumulate must be at least 1",
        "--optimizer adamw --weight-decay -1       | --weight-decay must be at least 0",
        "--clipnorm 1 --clipvalue 1                | --clipnorm and --clipvalue exclude",
        "--clipnorm 0                              | --clipnorm must be greater than 0",
        "--clipvalue -1                            | --clipvalue must be greater than 0",
        "--learning-rate 0                         | --learning-rate must be greater than 0",
        "--learning-rate Infinity                  | expected a number such as 0.25",
        "--decay 0.5                               | --decay needs --schedule exponential or plateau",
        "--schedule cosine --decay 0.5             | --decay needs --schedule exponential or plateau",
        "--schedule plateau --warmup 1             | --warmup needs --schedule cosine, got plateau",
        "--schedule cosine --warmup 2              | --warmup must lie in [0, --epochs 2), got 2",
        "--schedule exponential --decay 1          | --decay must lie in (0, 1), got 1.0",
        "--schedule plateau --decay-patience -1    | --decay-patience must be at least 0",
        "--decay-patience 3                        | --decay-patience needs --schedule plateau",
        "--min-learning-rate 0.1                   | --min-learning-rate needs --schedule cosine",
        "--schedule cosine --min-learning-rate 1   | --min-learning-rate must be at most",
        "--schedule steps                          | --schedule",
        "--cell lru                                | --cell",
        "--bidirectional max                       | --bidirectional",
        "--dense 3,0                               | --dense must be at least 1, got 0",
        "--recurrent-dropout 1                     | --recurrent-dropout must lie in [0, 1)",
        "--activation relu                         | --activation is of --dense",
        "--dense 3 --activation swash              | --activation: ",
      })
  void misuseIsRefused(String options, String words) {
    Cli run = train("wrong.keras", options);
    assertThat(run.code()).as(run.out()).isEqualTo(2);
    assertThat(run.err()).contains("error: ", words);
    assertThat(folder.resolve("wrong.keras")).doesNotExist();
  }

  /** Three outputs for each value, and how often the truth lies between the outer two. */
  @Test
  void intervals() throws IOException {
    String more = " --epochs 12 --units 8 --learning-rate 0.02 --horizon 1,2";
    for (String change : List.of("", " --change")) {
      Cli run = train("interval.keras", "--interval 0.8" + change + more);
      assertThat(run.code()).as(run.err()).isZero();
      assertThat(run.out()).containsPattern("level\\+1 +in the 80% interval .*%, width ");
      try (Model m = load("interval.keras")) {
        assertThat(m.outputShape().last()).isEqualTo(6);
        assertThat(m.loss()).isEqualTo(Loss.quantile(0.1f, 0.5f, 0.9f));
      }
      Path model = folder.resolve("interval.keras");
      Cli evaluated = Cli.run("evaluate", "--model", model, "--data", csv, "--last", "0.2");
      List<String> told = evaluated.out().lines().skip(1).toList();
      assertThat(told).hasSizeGreaterThan(4);
      assertThat(run.out().lines().toList()).containsSequence(told);
      Path out = folder.resolve("interval.csv");
      Cli predicted = Cli.run("predict", "--model", model, "--input", csv, "--output", out);
      assertThat(predicted.code()).as(predicted.err()).isZero();
      List<String> lines = Files.readAllLines(out);
      assertThat(lines.get(0)).endsWith("horizon,forecast,lower,upper,actual");
      for (String line : lines.subList(1, lines.size())) {
        String[] fields = line.split(",", -1);
        int n = fields.length;
        double forecast = Double.parseDouble(fields[n - 4]);
        assertThat(Double.parseDouble(fields[n - 3])).isLessThanOrEqualTo(forecast);
        assertThat(Double.parseDouble(fields[n - 2])).isGreaterThanOrEqualTo(forecast);
      }
    }
  }

  /** Neither the model nor a checkpoint of such a training is of use. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--loss poisson",
        "--loss poisson --patience 1",
        "--optimizer sgd --learning-rate 1e30 --val-split 0"
      })
  void aLossThatIsNoNumberIsAFailure(String options) {
    Cli run = train("nan.keras", options);
    assertThat(run.code()).as(run.out()).isEqualTo(1);
    assertThat(run.err()).contains("the loss became NaN or infinite").hasLineCount(1);
    assertThat(folder.resolve("nan.keras")).doesNotExist();
    assertThat(folder.resolve("nan.checkpoint.keras")).doesNotExist();
  }
}
