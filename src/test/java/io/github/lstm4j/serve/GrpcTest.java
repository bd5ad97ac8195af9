package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.GrpcClient.data;
import static io.github.lstm4j.serve.GrpcClient.fields;
import static io.github.lstm4j.serve.GrpcClient.infer;
import static io.github.lstm4j.serve.GrpcClient.input;
import static io.github.lstm4j.serve.GrpcClient.parameter;
import static io.github.lstm4j.serve.GrpcClient.part;
import static io.github.lstm4j.serve.GrpcClient.raw;
import static io.github.lstm4j.serve.GrpcClient.shape;
import static io.github.lstm4j.serve.GrpcClient.typed;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.io.ProtoWriter;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.serve.GrpcClient.Reply;
import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import io.grpc.Status;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** The Open Inference Protocol over gRPC, message by message: what HTTP answers, to the bit. */
@Timeout(60)
class GrpcTest {
  private static Model load;
  private static Model two;
  private static Model words;
  private static TextVectorization texts;
  private static Serving serving;
  private static GrpcClient client;

  @BeforeAll
  static void open(@TempDir Path folder) throws IOException {
    load =
        new Sequential(
                new LSTM(8).inputShape(Shape.UNKNOWN, 3).name("rnn"), new Dense(2).name("out"))
            .seed(1);
    load.save(folder.resolve("load.keras"));
    two = Serving.twoOfEach();
    two.save(folder.resolve("two.keras"));
    texts = Serving.texts();
    words = Serving.ofWords(texts);
    words.save(folder.resolve("words.keras"));
    serving = new Serving(Serving.options(), folder);
    client = new GrpcClient(serving.server.grpcPort());
  }

  @AfterAll
  static void close() {
    client.close();
    serving.close();
  }

  private static String name(Model model) {
    return model.graph().inputNames().get(0);
  }

  // ---------------------------------------------------------------- answers

  @Test
  void saysWhatItIsAndHas() {
    assertThat(fields(client.ask("ServerLive", new byte[0]).ok()).get(1)).containsExactly(1L);
    assertThat(fields(client.ask("ServerReady", new byte[0]).ok()).get(1)).containsExactly(1L);
    byte[] ready = client.ask("ModelReady", GrpcClient.model("load", "1")).ok();
    assertThat(fields(ready).get(1)).containsExactly(1L);
    byte[] server = client.ask("ServerMetadata", new byte[0]).ok();
    assertThat(GrpcClient.text(server, 1)).isEqualTo("lstm4j");
    assertThat(fields(server).get(3)).hasSize(2);
    byte[] model = client.ask("ModelMetadata", GrpcClient.model("two", "")).ok();
    assertThat(GrpcClient.text(model, 1) + GrpcClient.text(model, 2) + GrpcClient.text(model, 3))
        .isEqualTo("two1lstm4j");
    byte[] ids = GrpcClient.at(model, 4, 1);
    assertThat(GrpcClient.text(ids, 1) + " " + GrpcClient.text(ids, 2)).isEqualTo("ids INT32");
    assertThat(fields(ids).get(3)).containsExactly(-1L, 3L);
    assertThat(GrpcClient.text(GrpcClient.at(model, 5, 1), 1)).isEqualTo("b");
  }

  @Test
  void answersAsHttpDoes() throws IOException {
    Tensor x = random(1, 3, 5, 3);
    float[] expected = load.predict(x).data();
    assertThat(Serving.data(serving.post("v2/models/load/infer", request(name(load), x, ""))))
        .isEqualTo(expected);
    byte[] byType =
        client
            .ask("ModelInfer", infer("load", typed(name(load), x), out -> out.text(3, "n 7")))
            .ok();
    assertThat(data(byType, 0)).isEqualTo(expected);
    assertThat(fields(byType)).doesNotContainKey(6);
    assertThat(GrpcClient.text(byType, 1) + GrpcClient.text(byType, 2)).isEqualTo("load1");
    assertThat(GrpcClient.text(byType, 3)).isEqualTo("n 7");
    byte[] output = GrpcClient.at(byType, 5, 0);
    assertThat(GrpcClient.text(output, 1) + GrpcClient.text(output, 2)).isEqualTo("outFP32");
    assertThat(fields(output).get(3)).containsExactly(3L, 2L);
    byte[] asBytes =
        client.ask("ModelInfer", infer("load", raw(name(load), x), out -> out.text(2, "1"))).ok();
    assertThat(data(asBytes, 0)).isEqualTo(expected);
    assertThat(fields(asBytes).get(6)).hasSize(1);
    assertThat(fields(GrpcClient.at(asBytes, 5, 0))).doesNotContainKey(5);
    byte[] mixed =
        client
            .ask(
                "ModelInfer",
                infer(
                    "load",
                    raw(name(load), x),
                    parameter(4, "binary_data_output", value -> value.always(1, 0))))
            .ok();
    assertThat(fields(mixed)).doesNotContainKey(6);
    assertThat(data(mixed, 0)).isEqualTo(expected);
  }

