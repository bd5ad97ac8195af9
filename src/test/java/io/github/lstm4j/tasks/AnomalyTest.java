package io.github.lstm4j.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.tensor.Tensor;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Scores of rows by hand: two columns, windows of two rows, a gap in the middle. */
class AnomalyTest {
  private static Table table() {
    Map<String, double[]> columns = new LinkedHashMap<>();
    columns.put("hour", new double[] {0, 1, 2, 10, 20, 21});
    columns.put("a", new double[] {1, 2, 3, 4, 5, 6});
    columns.put("b", new double[] {0, 0, 0, 0, 0, 0});
    return Table.of(columns);
  }

  private static AnomalyTask task() {
    InputSetup inputs = InputSetup.of("a", "b").time("hour").scale(Normalizer.Kind.NONE);
    return AnomalySetup.of(2).inputs(inputs).fit(table(), new Range(0, 3));
  }

  /** A row's score is the mean over the windows that hold it; a row in none has no score. */
  @Test
  void aRowsScoreIsTheMeanOverItsWindows() {
    AnomalyTask task = task();
    Frame frame = task.inputs().encode(table());
    AnomalySamples samples = task.cut(frame, List.of(new Range(0, 6)));
    assertThat(samples.size()).isEqualTo(3); // rows 0-1, 1-2, 4-5
    Tensor outputs =
        Tensor.of(
            new float[] {
              1, 0, 4, 0, // row 1 is off by 2 in a
              2, 2, 3, 0, // row 1 is off by 2 in b
              5, 0, 6, 6, // row 5 is off by 6 in b
            },
            3,
            2,
            2);
    // squares: a 4 / 2 windows, b 4 / 2 windows; over 2 columns
    assertThat(samples.scores(outputs))
        .containsExactly(new double[] {0, 2, 0, 0, 18}, within(1e-9));
    assertThatThrownBy(() -> samples.results(outputs)).hasMessageContaining("has no threshold");
    AnomalyTask calibrated = samples.calibrated(x -> outputs);
    // between the fourth and the fifth of 0 0 0 2 18
    assertThat(calibrated.threshold()).isCloseTo(2 + 0.96 * 16, within(1e-9));
    Table results = calibrated.cutInputs(frame).results(outputs);
    assertThat(results.names()).containsExactly("row", "time", "score", "anomaly", "worst_column");
    assertThat(results.numbers("row")).containsExactly(1, 2, 3, 5, 6);
    assertThat(results.text("anomaly", 3) + results.text("anomaly", 4)).isEqualTo("falsetrue");
    assertThat(results.text("worst_column", 4)).isEqualTo("b");
    assertThat(Tasks.fromExtra(calibrated.toExtra()))
        .usingRecursiveComparison()
        .isEqualTo(calibrated);
  }

  /** One field at a time of what was stored is made wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window    | 0      | anomaly.window: expected a whole number from 1",
        "window    | 3      | are inputs (None, 3, 2), but the model's layer",
        "quantile  | 0      | anomaly.quantile: expected more than 0 and at most 1, got 0.0",
        "quantile  | null   | anomaly.quantile: expected a finite number, got null",
        "threshold | -1     | anomaly.threshold: expected a number that is not negative, got -1.0",
        "threshold | NaN    | anomaly.threshold: expected a finite number, got NaN",
        "label     | 3      | anomaly.label: expected a text, got 3",
        "label     | \"a\"  | anomaly.label: column a is among the inputs",
        "group     | []     | anomaly.group: expected a text, got []",
        "unheard   | 1      | anomaly: unknown fields [unheard]; known are",
      })
  void everyStoredFieldIsChecked(String path, String json, String message) throws Exception {
    StoredTasks.refused(task(), path, json, message);
  }

  @Test
  void onlyScoresAreMeasuredByAnotherColumn() {
    Task forecast = ForecastSetup.of("a").fit(table(), new Range(0, 6));
    assertThatThrownBy(() -> forecast.labelled("b"))
        .hasMessageContaining("column b cannot be the label");
  }
}
