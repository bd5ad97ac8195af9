package io.github.lstm4j.io.keras;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.catchThrowable;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Files that are refused, and why; and disks that are full. */
class KerasModelsErrorsTest {
  @TempDir Path dir;

  /** A recorded file with its configuration changed. */
  private Path changed(String name, Consumer<Map<String, Object>> change) throws IOException {
    KerasArchive archive = KerasArchive.read(KerasModelsTest.golden("keras-files/" + name));
    change.accept(archive.config());
    Path file = dir.resolve("changed.keras");
    archive.write(file);
    return file;
  }

  private static Map<String, Object> layer(Map<String, Object> model, int index) {
    List<?> layers = (List<?>) LayerConfigs.map(model.get("config")).get("layers");
    return LayerConfigs.map(layers.get(index));
  }

  private static Map<String, Object> config(Map<String, Object> entry) {
    return LayerConfigs.map(entry.get("config"));
  }

  private void refused(Path file, String... words) {
    Throwable t = catchThrowable(() -> Models.load(file).close());
    assertThat(t).isInstanceOf(IOException.class).hasMessageStartingWith(file.toString());
    assertThat(t).hasMessageContainingAll(words);
  }

  /** What is ours beside Keras's: what serves a training alone is no reason to refuse a model. */
  @Test
  void whatIsOursInAFile() throws IOException {
    KerasArchive archive = KerasArchive.read(KerasModelsTest.golden("keras-files/fitted.keras"));
    Path file = dir.resolve("ours.keras");
    Map<String, Object> training = Map.of("seed", "x", "training", List.of(1));
    new KerasArchive(archive.metadata(), archive.config(), archive.weights(), training).write(file);
    Models.load(file).close();
    for (String key : List.of("user", "sead")) {
      Map<String, Object> more = Map.of(key, List.of(1));
      new KerasArchive(archive.metadata(), archive.config(), archive.weights(), more).write(file);
      refused(
          file,
          key.equals("user")
              ? "lstm4j.json.user: expected fields, got [1]"
              : "lstm4j.json: unknown fields [sead]");
    }
  }

  @Test
  void foreignAndDamagedFiles() throws IOException {
    Path file = dir.resolve("model.keras");
    refused(file, "no such file");
    Files.writeString(file, "not a model");
    refused(file, "expected a model (Keras 3", "file of 11 bytes is none of them");
    Files.write(file, new byte[0]);
    refused(file, "file of 0 bytes is none of them");
    Files.write(file, new byte[] {(byte) 0x89, 'H', 'D', 'F', 13, 10, 26, 10});
    refused(file, "HDF5 file cut short");
    Npz.write(file, Map.of("x", Tensor.zeros(2)));
    refused(file, "config.json", "x.npy");
    byte[] whole = Files.readAllBytes(KerasModelsTest.golden("keras-files/fitted.keras"));
    for (int length = 4; length < whole.length; length += whole.length / 7) {
      Files.write(file, Arrays.copyOf(whole, length));
      refused(file, "cut short or damaged");
    }
  }

  /** A bit that flips anywhere is an error or harmless, never anything else. */
  @Test
  void damagedBytesAreErrorsOfTheFile() throws IOException {
    byte[] whole = Files.readAllBytes(KerasModelsTest.golden("keras-files/plain.keras"));
    Path file = dir.resolve("model.keras");
    for (int at = 0; at < whole.length; at += 97) {
      byte[] damaged = whole.clone();
      damaged[at] ^= 0x10;
      Files.write(file, damaged);
      Throwable t = catchThrowable(() -> Models.load(file).close());
      if (t != null) {
        assertThat(t).as("byte %d", at).isInstanceOf(IOException.class);
        assertThat(t).as("byte %d", at).hasMessageStartingWith(file.toString());
      }
    }
  }