  @Test
  void severalInputsAndOutputsOfEachType() {
    Tensor x = random(2, 2, 4, 2);
    Tensor ids = Tensor.of(new int[] {1, 2, 3, 6, 0, 5}, 2, 3);
    List<Tensor> expected = two.predict(List.of(x, ids));
    List<Long> wholes = List.of(1L, 2L, 3L, 6L, 0L, 5L);
    ProtoWriter.Message outputs =
        out -> {
          out.message(6, output -> output.text(1, "b"));
          out.message(6, output -> output.text(1, "a"));
        };
    for (String type : List.of("INT32 2", "INT64 3", "UINT8 4", "UINT64 5", "INT16 2")) {
      int field = Integer.parseInt(type.split(" ", -1)[1]);
      ProtoWriter.Message packed =
          input("ids", type.split(" ", -1)[0], List.of(2L, 3L), c -> c.wholes(field, wholes));
      byte[] answer = client.ask("ModelInfer", infer("two", packed, typed("x", x), outputs)).ok();
      assertThat(data(answer, 0)).as(type).isEqualTo(expected.get(1).data());
      assertThat(data(answer, 1)).as(type).isEqualTo(expected.get(0).data());
    }
    ProtoWriter.Message doubles =
        input(
            "x",
            "FP64",
            shape(x),
            contents -> {
              long[] bits = new long[x.size()];
              Arrays.setAll(bits, i -> Double.doubleToLongBits(x.data()[i]));
              contents.raw(7, bits, 8);
            });
    ProtoWriter.Message whole = input("ids", "INT32", List.of(2L, 3L), c -> c.wholes(2, wholes));
    assertThat(data(client.ask("ModelInfer", infer("two", doubles, whole)).ok(), 0))
        .isEqualTo(expected.get(0).data());
    byte[] bytes =
        client
            .ask(
                "ModelInfer",
                infer(
                    "two",
                    input("ids", "UINT8", List.of(2L, 3L), null),
                    input("x", "FP32", shape(x), null),
                    out -> out.raw(7, new long[] {1, 2, 3, 6, 0, 5}, 1),
                    out -> out.raw(7, x.data())))
            .ok();
    assertThat(data(bytes, 1)).isEqualTo(expected.get(1).data());
  }

  @Test
  void textsForModelsOfTexts() {
    float[] expected = words.predict(texts.encode(List.of("so good", "far"))).data();
    byte[] byType =
        infer(
            "words",
            input(
                name(words), "BYTES", List.of(2L, 1L), c -> c.texts(8, List.of("so good", "far"))));
    assertThat(data(client.ask("ModelInfer", byType).ok(), 0)).isEqualTo(expected);
    byte[] asBytes =
        infer(
            "words",
            input(name(words), "BYTES", List.of(2L, 1L), null),
            out -> out.text(7, "\7\0\0\0so good\3\0\0\0far"));
    assertThat(data(client.ask("ModelInfer", asBytes).ok(), 0)).isEqualTo(expected);
  }

