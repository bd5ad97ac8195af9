package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.Serving.data;
import static io.github.lstm4j.serve.Serving.error;
import static io.github.lstm4j.serve.Serving.options;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.serve.ServerOptions.SequenceLimits;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A reading in, an answer out: as if the whole sequence had been sent each time. */
@Timeout(60)
class SequencesTest {
  private static final int TIMESTEPS = 9;

  private static Model deep() {
    return new Sequential(
            new LSTM(7).inputShape(Shape.UNKNOWN, 3).returnSequences(true).name("rnn"),
            new GRU(5),
            new Dense(2).name("out"))
        .seed(5);
  }

  private static String part(String id, boolean start, boolean end) {
    return ",\"parameters\":{\"sequence_id\":"
        + id
        + ",\"sequence_start\":"
        + start
        + ",\"sequence_end\":"
        + end
        + "}";
  }

  private static CompletableFuture<HttpResponse<byte[]>> send(
      Serving serving, String model, String body) {
    return Serving.CLIENT.sendAsync(
        serving.to("v2/models/" + model + "/infer").POST(BodyPublishers.ofString(body)).build(),
        BodyHandlers.ofByteArray());
  }

  @Test
  void interleavedSequencesEqualWholeOnes(@TempDir Path folder) throws Exception {
    Model model = deep();
    model.save(folder.resolve("deep.keras"));
    String input = model.graph().inputNames().get(0);
    int count = 30;
    Tensor x = random(1, count, TIMESTEPS, 3);
    try (Serving serving = new Serving(options(), folder)) {
      for (int t = 0; t < TIMESTEPS; t++) {
        List<CompletableFuture<HttpResponse<byte[]>>> answers = new ArrayList<>();
        for (int n = 0; n < count; n++) {
          Tensor reading = x.slice(new int[] {n, t, 0}, new int[] {n + 1, t + 1, 3});
          Tensor sent = n % 2 == 0 ? reading : reading.reshape(1, 3);
          String id = n % 3 == 0 ? "\"shop " + n + "\"" : Integer.toString(n);
          String part = part(id, t == 0, t == TIMESTEPS - 1);
          answers.add(send(serving, "deep", request(input, sent, part)));
        }
        Tensor expected = model.predict(x.slice(1, 0, t + 1), 1);
        for (int n = 0; n < count; n++) {
          assertThat(data(answers.get(n).join()))
              .isEqualTo(new float[] {expected.get(n, 0), expected.get(n, 1)});
        }
      }
      assertThat(serving.repository.find("deep", null).sequences()).isZero();
      Tensor one = x.rows(4, 5);
      assertThat(data(send(serving, "deep", request(input, one, part("9", true, false))).join()))
          .isEqualTo(model.predict(one).data()); // all readings at once
      assertThat(serving.repository.find("deep", null).sequenceBytes()).isEqualTo(4L * (2 * 7 + 5));
      Tensor again = x.rows(5, 6).slice(1, 0, 2);
      assertThat(data(send(serving, "deep", request(input, again, part("9", true, true))).join()))
          .isEqualTo(model.predict(again).data()); // begun anew
      HttpResponse<byte[]> gone =
          send(serving, "deep", request(input, again, part("9", false, false))).join();
      assertThat(gone.statusCode()).isEqualTo(400);
      assertThat(error(gone)).contains("model deep: no sequence 9 is open", "sequence_start");
      HttpResponse<byte[]> rows =
          send(serving, "deep", request(input, x.rows(0, 2), part("9", true, false))).join();
      assertThat(error(rows)).contains("expected one row, of the sequence 9, got 2");
    }
  }

  /** Parts of one sequence that come while others run keep their order. */
  @Test
  void partsOfOneSequenceStayInOrder(@TempDir Path folder) throws Exception {
    Model model = deep();
    model.save(folder.resolve("deep.keras"));
    Tensor x = random(2, 1, TIMESTEPS, 3);
    try (Serving serving = new Serving(options(), folder)) {
      Deployment one = serving.repository.find("deep", null);
      List<CompletableFuture<List<Tensor>>> answers = new ArrayList<>();
      for (int t = 0; t < TIMESTEPS; t++) {
        one.enter();
        Tensor reading = x.slice(1, t, t + 1);
        answers.add(one.infer(List.of(reading), new SequencePart("a", t == 0, false)));
      }
      for (int t = 0; t < TIMESTEPS; t++) {
        assertThat(answers.get(t).join().get(0)).isEqualTo(model.predict(x.slice(1, 0, t + 1)));
      }
    }
  }

  @Test
  void whatCannotBeFedStepByStepSaysSo(@TempDir Path folder) throws IOException {
    Model both =
        new Sequential(new Bidirectional(new LSTM(2)).inputShape(3, 2), new Dense(1)).seed(1);
    both.save(folder.resolve("both.keras"));
    try (Serving serving = new Serving(options(), folder)) {
      String input = both.graph().inputNames().get(0);
      String body = request(input, random(1, 1, 2), part("1", true, false));
      HttpResponse<byte[]> answer = send(serving, "both", body).join();
      assertThat(answer.statusCode()).isEqualTo(400);
      assertThat(error(answer)).contains("model both", "needs whole sequences");
    }
  }

  @Test
  void theirNumberMemoryAndTimeAreBounded() {
    AtomicLong now = new AtomicLong();
    Sequences sequences =
        new Sequences("m", 10, new SequenceLimits(Duration.ofSeconds(5), 2, 1000), now::get);
    begin(sequences, "a");
    now.set(3_000_000_000L);
    begin(sequences, "b");
    assertThatThrownBy(() -> begin(sequences, "c"))
        .isInstanceOf(Refusal.class)
        .hasMessageContaining("model m: 2 sequences are open, as many as their number may be");
    now.set(5_000_000_001L); // a is too old, b is not
    begin(sequences, "c");
    assertThat(sequences.has("a")).isFalse();
    assertThat(sequences.has("b")).isTrue();
    assertThat(sequences.bytes()).isEqualTo(80);
    now.set(20_000_000_000L);
    sequences.expire();
    assertThat(sequences.size()).isZero();
    Sequences few =
        new Sequences("m", 10, new SequenceLimits(Duration.ofSeconds(5), 9, 79), now::get);
    begin(few, "a");
    assertThatThrownBy(() -> begin(few, "b"))
        .hasMessageContaining(
            "1 sequences are open, as many as the memory for their states may be");
    begin(few, "a"); // in its own place
  }

  private static void begin(Sequences sequences, Object id) {
    sequences.add(new SequencePart(id, true, false), sequences::next);
  }
}
