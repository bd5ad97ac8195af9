package io.github.lstm4j.cli;

import io.github.lstm4j.tasks.Comparison;
import io.github.lstm4j.tasks.ForecastSamples;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** How a model is measured on a table, and where the page about it goes. */
final class Measuring {
  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--season",
      paramLabel = "N",
      description =
          "Beside the model the seasonal naive is measured, the forecast that all is as it was N"
              + " rows before. Default by the time step: a day of hours, a week of days, a year of"
              + " weeks or months. 0: none.")
  private Integer season;

  @Option(
      names = "--report",
      paramLabel = "PAGE.html",
      description = "A page with charts about the model and its errors.")
  private Path report;

  /** The page, or null. */
  Path report() {
    return report;
  }

  /** Refuses what is wrong before anything is read. */
  void check() {
    new Checks(command)
        .require(season == null || season >= 0, "--season must be at least 0, got " + season);
  }

  /** Beside the model what needs no model; null for a task that has nothing of this kind. */
  Comparison comparison(TaskSamples samples, Tensor outputs) {
    if (samples instanceof ForecastSamples forecasts) {
      return forecasts.comparison(outputs, season == null ? forecasts.season() : season);
    }
    new Checks(command)
        .require(season == null, "--season: there is a seasonal naive of forecasts only");
    return null;
  }

  /** How far the model is off, in columns. */
  String text(TaskSamples samples, Tensor outputs) {
    Comparison comparison = comparison(samples, outputs);
    return comparison == null ? samples.errorsText(outputs) : comparison.text();
  }
}
