package io.github.lstm4j.io.keras;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.sun.management.ThreadMXBean;
import io.github.lstm4j.io.hdf5.Hdf5Array;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Input;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Shape;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.Deflater;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The files of {@code resources/hostile}, with the budget of a heap of 512 MB. */
class HostileFilesTest {
  private static final long BUDGET = 256L << 20;
  private static final Path FOLDER = Path.of("src/test/resources/hostile");

  @TempDir Path dir;

  private static Path file(String name) {
    return FOLDER.resolve(name + ".keras");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "config-flatten-overflow | flatten",
        "f-lz4                   | \"layers/x/vars/0\": its chunks are packed with the filter 32004",
        "k-dag                   | more than 100000 groups, linked over and over",
        "k-gzbomb                | (data) needs 100000000 bytes in memory",
        "k-fletcher-damaged      | \"layers/lstm/cell/vars/0\": a chunk's checksum (fletcher32)",
        "k-f64overflow           | \"layers/lstm/cell/vars/0\": it holds 1.0E300, which is too large for float32",
        "k-emptyiter             | optimizer: expected a number of iterations, at least 0, got an array of",
        "k-esc                   | LSTM: a name must have no '/', which Keras refuses, and no control",
        "k-units40000            | lstm",
      })
  void oneErrorNamesFileAndField(String name, String field) {
    assertThatThrownBy(() -> KerasModels.load(file(name), BUDGET))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith(file(name).toString())
        .hasMessageContaining(field)
        .hasMessageNotContaining("null")
        .message()
        .doesNotContainPattern("\\p{Cntrl}");
  }

  private static float[] lstmKernel(String name) throws IOException {
    return KerasArchive.read(file(name), BUDGET)
        .weights()
        .tensors("layers/lstm/cell")
        .get(0)
        .data();
  }

  @Test
  void whatWasNeverWrittenHasTheFillValue() throws IOException {
    assertThat(lstmKernel("k-unwritten")).containsOnly(0f);
    assertThat(lstmKernel("k-fillvalue")).containsOnly(7.5f);
    KerasModels.load(file("k-unwritten"), BUDGET).close();
    KerasModels.load(file("k-fillvalue"), BUDGET).close();
  }

  /** Recorded with h5py and ml_dtypes. */
  @Test
  void bfloat16IsTheUpperHalfOfFloat32() throws IOException {
    Hdf5Array kernel =
        KerasArchive.read(file("bfloat16"), BUDGET)
            .weights()
            .find("layers/dense")
            .orElseThrow()
            .arrays()
            .get(0);
    assertThat(kernel.type()).isEqualTo(Hdf5Array.Type.FLOAT32);
    assertThat(kernel.tensor().data())
        .containsExactly(
            -0.44726562f,
            -0.080078125f,
            -0.8203125f,
            -1.4921875f,
            0.4296875f,
            0.859375f,
            0.41210938f,
            -0.5625f);
  }

  /** 60 MB of empty objects would be gigabytes of maps. */
  @Test
  void whatJsonBecomesCounts() throws IOException {
    Path file = dir.resolve("objects.keras");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("config.json"));
      zip.write("{\"a\":[".getBytes(StandardCharsets.US_ASCII));
      byte[] many = "{},".repeat(1 << 16).getBytes(StandardCharsets.US_ASCII);
      for (int i = 0; i < 100; i++) {
        zip.write(many);
      }
      zip.write("{}]}".getBytes(StandardCharsets.US_ASCII));
    }
    assertThatThrownBy(() -> KerasModels.load(file, BUDGET))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("objects.keras: config.json needs 160 bytes in memory, but of the");
  }

  @Test
  void theBudgetIsTheCallersOrAProperty() throws IOException {
    assertThatThrownBy(() -> KerasModels.load(file("k-unwritten"), 10_000))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("of the 10000 that this file may fill");
    System.setProperty("lstm4j.maxFileBytes", "20000");
    try {
      assertThatThrownBy(() -> Models.load(file("k-unwritten")))
          .hasMessageContaining("of the 20000 that this file may fill")
          .hasMessageContaining("-Dlstm4j.maxFileBytes");
    } finally {
      System.clearProperty("lstm4j.maxFileBytes");
    }
  }

  /** The weights as they are read and the model's own, and next to nothing beside. */
  @Test
  void loadingTakesTheWeightsTwice() throws IOException {
    Path file = dir.resolve("large.keras");
    long weights = 4L * 1501 * 4000;
    try (Sequential model =
        new Sequential().add(Input.of(Shape.of(Shape.UNKNOWN, 1500))).add(new Dense(4000))) {
      model.save(file);
    }
    var threads = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    Models.load(file).close();
    long allocated = threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
    System.out.printf(
        Locale.ROOT, "loading fills %.2f times the weights%n", (double) allocated / weights);
    assertThat(allocated).isLessThan(weights * 22 / 10);
  }

  /** Zeros deflate a thousandfold and more: that is no sign of malice. */
  @Test
  void weightsMayBePackedAgain() throws IOException {
    Map<String, Object> config = new LinkedHashMap<>();
    WeightTree zeros =
        new WeightTree()
            .put("layers/dense", "dense", List.of(Hdf5Array.of(new float[1 << 20], 1 << 20)));
    Path stored = dir.resolve("stored.keras");
    KerasArchive.of(config, zeros, Map.of()).write(stored);
    Path packed = dir.resolve("packed.keras");
    try (ZipFile from = new ZipFile(stored.toFile());
        OutputStream out = Files.newOutputStream(packed);
        ZipOutputStream to = new ZipOutputStream(out)) {
      to.setLevel(Deflater.BEST_COMPRESSION);
      for (var entry : Collections.list(from.entries())) {
        to.putNextEntry(new ZipEntry(entry.getName()));
        from.getInputStream(entry).transferTo(to);
      }
    }
    assertThat(Files.size(packed)).isLessThan(Files.size(stored) / 500);
    assertThat(KerasArchive.read(packed).weights()).isEqualTo(zeros);
    assertThat(KerasArchive.read(stored).weights()).isEqualTo(zeros);
  }
}
