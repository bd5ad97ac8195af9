package io.github.lstm4j.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.offset;

import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Shops that sell alike, one a thousand times as much as the other. */
class ScalesTest {
  private static final int ROWS = 40;

  private static double sold(int shop, int row) {
    double a = 10 + Math.sin(row) + 0.1 * row;
    return shop == 0 ? a : 1000 * a + 5000;
  }

  /** A row for each shop and hour, in turn, or shop after shop. */
  private static Table shops(String... names) {
    List<String> shop = new ArrayList<>();
    double[] sold = new double[names.length * ROWS];
    double[] size = new double[sold.length];
    for (int s = 0; s < names.length; s++) {
      for (int row = 0; row < ROWS; row++) {
        sold[s * ROWS + row] = sold(s, row);
        size[s * ROWS + row] = 100 + s; // constant in each shop
        shop.add(names[s]);
      }
    }
    Map<String, double[]> columns = new LinkedHashMap<>();
    columns.put("sold", sold);
    columns.put("size", size);
    return Table.of(columns).withCategories("shop", shop).bySeries("shop");
  }

  private static ForecastTask fit(Table table, InputSetup inputs, boolean change) {
    List<Range> train = inputs.splits(table, 0.25, 0).stream().map(Split::train).toList();
    return ForecastSetup.of("sold")
        .inputs(inputs)
        .window(3)
        .horizons(1)
        .change(change)
        .fit(table, train);
  }

  private static InputSetup perGroup(Normalizer.Kind kind) {
    return InputSetup.of("sold", "size").group("shop").scale(kind).scalePerGroup(true);
  }

  /** What is the same but for its scale gets the same forecast but for its scale. */
  @ParameterizedTest
  @CsvSource({"STANDARD, false", "STANDARD, true", "MIN_MAX, false", "MIN_MAX, true"})
  void eachGroupHasItsOwn(Normalizer.Kind kind, boolean change) {
    Table table = shops("a", "b");
    ForecastTask fitted = fit(table, perGroup(kind), change);
    ForecastTask task = ForecastTask.fromExtra(fitted.toExtra());
    assertThat(task).usingRecursiveComparison().isEqualTo(fitted);
    // a column that is constant in each group still tells them apart
    Normalizer.Column size = task.inputs().scale().groups().get("a").columns().get(1);
    assertThat(size).isEqualTo(task.inputs().scale().common().columns().get(1));

    ForecastSamples samples =
        task.cut(task.inputs().encode(table), List.of(new Range(0, 2 * ROWS)));
    int half = samples.size() / 2;
    Tensor targets = samples.targets(IntStream.range(0, samples.size()).toArray());
    assertThat(samples.forecasts(targets)).containsExactly(samples.actual(), offset(0.05));
    for (int n = 0; n < half; n++) {
      assertThat(targets.get(n, 0)).isCloseTo(targets.get(n + half, 0), offset(1e-5f));
    }
    try (Sequential model =
        new Sequential().seed(1).add(new LSTM(2).inputShape(3, 1)).add(new Dense(1))) {
      ForecastTask alone = fit(table, perGroup(kind, "sold"), change);
      ForecastSamples some =
          alone.cut(alone.inputs().encode(table), List.of(new Range(0, 2 * ROWS)));
      double[] forecasts = some.forecasts(model.predict(some.source(), 16));
      for (int n = 0; n < half; n++) {
        assertThat(forecasts[n + half]).isCloseTo(1000 * forecasts[n] + 5000, offset(0.05));
      }
    }
  }

  private static InputSetup perGroup(Normalizer.Kind kind, String... columns) {
    return InputSetup.of(columns).group("shop").scale(kind).scalePerGroup(true);
  }

  /** What stands still in one group only has the group's level there, not that of all. */
  @ParameterizedTest
  @EnumSource(names = {"STANDARD", "MIN_MAX"})
  void aGroupThatStandsStill(Normalizer.Kind kind) {
    Table table = shops("a", "b", "c");
    double[] sold = table.numbers("sold").clone();
    Arrays.fill(sold, 2 * ROWS, 3 * ROWS, 7);
    ForecastTask task = fit(table.with("sold", sold), perGroup(kind), false);
    Normalizer.Column still = task.targets().groups().get("c").columns().get(0);
    assertThat(still.shift()).isEqualTo(7);
    assertThat(still.scale()).isEqualTo(task.targets().groups().get("b").columns().get(0).scale());
    assertThat(task.inputs().scale().groups().get("c").columns().get(0)).isEqualTo(still);
  }

  @Test
  void aGroupThatWasNotThereIsRefusedByName() {
    ForecastTask task = fit(shops("a", "b"), perGroup(Normalizer.Kind.STANDARD), false);
    Table later = shops("a", "c");
    assertThatThrownBy(() -> task.cutInputs(task.inputs().encode(later)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("column shop: 'c' is a group that was not there in training")
        .hasMessageContaining("--scale-per-group");
    InputSetup alike = InputSetup.of("sold").group("shop");
    ForecastTask common = fit(shops("a", "b"), alike, false);
    assertThat(common.cutInputs(common.inputs().encode(later)).size()).isEqualTo(2 * (ROWS - 2));
  }

  @Test
  void aScaleForEachGroupNeedsGroupsAndAScale() {
    Table table = shops("a", "b");
    assertThatThrownBy(() -> fit(table, InputSetup.of("sold").scalePerGroup(true), false))
        .hasMessageContaining("--scale-per-group")
        .hasMessageContaining("--group");
    assertThatThrownBy(() -> fit(table, perGroup(Normalizer.Kind.NONE), false))
        .hasMessageContaining("--normalize none");
  }
}
