package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import java.io.BufferedReader;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** train that is killed goes on from its checkpoint; what it writes is tried before it works. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TrainResumeTest {
  @TempDir static Path folder;
  private Path csv;

  @BeforeAll
  void data() throws IOException {
    csv = folder.resolve("waves.csv");
    StringBuilder s = new StringBuilder("hour,level,wind\n");
    for (int row = 0; row < 300; row++) {
      double level = 50 + 20 * Math.sin(row * 0.3);
      s.append(String.format(Locale.ROOT, "%d,%.4f,%.3f%n", row, level, Math.cos(row * 0.3)));
    }
    Files.writeString(csv, s);
  }

  private List<Object> args(Path out, Object... more) {
    List<Object> args =
        new ArrayList<>(
            List.of(
                "train",
                "--data",
                csv,
                "--target",
                "level",
                "--window",
                "6",
                "--horizon",
                "1",
                "--units",
                "6",
                "--batch",
                "16",
                "--learning-rate",
                "0.01",
                "--dropout",
                "0.1",
                "--patience",
                "1000",
                "--schedule",
                "plateau",
                "--decay",
                "0.7",
                "--decay-patience",
                "0",
                "--seed",
                "5",
                "--threads",
                "1",
                "--out",
                out));
    args.addAll(List.of(more));
    if (!args.contains("--epochs")) {
      args.addAll(List.of("--epochs", "1"));
    }
    return args;
  }

  private static Path checkpoint(Path out) {
    return out.resolveSibling(out.getFileName().toString().replace(".keras", ".checkpoint.keras"));
  }

  /**
   * The command line, two processes; the first gets a signal when the end of the fourth epoch is
   * told.
   */
  private static Cli ended(String signal, List<Object> args) throws Exception {
    List<String> words =
        new ArrayList<>(
            List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Launcher.class.getName()));
    args.forEach(a -> words.add(a.toString()));
    Process process = new ProcessBuilder(words).redirectErrorStream(true).start();
    ProcessHandle second = ProcessHandle.current();
    StringBuilder told = new StringBuilder();
    try (BufferedReader lines = process.inputReader(StandardCharsets.UTF_8)) {
      boolean sent = false;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        told.append(line).append('\n');
        if (!sent && line.startsWith("Epoch 4/")) {
          String pid = String.valueOf(process.pid());
          second = process.children().findFirst().orElseThrow();
          assertThat(new ProcessBuilder("kill", "-" + signal, pid).start().waitFor()).isZero();
          sent = true;
        }
      }
    }
    int code = process.waitFor();
    second.onExit().join(); // whatever became of the first
    return new Cli(code, told.toString(), "");
  }

  /** It goes on to what it would have come to, bit for bit. */
  @DisabledOnOs(OS.WINDOWS) // has other signals
  @ParameterizedTest
  @CsvSource({"KILL, 137", "TERM, 143", "INT, 130"})
  void killedAndResumed(String signal, int code) throws Exception {
    assumeFalse(
        signal.equals("INT") && interruptIsIgnored(),
        "SIGINT is ignored here, as under nohup or in a shell's background, and so by what is"
            + " started from here");
    Path out = Files.createDirectory(folder.resolve(signal)).resolve("x.keras");
    Path history = out.resolveSibling("x.csv");
    Cli ended = ended(signal, args(out, "--history", history, "--epochs", "100000"));
    assertThat(ended.code()).as(ended.out()).isEqualTo(code);
    assertThat(out).doesNotExist();
    if (!signal.equals("KILL")) {
      assertThat(ended.out())
          .containsPattern("Interrupted by SIG" + signal + " after epoch \\d+ of 100000; --resume");
    }
    Integer done = Models.load(checkpoint(out)).progress().epoch();
    assertThat(done).isGreaterThanOrEqualTo(3);
    Cli fewer = Cli.run(args(out, "--epochs", done - 1, "--resume").toArray());
    assertThat(fewer.code()).as(fewer.out()).isEqualTo(2);
    assertThat(fewer.err()).contains("--epochs " + (done - 1), "has " + done + " already");
    Object[] more = {"--epochs", done + 3, "--history"};
    Cli resumed = Cli.run(args(out, more[0], more[1], more[2], history, "--resume").toArray());
    assertThat(resumed.code()).as(resumed.err()).isZero();
    assertThat(resumed.out()).contains("after epoch " + done);
    assertThat(checkpoint(out)).doesNotExist();
    Path whole = Files.createDirectory(out.resolveSibling("whole")).resolve("x.keras");
    Path wholeHistory = whole.resolveSibling("x.csv");
    Cli uninterrupted = Cli.run(args(whole, more[0], more[1], more[2], wholeHistory).toArray());
    assertThat(validation(resumed)).isEqualTo(validation(uninterrupted));
    assertThat(history).hasSameTextualContentAs(wholeHistory);
    try (Model a = Models.load(out);
        Model b = Models.load(whole)) {
      assertThat(a.getWeights()).isEqualTo(b.getWeights());
      assertThat(a.iterations()).isEqualTo(b.iterations());
    }
  }

  private static boolean interruptIsIgnored() throws IOException {
    Path status = Path.of("/proc/self/status");
    if (!Files.exists(status)) {
      return false;
    }
    try (Stream<String> lines = Files.lines(status)) {
      return lines
          .filter(l -> l.startsWith("SigIgn:"))
          .map(l -> new BigInteger(l.substring(l.indexOf(':') + 1).strip(), 16))
          .anyMatch(mask -> mask.testBit(1)); // SIGINT is 2, and the mask begins with 1
    }
  }

  private static String validation(Cli run) {
    return run.out().lines().dropWhile(l -> !l.equals("Validation:")).limit(2).toList().toString();
  }

  /** Only the same options and data go on; a training is not begun over one that can go on. */
  @Test
  void anotherTrainingIsRefused() throws IOException {
    Path out = folder.resolve("other.keras");
    Path kept = folder.resolve("kept.keras");
    // a checkpoint is what is left when the model cannot be written in the end
    Cli begun = Cli.run(args(out, "--checkpoint", kept, "--epochs", "2").toArray());
    assertThat(begun.code()).isZero();
    assertThat(kept).doesNotExist();
    try (Model m = Models.load(out)) {
      m.save(kept);
    }
    Cli foreign = Cli.run(args(out, "--checkpoint", kept, "--resume").toArray());
    assertThat(foreign.code()).isEqualTo(1);
    assertThat(foreign.err()).contains("kept.keras", "checkpoint of train").hasLineCount(1);
    Cli over = Cli.run(args(out, "--checkpoint", kept).toArray());
    assertThat(over.code()).isEqualTo(2);
    assertThat(over.err()).contains("kept.keras", "--resume");
    Cli none = Cli.run(args(folder.resolve("n.keras"), "--epochs", "1", "--resume").toArray());
    assertThat(none.code()).isZero();
    assertThat(none.out()).contains("No checkpoint", "n.checkpoint.keras");
    Cli both = Cli.run(args(out, "--no-checkpoint", "--resume").toArray());
    assertThat(both.code()).isEqualTo(2);
  }

  @DisabledOnOs(OS.WINDOWS)
  @ParameterizedTest
  @ValueSource(
      strings = {
        "--units 7",
        "--batch 17",
        "--seed 6",
        "--window 7",
        "--horizon 2",
        "--dropout 0.2",
        "--patience 3",
        "--learning-rate 0.02",
        "--decay 0.5",
        "--decay-patience 1",
        "--min-learning-rate 0.001",
        "--optimizer rmsprop",
        "--clipnorm 1",
        "--loss mae",
        "--cell simple_rnn",
        "--bidirectional sum",
        "--recurrent-dropout 0.1",
        "--dense 3",
        "--interval 0.8",
        "--val-split 0.3",
        "--normalize minmax",
        "--missing drop",
        "--features level",
        "--target wind",
        "--time hour",
        "--data "
      })
  void eachOptionIsCompared(String option) throws Exception {
    Path out = folder.resolve("options.keras");
    Path kept = checkpoint(out);
    if (!Files.exists(kept)) {
      ended("KILL", args(out, "--epochs", "100000"));
    }
    byte[] before = Files.readAllBytes(kept);
    List<Object> args = args(out, "--resume");
    String[] words = option.split(" ", 2);
    if (words[1].isEmpty()) {
      Path other = folder.resolve("other.csv");
      Files.writeString(other, Files.readString(csv).replaceFirst("50.0000", "50.0001"));
      words[1] = other.toString();
    }
    int at = args.indexOf(words[0]);
    if (at >= 0) {
      args.set(at + 1, words[1]);
    } else {
      args.addAll(List.of(words));
    }
    Cli run = Cli.run(args.toArray());
    assertThat(run.code()).as(run.out()).isEqualTo(1);
    assertThat(run.err()).contains("options.checkpoint.keras", words[0] + ":").hasLineCount(1);
    assertThat(Files.readAllBytes(kept)).isEqualTo(before);
    assertThat(out).doesNotExist();
  }

  /** Before the first epoch, with the option's name, and nothing is changed. */
  @Test
  void outputsAreTried() throws IOException {
    Path out = folder.resolve("tried.keras");
    Path readOnly = folder.resolve("read-only.keras");
    Files.writeString(readOnly, "x");
    boolean asRoot = !readOnly.toFile().setWritable(false) || Files.isWritable(readOnly);
    Path link = Files.createSymbolicLink(folder.resolve("link.csv"), csv);
    Path hard = Files.createLink(folder.resolve("hard.csv"), csv);
    // where it leads to there is nothing yet
    Path ahead =
        Files.createSymbolicLink(folder.resolve("ahead.keras"), Path.of("deep", "..", "to.keras"));
    Files.createDirectory(folder.resolve("deep"));
    Path to = folder.resolve("to.keras");
    String data = Files.readString(csv);
    List<List<Object>> wrong =
        List.of(
            args(folder),
            args(folder.resolve("no/m.keras")),
            args(folder.resolve("m.h5")),
            args(csv),
            args(out, "--history", csv),
            args(out, "--history", link),
            args(out, "--history", hard),
            args(out, "--history", folder.resolve("./waves.csv")),
            args(out, "--history", folder),
            args(out, "--history", folder.resolve("no/h.csv")),
            args(out, "--history", out),
            args(out, "--checkpoint", out),
            args(ahead, "--checkpoint", to),
            args(to, "--checkpoint", ahead),
            args(to, "--history", ahead),
            args(out, "--checkpoint", folder.resolve("no/c.keras")),
            args(out, "--checkpoint", folder.resolve("c.h5")),
            args(out, "--history", checkpoint(out)),
            asRoot ? args(folder) : args(readOnly));
    for (List<Object> args : wrong) {
      Cli run = Cli.run(args.toArray());
      assertThat(run.code()).as(args + run.err()).isEqualTo(2);
      assertThat(run.out()).isEmpty();
      assertThat(run.err()).startsWith("error: --").hasLineCount(2);
    }
    assertThat(csv).hasContent(data);
    assertThat(out).doesNotExist();
  }

  /** A pipe is empty when the data's sum is taken; a training without a checkpoint needs none. */
  @DisabledOnOs(OS.WINDOWS)
  @Test
  void dataThatCanBeReadOnceHasNoCheckpoint() {
    List<Object> args = args(folder.resolve("once.keras"));
    args.set(args.indexOf(csv), "/dev/null");
    Cli run = Cli.run(args.toArray());
    assertThat(run.code()).as(run.out()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: --data: /dev/null").contains("--no-checkpoint");
    args.add("--no-checkpoint");
    assertThat(Cli.run(args.toArray()).err()).contains("/dev/null").contains("is empty");
  }

  /** A prediction does not write over what it reads. */
  @Test
  void predictKeepsItsInputs() throws IOException {
    Path model = folder.resolve("p.keras");
    assertThat(Cli.run(args(model, "--epochs", "1").toArray()).code()).isZero();
    String data = Files.readString(csv);
    for (Path output : List.of(csv, folder.resolve("no/f.csv"), folder)) {
      Object[] args = {"predict", "--model", model, "--input", csv, "--output", output};
      Cli run = Cli.run(args);
      assertThat(run.code()).as(run.err()).isEqualTo(2);
      assertThat(run.err()).hasLineCount(2);
    }
    assertThat(csv).hasContent(data);
  }
}
