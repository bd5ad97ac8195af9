package io.github.lstm4j.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** A forecast from Java: rows 0, 2, 4, … and their squares, an hour missing before row 12. */
class ForecastTest {
  private static final int ROWS = 20;
  private static final Range TRAIN = new Range(0, 10);
  private static final int GAP = 12;

  private static Table table() {
    double[] hour = new double[ROWS];
    double[] twice = new double[ROWS];
    double[] square = new double[ROWS];
    Arrays.setAll(hour, r -> 3600 * (r < GAP ? r : r + 1));
    Arrays.setAll(twice, r -> 2 * r);
    Arrays.setAll(square, r -> r * r);
    return Table.of(Map.of("hour", hour, "twice", twice, "square", square));
  }

  private static ForecastSetup setup() {
    return ForecastSetup.of("square")
        .inputs(InputSetup.of("square", "twice").time("hour"))
        .window(3)
        .horizons(1, 2);
  }

  /** The targets, brought back to the table's unit, are the rows that they name. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void targetsAreTheRowsAhead(boolean change) {
    ForecastTask task = setup().change(change).fit(table(), TRAIN);
    assertThat(task.outputNames()).containsExactly("square+1", "square+2");
    assertThat(task.inputs().timeStep()).isEqualTo(3600);
    Frame frame = task.inputs().encode(table());
    ForecastSamples cut = task.cut(frame, List.of(new Range(0, ROWS)));
    Tensor y = cut.targets(IntStream.range(0, cut.size()).toArray());
    double[] targets = cut.forecasts(y);
    assertThat(targets).containsExactly(cut.actual(), offset(1e-4));
    assertThat(cut.size()).isEqualTo((GAP - 4) + (ROWS - GAP - 4));
    for (int n = 0; n < cut.size(); n++) {
      int row = cut.lastRow(n);
      assertThat(row + 2 < GAP || (row - 2 >= GAP && row + 2 < ROWS)).as("row %d", row).isTrue();
      for (int h = 1; h <= 2; h++) {
        double ahead = (row + h) * (row + h);
        assertThat(targets[2 * n + h - 1]).isBetween(ahead - 1e-4, ahead + 1e-4);
      }
    }
    // a model that is one off in the first output of every window
    Tensor off = Tensor.of(y.data().clone(), y.shape());
    for (int n = 0; n < cut.size(); n++) {
      off.data()[2 * n] += (float) (1 / task.targets().common().columns().get(0).scale());
    }
    ForecastErrors errors = cut.errors(off);
    assertThat(errors.rmse().get(0)).isBetween(1 - 1e-4, 1 + 1e-4);
    assertThat(errors.mae().get(1)).isLessThan(1e-5);
  }

  /** Ends of intervals are those of the quantiles, also where a model has them crossed. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void intervalsAreTheQuantiles(boolean change) {
    ForecastTask task = setup().change(change).interval(0.8).fit(table(), TRAIN);
    assertThat(Tasks.fromExtra(task.toExtra())).usingRecursiveComparison().isEqualTo(task);
    assertThat(task.outputShape()).isEqualTo(Shape.of(6));
    assertThat(task.head().loss()).isEqualTo(Loss.quantile(0.1f, 0.5f, 0.9f));
    ForecastSamples cut = task.cut(task.inputs().encode(table()), List.of(new Range(0, ROWS)));
    Tensor y = cut.targets(IntStream.range(0, cut.size()).toArray());
    float one = (float) (1 / task.targets().common().columns().get(0).scale());
    Tensor outputs = Tensor.zeros(cut.size(), 6);
    for (int i = 0; i < y.size(); i++) { // crossed in every second sample
      float sign = i / 2 % 2 == 0 ? 1 : -1;
      outputs.data()[3 * i] = y.data()[i] - sign * one;
      outputs.data()[3 * i + 1] = y.data()[i];
      outputs.data()[3 * i + 2] = y.data()[i] + sign * 3 * one;
    }
    assertThat(cut.forecasts(outputs)).containsExactly(cut.actual(), offset(1e-3));
    for (int i = 0; i < y.size(); i++) {
      double truth = cut.actual()[i];
      boolean crossed = i / 2 % 2 == 1;
      assertThat(cut.lower(outputs)[i]).isCloseTo(truth - (crossed ? 3 : 1), within(1e-3));
      assertThat(cut.upper(outputs)[i]).isCloseTo(truth + (crossed ? 1 : 3), within(1e-3));
    }
    assertThat(cut.intervalErrors(outputs).coverage()).containsExactly(1.0, 1.0);
    assertThat(cut.intervalErrors(outputs).width().get(1)).isCloseTo(4, within(1e-3));
    assertThat(cut.errorsText(outputs)).contains("in the 80% interval 100.0%, width 4.000");
    ForecastSamples without = setup().fit(table(), TRAIN).cutInputs(task.inputs().encode(table()));
    assertThat(without.lower(outputs)).isNull();
    assertThat(without.upper(outputs)).isNull();
  }

  /** Windows without targets reach to the end of each stretch. */
  @Test
  void inputsReachTheLastRow() {
    ForecastTask task = setup().fit(table(), TRAIN);
    ForecastSamples cut = task.cutInputs(task.inputs().encode(table()));
    assertThat(cut.size()).isEqualTo((GAP - 2) + (ROWS - GAP - 2));
    assertThat(cut.lastRow(cut.size() - 1)).isEqualTo(ROWS - 1);
    assertThat(cut.source().samples()).isEqualTo(cut.size());
    double[] actual = cut.actual();
    assertThat(Double.isNaN(actual[actual.length - 1])).isTrue(); // not known yet
    assertThat(Double.isNaN(actual[0])).isFalse();
  }

