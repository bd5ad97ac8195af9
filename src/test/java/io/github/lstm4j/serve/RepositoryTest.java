package io.github.lstm4j.serve;

import static io.github.lstm4j.serve.Serving.data;
import static io.github.lstm4j.serve.Serving.model;
import static io.github.lstm4j.serve.Serving.options;
import static io.github.lstm4j.serve.Serving.random;
import static io.github.lstm4j.serve.Serving.request;
import static io.github.lstm4j.serve.Serving.text;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Models, versions and files that change. */
@Timeout(60)
class RepositoryTest {
  private static final Tensor X = random(1, 1, 4, 2);

  private static void save(Model model, Path file) throws IOException {
    Files.createDirectories(file.getParent());
    model.save(file); // which takes the place of an older file at once
  }

  private static float[] ask(Serving serving, String path) throws IOException {
    return data(serving.post("v2/models/" + path + "/infer", request("input_layer", X, "")));
  }

  private static void lookTwice(Serving serving) {
    serving.repository.refresh();
    serving.repository.refresh();
  }

  @Test
  void findsFilesFoldersAndVersions(@TempDir Path folder) throws IOException {
    Model one = model(1, 4, 2, 3);
    Model two = model(2, 4, 2, 3);
    save(one, folder.resolve("plain.keras"));
    save(one, folder.resolve("many/1/a.keras"));
    save(two, folder.resolve("many/10/b.h5"));
    save(two, folder.resolve("many/9/model.onnx"));
    Files.writeString(folder.resolve("many/9/README.md"), "nine");
    Files.createDirectories(folder.resolve("notes"));
    try (Serving serving = new Serving(options(), folder)) {
      assertThat(serving.repository.names()).containsExactly("many", "plain");
      assertThat(serving.repository.versions("many")).containsExactly("1", "9", "10");
      assertThat(ask(serving, "plain")).isEqualTo(one.predict(X).data());
      assertThat(ask(serving, "many/versions/1")).isEqualTo(one.predict(X).data());
      assertThat(ask(serving, "many")).isEqualTo(two.predict(X).data());
    }
    try (Serving serving =
        new Serving(options(), folder.resolve("many"), folder.resolve("plain.keras"))) {
      assertThat(serving.repository.names()).containsExactly("many", "plain");
    }
  }

  @Test
  void whatIsWrongAtTheStartIsSaid(@TempDir Path folder) throws IOException {
    assertThatThrownBy(() -> new Serving(options(), folder))
        .hasMessageContaining("no models there");
    assertThatThrownBy(() -> new Serving(options(), folder.resolve("x.keras")))
        .hasMessageContaining("x.keras: no such file");
    Files.writeString(folder.resolve("bad.keras"), "nothing");
    assertThatThrownBy(() -> new Serving(options(), folder)).hasMessageContaining("bad.keras");
    Files.delete(folder.resolve("bad.keras"));
    Files.createDirectories(folder.resolve("m/1"));
    assertThatThrownBy(() -> new Serving(options(), folder))
        .hasMessageContaining("expected one model")
        .hasMessageContaining("got 0");
    save(model(1, 4, 2, 3), folder.resolve("m/1/m.keras"));
    save(model(1, 4, 2, 3), folder.resolve("m.keras"));
    assertThatThrownBy(() -> new Serving(options(), folder))
        .hasMessageContaining("is the model m 1 too");
  }

