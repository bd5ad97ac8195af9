package io.github.lstm4j.callbacks;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.reader.FieldMismatchStrategy;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Training;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Writes a line of CSV an epoch: the epoch from 0, then every value of the logs. The first line
 * names the columns, quoted where CSV needs it; a value that a later epoch does not have is {@code
 * NA}, as in Keras.
 */
public final class CSVLogger implements Callback {
  private static final String EPOCH = "epoch";

  private final Path file;
  private final boolean append;
  private boolean goesOn; // with a training that wrote to the file already
  private boolean begun;
  private Set<String> promised = Set.of(); // keys that epochs will have, if not each of them
  private List<String> columns; // null before the first line

  /** To a new file; one that exists is overwritten. */
  public CSVLogger(Path file) {
    this(file, false);
  }

  /**
   * @param append whether lines are added to a file that exists, as after an interruption. A line
   *     that was cut short is removed, and where a training goes on, or begins with a later epoch
   *     than 0, the lines at the end from that epoch on are. Columns that the file lacks are
   *     refused
   */
  public CSVLogger(Path file, boolean append) {
    this.file = file;
    this.append = append;
  }

  @Override
  public void onTrainBegin(Training training) {
    goesOn = false;
    begun = false;
    columns = null;
    try {
      if (!append) {
        Files.writeString(file, "");
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void restore(Training training, CallbackState state) {
    goesOn = true;
    promised = training.keys();
  }

  @Override
  public void onEpochBegin(Training training, int epoch) {
    promised = training.keys();
    begin(epoch, promised);
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    begin(epoch, logs.keySet());
    List<List<String>> lines = new ArrayList<>();
    if (columns == null) {
      Set<String> all = new LinkedHashSet<>(promised); // of which the first epoch may lack some
      all.addAll(logs.keySet());
      columns = List.copyOf(all);
      lines.add(line(EPOCH, columns));
    }
    List<String> values =
        columns.stream().map(c -> logs.containsKey(c) ? logs.get(c).toString() : "NA").toList();
    lines.add(line(String.valueOf(epoch), values));
    // not through a channel: an interrupt would close that
    try (FileOutputStream out = new FileOutputStream(file.toFile(), true)) {
      out.write(csv(lines).getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  /** Before the first line: takes up a file that exists. */
  private void begin(int epoch, Collection<String> keys) {
    if (begun) {
      return;
    }
    begun = true;
    try {
      if (append && Files.exists(file)) {
        takeUp(epoch, keys, Files.readString(file));
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private void takeUp(int epoch, Collection<String> keys, String text) throws IOException {
    List<List<String>> lines = new ArrayList<>();
    try (CsvReader<CsvRecord> reader =
        CsvReader.builder()
            .missingFieldStrategy(FieldMismatchStrategy.IGNORE)
            .extraFieldStrategy(FieldMismatchStrategy.IGNORE)
            .allowUnclosedQuote(true)
            .ofCsvRecord(text)) {
      reader.forEach(r -> lines.add(r.getFields()));
    }
    if (!text.isEmpty() && !text.endsWith("\n")) {
      lines.remove(lines.size() - 1);
    }
    if (lines.isEmpty()) {
      Files.writeString(file, "");
      return;
    }
    List<String> header = lines.get(0);
    columns = header.subList(1, header.size());
    if (!header.get(0).equals(EPOCH) || !columns.containsAll(keys)) {
      throw new IllegalArgumentException(
          "CSVLogger: "
              + file
              + " has the columns "
              + header
              + ", and cannot take epoch and "
              + keys
              + "; append to a file of the same training, or write another");
    }
    while (lines.size() > 1
        && (lines.get(lines.size() - 1).size() != header.size()
            || ((goesOn || epoch > 0) && epochOf(lines) >= epoch))) {
      lines.remove(lines.size() - 1);
    }
    String kept = csv(lines);
    if (!kept.equals(text)) {
      AtomicFile.write(file, out -> out.write(kept.getBytes(StandardCharsets.UTF_8)));
    }
  }

  private int epochOf(List<List<String>> lines) {
    String last = lines.get(lines.size() - 1).get(0);
    try {
      return Integer.parseInt(last);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "CSVLogger: "
              + file
              + ", line "
              + lines.size()
              + ": expected an epoch's number, got "
              + last,
          e);
    }
  }

  private static List<String> line(String first, List<String> others) {
    List<String> line = new ArrayList<>(List.of(first));
    line.addAll(others);
    return line;
  }

  private static String csv(List<List<String>> lines) throws IOException {
    StringWriter text = new StringWriter();
    try (CsvWriter csv = CsvWriter.builder().lineDelimiter(LineDelimiter.LF).build(text)) {
      lines.forEach(csv::writeRecord);
    }
    return text.toString();
  }

  private UncheckedIOException failure(IOException e) {
    return new UncheckedIOException(
        "CSVLogger: cannot write " + file + ": " + Printable.reason(e), e);
  }
}
