package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class CsvReaderTest {
  private static final double NAN = Double.NaN;

  @TempDir Path folder;

  private static CsvReader csv(String text) {
    return CsvReader.of(new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8)), "air.csv");
  }

  private static void assertRefused(String text, String message) {
    assertThatThrownBy(() -> csv(text).read()).isInstanceOf(IOException.class).hasMessage(message);
  }

  @Test
  void numbersCategoriesAndMissingValues() throws IOException {
    Table table = csv("a,wind,b\n1,NW,NA\n-2.5e3,?, 7 \n,SE,+.5\nnull,NW,NaN\n").read();
    assertThat(table.rows()).isEqualTo(4);
    assertThat(table.names()).containsExactly("a", "wind", "b");
    assertThat(table.numbers("a")).containsExactly(1, -2500, NAN, NAN);
    assertThat(table.numbers("b")).containsExactly(NAN, 7, 0.5, NAN);
    assertThat(table.isCategorical("wind")).isTrue();
    assertThat(table.categories("wind")).containsExactly("NW", "SE");
    assertThat(table.rowNumbers()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void selectedColumnsOwnMarkersAndSeparator() throws IOException {
    Table table =
        csv("id;x;y\nfoo;1;-999\nbar;2;5\n")
            .separator(';')
            .columns("y", "x")
            .categorical("x")
            .missing("-999")
            .read();
    assertThat(table.names()).containsExactly("y", "x");
    assertThat(table.numbers("y")).containsExactly(NAN, 5);
    assertThat(table.categories("x")).containsExactly("1", "2");
  }

  @Test
  void lineNumbersCountQuotedLineEndsAndByteOrderMarks() {
    for (String end : List.of("\n", "\r\n", "\r")) {
      String text = "\uFEFFnote,v" + end + "\"one" + end + "two\",1" + end + end + "x,bad" + end;
      assertRefused(
          text,
          "air.csv, line 5, column v: 'bad' is not a finite number; correct it, count it as"
              + " missing (--na bad), or declare the column categorical (--categorical v)");
    }
  }

  /** The index of a pandas table, what follows a separator at the end, Excel's first line. */
  @Test
  void columnsWithoutANameAndSeparatorLines() throws IOException {
    assertThat(csv(",v,\n0,1.5,\n1,2.5,\n").columns("Unnamed: 0", "v").read().names())
        .containsExactly("Unnamed: 0", "v");
    for (String end : List.of("\n", "\r\n")) {
      Table table = csv("sep=;" + end + "a;b" + end + "1;2" + end + "3;4" + end).read();
      assertThat(table.names()).containsExactly("a", "b");
      assertThat(table.numbers("b")).containsExactly(2, 4);
      assertThat(table.where(1, "b")).endsWith("line 4, column b");
    }
    assertThat(csv("sep=;,b\n1,2\n").read().names()).containsExactly("sep=;", "b");
    assertRefused(
        "v\n\u0661\n",
        "air.csv, line 2, column v: '\u0661' is not a finite number; correct it, count it as"
            + " missing (--na '\u0661'), or declare the column categorical (--categorical v)");
  }

  @Test
  void valuesThatAreNoNumbers() {
    for (String value : List.of("1,5", "1d", "2f", "0x1p3", "Infinity", "-inf", "1e999", "1 2")) {
      assertThatThrownBy(() -> csv("v\n1.25\n\"" + value + "\"\n").read())
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("air.csv, line 3, column v: '" + value + "' is not");
    }
  }

  @Test
  void filesThatAreNoTables() throws IOException {
    assertRefused("", "air.csv: is empty; a first row with the columns' names is needed");
    assertRefused("\n\n", "air.csv: is empty; a first row with the columns' names is needed");
    assertRefused("a,b\n", "air.csv: has a header, but no rows");
    assertRefused("a,b,a\n1,2,3\n", "air.csv: two columns are named 'a'");
    assertRefused("a,b\n1,2\n3\n", "air.csv, line 3: expected 2 fields as in the header, got 1");
    assertRefused(
        "a,b\n1,2,9\n",
        "air.csv, line 2: expected 2 fields as in the header, got 3; a value that holds the"
            + " separator must be in quotes");
    assertThatThrownBy(() -> csv("a\n1\n").columns("z").read())
        .hasMessage("air.csv: no column z; there are a");
    assertThatThrownBy(() -> csv("a\n1\n").categorical("z").read())
        .hasMessage("air.csv: no column z; there are a");
    assertThatThrownBy(() -> csv("a\n\"1\n2\n").read())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("air.csv: ");
    assertThatThrownBy(() -> CsvReader.of(folder.resolve("none.csv")).read())
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith("none.csv: no such file");
    assertThatThrownBy(() -> CsvReader.of(folder).read())
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(folder + ": cannot be read");
    Path latin = folder.resolve("latin.csv");
    Files.write(latin, "a,b\n1,größe\n".getBytes(StandardCharsets.ISO_8859_1));
    assertThatThrownBy(() -> CsvReader.of(latin).read())
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith(
            "latin.csv: is not UTF-8 text; give its encoding (--encoding windows-1252, UTF-16LE, …)"
                + " or convert it to UTF-8");
    Path late = folder.resolve("late.csv");
    byte[] text = ("a\n" + "1\n".repeat(100_000) + "x").getBytes(StandardCharsets.UTF_8);
    text[text.length - 1] = (byte) 0xff;
    Files.write(late, text);
    assertThatThrownBy(() -> CsvReader.of(late).read())
        .isInstanceOf(IOException.class)
        .hasMessageEndingWith(
            "late.csv: is not UTF-8 text; give its encoding (--encoding windows-1252, UTF-16LE, …)"
                + " or convert it to UTF-8");
  }

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void nastyTextsComeBack(long seed) throws IOException {
    List<String> texts = texts(new Random(seed));
    StringWriter out = new StringWriter();
    try (CsvWriter writer = CsvWriter.builder().build(out)) {
      writer.writeRecord("n", "text \"quoted\"");
      for (int i = 0; i < texts.size(); i++) {
        writer.writeRecord(Integer.toString(i), texts.get(i));
      }
    }
    Table table =
        csv(out.toString()).categorical("text \"quoted\"").missing("none of these").read();
    assertThat(table.rows()).isEqualTo(texts.size());
    assertThat(table.categories("text \"quoted\""))
        .containsExactlyElementsOf(new LinkedHashSet<>(texts.stream().map(String::strip).toList()));
    assertThat(table.numbers("n")[texts.size() - 1]).isEqualTo(texts.size() - 1);
  }

  private static List<String> texts(Random random) {
    String letters = "a\",;\n\r 'ß€\t\uFEFF";
    List<String> texts = new ArrayList<>();
    for (int n = 1 + random.nextInt(20); n > 0; n--) {
      StringBuilder text = new StringBuilder();
      for (int k = random.nextInt(9); k > 0; k--) {
        text.append(letters.charAt(random.nextInt(letters.length())));
      }
      texts.add(text.toString());
    }
    return texts;
  }

  /** Some programs write a missing value so, if there is but one column. */
  @Test
  void aBlankLineInAFileOfOneColumnIsAMissingValue() throws IOException {
    Table table = csv("load\n1\n\n\"\"\n4\n\n\n").read();
    assertThat(table.numbers("load")).containsExactly(1, Double.NaN, Double.NaN, 4);
    assertThat(table.where(1, "load")).isEqualTo("air.csv, line 3, column load");
    assertThat(table.where(3, "load")).isEqualTo("air.csv, line 5, column load");
    assertThat(csv("a,b\n1,2\n\n3,4\n\n").read().numbers("b")).containsExactly(2, 4);
  }
}
