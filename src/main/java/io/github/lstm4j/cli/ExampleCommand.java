package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.demo.Example;
import io.github.lstm4j.demo.Examples;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.report.HtmlPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Runs one of the {@link Examples}. */
@Command(
    name = "example",
    mixinStandardHelpOptions = true,
    description =
        "Trains a model in a minute or two, says how good it is beside something simpler, and writes"
            + " a page about it.")
final class ExampleCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private BackendOption backendOption;

  @Parameters(
      paramLabel = "NAME",
      description =
          "pollution: classes of sequences of different lengths; text: character by character;"
              + " addition: sequence to sequence; faults: anomalies.")
  private Examples name;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Weights, shuffles and made-up data follow from it; default 7.")
  private long seed;

  @Option(names = "--small", description = "Less of everything: seconds, and a lesser result.")
  private boolean small;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "target/examples",
      description = "Where NAME.html goes; default target/examples.")
  private Path directory;

  ExampleCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    backendOption.check();
    Files.createDirectories(directory);
    Example example = name.of(seed, small);
    Model model = example.model();
    try (Backend backend = backendOption.open(model, example.batchSize(), true);
        model) {
      console.out().println("Backend: " + backend.description());
      HtmlPage page = example.run(model.on(backend), console.out(), console.progressBar());
      Path file = directory.resolve(name + ".html");
      page.write(file);
      console.out().println("Wrote " + file);
    }
    return 0;
  }
}
