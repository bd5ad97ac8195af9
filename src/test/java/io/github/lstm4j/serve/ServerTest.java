package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.Serving.data;
import static io.github.lstm4j.serve.Serving.error;
import static io.github.lstm4j.serve.Serving.model;
import static io.github.lstm4j.serve.Serving.options;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static io.github.lstm4j.serve.Serving.text;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TableWriter;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.serve.ServerOptions.Limits;
import io.github.lstm4j.serve.ServerOptions.Security;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tensor.Shape;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.http.HttpClient;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.zip.GZIPOutputStream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What stands around the protocol: limits, security, tables, and what is no request at all. */
@Timeout(60)
class ServerTest {
  private static final Path HOURLY = Path.of("src/test/resources/examples/hourly.csv");

  private static Path saved(Path folder) throws IOException {
    Path file = folder.resolve("m.keras");
    model(1, 4, 2, 3).save(file);
    return file;
  }

  private static String body() throws IOException {
    return request("input_layer", random(1, 1, 4, 2), "");
  }

  @Test
  void asksForTheToken(@TempDir Path folder) throws IOException {
    Security secret = new Security("s3cret", null, null);
    try (Serving serving = new Serving(options().with(secret), saved(folder))) {
      assertThat(serving.get("v2/health/ready").statusCode()).isEqualTo(200);
      HttpResponse<byte[]> none = serving.post("v2/models/m/infer", body());
      assertThat(none.statusCode()).isEqualTo(401);
      assertThat(none.headers().firstValue("WWW-Authenticate")).contains("Bearer");
      assertThat(error(none))
          .isEqualTo("expected the header Authorization: Bearer TOKEN, got none");
      assertThat(serving.get("metrics").statusCode()).isEqualTo(401);
      assertThat(error(serving.post("v2/models/m/infer", body(), "Authorization", "Bearer x")))
          .endsWith("got another token");
      assertThat(data(serving.post("v2/models/m/infer", body(), "Authorization", "Bearer s3cret")))
          .hasSize(2);
    }
  }

