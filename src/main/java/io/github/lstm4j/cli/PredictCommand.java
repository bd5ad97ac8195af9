package io.github.lstm4j.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.ForecastSamples;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.Task;
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

  @Mixin private BackendOption backendOption;

  /** What comes out, and how it looks in each kind of file. */
  private interface Result {
    /** The arrays' names and shapes. */
    String shapes();

    void writeNpy(Path file) throws IOException;

    void writeNpz(Path file) throws IOException;

    /** Names for the columns of the first array. */
    List<String> columns();

    /** For each row of the first array the row of the input that it belongs to, from 1. */
    List<Integer> rows();

    /** A number of the first array, with all its digits. */
    String text(int at);
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
    public List<String> columns() {
      int width = first().size() / Math.max(1, first().dim(0));
      return IntStream.range(0, width).mapToObj(k -> "output" + k).toList();
    }

    @Override
    public List<Integer> rows() {
      return IntStream.rangeClosed(1, first().dim(0)).boxed().toList();
    }

    @Override
    public String text(int at) {
      return Float.toString(first().data()[at]);
    }
  }

  /** Forecasts in the unit of the input; in double, as float32 has only 7 digits. */
  private static final class Forecasts implements Result {
    private final double[] values; // (N, H·K), row-major
    private final List<String> columns;
    private final List<Integer> rows;

    Forecasts(double[] values, List<String> columns, List<Integer> rows) {
      this.values = values;
      this.columns = columns;
      this.rows = rows;
    }

    @Override
    public String shapes() {
      return OUTPUT + " " + Shape.of(rows.size(), columns.size());
    }

    @Override
    public void writeNpy(Path file) throws IOException {
      Npy.write(file, values, rows.size(), columns.size());
    }

    @Override
    public void writeNpz(Path file) throws IOException {
      Npz.write(file, OUTPUT, values, rows.size(), columns.size());
    }

    @Override
    public List<String> columns() {
      return columns;
    }

    @Override
    public List<Integer> rows() {
      return rows;
    }

    @Override
    public String text(int at) {
      double v = values[at];
      boolean plain =
          Math.abs(v) >= 1e7 && Math.abs(v) < 1e15; // 1700000012.25, not 1.70000001225E9
      return plain ? new BigDecimal(Double.toString(v)).toPlainString() : Double.toString(v);
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
          from == DataFile.CSV ? forecast(model, Tasks.of(loaded, file)) : run(model, from);
      write(result, to);
      console.out().println("Wrote " + output + ": " + result.shapes());
    }
    return 0;
  }

  private Result forecast(Model model, Task task) throws IOException {
    if (!(task instanceof ForecastTask forecast)) {
      throw new IllegalStateException("a task without a result: " + task);
    }
    Frame frame = task.inputs().encode(task.read(input, false));
    ForecastSamples samples = forecast.cutInputs(frame);
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
    double[] values = samples.forecasts(model.predict(samples.source(), BATCH));
    List<Integer> rows =
        IntStream.range(0, samples.size()).mapToObj(n -> samples.lastRow(n) + 1).toList();
    return new Forecasts(values, forecast.outputNames(), rows);
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
              output, out -> csv(result, new OutputStreamWriter(out, StandardCharsets.UTF_8)));
    }
  }

  private static void csv(Result result, Writer writer) throws IOException {
    int width = result.columns().size();
    try (CsvWriter csv = CsvWriter.builder().build(writer)) {
      List<String> line = new ArrayList<>(List.of("row"));
      line.addAll(result.columns());
      csv.writeRecord(line);
      for (int n = 0; n < result.rows().size(); n++) {
        line = new ArrayList<>(List.of(String.valueOf(result.rows().get(n))));
        for (int k = 0; k < width; k++) {
          line.add(result.text(n * width + k));
        }
        csv.writeRecord(line);
      }
    }
  }
}
