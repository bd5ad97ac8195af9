package io.github.lstm4j.cli;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.layers.RepeatVector;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tasks.Head;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tensor.Shape;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which model is trained, and by what. */
final class ModelOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--units",
      split = ",",
      paramLabel = "N",
      defaultValue = "64",
      description = "Units; several numbers stack LSTMs. Default 64.")
  private List<Integer> units;

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

  /**
   * Checks what can be checked before the data is known.
   *
   * @throws picocli.CommandLine.ParameterException if an option is out of range
   */
  void check() {
    Checks check = new Checks(command);
    units.forEach(u -> check.positive("--units", u));
    check.require(dropout >= 0 && dropout < 1, "--dropout must lie in [0, 1), got " + dropout);
    check.require(learningRate > 0, "--learning-rate must be greater than 0, got " + learningRate);
  }

  /**
   * A model for the task, compiled.
   *
   * @param seed of its weights, or null
   */
  Model model(Task task, Long seed) {
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
      lstm(model, i, i < units.size() - 1 || head.per() == Head.Per.TIMESTEP);
    }
    Layer dense = new Dense(head.units()).activation(head.activation());
    if (head.per() == Head.Per.RECONSTRUCTED_TIMESTEP) {
      model.add(new RepeatVector(timesteps));
      for (int i = units.size() - 1; i >= 0; i--) {
        lstm(model, i, true);
      }
      dense = new TimeDistributed(dense);
    }
    return model.add(dense).compile(Optimizer.adam(learningRate), head.loss());
  }

  private void lstm(Sequential model, int number, boolean returnSequences) {
    model.add(new LSTM(units.get(number)).returnSequences(returnSequences));
    if (dropout > 0) {
      model.add(new Dropout(dropout));
    }
  }
}
