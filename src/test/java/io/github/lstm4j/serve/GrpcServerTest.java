package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.GrpcClient.data;
import static io.github.lstm4j.serve.GrpcClient.fields;
import static io.github.lstm4j.serve.GrpcClient.infer;
import static io.github.lstm4j.serve.GrpcClient.input;
import static io.github.lstm4j.serve.GrpcClient.parameter;
import static io.github.lstm4j.serve.GrpcClient.part;
import static io.github.lstm4j.serve.GrpcClient.raw;
import static io.github.lstm4j.serve.GrpcClient.typed;
import static io.github.lstm4j.serve.Serving.model;
import static io.github.lstm4j.serve.Serving.options;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.serve.GrpcClient.Reply;
import io.github.lstm4j.serve.ServerOptions.Batching;
import io.github.lstm4j.serve.ServerOptions.Limits;
import io.github.lstm4j.serve.ServerOptions.Security;
import io.github.lstm4j.serve.ServerOptions.SequenceLimits;
import io.github.lstm4j.tensor.Tensor;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.Status.Code;
import io.grpc.netty.GrpcSslContexts;
import java.io.IOException;
import java.net.ServerSocket;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands around the protocol over gRPC: queues, limits, security, clients that go away. */
@Timeout(60)
class GrpcServerTest {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  private static Path saved(Path folder) throws IOException {
    Path file = folder.resolve("m.keras");
    model(1, 4, 2, 3).save(file);
    return file;
  }

  private static byte[] right() {
    return infer("m", typed("input_layer", random(1, 1, 4, 2)));
  }

  private static byte[] row(float first) {
    return infer("m", typed("x", Tensor.of(new float[] {first, 1}, 1, 2)));
  }

  private static void refused(Reply reply, Code code, String words) {
    assertThat(reply.status().getDescription()).contains(words);
    assertThat(reply.status().getCode()).isEqualTo(code);
  }

  private static GrpcClient client(Serving serving) {
    return new GrpcClient(serving.server.grpcPort());
  }

  private static void awaitPending(Serving serving, int count) {
    while (serving.repository.find("m", null).pending() != count) {
      Thread.onSpinWait();
    }
  }

  // ---------------------------------------------------------------- security and limits

  @Test
  void asksForTheTokenOverTls(@TempDir Path folder) throws Exception {
    Certificate own = Certificate.make(folder);
    Security secret = new Security("s3cret", own.certificate(), own.key());
    try (Serving serving = new Serving(options().with(secret), saved(folder));
        GrpcClient client =
            new GrpcClient(
                serving.server.grpcPort(),
                GrpcSslContexts.forClient().trustManager(own.certificate().toFile()).build());
        GrpcClient plain = client(serving)) {
      client.ask("ServerReady", new byte[0]).ok();
      refused(
          client.ask("ModelInfer", right()),
          Code.UNAUTHENTICATED,
          "expected the header Authorization: Bearer TOKEN, got none");
      refused(
          client.ask("ModelMetadata", GrpcClient.model("m", "")), Code.UNAUTHENTICATED, "got none");
      client.headers.put(AUTHORIZATION, "Bearer x");
      refused(client.ask("ModelInfer", right()), Code.UNAUTHENTICATED, "got another token");
      client.headers.removeAll(AUTHORIZATION);
      client.headers.put(AUTHORIZATION, "Bearer s3cret");
      assertThat(data(client.ask("ModelInfer", right()).ok(), 0)).hasSize(2);
      assertThat(plain.ask("ServerLive", new byte[0]).status().getCode())
          .isEqualTo(Code.UNAVAILABLE);
    }
  }

  @Test
  void messagesAreBoundedAndMayBePacked(@TempDir Path folder) throws IOException {
    try (Serving serving = new Serving(options().with(new Limits(3000, 1, 50, 60)), saved(folder));
        GrpcClient client = client(serving)) {
      refused(
          client.ask("ModelInfer", new byte[3001]), Code.RESOURCE_EXHAUSTED, "maximum size 3000");
      ProtoWriter.Message outputs =
          out -> {
            out.message(6, output -> output.text(1, "out"));
            out.message(6, output -> output.text(1, "x"));
          };
      refused(
          client.ask("ModelInfer", infer("m", typed("input_layer", random(1, 1, 4, 2)), outputs)),
          Code.INVALID_ARGUMENT,
          "request.outputs: expected at most 1, got 2");
      refused(
          client.ask("ModelInfer", infer("m", raw("input_layer", random(1, 31, 4, 2)))),
          Code.INVALID_ARGUMENT,
          "would have 62 elements");
      client.options = client.options.withCompression("gzip");
      assertThat(data(client.ask("ModelInfer", right()).ok(), 0)).hasSize(2);
      refused(
          client.ask("ModelInfer", new byte[1 << 20]),
          Code.RESOURCE_EXHAUSTED,
          "maximum size 3000");
    }
  }

