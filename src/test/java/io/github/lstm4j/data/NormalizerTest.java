package io.github.lstm4j.data;

import static io.github.lstm4j.data.Normalizer.Kind.MIN_MAX;
import static io.github.lstm4j.data.Normalizer.Kind.NONE;
import static io.github.lstm4j.data.Normalizer.Kind.STANDARD;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class NormalizerTest {
  private static final double NAN = Double.NaN;

  @Test
  void eachColumnItsWayOnTrainingRowsOnly() {
    double[] values = {
      2, 10, 7, //
      4, NAN, 8, //
      4, 30, 9, //
      6, 20, 9, //
      1000, -1000, 0
    };
    Normalizer normalizer =
        Normalizer.fit(
            List.of(STANDARD, MIN_MAX, NONE),
            List.of("a", "b", "c"),
            values,
            List.of(new Range(0, 4)));
    assertThat(normalizer.column("a")).isEqualTo(new Normalizer.Column("a", 4, Math.sqrt(2)));
    assertThat(normalizer.column("b")).isEqualTo(new Normalizer.Column("b", 10, 20));
    assertThat(normalizer.column("c")).isEqualTo(new Normalizer.Column("c", 0, 1));
    Tensor scaled = normalizer.apply(values);
    assertThat(scaled.shape().dims()).containsExactly(5, 3);
    assertThat(scaled.rows(0, 2).data())
        .containsExactly((float) -Math.sqrt(2), 0f, 7f, 0f, Float.NaN, 8f);
    assertThat(scaled.get(4, 1)).isEqualTo(-50.5f);
  }

  @Test
  void constantColumnsAreSafe() {
    for (double constant : new double[] {0, 0.1, -1e9 / 3, 1e-300}) {
      double[] values = new double[1000];
      Arrays.fill(values, constant);
      for (Normalizer.Kind kind : Normalizer.Kind.values()) {
        Normalizer.Column column =
            Normalizer.fit(List.of(kind), List.of("a"), values, List.of(new Range(0, 1000)))
                .column("a");
        assertThat(column.scale()).isEqualTo(1);
        assertThat(column.apply(column.invert(3))).isEqualTo(3, within(1e-6));
      }
    }
    // small beside its mean, but no rounding
    double[] steps = new double[1000];
    Arrays.setAll(steps, i -> 1e6 + 1e-3 * (i % 2));
    assertThat(
            Normalizer.fit(List.of(STANDARD), List.of("a"), steps, List.of(new Range(0, 1000)))
                .column("a")
                .scale())
        .isEqualTo(0.5e-3, within(1e-9));
  }

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void invertUndoesApply(long seed) throws JsonProcessingException {
    Random random = new Random(seed);
    int rows = 1 + random.nextInt(33);
    int columns = 1 + random.nextInt(7);
    List<Normalizer.Kind> kinds =
        random.ints(columns, 0, 3).mapToObj(i -> List.of(STANDARD, MIN_MAX, NONE).get(i)).toList();
    List<String> names = random.ints(columns).mapToObj(Integer::toString).toList();
    double[] values = new double[rows * columns];
    Arrays.setAll(values, i -> 100 * (i % columns) + 10 * random.nextGaussian());
    Normalizer normalizer = Normalizer.fit(kinds, names, values, List.of(new Range(0, rows)));
    double[] back = normalizer.invert(normalizer.apply(values));
    for (int i = 0; i < values.length; i++) {
      // float32: 24 bits of the scaled value, which may be far from 0 in the original's units
      assertThat(back[i]).isEqualTo(values[i], within(1e-3));
      Normalizer.Column column = normalizer.columns().get(i % columns);
      assertThat(column.invert(column.apply(values[i]))).isEqualTo(values[i], within(1e-10));
    }
    String json = new ObjectMapper().writeValueAsString(normalizer.toMap());
    Map<String, Object> map = new ObjectMapper().readValue(json, new TypeReference<>() {});
    assertThat(Normalizer.fromMap(map)).isEqualTo(normalizer);
  }

  @Test
  void severalHorizonsInvertTogether() {
    Normalizer normalizer =
        new Normalizer(
            List.of(new Normalizer.Column("a", 10, 2), new Normalizer.Column("b", 0, 100)));
    assertThat(normalizer.invert(Tensor.of(new float[] {1, 1, 2, 2}, 1, 4)))
        .containsExactly(12, 100, 14, 200);
  }

  @Test
  void aLevelLargeAgainstItsVariationComesBackWhole() {
    double[] values = {1.7e9 - 20, 1.7e9 + 3.25, 1.7e9 + 20};
    Normalizer normalizer =
        Normalizer.fit(List.of(STANDARD), List.of("time"), values, List.of(new Range(0, 3)));
    assertThat(normalizer.invert(normalizer.apply(values))).containsExactly(values, within(1e-5));
  }

  @Test
  void wrongUse() {
    assertThatThrownBy(
            () ->
                Normalizer.fit(
                    List.of(STANDARD),
                    List.of("dust"),
                    new double[] {NAN, 1},
                    List.of(new Range(0, 1))))
        .hasMessageContaining("column dust has no value in the training rows");
    assertThatThrownBy(() -> new Normalizer.Column("a", 0, 0)).hasMessageContaining("column a");
    assertThatThrownBy(() -> new Normalizer(List.of()).apply(new double[3]))
        .hasMessageContaining("expected rows of 0 columns");
    Normalizer one = new Normalizer(List.of(new Normalizer.Column("a", 0, 1)));
    assertThatThrownBy(() -> one.column("b")).hasMessage("no column b; there are a");
    assertThatThrownBy(() -> Normalizer.fromMap(Map.of()))
        .hasMessage("normalizer.columns: expected a list that is not empty, got null");
    assertThatThrownBy(
            () ->
                Normalizer.fit(
                    List.of(NONE), List.of("a"), new double[2], List.of(new Range(0, 3))))
        .hasMessageContaining("rows to 3");
  }
}