  /** Scales come from the training rows, whatever the others hold. */
  @Test
  void learnsFromTheTrainingRowsOnly() {
    double[] twice = new double[ROWS];
    Arrays.setAll(twice, r -> 2 * r);
    double[] shocked = twice.clone();
    Arrays.fill(shocked, TRAIN.to(), ROWS, 1e6);
    ForecastSetup setup =
        ForecastSetup.of("v")
            .inputs(InputSetup.all().scale(Normalizer.Kind.MIN_MAX))
            .window(2)
            .horizons(1);
    ForecastTask calm = setup.fit(Table.of(Map.of("v", twice)), TRAIN);
    assertThat(setup.fit(Table.of(Map.of("v", shocked)), TRAIN))
        .usingRecursiveComparison()
        .isEqualTo(calm);
    assertThat(calm.inputs().features().names())
        .containsExactly("v"); // all columns, if none are named
  }

  /** What a model's file holds is the task again; a damaged one is refused. */
  @Test
  void isStoredBesideTheModel() {
    ForecastTask task = setup().change(true).fit(table(), TRAIN);
    assertThat(Tasks.fromExtra(task.toExtra())).usingRecursiveComparison().isEqualTo(task);
    assertThat(Tasks.fromExtra(Map.of())).isNull();
    assertThatThrownBy(() -> Tasks.fromExtra(Map.of("forecast", List.of(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessage("forecast: expected fields, got [1]");
  }

  /** One field at a time of what was stored is made wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "window                    | -1          | forecast.window: expected a whole number from 1",
        "window                    | 2.5         | forecast.window: expected a whole number from 1",
        "window                    | 4294967299  | forecast.window: expected a whole number from 1",
        "window                    | 2147483647  | forecast.window: expected a whole number from 1",
        "window                    | \"3\"       | forecast.window: expected a whole number from 1",
        "window                    | null        | forecast.window: expected a whole number from 1",
        "window                    | 5           | inputs (None, 5, 2), but the model's layer input_layer takes (None, 3, 2)",
        "horizons                  | []          | forecast.horizons: expected a list that is not empty",
        "horizons                  | 3           | forecast.horizons: expected a list that is not empty",
        "horizons                  | [1, 0]      | forecast.horizons[1]: expected a whole number from 1",
        "horizons                  | [1, null]   | forecast.horizons[1]: expected a whole number from 1",
        "horizons                  | [1]         | are outputs (None, 1), but those of the model's layer dense are (None, 2)",
        "interval                  | 1.5         | forecast.interval: expected a probability between 0",
        "interval                  | 0           | forecast.interval: expected a probability between 0",
        "interval                  | \"0.8\"    | forecast.interval: expected a finite number",
        "interval                  | 0.8         | 2 horizons of 1 targets, each with its interval are",
        "change                    | 1           | forecast.change: expected true or false, got 1",
        "change                    | null        | forecast.change: expected true or false, got null",
        "time                      | 7           | forecast.time: expected a text, got 7",
        "time_step                 | NaN         | forecast.time_step: expected a finite number, got NaN",
        "time_step                 | null        | forecast.time_step: expected a finite number",
        "unheard                   | 1           | forecast: unknown fields [unheard]; known are",
        "features                  | {}          | forecast.features.features: expected a list",
        "features/features         | []          | forecast.features.features: expected a list",
        "features/features/0       | []          | forecast.features.features[0]: expected fields, got []",
        "features/features/0/column | null       | forecast.features.features[0].column: expected a text",
        "features/features/0/column | \"other\"  | forecast.inputs: expected the scales of [other, twice]",
        "features/features/0/missing | \"never\" | features[0].missing: expected one of [fail, drop_row,",
        "features/features/0/categories | [1]    | features[0].categories[0]: expected a text, got 1",
        "features/features/0/categories | [\"a\", \"b\"] | forecast.inputs: expected the scales of",
        "inputs                    | null        | forecast.inputs: expected fields, got null",
        "inputs/columns/1          | null        | forecast.inputs.columns[1]: expected fields, got null",
        "inputs/columns/1/scale    | 0           | columns[1].scale: expected a number other than 0, got 0",
        "inputs/columns/1/scale    | NaN         | columns[1].scale: expected a finite number, got NaN",
        "inputs/columns/1/shift    | Infinity    | columns[1].shift: expected a finite number",
        "inputs/columns/1/name     | \"\\u001b[2J\" | got those of [square, \\u001b[2J]",
        "inputs/groups             | {\"a\": 1}  | forecast.inputs.groups.a: expected fields, got 1",
        "inputs/groups             | [1]         | forecast.inputs.groups: expected",
        "targets/groups            | {\"a\": {\"columns\": [{\"name\": \"x\", \"shift\": 0, \"scale\": 1}]}} | forecast.targets.groups: group a: expected the scales of [square]",
        "targets/groups            | {\"a\": {\"columns\": [{\"name\": \"square\", \"shift\": 0, \"scale\": 1}]}} | forecast.targets.groups: expected the groups that the inputs",
        "targets/columns           | []          | forecast.targets.columns: expected a list",
        "targets/columns/0/name    | \"other\"   | forecast.targets: expected some, which are features",
      })
  void everyStoredFieldIsChecked(String path, String json, String message) throws Exception {
    StoredTasks.refused(setup().change(true).fit(table(), TRAIN), path, json, message);
  }
}
