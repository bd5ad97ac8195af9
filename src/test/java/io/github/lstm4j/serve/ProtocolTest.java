package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.Serving.JSON;
import static io.github.lstm4j.serve.Serving.data;
import static io.github.lstm4j.serve.Serving.error;
import static io.github.lstm4j.serve.Serving.model;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static io.github.lstm4j.serve.Serving.text;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Open Inference Protocol, request by request. */
class ProtocolTest {
  private static final String INFER = "v2/models/load/infer";

  private static Model load;
  private static Model two;
  private static Model words;
  private static TextVectorization texts;
  private static Serving serving;

  @BeforeAll
  static void open(@TempDir Path folder) throws IOException {
    load = model(1, 5, 3, 8);
    load.save(folder.resolve("load.keras"));
    two = Serving.twoOfEach();
    two.save(folder.resolve("two.keras"));
    texts = Serving.texts();
    words = Serving.ofWords(texts);
    words.save(folder.resolve("words.keras"));
    serving = new Serving(Serving.options(), folder);
  }

  @AfterAll
  static void close() {
    serving.close();
  }

  private static JsonNode json(HttpResponse<byte[]> response) throws IOException {
    assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
    return JSON.readTree(response.body());
  }

  @Test
  void saysWhatItIsAndHas() throws IOException {
    assertThat(serving.get("v2/health/live").statusCode()).isEqualTo(200);
    assertThat(serving.get("v2/health/ready").statusCode()).isEqualTo(200);
    assertThat(serving.get("v2/models/load/ready").statusCode()).isEqualTo(200);
    assertThat(serving.get("v2/models/load/versions/1/ready").statusCode()).isEqualTo(200);
    assertThat(json(serving.get("v2")).get("extensions").toString())
        .isEqualTo("[\"binary_tensor_data\",\"sequence\"]");
    String input = load.graph().inputNames().get(0);
    assertThat(json(serving.get("v2/models/load")))
        .isEqualTo(
            JSON.readTree(
                "{'name':'load','versions':['1'],'platform':'lstm4j','inputs':[{'name':'INPUT',"
                    .replace("INPUT", input)
                    .concat("'datatype':'FP32','shape':[-1,5,3]}],'outputs':[{'name':'out',")
                    .concat("'datatype':'FP32','shape':[-1,2]}]}")
                    .replace('\'', '"')));
    assertThat(json(serving.get("v2/models/two")).get("inputs").toString())
        .contains("{\"name\":\"ids\",\"datatype\":\"INT32\",\"shape\":[-1,3]}");
    assertThat(json(serving.post("v2/repository/index", "")).toString())
        .contains("{\"name\":\"words\",\"version\":\"1\",\"state\":\"READY\",\"reason\":\"\"}");
  }

  @Test
  void answersAsPredictDoes() throws IOException {
    Tensor x = random(1, 3, 5, 3);
    HttpResponse<byte[]> flat =
        serving.post(
            INFER, request("input_layer", x, ",\"id\":\"7\"").replace("input_layer", input()));
    assertThat(data(flat)).isEqualTo(load.predict(x).data());
    JsonNode answer = json(flat);
    assertThat(answer.get("id").asText()).isEqualTo("7");
    assertThat(answer.get("model_version").asText()).isEqualTo("1");
    assertThat(answer.get("outputs").get(0).get("shape").toString()).isEqualTo("[3,2]");
    String nested =
        "{\"inputs\":[{\"name\":\""
            + input()
            + "\",\"shape\":[3,5,3],\"datatype\":\"FP64\",\"data\":"
            + JSON.writeValueAsString(x.toArray3D())
            + "}]}";
    assertThat(data(serving.post("v2/models/load/versions/1/infer", nested)))
        .isEqualTo(load.predict(x).data());
  }

  private static String input() {
    return load.graph().inputNames().get(0);
  }

