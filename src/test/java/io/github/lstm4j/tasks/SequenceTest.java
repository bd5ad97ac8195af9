package io.github.lstm4j.tasks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Labels of groups from Java: 50 groups of 1 to 5 rows, every fifth of another class. */
class SequenceTest {
  private static final int GROUPS = 50;

  private static Table table() {
    List<String> ids = new ArrayList<>();
    List<String> states = new ArrayList<>();
    for (int t = 0; t < 5; t++) {
      for (int g = 0; g < GROUPS; g++) {
        if (t <= g % 5) {
          ids.add("g" + g);
          states.add(g % 5 == 3 ? "worn" : "fine");
        }
      }
    }
    double[] heat = new double[ids.size()];
    Arrays.setAll(heat, r -> r);
    return Table.of(Map.of("heat", heat))
        .withCategories("engine", ids)
        .withCategories("state", states)
        .bySeries("engine");
  }

  private static SequenceSetup setup() {
    return SequenceSetup.classify("state").inputs(InputSetup.all().group("engine"));
  }

  private static SequenceTask task() {
    return setup().fit(table(), new Range(0, table().rows()));
  }

  @ParameterizedTest
  @ValueSource(doubles = {0, 0.1, 0.2, 0.5})
  void noGroupIsInTwoPartsAndEachClassIsInBoth(double fraction) {
    Table table = table();
    List<Split> splits = setup().splits(table, fraction, fraction / 2);
    assertThat(splits).hasSize(GROUPS);
    int rows = 0;
    int held = 0;
    int worn = 0;
    int tested = 0;
    for (Split split : splits) {
      List<Range> parts = List.of(split.train(), split.validation(), split.test());
      assertThat(parts.stream().filter(p -> p.size() > 0)).hasSize(1);
      rows += parts.stream().mapToInt(Range::size).sum();
      held += split.validation().size() > 0 ? 1 : 0;
      tested += split.test().size() > 0 ? 1 : 0;
      if (split.validation().size() > 0) {
        worn += table.text("state", split.validation().from()).equals("worn") ? 1 : 0;
      }
    }
    assertThat(rows).isEqualTo(table.rows());
    assertThat(held).isBetween((int) (GROUPS * fraction) - 1, (int) (GROUPS * fraction) + 1);
    assertThat(tested).isBetween((int) (25 * fraction) - 1, (int) (25 * fraction) + 1);
    assertThat(worn).isBetween((int) (10 * fraction) - 1, (int) (10 * fraction) + 1);
    assertThat(setup().splits(table, fraction, fraction / 2)).isEqualTo(splits);
    assertThatThrownBy(() -> setup().splits(table, 0.6, 0.4)).hasMessageContaining("fractions");
  }

  /** What a group's name is decides its part, not where its rows lie. */
  @Test
  void theOrderOfTheRowsDoesNotMatter() {
    Table table = table();
    Table turned = table.sort("heat").filter(row -> row >= 0).bySeries("engine");
    assertThat(held(turned)).containsExactlyInAnyOrderElementsOf(held(table));
    assertThat(held(table)).isNotEqualTo(IntStream.range(40, 50).mapToObj(g -> "g" + g).toList());
  }

  private static List<String> held(Table table) {
    return setup().splits(table, 0.2, 0).stream()
        .filter(s -> s.validation().size() > 0)
        .map(s -> table.text("engine", s.validation().from()))
        .toList();
  }

  /** A class of one group is trained on, whatever is held back. */
  @Test
  void aClassOfOneGroupTrains() {
    Table table = table();
    List<String> states = new ArrayList<>();
    for (int row = 0; row < table.rows(); row++) {
      states.add(table.text("engine", row).equals("g7") ? "burnt" : table.text("state", row));
    }
    List<Range> train =
        setup().splits(table.withCategories("state", states), 0.8, 0.1).stream()
            .map(Split::train)
            .filter(r -> r.size() > 0)
            .toList();
    assertThat(train).anyMatch(r -> table.text("engine", r.from()).equals("g7"));
  }

  /** Numbers have one form, so that 1 and 1.0 are one class, but 01 may be another's name. */
  @Test
  void labelsThatAreNumbersHaveOneForm() {
    Table table =
        Table.of(Map.of("x", new double[7]))
            .withCategories("y", Arrays.asList("1", "1.0", "1e0", "-0", "01", "x", null));
    assertThat(IntStream.range(0, 7).mapToObj(row -> ClassLabel.text(table, "y", row)))
        .containsExactly("1", "1", "1", "0", "01", "x", null);
    ClassLabel label = ClassLabel.fit("y", List.of("10", "9", "10", "-1"), ClassWeights.balanced());
    assertThat(label.classes().stream().map(ClassLabel.OneClass::label))
        .containsExactly("-1", "9", "10");
    // samples / (classes * samples of the class)
    assertThat(label.classes().stream().map(ClassLabel.OneClass::weight))
        .containsExactly(4 / 3.0, 4 / 3.0, 4 / 6.0);
  }

