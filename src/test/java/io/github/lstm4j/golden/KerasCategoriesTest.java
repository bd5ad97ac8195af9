package io.github.lstm4j.golden;

import static io.github.lstm4j.golden.Close.assertClose;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.within;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.backend.cuda.sim.SimulatedBackend;
import io.github.lstm4j.data.Tokenizer;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Discretization;
import io.github.lstm4j.layers.Embedding;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.layers.IntegerLookup;
import io.github.lstm4j.layers.KerasTensor;
import io.github.lstm4j.layers.StringLookup;
import io.github.lstm4j.layers.TextVectorization;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** Layers that give numbers of categories: {@code golden/categories/record.py}. */
class KerasCategoriesTest {
  private static final Path FOLDER = Path.of("src/test/resources/golden/categories");
  private static final CpuBackend CPU = new CpuBackend(1);

  /** One case, by its name. */
  private record Case(String name, JsonNode content) {
    @Override
    public String toString() {
      return name;
    }
  }

  @AfterAll
  static void close() {
    CPU.close();
  }

  private static List<JsonNode> recorded(String file) throws IOException {
    JsonNode all = new ObjectMapper().readTree(Files.readString(FOLDER.resolve(file)));
    return StreamSupport.stream(all.spliterator(), false).toList();
  }

  static List<Case> cases() throws IOException {
    return recorded("cases.json").stream().map(c -> new Case(c.get("name").asText(), c)).toList();
  }

  private static float[] floats(JsonNode list) {
    float[] values = new float[list.size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = (float) list.get(i).asDouble();
    }
    return values;
  }

  private static Tensor tensor(JsonNode t) {
    int[] dims = new int[t.get("shape").size()];
    for (int i = 0; i < dims.length; i++) {
      dims[i] = t.get("shape").get(i).asInt();
    }
    return Tensor.of(floats(t.get("data")), dims);
  }

  private static String[][] texts(JsonNode rows) {
    List<String[]> all = new ArrayList<>();
    for (JsonNode row : rows) {
      List<String> texts = new ArrayList<>();
      (row.isTextual() ? List.of(row) : row).forEach(text -> texts.add(text.asText()));
      all.add(texts.toArray(String[]::new));
    }
    return all.toArray(String[][]::new);
  }

  private static List<String> firsts(JsonNode rows) {
    return List.of(texts(rows)).stream().map(row -> row[0]).toList();
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesAsKeras(Case c) {
    Tensor x = tensor(c.content().get("input"));
    List<Tensor> weights = new ArrayList<>();
    c.content().get("weights").forEach(w -> weights.add(tensor(w)));
    try (Model model = KerasModels.fromJson(c.content().get("model").toString())) {
      model.on(CPU).setWeights(weights);
      Tensor y = model.predict(x);
      assertClose(c.name(), tensor(c.content().get("output")), y, 2e-5, 2e-5);
      try (Model again = KerasModels.fromJson(KerasModels.toJson(model))) {
        again.on(CPU).setWeights(weights);
        assertThat(again.predict(x)).isEqualTo(y);
      }
    }
  }

  @Test
  void ngrams() throws IOException {
    JsonNode all = new ObjectMapper().readTree(Files.readString(FOLDER.resolve("ngrams.json")));
    for (JsonNode c : all.get("cases")) {
      try (Model model = KerasModels.fromJson(c.get("model").toString());
          Model again = KerasModels.fromJson(KerasModels.toJson(model))) {
        for (Model each : List.of(model, again)) {
          TextVectorization layer = (TextVectorization) each.layers().get(0);
          Tensor y = each.on(CPU).predict(layer.encode(firsts(all.get("texts"))));
          assertThat(y.toArray2D()).isEqualTo(rows(c.get("output")));
          List<String> words = layer.tokenizer().vocabulary();
          List<String> lines = firsts(all.get("lines"));
          assertThat(layer.tokenizer().ngrams(1, 2).vocabulary()).hasSize(2);
          assertThat(adapted(c, lines)).isEqualTo(words);
        }
      }
    }
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Tokenizer.words().ngrams(2, 0))
        .withMessageContaining("ngrams must be at least 1, got [2, 0]");
  }

  /** What a tokenizer with a case's options learns. */
  private static List<String> adapted(JsonNode c, List<String> lines) {
    JsonNode config = c.get("model").get("config").get("layers").get(1).get("config");
    JsonNode widths = config.get("ngrams");
    int[] all = widths.isInt() ? new int[] {1, 2} : new int[widths.size()];
    for (int i = 0; i < widths.size(); i++) {
      all[i] = widths.get(i).asInt();
    }
    boolean characters = config.get("split").asText().equals("character");
    Tokenizer tokenizer = characters ? Tokenizer.characters() : Tokenizer.words();
    if (characters) {
      tokenizer = tokenizer.standardize(Tokenizer.Standardize.LOWER);
    }
    if (!config.get("max_tokens").isNull()) {
      tokenizer = tokenizer.maxTokens(config.get("max_tokens").asInt() + 1); // and padding
    }
    return tokenizer.ngrams(all).adapt(lines).vocabulary();
  }

