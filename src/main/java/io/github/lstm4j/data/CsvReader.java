package io.github.lstm4j.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Names;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Reads a {@link Table} from CSV text (RFC 4180, UTF-8 with or without a byte-order mark) whose
 * first row names the columns.
 *
 * <p>A blank line is a missing value in a file of one column (as some programs write one), and
 * nothing in others; at the end of a file it is nothing.
 *
 * <p>A column holds categories if it is {@linkplain #categorical declared} so, or if its first
 * value that is not missing is no number; else every value must be a finite number or missing.
 *
 * <pre>{@code
 * Table air = CsvReader.of(Path.of("air.csv")).columns("pm2.5", "TEMP", "cbwd").read();
 * }</pre>
 */
public final class CsvReader {
  /** What counts as a missing value, unless {@linkplain #missing set}. */
  public static final List<String> MISSING = List.of("", "NA", "NaN", "nan", "null", "?");

  private static final char BYTE_ORDER_MARK = '\uFEFF';

  private interface Source {
    InputStream open() throws IOException;
  }

  /** The line in which each row begins. */
  private static final class Lines {
    int[] lines = new int[256];
    int count;

    void add(int line) {
      if (count == lines.length) {
        lines = Arrays.copyOf(lines, 2 * count);
      }
      lines[count++] = line;
    }
  }

  private final String name;
  private final Source source;
  private List<String> selected = List.of(); // empty: all
  private Set<String> categorical = Set.of();
  private Set<String> missing = Set.copyOf(MISSING);
  private char separator = ',';

  private CsvReader(String name, Source source) {
    this.name = name;
    this.source = source;
  }

  /** Reads from a file. */
  public static CsvReader of(Path file) {
    return new CsvReader(file.toString(), () -> Files.newInputStream(file));
  }

  /** Reads from a stream, once, and closes it; {@code name} names it in messages. */
  public static CsvReader of(InputStream in, String name) {
    return new CsvReader(name, () -> in);
  }

  /** Only these columns, in this order; the others may hold anything. */
  public CsvReader columns(String... names) {
    selected = List.of(names);
    return this;
  }

  /** These columns hold categories, even if they look like numbers. */
  public CsvReader categorical(String... names) {
    categorical = Set.copyOf(List.of(names));
    return this;
  }

  /** What counts as missing, instead of {@link #MISSING}; spaces around a value do not matter. */
  public CsvReader missing(String... markers) {
    missing = Set.copyOf(List.of(markers));
    return this;
  }

  /** What separates columns, instead of a comma. */
  public CsvReader separator(char separator) {
    this.separator = separator;
    return this;
  }

  /**
   * Reads the table.
   *
   * @throws IOException if the file cannot be read, is empty, is not UTF-8, has no rows, names a
   *     column twice or a selected one not at all, or if a row has too few or too many fields or a
   *     value that is no number; the message names file, line, column and value
   */
  public Table read() throws IOException {
    try (Reader text = open();
        var csv =
            de.siegmar.fastcsv.reader.CsvReader.builder()
                .fieldSeparator(separator)
                .allowUnclosedQuote(false)
                .skipEmptyLines(false) // in a file of one column it is a missing value
                // the number of fields is checked here, so that the message names the file
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .ofCsvRecord(text)) {
      return table(csv.iterator());
    } catch (UncheckedIOException e) {
      throw failure(e.getCause());
    } catch (CsvParseException e) {
      if (e.getCause() instanceof CharacterCodingException coding) {
        throw failure(coding);
      }
      String detail = e.getCause() == null ? "" : ": " + Printable.reason(e.getCause());
      throw new IOException(name + ": " + Printable.reason(e) + detail, e);
    }
  }

  private Reader open() throws IOException {
    Reader reader;
    try {
      // a decoder of its own reports what is not UTF-8; by name it would be replaced in silence
      reader =
          new BufferedReader(
              new InputStreamReader(source.open(), StandardCharsets.UTF_8.newDecoder()), 1 << 16);
      reader.mark(1);
      if (reader.read() != BYTE_ORDER_MARK) {
        reader.reset();
      }
    } catch (IOException e) {
      throw failure(e);
    }
    return reader;
  }

  private IOException failure(IOException e) {
    if (e instanceof NoSuchFileException) {
      return new IOException(name + ": no such file", e);
    }
    if (e instanceof CharacterCodingException) {
      return new IOException(name + ": is not UTF-8 text; convert it to UTF-8", e);
    }
    return new IOException(name + ": cannot be read: " + Printable.reason(e), e);
  }

  private Table table(Iterator<CsvRecord> records) throws IOException {
    CsvRecord first = null;
    while (records.hasNext() && (first == null || isBlank(first))) {
      first = records.next();
    }
    if (first == null || isBlank(first)) {
      throw new IOException(name + ": is empty; a first row with the columns' names is needed");
    }
    List<String> header = header(first);
    List<CsvColumn> columns = new ArrayList<>();
    for (String column : selected.isEmpty() ? header : selected) {
      columns.add(
          new CsvColumn(column, find(column, header), missing, categorical.contains(column)));
    }
    for (String column : categorical) {
      find(column, header);
    }
    Lines rows = new Lines();
    List<CsvRecord> blank = new ArrayList<>(); // those behind the last row
    while (records.hasNext()) {
      CsvRecord record = records.next();
      if (isBlank(record)) {
        // a blank line is a missing value where there is one column, unless the file ends with it
        if (header.size() == 1) {
          blank.add(record);
        }
        continue;
      }
      for (CsvRecord missed : blank) {
        add(missed, header, columns, rows);
      }
      blank.clear();
      add(record, header, columns, rows);
    }
    if (rows.count == 0) {
      throw new IOException(name + ": has a header, but no rows");
    }
    Map<String, Table.Column> finished = new LinkedHashMap<>();
    for (CsvColumn column : columns) {
      finished.put(column.name, column.finish());
    }
    return Table.read(name, finished, Arrays.copyOf(rows.lines, rows.count));
  }

  private static boolean isBlank(CsvRecord record) {
    return record.getFieldCount() == 1 && record.getField(0).isEmpty();
  }

  private void add(CsvRecord record, List<String> header, List<CsvColumn> columns, Lines rows)
      throws IOException {
    int line = (int) record.getStartingLineNumber();
    if (record.getFieldCount() != header.size()) {
      throw new IOException(
          name
              + ", line "
              + line
              + ": expected "
              + header.size()
              + " fields as in the header, got "
              + record.getFieldCount());
    }
    rows.add(line);
    for (CsvColumn column : columns) {
      String problem = column.add(record.getField(column.index));
      if (problem != null) {
        throw new IOException(
            name + ", line " + line + ", column " + Printable.text(column.name + ": " + problem));
      }
    }
  }

  private List<String> header(CsvRecord record) throws IOException {
    List<String> header = record.getFields().stream().map(String::strip).toList();
    Set<String> seen = new HashSet<>();
    for (String column : header) {
      if (!seen.add(column)) {
        throw new IOException(name + ": two columns are named '" + Printable.text(column) + "'");
      }
    }
    return header;
  }

  private int find(String column, List<String> header) throws IOException {
    int at = header.indexOf(column);
    if (at < 0) {
      throw new IOException(
          name + ": no column " + Printable.text(column + "; " + Names.thereAre(column, header)));
    }
    return at;
  }
}