  @Test
  void otherModelsAndLayers() throws IOException {
    refused(
        changed("plain.keras", c -> c.put("class_name", "Functional")),
        "the model: build_input_shape=",
        "is not known");
    refused(
        changed("plain.keras", c -> c.put("class_name", "MyModel")),
        "expected a Sequential or Functional model",
        "MyModel");
    refused(
        changed("plain.keras", c -> layer(c, 1).put("class_name", "ConvLSTM2D")),
        "ConvLSTM2D is not supported",
        "LSTM, GRU, SimpleRNN, Dense");
    refused(
        changed("plain.keras", c -> layer(c, 1).put("module", "__main__")),
        "LSTM of module=__main__",
        "not supported");
    refused(
        changed("plain.keras", c -> config(layer(c, 1)).put("units", 40_000)),
        "lstm",
        "lstm.recurrent_kernel",
        "(40000, 160000)");
    refused(changed("plain.keras", c -> config(c).remove("layers")), "no layers");
    refused(changed("plain.keras", c -> config(layer(c, 1)).remove("units")), "LSTM", "units");
    refused(
        changed("plain.keras", c -> config(layer(c, 1)).put("units", -3)),
        "units must be at least 1");
    refused(changed("plain.keras", c -> config(layer(c, 1)).put("activation", "mish2")), "mish2");
    refused(
        changed("plain.keras", c -> config(layer(c, 0)).put("batch_shape", List.of())),
        "InputLayer",
        "batch_shape");
  }

