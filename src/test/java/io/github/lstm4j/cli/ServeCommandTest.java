package io.github.lstm4j.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.DisabledOnOs;
import org.junit.jupiter.api.condition.OS;
import org.junit.jupiter.api.io.TempDir;

class ServeCommandTest {
  @Test
  @Timeout(60)
  @DisabledOnOs(OS.WINDOWS) // destroy() is no signal there
  void servesUntilItIsToldToStop(@TempDir Path folder) throws Exception {
    new Sequential(new LSTM(2).inputShape(3, 1), new Dense(1))
        .seed(1)
        .save(folder.resolve("m.keras"));
    Path log = folder.resolve("access.log");
    String java = Path.of(System.getProperty("java.home"), "bin", "java").toString();
    Process server =
        new ProcessBuilder(
                java,
                "-Xmx200m",
                "-cp",
                System.getProperty("java.class.path"),
                Main.class.getName(),
                "serve",
                folder.toString(),
                "--port=0",
                "--grpc-port=0",
                "--access-log",
                log.toString())
            .redirectError(folder.resolve("err").toFile())
            .start();
    try (BufferedReader out = server.inputReader()) {
      assertThat(out.readLine()).isEqualTo("m 1: loaded " + folder.resolve("m.keras"));
      String serving = out.readLine();
      assertThat(serving)
          .matches(
              "Serving m at http://127\\.0\\.0\\.1:\\d+, gRPC at 127\\.0\\.0\\.1:\\d+ on CPU.*");
      URI uri = URI.create(serving.replaceAll(".*(http\\S+), .*", "$1") + "/v2/health/ready");
      assertThat(
              HttpClient.newHttpClient()
                  .send(HttpRequest.newBuilder(uri).build(), BodyHandlers.discarding())
                  .statusCode())
          .isEqualTo(200);
      assertThat(server.toHandle().destroy()).isTrue(); // a signal; the streams stay
      assertThat(out.readLine()).isEqualTo("SIGTERM: requests under way are answered");
      assertThat(server.waitFor()).isZero();
      assertThat(Files.readString(log)).contains("\"path\":\"/v2/health/ready\",\"status\":200");
    } finally {
      server.destroyForcibly();
    }
  }

  @Test
  void refusesInWords(@TempDir Path folder) throws IOException {
    Path file = folder.resolve("m.keras");
    assertThat(Cli.run("serve").err()).contains("MODEL");
    Cli none = Cli.run("serve", file);
    assertThat(none.code()).isEqualTo(1);
    assertThat(none.err()).isEqualTo("error: " + file + ": no such file\n");
    Files.writeString(file, "nothing");
    assertThat(Cli.run("serve", file, "--port", "70000").err())
        .contains("--port: expected 0 to 65535, got 70000");
    assertThat(Cli.run("serve", file, "--grpc-port", "-1").err())
        .contains("--grpc-port: expected 0 to 65535, got -1");
    assertThat(Cli.run("serve", file, "--port", "9000", "--grpc-port", "9000").err())
        .contains("--port and --grpc-port: expected two ports, got 9000 twice");
    assertThat(Cli.run("serve", file, "--max-batch", "0").err())
        .contains("--max-batch must be at least 1, got 0");
    assertThat(Cli.run("serve", file, "--max-delay", "-1").err()).contains("--max-delay");
    assertThat(Cli.run("serve", file, "--tls-key", file).err())
        .contains("--tls-certificate and --tls-key: expected both or neither");
    Path token = Files.writeString(folder.resolve("token"), "\n");
    assertThat(Cli.run("serve", file, "--token-file", token).err())
        .contains("--token-file: expected a token in the first line");
    assertThat(Cli.run("serve", file).err()).contains("m.keras");
  }
}