  @Test
  void severalInputsAndOutputs() throws IOException {
    Tensor x = random(2, 2, 4, 2);
    Tensor ids = Tensor.of(new int[] {1, 2, 3, 6, 0, 5}, 2, 3);
    String body =
        "{\"inputs\":[{\"name\":\"ids\",\"shape\":[2,3],\"datatype\":\"INT64\",\"data\":[1,2,3,6,0,5]},"
            + request("x", x, "").replace("{\"inputs\":[", "").replaceFirst("]}$", "")
            + "],\"outputs\":[{\"name\":\"b\"},{\"name\":\"a\"}]}";
    JsonNode outputs = json(serving.post("v2/models/two/infer", body)).get("outputs");
    List<Tensor> expected = two.predict(List.of(x, ids));
    assertThat(outputs.get(0).get("name").asText()).isEqualTo("b");
    assertThat((float) outputs.get(0).get("data").get(3).doubleValue())
        .isEqualTo(expected.get(1).get(1, 1));
    assertThat((float) outputs.get(1).get("data").get(1).doubleValue())
        .isEqualTo(expected.get(0).get(1, 0));
    assertThat(
            error(
                serving.post(
                    "v2/models/two/infer", body.replace("[1,2,3,6,0,5]", "[1,2,3,7,0,5]"))))
        .contains("model two", "from 0 to 6", "got 7.0");
    assertThat(
            error(
                serving.post(
                    "v2/models/two/infer", body.replace("[1,2,3,6,0,5]", "[1,2,3,6.5,0,5]"))))
        .isEqualTo(
            "model two, input ids: data, element 3: expected whole numbers for INT64, got 6.5");
  }

  /** What tritonclient.http sends and reads, as its format is documented. */
  @Test
  void tritonsBinaryTensors() throws IOException {
    Tensor x = random(3, 2, 5, 3);
    ByteBuffer bytes = ByteBuffer.allocate(x.size() * 4).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(x.data());
    String head =
        "{\"id\":\"1\",\"inputs\":[{\"name\":\""
            + input()
            + "\",\"shape\":[2,5,3],\"datatype\":\"FP32\",\"parameters\":{\"binary_data_size\":120}}]"
            + ",\"parameters\":{\"binary_data_output\":true}}";
    HttpResponse<byte[]> response = binary("load", head, bytes.array());
    float[] expected = load.predict(x).data();
    assertThat(binaryOutput(response, 16)).isEqualTo(expected);
    HttpResponse<byte[]> mixed =
        binary(
            "load",
            head.replace("{\"binary_data_output\":true}", "{}")
                .replaceFirst(
                    "\\}$",
                    ",\"outputs\":[{\"name\":\"out\",\"parameters\":{\"binary_data\":true}}]}"),
            bytes.array());
    assertThat(binaryOutput(mixed, 16)).isEqualTo(expected);
    assertThat(error(binary("load", head.replace("120", "124"), bytes.array())))
        .contains("binary_data_size is 124", "behind the JSON are 120");
    assertThat(error(binary("load", head.replace("120", "116"), bytes.array())))
        .contains("input " + input(), "expected 120", "got 116");
    assertThat(error(serving.post(INFER, head))).contains("binary_data_size is 120", "are 0 bytes");
  }

  private static HttpResponse<byte[]> binary(String model, String json, byte[] behind) {
    byte[] head = json.getBytes(StandardCharsets.UTF_8);
    byte[] body = ByteBuffer.allocate(head.length + behind.length).put(head).put(behind).array();
    return serving.post(
        "v2/models/" + model + "/infer",
        body,
        "Inference-Header-Content-Length",
        Integer.toString(head.length));
  }

  private static float[] binaryOutput(HttpResponse<byte[]> response, int size) throws IOException {
    assertThat(response.statusCode()).as(text(response)).isEqualTo(200);
    int head =
        Integer.parseInt(
            response.headers().firstValue("Inference-Header-Content-Length").orElseThrow());
    JsonNode json = JSON.readTree(response.body(), 0, head);
    JsonNode output = json.get("outputs").get(0);
    assertThat(output.get("parameters").get("binary_data_size").asInt()).isEqualTo(size);
    assertThat(response.body()).hasSize(head + size);
    float[] values = new float[size / 4];
    ByteBuffer.wrap(response.body(), head, size)
        .order(ByteOrder.LITTLE_ENDIAN)
        .asFloatBuffer()
        .get(values);
    return values;
  }

