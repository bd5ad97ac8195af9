package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.CudaBackend;
import io.github.lstm4j.backend.cuda.CudaDriver.MathMode;
import io.github.lstm4j.backend.cuda.CudaOptions;
import io.github.lstm4j.backend.cuda.CudaProbe;
import io.github.lstm4j.compile.LayerGraph;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.runtime.Backends;
import java.util.List;
import java.util.Locale;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Spec.Target;

/** The options that choose what runs a model; the one place of the command line that knows. */
final class BackendOption {
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

  private Integer threads;
  private int device;

  @Option(
      names = "--math",
      paramLabel = "fp32|tf32|bf16",
      defaultValue = "fp32",
      description = "With CUDA, how matrix products round their inputs; default fp32.")
  private MathMode math = MathMode.FP32;

  @Option(
      names = "--no-graph",
      description = "With CUDA, launch kernel by kernel instead of as a graph; the same bits.")
  private boolean noGraph;

  @Option(
      names = "--no-persistent",
      description =
          "With CUDA, go through sequences step by step even where one launch could keep the"
              + " recurrent weights on the chip; other roundings.")
  private boolean noPersistent;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads of the CPU; default: its processors. Results do not depend on it.")
  void threads(Integer number) { // refused before anything is read
    if (number != null) {
      new Checks(command).positive("--threads", number);
    }
    threads = number;
  }

  @Option(
      names = "--device",
      paramLabel = "N",
      defaultValue = "0",
      description = "With CUDA, the number of the device; default 0.")
  void device(int number) {
    new Checks(command).require(number >= 0, "--device must be at least 0, got " + number);
    device = number;
  }

  /**
   * Refuses what would be without effect.
   *
   * @throws picocli.CommandLine.ParameterException if an option is of another backend
   */
  void check() {
    Checks check = new Checks(command);
    for (String option : List.of("--device", "--math", "--no-graph", "--no-persistent")) {
      check.require(
          wantsCuda() || !check.isGiven(option),
          option + " needs --backend cuda, got " + kind.name().toLowerCase(Locale.ROOT));
    }
    check.require(
        !wantsCuda() || threads == null,
        "--threads and --backend cuda exclude each other: the threads are the CPU's");
  }

  /**
   * The backend that was asked for; if that is the best, the one on which a model of these batches
   * is likely to run fastest.
   *
   * @param model not yet bound to a backend
   * @throws RuntimeException if it cannot run here; the message says why
   */
  Backend open(Model model, int batch, boolean training) {
    boolean fixed = !model.graph().timesteps().contains(LayerGraph.ANY);
    boolean choose = kind == Kind.AUTO && threads == null && fixed;
    return choose && CudaProbe.result().usable()
        ? Backends.best(model.program(batch, training))
        : open();
  }

  /**
   * The backend that was asked for.
   *
   * @throws RuntimeException if it cannot run here; the message says why
   */
  Backend open() {
    if (kind == Kind.CUDA) {
      return open(device);
    }
    Backend backend = kind == Kind.CPU ? Backends.cpu() : Backends.best();
    return threads != null && backend.name().equals("cpu") ? Backends.cpu(threads) : backend;
  }

  /** The CUDA device of that number. */
  Backend open(int number) {
    return CudaBackend.open(number, cuda());
  }

  /** How many threads the CPU has. */
  int threads() {
    return threads == null ? Runtime.getRuntime().availableProcessors() : threads;
  }

  /** Whether CUDA was asked for by name. */
  boolean wantsCuda() {
    return kind == Kind.CUDA;
  }

  /** How CUDA is to run. */
  CudaOptions cuda() {
    return new CudaOptions(!noGraph, math, !noPersistent);
  }

  /** The number of the CUDA device. */
  int device() {
    return device;
  }

  /** Why {@link #open} gave that backend. */
  String why(Backend opened) {
    if (kind != Kind.AUTO) {
      return "as asked for";
    }
    CudaProbe.Result probe = CudaProbe.result();
    if (opened.name().equals("cuda")) {
      return probe.reason();
    }
    return "not CUDA: "
        + (probe.usable() ? "the model is too small for a GPU to pay" : probe.reason());
  }
}
