package io.github.lstm4j.cli;

import io.github.lstm4j.demo.Explanation;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Says in words and numbers what an LSTM of a given size holds and computes. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description =
        "Explains an LSTM of that size: which weight has which shape, what one timestep computes,"
            + " and how many parameters there are, with numbers to check by hand.")
final class ExplainCommand implements Callable<Integer> {
  private static final int LARGEST = 1 << 14;

  private final Console console;
  @Spec private CommandSpec command;

  @Option(names = "--units", paramLabel = "U", defaultValue = "1", description = "Default 1.")
  private int units;

  @Option(names = "--timesteps", paramLabel = "T", defaultValue = "1", description = "Default 1.")
  private int timesteps;

  @Option(names = "--features", paramLabel = "F", defaultValue = "2", description = "Default 2.")
  private int features;

  ExplainCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    check("--units", units);
    check("--timesteps", timesteps);
    check("--features", features);
    if ((features + 1L + 2L * units) * 4 * units > Integer.MAX_VALUE / 8) {
      throw new ParameterException(
          command.commandLine(), "--units and --features: too many weights to build the model");
    }
    console.out().print(new Explanation(units, timesteps, features).text());
    return 0;
  }

  private void check(String option, int value) {
    if (value < 1 || value > LARGEST) {
      throw new ParameterException(
          command.commandLine(), option + " must lie in [1, " + LARGEST + "], got " + value);
    }
  }
}