  @Test
  void halfPrecisionAndWholeNumbersAsBytes() throws IOException {
    Tensor x = Tensor.zeros(1, 5, 3);
    ByteBuffer half = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    ByteBuffer brain = ByteBuffer.allocate(30).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < 15; i++) {
      half.putShort(2 * i, (short) (i % 2 == 0 ? 0x3c00 : 0xc000)); // 1, -2
      brain.putShort(2 * i, (short) (i % 2 == 0 ? 0x3f80 : 0xc000));
      x.data()[i] = i % 2 == 0 ? 1 : -2;
    }
    String head =
        "{\"inputs\":[{\"name\":\""
            + input()
            + "\",\"shape\":[1,5,3],\"datatype\":\"FP16\",\"parameters\":{\"binary_data_size\":30}}]}";
    assertThat(data(binary("load", head, half.array()))).isEqualTo(load.predict(x).data());
    assertThat(data(binary("load", head.replace("FP16", "BF16"), brain.array())))
        .isEqualTo(load.predict(x).data());
    ByteBuffer ids = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    ids.putLong(1).putLong(2).putLong(1L << 40);
    String wide =
        "{\"inputs\":[{\"name\":\"ids\",\"shape\":[1,3],\"datatype\":\"INT64\",\"parameters\":"
            + "{\"binary_data_size\":24}}]}";
    assertThat(error(binary("two", wide, ids.array())))
        .contains("input ids: element 2", "16777216", "1099511627776");
  }

  @Test
  void textsForModelsOfTexts() throws IOException {
    float[] expected = words.predict(texts.encode(List.of("so good", "far"))).data();
    String json =
        "{\"inputs\":[{\"name\":\"NAME\",\"shape\":[2,1],\"datatype\":\"BYTES\",\"data\":[\"so good\",\"far\"]}]}"
            .replace("NAME", words.graph().inputNames().get(0));
    assertThat(data(serving.post("v2/models/words/infer", json))).isEqualTo(expected);
    ByteBuffer bytes = ByteBuffer.allocate(18).order(ByteOrder.LITTLE_ENDIAN);
    bytes.putInt(7).put("so good".getBytes(StandardCharsets.UTF_8));
    bytes.putInt(3).put("far".getBytes(StandardCharsets.UTF_8));
    String head =
        json.replace("\"data\":[\"so good\",\"far\"]", "\"parameters\":{\"binary_data_size\":18}");
    assertThat(data(binary("words", head, bytes.array()))).isEqualTo(expected);
    bytes.putInt(0, 70);
    assertThat(error(binary("words", head, bytes.array())))
        .contains("element 0", "got the length 70");
  }

  /** Each body is one field away from a right one. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "[-1,5,3] | shape: expected [-1, 5, 3], whole numbers of at least 1, got [-1, 5, 3]",
        "[0,5,3] | got [0, 5, 3]",
        "[1,5] | expected [-1, 5, 3]",
        "[1,5,4] | got [1, 5, 4]",
        "[5000,5,3] | expected at most 4096 at axis 0, got 5000",
        "[1e300,5,3] | shape: expected",
        "[1.5,5,3] | got [1.5, 5, 3]",
        "\"x\" | got \"x\"",
        "null | got null",
        "[2,5,3] | data: expected 30 elements for the shape [2, 5, 3], got a list of 15 numbers",
      })
  void shapesAreRefusedInWords(String shape, String words) throws IOException {
    String body = request(input(), random(1, 1, 5, 3), "").replace("[1,5,3]", shape);
    HttpResponse<byte[]> response = serving.post(INFER, body);
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(error(response)).contains("model load, input " + input(), words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "FP32 | INT32 | datatype: expected FP32, FP64, FP16 or BF16, got INT32",
        "FP32 | FP8 | got FP8",
        "FP32 | BYTES | got BYTES",
        "FP32 | FP16 | FP16 is not written in JSON",
        "\"FP32\" | 3 | request.inputs[0].datatype: expected a text, got 3",
        "\"inputs\" | \"input\" | unknown fields [input]; known are",
        "\"data\" | \"date\" | unknown fields [date]",
        "\"data\":[ | \"data\":[1, | expected 15 elements for the shape [1, 5, 3], got a list of 16 numbers",
        "\"data\":[ | \"data\":[\"a\", | expected 15 elements for the shape [1, 5, 3], got a list of 16",
        "\"name\" | \"nom\" | unknown fields [nom]",
        "{\"inputs\" | {\"parameters\":{\"priority\":1},\"inputs\" | unknown fields [priority]",
        "{\"inputs\" | {\"parameters\":{\"sequence_start\":true},\"inputs\" | parameters.sequence_id",
        "{\"inputs\" | {\"parameters\":{\"sequence_id\":-4},\"inputs\" | expected a whole number of 64 bits",
        "{\"inputs\" | {\"outputs\":[{\"name\":\"oud\"}],\"inputs\" | no output oud; did you mean 'out'?",
        "{\"inputs\" | {\"outputs\":[{\"name\":\"out\"},{\"name\":\"out\"}],\"inputs\" | asked for twice",
        "{\"inputs\" | {\"outputs\":[{\"name\":\"out\",\"parameters\":{\"classification\":3}}],\"inputs\" | classification",
        "{\"inputs\" | [{\"inputs\" | expected a JSON object",
      })
  void requestsAreRefusedInWords(String right, String wrong, String words) throws IOException {
    String body = request(input(), random(1, 1, 5, 3), "");
    HttpResponse<byte[]> response = serving.post(INFER, body.replace(right, wrong));
    assertThat(response.statusCode()).isEqualTo(400);
    assertThat(error(response)).contains(words);
  }

  @Test
  void namesAndPathsAreRefusedInWords() throws IOException {
    String body = request(input(), random(1, 1, 5, 3), "");
    assertThat(serving.post("v2/models/lod/infer", body).statusCode()).isEqualTo(404);
    assertThat(error(serving.get("v2/models/lod"))).contains("no model lod; did you mean 'load'?");
    assertThat(error(serving.get("v2/models/load/versions/2")))
        .isEqualTo("model load: no version 2; there are 1");
    assertThat(serving.get("v3").statusCode()).isEqualTo(404);
    assertThat(serving.get("v2/models/load/explain").statusCode()).isEqualTo(404);
    assertThat(serving.get(INFER).statusCode()).isEqualTo(405);
    assertThat(error(serving.post(INFER, body.replace(input(), "ex"))))
        .contains("no input ex; there are " + input());
    String large = body.replaceFirst("\"data\":\\[[^,]*,", "\"data\":[1e39,");
    assertThat(error(serving.post(INFER, large)))
        .contains("data, element 0: 1.0E39 is beyond float32");
    assertThat(error(serving.post(INFER, "{\"inputs\":[]}"))).contains("request.inputs: expected");
    assertThat(error(serving.post(INFER, ""))).contains("expected a JSON object, got nothing");
    assertThat(error(serving.post(INFER, body, "Inference-Header-Content-Length", "99999")))
        .contains("header Inference-Header-Content-Length", "got 99999");
    HttpResponse<byte[]> put =
        Serving.send(serving.to(INFER).PUT(BodyPublishers.ofString(body)).build());
    assertThat(error(put)).isEqualTo("/" + INFER + ": expected the method POST, got PUT");
  }

  @Test
  void metricsAndAccessLogSayWhatWas() throws IOException {
    assertThat(serving.post(INFER, "nonsense").statusCode()).isEqualTo(400);
    assertThat(data(serving.post(INFER, request(input(), random(9, 1, 5, 3), "")))).hasSize(2);
    assertThat(text(serving.get("metrics")))
        .contains(
            "lstm4j_requests_total{model=\"load\",protocol=\"http\",status=\"400\",version=\"1\"}")
        .contains("lstm4j_batch_rows_count{kind=\"rows\",model=\"load\",version=\"1\"}")
        .contains("lstm4j_pending_requests{model=\"load\",version=\"1\"} 0.0")
        .containsPattern(
            "lstm4j_request_seconds_bucket\\{model=\"load\",protocol=\"http\",version=\"1\",le=\".*\"}");
  }
}
