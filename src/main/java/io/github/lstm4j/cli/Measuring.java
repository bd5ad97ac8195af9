package io.github.lstm4j.cli;

import io.github.lstm4j.tasks.ForecastSamples;
import io.github.lstm4j.tasks.Report;
import io.github.lstm4j.tasks.TaskSamples;
import java.io.IOException;
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

  /** The samples as they are to be measured. */
  TaskSamples of(TaskSamples samples) {
    if (season == null) {
      return samples;
    }
    if (samples instanceof ForecastSamples forecasts) {
      return forecasts.season(season);
    }
    new Checks(command)
        .require(false, "--season: there is a seasonal naive of forecasts only, not of this task");
    return samples;
  }

  /** Writes the page, if one is wanted. */
  void write(Report about, Console console) throws IOException {
    if (report != null) {
      about.page().write(report);
      console.out().println("Wrote " + report);
    }
  }
}