  /** Of two texts the rarer one is the positive class; numbers keep their order. */
  @ParameterizedTest
  @CsvSource({"bad,good,good,good,bad", "good,bad,bad,bad,good", "0,1,1,0,1", "b,a,b,b,a"})
  void theRarerOfTwoTextsIsPositive(String a, String b, String c, String first, String second) {
    ClassLabel label = ClassLabel.fit("y", List.of(a, b, c), ClassWeights.none());
    assertThat(label.classes().stream().map(ClassLabel.OneClass::label))
        .containsExactly(first, second);
  }

  /** What a model's file holds is the task again. */
  @ParameterizedTest
  @ValueSource(strings = {"classify", "regress", "rows", "windows"})
  void isStoredBesideTheModel(String kind) {
    SequenceSetup setup =
        (kind.equals("regress") ? SequenceSetup.regress("heat") : SequenceSetup.classify("state"))
            .inputs(InputSetup.of("engine".equals(kind) ? "heat" : "load").group("engine"))
            .perStep(kind.equals("rows"))
            .window(kind.equals("windows") ? 1 : 0);
    double[] load = new double[table().rows()];
    double[] heat = new double[load.length];
    Arrays.setAll(load, r -> r);
    Table table = table().with("load", load).with("heat", heat);
    SequenceTask task = setup.fit(table, new Range(0, table.rows()));
    assertThat(Tasks.fromExtra(task.toExtra())).usingRecursiveComparison().isEqualTo(task);
  }

  /** One field at a time of what was stored is made wrong. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "timesteps              | 0        | sequence.timesteps: expected a whole number from 1",
        "timesteps              | null     | sequence.timesteps: expected a whole number from 1",
        "timesteps              | 6        | are inputs (None, 6, 1), but the model's layer",
        "labelled               | \"each\" | sequence.labelled: expected group, row or window, got",
        "labelled               | 1        | sequence.labelled: expected a text, got 1",
        "labelled               | \"row\"  | are outputs (None, 5, 1), but those of the model's",
        "group                  | 7        | sequence.group: expected a text, got 7",
        "group                  | null     | sequence.group: expected a column, got none",
        "unheard                | 1        | sequence: unknown fields [unheard]; known are",
        "features               | {}       | sequence.features.features: expected a list",
        "label                  | 3        | sequence.label: expected fields, got 3",
        "label                  | {}       | sequence.label.scale: expected fields, got null",
        "label/column           | null     | sequence.label.column: expected a text, got null",
        "label/mean             | 1        | sequence.label: unknown fields [mean]",
        "label/classes          | []       | sequence.label.classes: expected a list that is not",
        "label/classes          | 3        | sequence.label.classes: expected a list that is not",
        "label/classes/0        | 3        | sequence.label.classes[0]: expected fields, got 3",
        "label/classes/0/label  | 3        | sequence.label.classes[0].label: expected a text, got",
        "label/classes/0/label  | \"worn\" | sequence.label.classes: expected at least two classes",
        "label/classes/0/share  | 1.5      | sequence.label.classes: class fine: expected a share",
        "label/classes/0/share  | NaN      | sequence.label.classes[0].share: expected a finite",
        "label/classes/0/weight | 0        | sequence.label.classes: class fine: expected a share",
        "label/classes/0/weight | \"1\"    | sequence.label.classes[0].weight: expected a finite",
      })
  void everyStoredFieldIsChecked(String path, String json, String message) throws Exception {
    StoredTasks.refused(task(), path, json, message);
  }

  /** As before, of a label that is a number. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "label/mean                  | null   | sequence.label.mean: expected a finite number, got",
        "label/scale                 | null   | sequence.label.scale: expected fields, got null",
        "label/scale/columns         | []     | sequence.label.scale.columns: expected a list",
        "label/scale/columns/0/name  | \"x\"  | sequence.label.scale: expected the scale of the",
        "label/scale/columns/0/scale | 0      | columns[0].scale: expected a number other than 0",
      })
  void everyStoredFieldOfANumberIsChecked(String path, String json, String message)
      throws Exception {
    Table table = table();
    double[] load = table.numbers("heat").clone();
    SequenceTask task =
        SequenceSetup.regress("load")
            .inputs(InputSetup.of("heat").group("engine"))
            .maxLength(5)
            .fit(
                table.with(
                    "load",
                    IntStream.range(0, load.length)
                        .mapToDouble(r -> Integer.parseInt(table.text("engine", r).substring(1)))
                        .toArray()),
                new Range(0, table.rows()));
    StoredTasks.refused(task, path, json, message);
  }
}
