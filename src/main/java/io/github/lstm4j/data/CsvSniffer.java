package io.github.lstm4j.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import java.util.ArrayList;
import java.util.List;

/** What the begin of a CSV file tells of how it is written. */
final class CsvSniffer {
  private static final char[] SEPARATORS = {',', ';', '\t', '|'};

  private final String text;
  private final boolean whole;

  /**
   * Looks at a file.
   *
   * @param text its begin
   * @param whole whether that is all of it; else the last line may not be
   */
  CsvSniffer(String text, boolean whole) {
    this.text = text;
    this.whole = whole;
  }

  /** The rows that are not blank, the header first. */
  private List<List<String>> rows(char separator) {
    List<List<String>> rows = new ArrayList<>();
    try (CsvReader<CsvRecord> csv =
        CsvReader.builder()
            .fieldSeparator(separator)
            .skipEmptyLines(true)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .ofCsvRecord(text)) {
      csv.forEach(row -> rows.add(row.getFields()));
    } catch (CsvParseException | java.io.IOException e) {
      // what is wrong is told when the file is read
    }
    if (!whole && rows.size() > 1) {
      rows.remove(rows.size() - 1);
    }
    return rows;
  }

  /**
   * What separates the columns: what the header has; of several, that by which all rows are as long
   * as the header.
   *
   * @throws IllegalArgumentException if several do
   */
  char separator() {
    List<Character> inHeader = new ArrayList<>();
    List<Character> even = new ArrayList<>();
    for (char separator : SEPARATORS) {
      List<List<String>> rows = rows(separator);
      int width = rows.isEmpty() ? 1 : rows.get(0).size();
      if (width > 1) {
        inHeader.add(separator);
        if (rows.stream().allMatch(row -> row.size() == width)) {
          even.add(separator);
        }
      }
    }
    List<Character> left = even.isEmpty() ? inHeader : even;
    if (even.size() > 1) {
      throw new IllegalArgumentException(
          "the columns may be separated by '"
              + even.get(0)
              + "' or by '"
              + even.get(1)
              + "'; say which with --sep");
    }
    return left.isEmpty() ? ',' : left.get(0);
  }

  /** The decimal mark that some number has beyond doubt and none contradicts; else null. */
  Character decimal(char separator) {
    boolean comma = false;
    boolean point = false;
    List<List<String>> rows = rows(separator);
    for (List<String> row : rows.subList(Math.min(1, rows.size()), rows.size())) {
      for (String field : row) {
        char mark = NumberStyle.decimalOf(field.strip());
        comma |= mark == ',';
        point |= mark == '.';
      }
    }
    return comma == point ? null : Character.valueOf(comma ? ',' : '.');
  }
}
