package io.github.lstm4j.serve;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.serve.GrpcClient.Reply;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a client in Python sent, and made of the answers with the classes of the .proto. */
@Timeout(60)
class GrpcRecordedTest {
  private static final Path RECORDED =
      Path.of("src/test/resources/golden/serve-grpc/exchanges.json");

  private static Serving serving(Path folder) throws IOException {
    new Sequential(new LSTM(8).inputShape(Shape.UNKNOWN, 3).name("rnn"), new Dense(2).name("out"))
        .seed(1)
        .save(folder.resolve("load.keras"));
    new Sequential(
            new Input(3).name("ids"), new Embedding(7, 2), new LSTM(2), new Dense(1).name("out"))
        .seed(2)
        .save(folder.resolve("ids.keras"));
    return new Serving(Serving.options(), folder);
  }

  /** Serves what make.py asks for, until it is ended. */
  public static void main(String[] args) throws Exception {
    try (Serving serving = serving(Files.createTempDirectory("grpc"))) {
      System.out.println(serving.server.grpcPort() + " " + serving.server.port());
      Thread.currentThread().join();
    }
  }

  @Test
  void answersAsWhenItWasRecorded(@TempDir Path folder) throws IOException {
    try (Serving serving = serving(folder);
        GrpcClient client = new GrpcClient(serving.server.grpcPort())) {
      JsonNode cases = Serving.JSON.readTree(Files.readString(RECORDED));
      assertThat(cases.size()).isGreaterThan(15);
      for (JsonNode one : cases) {
        String name = one.get("name").asText();
        byte[] request = Base64.getDecoder().decode(one.get("request").asText());
        Reply reply = client.ask(one.get("method").asText(), request);
        assertThat(reply.status().getCode().name()).as(name).isEqualTo(one.get("status").asText());
        if (one.has("details")) {
          assertThat(reply.status().getDescription()).isEqualTo(one.get("details").asText());
        } else if (one.get("method").asText().equals("ModelInfer")) {
          sameOutputs(reply.message(), one.get("response"));
        } else {
          assertThat(reply.message()).as(name).isEqualTo(message(one.get("response")));
        }
      }
    }
  }

  /** Numbers to within float32: they are computed where the test runs. */
  private static void sameOutputs(byte[] message, JsonNode recorded) {
    assertThat(GrpcClient.text(message, 1)).isEqualTo(recorded.get("model_name").asText());
    assertThat(GrpcClient.text(message, 2)).isEqualTo(recorded.get("model_version").asText());
    assertThat(GrpcClient.text(message, 3)).isEqualTo(recorded.path("id").asText());
    assertThat(GrpcClient.fields(message).getOrDefault(4, List.of()))
        .hasSize(recorded.path("parameters").size());
    for (int i = 0; i < recorded.get("outputs").size(); i++) {
      JsonNode output = recorded.get("outputs").get(i);
      assertThat(GrpcClient.text(GrpcClient.at(message, 5, i), 1))
          .isEqualTo(output.get("name").asText());
      float[] values = GrpcClient.data(message, i);
      boolean raw = recorded.has("raw_output_contents");
      assertThat(GrpcClient.fields(message).containsKey(6)).isEqualTo(raw);
      List<Float> expected = new ArrayList<>();
      if (raw) {
        ByteBuffer bytes =
            ByteBuffer.wrap(
                    Base64.getDecoder().decode(recorded.get("raw_output_contents").get(i).asText()))
                .order(ByteOrder.LITTLE_ENDIAN);
        while (bytes.hasRemaining()) {
          expected.add(bytes.getFloat());
        }
      } else {
        output.get("contents").get("fp32_contents").forEach(v -> expected.add(v.floatValue()));
      }
      assertThat(values).hasSize(expected.size());
      for (int k = 0; k < values.length; k++) {
        assertThat(values[k]).isCloseTo(expected.get(k), within(1e-6f));
      }
    }
  }

  /** The message that Python has read: flags, or texts and tensors. */
  private static byte[] message(JsonNode recorded) {
    return ProtoWriter.bytes(
        out -> {
          out.whole(1, recorded.has("live") || recorded.has("ready") ? 1 : 0);
          out.text(1, recorded.path("name").asText());
          out.text(2, recorded.path("version").asText());
          boolean model = recorded.has("platform");
          out.texts(model ? 2 : 3, texts(recorded.path(model ? "versions" : "extensions")));
          out.text(3, recorded.path("platform").asText());
          for (String kind : List.of("inputs", "outputs")) {
            for (JsonNode tensor : recorded.path(kind)) {
              out.message(
                  kind.equals("inputs") ? 4 : 5,
                  one -> {
                    one.text(1, tensor.get("name").asText());
                    one.text(2, tensor.get("datatype").asText());
                    one.wholes(
                        3,
                        texts(tensor.get("shape")).stream()
                            .map(Long::valueOf)
                            .collect(Collectors.toList()));
                  });
            }
          }
        });
  }

  private static List<String> texts(JsonNode list) {
    List<String> texts = new ArrayList<>();
    list.forEach(item -> texts.add(item.asText()));
    return texts;
  }
}
