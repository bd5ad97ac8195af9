package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.forecast.ForecastSetup;
import io.github.lstm4j.forecast.ForecastTask;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Files;
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
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Trains a forecast on a CSV file. */
@Command(
    name = "train",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Trains an LSTM that forecasts columns of a CSV file from the rows before. The last part of"
            + " the rows validates. Categories, scales and the time step are learnt from the"
            + " training rows only and are stored in the model's file.")
final class TrainCommand implements Callable<Integer> {
  /** What is done about a missing value in a feature. */
  enum MissingValues {
    FAIL,
    DROP,
    FFILL;

    Missing missing() {
      return switch (this) {
        case FAIL -> Missing.FAIL;
        case DROP -> Missing.DROP_ROW;
        case FFILL -> Missing.FORWARD_FILL;
      };
    }
  }

  /** How columns are scaled. */
  enum Scale {
    STANDARD,
    MINMAX,
    NONE;

    Normalizer.Kind kind() {
      return switch (this) {
        case STANDARD -> Normalizer.Kind.STANDARD;
        case MINMAX -> Normalizer.Kind.MIN_MAX;
        case NONE -> Normalizer.Kind.NONE;
      };
    }
  }

  private static final String MODEL = ".keras";

  private final Console console;
  @Spec private CommandSpec command;

  @Option(
      names = "--data",
      required = true,
      paramLabel = "FILE.csv",
      description = "Rows in the order of time; the first line names the columns.")
  private Path data;

  @Option(
      names = "--target",
      required = true,
      split = ",",
      paramLabel = "COL",
      description = "The columns to forecast.")
  private List<String> targets;

  @Option(
      names = "--features",
      split = ",",
      paramLabel = "COL",
      description = "The columns that go in; default: all but --time. Text is one-hot encoded.")
  private List<String> features;

  @Option(names = "--window", required = true, paramLabel = "N", description = "Rows that go in.")
  private int window;

  @Option(
      names = "--horizon",
      required = true,
      split = ",",
      paramLabel = "N",
      description = "How many rows ahead is forecast.")
  private List<Integer> horizons;

  @Option(names = "--out", required = true, paramLabel = "MODEL.keras", description = "The model.")
  private Path output;

  @Option(
      names = "--units",
      split = ",",
      paramLabel = "N",
      defaultValue = "64",
      description = "Units; several numbers stack LSTMs. Default 64.")
  private List<Integer> units;

  @Option(names = "--epochs", paramLabel = "N", defaultValue = "20", description = "Default 20.")
  private int epochs;

  @Option(names = "--batch", paramLabel = "N", defaultValue = "128", description = "Default 128.")
  private int batch;

