package io.github.lstm4j.cli;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.serve.AccessLog;
import io.github.lstm4j.serve.Metrics;
import io.github.lstm4j.serve.ModelEngine;
import io.github.lstm4j.serve.Repository;
import io.github.lstm4j.serve.Server;
import io.github.lstm4j.serve.ServerOptions;
import io.github.lstm4j.serve.ServerOptions.Batching;
import io.github.lstm4j.serve.ServerOptions.Limits;
import io.github.lstm4j.serve.ServerOptions.Security;
import io.github.lstm4j.serve.ServerOptions.SequenceLimits;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Serves models over HTTP and gRPC until it is told to stop. */
@Command(
    name = "serve",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Serves models by the Open Inference Protocol v2 (KServe, Triton) over HTTP, and over gRPC if"
          + " it has a port for it, with binary tensors and sequences. SIGTERM or Ctrl-C: requests"
          + " under way are answered, then it ends.",
      "",
      "MODEL is a file, a folder NAME with versions (NAME/1/model.keras, NAME/2/…), or a folder of"
          + " such files and folders. A file that changes is loaded again while the one before"
          + " serves.",
      "",
      "  GET  /v2/health/live, /v2/health/ready, /v2, /metrics",
      "  GET  /v2/models/NAME[/versions/N][/ready]",
      "  POST /v2/models/NAME[/versions/N]/infer    tensors in, tensors out",
      "  POST /v2/models/NAME[/versions/N]/predict  rows in, answers in their units out, as predict"
          + " has them: CSV, or JSON {\"rows\": [{\"time\": …, \"load\": …}, …]}",
      "  inference.GRPCInferenceService: ServerLive, ServerReady, ServerMetadata, ModelReady,"
          + " ModelMetadata, ModelInfer"
    })
final class ServeCommand implements Callable<Integer> {
  private static final long MEBI = 1 << 20;
  private static final int LARGEST_PORT = 65_535;

  private final Console console;
  @Spec private CommandSpec command;

  @Parameters(
      paramLabel = "MODEL",
      arity = "1..*",
      description = "Files of models (.keras, .h5, .onnx, .safetensors) and folders of them.")
  private List<Path> models;

  @Option(
      names = "--host",
      paramLabel = "ADDRESS",
      defaultValue = "127.0.0.1",
      description =
          "Where to listen; default 127.0.0.1, for this machine alone. 0.0.0.0: all of its addresses;"
              + " whoever reaches one may ask, unless there is a --token-file.")
  private String host;

  @Option(
      names = "--port",
      paramLabel = "N",
      defaultValue = "8000",
      description = "Of HTTP; default 8000, 0: a free one.")
  private int port;

  @Option(
      names = "--grpc-port",
      paramLabel = "N",
      description = "Of gRPC, usually 8001; 0: a free one. Default: no gRPC.")
  private Integer grpcPort;

  @Option(
      names = "--max-batch",
      paramLabel = "N",
      defaultValue = "64",
      description =
          "How many rows of several requests are computed at once; default 64, 1: no batches. The"
              + " answers are the same.")
  private int maxBatch;

  @Option(
      names = "--max-delay",
      paramLabel = "MS",
      defaultValue = "2",
      description =
          "How long a request may wait for others, in milliseconds; default 2. It waits only while"
              + " fewer are there than came together before.")
  private double maxDelay;

  @Option(
      names = "--max-queue",
      paramLabel = "N",
      defaultValue = "1024",
      description =
          "How many requests of a model may wait or run; default 1024. More are refused with 429.")
  private int maxQueue;

  @Option(
      names = "--sequence-timeout",
      paramLabel = "SECONDS",
      defaultValue = "60",
      description = "When an idle sequence is ended; default 60.")
  private double sequenceTimeout;

  @Option(
      names = "--max-sequences",
      paramLabel = "N",
      defaultValue = "10000",
      description = "How many sequences of a model may be open; default 10000.")
  private int maxSequences;

  @Option(
      names = "--sequence-memory",
      paramLabel = "MIB",
      defaultValue = "256",
      description = "What the states of a model's open sequences may take; default 256.")
  private int sequenceMemory;

  @Option(
      names = "--max-body",
      paramLabel = "MIB",
      defaultValue = "16",
      description = "The largest body of a request, unpacked; default 16.")
  private int maxBody;

  @Option(
      names = "--max-tensors",
      paramLabel = "N",
      defaultValue = "64",
      description = "How many inputs or outputs a request may name; default 64.")
  private int maxTensors;

  @Option(
      names = "--max-dimension",
      paramLabel = "N",
      defaultValue = "4096",
      description = "How many rows or timesteps a tensor may have; default 4096.")
  private int maxDimension;

  @Option(
      names = "--poll",
      paramLabel = "SECONDS",
      defaultValue = "1",
      description = "How often files are looked at for changes; default 1, 0: never.")
  private double poll;

  @Option(
      names = "--drain",
      paramLabel = "SECONDS",
      defaultValue = "30",
      description = "How long requests under way may take when it is stopped; default 30.")
  private double drain;

