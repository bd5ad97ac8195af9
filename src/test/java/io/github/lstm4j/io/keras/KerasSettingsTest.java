package io.github.lstm4j.io.keras;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIOException;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.catchThrowable;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.activations.Activation;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.initializers.Initializer;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Reader;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.layers.ActivationLayer;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Layer;
import io.github.lstm4j.layers.LayerNormalization;
import io.github.lstm4j.layers.Softmax;
import io.github.lstm4j.layers.TimeDistributed;
import io.github.lstm4j.layers.UnitNormalization;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.SummaryStyle;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * What a file says is done, or kept, or refused by name: {@code golden/keras-settings} was written
 * by Keras 3.15.1, which also read what is written here (read_back.py there).
 */
class KerasSettingsTest {
  @TempDir Path dir;

  private static Path file(String name) {
    return KerasModelsTest.golden("keras-settings/" + name + ".keras");
  }

  private static Map<String, Tensor> cases() throws IOException {
    return Npz.read(KerasModelsTest.golden("keras-settings/cases.npz"));
  }

  static Stream<String> names() throws IOException {
    return cases().keySet().stream().filter(k -> k.endsWith(".p")).map(k -> k.replace(".p", ""));
  }

  /** What is logged meanwhile. */
  private interface Action {
    void run() throws IOException;
  }

  private static String log(Action action) throws IOException {
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    PrintStream before = System.err;
    try {
      System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
      action.run();
    } finally {
      System.setErr(before);
    }
    return log.toString(StandardCharsets.UTF_8);
  }

  // ---------------------------------------------------------------- honoured, kept

  @ParameterizedTest
  @MethodSource("names")
  void predictsWhatKerasPredictsAlsoAfterSaving(String name) throws IOException {
    Tensor x = cases().get(name + ".x");
    Tensor p = cases().get(name + ".p");
    // where Keras computed in half precision its numbers are as far from float32's
    double close = name.equals("mixed_float16") || name.equals("policy_of_a_layer") ? 1e-2 : 1e-6;
    Path again = dir.resolve("again.keras");
    try (Model model = Models.load(file(name))) {
      assertClose(name, p, model.predict(x), close, close);
      model.save(again);
    }
    try (Model model = Models.load(again)) {
      assertClose(name, p, model.predict(x), close, close);
    }
    List<String> lost = new ArrayList<>();
    lost(settings(file(name)), settings(again), "", lost);
    assertThat(lost).isEmpty();
  }

  /** Through what is transposed, there and back: Keras's losses of four steps. */
  @ParameterizedTest
  @CsvSource({"softmax", "flatten", "objects"})
  void trainsAsKeras(String what) throws IOException {
    for (Backend backend : List.of(Backends.cpu(), SimulatedBackend.shared())) {
      trainsAsKeras("trained_" + what, backend);
    }
  }

  private static void trainsAsKeras(String name, Backend backend) throws IOException {
    Map<String, Tensor> all = cases();
    try (Model model = Models.load(file(name)).on(backend)) {
      Tensor x = all.get(name + ".x");
      assertClose(name, all.get(name + ".p"), model.predict(x), 1e-6, 1e-6);
      for (float loss : all.get(name + ".losses").data()) {
        assertThat(model.trainOnBatch(x, all.get(name + ".y")).get("loss"))
            .isCloseTo(loss, within(2e-6 * Math.max(1, loss)));
      }
    }
  }

  private static Object settings(Path file) throws IOException {
    return KerasArchive.read(file).config().get("config");
  }

  /** What the one says and the other does not; null says nothing, and is every default. */
  private static void lost(Object said, Object again, String path, List<String> lost) {
    if (path.endsWith("activation") || path.endsWith("shared_object_id")) {
      return; // predictions tell; it is a name if its parameters are the name's
    }
    if (path.endsWith("dtype") && said instanceof Map<?, ?> policy && !said.equals(again)) {
      lost(LayerConfigs.map(policy.get("config")).get("name"), again, path, lost);
    } else if (said instanceof Map<?, ?> m && again instanceof Map<?, ?>) {
      m.forEach((k, v) -> lost(v, ((Map<?, ?>) again).get(k), path + "/" + k, lost));
    } else if (said instanceof List<?> l && again instanceof List<?> a && l.size() == a.size()) {
      for (int i = 0; i < l.size(); i++) {
        lost(l.get(i), a.get(i), path + "/" + i, lost);
      }
    } else if (said instanceof Number n && again instanceof Number m) {
      lost(n.doubleValue() == m.doubleValue(), true, path, lost);
    } else if (!Objects.equals(said, again)) {
      lost.add(path + ": " + said + ", then " + again);
    }
  }

