package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.io.hdf5.Hdf5Group;
import io.github.lstm4j.io.hdf5.Hdf5Writer;
import io.github.lstm4j.layers.KerasNames;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipInputStream;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files recorded from Keras 3.15.1: {@code golden/keras-files/make.py}. */
class KerasArchiveTest {
  private static final JsonMapper JSON = new JsonMapper();

  @TempDir Path dir;

  private static InputStream recorded(String file) {
    return KerasArchiveTest.class.getResourceAsStream("/golden/keras-files/" + file);
  }

  private static KerasArchive read(String model) throws IOException {
    try (InputStream in = recorded(model + ".keras")) {
      return read(in, model + ".keras");
    }
  }

  private static JsonNode json(String file) throws IOException {
    try (InputStream in = recorded(file)) {
      return JSON.readTree(in);
    }
  }

  /** Every path, type, shape and name as h5py found them. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "options", "text", "masked", "decoder", "stateful", "fitted"})
  void readsWhatKerasWrote(String model) throws IOException {
    KerasArchive archive = read(model);
    assertThat(archive.metadata()).containsEntry("keras_version", "3.15.1");
    assertThat(archive.config()).containsEntry("class_name", "Sequential");
    assertThat(archive.extra()).isEmpty();
    Map<String, String> found = new LinkedHashMap<>();
    for (String path : archive.weights().paths()) {
      String vars = path.isEmpty() ? "vars" : path + "/vars";
      WeightTree.Variables owner = archive.weights().find(path).orElseThrow();
      found.put(vars, owner.name());
      for (int i = 0; i < owner.arrays().size(); i++) {
        Hdf5Array array = owner.arrays().get(i);
        String type = array.type().name().toLowerCase(Locale.ROOT);
        found.put(vars + "/" + i, type + " " + array.shape());
      }
    }
    Map<String, String> expected = new LinkedHashMap<>();
    json("variables.json")
        .get(model)
        .properties()
        .forEach(e -> expected.put(e.getKey(), e.getValue().asText()));
    assertThat(found).containsExactlyInAnyOrderEntriesOf(expected);
  }

  /** The naming rule: each layer's group follows from the classes alone. */
  @ParameterizedTest
  @ValueSource(strings = {"plain", "options", "text", "masked", "decoder", "stateful", "fitted"})
  void layersLieWhereTheirClassesSay(String model) throws IOException {
    KerasArchive archive = read(model);
    List<String> classes = new ArrayList<>();
    List<String> names = new ArrayList<>();
    JsonNode config = JSON.valueToTree(archive.config());
    for (JsonNode layer : config.get("config").get("layers")) {
      if (!layer.get("class_name").asText().equals("InputLayer")) {
        classes.add(layer.get("class_name").asText());
        names.add(layer.get("config").get("name").asText());
      }
    }
    List<String> groups = KerasNames.uniqueNames(classes);
    for (int i = 0; i < groups.size(); i++) {
      assertThat(archive.weights().find("layers/" + groups.get(i)).orElseThrow().name())
          .isEqualTo(names.get(i));
    }
  }

  private static KerasArchive read(InputStream in, String name) throws IOException {
    try (ModelFile file = ModelFile.of(in, name)) {
      return KerasArchive.read(file, file.budget());
    }
  }

  @Test
  void theOptimizersIterationIsAWholeNumber() throws IOException {
    List<Hdf5Array> optimizer = read("fitted").weights().find("optimizer").orElseThrow().arrays();
    // 3 epochs of 10 samples in batches of 4
    assertThat(optimizer.get(0)).isEqualTo(Hdf5Array.scalar(Hdf5Array.Type.INT32, 9));
    assertThat(optimizer.get(1)).isEqualTo(Hdf5Array.scalar(0.01f));
    assertThat(optimizer).hasSize(2 + 2 * 5);
  }

  private static KerasArchive sample() {
    WeightTree weights =
        new WeightTree()
            .put("layers/lstm", "lstm_1", List.of())
            .putTensors(
                "layers/lstm/cell",
                null,
                List.of(Tensor.zeros(2, 4), Tensor.zeros(1, 4), Tensor.of(new float[] {1, 2}, 2)))
            .put("", "model", List.of())
            .put("optimizer", "adam", List.of(Hdf5Array.scalar(Hdf5Array.Type.INT32, 77)));
    Map<String, Object> extra = Map.of("seed", Long.MIN_VALUE, "ratio", 0.1, "nan", Double.NaN);
    return KerasArchive.of(Map.of("class_name", "Sequential", "text", "é\u2028"), weights, extra);
  }

