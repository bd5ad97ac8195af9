package io.github.lstm4j.cli;

import io.github.lstm4j.demo.Explanation;
import io.github.lstm4j.inspect.WeightsByGate;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.stream.Stream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Says in words and numbers what an LSTM of a given size holds and computes. */
@Command(
    name = "explain",
    mixinStandardHelpOptions = true,
    description =
        "Explains an LSTM of that size: which weight has which shape, what one timestep computes,"
            + " and how many parameters there are, with numbers to check by hand. Of a model's file:"
            + " which weight is which, gate by gate, whatever their order and names in the file.")
final class ExplainCommand implements Callable<Integer> {
  private static final int LARGEST = 1 << 14;

  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(
      arity = "0..1",
      paramLabel = "MODEL",
      description = "A model's file: .keras, .h5, .onnx, .safetensors.")
  private Path model;

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
  public Integer call() throws IOException {
    if (model != null) {
      boolean sized =
          Stream.of("--units", "--timesteps", "--features")
              .anyMatch(o -> command.commandLine().getParseResult().hasMatchedOption(o));
      new Checks(command).require(!sized, "a model has a size of its own; leave out --units …");
      ModelFile file = ModelFile.of(model);
      ModelFormat format = ModelFormat.of(file);
      try (Model loaded = format.load(file)) {
        console.out().print(WeightsByGate.text(loaded));
        String axes = format.axes(file);
        if (!axes.isEmpty()) {
          console.out().println();
          console.out().println("In the file: " + axes);
        }
      }
      return 0;
    }
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
