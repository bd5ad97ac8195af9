package io.github.lstm4j.data;

import de.siegmar.fastcsv.reader.CsvParseException;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.names.Names;
import java.io.BufferedInputStream;
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
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Reads a {@link Table} from CSV text (RFC 4180) whose first row names the columns.
 *
 * <p>How the file is written is said by a {@link CsvFormat}; what is not said is found in the file
 * if there can be no doubt, and told by {@link Table#format}.
 *
 * <p>A blank line is a missing value in a file of one column (as some programs write one), and
 * nothing in others; at the end of a file it is nothing.
 *
 * <p>A column holds what it is declared to hold: categories, numbers, times. Else it holds numbers
 * if its first value that is not missing is one, and then every value must be a finite number or
 * missing; or text, of which then none may be a number: a column of numbers never turns into
 * categories because of a dash or of "1,234".
 *
 * <pre>{@code
 * Table air = CsvReader.of(Path.of("air.csv")).columns("pm2.5", "TEMP", "cbwd").read();
 * }</pre>
 */
public final class CsvReader {
  private static final char BYTE_ORDER_MARK = '\uFEFF';
  private static final Pattern SEPARATOR_LINE =
      Pattern.compile("(?i)sep=([^\\w\"\\r\\n])(?:\\r\\n?|\\n)");
  private static final int LOOKED_AT = 1 << 16; // characters, to find out how a file is written

  private interface Source {
    InputStream open() throws IOException;
  }

  /**
   * A column and where its fields are.
   *
   * @param name its name
   * @param index of the field in a row
   * @param reading where the fields go
   */
  private record Selected(String name, int index, ColumnReader reading) {}

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
  private List<String> optional = List.of();
  private CsvFormat format = CsvFormat.DEFAULT;

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

  /** Beside those of {@link #columns} these, as far as the file has them. */
  public CsvReader optional(String... names) {
    optional = List.of(names);
    return this;
  }

  /** How the file is written, instead of what was said before. */
  public CsvReader format(CsvFormat written) {
    format = written;
    return this;
  }

  /** These columns hold categories, even if they look like numbers. */
  public CsvReader categorical(String... names) {
    format = format.withCategorical(List.of(names));
    return this;
  }

  /** This column holds times, whose format is found in the file. */
  public CsvReader time(String column) {
    format = format.withTime(column);
    return this;
  }

  /**
   * What counts as missing, instead of {@link CsvFormat#MISSING}; spaces around a value do not
   * matter.
   */
  public CsvReader missing(String... markers) {
    format = format.withMissing(List.of(markers));
    return this;
  }

  /** What separates columns. */
  public CsvReader separator(char separator) {
    format = format.withSeparator(separator);
    return this;
  }

  /** The decimal mark. */
  public CsvReader decimal(char mark) {
    format = format.withDecimal(mark);
    return this;
  }

  /**
   * Reads the table.
   *
   * @throws IOException if the file cannot be read, is empty, is in another encoding, has no rows,
   *     names a column twice or a selected one not at all, or if a row has too few or too many
   *     fields or a value that is no number; the message names file, line, column and value
   */
  public Table read() throws IOException {
    try (Opened file = open();
        var csv =
            de.siegmar.fastcsv.reader.CsvReader.builder()
                .fieldSeparator(file.found.separator())
                .allowUnclosedQuote(false)
                .skipEmptyLines(false) // in a file of one column it is a missing value
                // the number of fields is checked here, so that the message names the file
                .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
                .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
                .ofCsvRecord(file.text)) {
      return table(csv.iterator(), file.found);
    } catch (UncheckedIOException e) {
      throw failure(e.getCause());
    } catch (IllegalArgumentException e) { // from the sniffer: what it found is not clear
      throw new IOException(e.getMessage(), e);
    } catch (CsvParseException e) {
      if (e.getCause() instanceof CharacterCodingException coding) {
        throw failure(coding);
      }
      String detail = e.getCause() == null ? "" : ": " + Printable.reason(e.getCause());
      throw new IOException(name + ": " + Printable.reason(e) + detail, e);
    }
  }

  /**
   * A file to be read.
   *
   * @param text its text, from the begin
   * @param found how it is written
   */
  private record Opened(Reader text, CsvFormat found) implements AutoCloseable {
    @Override
    public void close() throws IOException {
      text.close();
    }
  }

  private Opened open() throws IOException {
    try {
      InputStream in = new BufferedInputStream(source.open());
      String mark = format.encoding() == null ? encodingByMark(in) : null;
      CsvFormat found = mark == null ? format : format.withEncoding(mark);
      // a decoder of its own reports what is not in the encoding; by name it would be replaced
      BufferedReader text =
          new BufferedReader(
              new InputStreamReader(
                  in,
                  found.encoding() == null
                      ? StandardCharsets.UTF_8.newDecoder()
                      : CsvFormat.charset(found.encoding()).newDecoder()),
              LOOKED_AT);
      text.mark(1);
      if (text.read() != BYTE_ORDER_MARK) {
        text.reset();
      }
      return new Opened(text, sniffed(text, found));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** UTF-16 by the mark at its begin; else null. */
  private static String encodingByMark(InputStream in) throws IOException {
    in.mark(2);
    int mark = in.read() << 8 | in.read();
    in.reset();
    return mark == 0xFEFF || mark == 0xFFFE ? "UTF-16" : null;
  }

  /** The format with the separator and the decimal mark that the file shows. */
  private CsvFormat sniffed(BufferedReader text, CsvFormat asked) throws IOException {
    char[] begin = new char[LOOKED_AT];
    text.mark(LOOKED_AT);
    int length = 0;
    int n = 0;
    while (n >= 0 && length < LOOKED_AT) {
      n = text.read(begin, length, LOOKED_AT - length);
      length += Math.max(0, n);
    }
    text.reset();
    String looked = new String(begin, 0, length);
    if (looked.indexOf('\0') >= 0) {
      throw new CharacterCodingException();
    }
    CsvFormat found = asked;
    Matcher line = SEPARATOR_LINE.matcher(looked);
    if (line.lookingAt()) {
      looked = looked.substring(line.end());
      if (found.separator() == null) {
        found = found.withSeparator(line.group(1).charAt(0));
      }
    }
    CsvSniffer sniffer = new CsvSniffer(looked, n < 0);
    try {
      if (found.separator() == null) {
        found = found.withSeparator(sniffer.separator());
      }
      if (found.decimal() == null) {
        Character decimal = sniffer.decimal(found.separator());
        if (decimal != null && !decimal.equals(found.thousands())) {
          found = found.withDecimal(decimal);
        }
      }
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(name + ": " + e.getMessage(), e);
    }
    return found;
  }

  private IOException failure(IOException e) {
    if (e instanceof NoSuchFileException) {
      return new IOException(name + ": no such file", e);
    }
    if (e instanceof CharacterCodingException) {
      return new IOException(
          name
              + ": is not "
              + (format.encoding() == null ? "UTF-8" : format.encoding())
              + " text; give its encoding (--encoding windows-1252, UTF-16LE, …) or convert it to"
              + " UTF-8",
          e);
    }
    return new IOException(name + ": cannot be read: " + Printable.reason(e), e);
  }

  private Table table(Iterator<CsvRecord> records, CsvFormat found) throws IOException {
    CsvRecord first = null;
    while (records.hasNext() && (first == null || isBlank(first) || isSeparatorLine(first))) {
      first = records.next();
    }
    if (first == null || isBlank(first)) {
      throw new IOException(name + ": is empty; a first row with the columns' names is needed");
    }
    List<String> header = header(first);
    List<Selected> columns = select(header, found);
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
    return table(columns, Arrays.copyOf(rows.lines, rows.count), found);
  }

  private Table table(List<Selected> columns, int[] lines, CsvFormat found) throws IOException {
    Map<String, Column> finished = new LinkedHashMap<>();
    CsvFormat used = found;
    for (Selected column : columns) {
      try {
        Column values = column.reading.finish();
        finished.put(column.name, values);
        if (values.time != null) {
          used = used.withTime(column.name, values.time.pattern());
        }
      } catch (IllegalArgumentException e) {
        throw new IOException(
            name + ", column " + Printable.text(column.name + ": " + e.getMessage()), e);
      }
    }
    return Table.read(name, finished, lines, used);
  }

  private List<Selected> select(List<String> header, CsvFormat found) throws IOException {
    List<String> declared = new ArrayList<>(format.categorical());
    declared.addAll(format.numeric());
    declared.addAll(format.times().keySet());
    for (String column : declared) {
      if (!optional.contains(column)) {
        find(column, header);
      }
    }
    NumberStyle numbers =
        new NumberStyle(
            found.decimal() == null ? '.' : found.decimal(),
            found.thousands() == null ? NumberStyle.NONE : found.thousands());
    Set<String> missing = new HashSet<>();
    found.missing().forEach(marker -> missing.add(marker.strip()));
    List<Selected> columns = new ArrayList<>();
    Set<String> read = new LinkedHashSet<>(selected.isEmpty() ? header : selected);
    optional.stream().filter(header::contains).forEach(read::add);
    for (String column : read) {
      columns.add(new Selected(column, find(column, header), reading(column, numbers, missing)));
    }
    return columns;
  }

  private ColumnReader reading(String column, NumberStyle numbers, Set<String> missing) {
    String pattern = format.times().get(column);
    if (pattern != null) {
      return new TimeColumn(pattern, numbers, missing);
    }
    CsvColumn.Kind kind =
        format.categorical().contains(column)
            ? CsvColumn.Kind.CATEGORIES
            : format.numeric().contains(column) ? CsvColumn.Kind.NUMBERS : CsvColumn.Kind.OPEN;
    return new CsvColumn(column, kind, numbers, missing);
  }

  private static boolean isBlank(CsvRecord record) {
    return record.getFieldCount() == 1 && record.getField(0).isEmpty();
  }

  /** The line by which Excel is told what separates the columns. */
  private static boolean isSeparatorLine(CsvRecord record) {
    return record.getStartingLineNumber() == 1
        && record.getFieldCount() <= 2
        && String.join("", record.getFields()).matches("(?i)sep=[^\\w\"]?");
  }

  private void add(CsvRecord record, List<String> header, List<Selected> columns, Lines rows)
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
              + record.getFieldCount()
              + (record.getFieldCount() > header.size() && header.size() > 1
                  ? "; a value that holds the separator must be in quotes"
                  : ""));
    }
    rows.add(line);
    for (Selected column : columns) {
      String problem = column.reading.add(record.getField(column.index), line);
      if (problem != null) {
        throw new IOException(
            name + ", line " + line + ", column " + Printable.text(column.name + ": " + problem));
      }
    }
  }

  private List<String> header(CsvRecord record) throws IOException {
    List<String> header = new ArrayList<>();
    for (String column : record.getFields()) {
      // the index of a pandas table has no name, nor has what follows a separator at the end
      header.add(column.isBlank() ? "Unnamed: " + header.size() : column.strip());
    }
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
      throw new IOException(name + ": no column " + Printable.text(Names.missing(column, header)));
    }
    return at;
  }
}
