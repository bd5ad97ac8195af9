package io.github.lstm4j.cli;

import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.callbacks.TerminateOnNaN;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.Report;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.TaskSetup;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Trains a model on a CSV file. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains an LSTM on a CSV file: to forecast columns from the rows before, to learn labels of"
            + " groups of rows, or to find rows that are unlike the others (--task). The last part"
            + " of the rows validates, or some of the groups. Categories, scales and the time step are learnt from the"
            + " training rows only and are stored in the model's file.")
final class TrainCommand implements Callable<Integer> {
  private static final String MODEL = ".keras";

  /** What does not change the result of a training that is resumed. */
  private static final Set<String> UNDECIDING =
      Set.of(
          "--out",
          "--history",
          "--checkpoint",
          "--no-checkpoint",
          "--resume",
          "--epochs",
          "--backend",
          "--threads",
          "--device",
          "--devices",
          "--no-graph",
          "--no-persistent",
          "--season",
          "--report");

  private final Console console;
  @Spec private CommandSpec command;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE.csv",
      description = "Rows in the order of time; the first line names the columns.")
  private Path data;

  @Option(names = "--out", required = true, paramLabel = "MODEL.keras", description = "The model.")
  private Path output;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "20", description = "Default 20.")
  private int epochs;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "128", description = "Default 128.")
  private int batch;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stop after N epochs without a better validation loss, and keep the best.")
  private Integer patience;

  @Option(
      names = "--val-split",
      paramLabel = "P",
      defaultValue = "0.2",
      description = "The last fraction of the rows, or of the groups, for validation; default 0.2.")
  private double validation;

  @Option(
      names = "--history",
      paramLabel = "FILE.csv",
      description = "Write the losses, a line an epoch.")
  private Path history;

  @Option(
      names = "--checkpoint",
      paramLabel = "FILE.keras",
      description =
          "What the last epoch left, until --out is written; default: beside --out, with"
              + " .checkpoint.keras at the end.")
  private Path checkpointFile;

  @Option(names = "--no-checkpoint", description = "Keep nothing of a training that is broken off.")
  private boolean noCheckpoint;

  @Option(
      names = "--resume",
      description =
          "Go on from the checkpoint, with the same options and data; the result is that of a"
              + " training that was not broken off. Without a checkpoint: begin.")
  private boolean resume;

  @Option(names = "--seed", paramLabel = "N", description = "Default: another one each time.")
  private Long seed;

  @Mixin private DataOptions dataOptions;
  @Mixin private TaskOptions taskOptions;
  @Mixin private ModelOptions modelOptions;
  @Mixin private Measuring measuring;
  @Mixin private OptimizerOptions optimizerOptions;
  @Mixin private BackendOption backendOption;
  @Mixin private DevicesOption devicesOption;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Checks check = new Checks(command);
    checkOptions(check);
    TaskSetup setup = taskOptions.setup(dataOptions);
    Checkpoint checkpoint = checkpoint(check);
    OutputFiles files =
        new OutputFiles(command)
            .reads("--data", data)
            .reads("--config", modelOptions.config())
            .writes("--out", output, MODEL)
            .writes("--history", history)
            .writes("--report", measuring.report(), ".html")
            .writes("--checkpoint", checkpoint == null ? null : checkpoint.file(), MODEL);
    boolean goesOn = goesOn(checkpoint, check);
    Table table = setup.read(data);
    setup.inputs().notes(table).forEach(console.out()::println);
    List<Split> splits = setup.splits(table, validation, 0);
    List<Range> trainRows = splits.stream().map(Split::train).toList();
    List<Range> heldRows = splits.stream().map(Split::validation).toList();
    Task task = setup.fit(table, trainRows);
    Frame frame = task.inputs().encode(table);
    TaskSamples train = samples(task, frame, trainRows, "training");
    TaskSamples held = validation > 0 ? samples(task, frame, heldRows, "validation") : null;
    console
        .out()
        .printf(
            Locale.ROOT,
            "%s: %,d rows, %d columns in (%d encoded); %s train, %s validate%n",
            data,
            table.rows(),
            setup.inputs().features(table).size(),
            frame.names().size(),
            train.describe(),
            held == null ? "none" : held.describe());
    Model model = modelOptions.model(task, optimizerOptions, seed);
    try (DevicesOption.Open devices = devicesOption.open(backendOption, model, batch);
        model) {
      model.on(devices.first());
      devices.all().forEach(b -> console.out().println("Backend: " + b.description()));
      files.needs("--out", 3L * Float.BYTES * model.countParams()); // with Adam's two slots
      List<Callback> callbacks = callbacks(model, goesOn);
      if (checkpoint != null) {
        files.needs("--checkpoint", 8L * Float.BYTES * model.countParams()); // twice, and the best
        callbacks.add(checkpoint.saving(model, task.toExtra()));
      }
      History losses;
      try (Interruption interruption = new Interruption()) {
        callbacks.add(interruption);
        Fit fit =
            devices.share(
                Fit.epochs(epochs)
                    .batchSize(batch)
                    .classWeight(task.classWeight())
                    .silent()
                    .callbacks(callbacks));
        losses = model.fit(train.source(), held == null ? fit : fit.validationData(held.source()));
        if (interruption.hasStopped()) {
          console.out().println(interruption.text(epochs) + kept(checkpoint));
          return interruption.exitCode();
        }
      }
      if (!hasLearnt(losses, callbacks)) {
        if (checkpoint != null) {
          Files.deleteIfExists(checkpoint.file()); // what it has does not get better
        }
        throw new IllegalArgumentException(
            "the loss became NaN or infinite, so nothing was learnt and "
                + output
                + " is not written; try a smaller --learning-rate, --clipnorm 1, or another --loss");
      }
      if (held != null) {
        console.out().println("Validation:");
        console.out().print(held.errorsText(model.predict(held.source(), batch)));
      }
      if (measuring.report() != null) {
        measuring.write(
            report(model, table, train, held).training(losses, keptEpoch(losses, callbacks)),
            console);
      }
      Task calibrated = (held == null ? train : held).calibrated(x -> model.predict(x, batch));
      model.extra(calibrated.toExtra());
      model.save(output);
      console.out().println("Wrote " + output);
      if (checkpoint != null) {
        Files.deleteIfExists(checkpoint.file());
      }
    }
    return 0;
  }

  private TaskSamples samples(Task task, Frame frame, List<Range> rows, String kind) {
    TaskSamples samples = measuring.of(task.cut(frame, rows));
    if (samples.size() == 0) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "%s: no %s among %d %s rows; one needs %d rows in a row",
              data,
              task.describeSample(true),
              rows.stream().mapToInt(Range::size).sum(),
              kind,
              task.sampleRows(true)));
    }
    return samples;
  }

  /** About the model on the validation rows; on the training rows, if there are no others. */
  private Report report(Model model, Table table, TaskSamples train, TaskSamples held) {
    TaskSamples measured = held == null ? train : held;
    return new Report(
            "Training of " + output.getFileName(),
            model,
            measured,
            model.predict(measured.source(), batch))
        .about(
            String.format(
                Locale.ROOT,
                "Trained on %s of %s. The errors are those on %s%s.",
                train.describe(),
                data.getFileName(),
                measured.describe(),
                held == null ? ", the same: no rows were held back" : " that were held back"))
        .data(table)
        .run("Model", String.valueOf(output))
        .run("Data", String.valueOf(data))
        .run("Seed", seed == null ? "another each time" : seed.toString());
  }

  /** The epoch whose weights the model has. */
  private static int keptEpoch(History losses, List<Callback> callbacks) {
    int last = losses.epochs().isEmpty() ? 0 : losses.epochs().get(losses.epochs().size() - 1);
    return callbacks.stream()
        .filter(callback -> callback instanceof EarlyStopping)
        .mapToInt(callback -> ((EarlyStopping) callback).bestEpoch())
        .filter(losses.epochs()::contains)
        .findFirst()
        .orElse(last);
  }

  /** Whether the epoch whose weights the model has ended with losses that are numbers. */
  private static boolean hasLearnt(History losses, List<Callback> callbacks) {
    for (Callback callback : callbacks) {
      if (callback instanceof EarlyStopping e && !losses.epochs().contains(e.bestEpoch())) {
        return true; // the best is of before the training was resumed
      }
    }
    int at = losses.epochs().indexOf(keptEpoch(losses, callbacks));
    return at < 0
        || losses.keys().stream()
            .filter(key -> key.endsWith("loss"))
            .allMatch(key -> Double.isFinite(losses.get(key).get(at)));
  }

  private static String kept(Checkpoint checkpoint) {
    return checkpoint == null
        ? "; nothing is kept"
        : "; --resume goes on from " + checkpoint.file();
  }

  /** The checkpoint of what was asked for, or null if none is wanted. */
  private Checkpoint checkpoint(Checks check) throws IOException {
    if (noCheckpoint) {
      check.require(!resume, "--resume needs a checkpoint; leave --no-checkpoint out");
      check.require(checkpointFile == null, "--checkpoint and --no-checkpoint exclude each other");
      return null;
    }
    Path file = checkpointFile;
    if (file == null) {
      String name = String.valueOf(output.getFileName());
      String base = name.endsWith(MODEL) ? name.substring(0, name.length() - 6) : name;
      file = output.resolveSibling(base + ".checkpoint" + MODEL);
    }
    check.require(
        !Files.exists(data) || Files.isRegularFile(data),
        "--data: "
            + data
            + " can be read only once, and a checkpoint needs to know it again; give a file, or"
            + " --no-checkpoint");
    return new Checkpoint(file, deciding());
  }

  /** The options that decide the result, as they were given; and what the data holds. */
  private Map<String, String> deciding() throws IOException {
    Map<String, String> options = new LinkedHashMap<>();
    for (OptionSpec option : command.options()) {
      String name = option.longestName();
      if (!UNDECIDING.contains(name)
          && !option.inherited()
          && !option.usageHelp()
          && !option.versionHelp()) {
        Object value = option.getValue();
        options.put(
            name,
            value == null
                ? null
                : value instanceof Path file ? Checkpoint.sumOf(file) : value.toString());
      }
    }
    if (optimizerOptions.dependsOnEpochs()) {
      options.put("--epochs", String.valueOf(epochs));
    }
    return options;
  }

  /** Whether there is a training to go on with. */
  private boolean goesOn(Checkpoint checkpoint, Checks check) throws IOException {
    if (checkpoint == null || !Files.exists(checkpoint.file())) {
      if (resume) {
        console.out().println("No checkpoint " + checkpoint.file() + ": the training begins");
      }
      return false;
    }
    check.require(
        resume,
        "a training to --out was broken off; --resume goes on with it, and without "
            + checkpoint.file()
            + " it begins anew");
    int done = checkpoint.epochs();
    check.require(
        done <= epochs,
        "--epochs " + epochs + ": " + checkpoint.file() + " has " + done + " already");
    console.out().println("Goes on from " + checkpoint.file() + " after epoch " + done);
    return true;
  }

  private void checkOptions(Checks check) throws IOException {
    check.positive("--epochs", epochs);
    check.positive("--batch", batch);
    check.require(
        validation >= 0 && validation < 1, "--val-split must lie in [0, 1), got " + validation);
    check.require(
        patience == null || patience >= 0, "--patience must be at least 0, got " + patience);
    check.require(
        patience == null || validation > 0, "--patience needs validation rows; set --val-split");
    modelOptions.check();
    measuring.check();
    optimizerOptions.check(epochs);
    backendOption.check();
    devicesOption.check(backendOption);
  }

  private List<Callback> callbacks(Model model, boolean goesOn) {
    List<Callback> callbacks = new ArrayList<>();
    if (patience != null) {
      callbacks.add(new EarlyStopping("val_loss").patience(patience).restoreBestWeights(true));
    }
    String watched = validation > 0 ? "val_loss" : "loss";
    callbacks.addAll(optimizerOptions.callbacks(model.optimizer().learningRate(), epochs, watched));
    if (history != null) {
      callbacks.add(new CSVLogger(history, goesOn));
    }
    callbacks.add(new TerminateOnNaN());
    callbacks.add(console.progressBar());
    return callbacks;
  }
}
