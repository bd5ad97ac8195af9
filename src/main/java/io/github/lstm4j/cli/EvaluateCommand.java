package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tasks.Report;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Measures a model on data. */
@Command(
    name = "evaluate",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Measures a model made by train or demo on a .csv file. Forecasts: RMSE and MAE, in the file's"
            + " unit, beside those of persistence (nothing changes) and of the seasonal naive (all is"
            + " as it was a season before); skill is how far the model's RMSE is below persistence's."
            + " Classes: accuracy, areas under the ROC and precision-recall curves, log loss, the"
            + " confusion matrix, beside always saying the most frequent class. Anomaly scores: those"
            + " areas, and what the threshold finds, with --label. On a .npz file with arrays x and y, or"
            + " named as the model's inputs and outputs: loss and metrics of a compiled model.")
final class EvaluateCommand implements Callable<Integer> {
  private static final int BATCH = 128;

  private final Console console;
  @Spec private CommandSpec command;

  @Option(
      names = "--model",
      required = true,
      paramLabel = "MODEL",
      description = "A model's file: .keras, .h5, .onnx, .safetensors.")
  private Path file;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE",
      description = "A .csv or .npz file.")
  private Path data;

  @Option(
      names = "--last",
      paramLabel = "P",
      defaultValue = "1",
      description =
          "Of a .csv file only the last fraction of the rows, and groups that lie wholly in it;"
              + " default 1: all.")
  private double last;

  @Mixin private Measuring measuring;

  @Option(
      names = "--label",
      paramLabel = "COL",
      description =
          "Of anomaly scores: the column that says which rows are anomalies: 0 or another number, or"
              + " a word such as normal, ok, no or false, or another.")
  private String label;

  @Mixin private CsvOptions csvOptions;
  @Mixin private BackendOption backendOption;

  EvaluateCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!(last > 0 && last <= 1)) {
      throw new ParameterException(command.commandLine(), "--last must lie in (0, 1], got " + last);
    }
    measuring.check();
    DataFile kind = DataFile.of(data, command);
    if (kind == DataFile.NPY) {
      throw new ParameterException(
          command.commandLine(), data + ": targets are needed too; give a .npz with x and y");
    }
    backendOption.check();
    if (kind != DataFile.CSV) {
      Checks check = new Checks(command);
      check.ofTable(data, List.of("--last", "--season", "--report", "--label"));
      check.ofTable(data, CsvOptions.NAMES);
    }
    new OutputFiles(command)
        .reads("--model", file)
        .reads("--data", data)
        .writes("--report", measuring.report(), ".html");
    Model loaded = Models.load(file);
    try (Backend backend = backendOption.open(loaded, BATCH, false);
        Model model = loaded.on(backend)) {
      if (kind == DataFile.CSV) {
        Task task = csvOptions.on(Tasks.of(model, file));
        table(model, label == null ? task : task.labelled(label));
      } else {
        arrays(model);
      }
    }
    return 0;
  }

  private void table(Model model, Task task) throws IOException {
    Frame frame = task.inputs().encode(task.read(data, true));
    List<Range> rows = task.inputs().newest(frame.table(), last);
    TaskSamples samples = measuring.of(task.cut(frame, rows));
    if (samples.size() == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: no %s among %d rows; one needs %d rows in a row",
              data,
              task.describeSample(true),
              rows.stream().mapToInt(Range::size).sum(),
              task.sampleRows(true)));
    }
    console.out().println(data + ": " + samples.describe());
    Tensor outputs = model.predict(samples.source(), BATCH);
    console.out().print(samples.errorsText(outputs));
    measuring.write(
        new Report("Errors of " + file.getFileName(), model, samples, outputs)
            .about(
                String.format(
                    Locale.ROOT,
                    "%s on %s: %s%s.",
                    file.getFileName(),
                    data.getFileName(),
                    samples.describe(),
                    last < 1 ? " of the last " + last + " of the rows" : ""))
            .data(frame.table())
            .run("Model", String.valueOf(file))
            .run("Data", String.valueOf(data)),
        console);
  }

  private void arrays(Model model) throws IOException {
    List<Tensor> x = DataFile.NPZ.inputsOf(model, data);
    model
        .evaluate(x, DataFile.targetsOf(model, data), BATCH)
        .forEach((name, value) -> console.out().printf(Locale.ROOT, "%s %.6g%n", name, value));
  }
}
