package io.github.lstm4j.cli;

import io.github.lstm4j.data.Calendar;
import io.github.lstm4j.data.CsvFormat;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.TimeStep;
import io.github.lstm4j.tasks.InputSetup;
import java.util.List;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say which columns of a table go in, and how. */
final class DataOptions {
  @Spec(Target.MIXEE)
  private CommandSpec command;

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

  @Option(
      names = "--features",
      split = ",",
      converter = ColumnName.class,
      paramLabel = "COL",
      description =
          "The columns that go in; default: all but --time, --group and the label. Text is one-hot"
              + " encoded. A name that holds a comma stands in double quotes, here and below.")
  private List<String> features;

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
      names = "--time",
      paramLabel = "COL",
      description = "The time column; no window then spans a gap.")
  private String time;

  @Option(
      names = "--group",
      paramLabel = "COL",
      description = "Whose a row is: a device, a shop, a patient; no window holds rows of two.")
  private String group;

  @Option(
      names = "--scale-per-group",
      description =
          "Scale each group's rows by its own training rows, not all alike; forecasts of groups that"
              + " were not there in training are then refused.")
  private boolean scalePerGroup;

  @Option(
      names = "--step",
      paramLabel = "STEP",
      description =
          "How far rows lie apart: 10min, 1h, 1d, 1week, 1month, 1year, business-day (Monday follows"
              + " Friday); default: the median distance in --time.")
  private String step;

  @Option(
      names = "--calendar",
      split = ",",
      paramLabel = "PART",
      description =
          "Parts of --time that go in too, as sine and cosine: minute, hour, weekday, day, dayofyear,"
              + " month.")
  private List<Calendar> calendar;

  @Option(
      names = "--known",
      split = ",",
      converter = ColumnName.class,
      paramLabel = "COL",
      description =
          "Columns known beforehand, such as prices or holidays: their values in the rows that are"
              + " forecast go in too. To predict, give rows with these and nothing else at the end.")
  private List<String> known;

  @Option(
      names = "--unknown",
      paramLabel = "fail|ignore",
      defaultValue = "FAIL",
      description =
          "Categories that no training row has: an error, or none of the known ones. Default fail.")
  private Encoder.Unknown unknown;

  @Option(
      names = "--categorical",
      split = ",",
      converter = ColumnName.class,
      paramLabel = "COL",
      description = "Columns of categories, though they may look like numbers.")
  private List<String> categorical;

  @Option(
      names = "--numeric",
      split = ",",
      converter = ColumnName.class,
      paramLabel = "COL",
      description = "Columns of numbers: anything else in them is an error.")
  private List<String> numeric;

  @Mixin private CsvOptions csv;

  /**
   * What goes in.
   *
   * @throws ParameterException if options do not fit each other
   */
  InputSetup inputs() {
    InputSetup inputs =
        features == null ? InputSetup.all() : InputSetup.of(features.toArray(String[]::new));
    try {
      CsvFormat format = csv.on(CsvFormat.DEFAULT, time);
      if (categorical != null) {
        format = format.withCategorical(categorical);
      }
      if (numeric != null) {
        format = format.withNumeric(numeric);
      }
      inputs
          .missing(missing.missing())
          .unknown(unknown)
          .scale(scale.kind())
          .format(format)
          .time(time)
          .group(group)
          .scalePerGroup(scalePerGroup)
          .sort(csv.sort())
          .dedupe(csv.dedupe());
      if (step != null) {
        inputs.step(TimeStep.of(step));
      }
      if (calendar != null) {
        inputs.calendar(calendar.toArray(Calendar[]::new));
      }
      if (known != null) {
        inputs.known(known.toArray(String[]::new));
      }
      return inputs.checked();
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  /** Whose a row is, or null. */
  String group() {
    return group;
  }

  /** The columns that were named to go in, or null: all. */
  List<String> features() {
    return features;
  }
}
