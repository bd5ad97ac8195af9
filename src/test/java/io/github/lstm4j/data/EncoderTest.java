package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Split.Range;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class EncoderTest {
  private static final double NAN = Double.NaN;

  private static Table table(String text) {
    try {
      return CsvReader.of(
              new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "air.csv")
          .read();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private static final Table AIR = table("dust,wind\n,SE\n5,NW\n,\n7,SE\n,E\n");

  @Test
  void categoriesOfTheTrainingRows() {
    assertThat(Encoder.categories(AIR, "wind", new Range(0, 4))).containsExactly("SE", "NW");
    assertThat(Encoder.sortedCategories(AIR, "wind", new Range(0, 4))).containsExactly("NW", "SE");
    assertThat(Encoder.categories(AIR, "wind", new Range(1, 5))).containsExactly("NW", "SE", "E");
  }

  @Test
  void missingNumbers() {
    assertThat(dust(Missing.FORWARD_FILL_OR_ZERO).values()).containsExactly(0, 5, 5, 7, 7);
    assertThat(dust(Missing.KEEP).values()).containsExactly(NAN, 5, NAN, 7, NAN);
    Frame dropped = dust(Missing.DROP_ROW);
    assertThat(dropped.values()).containsExactly(5, 7);
    assertThat(dropped.table().rowNumbers()).containsExactly(1, 3);
    assertThatThrownBy(() -> dust(Missing.FAIL))
        .hasMessage(
            "air.csv, line 2, column dust: the value is missing; fill it or drop the row"
                + " (--missing ffill or drop)");
    assertThatThrownBy(() -> dust(Missing.FORWARD_FILL))
        .hasMessage(
            "air.csv, line 2, column dust: the value is missing, and there is none above it to"
                + " fill it with");
  }

  private static Frame dust(Missing missing) {
    return Encoder.empty().number("dust", missing).encode(AIR);
  }

  @Test
  void oneHotColumns() {
    Encoder encoder =
        Encoder.empty()
            .oneHot("wind", Missing.FORWARD_FILL, List.of("E", "NW", "SE"))
            .number("dust", Missing.FORWARD_FILL_OR_ZERO);
    assertThat(encoder.names()).containsExactly("wind=E", "wind=NW", "wind=SE", "dust");
    assertThat(encoder.encode(AIR).values())
        .containsExactly(
            0, 0, 1, 0, //
            0, 1, 0, 5, //
            0, 1, 0, 5, //
            0, 0, 1, 7, //
            1, 0, 0, 7);
    Table late = table("wind\n?\nNW\n");
    List<String> known = List.of("NW", "SE");
    assertThat(
            Encoder.empty()
                .oneHot("wind", Missing.FORWARD_FILL_OR_ZERO, known)
                .encode(late)
                .values())
        .containsExactly(0, 0, 1, 0);
    assertThat(Encoder.empty().oneHot("wind", Missing.KEEP, known).encode(late).values())
        .containsExactly(NAN, NAN, 1, 0);
  }

  @Test
  void unknownCategoriesAreNamedWithTheirPlace() {
    Encoder encoder = Encoder.empty().oneHot("wind", Missing.DROP_ROW, List.of("NW", "SE"));
    assertThatThrownBy(() -> encoder.encode(AIR))
        .hasMessage("air.csv, line 6, column wind: unknown category 'E'; known are [NW, SE]");
  }

  @Test
  void wrongKindsOfColumns() {
    assertThatThrownBy(() -> Encoder.empty().number("wind", Missing.KEEP).encode(AIR))
        .hasMessage("air.csv: column wind holds text such as 'SE', not numbers");
    assertThatThrownBy(() -> Encoder.empty().oneHot("dust", Missing.KEEP, List.of("a")).encode(AIR))
        .hasMessageContaining("column dust holds numbers; read it as categorical");
    assertThatThrownBy(() -> Encoder.empty().number("rain", Missing.KEEP).encode(AIR))
        .hasMessage("air.csv: no column rain; there are dust, wind");
    assertThatThrownBy(() -> Encoder.empty().oneHot("wind", Missing.KEEP, List.of()))
        .hasMessageContaining("no category");
  }

  @Test
  void survivesJson() throws JsonProcessingException {
    Encoder encoder =
        Encoder.empty()
            .number("dust", Missing.FORWARD_FILL_OR_ZERO)
            .oneHot("wind", Missing.FORWARD_FILL, List.of("E", "NW", "SE"));
    String json = new ObjectMapper().writeValueAsString(encoder.toMap());
    Map<String, Object> map = new ObjectMapper().readValue(json, new TypeReference<>() {});
    Encoder read = Encoder.fromMap(map);
    assertThat(read.toMap()).isEqualTo(encoder.toMap());
    assertThat(read.encode(AIR).values()).containsExactly(encoder.encode(AIR).values());
    assertThatThrownBy(() -> Encoder.fromMap(Map.of("features", List.of(3))))
        .hasMessage("encoder.features[0]: expected fields, got 3");
  }

  @Test
  void tablesFromArrays() {
    Map<String, double[]> columns = new LinkedHashMap<>();
    columns.put("a", new double[] {1, NAN, 3});
    columns.put("b", new double[] {4, 5, 6});
    Table table = Table.of(columns);
    assertThat(
            Encoder.empty()
                .number("b", Missing.FAIL)
                .number("a", Missing.DROP_ROW)
                .encode(table)
                .values())
        .containsExactly(4, 1, 6, 3);
    assertThatThrownBy(() -> Encoder.empty().number("a", Missing.FAIL).encode(table))
        .hasMessageStartingWith("table, row 1, column a: the value is missing");
    columns.put("c", new double[2]);
    assertThatThrownBy(() -> Table.of(columns)).hasMessage("column c has 2 rows, the table has 3");
  }

  @Test
  void times() {
    Table table = table("t\n2014-12-31 23:00\n2015-01-01T00:00:00\n2015-01-02\n");
    double[] times = table.times("t");
    assertThat(times[1] - times[0]).isEqualTo(3600);
    assertThat(times[2] - times[1]).isEqualTo(86400);
    assertThat(times[0]).isEqualTo(1420066800);
    assertThat(table("t\n5\n7\n").times("t")).containsExactly(5, 7);
    assertThatThrownBy(() -> table("t\n2014-12-31\nsoon\n").times("t"))
        .hasMessage(
            "air.csv, line 3, column t: 'soon' is no time like '2014-12-31' ('yyyy-MM-dd');"
                + " correct it, or give the format with --time-format, such as 'dd.MM.yyyy HH:mm'");
    assertThatThrownBy(() -> table("t,u\n1,1\n,2\n").times("t"))
        .hasMessage(
            "air.csv, line 3, column t: the time is missing; give it, or leave the row out");
  }
}
