package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.Serving.data;
import static io.github.lstm4j.serve.Serving.error;
import static io.github.lstm4j.serve.Serving.model;
import static io.github.lstm4j.serve.Serving.options;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static io.github.lstm4j.serve.Serving.text;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Requests that come together are computed together, and answered as if each were alone. */
@Timeout(60)
class BatchingTest {
  private static final ServerOptions PATIENT =
      options().with(new ServerOptions.Batching(4, Duration.ofSeconds(1), 8));

  private static CompletableFuture<HttpResponse<byte[]>> ask(Serving serving, float first)
      throws IOException {
    HttpRequest request =
        serving
            .to("v2/models/m/infer")
            .POST(
                BodyPublishers.ofString(request("x", Tensor.of(new float[] {first, 1}, 1, 2), "")))
            .build();
    return Serving.CLIENT.sendAsync(request, BodyHandlers.ofByteArray());
  }

  private static Serving doubling(ServerOptions options, Doubler engine, Path folder)
      throws IOException {
    Path file = Files.createFile(folder.resolve("m.keras"));
    return new Serving(options, path -> engine, file);
  }

  /** Waits for so many requests that wait or run. */
  private static void awaitPending(Serving serving, int count) {
    while (serving.repository.find("m", null).pending() < count) {
      Thread.onSpinWait();
    }
  }

  @Test
  void putsTogetherWhatWaits(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    try (Serving serving = doubling(PATIENT, engine, folder)) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      answers.add(ask(serving, 0)); // alone, though others may wait for a second
      engine.began.acquire();
      for (int i = 1; i < 8; i++) {
        answers.add(ask(serving, i == 2 ? 13 : i == 6 ? 17 : i));
      }
      awaitPending(serving, 8);
      assertThat(ask(serving, 9).join().statusCode()).isEqualTo(429);
      engine.let.release(100);
      for (int i = 0; i < 8; i++) {
        HttpResponse<byte[]> answer = answers.get(i).join();
        if (i == 2) {
          assertThat(answer.statusCode()).isEqualTo(400);
          assertThat(error(answer)).isEqualTo("model m: x: 13 is unlucky");
        } else if (i == 6) {
          assertThat(answer.statusCode()).isEqualTo(500);
        } else {
          assertThat(data(answer)).containsExactly(2 * i, 2);
        }
      }
      assertThat(engine.batches).startsWith(1, 4).hasSizeGreaterThan(3);
      assertThat(serving.repository.find("m", null).pending()).isZero();
    }
    while (!engine.closed) {
      Thread.onSpinWait();
    }
  }

  @Test
  void aFullQueueRefusesInWords(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    ServerOptions small = options().with(new ServerOptions.Batching(1, Duration.ZERO, 2));
    try (Serving serving = doubling(small, engine, folder)) {
      CompletableFuture<HttpResponse<byte[]>> first = ask(serving, 1);
      CompletableFuture<HttpResponse<byte[]>> second = ask(serving, 2);
      awaitPending(serving, 2);
      HttpResponse<byte[]> third = ask(serving, 3).join();
      assertThat(third.statusCode()).isEqualTo(429);
      assertThat(error(third))
          .isEqualTo(
              "model m: 2 requests wait or run, as many as its queue takes; try again later");
      assertThat(third.headers().firstValue("Retry-After")).contains("1");
      engine.let.release(2);
      assertThat(data(first.join())).containsExactly(2, 2);
      assertThat(data(second.join())).containsExactly(4, 2);
      assertThat(engine.batches).containsExactly(1, 1);
    }
  }

  /** A server that is closed answers what it has taken, and takes no more. */
  @Test
  void closesWithoutLosingAnswers(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    Serving serving = doubling(PATIENT, engine, folder);
    CompletableFuture<HttpResponse<byte[]>> answer = ask(serving, 5);
    engine.began.acquire();
    CompletableFuture<Void> closing = CompletableFuture.runAsync(serving::close);
    while (serving.listens()) {
      Thread.onSpinWait();
    }
    assertThat(closing).isNotDone();
    engine.let.release();
    assertThat(data(answer.join())).containsExactly(10, 2);
    closing.join();
  }

  /** A client that is gone before its answer leaves nothing behind. */
  @Test
  void clientsMayGoAway(@TempDir Path folder) throws Exception {
    Doubler engine = new Doubler();
    try (Serving serving = doubling(PATIENT, engine, folder)) {
      String body = request("x", Tensor.of(new float[] {1, 1}, 1, 2), "");
      String head = "POST /v2/models/m/infer HTTP/1.1\r\nHost: x\r\nContent-Length: ";
      for (int cut : new int[] {20, head.length(), 0}) {
        String whole = head + body.length() + "\r\n\r\n" + body;
        try (Socket socket = new Socket("localhost", serving.server.port())) {
          OutputStream out = socket.getOutputStream();
          out.write(
              whole.substring(0, cut == 0 ? whole.length() : cut).getBytes(StandardCharsets.UTF_8));
          out.flush();
          if (cut == 0) {
            engine.began.acquire();
          }
        }
      }
      engine.let.release(2);
      assertThat(data(ask(serving, 4).join())).containsExactly(8, 2);
      assertThat(serving.repository.find("m", null).pending()).isZero();
    }
  }

  @Test
  void sizesOfBatchesAreFew() {
    for (int rows = 1; rows <= 300; rows++) {
      int size = Batches.size(rows);
      assertThat(size).isBetween(rows, rows + rows / 2);
      int odd = size >> Integer.numberOfTrailingZeros(size);
      assertThat(odd).isIn(1, 3);
    }
  }

  /** Many clients at once get the bits that each would get alone. */
  @Test
  void manyClientsGetTheSameBits(@TempDir Path folder) throws Exception {
    Model model = model(4, 6, 3, 16);
    model.save(folder.resolve("m.keras"));
    String input = model.graph().inputNames().get(0);
    int count = 120;
    try (Serving serving = new Serving(options(), folder)) {
      List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
      for (int i = 0; i < count; i++) {
        String body = request(input, random(i, 1 + i % 3, 6, 3), "");
        HttpRequest request =
            serving.to("v2/models/m/infer").POST(BodyPublishers.ofString(body)).build();
        answers.add(Serving.CLIENT.sendAsync(request, BodyHandlers.ofByteArray()));
      }
      for (int i = 0; i < count; i++) {
        Tensor x = random(i, 1 + i % 3, 6, 3);
        assertThat(data(answers.get(i).join())).isEqualTo(model.predict(x, 1).data());
      }
      assertThat(text(serving.get("metrics")))
          .contains(
              "lstm4j_requests_total{model=\"m\",protocol=\"http\",status=\"200\",version=\"1\"} 120.0");
    }
  }
}