  @Option(
      names = "--access-log",
      paramLabel = "FILE",
      description = "A line of JSON for each request; - is standard output. Default: none.")
  private Path accessLog;

  @Option(
      names = "--token-file",
      paramLabel = "FILE",
      description =
          "Its first line is what requests must bear (Authorization: Bearer TOKEN), but for those"
              + " of health.")
  private Path tokenFile;

  @Option(
      names = "--tls-certificate",
      paramLabel = "PEM",
      description = "Serve over TLS with this certificate, or chain of them; needs --tls-key.")
  private Path certificate;

  @Option(
      names = "--tls-key",
      paramLabel = "PEM",
      description = "The certificate's key, PKCS #8 without a password.")
  private Path key;

  @Mixin private BackendOption backendOption;

  ServeCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws Exception {
    backendOption.check();
    ServerOptions options = options();
    Metrics metrics = new Metrics();
    try (Backend backend = backendOption.open();
        OutputStream file = logFile()) {
      Repository repository =
          Repository.open(
              models, path -> load(path, backend), options, metrics, console.out()::println);
      CountDownLatch stop = new CountDownLatch(1);
      List<Runnable> undo = new ArrayList<>();
      for (String signal : Signals.ENDING) {
        undo.add(
            Signals.take(
                signal,
                (name, number) -> {
                  console.out().println("SIG" + name + ": requests under way are answered");
                  stop.countDown();
                }));
      }
      try (Server server = Server.open(repository, options, metrics, log(file))) {
        console
            .out()
            .println(
                "Serving "
                    + String.join(", ", repository.names())
                    + " at "
                    + (certificate == null ? "http://" : "https://")
                    + host
                    + ":"
                    + server.port()
                    + (grpcPort == null ? "" : ", gRPC at " + host + ":" + server.grpcPort())
                    + " on "
                    + backend.description());
        stop.await();
      } finally {
        undo.forEach(Runnable::run);
      }
    }
    return 0;
  }

  private static ModelEngine load(Path file, Backend backend) throws IOException {
    Model model = Models.load(file).on(backend);
    try {
      return new ModelEngine(model);
    } catch (RuntimeException | Error e) {
      model.close();
      throw e;
    }
  }

  /** Null: there is none, or it is standard output. */
  private OutputStream logFile() throws IOException {
    return accessLog == null || toStandardOutput()
        ? null
        : Files.newOutputStream(accessLog, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
  }

  private boolean toStandardOutput() {
    return accessLog != null && accessLog.toString().equals("-");
  }

  private AccessLog log(OutputStream file) {
    return new AccessLog(toStandardOutput() ? console.out() : file);
  }

  private ServerOptions options() throws IOException {
    Checks check = new Checks(command);
    checkPort(check, "--port", port);
    if (grpcPort != null) {
      checkPort(check, "--grpc-port", grpcPort);
      check.require(
          port != grpcPort || port == 0,
          "--port and --grpc-port: expected two ports, got " + port + " twice");
    }
    check.positive("--max-batch", maxBatch);
    check.positive("--max-queue", maxQueue);
    check.positive("--max-sequences", maxSequences);
    check.positive("--sequence-memory", sequenceMemory);
    check.positive("--max-tensors", maxTensors);
    check.positive("--max-dimension", maxDimension);
    check.require(maxBody >= 1 && maxBody < 1024, "--max-body: expected 1 to 1023, got " + maxBody);
    check.require(
        (certificate == null) == (key == null),
        "--tls-certificate and --tls-key: expected both or neither");
    return new ServerOptions(
        host,
        port,
        grpcPort == null ? ServerOptions.NONE : grpcPort,
        new Batching(maxBatch, time("--max-delay", maxDelay, 1e-3), maxQueue),
        new SequenceLimits(
            time("--sequence-timeout", sequenceTimeout, 1), maxSequences, sequenceMemory * MEBI),
        new Limits((int) (maxBody * MEBI), maxTensors, maxDimension, (int) (maxBody * MEBI)),
        new Security(token(), certificate, key),
        time("--poll", poll, 1),
        time("--drain", drain, 1));
  }

  private static void checkPort(Checks check, String option, int port) {
    check.require(
        port >= 0 && port <= LARGEST_PORT,
        option + ": expected 0 to " + LARGEST_PORT + ", got " + port);
  }

  private Duration time(String option, double value, double seconds) {
    new Checks(command)
        .require(
            value >= 0 && value * seconds <= 1e6,
            option + ": expected at least 0, and less than twelve days, got " + value);
    return Duration.ofNanos(Math.round(value * seconds * 1e9));
  }

  private String token() throws IOException {
    if (tokenFile == null) {
      return null;
    }
    String token = Files.readString(tokenFile).lines().findFirst().orElse("").strip();
    new Checks(command)
        .require(
            !token.isEmpty(),
            "--token-file: expected a token in the first line of " + Printable.text(tokenFile));
    return token;
  }
}
