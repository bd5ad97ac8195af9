package io.github.lstm4j.serve;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.data.Tokenizer;
import io.github.lstm4j.layers.Concatenate;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;

/** A server on loopback, and a client of it. */
final class Serving implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final HttpClient CLIENT = HttpClient.newHttpClient();

  final List<String> log = Collections.synchronizedList(new ArrayList<>());
  final ByteArrayOutputStream access = new ByteArrayOutputStream();
  final Repository repository;
  final Server server;
  private final AccessLog accessLog = new AccessLog(access);
  private final String scheme;

  Serving(ServerOptions options, Path... models) throws IOException {
    this(options, file -> new ModelEngine(Models.load(file).on(Backends.cpu())), models);
  }

  Serving(ServerOptions options, Repository.Loader loader, Path... models) throws IOException {
    Metrics metrics = new Metrics();
    scheme = options.security().certificate() == null ? "http" : "https";
    repository = Repository.open(List.of(models), loader, options, metrics, log::add);
    server = Server.open(repository, options, metrics, accessLog);
  }

  /** Options with no look at files but those of the test. */
  static ServerOptions options() {
    ServerOptions d = ServerOptions.DEFAULT;
    return new ServerOptions(
        d.host(),
        0,
        0,
        d.batching(),
        d.sequences(),
        d.limits(),
        d.security(),
        Duration.ZERO,
        d.drain());
  }

  /** A model (T, features) to two outputs. */
  static Model model(long seed, int timesteps, int features, int units) {
    return new Sequential(
            new LSTM(units).inputShape(timesteps, features).name("rnn"), new Dense(2).name("out"))
        .seed(seed);
  }

  /** Two inputs, x (B,4,2) and ids (B,3), and two outputs, a (B,1) and b (B,2). */
  static Model twoOfEach() {
    KerasTensor x = new Input(4, 2).name("x").output();
    KerasTensor ids = new Input(3).name("ids").output();
    KerasTensor all =
        new Concatenate()
            .apply(new LSTM(3).apply(x), new LSTM(2).apply(new Embedding(7, 2).apply(ids)));
    Model two =
        Model.of(
            List.of(x, ids),
            List.of(new Dense(1).name("a").apply(all), new Dense(2).name("b").apply(all)));
    two.seed(2);
    return two;
  }

  /** Three words of a text. */
  static TextVectorization texts() {
    return new TextVectorization(
        Tokenizer.words().outputSequenceLength(3).adapt(List.of("so far so good")));
  }

  /** A model of texts. */
  static Model ofWords(TextVectorization texts) {
    return new Sequential(new Input(3), texts, new Embedding(6, 4), new LSTM(2)).seed(3);
  }

  static Tensor random(long seed, int... dims) {
    Tensor values = Tensor.zeros(dims);
    Random random = new Random(seed);
    for (int i = 0; i < values.size(); i++) {
      values.data()[i] = (float) random.nextGaussian();
    }
    return values;
  }

  /** A request of one input, in JSON. */
  static String request(String input, Tensor x, String more) throws IOException {
    StringBuilder data = new StringBuilder();
    for (float value : x.data()) {
      data.append(data.length() == 0 ? "" : ",").append(value);
    }
    return "{\"inputs\":[{\"name\":\""
        + input
        + "\",\"shape\":"
        + JSON.writeValueAsString(x.shape().dims())
        + ",\"datatype\":\"FP32\",\"data\":["
        + data
        + "]}]"
        + more
        + "}";
  }

  /** The elements of the first output. */
  static float[] data(HttpResponse<byte[]> response) throws IOException {
    if (response.statusCode() != 200) {
      throw new IOException(response.statusCode() + " " + new String(response.body(), UTF_8));
    }
    JsonNode data = JSON.readTree(response.body()).get("outputs").get(0).get("data");
    float[] values = new float[data.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) data.get(i).doubleValue();
    }
    return values;
  }

  /** The access log so far. */
  ByteArrayOutputStream flushed() {
    accessLog.flush();
    return access;
  }

  HttpRequest.Builder to(String path) {
    return HttpRequest.newBuilder(
        URI.create(scheme + "://localhost:" + server.port() + "/" + path));
  }

  static HttpResponse<byte[]> send(HttpRequest request) {
    try {
      return CLIENT.send(request, BodyHandlers.ofByteArray());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  HttpResponse<byte[]> get(String path) {
    return send(to(path).build());
  }

  /** Whether a new connection can be had. */
  boolean listens() {
    try (Socket socket = new Socket("localhost", server.port())) {
      return socket.isConnected();
    } catch (IOException e) {
      return false;
    }
  }

  HttpResponse<byte[]> post(String path, String body, String... headers) {
    return post(path, body.getBytes(UTF_8), headers);
  }

  HttpResponse<byte[]> post(String path, byte[] body, String... headers) {
    HttpRequest.Builder request = to(path).POST(BodyPublishers.ofByteArray(body));
    return send((headers.length > 0 ? request.headers(headers) : request).build());
  }

  static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), UTF_8);
  }

  /** Why something was refused. */
  static String error(HttpResponse<byte[]> response) throws IOException {
    return JSON.readTree(response.body()).get("error").asText();
  }

  @Override
  public void close() {
    server.close();
  }
}