  /** What Keras would do in training and we do not is said at loading, and by fit. */
  @Test
  void whatFitLeavesOutIsSaid() throws IOException {
    assertThat(log(() -> Models.load(file("regularized")).close())).doesNotContain("WARN");
    assertThat(log(() -> Models.load(file("noise")).close()))
        .contains("Dropout 'dropout", "noise_shape=[null, 1, 3]")
        .doesNotContain("seed");
    assertThat(log(() -> Models.load(file("mixed_float16")).close()))
        .contains("the model: dtype=mixed_float16", "LSTM 'lstm", "float32");
    assertThat(log(() -> Models.load(file("unroll")).close())).doesNotContain("WARN");
  }

  private static void fit(Model model, int outputs, int epochs) {
    model.fit(Tensor.zeros(2, 4, 3), Tensor.zeros(2, outputs), Fit.epochs(epochs));
  }

  /** As Keras: the model loads, is compiled, and its optimizer begins anew. */
  @ParameterizedTest
  @CsvSource({
    "state_not_fit, ''",
    "state_recompiled, ''",
    "state_unfrozen, 'Adam: expected 12 variables, got 6'"
  })
  void anOptimizersStateThatDoesNotFit(String name, String warning) throws IOException {
    Model[] model = new Model[1];
    String log = log(() -> model[0] = Models.load(file(name)));
    if (warning.isEmpty()) {
      assertThat(log).doesNotContain("WARN");
    } else {
      assertThat(log)
          .contains("WARN", file(name).toString(), "skipping the optimizer's state", warning);
    }
    assertThat(model[0].iterations()).isZero();
    assertThat(model[0].optimizer()).isNotNull();
    fit(model[0], 2, 1);
    assertThat(model[0].iterations()).isEqualTo(1);
    model[0].close();
  }

  /** A slot of another shape, as of a model whose layers were exchanged. */
  @Test
  void anOptimizersSlotOfAnotherShape() throws IOException {
    Path trained = dir.resolve("trained.keras");
    try (Model model = Models.load(file("state_not_fit"))) {
      fit(model, 2, 1);
      model.save(trained);
    }
    KerasArchive archive = KerasArchive.read(trained);
    WeightTree weights = new WeightTree();
    for (String path : archive.weights().paths()) {
      WeightTree.Variables of = archive.weights().find(path).orElseThrow();
      List<Hdf5Array> arrays = new ArrayList<>(of.arrays());
      if (path.startsWith("optimizer")) {
        arrays.set(3, Hdf5Array.of(Tensor.zeros(1, 12)));
      }
      weights.put(path, of.name(), arrays);
    }
    Path file = dir.resolve("other.keras");
    new KerasArchive(archive.metadata(), archive.config(), weights, archive.extra()).write(file);
    Model[] model = new Model[1];
    assertThat(log(() -> model[0] = Models.load(file)))
        .contains("skipping", "expected optimizer state of shape", "got (1, 12)");
    assertThat(model[0].iterations()).isZero();
    model[0].close();
  }

  /** Initial values are drawn when somebody asks, not for a file's weights. */
  @Test
  void loadingDrawsNothing() throws IOException {
    Path file = dir.resolve("huge.keras");
    KerasArchive archive = KerasArchive.read(file("state_not_fit"));
    LayerConfigs.map(layer(archive.config(), 1).get("config")).put("units", 20_000);
    archive.write(file); // 6.4 GB if it were allocated, hours if it were drawn
    assertThat(catchThrowable(() -> Models.load(file)))
        .isInstanceOf(IOException.class)
        .hasMessageContainingAll("expected kernel of shape (3, 80000)", "got (3, 12)");
    Layer layer =
        LayerReader.read(
            Map.of(
                "class_name",
                "LSTM",
                "config",
                Map.of("units", 2, "recurrent_initializer", "mine", "name", "l")));
    try (Sequential model = new Sequential().seed(1)) {
      model.add(new io.github.lstm4j.layers.Input(3, 2)).add(layer);
      Weight recurrent = layer.weights().get(1);
      assertThat(catchThrowable(recurrent::value))
          .hasMessageContainingAll("initializer mine is not known here");
      recurrent.assign(Tensor.zeros(2, 8));
      assertThat(recurrent.value()).isEqualTo(Tensor.zeros(2, 8));
    }
  }