  private static float[][] rows(JsonNode rows) {
    List<float[]> all = new ArrayList<>();
    rows.forEach(row -> all.add(floats(row)));
    return all.toArray(float[][]::new);
  }

  /** Each number of a large vocabulary is found, without a table of all numbers by all words. */
  @Test
  void largeVocabularies() {
    Random random = new Random(3);
    for (int size : new int[] {1, 2, 3, 7, 8, 9, 5000}) {
      int[] vocabulary =
          random.ints(-(1 << 24), 1 << 24).filter(v -> v != 0).distinct().limit(size).toArray();
      Tensor x = Tensor.zeros(16, 50);
      Tensor expected = Tensor.zeros(16, 50);
      for (int i = 0; i < x.size(); i++) {
        int place = random.nextInt(size);
        boolean known = random.nextInt(3) > 0;
        x.data()[i] = known ? vocabulary[place] : 0;
        expected.data()[i] = known ? 1 + place : 0;
      }
      for (Backend backend : List.of(CPU, SimulatedBackend.shared())) {
        try (Sequential m = new Sequential(new Input(50), new IntegerLookup(vocabulary))) {
          assertThat(m.on(backend).predict(x)).as("%s of %s", backend, size).isEqualTo(expected);
          assertThat(m.program(16, false).arenaBytes()).isLessThan(16 * 50 * 4 * 20);
        }
      }
    }
  }

  @Test
  void boundariesAreThoseOfKeras() throws IOException {
    for (JsonNode c : recorded("adapted.json")) {
      Discretization layer =
          Discretization.ofBins(c.get("bins").asInt()).epsilon((float) c.get("epsilon").asDouble());
      float[] data = floats(c.get("data"));
      layer.adapt(Tensor.of(data, data.length));
      float[] expected = floats(c.get("boundaries"));
      assertThat(layer.binBoundaries()).hasSize(expected.length);
      for (int i = 0; i < expected.length; i++) {
        assertThat(layer.binBoundaries().get(i)).isCloseTo(expected[i], within(1e-5f));
      }
    }
  }

  @Test
  void modelOfTextsIsLoadedAndSaved(@TempDir Path folder) throws IOException {
    JsonNode c = recorded("texts.json").get(0);
    try (Model model = Models.load(FOLDER.resolve("words.keras"))) {
      TextVectorization words = (TextVectorization) model.layer("words");
      Tensor x = words.encode(firsts(c.get("inputs").get(0)));
      Tensor y = model.on(CPU).predict(x);
      assertClose("words", tensor(c.get("outputs").get(0)), y, 2e-5, 2e-5);
      Path file = folder.resolve("again.keras");
      model.save(file);
      try (Model again = Models.load(file)) {
        TextVectorization same = (TextVectorization) again.layer("words");
        assertThat(same.tokenizer()).isEqualTo(words.tokenizer());
        assertThat(again.on(CPU).predict(x)).isEqualTo(y);
      }
      assertThat(KerasModels.toJson(model))
          .contains("\"batch_shape\":[null,1],\"dtype\":\"string\"")
          .contains("\"vocabulary\":[\"\",\"[UNK]\"");
    }
  }

  @Test
  void modelOfSeveralCategoriesIsLoadedAndSaved(@TempDir Path folder) throws IOException {
    JsonNode c = recorded("texts.json").get(1);
    Path file = FOLDER.resolve("categories.keras");
    List<Tensor> first = requireAsKeras(file, c);
    Path again = folder.resolve("again.keras");
    try (Model model = Models.load(file)) {
      model.save(again);
    }
    assertThat(requireAsKeras(again, c)).isEqualTo(first);
  }

