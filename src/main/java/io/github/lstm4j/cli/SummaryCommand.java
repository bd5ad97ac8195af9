package io.github.lstm4j.cli;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.SummaryStyle;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints a model's table. */
@Command(
    name = "summary",
    mixinStandardHelpOptions = true,
    description = "Prints the table of a model's layers, as Keras does.")
final class SummaryCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model's file: .keras, .h5, .onnx, .safetensors.")
  private Path model;

  @Option(
      names = "--style",
      paramLabel = "2.0|2.15|3",
      defaultValue = "3",
      description = "The Keras version whose table is printed; default 3.")
  private String style;

  SummaryCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    SummaryStyle table;
    try {
      table = SummaryStyle.of(style);
    } catch (IllegalArgumentException e) {
      throw new ParameterException(command.commandLine(), Printable.reason(e), e);
    }
    try (var loaded = Models.load(model)) {
      console.out().print(loaded.summaryText(table));
    }
    return 0;
  }
}