  /** Weights of another dtype are as large as in Keras, whose tables these are. */
  @ParameterizedTest
  @ValueSource(strings = {"float64", "mixed_float16", "policy_of_a_layer"})
  void summariesMeasureByDtype(String name) throws IOException {
    try (Model model = Models.load(file(name))) {
      assertThat(model.summaryText(SummaryStyle.KERAS_3))
          .isEqualTo(Files.readString(file(name).resolveSibling(name + ".txt")));
    }
  }

  /** In this kind of file Keras keeps LoRA's factors beside the kernel. */
  @Test
  void factorsBesideAKernelAreMultipliedOut() throws IOException {
    Map<String, Tensor> recorded = Npz.read(KerasModelsTest.golden("keras-settings/lora-all.npz"));
    try (Model model = Models.load(KerasModelsTest.golden("keras-settings/lora-all.h5"))) {
      assertClose("y", recorded.get("y"), model.predict(recorded.get("x")), 1e-6, 1e-6);
      for (String name : List.of("again.h5", "again.keras")) {
        model.save(dir.resolve(name));
        try (Model again = Models.load(dir.resolve(name))) {
          assertThat(again.getWeights()).isEqualTo(model.getWeights());
        }
      }
      try (Hdf5Reader file = Hdf5Reader.open(dir.resolve("again.h5"))) {
        assertThat(file.texts("model_weights/conv", "weight_names"))
            .containsExactly(
                "conv.bias", "conv.lora_kernel_a", "conv.lora_kernel_b", "conv.kernel");
        assertThat(file.texts("model_weights/out", "weight_names")) // which is frozen
            .containsExactly("out.kernel", "out.bias", "out.lora_kernel_a", "out.lora_kernel_b");
        assertThat(file.tensor("model_weights/conv/conv.lora_kernel_a"))
            .isEqualTo(Tensor.zeros(2, 4, 1));
      }
    }
    try (Sequential other = new Sequential(new Input(5), new Dense(4), new Dense(1))) {
      assertThatIOException()
          .isThrownBy(() -> other.loadWeights(KerasModelsTest.golden("keras-settings/lora.h5")))
          .withMessageContaining(
              "LoRA's factors of rank 2 for sequential/d/, and the model no layer with");
    }
  }

  /** An initializer of somebody's own is written again as it was, whatever form it has. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "\"mine\"",
        "{\"module\":\"my.own\",\"class_name\":\"GlorotUniform\",\"config\":{\"seed\":3},\"registered_name\":\"own>GlorotUniform\"}",
        "{\"module\":\"keras.initializers\",\"class_name\":\"STFT\",\"config\":{\"side\":\"real\"}}",
        "{\"class_name\":\"RandomNormal\",\"config\":{\"stddev\":[1,2]}}",
        "{\"class_name\":\"RandomNormal\",\"config\":{\"scale\":1.5}}",
        "null"
      })
  void initializersOfOthersAreKept(String json) throws IOException {
    Object said = new JsonMapper().readValue(json, Object.class);
    Map<String, Object> config = new LinkedHashMap<>();
    config.put("units", 2);
    config.put("kernel_initializer", said);
    Layer layer = LayerReader.read(Map.of("class_name", "Dense", "config", config));
    assertThat(LayerConfigs.map(LayerConfigs.write(layer).get("config")))
        .contains(Map.entry("units", 2))
        .containsKey("kernel_initializer")
        .extracting("kernel_initializer")
        .isEqualTo(said);
  }

  @Test
  void anAxisAloneStandsAloneWhereKerasLetsIt() {
    for (Layer layer : List.of(new Softmax(1), new UnitNormalization(1))) {
      assertThat(LayerConfigs.map(LayerConfigs.write(layer).get("config")))
          .containsEntry("axis", 1);
    }
    assertThat(LayerConfigs.map(LayerConfigs.write(new Softmax(1, 2)).get("config")))
        .containsEntry("axis", List.of(1, 2));
    assertThat(LayerConfigs.map(LayerConfigs.write(new LayerNormalization()).get("config")))
        .containsEntry("axis", List.of(-1));
  }

  // ---------------------------------------------------------------- refused

  private static Map<String, Object> layer(Map<String, Object> model, int index) {
    List<?> layers = (List<?>) LayerConfigs.map(model.get("config")).get("layers");
    return LayerConfigs.map(layers.get(index));
  }

  private Path changed(Consumer<Map<String, Object>> change) throws IOException {
    KerasArchive archive = KerasArchive.read(file("regularized"));
    change.accept(archive.config());
    Path file = dir.resolve("changed.keras");
    archive.write(file);
    return file;
  }

  private void refused(Path file, String... words) {
    assertThat(catchThrowable(() -> Models.load(file).close()))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file.toString())
        .hasMessageContainingAll(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "name | 7",
        "name | \"a/b\"",
        "name | \"a\\u0000b\"",
        "name | \"\"",
        "trainable | \"false\"",
        "dtype | \"int8_from_float32\"",
        "dtype | {\"class_name\": \"DTypePolicyMap\", \"config\": {}}",
        "synchronized | true"
      })
  void theModelsOwnSettings(String key, String json) throws IOException {
    Object value = new JsonMapper().readValue(json, Object.class);
    refused(changed(c -> LayerConfigs.map(c.get("config")).put(key, value)), "model", key);
  }

  /** A class of somebody's own that is called as one of Keras's does something else. */
  @ParameterizedTest
  @CsvSource({
    "module, mykeras.layers",
    "module, keras_cv.layers",
    "module, __main__",
    "registered_name, Custom>LSTM",
    "registered_name, MyLSTM",
    "inbound_nodes, x"
  })
  void classesOfOthers(String key, String value) throws IOException {
    refused(changed(c -> layer(c, 1).put(key, value)), "LSTM", key, value);
    refused(changed(c -> c.put(key, value)), key, value);
  }

