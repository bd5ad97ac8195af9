package io.github.lstm4j.forecast;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
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
        .features("square", "twice")
        .window(3)
        .horizons(1, 2)
        .time("hour");
  }

  /** The targets, brought back to the table's unit, are the rows that they name. */
  @ParameterizedTest
  @ValueSource(booleans = {false, true})
  void targetsAreTheRowsAhead(boolean change) {
    ForecastTask task = setup().change(change).fit(table(), TRAIN);
    assertThat(task.outputNames()).containsExactly("square+1", "square+2");
    assertThat(task.timeStep()).isEqualTo(3600);
    Frame frame = task.features().encode(table());
    ForecastTask.Cut cut = task.cut(frame, new Range(0, ROWS));
    double[] targets = task.invert(cut.y(), cut);
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
    Tensor off = Tensor.of(cut.y().data().clone(), cut.y().shape());
    for (int n = 0; n < cut.size(); n++) {
      off.data()[2 * n] += (float) (1 / task.targets().columns().get(0).scale());
    }
    ForecastErrors errors = task.errors(off, cut);
    assertThat(errors.rmse().get(0)).isBetween(1 - 1e-4, 1 + 1e-4);
    assertThat(errors.mae().get(1)).isZero();
  }

  /** Windows without targets reach to the end of each stretch. */
  @Test
  void inputsReachTheLastRow() {
    ForecastTask task = setup().fit(table(), TRAIN);
    ForecastTask.Cut cut = task.cutInputs(task.features().encode(table()));
    assertThat(cut.size()).isEqualTo((GAP - 2) + (ROWS - GAP - 2));
    assertThat(cut.lastRow(cut.size() - 1)).isEqualTo(ROWS - 1);
    assertThat(cut.x().shape().dims()).containsExactly(cut.size(), 3, 2);
  }

  /** Scales come from the training rows, whatever the others hold. */
  @Test
  void learnsFromTheTrainingRowsOnly() {
    double[] twice = new double[ROWS];
    Arrays.setAll(twice, r -> 2 * r);
    double[] shocked = twice.clone();
    Arrays.fill(shocked, TRAIN.to(), ROWS, 1e6);
    ForecastSetup setup =
        ForecastSetup.of("v").scale(Normalizer.Kind.MIN_MAX).window(2).horizons(1);
    ForecastTask calm = setup.fit(Table.of(Map.of("v", twice)), TRAIN);
    assertThat(setup.fit(Table.of(Map.of("v", shocked)), TRAIN))
        .usingRecursiveComparison()
        .isEqualTo(calm);
    assertThat(calm.features().names()).containsExactly("v"); // all columns, if none are named
  }

  /** What a model's file holds is the task again; a damaged one is refused. */
  @Test
  void isStoredBesideTheModel() {
    ForecastTask task = setup().change(true).fit(table(), TRAIN);
    assertThat(ForecastTask.fromExtra(task.toExtra())).usingRecursiveComparison().isEqualTo(task);
    assertThat(ForecastTask.fromExtra(Map.of())).isNull();
    assertThatThrownBy(() -> ForecastTask.fromExtra(Map.of("forecast", List.of(1))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("describes no forecast");
  }
}