  @Option(
      names = "--learning-rate",
      paramLabel = "R",
      defaultValue = "0.001",
      description = "Of Adam; default 0.001.")
  private float learningRate;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "After each LSTM; default 0.")
  private float dropout;

  @Option(
      names = "--patience",
      paramLabel = "N",
      description = "Stop after N epochs without a better validation loss, and keep the best.")
  private Integer patience;

  @Option(
      names = "--val-split",
      paramLabel = "P",
      defaultValue = "0.2",
      description = "The last fraction of the rows, for validation; default 0.2.")
  private double validation;

  @Option(
      names = "--missing",
      paramLabel = "fail|drop|ffill",
      defaultValue = "fail",
      description = "Missing features: an error, drop the row, or the value above. Default fail.")
  private MissingValues missing;

  @Option(
      names = "--normalize",
      paramLabel = "standard|minmax|none",
      defaultValue = "standard",
      description = "Default standard.")
  private Scale scale;

  @Option(
      names = "--change",
      description = "Learn the change from the last known value; often better.")
  private boolean change;

  @Option(
      names = "--time",
      paramLabel = "COL",
      description = "The time column; no window then spans a gap.")
  private String time;

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

  @Mixin private BackendOption backendOption;

  TrainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    checkOptions();
    Checkpoint checkpoint = checkpoint();
    OutputFiles files =
        new OutputFiles(command)
            .reads("--data", data)
            .writes("--out", output, MODEL)
            .writes("--history", history)
            .writes("--checkpoint", checkpoint == null ? null : checkpoint.file(), MODEL);
    boolean goesOn = goesOn(checkpoint);
    ForecastSetup setup = setup();
    Table table = setup.read(data);
    Split split = Split.fractions(table.rows(), validation, 0);
    ForecastTask task = setup.fit(table, split.train());
    Frame frame = task.features().encode(table);
    ForecastTask.Cut train = task.cut(frame, split.train());
    ForecastTask.Cut held = task.cut(frame, split.validation());
    if (train.size() == 0 || (validation > 0 && held.size() == 0)) {
      throw new IllegalArgumentException(
          data
              + ": no whole window with its target among "
              + (train.size() == 0
                  ? split.train().size() + " training"
                  : split.validation().size() + " validation")
              + " rows; one needs "
              + (window + horizons.stream().mapToInt(h -> h).max().orElseThrow())
              + " rows in a row");
    }
    console
        .out()
        .printf(
            Locale.ROOT,
            "%s: %,d rows, %d columns in (%d encoded); %,d windows train, %,d validate%n",
            data,
            table.rows(),
            setup.features(table).size(),
            frame.names().size(),
            train.size(),
            held.size());
    Model model = model(frame.names().size(), task);
    try (Backend backend = backendOption.open(model, batch, true);
        model) {
      model.on(backend);
      console.out().println("Backend: " + backend.description());
      files.needs("--out", 3L * Float.BYTES * model.countParams()); // with Adam's two slots
      List<Callback> callbacks = callbacks(goesOn);
      if (checkpoint != null) {
        files.needs("--checkpoint", 8L * Float.BYTES * model.countParams()); // twice, and the best
        callbacks.add(checkpoint.saving(model, task.toExtra()));
      }
      try (Interruption interruption = new Interruption()) {
        callbacks.add(interruption);
        model.fit(train.x(), train.y(), fit(held).callbacks(callbacks));
        if (interruption.hasStopped()) {
          console.out().println(interruption.text(epochs) + kept(checkpoint));
          return interruption.exitCode();
        }
      }
      if (validation > 0) {
        printErrors(task, held, model);
      }
      KerasModels.save(model, task.toExtra(), output);
      console.out().println("Wrote " + output);
      if (checkpoint != null) {
        Files.deleteIfExists(checkpoint.file());
      }
    }
    return 0;
  }

  private static String kept(Checkpoint checkpoint) {
    return checkpoint == null
        ? "; nothing is kept"
        : "; --resume goes on from " + checkpoint.file();
  }

  /** The checkpoint of what was asked for, or null if none is wanted. */
  private Checkpoint checkpoint() throws IOException {
    if (noCheckpoint) {
      require(!resume, "--resume needs a checkpoint; leave --no-checkpoint out");
      require(checkpointFile == null, "--checkpoint and --no-checkpoint exclude each other");
      return null;
    }
    Path file = checkpointFile;
    if (file == null) {
      String name = String.valueOf(output.getFileName());
      String base = name.endsWith(MODEL) ? name.substring(0, name.length() - 6) : name;
      file = output.resolveSibling(base + ".checkpoint" + MODEL);
    }
    require(
        !Files.exists(data) || Files.isRegularFile(data),
        "--data: "
            + data
            + " can be read only once, and a checkpoint needs to know it again; give a file, or"
            + " --no-checkpoint");
    Map<String, String> options = new LinkedHashMap<>();
    options.put("--target", String.join(",", targets));
    options.put("--features", features == null ? null : String.join(",", features));
    options.put("--window", String.valueOf(window));
    options.put("--horizon", horizons.toString());
    options.put("--units", units.toString());
    options.put("--batch", String.valueOf(batch));
    options.put("--learning-rate", String.valueOf(learningRate));
    options.put("--dropout", String.valueOf(dropout));
    options.put("--patience", patience == null ? null : patience.toString());
    options.put("--val-split", String.valueOf(validation));
    options.put("--missing", missing.name());
    options.put("--normalize", scale.name());
    options.put("--change", String.valueOf(change));
    options.put("--time", time);
    options.put("--seed", seed == null ? null : seed.toString());
    options.put("--data", Checkpoint.sumOf(data));
    return new Checkpoint(file, options);
  }

  /** Whether there is a training to go on with. */
  private boolean goesOn(Checkpoint checkpoint) throws IOException {
    if (checkpoint == null || !Files.exists(checkpoint.file())) {
      if (resume) {
        console.out().println("No checkpoint " + checkpoint.file() + ": the training begins");
      }
      return false;
    }
    require(
        resume,
        "a training to --out was broken off; --resume goes on with it, and without "
            + checkpoint.file()
            + " it begins anew");
    int done = checkpoint.epochs();
    require(
        done <= epochs,
        "--epochs " + epochs + ": " + checkpoint.file() + " has " + done + " already");
    console.out().println("Goes on from " + checkpoint.file() + " after epoch " + done);
    return true;
  }

  private void checkOptions() {
    positive("--window", window);
    positive("--epochs", epochs);
    positive("--batch", batch);
    horizons.forEach(h -> positive("--horizon", h));
    units.forEach(u -> positive("--units", u));
    require(validation >= 0 && validation < 1, "--val-split must lie in [0, 1), got " + validation);
    require(dropout >= 0 && dropout < 1, "--dropout must lie in [0, 1), got " + dropout);
    require(learningRate > 0, "--learning-rate must be greater than 0, got " + learningRate);
    require(patience == null || patience >= 0, "--patience must be at least 0, got " + patience);
    require(
        patience == null || validation > 0, "--patience needs validation rows; set --val-split");
    require(
        !change || features == null || features.containsAll(targets),
        "--change needs the targets among --features");
  }

  private void positive(String option, int value) {
    require(value >= 1, option + " must be at least 1, got " + value);
  }

  private void require(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), problem);
    }
  }

  private ForecastSetup setup() {
    ForecastSetup setup =
        ForecastSetup.of(targets.toArray(String[]::new))
            .window(window)
            .horizons(horizons.stream().mapToInt(h -> h).toArray())
            .missing(missing.missing())
            .scale(scale.kind())
            .change(change);
    if (features != null) {
      setup.features(features.toArray(String[]::new));
    }
    return time == null ? setup : setup.time(time);
  }

  private Model model(int inputs, ForecastTask task) {
    Sequential model = new Sequential();
    if (seed != null) {
      model.seed(seed);
    }
    for (int i = 0; i < units.size(); i++) {
      LSTM lstm = new LSTM(units.get(i)).returnSequences(i < units.size() - 1);
      model.add(i == 0 ? lstm.inputShape(window, inputs) : lstm);
      if (dropout > 0) {
        model.add(new Dropout(dropout));
      }
    }
    return model
        .add(new Dense(task.outputNames().size()))
        .compile(Optimizer.adam(learningRate), Loss.meanSquaredError());
  }

  private List<Callback> callbacks(boolean goesOn) {
    List<Callback> callbacks = new ArrayList<>();
    if (patience != null) {
      callbacks.add(new EarlyStopping("val_loss").patience(patience).restoreBestWeights(true));
    }
    if (history != null) {
      callbacks.add(new CSVLogger(history, goesOn));
    }
    callbacks.add(console.progressBar());
    return callbacks;
  }

  private Fit fit(ForecastTask.Cut held) {
    Fit fit = Fit.epochs(epochs).batchSize(batch).silent();
    return validation > 0 ? fit.validationData(held.x(), held.y()) : fit;
  }

  private void printErrors(ForecastTask task, ForecastTask.Cut held, Model model) {
    console.out().println("Validation:");
    ForecastErrors errors = task.errors(model.predict(held.x(), batch), held);
    console.out().print(task.text(errors));
  }
}
