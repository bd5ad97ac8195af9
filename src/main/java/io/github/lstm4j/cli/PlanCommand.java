package io.github.lstm4j.cli;

import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.graph.Program;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import java.io.IOException;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Prints what a model becomes: the program, and its launches on a GPU. Needs none. */
@Command(
    name = "plan",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Prints what a model becomes for a batch size: the ops with their memory, and what a GPU"
          + " is given to do, with the shapes of all matrix products. Needs no GPU."
    })
final class PlanCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "MODEL",
      description = "A model's file: .keras, .h5, .onnx, .safetensors.")
  private Path model;

  @Option(names = "--batch", paramLabel = "B", defaultValue = "32", description = "Default 32.")
  private int batch;

  @Option(
      names = "--timesteps",
      paramLabel = "T",
      description = "For a model that takes any number of timesteps.")
  private Integer timesteps;

  @Option(names = "--training", description = "A training step; default: a prediction.")
  private boolean training;

  @Option(
      names = "--math",
      paramLabel = "fp32|tf32|bf16",
      defaultValue = "fp32",
      description = "How matrix products round their inputs; default fp32.")
  private MathMode math = MathMode.FP32;

  @Option(
      names = "--no-persistent",
      description =
          "Step by step through sequences even where one launch could keep the recurrent weights"
              + " on the chip.")
  private boolean noPersistent;

  PlanCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    Checks check = new Checks(command);
    check.positive("--batch", batch);
    if (timesteps != null) {
      check.positive("--timesteps", timesteps);
    }
    try (Model loaded = Models.load(model)) {
      boolean varies = loaded.graph().timesteps().contains(LayerGraph.ANY);
      if (varies && timesteps == null) {
        throw new ParameterException(
            command.commandLine(),
            "the model takes any number of timesteps; say which with --timesteps");
      }
      Program program =
          varies ? loaded.program(batch, timesteps, training) : loaded.program(batch, training);
      console.out().println(program);
      CudaOptions options = CudaOptions.DEFAULT.withMath(math).withPersistent(!noPersistent);
      console.out().print(CudaBackend.explain(program, options));
    }
    return 0;
  }
}