  @Test
  void speaksTls(@TempDir Path folder) throws Exception {
    Certificate own = Certificate.make(folder);
    TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
    trust.init(own.trusted());
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, trust.getTrustManagers(), null);
    ServerOptions tls = options().with(new Security("s3cret", own.certificate(), own.key()));
    try (Serving serving = new Serving(tls, saved(folder))) {
      HttpClient client = HttpClient.newBuilder().sslContext(context).build();
      HttpResponse<byte[]> answer =
          client.send(
              serving.to("v2/models/m").header("Authorization", "Bearer s3cret").build(),
              BodyHandlers.ofByteArray());
      assertThat(text(answer)).contains("\"name\":\"m\"");
    }
    assertThatThrownBy(
            () ->
                new Serving(
                    options().with(new Security(null, own.key(), own.certificate())),
                    folder.resolve("m.keras")))
        .hasMessageContaining("expected a certificate and its key in PEM");
  }

  @Test
  void bodiesAreBoundedAndMayBePacked(@TempDir Path folder) throws IOException {
    try (Serving serving =
        new Serving(options().with(new Limits(3000, 1, 50, 60)), saved(folder))) {
      ByteArrayOutputStream packed = new ByteArrayOutputStream();
      try (OutputStream gzip = new GZIPOutputStream(packed)) {
        gzip.write(body().getBytes(UTF_8));
      }
      assertThat(
              data(
                  serving.post(
                      "v2/models/m/infer", packed.toByteArray(), "Content-Encoding", "gzip")))
          .hasSize(2);
      ByteArrayOutputStream bomb = new ByteArrayOutputStream();
      try (OutputStream gzip = new GZIPOutputStream(bomb)) {
        gzip.write(new byte[1 << 20]);
      }
      HttpResponse<byte[]> packedLarge =
          serving.post("v2/models/m/infer", bomb.toByteArray(), "Content-Encoding", "gzip");
      assertThat(packedLarge.statusCode()).isEqualTo(400);
      assertThat(error(packedLarge)).startsWith("the body cannot be unpacked, or is larger");
      assertThat(error(serving.post("v2/models/m/infer", body(), "Content-Encoding", "gzip")))
          .startsWith("the body cannot be unpacked");
      HttpResponse<byte[]> large = serving.post("v2/models/m/infer", " ".repeat(3001));
      assertThat(large.statusCode()).isEqualTo(413);
      assertThat(error(large)).isEqualTo("expected a body of at most 3000 bytes, unpacked");
      String outputs =
          body().replaceFirst("}$", ",\"outputs\":[{\"name\":\"out\"},{\"name\":\"x\"}]}");
      assertThat(error(serving.post("v2/models/m/infer", outputs)))
          .isEqualTo("request.outputs: expected at most 1, got 2");
      String rows = request("input_layer", random(1, 31, 4, 2).map(v -> 1), "");
      assertThat(error(serving.post("v2/models/m/infer", rows)))
          .contains("output out: would have 62 elements", "at most 60");
    }
  }

  private static String raw(Serving serving, String request) throws IOException {
    try (Socket socket = new Socket("localhost", serving.server.port())) {
      socket.getOutputStream().write(request.getBytes(UTF_8));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), UTF_8);
    }
  }

  @Test
  void whatIsNoHttpIsRefused(@TempDir Path folder) throws IOException {
    try (Serving serving = new Serving(options(), saved(folder))) {
      assertThat(raw(serving, "GET v2/health/live\r\n\r\n")).startsWith("HTTP/1.1 400");
      assertThat(raw(serving, "GET /v2/models/%zz HTTP/1.0\r\n\r\n")).startsWith("HTTP/1.1 400");
      String two = "GET /v2/health/live HTTP/1.1\r\n\r\nGET /v2/models/m HTTP/1.0\r\n\r\n";
      assertThat(raw(serving, two)).containsSubsequence("200 OK", "200 OK", "\"name\":\"m\"");
      assertThat(raw(serving, "GET /" + "a".repeat(9000) + " HTTP/1.1\r\n\r\n"))
          .startsWith("HTTP/1.1 400");
    }
  }

  @Test
  void writesALineForEachRequest(@TempDir Path folder) throws IOException {
    Serving serving = new Serving(options(), saved(folder));
    assertThat(serving.post("v2/models/m/infer", "{").statusCode()).isEqualTo(400);
    assertThat(serving.get("v2").statusCode()).isEqualTo(200);
    serving.close();
    List<String> lines = serving.access.toString(UTF_8).lines().toList();
    assertThat(lines).hasSize(2);
    JsonNode first = Serving.JSON.readTree(lines.get(0));
    assertThat(first.get("path").asText()).isEqualTo("/v2/models/m/infer");
    assertThat(first.get("status").asInt()).isEqualTo(400);
    assertThat(first.get("model").asText()).isEqualTo("m");
    assertThat(first.get("client").asText()).isEqualTo("127.0.0.1");
    assertThat(first.get("request_bytes").asInt()).isEqualTo(1);
    assertThat(first.get("ms").asDouble()).isPositive();
  }

  // ---------------------------------------------------------------- tables

  /** A model with its task. */
  record Trained(ForecastTask task, Model model) {}

  /** A model of the example's load, saved. */
  static Trained forecast(Path file) throws IOException {
    ForecastSetup setup =
        ForecastSetup.of("load")
            .inputs(InputSetup.of("load", "temperature").time("time").missing(Missing.FORWARD_FILL))
            .window(6)
            .horizons(1, 3);
    Table table = setup.read(HOURLY);
    ForecastTask task = setup.fit(table, new Range(0, 500));
    Model model = new Sequential(new LSTM(4).inputShape(6, 2), new Dense(2)).seed(1);
    model.extra(task.toExtra());
    model.save(file);
    return new Trained(task, model);
  }

  /** The first lines of the example. */
  static String rows(int lines) throws IOException {
    return String.join("\n", Files.readAllLines(HOURLY).subList(0, lines)) + "\n";
  }

  @Test
  void rowsComeInAndForecastsInTheirUnitsGoOut(@TempDir Path folder) throws IOException {
    Trained trained = forecast(folder.resolve("load.keras"));
    ForecastTask task = trained.task();
    Model model = trained.model();
    List<String> lines = Files.readAllLines(HOURLY).subList(0, 10); // 9 rows: 4 windows
    String csv = rows(10);
    Path file = Files.writeString(folder.resolve("rows.csv"), csv);
    TaskSamples samples = task.cutInputs(task.inputs().encode(task.read(file, false)));
    ByteArrayOutputStream expected = new ByteArrayOutputStream();
    TableWriter.CSV.write(samples.results(model.predict(samples.source(), 32)), expected);
    try (Serving serving = new Serving(options(), folder.resolve("load.keras"))) {
      HttpResponse<byte[]> answer =
          serving.post("v2/models/load/predict", csv, "Content-Type", "text/csv");
      assertThat(text(answer)).isEqualTo(expected.toString(UTF_8));
      assertThat(text(answer)).startsWith("row,time,target,horizon,forecast");
      String json =
          lines.stream()
              .skip(1)
              .map(line -> line.split(",", -1))
              .map(
                  f ->
                      "{\"time\":\""
                          + f[0]
                          + "\",\"load\":"
                          + f[1]
                          + ",\"temperature\":"
                          + f[2]
                          + "}")
              .collect(Collectors.joining(",", "{\"rows\":[", "]}"));
      assertThat(text(serving.post("v2/models/load/predict", json, "Accept", "text/csv")))
          .isEqualTo(expected.toString(UTF_8));
      JsonNode all =
          Serving.JSON.readTree(text(serving.post("v2/models/load/versions/1/predict", json)));
      assertThat(all.get("model_name").asText()).isEqualTo("load");
      assertThat(all.get("predictions")).hasSize(8);
      JsonNode last = all.get("predictions").get(7);
      assertThat(last.get("time").asText()).isEqualTo("2024-01-01 11:00");
      assertThat(last.get("horizon").asInt()).isEqualTo(3);
      assertThat(last.get("target").asText()).isEqualTo("load");
      assertThat(error(serving.post("v2/models/load/predict", json.replace("temperature", "temp"))))
          .contains("model load: the rows: no column temperature; there are time, load, temp");
      assertThat(error(serving.post("v2/models/load/predict", "{\"rows\":[" + "{\"time\":1}]}")))
          .contains("no column load");
      assertThat(error(serving.post("v2/models/load/predict", "{\"rows\":[3]}")))
          .contains("request.rows");
      assertThat(
              error(
                  serving.post(
                      "v2/models/load/predict",
                      String.join("\n", lines.subList(0, 4)),
                      "Content-Type",
                      "text/csv")))
          .contains("no whole window among 3 rows; one needs 6 rows");
      assertThat(error(serving.post("v2/models/load/predict", json, "Content-Type", "a/b")))
          .contains("expected text/csv or application/json, got a/b");
    }
    try (Serving serving = new Serving(options(), saved(folder))) {
      assertThat(error(serving.post("v2/models/m/predict", csv, "Content-Type", "text/csv")))
          .contains("model m: its file holds no description of columns");
    }
  }

  // ---------------------------------------------------------------- anything

  /** Bodies with some bytes changed are answered or refused, never a failure of the server. */
  @Test
  void damagedRequestsAreTheClientsFault(@TempDir Path folder) throws IOException {
    Model open = new Sequential(new LSTM(2).inputShape(Shape.UNKNOWN, 2), new Dense(1)).seed(1);
    open.save(folder.resolve("m.keras"));
    String json =
        request(
            open.graph().inputNames().get(0),
            random(1, 2, 3, 2),
            ",\"id\":\"a\",\"parameters\":{\"sequence_id\":0,\"binary_data_output\":false},"
                + "\"outputs\":[{\"name\":\"dense\",\"parameters\":{\"binary_data\":true}}]");
    byte[] right = json.getBytes(UTF_8);
    Random random = new Random(13);
    String pieces = "{}[]\",:0123456789-.eE\\u\u00e9nultrfasNI";
    try (Serving serving = new Serving(options(), folder)) {
      for (int i = 0; i < 600; i++) {
        byte[] body = right.clone();
        for (int changes = 1 + random.nextInt(3); changes > 0; changes--) {
          body[random.nextInt(body.length)] =
              random.nextInt(4) == 0
                  ? (byte) random.nextInt(256)
                  : (byte) pieces.charAt(random.nextInt(pieces.length()));
        }
        int length = random.nextInt(10) == 0 ? random.nextInt(body.length) : body.length;
        HttpResponse<byte[]> answer =
            serving.post("v2/models/m/infer", body, "Inference-Header-Content-Length", "" + length);
        assertThat(answer.statusCode()).as("%d: %s", i, new String(body, UTF_8)).isIn(200, 400);
        if (answer.statusCode() == 400) {
          assertThat(error(answer)).isNotBlank();
        }
      }
    }
  }
}
