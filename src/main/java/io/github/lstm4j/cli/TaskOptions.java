package io.github.lstm4j.cli;

import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.TaskSetup;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say what a model is to learn from a table. */
final class TaskOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--target",
      required = true,
      split = ",",
      paramLabel = "COL",
      description = "The columns to forecast.")
  private List<String> targets;

  @Option(names = "--window", required = true, paramLabel = "N", description = "Rows that go in.")
  private int window;

  @Option(
      names = "--horizon",
      required = true,
      split = ",",
      paramLabel = "N",
      description = "How many rows ahead is forecast.")
  private List<Integer> horizons;

  @Option(
      names = "--change",
      description = "Learn the change from the last known value; often better.")
  private boolean change;

  @Option(
      names = "--interval",
      paramLabel = "P",
      description =
          "Forecast an interval too, in which the value lies with this probability: 0.8. Default:"
              + " none.")
  private Double interval;

  /**
   * What is to be learnt.
   *
   * @throws picocli.CommandLine.ParameterException if an option is out of range
   */
  TaskSetup setup(DataOptions data) {
    Checks check = new Checks(command);
    check.positive("--window", window);
    horizons.forEach(h -> check.positive("--horizon", h));
    check.require(
        interval == null || (interval >= 1e-5 && interval <= 1 - 1e-5),
        "--interval must lie between 0 and 1, got " + interval);
    check.require(
        !change || data.features() == null || data.features().containsAll(targets),
        "--change needs the targets among --features");
    return ForecastSetup.of(targets.toArray(String[]::new))
        .inputs(data.inputs())
        .window(window)
        .horizons(horizons.stream().mapToInt(h -> h).toArray())
        .change(change)
        .interval(interval);
  }
}
