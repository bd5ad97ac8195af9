package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.demo.Demo;
import io.github.lstm4j.model.Model;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Runs the {@link Demo}. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    description =
        "Prints the summaries of two LSTMs of one unit, then trains an LSTM on five years of hourly"
            + " air data of Beijing and writes model, history, result and report.")
final class DemoCommand implements Callable<Integer> {
  private final Console console;
  @Mixin private BackendOption backendOption;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "7",
      description = "Weights, shuffles and dropout follow from it; default 7.")
  private long seed;

  @Option(
      names = "--output",
      paramLabel = "DIR",
      defaultValue = "target/demo",
      description = "Where to write; default target/demo.")
  private Path directory;

  @Option(names = "--epochs", defaultValue = "20", hidden = true)
  private int epochs;

  DemoCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    backendOption.check();
    Demo demo = new Demo(seed, epochs, directory, console.out());
    Model model = demo.model();
    try (Backend backend = backendOption.open(model, Demo.BATCH, true);
        model) {
      console.out().println("Backend: " + backend.description());
      console.out().println("  " + backendOption.why(backend));
      demo.run(model.on(backend), console.progressBar());
    }
    return 0;
  }
}
