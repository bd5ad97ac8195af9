package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Encoder.Unknown;
import io.github.lstm4j.data.Table.Join;
import io.github.lstm4j.data.Table.Keep;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class TableTest {
  private static final double NAN = Double.NaN;

  private static Table table(String csv) throws IOException {
    return CsvReader.of(new ByteArrayInputStream(csv.getBytes(StandardCharsets.UTF_8)), "f.csv")
        .read();
  }

  private static final String SALES = "shop,day,sold\nb,2,5\na,1,3\nb,1,\na,2,4\nc,1,9\n";

  @Test
  void sortsStablyWithTheMissingLast() throws IOException {
    Table sorted = table(SALES).sort("sold");
    assertThat(sorted.numbers("sold")).containsExactly(3, 4, 5, 9, NAN);
    assertThat(sorted.rowNumbers()).containsExactly(1, 3, 0, 4, 2);
    Table both = table(SALES).sort("shop", "day");
    assertThat(both.rowNumbers()).containsExactly(1, 3, 2, 0, 4);
    assertThat(both.where(0, "sold")).isEqualTo("f.csv, line 3, column sold");
  }

  @Test
  void groupsAndIds() throws IOException {
    Table sales = table(SALES);
    assertThat(sales.groups("shop").keySet()).containsExactly("b", "a", "c");
    assertThat(sales.groups("shop").get("a").numbers("sold")).containsExactly(3, 4);
    assertThat(sales.ids("shop")).containsExactly(1, 2, 1, 2, 3);
    Table series = sales.bySeries("shop");
    assertThat(series.numbers("sold")).containsExactly(5, NAN, 3, 4, 9);
    assertThat(series.segments().count()).isEqualTo(3);
  }

  /** As pandas' merge and merge_asof give them. */
  @Test
  void joins() throws IOException {
    Table towns = table("shop,town\na,Ulm\nb,Bonn\nb,Köln\n");
    Table inner = table(SALES).join(towns, Join.INNER, "shop");
    assertThat(inner.rows()).isEqualTo(6);
    assertThat(inner.text("town", 0)).isEqualTo("Bonn");
    Table left = table(SALES).join(towns, Join.LEFT, "shop");
    assertThat(left.rows()).isEqualTo(7);
    assertThat(left.text("town", 6)).isNull();
    Table prices = table("day,shop,price\n0,a,10\n2,a,11\n2,b,20\n");
    assertThat(table(SALES).joinLast(prices, "day", "shop").numbers("price"))
        .containsExactly(20, 10, NAN, 11, NAN);
    assertThatThrownBy(() -> table(SALES).join(table(SALES), Join.LEFT, "shop"))
        .hasMessageContaining("column day is in both tables");
  }

  @ParameterizedTest
  @CsvSource({"FIRST, 1", "LAST, 5", "MEAN, 3"})
  void leavesOneRowOfThoseAlike(Keep keep, double sold) throws IOException {
    Table once = table("day,sold\n1,1\n2,7\n1,\n1,5\n").distinct(keep, "day");
    assertThat(once.numbers("day")).containsExactly(1, 2);
    assertThat(once.numbers("sold")).containsExactly(sold, 7);
  }

  @Test
  void columnsAreChosenNamedAndAdded() throws IOException {
    Table sales = table(SALES);
    assertThat(sales.select("sold", "day").names()).containsExactly("sold", "day");
    assertThat(sales.without("day").rename("sold", "n").names()).containsExactly("shop", "n");
    assertThat(sales.slice(1, 3).rowNumbers()).containsExactly(1, 2);
    Table more = sales.withCategories("kind", Arrays.asList("x", null, "y", "x", "y"));
    assertThat(more.ids("kind")).containsExactly(1, 0, 2, 1, 2);
    assertThatThrownBy(() -> sales.rename("sold", "day")).hasMessageContaining("already");
    assertThatThrownBy(() -> sales.with("n", new double[2]))
        .hasMessage("column n has 2 rows, the table has 5");
  }

  /** What pandas 2 reads of the same text with its default markers. */
  @Test
  void missingMarkersOfPandas() throws IOException {
    Table table =
        table("v\n1\n#N/A\n#NA\n-NaN\n-nan\n<NA>\nN/A\nNA\nNULL\nNaN\nNone\nn/a\nnan\nnull\n2\n");
    assertThat(table.numbers("v")).hasSize(15).startsWith(1, NAN).endsWith(NAN, 2);
    assertThat(
            CsvReader.of(
                    new ByteArrayInputStream("v\n-999.0\n1\n".getBytes(StandardCharsets.UTF_8)),
                    "f")
                .missing("-999")
                .read()
                .numbers("v"))
        .containsExactly(NAN, 1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"\"1,234\"", "\"1,234.5\"", "1 234", "$5", "5%", "-", "1'234", "inf"})
  void numbersDoNotTurnIntoCategories(String text) {
    for (String csv : List.of("x,v\n1," + text + "\n", "x,v\n1," + text + "\n2,7.5\n")) {
      assertThatThrownBy(() -> table(csv))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("column v: ")
          .hasMessageContaining("--categorical v");
    }
  }

  @Test
  void whatSeparatesIsSeenOrAsked() throws IOException {
    Table german = table("Zeit;Last, kW\n0;0,5\n1;12\n");
    assertThat(german.format().separator()).isEqualTo(';');
    assertThatThrownBy(() -> table("a;b,c\n1;2,5\n2;3,5\n")).hasMessageContaining("--sep");
    assertThat(table("a\tb\n0,5\t1\n").numbers("a")).containsExactly(0.5);
  }

  /** Values known beforehand, against a plain loop; groups interleaved or one after another. */
  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void valuesAheadAreThoseOfTheRowAhead(long seed) throws IOException {
    Random random = new Random(seed);
    int n = 5 + random.nextInt(30);
    StringBuilder mixed = new StringBuilder("g,v\n");
    String[] group = new String[n];
    double[] value = new double[n];
    for (int row = 0; row < n; row++) {
      group[row] = String.valueOf((char) ('a' + random.nextInt(3)));
      value[row] = random.nextInt(100);
      mixed.append(group[row]).append(',').append(value[row]).append('\n');
    }
    Table series = table(mixed.toString()).bySeries("g");
    int ahead = 1 + random.nextInt(3);
    Frame frame =
        Encoder.empty().ahead(ahead, Encoder.empty().number("v", Missing.FAIL)).encode(series);
    assertThat(frame.names()).containsExactly("v+" + ahead);
    double[] origin = series.rowNumbers();
    for (int row = 0; row < n; row++) {
      int from = (int) origin[row];
      int left = ahead;
      double expected = NAN;
      for (int later = from + 1; later < n && left > 0; later++) {
        if (group[later].equals(group[from]) && --left == 0) {
          expected = value[later];
        }
      }
      assertThat(frame.values()[row]).isEqualTo(Double.valueOf(expected));
    }
  }

  @Test
  void theFutureLendsWhatIsKnownOfIt() throws IOException {
    Table table = table("load,price\n1,10\n2,20\n3,30\n,40\n,50\n");
    Encoder encoder =
        Encoder.empty()
            .number("load", Missing.FAIL)
            .ahead(2, Encoder.empty().number("price", Missing.FAIL));
    Frame frame = encoder.encode(table);
    assertThat(frame.values()).containsExactly(1, 30, 2, 40, 3, 50, NAN, NAN, NAN, NAN);
    assertThat(Windows.of(2).complete(frame).starts(5, new Split.Range(0, 5)))
        .containsExactly(0, 1);
  }

  @Test
  void unknownCategoriesAreZerosIfAsked() throws IOException {
    Table table = table("k\na\nz\n");
    assertThat(
            Encoder.empty()
                .oneHot("k", Missing.FAIL, List.of("a", "b"), Unknown.IGNORE)
                .ids("k", Missing.FAIL, List.of("a", "b"), Unknown.IGNORE)
                .encode(table)
                .values())
        .containsExactly(1, 0, 1, 0, 0, 0);
    assertThatThrownBy(
            () -> Encoder.empty().oneHot("k", Missing.FAIL, List.of("a", "b")).encode(table))
        .hasMessage("f.csv, line 3, column k: unknown category 'z'; known are [a, b]");
  }

  /** A gap of one series is not filled with a value of another. */
  @Test
  void fillsWithinASeries() throws IOException {
    Table series = table("g,v\na,1\nb,\na,\nb,2\n").bySeries("g");
    assertThatThrownBy(() -> Encoder.empty().number("v", Missing.FORWARD_FILL).encode(series))
        .hasMessageStartingWith("f.csv, line 3, column v: the value is missing");
  }

  /** A null is refused, and stands for no default. */
  @Test
  void nulls() {
    Table table = Table.of(Map.of("a", new double[] {1, 1}));
    Table other = table.with("b", new double[2]);
    List<ThrowingCallable> calls =
        List.of(
            () -> table.sort((String) null),
            () -> table.groups(null),
            () -> table.rename("a", null),
            () -> table.with("b", (double[]) null),
            () -> table.with(null, new double[2]),
            () -> table.withCategories("b", null),
            () -> table.join(other, null, "a"),
            () -> table.join(null, Table.Join.LEFT, "a"),
            () -> table.distinct(null, "a"));
    assertThat(calls)
        .allSatisfy(
            call ->
                assertThatThrownBy(call)
                    .isInstanceOf(IllegalArgumentException.class)
                    .hasMessageContaining("got null"));
  }
}
