package io.github.lstm4j.cli;

import io.github.lstm4j.tasks.AnomalySetup;
import io.github.lstm4j.tasks.ClassWeights;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.SequenceSetup;
import io.github.lstm4j.tasks.TaskSetup;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that say what a model is to learn from a table. */
final class TaskOptions {
  /** What is learnt, and by which options it is said. */
  enum Kind {
    FORECAST,
    CLASSIFY,
    REGRESS,
    ANOMALY;

    /** The options that must be given. */
    Set<String> needed() {
      return switch (this) {
        case FORECAST -> Set.of("--target", "--window", "--horizon");
        case CLASSIFY, REGRESS -> Set.of("--label");
        case ANOMALY -> Set.of("--window");
      };
    }

    /** The options that may be given too. */
    Set<String> possible() {
      return switch (this) {
        case FORECAST -> Set.of("--change", "--interval");
        case CLASSIFY -> Set.of("--window", "--max-length", "--per-step", "--class-weight");
        case REGRESS -> Set.of("--window", "--max-length", "--per-step");
        case ANOMALY -> Set.of("--label", "--threshold-quantile");
      };
    }

    String text() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--task",
      paramLabel = "forecast|classify|regress|anomaly",
      defaultValue = "forecast",
      description =
          "Forecast columns from the rows before (default), or learn a label, a class or a number,"
              + " of each --group, of each of its rows (--per-step), or of windows; or score rows by how"
              + " unlike those of the training they are.")
  private Kind kind;

  @Option(
      names = "--target",
      split = ",",
      converter = ColumnName.class,
      paramLabel = "COL",
      description = "forecast: the columns to forecast.")
  private List<String> targets;

  @Option(
      names = "--horizon",
      split = ",",
      paramLabel = "N",
      description = "forecast: how many rows ahead is forecast.")
  private List<Integer> horizons;

  @Option(
      names = "--change",
      description = "forecast: learn the change from the last known value; often better.")
  private boolean change;

  @Option(
      names = "--window",
      paramLabel = "N",
      description =
          "Rows that go in. classify, regress: windows have the label of their last row; without"
              + " --window a whole group goes in.")
  private Integer window;

  @Option(
      names = "--label",
      paramLabel = "COL",
      description =
          "classify, regress: the column to be learnt; it never goes in. anomaly: the column that"
              + " says which rows are anomalies, to measure by; see evaluate.")
  private String label;

  @Option(
      names = "--per-step",
      description = "classify, regress: each row of a group has its own label.")
  private boolean perStep;

  @Option(
      names = "--max-length",
      paramLabel = "N",
      description =
          "classify, regress: only the last N rows of longer groups; default: as many as the"
              + " longest that trains.")
  private Integer maxLength;

  @Option(
      names = "--class-weight",
      split = ",",
      paramLabel = "balanced|none|CLASS=W",
      description =
          "classify: what a sample counts in training: all classes alike, all samples alike"
              + " (default), or a=1,b=5.")
  private List<String> classWeights;

  @Option(
      names = "--threshold-quantile",
      paramLabel = "P",
      description =
          "anomaly: the share of validation rows whose score is below the threshold; default 0.99.")
  private Double quantile;

  @Option(
      names = "--interval",
      paramLabel = "P",
      description =
          "forecast: an interval too, in which the value lies with this probability: 0.8. Default:"
              + " none.")
  private Double interval;

  /**
   * What is to be learnt.
   *
   * @throws ParameterException if an option is out of range, missing, or of another task
   */
  TaskSetup setup(DataOptions data) {
    Checks check = new Checks(command);
    Map<String, Boolean> given = given();
    given.forEach(
        (option, is) -> {
          boolean needed = kind.needed().contains(option);
          check.require(is || !needed, "--task " + kind.text() + " needs " + option);
          check.require(
              !is || needed || kind.possible().contains(option),
              option + " says nothing to --task " + kind.text());
        });
    check.require(
        window != null || data.group() != null,
        "--task " + kind.text() + " needs --group, or --window for windows of rows");
    if (window != null) {
      check.positive("--window", window);
    }
    try {
      return switch (kind) {
        case FORECAST -> forecast(data, check);
        case CLASSIFY, REGRESS -> sequence(data, check);
        case ANOMALY -> anomaly(data, check);
      };
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), e.getMessage(), e);
    }
  }

  private Map<String, Boolean> given() {
    Map<String, Boolean> given = new LinkedHashMap<>();
    given.put("--target", targets != null);
    given.put("--label", label != null);
    given.put("--window", window != null);
    given.put("--horizon", horizons != null);
    given.put("--change", change);
    given.put("--interval", interval != null);
    given.put("--per-step", perStep);
    given.put("--max-length", maxLength != null);
    given.put("--class-weight", classWeights != null);
    given.put("--threshold-quantile", quantile != null);
    return given;
  }

  private TaskSetup forecast(DataOptions data, Checks check) {
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

  private TaskSetup sequence(DataOptions data, Checks check) {
    check.require(
        window == null || !perStep,
        "--window and --per-step exclude each other: a window has one"
            + " label, that of its last row");
    check.require(
        window == null || maxLength == null,
        "--window and --max-length exclude each other: windows are all equally long");
    check.require(
        !perStep || classWeights == null,
        "--per-step and --class-weight exclude each other: rows of one sequence cannot be weighed"
            + " apart");
    check.require(!label.equals(data.group()), "--label and --group are the same column");
    if (maxLength != null) {
      check.positive("--max-length", maxLength);
    }
    SequenceSetup setup =
        (kind == Kind.CLASSIFY ? SequenceSetup.classify(label) : SequenceSetup.regress(label))
            .inputs(data.inputs())
            .perStep(perStep)
            .classWeights(weights());
    if (window != null) {
      setup.window(window);
    }
    return maxLength == null ? setup : setup.maxLength(maxLength);
  }

  private TaskSetup anomaly(DataOptions data, Checks check) {
    check.require(
        quantile == null || (quantile > 0 && quantile <= 1),
        "--threshold-quantile must lie in (0, 1], got " + quantile);
    AnomalySetup setup = AnomalySetup.of(window).inputs(data.inputs());
    if (label != null) {
      setup.label(label);
    }
    return quantile == null ? setup : setup.thresholdQuantile(quantile);
  }

  private ClassWeights weights() {
    if (classWeights == null || classWeights.equals(List.of("none"))) {
      return ClassWeights.none();
    }
    if (classWeights.equals(List.of("balanced"))) {
      return ClassWeights.balanced();
    }
    Map<String, Double> weights = new LinkedHashMap<>();
    for (String pair : classWeights) {
      int equals = pair.lastIndexOf('=');
      Double weight = null;
      try {
        weight = equals < 1 ? null : Double.valueOf(pair.substring(equals + 1).strip());
      } catch (NumberFormatException e) {
        weight = null;
      }
      if (weight == null || weights.put(pair.substring(0, equals), weight) != null) {
        throw new IllegalArgumentException(
            "--class-weight: expected balanced, none or each class once as a=1,b=5, got " + pair);
      }
    }
    return ClassWeights.of(weights);
  }
}
