package io.github.lstm4j.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.forecast.ForecastTask;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
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

  /**
   * What comes out.
   *
   * @param tensors by name
   * @param columns names for the columns of the first
   * @param rows for each of its rows the row of the input it belongs to, from 1
   */
  private record Result(Map<String, Tensor> tensors, List<String> columns, List<Integer> rows) {}

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    DataFile from = DataFile.of(input, command);
    DataFile to = DataFile.of(output, command);
    KerasModels.Loaded loaded = KerasModels.load(file);
    try (Backend backend = backendOption.open(loaded.model(), BATCH, false);
        Model model = loaded.model().on(backend)) {
      Result result =
          from == DataFile.CSV ? forecast(model, ForecastTask.of(loaded, file)) : run(model, from);
      write(result, to);
      console.out().println("Wrote " + output + ": " + shapes(result));
    }
    return 0;
  }

  private static String shapes(Result result) {
    List<String> all = new ArrayList<>();
    result.tensors.forEach((name, tensor) -> all.add(name + " " + tensor.shape()));
    return String.join(", ", all);
  }

  private Result forecast(Model model, ForecastTask task) throws IOException {
    Frame frame = task.features().encode(task.read(input, false));
    ForecastTask.Cut cut = task.cutInputs(frame);
    if (cut.size() == 0) {
      throw new IllegalArgumentException(
          input
              + ": no whole window among "
              + frame.rows()
              + " rows; one needs "
              + task.window()
              + " rows in a row");
    }
    double[] values = task.invert(model.predict(cut.x(), BATCH), cut);
    Tensor forecasts = Tensor.zeros(cut.size(), task.outputNames().size());
    List<Integer> rows = new ArrayList<>();
    for (int i = 0; i < values.length; i++) {
      forecasts.data()[i] = (float) values[i];
    }
    for (int n = 0; n < cut.size(); n++) {
      rows.add(cut.lastRow(n) + 1);
    }
    return new Result(Map.of("output", forecasts), task.outputNames(), rows);
  }

  private Result run(Model model, DataFile kind) throws IOException {
    Tensor x = kind == DataFile.NPY ? Npy.read(input) : pick(Npz.read(input), model);
    List<String> names = outputNames(model);
    List<Tensor> values = names.size() == 1 ? List.of(model.predict(x, BATCH)) : model.call(x);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    for (int i = 0; i < names.size(); i++) {
      tensors.put(names.get(i), values.get(i));
    }
    Tensor first = values.get(0);
    List<String> columns = new ArrayList<>();
    for (int k = 0; k < first.size() / Math.max(1, first.dim(0)); k++) {
      columns.add("output" + k);
    }
    List<Integer> rows = new ArrayList<>();
    for (int n = 1; n <= first.dim(0); n++) {
      rows.add(n);
    }
    return new Result(tensors, columns, rows);
  }

  private Tensor pick(Map<String, Tensor> arrays, Model model) {
    if (arrays.size() == 1) {
      return arrays.values().iterator().next();
    }
    for (Map.Entry<String, Tensor> array : arrays.entrySet()) {
      if (List.of("x", model.inputLayer().name()).contains(array.getKey())) {
        return array.getValue();
      }
    }
    throw new IllegalArgumentException(
        input
            + ": expected one array, or one named x or as the model's input layer; got "
            + arrays.keySet());
  }

  /** What the model returns, by name. */
  private static List<String> outputNames(Model model) {
    return model.layers().get(model.layers().size() - 1).outputNames();
  }

  private void write(Result result, DataFile kind) throws IOException {
    switch (kind) {
      case NPZ -> Npz.write(output, result.tensors);
      case NPY -> Npy.write(output, result.tensors.get("output"));
      case CSV ->
          AtomicFile.write(
              output, out -> csv(result, new OutputStreamWriter(out, StandardCharsets.UTF_8)));
    }
  }

  private static void csv(Result result, Writer writer) throws IOException {
    Tensor values = result.tensors.get("output");
    int width = result.columns.size();
    try (CsvWriter csv = CsvWriter.builder().build(writer)) {
      List<String> line = new ArrayList<>(List.of("row"));
      line.addAll(result.columns);
      csv.writeRecord(line);
      for (int n = 0; n < result.rows.size(); n++) {
        line = new ArrayList<>(List.of(String.valueOf(result.rows.get(n))));
        for (int k = 0; k < width; k++) {
          line.add(String.format(Locale.ROOT, "%s", values.data()[n * width + k]));
        }
        csv.writeRecord(line);
      }
    }
  }
}
