package io.github.lstm4j.io.safetensors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.graph.CellSpec.Lstm.Peephole;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Bidirectional;
import io.github.lstm4j.layers.Conv1D;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.GRU;
import io.github.lstm4j.layers.GroupNormalization;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.ProjectedLSTMCell;
import io.github.lstm4j.layers.RMSNormalization;
import io.github.lstm4j.layers.RNN;
import io.github.lstm4j.layers.Recurrent;
import io.github.lstm4j.layers.Reshape;
import io.github.lstm4j.layers.SimpleRNN;
import io.github.lstm4j.layers.SimpleRNNCell;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * State dicts that PyTorch wrote, with what its modules give; see golden/torch/record.py, which
 * also judges what {@link #main} writes: PyTorch 2.13.0 gave the same to 2.4e-7.
 */
class StateDictsTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/torch");

  @TempDir Path folder;

  private static Recurrent<?> sequences(Recurrent<?> layer) {
    return layer.returnSequences(true);
  }

  /** The models of the cases, built anew each time. */
  private static Map<String, Supplier<Sequential>> models() {
    Map<String, Supplier<Sequential>> all = new LinkedHashMap<>();
    all.put(
        "lstm", () -> new Sequential(new LSTM(4).inputShape(5, 3), new Dense(2).name("anything")));
    all.put(
        "bidirectional",
        () ->
            new Sequential(
                new Bidirectional(sequences(new LSTM(4))).inputShape(5, 3),
                new Dropout(0.5f),
                new Bidirectional(sequences(new LSTM(4))),
                new Dense(2)));
    all.put(
        "gru",
        () ->
            new Sequential(
                new Bidirectional(sequences(new GRU(4))).inputShape(5, 3),
                new Bidirectional(sequences(new GRU(4))).name("above")));
    all.put(
        "rnn",
        () ->
            new Sequential(
                sequences(
                    new RNN(
                            new SimpleRNNCell(4).activation("relu"),
                            new SimpleRNNCell(4).activation("relu"))
                        .inputShape(5, 3))));
    all.put(
        "projected",
        () -> new Sequential(sequences(new RNN(new ProjectedLSTMCell(5, 2)).inputShape(5, 3))));
    all.put(
        "no_bias", () -> new Sequential(sequences(new LSTM(4).useBias(false).inputShape(5, 3))));
    all.put(
        "words",
        () ->
            new Sequential(
                new Input(5, 1),
                new Reshape(5),
                new Embedding(7, 3),
                new GRU(4),
                new LayerNormalization().epsilon(1e-5f),
                new Dense(2)));
    all.put(
        "convolution",
        () ->
            new Sequential(
                new Conv1D(4, 2).inputShape(5, 3),
                new BatchNormalization().epsilon(1e-5f),
                sequences(new LSTM(2))));
    return all;
  }

  static Stream<String> names() {
    return models().keySet().stream();
  }

  /** Writes what record.py judges into the folder of the first argument. */
  public static void main(String[] args) throws IOException {
    for (Map.Entry<String, Supplier<Sequential>> each : models().entrySet()) {
      Sequential model = each.getValue().get();
      model.loadWeights(FOLDER.resolve(each.getKey() + ".safetensors"));
      modules(model, each.getKey()).save(Path.of(args[0], each.getKey() + ".safetensors"));
    }
  }

  /** The names that the modules have there. */
  private static TorchWeights modules(Model model, String name) {
    TorchWeights weights = new TorchWeights(model);
    List<Layer> all = model.layers().stream().filter(l -> !l.weights().isEmpty()).toList();
    Layer first = all.get(0);
    return switch (name) {
      case "lstm" -> weights.module("rnn", first).module("fc", all.get(1));
      case "bidirectional" -> weights.module("lstm", first, all.get(1)).module("out", all.get(2));
      case "gru" -> weights.module("gru", first, all.get(1));
      case "rnn", "projected", "no_bias" -> weights.module("rnn", first);
      case "words" ->
          weights
              .module("table", first)
              .module("rnn", all.get(1))
              .module("norm", all.get(2))
              .module("fc", all.get(3));
      default -> weights.module("conv", first).module("bn", all.get(1)).module("rnn", all.get(2));
    };
  }

  private static float[] floats(JsonNode numbers) {
    float[] all = new float[numbers.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (float) numbers.get(i).asDouble();
    }
    return all;
  }

  private static void judge(Model model, String name, double tolerance) throws IOException {
    JsonNode c = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile()).get(name);
    float[] x = floats(c.get("x"));
    assertThat(model.predict(Tensor.of(x, 2, 5, x.length / 10)).data())
        .as(name)
        .containsExactly(floats(c.get("y")), within((float) tolerance));
  }

  @ParameterizedTest
  @MethodSource("names")
  void whatPyTorchWroteIsRead(String name) throws IOException {
    Path file = FOLDER.resolve(name + ".safetensors");
    try (Sequential model = models().get(name).get();
        Sequential said = models().get(name).get()) {
      model.loadWeights(file);
      judge(model, name, 1e-6);
      modules(said, name).load(file);
      assertThat(said.getWeights()).isEqualTo(model.getWeights());
    }
  }

  /** What is written has the names, shapes and numbers that PyTorch wrote, but for added biases. */
  @ParameterizedTest
  @MethodSource("names")
  void whatIsWrittenIsReadAgain(String name) throws IOException {
    Path theirs = FOLDER.resolve(name + ".safetensors");
    Path ours = folder.resolve("ours.safetensors");
    try (Sequential model = models().get(name).get();
        Sequential again = models().get(name).get()) {
      model.loadWeights(theirs);
      modules(model, name).save(ours);
      again.loadWeights(ours);
      assertThat(again.getWeights()).isEqualTo(model.getWeights());
    }
    try (SafeTensors a = SafeTensors.open(file(theirs), file(theirs).budget());
        SafeTensors b = SafeTensors.open(file(ours), file(ours).budget())) {
      List<String> wanted =
          a.names().stream().filter(n -> !n.endsWith("num_batches_tracked")).toList();
      assertThat(b.names()).containsExactlyInAnyOrderElementsOf(wanted);
      for (String tensor : wanted) {
        assertThat(b.dims(tensor)).isEqualTo(a.dims(tensor));
        if (!tensor.contains("bias")) {
          assertThat(b.tensor(tensor).tensor()).isEqualTo(a.tensor(tensor).tensor());
        }
      }
    }
  }

  private static ModelFile file(Path path) throws IOException {
    return ModelFile.of(path);
  }

  @ParameterizedTest
  @ValueSource(strings = {"float64", "float16", "bfloat16"})
  void otherNumbersAreRead(String type) throws IOException {
    try (Sequential model = models().get("lstm").get()) {
      model.loadWeights(FOLDER.resolve("lstm_" + type + ".safetensors"));
      judge(model, "lstm", type.equals("float64") ? 1e-6 : type.equals("float16") ? 1e-3 : 1e-2);
    }
  }

  /** A model's own file has all of it. */
  @Test
  void oursLoadWhole() throws IOException {
    for (String name : models().keySet()) {
      try (Sequential model = models().get(name).get()) {
        model.compile("adam", "mse");
        model.extra(Map.of("made", List.of("here", 1)));
        Path file = folder.resolve(name + ".safetensors");
        model.save(file);
        try (Model again = Models.load(file)) {
          assertThat(again.getWeights()).isEqualTo(model.getWeights());
          assertThat(again.extra()).isEqualTo(model.extra());
          assertThat(again.optimizer().name()).isEqualTo("Adam");
        }
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        new SafeTensorsFormat().saveWeights(model, out);
        try (Sequential other = models().get(name).get()) {
          other.loadWeights(new ByteArrayInputStream(out.toByteArray()));
          assertThat(other.getWeights()).isEqualTo(model.getWeights());
        }
        assertThatIOException()
            .isThrownBy(() -> Models.load(new ByteArrayInputStream(out.toByteArray())))
            .withMessageContaining("weights alone");
      }
    }
  }

  @Test
  void whatStaysOpenIsRefused() throws IOException {
    Path file = folder.resolve("two.safetensors");
    Dense first = new Dense(3).name("a");
    Dense second = new Dense(3).name("b");
    Sequential model = new Sequential(new LSTM(3).inputShape(2, 3), first, second);
    new TorchWeights(model).module("p", first).module("q", second).save(file);
    assertThatIOException()
        .isThrownBy(() -> model.loadWeights(file))
        .withMessageContaining("module \"p\"")
        .withMessageContaining("fits each of [[a (Dense)], [b (Dense)]]")
        .withMessageContaining("new TorchWeights(model).module(\"name\", layer)");
    List<Tensor> before = model.getWeights();
    new TorchWeights(model).module("q", second).load(file);
    assertThat(model.getWeights()).isEqualTo(before);
    assertThatIOException()
        .isThrownBy(() -> new TorchWeights(model).module("r", second).load(file))
        .withMessageContaining("there is no module r");
    Sequential other = new Sequential(new LSTM(4).inputShape(2, 3));
    assertThatIOException()
        .isThrownBy(() -> other.loadWeights(file))
        .withMessageContaining("module \"lstm\": for [lstm (LSTM)] expected weight_ih_l0 [16, 3]")
        .withMessageContaining("weight_ih_l0=[12, 3]");
    assertThatIOException()
        .isThrownBy(() -> Models.load(file))
        .withMessageContaining("weights alone")
        .withMessageContaining("lstm=[[12, 3], [12, 3], [12], [12]]");
  }

  /** The error says what is there on both sides. */
  @Test
  void whatDoesNotFitIsSaidInFull() throws IOException {
    Path file = FOLDER.resolve("bidirectional.safetensors");
    Sequential other =
        new Sequential(
            new Bidirectional(sequences(new LSTM(4))).name("lstm").inputShape(5, 3),
            new Bidirectional(sequences(new LSTM(5))),
            new Dense(2));
    assertThatIOException()
        .isThrownBy(() -> other.loadWeights(file))
        .withMessageContaining("module \"lstm\": for [lstm (Bidirectional), bidirectional")
        .withMessageContaining("weight_hh_l1 [20, 5]");
    assertThatIOException()
        .isThrownBy(
            () ->
                new Sequential(sequences(new LSTM(4)).inputShape(5, 3))
                    .loadWeights(FOLDER.resolve("no_bias.safetensors")))
        .withMessageContaining(
            "fits no layer that is left of the model: [lstm (LSTM) with weight_ih_l0 [16, 3],");
    Path normed =
        written(
            "{"
                + tensor("fc.bias", "F32", "[1]", 0, 4)
                + ","
                + tensor("fc.parametrizations.weight.original0", "F32", "[1]", 4, 8)
                + "}",
            8);
    assertThatIOException()
        .isThrownBy(() -> new Sequential(new Dense(1).inputShape(1, 1)).loadWeights(normed))
        .withMessageContaining("remove_parametrizations(module, \"weight\")");
  }

  @Test
  void normalizationsAreModules() throws IOException {
    Path file = folder.resolve("norms.safetensors");
    try (Sequential model =
        new Sequential(
            new RMSNormalization().epsilon(Math.ulp(1f)).name("rms").inputShape(5, 4),
            new GroupNormalization(2).epsilon(1e-5f).name("group"))) {
      new TorchWeights(model).save(file);
      List<Tensor> before = model.getWeights();
      model.loadWeights(file);
      assertThat(model.getWeights()).isEqualTo(before);
    }
    try (SafeTensors tensors = SafeTensors.open(file(file), file(file).budget())) {
      assertThat(tensors.names()).containsExactly("rms.weight", "group.weight", "group.bias");
    }
  }

  @Test
  void whatNoModuleComputesIsRefused() {
    List<Layer> layers =
        List.of(
            new LSTM(2).peephole(Peephole.DIAGONAL),
            new LSTM(2).activation("relu"),
            new LSTM(2).clip(1),
            new GRU(2).resetAfter(false),
            new GRU(2).recurrentActivation("hard_sigmoid"),
            new SimpleRNN(2).activation(Activation.SIGMOID),
            new LSTM(2).goBackwards(true));
    for (Layer layer : layers) {
      Sequential model = new Sequential(((Recurrent<?>) layer).inputShape(2, 2));
      assertThatIllegalArgumentException()
          .isThrownBy(() -> new TorchWeights(model))
          .withMessageContaining("no module of PyTorch");
    }
  }

  // ---------------------------------------------------------------- files that lie

  private Path written(String header, int data) throws IOException {
    byte[] json = header.getBytes(StandardCharsets.UTF_8);
    byte[] all = new byte[8 + json.length + data];
    all[0] = (byte) json.length;
    all[1] = (byte) (json.length >> 8);
    System.arraycopy(json, 0, all, 8, json.length);
    return Files.write(folder.resolve("lies.safetensors"), all);
  }

  private static String tensor(String name, String dtype, String shape, long from, long to) {
    return "\""
        + name
        + "\":{\"dtype\":\""
        + dtype
        + "\",\"shape\":"
        + shape
        + ",\"data_offsets\":["
        + from
        + ","
        + to
        + "]}";
  }

  private void refused(String header, int data, String... words) throws IOException {
    Path file = written(header, data);
    assertThatIOException()
        .as(header)
        .isThrownBy(() -> Models.load(file))
        .satisfies(e -> assertThat(e).hasMessageContainingAll(words))
        .withMessageStartingWith(file + ": ");
  }

  @Test
  void headersThatLieAreRefused() throws IOException {
    String a = tensor("a", "F32", "[2]", 0, 8);
    refused("{" + a + "," + tensor("b", "F32", "[2]", 4, 12) + "}", 12, "\"b\" begins at byte 4");
    refused("{" + a + "," + tensor("b", "F32", "[1]", 12, 16) + "}", 16, "before it ends at 8");
    refused("{" + a + "}", 7, "its tensors end at byte 8", "there are 7", "cut short");
    refused("{" + a + "}", 9, "its tensors end at byte 8", "there are 9");
    refused("{" + a + "," + a + "}", 8, "Duplicate", "a");
    refused("{" + tensor("a", "F32", "[3]", 0, 8) + "}", 8, "of shape [3] are 12 bytes");
    refused("{" + tensor("a", "F7", "[2]", 0, 8) + "}", 8, "dtype \"F7\" is not known");
    refused("{" + tensor("a", "F32", "[-2]", 0, 8) + "}", 8, "at least 0, got -2");
    refused(
        "{" + tensor("a", "F32", "[4611686018427387904,4611686018427387904]", 0, 8) + "}",
        8,
        "no file holds the shape");
    refused("{\"a\":{\"dtype\":\"F32\",\"shape\":[2]}}", 8, "expected dtype, shape and two");
    refused("{\"a\":[]}", 8, "expected START_OBJECT");
    refused("{\"a\":{\"color\":1}}", 8, "\"color\" is not known");
    refused("{\"__metadata__\":{\"a\":1}}", 0, "expected VALUE_STRING");
    refused("{\"a\u001b[2J\":[]}", 0, "its header:");
    refused("{\"\\u001b[2J\":[]}", 0, "\\u001b[2J");
    refused("{" + a + "} x", 8, "its header");
    refused("{}{}", 0, "more follows");
    refused("{\"a\":{\"dtype\":", 0, "its header");
    byte[] huge = new byte[20];
    huge[7] = 0x7f;
    huge[8] = '{';
    huge[9] = '"';
    Path file = Files.write(folder.resolve("huge.safetensors"), huge);
    assertThatIOException()
        .isThrownBy(() -> Models.load(file))
        .withMessageContaining("its header would have 9151314442816847872 bytes");
  }

  /** A byte that is another is an error of the file, or harmless. */
  @Test
  void damagedBytesAreErrorsOfTheFile() throws IOException {
    Sequential model = models().get("lstm").get();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    model.save(out);
    Path saved = folder.resolve("whole.safetensors");
    model.save(saved);
    byte[] whole = Files.readAllBytes(saved);
    Path file = folder.resolve("damaged.safetensors");
    Random random = new Random(5);
    for (int n = 0; n < 400; n++) {
      byte[] damaged = whole.clone();
      int at = n % 4 == 0 ? random.nextInt(8) : random.nextInt(whole.length);
      damaged[at] = (byte) random.nextInt(256);
      Files.write(file, n % 7 == 0 ? Arrays.copyOf(damaged, at + 1) : damaged);
      try {
        Models.load(file).close();
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith(file.toString());
      }
    }
  }
}
