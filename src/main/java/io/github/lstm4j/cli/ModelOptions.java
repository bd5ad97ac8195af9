package io.github.lstm4j.cli;

import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.CellLayer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tasks.Head;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.Tasks;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which model is trained, and by which loss. */
final class ModelOptions {
  /** What a recurrent layer is made of. */
  enum Cell {
    LSTM,
    GRU,
    SIMPLE_RNN
  }

  /** The options that {@link #config} says instead. */
  private static final List<String> OF_LAYERS =
      List.of(
          "--units",
          "--cell",
          "--bidirectional",
          "--dropout",
          "--recurrent-dropout",
          "--dense",
          "--activation");

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--units",
      split = ",",
      paramLabel = "N",
      defaultValue = "64",
      description = "Units; several numbers stack recurrent layers. Default 64.")
  private List<Integer> units;

  @Option(
      names = "--cell",
      paramLabel = "lstm|simple_rnn",
      defaultValue = "lstm",
      description = "Default lstm.")
  private Cell cell;

  @Option(
      names = "--bidirectional",
      arity = "0..1",
      fallbackValue = "concat",
      paramLabel = "MODE",
      description =
          "Read forwards and backwards, and merge the two: concat, sum, mul or ave; concat if"
              + " nothing is said.")
  private Bidirectional.MergeMode bidirectional;

  @Option(
      names = "--dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "After each recurrent and each hidden dense layer; default 0.")
  private float dropout;

  @Option(
      names = "--recurrent-dropout",
      paramLabel = "P",
      defaultValue = "0",
      description = "Of what a recurrent layer feeds back to itself; default 0.")
  private float recurrentDropout;

  @Option(
      names = "--dense",
      split = ",",
      paramLabel = "N",
      description = "Hidden dense layers before the last one, by their units; default: none.")
  private List<Integer> dense = List.of();

  @Option(
      names = "--activation",
      paramLabel = "NAME",
      description = "Of --dense, by Keras's name; default relu.")
  private String activation;

  @Option(
      names = "--loss",
      paramLabel = "NAME",
      description = "By Keras's name; default: what fits the task, mse for forecasts.")
  private String loss;

  @Option(
      names = "--config",
      paramLabel = "FILE.json",
      description =
          "The layers, and the loss and the optimizer if it has them: what model.to_json() or"
              + " model.get_config() gives in Keras.")
  private Path config;

  private String json; // what the file holds

  /**
   * Checks what can be checked before the data is known, and reads the file with the layers.
   *
   * @throws picocli.CommandLine.ParameterException if an option is out of range, or means nothing
   *     beside the others
   * @throws IOException if the file cannot be read
   * @throws IllegalArgumentException if it holds no model
   */
  void check() throws IOException {
    Checks check = new Checks(command);
    for (String option : OF_LAYERS) {
      check.require(
          config == null || !check.isGiven(option),
          option + " and --config exclude each other: the layers are the file's");
    }
    units.forEach(u -> check.positive("--units", u));
    dense.forEach(u -> check.positive("--dense", u));
    check.require(dropout >= 0 && dropout < 1, "--dropout must lie in [0, 1), got " + dropout);
    check.require(
        recurrentDropout >= 0 && recurrentDropout < 1,
        "--recurrent-dropout must lie in [0, 1), got " + recurrentDropout);
    check.require(
        activation == null || !dense.isEmpty(), "--activation is of --dense, which is not given");
    try {
      if (activation != null) {
        Activation.of(activation);
      }
    } catch (IllegalArgumentException e) {
      check.require(false, "--activation: " + e.getMessage());
    }
    try {
      if (loss != null) {
        Loss.of(loss);
      }
    } catch (IllegalArgumentException e) {
      check.require(false, "--loss: " + e.getMessage());
    }
    if (config != null) {
      checkConfig();
    }
  }

  private void checkConfig() throws IOException {
    try {
      json = Files.readString(config);
    } catch (CharacterCodingException e) {
      throw misfit("expected UTF-8", e);
    } catch (IOException e) {
      throw new IOException(
          "--config " + config + ": cannot be read (" + Printable.reason(e) + ")", e);
    }
    Sequential model = parsed(null);
    if (model.layers().isEmpty()) {
      throw misfit(model.name() + " has no layers", null);
    }
    if (model.loss() != null) {
      refuseBeside("--loss");
      OptimizerOptions.OF_OPTIMIZER.forEach(this::refuseBeside);
    }
  }

  private Sequential parsed(Long seed) {
    try {
      Model read = seed == null ? KerasModels.fromJson(json) : KerasModels.fromJson(json, seed);
      if (read instanceof Sequential model) {
        return model;
      }
      throw new IllegalArgumentException(
          "expected a Sequential model, got "
              + read.className()
              + ", which this command does not train; use Model.fit from Java");
    } catch (IllegalArgumentException e) {
      throw misfit(Printable.reason(e), e);
    }
  }

  private IllegalArgumentException misfit(String why, Exception cause) {
    return new IllegalArgumentException("--config " + config + ": " + why, cause);
  }

  /** The file with the layers, or null. */
  Path config() {
    return config;
  }

  /**
   * A model for the task, compiled.
   *
   * @param optimizer what moves its weights
   * @param seed of its weights, or null
   * @throws IllegalArgumentException if the model of the file does not fit the task
   */
  Model model(Task task, OptimizerOptions optimizer, Long seed) {
    if (config == null) {
      return layers(task, seed).compile(optimizer.optimizer(), lossOf(task.head()));
    }
    return configured(task, optimizer, seed);
  }

  private Loss lossOf(Head head) {
    if (loss == null) {
      return head.loss();
    }
    Loss asked = Loss.of(loss);
    new Checks(command)
        .require(
            head.takes(asked),
            "--loss "
                + loss
                + " does not fit the task, which is learnt by "
                + head.loss().name()
                + (head.loss().quantiles().isEmpty() ? "" : " because of --interval"));
    return asked;
  }

  // ---------------------------------------------------------------- layers by options

  private Sequential layers(Task task, Long seed) {
    Sequential model = new Sequential();
    if (seed != null) {
      model.seed(seed);
    }
    Head head = task.head();
    int timesteps = task.inputShape().dim(0);
    model.add(Input.of(Shape.of(Shape.UNKNOWN, timesteps, task.inputShape().last())));
    if (head.padding() != null) {
      model.add(new Masking(head.padding()));
    }
    for (int i = 0; i < units.size(); i++) {
      recurrent(model, i, i < units.size() - 1 || head.per() == Head.Per.TIMESTEP);
    }
    boolean reconstructs = head.per() == Head.Per.RECONSTRUCTED_TIMESTEP;
    if (reconstructs) {
      model.add(new RepeatVector(timesteps));
      for (int i = units.size() - 1; i >= 0; i--) {
        recurrent(model, i, true);
      }
    }
    for (int hidden : dense) {
      add(model, reconstructs, new Dense(hidden, activation == null ? "relu" : activation));
      dropout(model);
    }
    add(model, reconstructs, new Dense(head.units()).activation(head.activation()));
    return model;
  }

  private static void add(Sequential model, boolean toEachTimestep, Layer layer) {
    model.add(toEachTimestep ? new TimeDistributed(layer) : layer);
  }

  private void recurrent(Sequential model, int number, boolean returnSequences) {
    CellLayer<?, ?> layer =
        switch (cell) {
          case LSTM -> new LSTM(units.get(number));
          case GRU -> new GRU(units.get(number));
          case SIMPLE_RNN -> new SimpleRNN(units.get(number));
        };
    layer.returnSequences(returnSequences);
    layer.recurrentDropout(recurrentDropout);
    model.add(bidirectional == null ? layer : new Bidirectional(layer, bidirectional));
    dropout(model);
  }

  private void dropout(Sequential model) {
    if (dropout > 0) {
      model.add(new Dropout(dropout));
    }
  }

  // ---------------------------------------------------------------- layers of a file

  private Sequential configured(Task task, OptimizerOptions optimizer, Long seed) {
    Sequential model = parsed(seed);
    try {
      return fitted(model, task, optimizer);
    } catch (IllegalArgumentException e) {
      throw misfit(Printable.reason(e), e);
    }
  }

  private Sequential fitted(Sequential given, Task task, OptimizerOptions optimizer) {
    Sequential model = given;
    if (model.inputShape() == null) {
      Shape sample = task.inputShape();
      model.build(Shape.of(Shape.UNKNOWN, sample.dim(0), sample.last()));
    }
    Tasks.checkFits(task, model);
    Head head = task.head();
    if (head.padding() != null) {
      model = masked(model, head.padding());
    }
    Layer last = model.layers().get(model.layers().size() - 1);
    Activation needed = head.activation();
    if (!needed.equals(Activation.LINEAR) && !needed.equals(activationOf(last))) {
      throw new IllegalArgumentException(
          last.name()
              + ": expected the activation "
              + needed.kind().kerasName()
              + ", which makes the probabilities that the task needs, got "
              + (activationOf(last) == null ? "none" : activationOf(last).kind().kerasName()));
    }
    if (model.loss() == null) {
      return model.compile(optimizer.optimizer(), lossOf(head));
    }
    if (!head.takes(model.loss())) {
      throw new IllegalArgumentException(
          "the loss "
              + model.loss().name()
              + " does not fit the task; expected one like "
              + head.loss().name()
              + (head.loss().quantiles().isEmpty() ? "" : " of " + head.loss().quantiles()));
    }
    return model;
  }

  /** The model, with a layer before the others that masks what fills up short sequences. */
  private static Sequential masked(Sequential model, float padding) {
    if (model.layers().get(0) instanceof Masking m) {
      if (m.maskValue() == padding) {
        return model;
      }
      throw new IllegalArgumentException(
          m.name()
              + ": the mask of short sequences, which are filled up with "
              + padding
              + ", would be lost behind mask_value "
              + m.maskValue()
              + "; leave the layer out, one is added");
    }
    Sequential longer = new Sequential().name(model.name()).seed(model.seed());
    longer.add(Input.of(model.inputShape()).name(model.inputLayer().name()));
    longer.add(new Masking(padding));
    model.layers().forEach(longer::add);
    return model.loss() == null
        ? longer
        : longer.compile(model.optimizer(), model.loss(), model.metrics());
  }

  /** What the outputs of a layer go through; null if that is not told. */
  private static Activation activationOf(Layer layer) {
    if (layer instanceof TimeDistributed each) {
      return activationOf(each.inner().get(0));
    } else if (layer instanceof ActivationLayer a) {
      return a.activation();
    }
    return layer instanceof Dense d ? d.activation() : null;
  }

  private void refuseBeside(String option) {
    Checks check = new Checks(command);
    check.require(
        !check.isGiven(option),
        option + " and --config exclude each other: " + config + " was compiled with its own");
  }
}