  @Test
  void aPortThatIsTakenIsNamed(@TempDir Path folder) throws IOException {
    Path file = saved(folder);
    try (ServerSocket taken = new ServerSocket(0)) {
      ServerOptions d = options();
      ServerOptions there =
          new ServerOptions(
              "0.0.0.0",
              0,
              taken.getLocalPort(),
              d.batching(),
              d.sequences(),
              d.limits(),
              d.security(),
              d.poll(),
              d.drain());
      assertThatThrownBy(() -> new Serving(there, file))
          .hasMessageContaining("0.0.0.0:" + taken.getLocalPort() + ": cannot be listened at: ");
    }
  }

  @Test
  void sequencesAreBounded(@TempDir Path folder) throws IOException {
    SequenceLimits one = new SequenceLimits(Duration.ofMinutes(1), 1, 1000);
    try (Serving serving = new Serving(options().with(one), saved(folder));
        GrpcClient client = client(serving)) {
      ProtoWriter.Message reading = raw("input_layer", random(1, 1, 2));
      client.ask("ModelInfer", infer("m", reading, part(1, true, false))).ok();
      refused(
          client.ask("ModelInfer", infer("m", reading, part(2, true, false))),
          Code.UNAVAILABLE,
          "model m: 1 sequences are open, as many as their number may be");
    }
  }

  // ---------------------------------------------------------------- the queue

  private static Serving doubling(Doubler engine, Path folder) throws IOException {
    return new Serving(
        options().with(new Batching(4, Duration.ofMillis(50), 8)),
        path -> engine,
        Files.createFile(folder.resolve("m.keras")));
  }

  /** Over both protocols, into one queue; and what does not fit into it is refused. */
  @Test
  void putsTogetherWhatWaits(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    try (Serving serving = doubling(engine, folder);
        GrpcClient client = client(serving)) {
      List<CompletableFuture<Reply>> answers = new ArrayList<>();
      answers.add(client.send("ModelInfer", row(0)));
      engine.began.acquire();
      for (int i = 1; i < 7; i++) {
        answers.add(client.send("ModelInfer", row(i == 2 ? 13 : i == 6 ? 17 : i)));
      }
      awaitPending(serving, 7);
      var http =
          Serving.CLIENT.sendAsync(
              serving
                  .to("v2/models/m/infer")
                  .POST(
                      BodyPublishers.ofString(
                          Serving.request("x", Tensor.of(new float[] {7, 1}, 1, 2), "")))
                  .build(),
              BodyHandlers.ofByteArray());
      awaitPending(serving, 8);
      refused(
          client.ask("ModelInfer", row(9)),
          Code.RESOURCE_EXHAUSTED,
          "8 requests wait or run, as many as its queue takes; try again later");
      engine.let.release(100);
      for (int i = 0; i < 7; i++) {
        Reply answer = answers.get(i).join();
        if (i == 2) {
          refused(answer, Code.INVALID_ARGUMENT, "model m: x: 13 is unlucky");
        } else if (i == 6) {
          refused(answer, Code.INTERNAL, "model m: it broke");
        } else {
          assertThat(data(answer.ok(), 0)).containsExactly(2f * i, 2);
        }
      }
      assertThat(Serving.data(http.join())).containsExactly(14, 2);
      assertThat(engine.batches).startsWith(1, 4);
    }
  }

