package io.github.lstm4j.cli;

import java.nio.file.Path;
import java.util.Collection;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Refuses wrong usage in words.
 *
 * @param command whose usage it is
 */
record Checks(CommandSpec command) {
  private static final int PROCESSORS = Runtime.getRuntime().availableProcessors();

  /** The largest number that makes sense, and why. */
  private record Limit(int most, String why) {}

  private static final Map<String, Limit> LIMITS =
      Map.of(
          "--threads",
              new Limit(
                  Math.max(256, 4 * PROCESSORS),
                  "there are " + PROCESSORS + " processors, and more threads only wait for them"),
          "--batch", new Limit(1 << 20, "all samples of a batch are in memory at once"),
          "--window", new Limit(1 << 20, "all rows of a window go through the model at once"),
          "--timesteps", new Limit(1 << 20, "all timesteps go through the model at once"),
          "--max-length", new Limit(1 << 20, "all rows of a group go through the model at once"),
          "--horizon", new Limit(1 << 20, "each sample needs that many rows behind its window"),
          "--units", new Limit(1 << 14, "an LSTM of N units has 4·N² weights and more"),
          "--dense", new Limit(1 << 20, "a layer of N units has N weights for each that goes in"),
          "--epochs", new Limit(1_000_000, "each is a pass over all data"));

  /** Refuses a number that is less than 1, or beyond what makes sense for that option. */
  void positive(String option, int value) {
    require(value >= 1, option + " must be at least 1, got " + value);
    Limit limit = LIMITS.get(option);
    if (limit != null) {
      require(
          value <= limit.most,
          option + " must be at most " + limit.most + ", got " + value + ": " + limit.why);
    }
  }

  /** Refuses options that only mean something to a table, beside a file of arrays. */
  void ofTable(Path arrays, Collection<String> options) {
    for (String option : options) {
      require(
          !isGiven(option), option + " is about a .csv file's rows, and " + arrays + " is none");
    }
  }

  /** Whether an option was given, also if it says what is the default. */
  boolean isGiven(String option) {
    return command.commandLine().getParseResult().hasMatchedOption(option);
  }

  void require(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), problem);
    }
  }
}