  /** Keras writes no module for a class of somebody's own, whose name may be that of one of its. */
  @Test
  void classesOfOthersWithTheSameName() throws IOException {
    refused(changed(c -> ownClass(layer(c, 1))), "LSTM of module=null");
    refused(changed(KerasSettingsTest::ownClass), "Sequential of module=null");
    refused(changed(c -> layer(c, 1).put("module", 3)), "LSTM of module=3");
    refused(changed(c -> layer(c, 1).put("registered_name", 3)), "LSTM of", "registered_name=3");
  }

  private static void ownClass(Map<String, Object> entry) {
    entry.put("module", null);
    entry.put("registered_name", entry.get("class_name"));
  }

  @Test
  void modelsInModels() throws IOException {
    refused(
        changed(
            c -> {
              layer(c, 1).put("class_name", "Sequential");
              layer(c, 1).put("compile_config", Map.of());
            }),
        "activity_regularizer=");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "LSTM | unroll | 1",
        "LSTM | seed | \"x\"",
        "LSTM | kernel_regularizer | 0.1",
        "LSTM | return_sequences | \"yes\"",
        "LSTM | stateful | 0",
        "LSTM | zero_output_for_mask | null",
        "LSTM | unit_forget_bias | 1.0",
        "LSTM | recurrent_dropout | -0.1",
        "LSTM | units | 0",
        "LSTM | units | true",
        "LSTM | units | 1e1",
        "LSTM | dtype | 32",
        "LSTM | dtype | \"float8\"",
        "LSTM | quantization_config | {\"a\": 1}",
        "LSTM | activation | {\"class_name\":\"Softmax\",\"config\":{\"axis\":1}}",
        "LSTM | activation | {\"class_name\":\"PReLU\",\"config\":{}}",
        "LSTM | activation | {\"module\":\"my\",\"class_name\":\"ReLU\",\"config\":{}}",
        "LSTM | activation | {\"class_name\":\"function\",\"config\":\"mine\"}",
        "LSTM | activation | {\"class_name\":\"Mine\",\"config\":\"tanh\"}",
        "LSTM | activation | {\"class_name\":\"ReLU\",\"config\":[]}",
        "LSTM | activation | {\"class_name\":null,\"config\":null}",
        "LSTM | activation | {\"module\":null,\"class_name\":\"ReLU\",\"config\":{},\"registered_name\":\"ReLU\"}",
        "LSTM | activation | {\"value\":[\"4wEAAAA\",null,null]}",
        "LSTM | return_state | [true]",
        "Dropout | rate | NaN",
        "Dropout | rate | 1",
        "Dropout | noise_shape | 3",
        "RepeatVector | n | -1",
        "RepeatVector | n | 2.0",
        "Embedding | input_dim | \"3\"",
        "Embedding | mask_zero | 1",
        "Masking | mask_value | \"0\"",
        "Flatten | data_format | \"channels\"",
        "Flatten | kernel_regularizer | \"l2\"",
        "Dense | lora_rank | 1.5",
        "InputLayer | batch_shape | [null, 0, 3]",
        "InputLayer | batch_shape | [null, 2.5, 3]",
        "InputLayer | batch_shape | [null, 4, null]",
        "InputLayer | batch_shape | [-1, 4, 3]",
        "InputLayer | batch_shape | [null, 4294967300, 3]",
        "InputLayer | dtype | \"string\"",
        "InputLayer | sparse | true",
        "InputLayer | ragged | true",
        "InputLayer | optional | 1"
      })
  void valuesThatAreNone(String className, String key, String json) throws IOException {
    JsonMapper mapper =
        JsonMapper.builder()
            .enable(com.fasterxml.jackson.core.json.JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
            .build();
    Map<String, Object> config = new LinkedHashMap<>();
    switch (className) {
      case "LSTM", "Dense" -> config.put("units", 2);
      case "Dropout" -> config.put("rate", 0.5);
      case "RepeatVector" -> config.put("n", 2);
      case "Embedding" -> config.putAll(Map.of("input_dim", 3, "output_dim", 2));
      case "Bidirectional" -> config.put("layer", LayerConfigs.write(new LSTM(2).name("x")));
      case "InputLayer" -> config.put("batch_shape", List.of(2, 4, 3));
      default -> {}
    }
    LayerReader.read(Map.of("class_name", className, "config", config));
    Object value = mapper.readValue(json, Object.class);
    config.put(key, value);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> LayerReader.read(Map.of("class_name", className, "config", config)))
        .withMessageContaining(className)
        .withMessageContaining(key);
  }

  /** The optimizer's own numbers: a damaged one is no training to go on with. */
  @ParameterizedTest
  @CsvSource({
    "0, -5, iterations",
    "0, NaN, iterations",
    "0, 2.5, iterations",
    "1, NaN, learning rate",
    "1, -0.1, learning rate",
    "1, Infinity, learning rate"
  })
  void anOptimizersNumbers(int variable, float value, String what) throws IOException {
    KerasArchive archive = KerasArchive.read(file("state_not_fit"));
    WeightTree weights = new WeightTree();
    for (String path : archive.weights().paths()) {
      WeightTree.Variables of = archive.weights().find(path).orElseThrow();
      List<Hdf5Array> arrays = new ArrayList<>(of.arrays());
      if (path.startsWith("optimizer")) {
        arrays.set(variable, Hdf5Array.scalar(value));
      }
      weights.put(path, of.name(), arrays);
    }
    Path file = dir.resolve("changed.keras");
    new KerasArchive(archive.metadata(), archive.config(), weights, archive.extra()).write(file);
    refused(file, "optimizer", what, "got " + value);
  }

  /** However a file's word on training is broken: the model predicts. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[1, 2]",
        "\"adam\"",
        "7",
        "{\"optimizer\": null, \"loss\": \"mse\"}",
        "{\"optimizer\": [], \"loss\": \"mse\"}",
        "{\"optimizer\": {\"config\": {}}, \"loss\": \"mse\"}",
        "{\"optimizer\": {\"class_name\": [3], \"config\": 4}, \"loss\": \"mse\"}",
        "{\"optimizer\": \"adam\", \"loss\": {\"config\": {}}}",
        "{\"optimizer\": \"adam\", \"loss\": null}",
        "{\"optimizer\": \"adam\", \"loss\": 3}",
        "{\"optimizer\": \"adam\", \"loss\": {\"class_name\": null, \"config\": null}}",
        "{\"optimizer\": \"adam\", \"loss\": \"mse\", \"metrics\": [3, {\"config\": {\"name\": null}}]}"
      })
  void aWordOnTrainingThatMeansNothing(String json) throws IOException {
    Object value = new JsonMapper().readValue(json, Object.class);
    Path file = changed(c -> c.put("compile_config", value));
    Model[] model = new Model[1];
    assertThat(log(() -> model[0] = Models.load(file)))
        .contains("WARN", "the model predicts, but its training is not restored", "compile");
    assertClose(
        "p",
        cases().get("regularized.p"),
        model[0].predict(cases().get("regularized.x")),
        1e-6,
        1e-6);
    assertThat(model[0].optimizer()).isNull();
    model[0].close();
  }

  /** Keras loads them, and so do we; but not without a word. */
  @Test
  void weightsThatAreNoNumbers() throws IOException {
    Path file = dir.resolve("nan.keras");
    try (Model model = Models.load(file("dense_elu"))) {
      Weight kernel = model.layers().get(1).weights().get(0);
      Tensor values = kernel.value();
      values.data()[0] = Float.NaN;
      values.data()[5] = Float.NEGATIVE_INFINITY;
      kernel.assign(values);
      model.save(file);
      String name = model.layers().get(1).name();
      Model[] again = new Model[1];
      assertThat(log(() -> again[0] = Models.load(file)))
          .contains("WARN", name + ".kernel (3, 4) has 2 values that are NaN or infinite");
      assertThat(again[0].predict(cases().get("dense_elu.x")).data()[0]).isNaN();
      again[0].close();
    }
  }

  // ---------------------------------------------------------------- names, axes

  /** As Keras 2.13 on Windows named them; it counted a layer with weights twice. */
  @ParameterizedTest
  @CsvSource({
    "_layer_checkpoint_dependencies\\, true",
    "_layer_checkpoint_dependencies/, true",
    "layers\\, false"
  })
  void weightsByOldPaths(String prefix, boolean twice) throws IOException {
    KerasArchive archive = KerasArchive.read(file("softmax_time_back"));
    WeightTree old = new WeightTree();
    for (String path : archive.weights().paths()) {
      WeightTree.Variables of = archive.weights().find(path).orElseThrow();
      String then = path.replace("layers/", prefix);
      then = twice ? then.replace("lstm_1", "lstm_2") : then;
      old.put(prefix.endsWith("/") ? then : then.replace('/', '\\'), of.name(), of.arrays());
    }
    Path file = dir.resolve("old.keras");
    new KerasArchive(archive.metadata(), archive.config(), old, archive.extra()).write(file);
    try (Model model = Models.load(file)) {
      Tensor x = cases().get("softmax_time_back.x");
      assertClose("p", cases().get("softmax_time_back.p"), model.predict(x), 1e-6, 1e-6);
    }
  }

  @Test
  void weightsThatAreElsewhere() throws IOException {
    KerasArchive archive = KerasArchive.read(file("dense_elu"));
    WeightTree other = new WeightTree();
    for (String path : archive.weights().paths()) {
      WeightTree.Variables of = archive.weights().find(path).orElseThrow();
      other.put(path.replace("dense", "my_dense"), of.name(), of.arrays());
    }
    Path file = dir.resolve("other.keras");
    new KerasArchive(archive.metadata(), archive.config(), other, archive.extra()).write(file);
    refused(
        file,
        "expected 2 weights at layers/dense, got 0",
        "there are weights at [layers/lstm/cell, layers/my_dense]");
  }

  @ParameterizedTest
  @CsvSource({"a/b", "/", "''", "'  '", "a\u0000b", "a\u001bb", "\ud800"})
  void namesThatNoFileCanHold(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new LSTM(2).name(name))
        .withMessageContaining("LSTM: a name must");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sequential().name(name))
        .withMessageContaining("model: a name must");
  }

  @Test
  void aNameMayHaveAnythingElse() throws IOException {
    Path file = dir.resolve("model.keras");
    try (Sequential model = new Sequential(new LSTM(2).inputShape(2, 2).name("Größe 😀 a.b\\c"))) {
      model.save(file);
      try (Model again = Models.load(file)) {
        assertThat(again.layers().get(0).name()).isEqualTo("Größe 😀 a.b\\c");
      }
    }
  }

  @Test
  void axesThatAreNone() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Activation.softmax(0))
        .withMessageContaining("axis must be a whole number other than 0");
    for (int axis : new int[] {2, -2, 5}) {
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new Sequential(
                      new LSTM(2).inputShape(3, 2),
                      new Dense(2).activation(Activation.softmax(axis)).name("top")))
          .withMessageContainingAll("top: activation=softmax(axis=" + axis + ".0)", "1 to 1");
      assertThatIllegalArgumentException()
          .isThrownBy(
              () ->
                  new Sequential(
                      new LSTM(2).inputShape(3, 2).returnSequences(true),
                      new TimeDistributed(new ActivationLayer(Activation.softmax(axis)))))
          .withMessageContaining("1 to 1");
    }
  }

  @Test
  void aNameOfAnInitializerIsNone() {
    assertThat(Collections.frequency(List.of(Initializer.Kind.values()), Initializer.Kind.UNKNOWN))
        .isEqualTo(1);
    assertThatIllegalArgumentException().isThrownBy(() -> Initializer.of(""));
  }
}