  private static List<Tensor> requireAsKeras(Path file, JsonNode c) throws IOException {
    JsonNode in = c.get("inputs");
    try (Model model = Models.load(file)) {
      Tensor letters = ((TextVectorization) model.layer("letters")).encode(firsts(in.get(0)));
      Tensor words = ((TextVectorization) model.layer("counted")).encode(firsts(in.get(1)));
      Tensor colours = ((StringLookup) model.layer("colours")).encode(texts(in.get(2)));
      Tensor kinds = ((StringLookup) model.layer("kinds")).encode(texts(in.get(3)));
      Tensor rooms = Tensor.of(new float[][] {{101, 7}, {205, 102}});
      List<Tensor> y = model.on(CPU).predict(List.of(letters, words, colours, kinds, rooms), 2);
      for (int i = 0; i < y.size(); i++) {
        assertClose("output " + i, tensor(c.get("outputs").get(i)), y.get(i), 2e-5, 2e-5);
      }
      return y;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "TextVectorization | ngrams | 0 | ngrams",
        "TextVectorization | ngrams | [2, 0] | ngrams must be at least 1, got [2, 0]",
        "TextVectorization | ngrams | \"2\" | ngrams",
        "TextVectorization | output_mode | \"tf_idf\" | output_mode: expected one of [int",
        "TextVectorization | output_mode | \"one_hot\" | expected int, multi_hot or count",
        "TextVectorization | split | null | split: expected one of [whitespace, character]",
        "TextVectorization | ragged | true | ragged=true is not supported",
        "TextVectorization | encoding | \"latin-1\" | encoding=latin-1 is not supported",
        "TextVectorization | max_tokens | 3 | max_tokens=3 does not go with 4 tokens",
        "TextVectorization | vocabulary | null | expected at least one token, got none",
        "StringLookup | invert | true | invert=true is not supported",
        "StringLookup | num_oov_indices | 2 | numOovIndices must be 0 or 1",
        "StringLookup | vocabulary | [\"a\", \"a\"] | \"a\" is there twice",
        "StringLookup | vocabulary | [\"a\", 3] | expected String tokens, got 3",
        "IntegerLookup | vocabulary | [1, 99999999] | expected numbers within ±16777216",
        "IntegerLookup | oov_method | \"farmhash\" | oov_method=farmhash is not supported",
        "IntegerLookup | salt | [1, 2] | salt=[1, 2] is not supported",
        "IntegerLookup | sparse | true | sparse=true is not supported",
        "IntegerLookup | invert | true | invert=true goes with output_mode=int only",
        "Discretization | bin_boundaries | [1, 0] | expected ascending numbers, got [1, 0]",
        "Discretization | sparse | true | sparse=true is not supported",
        "Discretization | epsilon | 0 | epsilon must lie in (0, 1], got 0.0",
      })
  void whatIsNotSupportedIsRefusedByName(String layer, String key, String value, String why) {
    String vocabulary = layer.equals("IntegerLookup") ? "[5, 6]" : "[\"a\", \"b\"]";
    String settings =
        layer.equals("Discretization")
            ? "\"bin_boundaries\":[0,1],\"output_mode\":\"count\""
            : "\"vocabulary\":" + vocabulary + mode(layer);
    String json =
        "{\"class_name\":\"Sequential\",\"config\":{\"name\":\"m\",\"layers\":["
            + "{\"class_name\":\"InputLayer\",\"config\":{\"batch_shape\":[null,1],\"name\":\"i\"}},"
            + "{\"class_name\":\""
            + layer
            + "\",\"config\":{\"name\":\"l\","
            + settings
            + ",\""
            + key
            + "\":"
            + value
            + "}}]}}";
    assertThatIllegalArgumentException()
        .isThrownBy(() -> KerasModels.fromJson(json))
        .withMessageContaining(layer + " 'l': ")
        .withMessageContaining(why);
  }

  private static String mode(String layer) {
    return layer.equals("IntegerLookup") ? ",\"output_mode\":\"count\"" : "";
  }

  @Test
  void misuseIsRefused(@TempDir Path folder) {
    StringLookup colours = new StringLookup("red").numOovIndices(0);
    assertThatIllegalArgumentException()
        .isThrownBy(() -> colours.encode(new String[][] {{"blue"}}))
        .withMessageContaining("\"blue\" is not in the vocabulary, and numOovIndices is 0");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new IntegerLookup(3).outputMode("one hot"))
        .withMessageContaining("did you mean 'one_hot'?");
    Discretization bins = Discretization.ofBins(3);
    try (Model model = new Sequential(new Input(2), bins)) {
      assertThatIllegalStateException()
          .isThrownBy(() -> model.on(CPU).predict(Tensor.zeros(1, 2)))
          .withMessageContaining("call adapt first");
    }
    try (Model model =
        new Sequential(new Input(1), new IntegerLookup(12).numOovIndices(0), new Dense(1))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.on(CPU).predict(Tensor.of(new float[][] {{13}})))
          .withMessageContaining("13 is not in the vocabulary");
    }
    Tokenizer words = Tokenizer.words().outputSequenceLength(3).adapt(List.of("a b"));
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Sequential(new Input(2), new TextVectorization(words)))
        .withMessageContaining("expected rows of 3 numbers");
    KerasTensor in = new Input(3).name("in").output();
    KerasTensor a = new TextVectorization(words).apply(in);
    KerasTensor b = new Embedding(4, 2).apply(in);
    try (Model model = Model.of(List.of(in), List.of(a, b))) {
      assertThatIllegalArgumentException()
          .isThrownBy(() -> model.save(folder.resolve("m.keras")))
          .withMessageContaining("InputLayer 'in': feeds texts to [");
    }
  }

  @Test
  void idsThatAreNotInTheTableGiveNoNumbers() {
    try (Model model =
        new Sequential(new Input(2), new Discretization(0, 1, 2), new Embedding(3, 2))) {
      Tensor y = model.on(CPU).predict(Tensor.of(new float[][] {{1.5f, 2.5f}}));
      assertThat(Float.isNaN(y.get(0, 0, 0))).isFalse();
      assertThat(Float.isNaN(y.get(0, 1, 0))).isTrue();
    }
  }
}
