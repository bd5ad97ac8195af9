package io.github.lstm4j.callbacks;

import de.siegmar.fastcsv.reader.CsvReader;
import de.siegmar.fastcsv.reader.CsvRecord;
import de.siegmar.fastcsv.writer.CsvWriter;
import de.siegmar.fastcsv.writer.LineDelimiter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * Writes a line of CSV an epoch: the epoch from 0, then every value of the logs. The first line
 * names the columns, quoted where CSV needs it; a value that a later epoch does not have is {@code
 * NA}, as in Keras.
 */
public final class CSVLogger implements Callback {
  private final Path file;
  private final boolean append;
  private List<String> columns;

  /** To a new file; one that exists is overwritten. */
  public CSVLogger(Path file) {
    this(file, false);
  }

  /**
   * @param append whether lines are added to a file that exists, as after an interruption
   */
  public CSVLogger(Path file, boolean append) {
    this.file = file;
    this.append = append;
  }

  @Override
  public void onTrainBegin(Training training) {
    try {
      if (append && Files.exists(file) && Files.size(file) > 0) {
        try (CsvReader<CsvRecord> lines = CsvReader.builder().ofCsvRecord(file)) {
          List<String> header = lines.iterator().next().getFields();
          columns = header.subList(1, header.size());
        }
      } else {
        columns = null;
        Files.writeString(file, "");
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    try (CsvWriter csv =
        CsvWriter.builder()
            .lineDelimiter(LineDelimiter.LF)
            .build(Files.newBufferedWriter(file, StandardOpenOption.APPEND))) {
      if (columns == null) {
        columns = List.copyOf(logs.keySet());
        write(csv, "epoch", columns.stream());
      }
      write(
          csv,
          String.valueOf(epoch),
          columns.stream().map(c -> logs.containsKey(c) ? logs.get(c).toString() : "NA"));
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private static void write(CsvWriter csv, String first, Stream<String> others) {
    csv.writeRecord(Stream.concat(Stream.of(first), others).toList());
  }

  private UncheckedIOException failure(IOException e) {
    return new UncheckedIOException(
        "CSVLogger: cannot write " + file + ": " + Printable.reason(e), e);
  }
}
