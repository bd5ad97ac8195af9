package io.github.lstm4j.callbacks;

import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes a line of CSV an epoch: the epoch from 0, then every value of the logs. The first line
 * names the columns; a value that a later epoch does not have is {@code NA}, as in Keras.
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
        try (BufferedReader reader = Files.newBufferedReader(file)) {
          List<String> header = List.of(reader.readLine().split(",", -1));
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
    StringBuilder line = new StringBuilder();
    if (columns == null) {
      columns = List.copyOf(logs.keySet());
      line.append("epoch,").append(String.join(",", columns)).append('\n');
    }
    line.append(epoch);
    for (String column : columns) {
      line.append(',').append(logs.containsKey(column) ? logs.get(column).toString() : "NA");
    }
    try {
      Files.writeString(file, line.append('\n'), StandardCharsets.UTF_8, StandardOpenOption.APPEND);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  private UncheckedIOException failure(IOException e) {
    return new UncheckedIOException("CSVLogger: cannot write " + file + ": " + e.getMessage(), e);
  }
}