  @Test
  void everythingComesBack() throws IOException {
    KerasArchive archive = sample();
    Path file = dir.resolve("model.keras");
    archive.write(file);
    assertThat(KerasArchive.read(file)).isEqualTo(archive);
    assertThat(archive.metadata().get("date_saved").toString())
        .matches("\\d{4}-\\d\\d-\\d\\d@\\d\\d:\\d\\d:\\d\\d");
  }

  @Test
  void entriesAreStoredInKerasOrder() throws IOException {
    Path file = dir.resolve("model.keras");
    sample().write(file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.stream().map(ZipEntry::getName))
          .containsExactly("metadata.json", "config.json", "model.weights.h5", "lstm4j.json");
      assertThat(zip.stream()).allMatch(e -> e.getMethod() == ZipEntry.STORED);
    }
    KerasArchive bare =
        new KerasArchive(Map.of(), Map.of("class_name", "Sequential"), new WeightTree(), Map.of());
    bare.write(file);
    try (ZipFile zip = new ZipFile(file.toFile())) {
      assertThat(zip.getEntry("lstm4j.json")).isNull();
    }
    assertThat(KerasArchive.read(file)).isEqualTo(bare);
  }

  @ParameterizedTest
  @ValueSource(strings = {"plain", "masked", "fitted"})
  void whatKerasWroteComesBackFromOurFile(String model) throws IOException {
    KerasArchive archive = read(model);
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    archive.write(out);
    KerasArchive again = read(new ByteArrayInputStream(out.toByteArray()), "again");
    assertThat(again).isEqualTo(archive);
    ByteArrayOutputStream twice = new ByteArrayOutputStream();
    again.write(twice);
    assertThat(twice.toByteArray()).isEqualTo(out.toByteArray());
  }

  /** What Keras writes with {@code zipped=False}. */
  @Test
  void aFolderIsReadAsAnArchive() throws IOException {
    Path folder = unpacked("fitted");
    try (Model zipped = Models.load(Files.write(dir.resolve("z"), bytes("fitted")));
        Model loaded = Models.load(folder);
        Model again = KerasModels.fromJson(KerasModels.toJson(zipped))) {
      assertThat(KerasArchive.read(folder)).isEqualTo(read("fitted"));
      again.loadWeights(folder);
      assertThat(loaded.getWeights()).isEqualTo(zipped.getWeights());
      assertThat(again.getWeights()).isEqualTo(zipped.getWeights());
      assertThat(KerasModels.toJson(loaded)).isEqualTo(KerasModels.toJson(zipped));
    }
    Files.writeString(folder.resolve("config.json"), "{oops");
    refused(folder, "config.json", "line 1");
    Files.delete(folder.resolve("config.json"));
    refused(folder, "an entry config.json", "[metadata.json, model.weights.h5]");
    assertThatThrownBy(() -> Models.load(folder)).hasMessageContaining("but this folder is none");
  }

  private static byte[] bytes(String model) throws IOException {
    try (InputStream in = recorded(model + ".keras")) {
      return in.readAllBytes();
    }
  }

  private Path unpacked(String model) throws IOException {
    Path folder = Files.createDirectory(dir.resolve(model));
    try (var zip = new ZipInputStream(recorded(model + ".keras"))) {
      for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
        Files.write(folder.resolve(entry.getName()), zip.readAllBytes());
      }
    }
    return folder;
  }

  @Test
  void aFailedWriteLeavesTheOldFile() throws IOException {
    Path file = dir.resolve("model.keras");
    sample().write(file);
    byte[] before = Files.readAllBytes(file);
    Map<String, Object> notJson = new LinkedHashMap<>();
    notJson.put("self", notJson);
    KerasArchive broken = new KerasArchive(Map.of(), notJson, new WeightTree(), Map.of());
    assertThatThrownBy(() -> broken.write(file)).isInstanceOf(IOException.class);
    assertThat(Files.readAllBytes(file)).isEqualTo(before);
    try (var files = Files.list(dir)) {
      assertThat(files).containsExactly(file);
    }
  }

  @Test
  void saysWhatAForeignFileIs() throws IOException {
    refused(
        Files.write(dir.resolve("empty.keras"), new byte[0]), "which is a ZIP archive", "0 bytes");
    refused(Files.writeString(dir.resolve("a.csv"), "a,b\n1,2\n"), "a.csv: expected a .keras file");
    refused(dir.resolve("none.keras"), "no such file");
    refused(zip("a.zip", Map.of("x/y.txt", "hello")), "an entry config.json", "[x/y.txt]");
    refused(
        zip("b.zip", Map.of("config.json", "{}")), "an entry model.weights.h5", "[config.json]");
    refused(
        zip("c.zip", Map.of("config.json", "{}", "model.weights.npz", "PK")),
        "model.weights.npz, as Python objects",
        "weights_format=\"h5\"");
    refused(zip("d.zip", Map.of("config.json", "{\n\"a\": oops}")), "d.zip, config.json", "line 2");
    refused(
        zip("e.zip", Map.of("config.json", "[1]")),
        "e.zip, config.json: expected a JSON object, got [");
    refused(zip("g.zip", Map.of("config.json", "3")), "config.json: expected a JSON object, got 3");
    refused(zip("h.zip", Map.of("config.json", "")), "expected a JSON object, got nothing");
    refused(zip("i.zip", Map.of("config.json", "{}\n[]")), "one JSON object, but more", "line 2");
    refused(
        zip("f.zip", Map.of("config.json", "{}", "model.weights.h5", "not HDF5")),
        "f.zip, model.weights.h5: not an HDF5 file");
  }

  @Test
  void refusesWhatUnpacksToTooMuch() throws IOException {
    Path bomb = zip("bomb.keras", Map.of("config.json", "{}" + " ".repeat(50_000_000)));
    assertThat(Files.size(bomb)).isLessThan(100_000);
    assertThatThrownBy(() -> KerasArchive.read(bomb, 10_000_000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bomb.keras: config.json needs 50000002 bytes in memory");
  }

  @Test
  void saysThatAFileIsCutShortOrDamaged() throws IOException {
    byte[] whole = recorded("plain.keras").readAllBytes();
    for (int length : new int[] {4, 10, 100, whole.length / 2, whole.length - 1}) {
      refused(
          Files.write(dir.resolve("cut.keras"), Arrays.copyOf(whole, length)),
          "cut.keras: this .keras file is cut short or damaged");
    }
    // one flipped bit in the weights' numbers, which only the checksum can tell
    byte[] flipped = whole.clone();
    int at = new String(whole, StandardCharsets.ISO_8859_1).lastIndexOf("SNOD") - 200;
    flipped[at] ^= 1;
    refused(
        Files.write(dir.resolve("flipped.keras"), flipped),
        "flipped.keras, model.weights.h5: damaged: its checksum does not match");
  }

  /** Whatever comes in, what comes out is an archive or an IOException that names the file. */
  @Test
  void damageIsAnIoException() throws IOException {
    byte[] whole = recorded("plain.keras").readAllBytes();
    Random random = new Random(3);
    for (int i = 0; i < 100; i++) {
      byte[] damaged = whole.clone();
      for (int j = 0; j < 4; j++) { // the table of contents is in the last bytes
        int at = j < 2 ? random.nextInt(whole.length) : whole.length - 1 - random.nextInt(300);
        damaged[at] = (byte) random.nextInt(256);
      }
      try {
        read(new ByteArrayInputStream(damaged), "damaged.keras");
      } catch (IOException e) {
        assertThat(e).hasMessageStartingWith("damaged.keras");
      }
    }
  }

  @Test
  void variablesMustBeNumberedWithoutGap() throws IOException {
    Path file = dir.resolve("gap.keras");
    var root = new Hdf5Group();
    root.group("layers/dense/vars").dataset("0", new float[1], 1).dataset("2", new float[1], 1);
    ByteArrayOutputStream h5 = new ByteArrayOutputStream();
    Hdf5Writer.write(root, h5);
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      out.putNextEntry(new ZipEntry("config.json"));
      out.write('{');
      out.write('}');
      out.putNextEntry(new ZipEntry("model.weights.h5"));
      out.write(h5.toByteArray());
    }
    refused(
        file, "\"layers/dense/vars\" holds 2 variables, which must be called 0, 1, …; got [0, 2]");
  }

  private static void refused(Path file, String... parts) {
    assertThatThrownBy(() -> KerasArchive.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file.getFileName().toString())
        .hasMessageContainingAll(parts);
  }

  private Path zip(String name, Map<String, String> entries) throws IOException {
    Path file = dir.resolve(name);
    try (var out = new ZipOutputStream(Files.newOutputStream(file))) {
      for (var entry : entries.entrySet()) {
        out.putNextEntry(new ZipEntry(entry.getKey()));
        out.write(entry.getValue().getBytes(StandardCharsets.UTF_8));
      }
    }
    return file;
  }
}
