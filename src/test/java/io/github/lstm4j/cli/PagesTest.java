package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The pages of train, evaluate and inspect. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class PagesTest {
  @TempDir static Path folder;
  private Path csv;
  private Path model;
  private Cli trained;

  @BeforeAll
  void train() throws IOException {
    csv = folder.resolve("hours.csv");
    model = folder.resolve("hours.keras");
    StringBuilder rows = new StringBuilder("time,<b>load</b>,wind\n");
    for (int i = 0; i < 24 * 20; i++) {
      rows.append(
          String.format(
              Locale.ROOT,
              "2023-03-%02d %02d:00,%.3f,%d%n",
              1 + i / 24,
              i % 24,
              10 + 5 * Math.sin(i * Math.PI / 12),
              i * 7 % 5));
    }
    Files.writeString(csv, rows);
    trained =
        Cli.run(
            "train",
            "--data",
            csv,
            "--target",
            "<b>load</b>",
            "--time",
            "time",
            "--window",
            "6",
            "--horizon",
            "1,24",
            "--units",
            "3",
            "--epochs",
            "2",
            "--seed",
            "1",
            "--out",
            model,
            "--report",
            folder.resolve("train.html"));
  }

  private static String page(String name) throws IOException {
    String html = Files.readString(folder.resolve(name));
    assertThat(html.substring(0, html.indexOf("<script>")))
        .doesNotContain("<b>load", "<link", " src=", "http://", "https://", "NaN", "Infinity");
    return html;
  }

  private static List<String> sections(String html) {
    return Pattern.compile("<h2>([^<]*)</h2>")
        .matcher(html)
        .results()
        .map(m -> m.group(1))
        .toList();
  }

  @Test
  void trainReports() throws IOException {
    assertThat(trained.code()).as(trained.err()).isZero();
    assertThat(trained.out()).contains("Wrote " + folder.resolve("train.html"));
    String html = page("train.html");
    assertThat(sections(html))
        .containsExactly(
            "Error by horizon",
            "Forecast and truth over time",
            "Predicted against actual",
            "Residuals",
            "Residuals by hour, weekday and month",
            "Training",
            "The data",
            "The model",
            "The run");
    assertThat(html)
        .contains("&lt;b&gt;load&lt;/b&gt;+24", "persistence", "seasonal naive", "kept: epoch 2")
        .contains("2023-03-01 00:00", "2023-03-20 23:00", Runtime.version().toString());
  }

  @Test
  void evaluateReports() throws IOException {
    Path out = folder.resolve("evaluate.html");
    Cli run = Cli.run("evaluate", "--model", model, "--data", csv, "--report", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(sections(page("evaluate.html"))).contains("Residuals").doesNotContain("Training");
    // what the page says is what is printed
    String rmse =
        run.out().lines().filter(l -> l.contains("load</b>+24")).findFirst().orElseThrow();
    assertThat(page("evaluate.html")).contains("<td>" + rmse.strip().split(" +", -1)[2] + "</td>");
  }

  @Test
  void aPageIsNotWrittenOverTheData() {
    for (Path wrong : List.of(csv, folder.resolve("page.txt"), folder.resolve("no/page.html"))) {
      Cli run = Cli.run("evaluate", "--model", model, "--data", csv, "--report", wrong);
      assertThat(run.code()).as("%s", wrong).isEqualTo(2);
      assertThat(run.err()).contains("--report");
    }
    Cli same = Cli.run("inspect", model, "--input", csv, "--out", folder.resolve("a.txt"));
    assertThat(same.code()).isEqualTo(2);
  }

  @Test
  void inspectDrawsASample() throws IOException {
    Path out = folder.resolve("inspect.html");
    Path values = folder.resolve("inspect.npz");
    Cli run = Cli.run("inspect", model, "--input", csv, "--out", out, "--values", values);
    assertThat(run.code()).as(run.err()).isZero();
    String html = page("inspect.html");
    assertThat(sections(html))
        .containsExactly(
            "What goes in, and what comes out",
            "What the answer hangs on",
            "Layer lstm",
            "The model");
    assertThat(html).contains("Sample 475 of 475 of hours.csv, which ends at row 480");
    assertThat(html.split("class=\"heat\"", -1)).hasSize(1 + 1 + 2 + 6);
    Map<String, Tensor> arrays = Npz.read(values);
    assertThat(arrays.keySet())
        .containsExactlyInAnyOrder(
            "x",
            "output",
            "saliency.<b>load</b>+1",
            "saliency.<b>load</b>+24",
            "lstm.i",
            "lstm.f",
            "lstm.g",
            "lstm.o",
            "lstm.c",
            "lstm.h");
    assertThat(arrays.get("lstm.c").shape().dims()).containsExactly(6, 3);
    assertThat(arrays.get("saliency.<b>load</b>+1").shape().dims()).containsExactly(6, 2);
  }

  @Test
  void inspectTakesTheSampleThatIsAskedFor() throws IOException {
    Path values = folder.resolve("first.csv");
    Cli run =
        Cli.run(
            "inspect",
            model,
            "--input",
            csv,
            "--sample",
            1,
            "--outputs",
            0,
            "--out",
            folder.resolve("first.html"),
            "--values",
            values);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(page("first.html")).contains("Sample 1 of 475", "which ends at row 6");
    List<String> lines = Files.readAllLines(values);
    assertThat(lines.get(0)).isEqualTo("what,timestep,number,value");
    assertThat(lines).hasSize(1 + 6 * 2 + 2 + 6 * 6 * 3);
    for (String wrong : List.of("476", "0")) {
      Cli refused = Cli.run("inspect", model, "--input", csv, "--sample", wrong);
      assertThat(refused.code()).isNotZero();
      assertThat(refused.err()).contains("--sample");
    }
  }

  /** Arrays, both directions, and a batch that is fixed. */
  @Test
  void inspectTakesArrays() throws IOException {
    Path file = folder.resolve("stateful.keras");
    Path x = folder.resolve("x.npy");
    Npy.write(x, Tensor.zeros(5, 4, 2));
    try (Sequential made =
        new Sequential(
            Input.batch(3, 4, 2),
            new Bidirectional(new LSTM(2).stateful(true).name("lstm")).name("both"),
            new Dense(1))) {
      made.save(file);
    }
    Path out = folder.resolve("stateful.html");
    Cli run = Cli.run("inspect", file, "--input", x, "--sample", 2, "--out", out);
    assertThat(run.code()).as(run.err()).isZero();
    assertThat(sections(page("stateful.html")))
        .contains("Layer forward_lstm", "Layer backward_lstm");
    assertThat(Cli.run("inspect", file, "--input", x, "--sort", "--out", out).err())
        .startsWith("error: --sort is about a .csv file's rows");
    Npy.write(x, Tensor.zeros(5, 4, 3));
    Cli wrong = Cli.run("inspect", file, "--input", x, "--out", out);
    assertThat(wrong.code()).isEqualTo(1);
    assertThat(wrong.err()).hasLineCount(1).contains("expected");
  }
}
