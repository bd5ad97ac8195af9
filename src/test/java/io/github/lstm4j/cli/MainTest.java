package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The commands without files, and what all have in common. */
class MainTest {

  @ParameterizedTest
  @ValueSource(
      strings = {"demo", "explain", "summary", "train", "evaluate", "predict", "doctor", "bench"})
  void everyCommandHasHelp(String command) {
    Cli run = Cli.run(command, "--help");
    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("Usage: lstm4j " + command);
    assertThat(run.out().lines()).allMatch(line -> line.length() <= 80);
    assertThat(run.out()).containsPattern("Exit codes:\\R +0 +Done");
    assertThat(run.err()).isEmpty();
  }

  @Test
  void helpAndVersion() {
    assertThat(Cli.run("--help").out()).contains("demo", "explain", "example", "bench");
    assertThat(Cli.run("--version").out()).startsWith("lstm4j ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"nosuch", "--nosuch", "train", "summary", "demo --nosuch", "demo extra"})
  void wrongUsage(String line) {
    Cli run = Cli.run((Object[]) line.split(" ", -1));
    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("error: ").contains("see: lstm4j").hasLineCount(2);
    assertThat(run.out()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          trian                                        | did you mean 'train'?
          train --epoch 3                              | did you mean '--epochs'?
          train --learning_rate=0.1                    | did you mean '--learning-rate'?
          predict --ouput x.csv                        | did you mean '--output'?
          bench --threads 100000                      | --threads must be at most
          bench --threads 0                           | --threads must be at least 1, got 0
          bench --device -1                           | --device must be at least 0, got -1
          bench --threads 2e9                         | --threads must be at most
          bench --threads 1e10                        | expected a number from -2147483648 to
          bench --threads 1e999999999                 | expected a whole number such as 24
          bench --threads 2.5                         | expected a whole number such as 24, got 2.5
          bench --shapes s,X                           | one of s, m, l, seq1, step1, got 'X'
          train --calendar Hour,moth                   | got 'moth'; did you mean 'month'?
          train --cell lstn                            | did you mean 'lstm'?
          bench --threads two                         | expected a whole number such as 24, got 'two'
          bench --seconds fast                         | expected a number such as 0.25, got 'fast'
          bench --device 1                            | --device needs --backend cuda, got auto
          demo --backend cpu --math tf32               | --math needs --backend cuda, got cpu
          bench --no-graph                             | --no-graph needs --backend cuda
          demo --no-persistent                         | --no-persistent needs --backend cuda, got auto
          bench --backend cuda --threads 2             | --threads and --backend cuda exclude
          plan no.keras --batch 2e9                    | --batch must be at most 1048576, got 2000000000
          """)
  void whatIsWrongIsSaidAtOnce(String line, String said) {
    Cli run = Cli.run((Object[]) line.split(" ", -1));
    assertThat(run.err()).startsWith("error: ").contains(said).hasLineCount(2);
    assertThat(run.code()).isEqualTo(2);
  }

  @ParameterizedTest
  @CsvSource({
    "--window 2e9, --window must be at most 1048576",
    "--batch 2000000000, all samples of a batch are in memory at once",
    "'--units 64,1e9', --units must be at most 16384",
    "--dense 1e9, --dense must be at most 1048576",
    "'--horizon 1,6,1', horizons (--horizon): has 1 twice",
    "--epochs 2e9, --epochs must be at most 1000000",
    "'--horizon 1,2e9', --horizon must be at most 1048576",
    "--threads 100000, processors",
    "'--devices 0,1', --devices needs --backend cuda",
    "'--backend cuda --device 0 --devices 0,1', --devices and --device exclude each other",
    "'--backend cuda --devices 1,0,1', --devices has 1 twice",
    "'--backend cuda --devices 0,-1', '--devices: numbers count from 0, got -1'",
    "'--backend cuda --devices 0,one', expected a whole number such as 24",
  })
  void aTrainingThatCannotBeIsRefusedBeforeAnythingIsRead(String given, String said) {
    String line = "train --data no.csv --target a --out m.keras " + given;
    for (String option : new String[] {"--window 3", "--horizon 1"}) {
      line += given.startsWith(option.substring(0, 8)) ? "" : " " + option;
    }
    Cli run = Cli.run((Object[]) line.split(" ", -1));
    assertThat(run.err()).contains(said).doesNotContain("no such file").hasLineCount(2);
    assertThat(run.code()).isEqualTo(2);
  }

  /** A full disk, or a reader that went, behind standard output. */
  @ParameterizedTest
  @ValueSource(strings = {"--help", "explain", "doctor"})
  void anOutputThatIsNotTakenIsAFailure(String command) {
    OutputStream full =
        new OutputStream() {
          @Override
          public void write(int b) throws IOException {
            throw new IOException("No space left on device");
          }
        };
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    PrintStream to = new PrintStream(err, true, StandardCharsets.UTF_8);
    int code = Main.run(new PrintStream(full, true, StandardCharsets.UTF_8), to, command);
    assertThat(code).isEqualTo(1);
    assertThat(err.toString(StandardCharsets.UTF_8)).contains("standard output").hasLineCount(1);
  }

  @Test
  void memoryThatIsMissingNamesItsCause() {
    OutOfMemoryError error = new OutOfMemoryError("Java heap space");
    error.setStackTrace(
        new StackTraceElement[] {
          new StackTraceElement("java.util.Arrays", "copyOf", null, 1),
          new StackTraceElement("io.github.lstm4j.data.Table", "rows", null, 1),
          new StackTraceElement("io.github.lstm4j.cli.TrainCommand", "call", null, 1)
        });
    assertThat(MemoryCause.text(error))
        .startsWith("not enough memory for the table; read fewer columns with --features")
        .endsWith("iB with -Xmx");
    error.setStackTrace(new StackTraceElement[0]);
    assertThat(MemoryCause.text(error)).contains("make --batch, --window or --units smaller");
  }

  @Test
  void doctor() {
    Cli run = Cli.run("doctor");
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("Java             " + Runtime.version())
        .contains("Matrix product   CPU")
        .contains("GPU  ");
  }

  @Test
  void benchDrawsHowItScales(@TempDir Path folder) throws IOException {
    Path page = folder.resolve("page.html");
    Cli run = Cli.run("bench", "--plot", page, "--limit", "0.1", "--threads", "1");
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(java.nio.file.Files.readString(page))
        .contains("Time by batch", "Time by units", "Time by timesteps", "Time by threads")
        .contains("data-kind=\"powers\"", "Memory of a training step by timesteps");
    Cli both = Cli.run("bench", "--plot", page, "--shapes", "S");
    assertThat(both.code()).isEqualTo(2);
    assertThat(both.err()).contains("--shapes and --plot exclude each other");
    assertThat(Cli.run("bench", "--limit", "3").err()).contains("--limit needs --plot");
  }

  @Test
  void bench(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("bench.json");
    Cli run =
        Cli.run(
            "bench", "--shapes", "S,STEP1", "--seconds", "0.01", "--threads", "1", "--out", file);
    assertThat(run.code()).as(run.err()).isZero();
    JsonNode results = new ObjectMapper().readTree(file.toFile()).get("results");
    assertThat(results).hasSize(3); // S forward, S train, STEP1 forward
    assertThat(results).allSatisfy(r -> assertThat(r.get("median_ms").asDouble()).isGreaterThan(0));
    assertThat(Cli.run("bench", "--shapes", "XL").code()).isEqualTo(2);
    assertThat(folder).isDirectoryNotContaining("glob:**.tmp");
  }
}