  /** A value of another type is no value: Python's truth and rounding are not ours to guess. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "units | 3.7",
        "units | 4294967300",
        "units | \"3\"",
        "units | null",
        "go_backwards | 1",
        "go_backwards | \"true\"",
        "use_bias | null",
        "trainable | 1",
        "dropout | \"0.1\"",
        "dropout | 1e60",
        "dropout | 1.5",
        "activation | 3",
        "activation | \"softmax\"",
        "bias_initializer | 0",
        "name | 7",
        "dtype | \"int8\"",
        "time_major | true",
        "units2 | 4"
      })
  void valuesThatMeanNothingHere(String key, String json) throws IOException {
    Object value = new JsonMapper().readValue(json, Object.class);
    Path file = changed("plain.keras", c -> config(layer(c, 1)).put(key, value));
    refused(file, key.equals("name") ? "LSTM '7'" : "lstm", key, String.valueOf(value));
  }

  @ParameterizedTest
  @CsvSource({
    "Flatten, data_format, channels",
    "Dropout, noise_shape, 3",
    "Bidirectional, merge_mode, max",
    "Bidirectional, layer, Dense"
  })
  void optionsOfOtherLayers(String className, String key, String value) {
    Map<String, Object> inner = LayerConfigs.write(new Dense(2));
    Map<String, Object> config = new HashMap<>();
    if (className.equals("Bidirectional")) {
      config.put("layer", LayerConfigs.write(new LSTM(2).name("x")));
    }
    config.put("rate", 0.5);
    if (!className.equals("Dropout")) {
      config.remove("rate");
    }
    config.put(key, key.equals("layer") ? inner : value);
    assertThat(
            catchThrowable(
                () -> LayerReader.read(Map.of("class_name", className, "config", config))))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContainingAll(className, key.equals("layer") ? value : key, value);
  }

  @Test
  void weightsOfAnotherShape() throws IOException {
    refused(
        changed("plain.keras", c -> config(layer(c, 1)).put("units", 5)),
        "lstm: expected kernel of shape (2, 20) at layers/lstm/cell, got (2, 16)");
    refused(
        changed("plain.keras", c -> config(layer(c, 1)).put("use_bias", false)),
        "expected 2 weights at layers/lstm/cell, got 3");
  }

  /** A file whose training we cannot go on with still predicts, and says what is missing. */
  @ParameterizedTest
  @CsvSource({"optimizer, Muon", "loss, Dice", "metrics, MeanIoU"})
  void unknownTrainingIsAWarning(String part, String name) throws IOException {
    Path file =
        changed(
            "fitted.keras",
            c -> {
              Map<String, Object> compile = LayerConfigs.map(c.get("compile_config"));
              Object entry = Map.of("class_name", name, "config", Map.of());
              compile.put(part, part.equals("metrics") ? List.of(entry) : entry);
            });
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    Model model;
    try {
      System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
      model = Models.load(file);
    } finally {
      System.setErr(before);
    }
    assertThat(log.toString(StandardCharsets.UTF_8))
        .contains("WARN", file.toString(), "'" + name + "'", "call compile");
    Map<String, Tensor> recorded = Npz.read(KerasModelsTest.golden("keras-files/fitted.npz"));
    assertThat(model.optimizer()).isNull();
    assertClose("y", recorded.get("y"), model.predict(recorded.get("x")), 1e-6, 1e-6);
    model.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1] | training: expected fields, got [1]",
        "{} | training.logs: expected fields, got null",
        "{'logs':{'loss':'1'}} | training.logs: expected numbers, got {loss=1}",
        "{'logs':{},'epoch':1.5} | training.epoch: expected a whole number from 0 to 2147483647, got 1.5",
        "{'logs':{},'epoch':1,'steps':3} | training: unknown fields [steps]",
        "{'logs':{},'callbacks':'x'} | training.callbacks: expected a list that is not empty, got \"x\"",
        "{'logs':{},'callbacks':[{'told':true}]} | training.callbacks[0].state: expected fields, got null",
        "{'logs':{},'callbacks':[{'state':{},'name':'A','told':1}]} | callbacks[0].told: expected true or false, got 1"
      },
      quoteCharacter = '`')
  void damagedRecordsOfATraining(String json, String error) throws IOException {
    Object record = new JsonMapper().readValue(json.replace('\'', '"'), Object.class);
    assertThat(catchThrowable(() -> TrainingRecord.read(record, new WeightTree())))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(error);
  }

  @Test
  void aModelWithoutWeightsCannotBeSaved() {
    Path file = dir.resolve("model.keras");
    Sequential model = new Sequential(new LSTM(3), new Dense(1));
    assertThat(catchThrowable(() -> model.save(file)))
        .isInstanceOf(IllegalStateException.class)
        .hasMessageContaining("input shape");
    assertThat(file).doesNotExist();
  }

  @Test
  void aFullDisk() {
    try (Sequential model = new Sequential(new LSTM(3).inputShape(2, 2))) {
      assertThatIOException()
          .isThrownBy(
              () -> AtomicFile.write(Path.of("/dev/full"), out -> KerasModels.save(model, out)))
          .withMessageContaining("/dev/full")
          .withMessageContaining("No space left");
    }
  }

  @Test
  void aFailureOnTheWayLeavesTheOldFile() throws IOException {
    Path file = dir.resolve("model.keras");
    try (Sequential model = new Sequential(new LSTM(3).inputShape(2, 2))) {
      model.save(file);
      byte[] before = Files.readAllBytes(file);
      model.extra(Map.of("no JSON", new Object()));
      assertThatIOException()
          .isThrownBy(() -> model.save(file))
          .withMessageContaining(file.toString());
      assertThat(file).hasBinaryContent(before);
      try (Stream<Path> files = Files.list(dir)) {
        assertThat(files).containsExactly(file);
      }
      Path nowhere = dir.resolve("none").resolve("model.keras");
      assertThatIOException()
          .isThrownBy(() -> model.save(nowhere))
          .withMessageContaining(nowhere.toString());
    }
  }

  /** Keras has no peepholes; we read our own. */
  @Test
  void peepholesAreOurOwn() throws IOException {
    Path file = dir.resolve("peephole.keras");
    Tensor x = SampleModels.normal(2, 4, 3);
    for (Peephole p : Peephole.values()) {
      try (Sequential model = new Sequential(new LSTM(3).inputShape(4, 3).peephole(p))) {
        model.save(file);
        try (Model again = Models.load(file)) {
          assertThat(again.predict(x)).isEqualTo(model.predict(x));
          assertThat(again.countParams()).isEqualTo(model.countParams());
        }
      }
    }
  }
}
