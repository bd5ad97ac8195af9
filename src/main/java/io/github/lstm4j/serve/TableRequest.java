package io.github.lstm4j.serve;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.github.lstm4j.data.CsvFormat;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TableWriter;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.StoredFields;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/**
 * Rows of a table in, answers in its units out: what the command {@code predict} does with a file.
 * The rows are CSV ({@code text/csv}), or JSON: {@code {"rows": [{"time": "2026-11-01 00:00",
 * "load": 101.5}, …]}}. So are the answers, as the header {@code Accept} asks for.
 */
final class TableRequest {
  private static final String ROWS = "the rows";

  /** What rows are written as. */
  enum Format {
    /** Lines, as a file has them. */
    CSV,
    /** Objects of columns and values. */
    JSON,
    /** It is not said, or any. */
    OPEN;

    private static final String CSV_TYPE = "text/csv";
    private static final String FORM = "application/x-www-form-urlencoded"; // curl's, if not told

    /**
     * As a media type says it.
     *
     * @param where it stands, for errors
     * @param all with its parameters; null: it is not said
     * @throws Refusal if it is another
     */
    static Format of(String where, String all) {
      String type = all == null ? "" : all.split("[;,]", 2)[0].strip().toLowerCase(Locale.ROOT);
      return switch (type) {
        case "", "*/*", FORM -> OPEN;
        case CSV_TYPE -> CSV;
        case ResponseWriter.JSON -> JSON;
        default ->
            throw Refusal.badRequest(
                where
                    + ": expected "
                    + CSV_TYPE
                    + " or "
                    + ResponseWriter.JSON
                    + ", got "
                    + Printable.text(type));
      };
    }
  }

  private final Answer.Target target;
  private final TaskSamples samples;
  private final Tensor inputs;
  private final boolean csv;

  private TableRequest(Answer.Target target, TaskSamples samples, Tensor inputs, boolean csv) {
    this.target = target;
    this.samples = samples;
    this.inputs = inputs;
    this.csv = csv;
  }

  /**
   * Reads the rows, encodes and scales them as in training, and cuts them into samples.
   *
   * @param type of the rows; JSON if it is open
   * @param accept of the answers; that of the rows if it is open
   * @throws Refusal if they are not what the model was trained on, or too few; says which
   */
  static TableRequest read(
      Deployment one, ServerOptions.Limits limits, Format type, Format accept, ByteBuffer body) {
    Answer.Target target = one.target();
    Task task =
        one.engine()
            .task()
            .orElseThrow(
                () ->
                    Refusal.badRequest(
                        "model "
                            + target.model()
                            + ": its file holds no description of columns, scales and windows, so"
                            + " rows cannot be turned into inputs; make it with train, or send"
                            + " tensors to /infer"));
    try {
      boolean rows = type == Format.CSV;
      InputStream text = rows ? new ByteArrayInputStream(bytes(body)) : csvOf(body.duplicate());
      Task reading = rows ? task : task.reading(how -> how.withFormat(plain(how.format())));
      Frame frame = task.inputs().encode(reading.read(CsvReader.of(text, ROWS), false));
      TaskSamples samples = task.cutInputs(frame);
      if (samples.size() == 0) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: no %s among %d rows; one needs %d rows in a row",
                ROWS,
                task.describeSample(false),
                frame.rows(),
                task.sampleRows(false)));
      }
      long elements = (long) samples.size() * task.inputShape().size();
      if (elements > limits.elements()) {
        throw new IllegalArgumentException(
            String.format(
                Locale.ROOT,
                "%s: %s are %,d elements; expected at most %,d; send fewer rows at once",
                ROWS,
                samples.describe(),
                elements,
                limits.elements()));
      }
      return new TableRequest(
          target, samples, all(samples), accept == Format.CSV || (accept == Format.OPEN && rows));
    } catch (IOException | IllegalArgumentException e) {
      throw Refusal.badRequest("model " + target.model() + ": " + Printable.reason(e));
    }
  }

  private static byte[] bytes(ByteBuffer body) {
    byte[] bytes = new byte[body.remaining()];
    body.duplicate().get(bytes);
    return bytes;
  }

  // ---------------------------------------------------------------- rows in JSON

  /** How {@link #csvOf} writes: what the file of the training had beside is of no interest. */
  private static CsvFormat plain(CsvFormat trained) {
    return new CsvFormat(
        ',',
        '.',
        null,
        trained.missing(),
        "UTF-8",
        trained.categorical(),
        trained.numeric(),
        trained.times());
  }

  /** The rows of JSON as CSV, which is then read as any other. */
  private static InputStream csvOf(ByteBuffer body) throws IOException {
    StoredFields request =
        StoredFields.of("request", RequestReader.json(body, body.remaining()), "rows");
    if (!(request.get("rows") instanceof List<?> rows) || rows.isEmpty()) {
      throw request.wrong("rows", "a list of rows, each an object of columns and values");
    }
    List<Map<?, ?>> objects = new ArrayList<>();
    Set<String> columns = new LinkedHashSet<>();
    for (Object row : rows) {
      if (!(row instanceof Map<?, ?> object)) {
        throw new IllegalArgumentException(
            "request.rows["
                + objects.size()
                + "]: expected an object of columns and values, got "
                + Printable.quoted(row));
      }
      object.keySet().forEach(column -> columns.add(column.toString()));
      objects.add(object);
    }
    StringWriter text = new StringWriter();
    CsvWriter csv = CsvWriter.builder().build(text);
    csv.writeRecord(columns);
    for (Map<?, ?> row : objects) {
      csv.writeRecord(columns.stream().map(column -> field(column, row.get(column))).toList());
    }
    csv.close();
    return new ByteArrayInputStream(text.toString().getBytes(StandardCharsets.UTF_8));
  }

  private static String field(String column, Object value) {
    if (value instanceof Map || value instanceof List || value instanceof double[]) {
      throw new IllegalArgumentException(
          "request.rows, column " + Printable.text(column) + ": expected a number or a text");
    }
    return value == null ? "" : value.toString();
  }

  // ---------------------------------------------------------------- in and out

  private static Tensor all(TaskSamples samples) {
    List<Tensor> parts = new ArrayList<>();
    try (BatchSource.Batches batches = samples.source().batches(128, null)) {
      for (Batch batch = batches.next(); batch != null; batch = batches.next()) {
        parts.add(batch.input());
      }
    }
    return Tensor.concat(0, parts.toArray(Tensor[]::new));
  }

  /** As its model takes it: a row for each sample. */
  Question question() {
    return new Question(List.of(inputs), null, outputs -> answer(outputs.get(0)));
  }

  /** The answers, in the table's units, a line for each. */
  private Answer answer(Tensor outputs) {
    Table results = samples.results(outputs);
    ByteArrayOutputStream text = new ByteArrayOutputStream();
    try {
      (csv ? TableWriter.CSV : TableWriter.JSON_LINES).write(results, text);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // of memory
    }
    if (csv) {
      return Answer.of(Format.CSV_TYPE + "; charset=utf-8", text.toByteArray(), target);
    }
    String head =
        new String(
            ResponseWriter.bytes(
                Map.of("model_name", target.model(), "model_version", target.version())),
            StandardCharsets.UTF_8);
    String lines = text.toString(StandardCharsets.UTF_8).strip().replace("\n", ",");
    String json = head.substring(0, head.length() - 1) + ",\"predictions\":[" + lines + "]}";
    return Answer.of(ResponseWriter.JSON, json.getBytes(StandardCharsets.UTF_8), target);
  }
}
