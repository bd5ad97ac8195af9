package io.github.lstm4j.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.math.BigDecimal;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.IntStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Runs a model on a file and writes what it returns to another. */
@Command(
    name = "predict",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Runs a model on a file.",
      "",
      "Arrays (.npy, .npz) go in and come out as they are. A .npz input holds one array, or one"
          + " named as the model's input layer, or one named x. The outputs are 'output' and, if"
          + " the last layer returns its states, 'state_h' and 'state_c' ('forward_h', 'forward_c',"
          + " 'backward_h', 'backward_c'); a .npy or .csv output takes the first only.",
      "",
      "A .csv input needs a model made by train or demo: its rows are encoded, scaled and cut into"
          + " windows as in training, and a forecast is made for every window. Forecasts are in"
          + " the file's unit, in columns such as pm2.5+24; in .csv output the column 'row' is the"
          + " window's last row, counted from 1."
    })
final class PredictCommand implements Callable<Integer> {
  private static final int BATCH = 128;
  private static final String OUTPUT = "output";

  private final Console console;
  @Spec private CommandSpec command;

  @Option(names = "--model", required = true, paramLabel = "MODEL", description = "A .keras file.")
  private Path file;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "A .npy, .npz or .csv file.")
  private Path input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A .npy, .npz or .csv file.")
  private Path output;

  @Mixin private CsvOptions csvOptions;
  @Mixin private BackendOption backendOption;

  /** What comes out, and how it looks in each kind of file. */
  private interface Result {
    /** The arrays' names and shapes. */
    String shapes();

    void writeNpy(Path file) throws IOException;

    void writeNpz(Path file) throws IOException;

    /** The first array as a table, a row for each of its rows. */
    Table table();
  }

  /** What the model returns, by name. */
  private record Outputs(Map<String, Tensor> tensors) implements Result {
    private Tensor first() {
      return tensors.values().iterator().next();
    }

    @Override
    public String shapes() {
      List<String> all = new ArrayList<>();
      tensors.forEach((name, tensor) -> all.add(name + " " + tensor.shape()));
      return String.join(", ", all);
    }

    @Override
    public void writeNpy(Path file) throws IOException {
      Npy.write(file, first());
    }

    @Override
    public void writeNpz(Path file) throws IOException {
      Npz.write(file, tensors);
    }

    @Override
    public Table table() {
      int rows = first().dim(0);
      int width = first().size() / Math.max(1, rows);
      Table table =
          Table.of(Map.of("row", IntStream.rangeClosed(1, rows).asDoubleStream().toArray()));
      for (int k = 0; k < width; k++) {
        double[] column = new double[rows];
        for (int n = 0; n < rows; n++) {
          column[n] = Double.parseDouble(Float.toString(first().data()[n * width + k]));
        }
        table = table.with("output" + k, column);
      }
      return table;
    }
  }

  /**
   * Answers in the unit of the input; in double, as float32 has only 7 digits. Arrays of them hold
   * the columns of numbers but the row.
   */
  private record Answers(Table table) implements Result {
    private List<String> numbers() {
      return table.names().stream()
          .filter(name -> !table.isCategorical(name) && !name.equals("row"))
          .toList();
    }

    private double[] values() {
      List<String> names = numbers();
      double[] values = new double[table.rows() * names.size()];
      for (int k = 0; k < names.size(); k++) {
        double[] column = table.numbers(names.get(k));
        for (int n = 0; n < column.length; n++) {
          values[n * names.size() + k] = column[n];
        }
      }
      return values;
    }

    @Override
    public String shapes() {
      return OUTPUT + " " + Shape.of(table.rows(), numbers().size());
    }

    @Override
    public void writeNpy(Path file) throws IOException {
      Npy.write(file, values(), table.rows(), numbers().size());
    }

    @Override
    public void writeNpz(Path file) throws IOException {
      Npz.write(file, OUTPUT, values(), table.rows(), numbers().size());
    }
  }

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    DataFile from = DataFile.of(input, command);
    DataFile to = DataFile.of(output, command);
    new OutputFiles(command)
        .reads("--model", file)
        .reads("--input", input)
        .writes("--output", output);
    KerasModels.Loaded loaded = KerasModels.load(file);
    try (Backend backend = backendOption.open(loaded.model(), BATCH, false);
        Model model = loaded.model().on(backend)) {
      Result result =
          from == DataFile.CSV
              ? forecast(model, csvOptions.on(Tasks.of(loaded, file)))
              : run(model, from);
      write(result, to);
      console.out().println("Wrote " + output + ": " + result.shapes());
    }
    return 0;
  }

  private Result forecast(Model model, Task task) throws IOException {
    Frame frame = task.inputs().encode(task.read(input, false));
    TaskSamples samples = task.cutInputs(frame);
    if (samples.size() == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: no %s among %d rows; one needs %d rows in a row",
              input,
              task.describeSample(false),
              frame.rows(),
              task.sampleRows(false)));
    }
    return new Answers(samples.results(model.predict(samples.source(), BATCH)));
  }

  private Result run(Model model, DataFile kind) throws IOException {
    Tensor x = kind == DataFile.NPY ? Npy.read(input) : pick(model);
    List<String> names = outputNames(model);
    List<Tensor> values = names.size() == 1 ? List.of(model.predict(x, BATCH)) : model.call(x);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      tensors.put(names.get(i), values.get(i));
    }
    return new Outputs(tensors);
  }

  private Tensor pick(Model model) throws IOException {
    List<String> wanted = List.of("x", model.inputLayer().name());
    List<String> names = Npz.names(input);
    for (String name : names) {
      if (wanted.contains(name)) {
        return Npz.read(input, List.of(name)).get(name);
      }
    }
    Map<String, Tensor> arrays = Npz.read(input);
    if (arrays.size() == 1) {
      return arrays.values().iterator().next();
    }
    throw new IllegalArgumentException(
        input
            + ": expected one array of numbers, or one named x or as the model's input layer; got "
            + names);
  }

  /** What the model returns, by name. */
  private static List<String> outputNames(Model model) {
    return model.layers().get(model.layers().size() - 1).outputNames();
  }

  private void write(Result result, DataFile kind) throws IOException {
    switch (kind) {
      case NPZ -> result.writeNpz(output);
      case NPY -> result.writeNpy(output);
      case CSV ->
          AtomicFile.write(
              output,
              out -> csv(result.table(), new OutputStreamWriter(out, StandardCharsets.UTF_8)));
    }
  }

  private static void csv(Table table, Writer writer) throws IOException {
    try (CsvWriter csv = CsvWriter.builder().build(writer)) {
      csv.writeRecord(table.names());
      for (int row = 0; row < table.rows(); row++) {
        List<String> line = new ArrayList<>();
        for (String name : table.names()) {
          line.add(text(table, name, row));
        }
        csv.writeRecord(line);
      }
    }
  }

  /** A value with all its digits; nothing if it is missing. */
  private static String text(Table table, String column, int row) {
    if (table.isCategorical(column)) {
      return table.text(column, row);
    }
    double v = table.numbers(column)[row];
    if (Double.isNaN(v)) {
      return "";
    }
    if (column.equals("row")) {
      return Long.toString((long) v);
    }
    boolean plain = Math.abs(v) >= 1e7 && Math.abs(v) < 1e15; // 1700000012.25, not 1.70000001225E9
    return plain ? new BigDecimal(Double.toString(v)).toPlainString() : Double.toString(v);
  }
}
