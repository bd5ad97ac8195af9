package io.github.lstm4j.cli;

import de.siegmar.fastcsv.writer.CsvWriter;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.inspect.InspectPage;
import io.github.lstm4j.inspect.Look;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Draws what happens inside a model while it answers for one sample. */
@Command(
    name = "inspect",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Draws what happens inside a model while it answers for one sample, as a page: the gates i, f"
          + " and o, the candidate, and the states c and h of every unit over time, of every LSTM"
          + " (of a Bidirectional both directions; of a GRU its gates and h, of a SimpleRNN h); how"
          + " much each output changes with each number of the input; the model as a diagram.",
      "",
      "The gates are those that the backend computed. A .csv input needs a model made by train or"
          + " demo; of .npy and .npz arrays see predict --help."
    })
final class InspectCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(
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
      names = "--sample",
      paramLabel = "N",
      description = "Which sample of the input, from 1; default: the last.")
  private Integer sample;

  @Option(
      names = "--out",
      paramLabel = "PAGE.html",
      defaultValue = "inspect.html",
      description = "The page; default inspect.html.")
  private Path page;

  @Option(
      names = "--values",
      paramLabel = "FILE",
      description =
          "All numbers too: .npz with an array (timesteps, units) for each, such as lstm.f and"
              + " saliency.load+1; or .csv with a line for each number.")
  private Path values;

  @Option(
      names = "--outputs",
      paramLabel = "N",
      defaultValue = "6",
      description = "Of how many outputs the sensitivity is drawn, from the first; default 6.")
  private int outputs;

  @Mixin private CsvOptions csvOptions;
  @Mixin private BackendOption backendOption;

  InspectCommand(Console console) {
    this.console = console;
  }

  /** A sample with what is known of it. */
  private record Sample(
      Tensor x, int number, int count, String about, List<String> features, List<String> outputs) {}

  @Override
  public Integer call() throws IOException {
    Checks check = new Checks(command);
    check.require(sample == null || sample >= 1, "--sample must be at least 1, got " + sample);
    check.require(outputs >= 0, "--outputs must be at least 0, got " + outputs);
    DataFile from = DataFile.of(input, command);
    DataFile to = values == null ? null : DataFile.of(values, command);
    check.require(
        to != DataFile.NPY,
        "--values: one array does not hold them all; expected a name that ends in .npz or .csv, got "
            + values);
    backendOption.check();
    if (from != DataFile.CSV) {
      check.ofTable(input, CsvOptions.NAMES);
    }
    new OutputFiles(command)
        .reads("MODEL", file)
        .reads("--input", input)
        .writes("--out", page, ".html")
        .writes("--values", values);
    Model loaded = Models.load(file);
    try (Backend backend = backendOption.open(loaded, 1, false);
        Model model = loaded.on(backend)) {
      Sample chosen =
          from == DataFile.CSV
              ? ofTable(csvOptions.on(Tasks.of(model, file)))
              : ofArrays(model, from);
      Look look = Look.at(model, chosen.x(), outputs, chosen.features(), chosen.outputs());
      String about =
          String.format(
              Locale.ROOT,
              "Sample %,d of %,d of %s%s. %s, on %s.",
              chosen.number(),
              chosen.count(),
              input.getFileName(),
              chosen.about(),
              file.getFileName(),
              backend.description());
      InspectPage.of("Inside " + model.name(), about, model, look).write(page);
      console.out().println("Wrote " + page);
      if (to != null) {
        write(look.arrays(), to);
        console.out().println("Wrote " + values);
      }
    }
    return 0;
  }

  private Sample ofTable(Task task) throws IOException {
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
    int n = number(samples.size());
    String about =
        String.format(Locale.ROOT, ", which ends at row %,d", samples.lastRow(n - 1) + 1);
    return new Sample(
        samples.input(n - 1), n, samples.size(), about, frame.names(), task.outputNames());
  }

  private Sample ofArrays(Model model, DataFile kind) throws IOException {
    Tensor x = kind.inputsOf(model, input).get(0);
    int n = number(x.dim(0));
    return new Sample(x.rows(n - 1, n), n, x.dim(0), "", List.of(), List.of());
  }

  /** The number that was asked for, from 1. */
  private int number(int count) {
    int n = sample == null ? count : sample;
    if (n < 1 || n > count) {
      throw new IllegalArgumentException(
          input + ": has " + count + " samples, and --sample asks for number " + n);
    }
    return n;
  }

  private void write(Map<String, Tensor> arrays, DataFile to) throws IOException {
    if (to == DataFile.NPZ) {
      Npz.write(values, arrays);
      return;
    }
    AtomicFile.write(
        values,
        out -> {
          try (CsvWriter csv =
              CsvWriter.builder().build(new OutputStreamWriter(out, StandardCharsets.UTF_8))) {
            csv.writeRecord("what", "timestep", "number", "value");
            arrays.forEach((name, array) -> lines(csv, name, array));
          }
        });
  }

  private static void lines(CsvWriter csv, String name, Tensor array) {
    int width = array.shape().rank() == 2 ? array.dim(1) : 1;
    boolean overTime = array.shape().rank() == 2;
    for (int at = 0; at < array.size(); at++) {
      csv.writeRecord(
          name,
          overTime ? String.valueOf(1 + at / width) : "",
          String.valueOf(overTime ? at % width : at),
          Float.toString(array.data()[at]));
    }
  }
}
