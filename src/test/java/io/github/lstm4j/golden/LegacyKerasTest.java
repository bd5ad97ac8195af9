package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Files of Keras 1, 2, tf.keras and 3, real ones and such as their rules give, and numbers that
 * Keras 2 gave: {@code golden/legacy}.
 */
class LegacyKerasTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/legacy");
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path dir;

  /** What the cases run on; the CUDA path's test overrides it. */
  Backend backend() {
    return Backends.cpu();
  }

  /** Whether a case is too large for what they run on. */
  boolean skips(String name) {
    return false;
  }

  static Map<String, byte[]> zip(String name) throws IOException {
    Map<String, byte[]> entries = new LinkedHashMap<>();
    try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(FOLDER.resolve(name)))) {
      for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
        entries.put(entry.getName(), zip.readAllBytes());
      }
    }
    return entries;
  }

  static Map<String, Object> json(byte[] bytes) throws IOException {
    return GoldenCases.map(JSON.readValue(bytes, Object.class));
  }

  private Model load(String name, byte[] file) throws IOException {
    return Models.load(Files.write(dir.resolve(name), file)).on(backend());
  }

  /** By the rules of each version's source. */
  @TestFactory
  List<DynamicTest> cases() throws IOException {
    Map<String, byte[]> files = zip("cases.zip");
    List<DynamicTest> tests = new ArrayList<>();
    json(files.get("expected.json"))
        .forEach(
            (name, c) ->
                tests.add(
                    DynamicTest.dynamicTest(
                        name, () -> run(name, files.get(name + ".h5"), GoldenCases.map(c)))));
    return tests;
  }

  private void run(String name, byte[] file, Map<String, Object> c) throws IOException {
    List<Tensor> in = GoldenCases.list(c.get("inputs")).stream().map(GoldenCases::tensor).toList();
    try (Model model =
        c.containsKey("config")
            ? KerasModels.fromJson(JSON.writeValueAsString(c.get("config"))).on(backend())
            : load(name + ".h5", file)) {
      if (c.containsKey("config")) {
        model.loadWeights(new ByteArrayInputStream(file));
      }
      Tensor got = in.size() == 1 ? model.predict(in.get(0)) : model.predict(in).get(0);
      Tensor expected = GoldenCases.tensor(c.get("output"));
      assertThat(got.shape()).isEqualTo(expected.shape());
      assertClose(name, expected, got, 1e-5, 1e-5);
      // and written again, in both formats
      for (String ending : List.of(".h5", ".keras")) {
        Path again = dir.resolve("again" + ending);
        model.save(again);
        try (Model second = Models.load(again)) {
          second.on(backend());
          Tensor same = in.size() == 1 ? second.predict(in.get(0)) : second.predict(in).get(0);
          assertThat(same).isEqualTo(got);
          assertThat(second.iterations()).isEqualTo(model.iterations());
        }
      }
    }
  }

  /** Real files, and what two engines made of them. */
  @TestFactory
  List<DynamicTest> realFiles() throws IOException {
    Map<String, byte[]> files = zip("found.zip");
    Map<String, Map<String, Object>> cases = new LinkedHashMap<>();
    GoldenCases.map(json(files.get("dl4j/expected.json")).get("cases"))
        .forEach((path, c) -> cases.put("dl4j/" + Path.of(path).getFileName(), GoldenCases.map(c)));
    for (String name : files.keySet()) {
      byte[] beside = files.get(name.replaceFirst("\\.(h5|keras)$", ".json"));
      if (name.startsWith("keras-models/") && !name.endsWith(".json")) {
        cases.put(name, json(beside));
      }
    }
    assertThat(cases).hasSize(10);
    List<DynamicTest> tests = new ArrayList<>();
    cases.forEach(
        (name, c) -> {
          if (!skips(name)) {
            tests.add(DynamicTest.dynamicTest(name, () -> real(name, files.get(name), c)));
          }
        });
    return tests;
  }

  private void real(String name, byte[] file, Map<String, Object> c) throws IOException {
    try (Model model = load(Path.of(name).getFileName().toString(), file)) {
      Tensor expected = GoldenCases.tensor(c.get("output"));
      Tensor got = model.predict(GoldenCases.tensor(c.get("input")));
      assertThat(got.shape()).isEqualTo(expected.shape());
      assertClose(name, expected, got, 1e-5, 1e-5);
    }
  }

  /** What Keras 1.2.2 and 2.1.3 themselves predicted. */
  @Test
  void recordedByTheirMakers() throws IOException {
    Map<String, byte[]> files = zip("found.zip");
    for (String name :
        List.of("dl4j/simple_lstm_tf_keras_1", "dl4j/simple_flatten_lstm_tf_keras_2")) {
      try (Model model = load("model.h5", files.get(name + "_model.h5"));
          Hdf5Reader recorded =
              Hdf5Reader.of(files.get(name + "_inputs_and_outputs.h5"), "recorded")) {
        Tensor in = recorded.tensor("inputs/" + recorded.datasets("inputs").get(0));
        Tensor expected = recorded.tensor("predictions/dense_1");
        assertClose(name, expected, model.predict(in), 1e-5, 1e-6);
        assertThat(model.optimizerSlots()).hasSize(5).allMatch(slots -> slots.size() == 1);
      }
    }
  }

  /** Keras 2's layer, whose recurrent activation is the older hard_sigmoid unless said. */
  @Test
  void numbersOfKerasJs() throws IOException {
    Map<String, Object> all = json(Files.readAllBytes(FOLDER.resolve("keras-js-lstm.json")));
    for (Map.Entry<String, Object> entry : all.entrySet()) {
      Map<String, Object> c = GoldenCases.map(entry.getValue());
      Tensor in = GoldenCases.tensor(c.get("input"));
      Tensor expected = GoldenCases.tensor(c.get("expected"));
      boolean stateful = entry.getKey().equals("recurrent.LSTM.6");
      boolean sigmoid = entry.getKey().equals("recurrent.LSTM.1");
      Map<String, Object> config = new LinkedHashMap<>();
      config.put("name", "lstm_1");
      config.put("batch_input_shape", List.of(1, in.dim(0), in.dim(1)));
      config.put("units", expected.shape().last());
      config.put("activation", sigmoid ? "sigmoid" : "tanh");
      config.put("recurrent_activation", sigmoid ? "sigmoid" : "hard_sigmoid");
      config.put("go_backwards", entry.getKey().equals("recurrent.LSTM.3"));
      config.put("stateful", stateful);
      config.put("return_sequences", stateful);
      Map<String, Object> model =
          Map.of(
              "class_name",
              "Sequential",
              "keras_version",
              "2.0.4",
              "config",
              List.of(Map.of("class_name", "LSTM", "config", config)));
      try (Model lstm = KerasModels.fromJson(JSON.writeValueAsString(model)).on(backend())) {
        lstm.setWeights(
            GoldenCases.list(c.get("weights")).stream().map(GoldenCases::tensor).toList());
        Tensor sample = in.reshape(1, in.dim(0), in.dim(1));
        Tensor got = lstm.predict(sample);
        got = stateful ? lstm.predict(sample) : got;
        assertClose(entry.getKey(), Tensor.of(expected.data(), got.shape()), got, 1e-5, 1e-5);
      }
    }
  }

  @Test
  void signalOfRtNeural() throws IOException {
    Map<String, Object> model = json(Files.readAllBytes(FOLDER.resolve("rtneural-lstm.json")));
    List<Tensor> weights = new ArrayList<>();
    for (Object layer : GoldenCases.list(model.get("layers"))) {
      for (Object w : GoldenCases.list(GoldenCases.map(layer).get("weights"))) {
        float[] values = GoldenCases.floats(w);
        boolean matrix = GoldenCases.list(w).get(0) instanceof List<?>;
        int rows = GoldenCases.list(w).size();
        weights.add(
            matrix
                ? Tensor.of(values, rows, values.length / rows)
                : Tensor.of(values, values.length));
      }
    }
    List<String> lines = Files.readAllLines(FOLDER.resolve("rtneural-lstm.csv"));
    float[] in = new float[lines.size()];
    float[] out = new float[lines.size()];
    for (int i = 0; i < in.length; i++) {
      String[] both = lines.get(i).split(",", -1);
      in[i] = Float.parseFloat(both[0]);
      out[i] = Float.parseFloat(both[1]);
    }
    try (Sequential net =
        new Sequential(
                new Input(in.length, 1),
                new LSTM(8).unitForgetBias(false).returnSequences(true),
                new Dense(1))
            .on(backend())) {
      net.setWeights(weights);
      Tensor got = net.predict(Tensor.of(in, 1, in.length, 1));
      assertClose("signal", Tensor.of(out, got.shape()), got, 1e-6, 0);
    }
  }
}