  /** Calls that are given up, and connections that break, leave nothing behind. */
  @Test
  void clientsThatGoAwayLeaveNothing(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    try (Serving serving = doubling(engine, folder);
        GrpcClient stays = client(serving)) {
      CompletableFuture<Reply> first = stays.send("ModelInfer", row(1));
      engine.began.acquire();
      ClientCall<byte[], byte[]> call = stays.call("ModelInfer");
      CompletableFuture<Reply> cancelled = stays.send(call, row(2));
      GrpcClient broken = client(serving);
      CompletableFuture<Reply> lost = broken.send("ModelInfer", row(3));
      awaitPending(serving, 3);
      call.cancel("given up", null);
      broken.close();
      assertThat(cancelled.join().status().getCode()).isEqualTo(Code.CANCELLED);
      assertThat(lost.join().status().isOk()).isFalse();
      ClientCall<byte[], byte[]> half = stays.call("ModelInfer"); // its message never comes
      half.start(new ClientCall.Listener<>() {}, new Metadata());
      half.cancel("given up", null);
      engine.let.release(100);
      assertThat(data(first.join().ok(), 0)).containsExactly(2, 2);
      awaitPending(serving, 0);
      assertThat(data(stays.ask("ModelInfer", row(4)).ok(), 0)).containsExactly(8, 2);
    }
  }

  /** What it has taken it answers, and takes no more. */
  @Test
  void stopsOnceItHasAnswered(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    Serving serving = doubling(engine, folder);
    try (GrpcClient client = client(serving)) {
      CompletableFuture<Reply> first = client.send("ModelInfer", row(1));
      engine.began.acquire();
      CompletableFuture<Void> closing = CompletableFuture.runAsync(serving::close);
      while (serving.listens()) {
        Thread.onSpinWait();
      }
      assertThat(closing).isNotDone();
      engine.let.release(100);
      assertThat(data(first.join().ok(), 0)).containsExactly(2, 2);
      closing.join();
      assertThat(client.ask("ServerReady", new byte[0]).status().getCode())
          .isEqualTo(Code.UNAVAILABLE);
      assertThat(engine.closed).isTrue();
    }
  }

  // ---------------------------------------------------------------- tables

  /** As {@code /predict} over HTTP. */
  @Test
  void rowsComeInAndForecastsInTheirUnitsGoOut(@TempDir Path folder) throws IOException {
    Model model = ServerTest.forecast(folder.resolve("load.keras")).model();
    String csv = ServerTest.rows(10);
    String json = "{\"rows\":[{\"time\":1}]}";
    try (Serving serving = new Serving(options(), folder);
        GrpcClient client = client(serving)) {
      String expected =
          text(serving.post("v2/models/load/predict", csv, "Content-Type", "text/csv"));
      assertThat(expected).startsWith("row,time,target,horizon,forecast");
      byte[] answer = client.ask("ModelInfer", table(csv, "text/csv")).ok();
      byte[] output = GrpcClient.at(answer, 5, 0);
      assertThat(GrpcClient.text(output, 1) + GrpcClient.text(output, 2))
          .isEqualTo("predictionsBYTES");
      assertThat(fields(output).get(3)).containsExactly(1L);
      assertThat(GrpcClient.text(GrpcClient.at(output, 5, 0), 8)).isEqualTo(expected);
      refused(
          client.ask("ModelInfer", table(json, "application/json")),
          Code.INVALID_ARGUMENT,
          "model load: the rows: no column load");
      refused(
          client.ask("ModelInfer", table(csv, "a/b")),
          Code.INVALID_ARGUMENT,
          "parameter content_type: expected text/csv or application/json, got a/b");
      refused(
          client.ask("ModelInfer", infer("load", input("rows", "FP32", List.of(1L), null))),
          Code.INVALID_ARGUMENT,
          "input rows: expected BYTES of the shape [1]");
      refused(
          client.ask("ModelInfer", infer("load", input("rows", "BYTES", List.of(1L), null))),
          Code.INVALID_ARGUMENT,
          "got nothing");
      byte[] tensors =
          client
              .ask(
                  "ModelInfer",
                  infer("load", raw(model.graph().inputNames().get(0), random(1, 1, 6, 2))))
              .ok();
      assertThat(data(tensors, 0)).hasSize(2);
      assertThat(serving.repository.find("load", null).pending()).isZero();
    }
    try (Serving serving = new Serving(options(), saved(folder));
        GrpcClient client = client(serving)) {
      byte[] rows = infer("m", input("rows", "BYTES", List.of(1L), c -> c.text(8, csv)));
      refused(
          client.ask("ModelInfer", rows),
          Code.INVALID_ARGUMENT,
          "model m: its file holds no description of columns");
    }
  }

  private static byte[] table(String rows, String type) {
    return infer(
        "load",
        out ->
            out.message(
                5,
                input -> {
                  input.text(1, "rows");
                  input.text(2, "BYTES");
                  input.always(3, 1);
                  parameter(4, "content_type", value -> value.text(3, type)).write(input);
                  input.message(5, contents -> contents.text(8, rows));
                }));
  }
}