  @Test
  void changedFilesAreLoadedWhileTheOldOnesServe(@TempDir Path folder) throws IOException {
    Model one = model(1, 4, 2, 3);
    Model two = model(2, 4, 2, 30);
    Path file = folder.resolve("m.keras");
    save(one, file);
    try (Serving serving = new Serving(options(), folder)) {
      serving.repository.refresh();
      assertThat(serving.log).hasSize(1);
      Files.write(file, Arrays.copyOf(Files.readAllBytes(file), 700)); // as if half written
      serving.repository.refresh();
      assertThat(serving.log).hasSize(1); // it may become whole
      lookTwice(serving);
      lookTwice(serving);
      assertThat(serving.log).hasSize(2);
      assertThat(serving.log.get(1))
          .startsWith("m 1: cannot be loaded, the one before serves on: ")
          .contains("m.keras");
      assertThat(ask(serving, "m")).isEqualTo(one.predict(X).data());
      assertThat(text(serving.post("v2/repository/index", "")))
          .contains("\"state\":\"READY\"")
          .contains("m.keras");
      assertThat(text(serving.get("metrics"))).contains("outcome=\"failed\"");
      save(two, file);
      lookTwice(serving);
      assertThat(serving.log.get(2)).isEqualTo("m 1: reloaded " + file);
      assertThat(ask(serving, "m")).isEqualTo(two.predict(X).data());
      save(one, folder.resolve("m2/3/m.keras"));
      lookTwice(serving);
      assertThat(ask(serving, "m2")).isEqualTo(one.predict(X).data());
      Files.delete(file);
      serving.repository.refresh();
      assertThat(serving.get("v2/models/m").statusCode()).isEqualTo(404);
      Files.delete(folder.resolve("m2/3/m.keras"));
      Files.writeString(folder.resolve("n.keras"), "nothing");
      lookTwice(serving);
      assertThat(serving.get("v2/models/n/ready").statusCode()).isEqualTo(503);
      assertThat(serving.get("v2/health/ready").statusCode()).isEqualTo(200);
    }
  }

  /** A sequence is answered to its end by the weights with which it began. */
  @Test
  void sequencesStayWithTheModelThatBeganThem(@TempDir Path folder) throws IOException {
    Model one = model(1, 4, 2, 3);
    Path file = folder.resolve("m.keras");
    save(one, file);
    try (Serving serving = new Serving(options(), folder)) {
      Deployment before = serving.repository.find("m", null);
      for (int t = 0; t < 4; t++) {
        String part =
            "{\"sequence_id\":1,\"sequence_start\":"
                + (t == 0)
                + ",\"sequence_end\":"
                + (t == 3)
                + "}";
        String body = request("input_layer", X.slice(1, t, t + 1), ",\"parameters\":" + part);
        float[] got = data(serving.post("v2/models/m/infer", body));
        if (t == 1) {
          save(model(2, 4, 2, 5), file);
          lookTwice(serving);
          assertThat(serving.repository.find("m", null)).isNotSameAs(before);
        } else if (t == 3) {
          assertThat(got).isEqualTo(one.predict(X).data());
        }
      }
      assertThat(before.sequences()).isZero();
    }
  }

  /** Every answer under load is that of one of the two models, whole. */
  @Test
  void reloadsUnderLoad(@TempDir Path folder) throws IOException {
    List<Model> models = List.of(model(1, 4, 2, 8), model(2, 4, 2, 8));
    List<float[]> expected = models.stream().map(m -> m.predict(X).data()).toList();
    Path file = folder.resolve("m.keras");
    save(models.get(0), file);
    AtomicBoolean done = new AtomicBoolean();
    AtomicInteger answers = new AtomicInteger();
    try (Serving serving = new Serving(options(), folder)) {
      List<CompletableFuture<Void>> clients =
          IntStream.range(0, 4)
              .mapToObj(
                  n ->
                      CompletableFuture.runAsync(
                          () -> {
                            while (!done.get()) {
                              try {
                                float[] got = ask(serving, "m");
                                assertThat(expected.stream().anyMatch(e -> Arrays.equals(e, got)))
                                    .isTrue();
                                answers.incrementAndGet();
                              } catch (IOException e) {
                                throw new IllegalStateException(e);
                              }
                            }
                          },
                          task -> new Thread(task).start()))
              .toList();
      for (int i = 1; i <= 6; i++) {
        save(models.get(i % 2), file);
        lookTwice(serving);
        int before = answers.get();
        while (answers.get() < before + 20
            && clients.stream().noneMatch(CompletableFuture::isDone)) {
          Thread.onSpinWait();
        }
      }
      done.set(true);
      clients.forEach(CompletableFuture::join);
      assertThat(serving.log).hasSize(7);
      assertThat(ask(serving, "m")).isEqualTo(expected.get(0));
    }
  }
}
