package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.JsonWriter;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Times LSTMs of five sizes. */
@Command(
    name = "bench",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Times LSTMs of five sizes and prints JSON; or writes a page of charts, with --plot.",
      "",
      "forward: inference, all hidden states returned. train: forward, mean squared error of"
          + " Dense(1) on the last state, backward, Adam. STEP1: one timestep, the state carried"
          + " from call to call, its input and output copied; other data stays where it is.",
      "",
      "With --backend cuda: the shapes, modes and JSON of the PyTorch script for GPUs, in each of"
          + " fp32, tf32 and bf16, launched one by one and as a CUDA graph."
    })
final class BenchCommand implements Callable<Integer> {
  private final Console console;
  @Spec private CommandSpec command;

  @Option(
      names = "--shapes",
      split = ",",
      paramLabel = "NAME",
      defaultValue = "S,M,L,SEQ1,STEP1",
      description = "Which sizes; default S,M,L,SEQ1,STEP1.")
  private List<LstmBench.Size> sizes;

  @Option(
      names = "--seconds",
      paramLabel = "T",
      defaultValue = "2",
      description = "How long each is measured, after half of that to warm up; default 2.")
  private double seconds;

  @Option(
      names = "--out",
      paramLabel = "FILE.json",
      description = "Where to write; default standard output.")
  private Path output;

  @Option(
      names = "--plot",
      paramLabel = "PAGE.html",
      description =
          "Instead of the five sizes: charts of the time of a sequence on the CPU by batch, units,"
              + " timesteps and threads, beside the bound that the speed of matrix products sets,"
              + " and of the memory of training.")
  private Path plot;

  @Option(
      names = "--limit",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "With --plot, about how long all measurements take together; default 60.")
  private double limit;

  @Option(names = "--seed", paramLabel = "N", defaultValue = "42", description = "Default 42.")
  private long seed;

  @Mixin private BackendOption backendOption;

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws IOException {
    if (!(seconds > 0)) {
      throw new ParameterException(
          command.commandLine(), "--seconds must be greater than 0, got " + seconds);
    }
    backendOption.check();
    Checks check = new Checks(command);
    check.require(limit > 0, "--limit must be greater than 0, got " + limit);
    check.require(plot != null || !check.isGiven("--limit"), "--limit needs --plot");
    new OutputFiles(command).writes("--out", output).writes("--plot", plot);
    if (plot != null) {
      for (String other : List.of("--shapes", "--seconds", "--out")) {
        check.require(!check.isGiven(other), other + " and --plot exclude each other");
      }
      check.require(!backendOption.wantsCuda(), "--plot is of the CPU, not of --backend cuda");
      new ScalingPage(seed, backendOption.threads(), limit).page().write(plot);
      console.out().println("Wrote " + plot);
      return 0;
    }
    Map<String, Object> report =
        backendOption.wantsCuda()
            ? new CudaBench(seed, seconds, backendOption.device(), backendOption.cuda()).report()
            : bench();
    String json = JsonWriter.indented(report);
    if (output == null) {
      console.out().println(json);
    } else {
      AtomicFile.write(output, to -> to.write((json + "\n").getBytes(StandardCharsets.UTF_8)));
      console.out().println("Wrote " + output);
    }
    return 0;
  }

  private Map<String, Object> bench() {
    try (Backend backend = backendOption.open()) {
      return new LstmBench(seed, seconds, backend).report(sizes);
    }
  }
}
