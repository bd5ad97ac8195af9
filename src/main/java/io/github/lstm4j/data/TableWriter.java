package io.github.lstm4j.data;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import de.siegmar.fastcsv.writer.CsvWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * Writes tables as texts in UTF-8: numbers with all their digits, times in their format.
 *
 * <pre>{@code
 * try (OutputStream out = Files.newOutputStream(Path.of("busy.csv"))) {
 *   TableWriter.CSV.write(busy, out);
 * }
 * }</pre>
 */
public enum TableWriter {
  /** A line with the columns' names, then a line for each row; what is missing is empty. */
  CSV {
    @Override
    public void write(Table table, OutputStream out) throws IOException {
      List<String> names = table.names();
      CsvWriter csv =
          CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8));
      csv.writeRecord(names);
      for (int row = 0; row < table.rows(); row++) {
        int r = row;
        csv.writeRecord(names.stream().map(name -> table.text(name, r)).toList());
      }
      csv.flush();
    }
  },

  /** An object for each row, a line each; what is missing is null. */
  JSON_LINES {
    @Override
    public void write(Table table, OutputStream out) throws IOException {
      List<String> names = table.names();
      try (JsonGenerator json =
          new JsonFactory()
              .disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET)
              .createGenerator(out)
              .setRootValueSeparator(null)) {
        for (int row = 0; row < table.rows(); row++) {
          json.writeStartObject();
          for (String name : names) {
            json.writeFieldName(name);
            String text = table.text(name, row);
            if (text == null) {
              json.writeNull();
            } else if (table.column(name).isNumbers()
                && Double.isFinite(table.numbers(name)[row])) {
              json.writeNumber(text);
            } else {
              json.writeString(text);
            }
          }
          json.writeEndObject();
          json.writeRaw('\n');
        }
      }
    }
  };

  /** Writes a table; the stream stays open. */
  public abstract void write(Table table, OutputStream out) throws IOException;
}
