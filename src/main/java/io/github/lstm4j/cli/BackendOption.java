package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that choose what runs a model; the one place of the command line that knows. */
final class BackendOption {
  private static final String NO_CUDA = "this build has no CUDA backend yet";

  /** What may be asked for. */
  enum Kind {
    AUTO,
    CPU,
    CUDA
  }

  @Spec(Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--backend",
      paramLabel = "auto|cpu|cuda",
      defaultValue = "auto",
      description = "What runs the model; default: the best there is.")
  private Kind kind = Kind.AUTO;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the CPU; default: its processors. Results do not depend on it.")
  private Integer threads;

  /**
   * The backend that was asked for.
   *
   * @throws IllegalStateException if it cannot run here; the message says why
   */
  Backend open() {
    if (threads != null && threads < 1) {
      throw new ParameterException(
          command.commandLine(), "--threads must be at least 1, got " + threads);
    }
    if (kind == Kind.CUDA) {
      throw new IllegalStateException("--backend cuda: " + NO_CUDA + "; use --backend cpu");
    }
    if (threads != null) {
      return Backend.cpu(threads);
    }
    return kind == Kind.CPU ? Backend.cpu() : Backend.best();
  }

  /** Why {@link #open} gives what it gives. */
  String why() {
    return kind == Kind.AUTO && threads == null ? cudaState() : "as asked for";
  }

  /** Whether there is a GPU to run on, and if not, why. */
  static String cudaState() {
    return NO_CUDA;
  }
}
