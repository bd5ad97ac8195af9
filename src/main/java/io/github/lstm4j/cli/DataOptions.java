package io.github.lstm4j.cli;

import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.tasks.InputSetup;
import java.util.List;
import picocli.CommandLine.Option;

/** The options that say which columns of a table go in, and how. */
final class DataOptions {
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
      paramLabel = "COL",
      description =
          "The columns that go in; default: all but --time, --group and the label. Text is one-hot"
              + " encoded.")
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

  /** What goes in. */
  InputSetup inputs() {
    InputSetup inputs =
        features == null ? InputSetup.all() : InputSetup.of(features.toArray(String[]::new));
    inputs.missing(missing.missing()).scale(scale.kind());
    return inputs.time(time).group(group);
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
