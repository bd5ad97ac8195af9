package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TableWriter;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Tensor;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
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
          + " named as the model's input layer, or one named x; for several inputs, arrays of their"
          + " names. The outputs are 'output', or of several each by the name of its layer, and, if"
          + " the last layer returns its states, 'state_h' and 'state_c' ('forward_h', 'forward_c',"
          + " 'backward_h', 'backward_c'); a .npy or .csv output takes the first only.",
      "",
      "A .csv input needs a model made by train or demo: its rows are encoded, scaled and cut into"
          + " windows or groups as in training. Answers are in the file's unit, in .csv and .jsonl"
          + " (JSON lines) a line each.",
      "",
      "Of forecasts there is a line for each window, horizon and target:",
      "  row       the window's last row, counted from 1",
      "  time      when the forecast is for, with a time column",
      "  target    the column that is forecast",
      "  horizon   how many rows after the window",
      "  forecast  all its digits; with lower and upper, the ends of its interval, if it has one",
      "  actual    what came, if the file has it",
      "  In .npy and .npz: an array (windows, horizons x targets).",
      "",
      "Of labels there is a line for each group, each of its rows, or each window:",
      "  row          the last row that went in, counted from 1",
      "  time, group  of that row, if there are any",
      "  predicted    the class or number",
      "  probability_CLASS  of each class",
      "  actual       the label, if the file has it",
      "",
      "Of anomaly scores there is a line for each row:",
      "  row, time, group",
      "  score         how badly the row was rebuilt: mean squared error in scaled units",
      "  anomaly       true if that is above the model's threshold",
      "  worst_column  which column was rebuilt worst",
      "  actual        the label, if it is known and the file has it",
      "",
      "In .npy and .npz are the numbers of these lines but row and time, in float64."
    })
final class PredictCommand implements Callable<Integer> {
  private static final int BATCH = 128;
  private static final String OUTPUT = "output";

  private final Map<String, TableWriter> texts =
      Map.of("csv", TableWriter.CSV, "jsonl", TableWriter.JSON_LINES);

  private final Console console;
  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A model's file: .keras, .h5, .onnx, .safetensors.")
  private Path file;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "FILE",
      description = "A .csv, .npy or .npz file.")
  private Path input;

  @Option(
      names = "--output",
      required = true,
      paramLabel = "FILE",
      description = "A .csv, .jsonl, .npy or .npz file, or - for standard output.")
  private Path output;

  @Option(
      names = "--format",
      paramLabel = "csv|jsonl",
      description = "Of what goes to standard output; default csv.")
  private String format;

  @Mixin private CsvOptions csvOptions;
  @Mixin private BackendOption backendOption;

  PredictCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    DataFile from = DataFile.of(input, command);
    checkOptions();
    backendOption.check();
    if (from != DataFile.CSV) {
      new Checks(command).ofTable(input, CsvOptions.NAMES);
    }
    OutputFiles files = new OutputFiles(command).reads("--model", file).reads("--input", input);
    if (!toStandardOutput()) {
      files.writes("--output", output);
    }
    Model loaded = Models.load(file);
    try (Backend backend = backendOption.open(loaded, BATCH, false);
        Model model = loaded.on(backend)) {
      if (from == DataFile.CSV) {
        ofTable(model, csvOptions.on(Tasks.of(model, file)));
      } else {
        ofArrays(model, from.inputsOf(model, input));
      }
    }
    return 0;
  }

  private void checkOptions() {
    Checks check = new Checks(command);
    if (toStandardOutput()) {
      check.require(
          format == null || texts.containsKey(format),
          "--format: expected csv or jsonl, got " + format);
      format = format == null ? "csv" : format;
      return;
    }
    check.require(
        format == null, "--format is for --output -; a file's format is that of its ending");
    String name = output.toString().toLowerCase(Locale.ROOT);
    format = name.substring(name.lastIndexOf('.') + 1);
    check.require(
        texts.containsKey(format) || format.equals("npy") || format.equals("npz"),
        output + ": expected a name that ends in .csv, .jsonl, .npy or .npz, or -");
  }

  private boolean toStandardOutput() {
    return output.toString().equals("-");
  }

  private void ofTable(Model model, Task task) throws IOException {
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
    if (!toStandardOutput()) {
      console.out().println(input + ": " + samples.describe());
    }
    Tensor outputs = model.predict(samples.source(), BATCH);
    if (texts.containsKey(format)) {
      Table results = samples.results(outputs);
      write(results);
      wrote(String.format(Locale.ROOT, "%,d rows: %s", results.rows(), results.names()));
      return;
    }
    double[][] numbers = samples.numbers(outputs);
    int width = numbers[0].length;
    double[] values = Arrays.stream(numbers).flatMapToDouble(Arrays::stream).toArray();
    if (format.equals("npy")) {
      Npy.write(output, values, numbers.length, width);
    } else {
      Npz.write(output, OUTPUT, values, numbers.length, width);
    }
    wrote(OUTPUT + " (" + numbers.length + ", " + width + ")");
  }

  private void ofArrays(Model model, List<Tensor> x) throws IOException {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    List<String> outputs = model.outputNames();
    List<String> states = model.layers().get(model.layers().size() - 1).outputNames();
    if (outputs.size() > 1) {
      List<String> inputs = model.graph().inputNames();
      Map<String, Tensor> byName = new LinkedHashMap<>();
      inputs.forEach(name -> byName.put(name, x.get(inputs.indexOf(name))));
      tensors.putAll(model.predict(byName, BATCH));
    } else if (states.size() > 1 && x.size() == 1) {
      List<Tensor> all = model.call(x.get(0));
      states.forEach(name -> tensors.put(name, all.get(tensors.size())));
    } else {
      tensors.put(OUTPUT, model.predict(x, BATCH).get(0));
    }
    List<String> shapes = new ArrayList<>();
    tensors.forEach((name, value) -> shapes.add(name + " " + value.shape()));
    Tensor first = tensors.values().iterator().next();
    switch (format) {
      case "npy" -> Npy.write(output, first);
      case "npz" -> Npz.write(output, tensors);
      default -> write(table(first));
    }
    wrote(String.join(", ", shapes));
  }

  /** A row for each sample. */
  private static Table table(Tensor output) {
    int samples = output.dim(0);
    int width = output.size() / Math.max(1, samples);
    double[] rows = new double[samples];
    Arrays.setAll(rows, n -> n + 1);
    Map<String, double[]> columns = new LinkedHashMap<>(Map.of("row", rows));
    for (int k = 0; k < width; k++) {
      double[] column = new double[samples];
      for (int n = 0; n < samples; n++) { // 0.1, not the nearest float's 0.10000000149011612
        column[n] = Double.parseDouble(Float.toString(output.data()[n * width + k]));
      }
      columns.put("output" + k, column);
    }
    return Table.of(columns);
  }

  private void write(Table results) throws IOException {
    TableWriter writer = texts.get(format);
    if (toStandardOutput()) {
      BufferedOutputStream out = new BufferedOutputStream(console.out(), 1 << 16);
      writer.write(results, out);
      out.flush();
    } else {
      AtomicFile.write(output, out -> writer.write(results, out));
    }
  }

  private void wrote(String what) {
    if (!toStandardOutput()) {
      console.out().println("Wrote " + output + ": " + what);
    }
  }
}
