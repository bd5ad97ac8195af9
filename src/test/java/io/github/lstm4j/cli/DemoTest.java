package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.demo.BeijingPm25;
import io.github.lstm4j.demo.BeijingPm25.Form;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tasks.ForecastSamples;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** The demo with one epoch: what it prints and writes. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class DemoTest {
  @TempDir static Path folder;
  private Cli run;

  @BeforeAll
  void oneEpoch() {
    run = Cli.run("demo", "--backend", "cpu", "--epochs", 1, "--output", folder.resolve("demo"));
  }

  private static Path file(String name) {
    return folder.resolve("demo").resolve(name);
  }

  @Test
  void printsTheQuestionsNumbers() {
    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("Backend: ")
        .contains("Total params: 12.0\nTrainable params: 12\nNon-trainable params: 0.0\n")
        .contains("Total params: 16.0\nTrainable params: 16\nNon-trainable params: 0.0\n")
        .contains("kernel_c (1, 1), bias_c (1,)")
        .contains("kernel_c (2, 1), bias_c (1,)")
        .contains("22.149       61.585       98.446")
        .contains("predictions differ by at most 0.0e+00");
  }

  @Test
  void resultHasItsSchema() throws IOException {
    JsonNode result = new ObjectMapper().readTree(file("result.json").toFile());
    for (String key : List.of("test_rmse", "test_mae", "persistence_rmse", "persistence_mae")) {
      assertThat(result.get(key)).as(key).hasSize(3).allMatch(JsonNode::isDouble);
    }
    assertThat(result.get("persistence_rmse").get(1).asDouble()).isBetween(61.5845, 61.5855);
    assertThat(result.get("epochs").isInt()).isTrue();
    assertThat(result.get("epochs").asInt()).isEqualTo(1);
    assertThat(result.get("seconds").asDouble())
        .isGreaterThan(result.get("epoch_seconds").asDouble());
    assertThat(result.get("params").asInt()).isEqualTo(4 * 64 * (11 + 64 + 1) + 64 * 3 + 3);
    assertThat(result.get("backend").asText()).isEqualTo("cpu");
  }

  @Test
  void historyHasALineForTheEpoch() throws IOException {
    List<String> lines = Files.readAllLines(file("history.csv"));
    assertThat(lines.get(0)).isEqualTo("epoch,loss,val_loss");
    assertThat(lines).hasSize(2);
  }

  @Test
  void reportStandsAloneAndCanBeReadAloud() throws Exception {
    String html = Files.readString(file("report.html"));
    assertThat(html)
        .doesNotContain("<link", "<img", "@import", "url(", "http://", "https://", " src=")
        .contains("prefers-color-scheme: dark", "lang=\"en\"", "kernel_c", "(11, 64)");
    // each chart is one well-formed element with a role, a title and a description
    List<String> charts = new ArrayList<>();
    Pattern.compile("<svg.*?</svg>", Pattern.DOTALL)
        .matcher(html)
        .results()
        .forEach(m -> charts.add(m.group()));
    // errors, losses, three of the month, three over time, three scattered, residuals over time,
    // their
    // histograms, by hour, weekday and month
    assertThat(charts).hasSize(1 + 1 + 3 + 3 + 3 + 3 + 3 + 9);
    for (String chart : charts) {
      var svg =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(chart.getBytes(StandardCharsets.UTF_8)))
              .getDocumentElement();
      assertThat(svg.getAttribute("role")).isEqualTo("img");
      for (String id : svg.getAttribute("aria-labelledby").split(" ", -1)) {
        assertThat(html.split("id=\"" + id + "\"", -1)).as(id).hasSize(2);
      }
      assertThat(chart).doesNotContain("NaN", "Infinity");
    }
  }

  /** What the model's file says about columns, scales and windows gives the demo's own inputs. */
  @Test
  void theStoredTaskRebuildsTheWindows() throws IOException {
    try (var model = Models.load(file("model.keras"))) {
      ForecastTask task =
          (ForecastTask) Tasks.of(Models.load(file("model.keras")), file("model.keras"));
      Table table = BeijingPm25.table();
      Frame frame = task.inputs().encode(table);
      double[] year = table.numbers("year");
      int from = 0;
      while (year[from] < 2014) {
        from++;
      }
      ForecastSamples cut = task.cut(frame, List.of(new Range(from, frame.rows())));
      BeijingPm25.Part test = BeijingPm25.load().test();
      Tensor predicted = model.predict(cut.source(), 128);
      assertThat(predicted).isEqualTo(model.predict(test.samples(Form.CHANGE).x(), 128));
      double[] expected = test.concentrations(predicted, Form.CHANGE);
      double[] actual = cut.forecasts(predicted);
      for (int i = 0; i < expected.length; i++) {
        assertThat(actual[i]).isBetween(expected[i] - 1e-4, expected[i] + 1e-4);
      }
    }
  }
}