  /** Also when its parts come over both protocols in turn. */
  @Test
  void interleavedSequencesEqualWholeOnes() throws IOException {
    int count = 8;
    int timesteps = 6;
    Tensor x = random(5, count, timesteps, 3);
    for (int t = 0; t < timesteps; t++) {
      Tensor expected = load.predict(x.slice(1, 0, t + 1), 1);
      List<CompletableFuture<Reply>> answers = new ArrayList<>();
      for (int n = 0; n < count; n++) {
        Tensor reading = x.slice(new int[] {n, t, 0}, new int[] {n + 1, t + 1, 3});
        Object id = n % 2 == 0 ? "shop " + n : (Object) n;
        ProtoWriter.Message part = part(id, t == 0, t == timesteps - 1);
        if (n == 3 && t == 2) {
          String http =
              ",\"parameters\":{\"sequence_id\":3,\"sequence_start\":false,\"sequence_end\":false}";
          float[] data =
              Serving.data(
                  serving.post("v2/models/load/infer", request(name(load), reading, http)));
          assertThat(data).isEqualTo(new float[] {expected.get(n, 0), expected.get(n, 1)});
          answers.add(null);
        } else {
          Tensor sent = n % 3 == 0 ? reading.reshape(1, 3) : reading;
          answers.add(client.send("ModelInfer", infer("load", raw(name(load), sent), part)));
        }
      }
      for (int n = 0; n < count; n++) {
        if (answers.get(n) != null) {
          byte[] answer = answers.get(n).join().ok();
          assertThat(data(answer, 0))
              .isEqualTo(new float[] {expected.get(n, 0), expected.get(n, 1)});
          assertThat(fields(answer).get(4)).hasSize(3);
        }
      }
    }
    assertThat(serving.repository.find("load", null).sequences()).isZero();
    Reply gone =
        client.ask(
            "ModelInfer",
            infer("load", raw(name(load), random(1, 1, 1, 3)), part(3, false, false)));
    assertThat(gone.status().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(gone.status().getDescription()).contains("no sequence 3 is open");
  }

  // ---------------------------------------------------------------- refusals

  static Stream<Arguments> wrong() {
    String in = name(load);
    Tensor x = Tensor.zeros(1, 5, 3);
    List<Long> shape = List.of(1L, 5L, 3L);
    ProtoWriter.Message numbers = c -> c.raw(6, new float[15]);
    ProtoWriter.Message right = typed(in, x);
    return Stream.of(
        row("no input y; there are " + in, typed("y", x)),
        row("datatype: expected FP32", input(in, "INT32", shape, c -> c.always(2, 1))),
        row("expected fp32_contents for FP32", input(in, "FP32", shape, c -> c.always(2, 1))),
        row("raw_input_contents for FP16", input(in, "FP16", shape, numbers)),
        row("got FP8", input(in, "FP8", shape, numbers)),
        row("datatype: expected a text", input(in, "", shape, numbers)),
        row("got [1, 5, 4]", input(in, "FP32", List.of(1L, 5L, 4L), numbers)),
        row("got [-1, 5, 3]", input(in, "FP32", List.of(-1L, 5L, 3L), numbers)),
        row("got []", input(in, "FP32", List.of(), numbers)),
        row("at most 4096 at axis 1", input(in, "FP32", List.of(1L, 5000L, 3L), numbers)),
        row("got a list of 14 numbers", input(in, "FP32", shape, c -> c.raw(6, new float[14]))),
        row("got nothing", input(in, "FP32", shape, null)),
        row(
            "expected 60 bytes for the shape [1, 5, 3] of FP32, got 56",
            input(in, "FP32", shape, null),
            out -> out.raw(7, new float[14])),
        row("has contents, and raw_input_contents", right, out -> out.raw(7, new float[15])),
        row("one for each of the 1 inputs, got 2", raw(in, x), out -> out.raw(7, x.data())),
        row(
            "has fp32_contents and fp64_contents",
            input(
                in,
                "FP32",
                shape,
                c -> {
                  c.raw(6, x.data());
                  c.raw(7, new long[1], 8);
                })),
        row("is given twice", right, right),
        row("request.inputs: expected a list of the inputs [" + in + "]"),
        row("unknown fields [priority]", right, parameter(4, "priority", v -> v.always(2, 1))),
        row("parameters.sequence_id", right, parameter(4, "sequence_start", v -> v.always(1, 1))),
        row("expected a whole number of 64 bits", right, part(-4, true, false)),
        row(
            "sequence_end: expected true or false",
            right,
            parameter(4, "sequence_id", v -> v.always(2, 4)),
            parameter(4, "sequence_end", v -> v.text(3, "yes"))),
        row("no output oud; did you mean 'out'?", right, o -> o.message(6, m -> m.text(1, "oud"))),
        row(
            "classification",
            right,
            o ->
                o.message(
                    6,
                    m -> {
                      m.text(1, "out");
                      parameter(2, "classification", v -> v.always(2, 3)).write(m);
                    })),
        row("ModelInferRequest: has no field 9 of wire type 0", right, o -> o.always(9, 1)),
        row(
            "ModelInferRequest, inputs[0]: has no field 1 of wire",
            o -> o.message(5, m -> m.always(1, 1))),
        row("expected a message inference.ModelInferRequest", right, o -> o.text(5, "\n\177")));
  }

  private static Arguments row(String words, ProtoWriter.Message... fields) {
    return Arguments.of(words, fields);
  }

  @ParameterizedTest
  @MethodSource
  void wrong(String words, ProtoWriter.Message[] fields) {
    Status status = client.ask("ModelInfer", infer("load", fields)).status();
    assertThat(status.getDescription()).contains(words);
    assertThat(status.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  private static void refused(Reply reply, Status.Code code, String words) {
    assertThat(reply.status().getDescription()).contains(words);
    assertThat(reply.status().getCode()).isEqualTo(code);
  }

  @Test
  void modelsMethodsAndValuesAreRefusedInWords() {
    refused(
        client.ask("ModelInfer", infer("lod")),
        Status.Code.NOT_FOUND,
        "no model lod; did you mean 'load'?");
    refused(
        client.ask("ModelReady", GrpcClient.model("load", "2")),
        Status.Code.NOT_FOUND,
        "model load: no version 2; there are 1");
    for (String method :
        List.of("ModelStreamInfer", "ModelStatistics", "SystemSharedMemoryRegister", "Model")) {
      refused(
          client.ask(method, new byte[0]),
          Status.Code.UNIMPLEMENTED,
          "inference.GRPCInferenceService/" + method + ": is not served; there are the methods");
    }
    refused(
        client.ask("ServerReady", new byte[] {8, 1}),
        Status.Code.INVALID_ARGUMENT,
        "ServerReadyRequest: has no field 1");
    refused(client.ask("ModelInfer"), Status.Code.INVALID_ARGUMENT, "expected one message, got 0");
    List<Long> six = List.of(1L, 2L, 3L, 7L, 0L, 5L);
    ProtoWriter.Message x = typed("x", Tensor.zeros(2, 4, 2));
    refused(
        client.ask(
            "ModelInfer",
            infer("two", x, input("ids", "INT32", List.of(2L, 3L), c -> c.wholes(2, six)))),
        Status.Code.INVALID_ARGUMENT,
        "from 0 to 6");
    refused(
        client.ask(
            "ModelInfer",
            infer(
                "two",
                x,
                input("ids", "INT8", List.of(1L, 3L), c -> c.wholes(2, List.of(1L, 2L, 300L))))),
        Status.Code.INVALID_ARGUMENT,
        "element 2: expected whole numbers for INT8, got 300");
    refused(
        client.ask(
            "ModelInfer",
            infer(
                "two",
                raw("x", Tensor.zeros(1, 4, 2)),
                input("ids", "INT64", List.of(1L, 3L), null),
                out -> out.raw(7, new long[] {1, 2, 1L << 40}, 8))),
        Status.Code.INVALID_ARGUMENT,
        "input ids: element 2");
    ProtoWriter.Message a =
        out ->
            out.message(
                6,
                output -> {
                  output.text(1, "a");
                  parameter(2, "binary_data", value -> value.always(1, 1)).write(output);
                });
    ProtoWriter.Message ids =
        input("ids", "INT32", List.of(2L, 3L), c -> c.wholes(2, List.of(1L, 2L, 3L, 4L, 5L, 6L)));
    refused(
        client.ask(
            "ModelInfer", infer("two", x, ids, a, out -> out.message(6, o -> o.text(1, "b")))),
        Status.Code.INVALID_ARGUMENT,
        "binary_data: expected the same of all outputs");
  }

  /** Messages with some bytes changed are answered or refused, never a failure of the server. */
  @Test
  void damagedMessagesAreTheClientsFault() {
    byte[] right =
        infer(
            "load",
            typed(name(load), random(1, 2, 3, 3)),
            part(0, false, false),
            out -> out.text(3, "a"));
    Random random = new Random(13);
    List<CompletableFuture<Reply>> answers = new ArrayList<>();
    for (int i = 0; i < 800; i++) {
      byte[] message = right.clone();
      for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
        message[random.nextInt(random.nextBoolean() ? 60 : message.length)] =
            (byte) (random.nextBoolean() ? random.nextInt(256) : random.nextInt(64));
      }
      int length = random.nextInt(10) == 0 ? random.nextInt(message.length) : message.length;
      answers.add(client.send("ModelInfer", Arrays.copyOf(message, length)));
    }
    int refused = 0;
    for (CompletableFuture<Reply> answer : answers) {
      Status status = answer.join().status();
      assertThat(status.getCode())
          .as(status.toString())
          .isIn(Status.Code.OK, Status.Code.INVALID_ARGUMENT, Status.Code.NOT_FOUND);
      refused += status.isOk() ? 0 : 1;
    }
    assertThat(refused).isBetween(200, 790);
    assertThat(serving.repository.find("load", null).pending()).isZero();
  }

  @Test
  void metricsAndAccessLogSayWhatWas() {
    client.ask("ModelInfer", infer("load", typed(name(load), random(9, 1, 5, 3)))).ok();
    client.ask("ModelInfer", infer("load"));
    assertThat(Serving.text(serving.get("metrics")))
        .contains("{model=\"load\",protocol=\"grpc\",status=\"OK\",version=\"1\"}")
        .contains("{model=\"load\",protocol=\"grpc\",status=\"INVALID_ARGUMENT\",version=\"1\"}")
        .contains("lstm4j_request_seconds_count{model=\"load\",protocol=\"grpc\",version=\"1\"}");
    assertThat(serving.flushed().toString(UTF_8))
        .contains(
            "\"protocol\":\"grpc\",\"method\":\"POST\","
                + "\"path\":\"/inference.GRPCInferenceService/ModelInfer\",\"status\":\"OK\","
                + "\"model\":\"load\",\"version\":\"1\"");
  }
}
