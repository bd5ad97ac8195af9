package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files are known by their bytes, and written by their names. */
class ModelFormatTest {
  @TempDir Path folder;

  private static Sequential model() {
    return new Sequential(new LSTM(3).inputShape(4, 2), new Dense(1)).seed(1);
  }

  private Path file(String name, byte[] bytes) throws IOException {
    return Files.write(folder.resolve(name), bytes);
  }

  private static byte[] zip(String... entries) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      for (String entry : entries) {
        zip.putNextEntry(new ZipEntry(entry));
        zip.write(1);
      }
    }
    return bytes.toByteArray();
  }

  @Test
  void aFileIsKnownByItsBytes() throws IOException {
    Sequential model = model();
    model.extra(Map.of("made", "here"));
    Path file = folder.resolve("m.keras");
    model.save(file);
    Path renamed = Files.move(file, folder.resolve("m.onnx"));
    try (Model again = Models.load(renamed)) {
      assertThat(again.getWeights()).isEqualTo(model.getWeights());
      assertThat(again.extra()).isEqualTo(Map.of("made", "here"));
    }
    try (Model again = Models.load(new ByteArrayInputStream(Files.readAllBytes(renamed)))) {
      assertThat(again.getWeights()).isEqualTo(model.getWeights());
    }
    Path weights = folder.resolve("m.weights.h5");
    model.saveWeights(weights);
    Sequential other = model();
    other.loadWeights(Files.move(weights, folder.resolve("m.pt")));
    assertThat(other.getWeights()).isEqualTo(model.getWeights());
  }

  @Test
  void pickleIsRefusedWithWhatMakesTensorsOfIt() throws IOException {
    String pickle = "80028a0a6cfc9c46f9206aa850192e80024de903"; // torch.save before 1.6
    Map<String, byte[]> files =
        Map.of(
            "old.pt", HexFormat.of().parseHex(pickle),
            "state.pt", zip("archive/data.pkl", "archive/byteorder", "archive/data/0"),
            "named.pth", zip("named/.format_version", "named/data.pkl"),
            "script.keras", zip("script/data/0", "script/data.pkl", "script/code/x.py"));
    for (Map.Entry<String, byte[]> each : files.entrySet()) {
      Path file = file(each.getKey(), each.getValue());
      assertThatIOException()
          .as(each.getKey())
          .isThrownBy(() -> Models.load(file))
          .withMessageStartingWith(file + ": this is a pickle of PyTorch")
          .withMessageContaining("torch.load(")
          .withMessageContaining("safetensors.torch.save_file(");
      assertThatIOException()
          .isThrownBy(() -> model().loadWeights(file))
          .withMessageContaining("pickle");
    }
  }

  @Test
  void aSavedModelIsRefusedWithWhatMakesAFileOfIt() throws IOException {
    Path saved = Files.createDirectory(folder.resolve("saved"));
    assertThatIOException()
        .isThrownBy(() -> Models.load(saved))
        .withMessageContaining("this folder is none of them");
    Files.write(saved.resolve("saved_model.pb"), new byte[] {8, 1});
    assertThatIOException()
        .isThrownBy(() -> Models.load(saved))
        .withMessageContaining("SavedModel of TensorFlow")
        .withMessageContaining("model.save(\"model.keras\")");
    assertThatIOException()
        .isThrownBy(() -> Models.load(saved.resolve("saved_model.pb")))
        .withMessageContaining("SavedModel of TensorFlow");
  }

  @Test
  void relativesOfTensorFlowAreRefusedWithTheWayToAFile() throws IOException {
    byte[] lite = "\u001c\0\0\0TFL3\0\0".getBytes(StandardCharsets.US_ASCII);
    assertThatIOException()
        .isThrownBy(() -> Models.load(file("a.tflite", lite)))
        .withMessageContaining("TFLite")
        .withMessageContaining("tf2onnx.convert --tflite");
    String js = "\n{\"format\": \"layers-model\", \"modelTopology\": {}, \"weightsManifest\": []}";
    assertThatIOException()
        .isThrownBy(() -> Models.load(file("a.json", js.getBytes(StandardCharsets.UTF_8))))
        .withMessageContaining("TensorFlow.js")
        .withMessageContaining("tensorflowjs_converter");
    String json = "{\"class_name\": \"Sequential\", \"config\": {\"layers\": []}}";
    assertThatIOException()
        .isThrownBy(() -> Models.load(file("b.json", json.getBytes(StandardCharsets.UTF_8))))
        .withMessageContaining("no weights")
        .withMessageContaining("KerasModels.fromJson");
    assertThatIOException()
        .isThrownBy(
            () -> Models.load(file("c.json", "{\"a\": 1}".getBytes(StandardCharsets.UTF_8))))
        .withMessageContaining("none of them");
  }

  @Test
  void whatIsNoModelIsRefused() throws IOException {
    Path text = file("a.keras", "a,b\n1,2\n".getBytes(StandardCharsets.UTF_8));
    assertThatIOException()
        .isThrownBy(() -> Models.load(text))
        .withMessageStartingWith(text + ": expected a model (Keras 3")
        .withMessageEndingWith("but this file of 8 bytes is none of them");
    assertThatIOException()
        .isThrownBy(() -> Models.load(folder.resolve("none.keras")))
        .withMessageEndingWith("none.keras: no such file");
  }

  @Test
  void theEndingSaysWhatIsWritten() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().save(folder.resolve("model.txt")))
        .withMessageContaining("ends with .keras")
        .withMessageEndingWith("rename the file");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().save(folder.resolve("model.weights.h5")))
        .withMessageEndingWith("such a name is for weights alone: saveWeights");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> model().saveWeights(folder.resolve("model.keras")))
        .withMessageContaining("ends with .weights.h5")
        .withMessageEndingWith("such a name is for whole models: save");
  }
}
