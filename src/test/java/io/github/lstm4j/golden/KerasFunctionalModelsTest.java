package io.github.lstm4j.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.backend.cpu.CpuBackend;
import io.github.lstm4j.io.keras.KerasModels;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.SummaryOptions;
import io.github.lstm4j.model.SummaryStyle;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Forty random functional models that Keras made, {@code golden/functional/record_models.py}: with
 * several inputs and outputs, layers and models that are used more than once, models in models,
 * initial states, merging, attention; and two dozen with operations of {@code keras.ops} and masks,
 * {@code golden/functional/record_operations.py}, and some with models and more for each timestep,
 * {@code golden/functional/record_timesteps.py}.
 */
class KerasFunctionalModelsTest {
  private static final Path FILE = Path.of("src/test/resources/golden/functional/models.zip");
  private static final SummaryOptions WIDE =
      SummaryOptions.usual().lineLength(120).expandNested(true).showTrainable(true);

  @TempDir Path folder;

  /** The entries by model and name. */
  private static Map<String, Map<String, byte[]>> recorded(Path of) throws IOException {
    Map<String, Map<String, byte[]>> all = new TreeMap<>();
    try (InputStream in = Files.newInputStream(of);
        ZipInputStream zip = new ZipInputStream(in)) {
      for (ZipEntry e = zip.getNextEntry(); e != null; e = zip.getNextEntry()) {
        int slash = e.getName().indexOf('/');
        all.computeIfAbsent(e.getName().substring(0, slash), n -> new TreeMap<>())
            .put(e.getName().substring(slash + 1), zip.readAllBytes());
      }
    }
    return all;
  }

  private Map<String, Tensor> arrays(byte[] npz) throws IOException {
    Path file = folder.resolve("io.npz");
    Files.write(file, npz);
    return Npz.read(file);
  }

  private static List<Tensor> some(Map<String, Tensor> arrays, String prefix) {
    List<Tensor> found = new ArrayList<>();
    while (arrays.containsKey(prefix + found.size())) {
      found.add(arrays.get(prefix + found.size()));
    }
    return found;
  }

  private static Model load(byte[] file) throws IOException {
    return Models.load(new ByteArrayInputStream(file));
  }

  @ParameterizedTest
  @CsvSource({"models.zip, 40", "operations.zip, 24", "timesteps.zip, 8"})
  void predictWhatKerasPredictsAlsoAfterSaving(String zip, int models) throws IOException {
    SoftAssertions all = new SoftAssertions();
    Map<String, Map<String, byte[]>> recorded = recorded(FILE.resolveSibling(zip));
    assertThat(recorded).hasSize(models);
    try (CpuBackend cpu = new CpuBackend(1)) {
      for (var entry : recorded.entrySet()) {
        String name = entry.getKey();
        Map<String, byte[]> files = entry.getValue();
        Map<String, Tensor> arrays = arrays(files.get("io.npz"));
        try (Model model = load(files.get("model.keras")).on(cpu)) {
          List<Tensor> predicted = model.predict(some(arrays, "x"));
          List<Tensor> keras = some(arrays, "y");
          all.assertThat(predicted).as(name).hasSameSizeAs(keras);
          for (int i = 0; i < keras.size(); i++) {
            all.assertThat(distance(predicted.get(i), keras.get(i)))
                .as("%s, output %d", name, i)
                .isLessThan(1e-5);
          }
          all.assertThat(model.summaryText(SummaryStyle.KERAS_3))
              .as(name)
              .isEqualTo(new String(files.get("summary.txt"), StandardCharsets.UTF_8));
          all.assertThat(model.summaryText(WIDE))
              .as(name)
              .isEqualTo(new String(files.get("wide.txt"), StandardCharsets.UTF_8));
          ByteArrayOutputStream saved = new ByteArrayOutputStream();
          model.save(saved);
          try (Model again = load(saved.toByteArray()).on(cpu)) {
            all.assertThat(again.predict(some(arrays, "x"))).as(name).isEqualTo(predicted);
            all.assertThat(again.summaryText(WIDE)).isEqualTo(model.summaryText(WIDE));
            all.assertThat(KerasModels.toJson(again)).isEqualTo(KerasModels.toJson(model));
          }
        } catch (IOException | RuntimeException e) {
          all.fail(name, e);
        }
      }
    }
    all.assertAll();
  }

  /** Masks come with the inputs, as in Keras; its operations for them only move layers. */
  @Test
  void aTrainedModelWithMasks() throws IOException {
    Path golden = FILE.resolveSibling("masked.keras");
    Map<String, Tensor> arrays = Npz.read(FILE.resolveSibling("masked.npz"));
    ByteArrayOutputStream saved = new ByteArrayOutputStream();
    try (CpuBackend cpu = new CpuBackend(1);
        Model model = load(Files.readAllBytes(golden)).on(cpu)) {
      List<Tensor> predicted = model.predict(some(arrays, "x"));
      List<Tensor> keras = some(arrays, "y");
      for (int i = 0; i < 4; i++) {
        assertThat(distance(predicted.get(i), keras.get(i))).as("output %d", i).isLessThan(1e-5);
      }
      assertThat(model.layers())
          .extracting(l -> l.name())
          .startsWith("q", "emb", "a", "emb2", "enc", "mask", "dec");
      assertThat(model.iterations()).isEqualTo(1);
      assertThat(model.optimizerSlots()).hasSameSizeAs(model.trainableWeights());
      assertThat(model.objectives().list()).extracting(o -> o.name()).contains("y1", "y2", "g2");
      model.save(saved);
      try (Model again = load(saved.toByteArray()).on(cpu)) {
        assertThat(again.predict(some(arrays, "x"))).isEqualTo(predicted);
        assertThat(again.iterations()).isEqualTo(1);
        assertThat(again.objectives()).isEqualTo(model.objectives());
      }
    }
  }

  private static double distance(Tensor a, Tensor b) {
    double most = a.shape().equals(b.shape()) ? 0 : Double.POSITIVE_INFINITY;
    for (int i = 0; most < Double.POSITIVE_INFINITY && i < a.size(); i++) {
      most = Math.max(most, Math.abs(a.data()[i] - b.data()[i]));
    }
    return most;
  }
}
