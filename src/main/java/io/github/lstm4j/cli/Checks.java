package io.github.lstm4j.cli;

import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * Refuses wrong usage in words.
 *
 * @param command whose usage it is
 */
record Checks(CommandSpec command) {
  void positive(String option, int value) {
    require(value >= 1, option + " must be at least 1, got " + value);
  }

  void require(boolean holds, String problem) {
    if (!holds) {
      throw new ParameterException(command.commandLine(), problem);
    }
  }
}
