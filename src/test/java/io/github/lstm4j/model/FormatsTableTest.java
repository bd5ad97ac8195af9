package io.github.lstm4j.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.api.Test;

/** The README's table of formats says what the formats do, and how many files were tried. */
class FormatsTableTest {
  private static final String HEAD =
      "| format | whole models read | written as | weights of a model in hand read | weights alone"
          + " written as | recorded files in the tests |\n|---|---|---|---|---|---|\n";

  @Test
  void theReadmeSaysWhatThereIs() throws IOException {
    String table = table();
    assertThat(Files.readString(Path.of("README.md")).contains(table))
        .as("README.md, \"Bring your model\", has this table:\n%s", table)
        .isTrue();
  }

  private static String table() throws IOException {
    Map<String, Integer> recorded = recorded();
    StringBuilder rows = new StringBuilder(HEAD);
    for (ModelFormat format : ModelFormat.all()) {
      String read = format.isRead() ? "yes" : "refused: says what to do in Python";
      String weights = format.isRead() ? (readsWeights(format) ? "yes" : "no") : "refused";
      rows.append(
          "| "
              + String.join(
                  " | ",
                  format.name(),
                  read,
                  endings(format.endings()),
                  weights,
                  endings(format.weightsEndings()),
                  atLeast(recorded.getOrDefault(format.name(), 0)))
              + " |\n");
    }
    return rows.toString();
  }

  /** Whole tens, so that not every new file changes the README. */
  private static String atLeast(int count) {
    return count < 10 ? String.valueOf(count) : count / 10 * 10 + " or more";
  }

  private static String endings(List<String> endings) {
    return endings.isEmpty() ? "–" : "`" + String.join("`, `", endings) + "`";
  }

  private static boolean readsWeights(ModelFormat format) {
    return Stream.of(format.getClass().getDeclaredMethods())
        .anyMatch(m -> m.getName().equals("loadWeights"));
  }

  /** How many files of each format lie in the tests' resources, in archives too. */
  private static Map<String, Integer> recorded() throws IOException {
    Map<String, Integer> counts = new LinkedHashMap<>();
    List<Path> files = new ArrayList<>();
    try (Stream<Path> all = Files.walk(Path.of("src/test/resources/golden"))) {
      all.filter(Files::isRegularFile).forEach(files::add);
    }
    for (Path file : files) {
      if (!file.toString().endsWith(".zip")) {
        count(ModelFile.of(file), counts);
        continue;
      }
      try (ZipInputStream zip = new ZipInputStream(Files.newInputStream(file))) {
        for (ZipEntry entry; (entry = zip.getNextEntry()) != null; ) {
          if (!entry.isDirectory()) {
            try (ModelFile inside = ModelFile.of(zip, entry.getName())) {
              count(inside, counts);
            }
          }
        }
      }
    }
    return counts;
  }

  private static void count(ModelFile file, Map<String, Integer> counts) {
    String name = file.name();
    if (name.matches(".*\\.(keras|h5|hdf5|onnx|safetensors)")) {
      ModelFormat.all().stream()
          .filter(f -> f.recognizes(file))
          .findFirst()
          .ifPresent(f -> counts.merge(f.name(), 1, Integer::sum));
    }
  }
}
