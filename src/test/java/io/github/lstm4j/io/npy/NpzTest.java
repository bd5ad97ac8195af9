package io.github.lstm4j.io.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NpzTest {
  @TempDir Path folder;

  private static Map<String, Tensor> arrays() {
    Map<String, Tensor> arrays = new LinkedHashMap<>();
    arrays.put("z", Tensor.of(new float[] {0, 1, 2}, 3));
    arrays.put("a", Tensor.of(new float[][] {{0, 1}, {2, 3}}));
    arrays.put("group/m", Tensor.of(new float[] {7}, Shape.of()));
    return arrays;
  }

  @ParameterizedTest
  @ValueSource(strings = {"stored.npz", "deflated.npz"})
  void readsWhatNumpyWroteInItsOrder(String file) throws IOException {
    assertThat(Npz.read(NpyTest.NUMPY.resolve(file))).containsExactlyEntriesOf(arrays());
  }

  @Test
  void readsWhatItWrote() throws IOException {
    Map<String, Tensor> arrays = arrays();
    arrays.put("long", Tensor.zeros(31, 1033));
    Path plain = folder.resolve("plain.npz");
    Path small = folder.resolve("small.npz");
    Npz.write(plain, arrays);
    Npz.writeCompressed(small, arrays);
    assertThat(Npz.read(plain)).containsExactlyEntriesOf(arrays);
    assertThat(Npz.read(small)).containsExactlyEntriesOf(arrays);
    assertThat(Files.size(plain)).isGreaterThan(31 * 1033 * 4);
    assertThat(Files.size(small)).isLessThan(10_000);
    byte[] first = Files.readAllBytes(plain);
    Npz.write(plain, arrays);
    assertThat(Files.readAllBytes(plain)).isEqualTo(first);
  }

  @Test
  void damageIsNoticed() throws IOException {
    Path file = folder.resolve("damaged.npz");
    byte[] whole = Files.readAllBytes(NpyTest.NUMPY.resolve("stored.npz"));
    Files.write(file, Arrays.copyOf(whole, whole.length / 2));
    assertThatThrownBy(() -> Npz.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged.npz: is no .npz file, or damaged");

    byte[] flipped = whole.clone();
    String text = new String(whole, StandardCharsets.ISO_8859_1);
    int data = text.indexOf("\u0093NUMPY") + 128; // past the first array's header
    flipped[data + 5] ^= 1;
    Files.write(file, flipped);
    assertThatThrownBy(() -> Npz.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("damaged.npz!z.npy")
        .hasMessageContaining("checksum");
  }

  /**
   * Recorded from NumPy: {@code mixed.py}. What is not asked for is not read, nor even looked at.
   */
  @Test
  void arraysOfOtherThingsDoNotMatter() throws IOException {
    Path file = NpyTest.NUMPY.resolve("mixed.npz");
    assertThat(Npz.names(file))
        .containsExactly("labels", "x", "objects", "dates", "records", "y", "weird");
    Map<String, Tensor> numbers = new LinkedHashMap<>();
    numbers.put("x", Tensor.of(new float[][] {{0, 1, 2}, {3, 4, 5}}));
    numbers.put("y", Tensor.of(new float[] {7, 8}, 2));
    assertThat(Npz.read(file)).containsExactlyEntriesOf(numbers);
    assertThat(Npz.read(file, List.of("y"))).containsOnlyKeys("y");
    assertThatThrownBy(() -> Npz.read(file, List.of("x", "labels")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mixed.npz!labels.npy: elements of dtype <U5 are not supported");
    assertThatThrownBy(() -> Npz.read(file, List.of("z")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("mixed.npz: expected an array z, but it holds [labels, x,");
  }

  @Test
  void theFilesBudgetIsOneForAllArrays() throws IOException {
    Path file = folder.resolve("zeros.npz");
    Npz.writeCompressed(file, Map.of("a", Tensor.zeros(1 << 18), "b", Tensor.zeros(1 << 18)));
    assertThat(Npz.read(file, 1 << 21)).hasSize(2);
    assertThatThrownBy(() -> Npz.read(file, (1 << 21) - 1))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("zeros.npz: the array needs 1048576 bytes in memory");
  }

  /** Growing step by step an array is there twice: half the heap would not hold it. */
  @Test
  void anArrayThatIsThereIsAllocatedOnce() throws IOException {
    Path file = folder.resolve("large.npz");
    Npz.writeCompressed(file, Map.of("a", Tensor.zeros(1 << 23)));
    Path plain = folder.resolve("large.npy");
    Npy.write(plain, Tensor.zeros(1 << 23));
    assertThat(allocated(() -> Npz.read(file))).isLessThan(40L << 20);
    assertThat(allocated(() -> Npy.read(plain))).isLessThan(40L << 20);
  }

  private interface Reading {
    void run() throws IOException;
  }

  private static long allocated(Reading reading) throws IOException {
    var threads = (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();
    long before = threads.getThreadAllocatedBytes(Thread.currentThread().getId());
    reading.run();
    return threads.getThreadAllocatedBytes(Thread.currentThread().getId()) - before;
  }

  @Test
  void foreignEntriesAndFiles() throws IOException {
    Path file = folder.resolve("other.npz");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("readme.txt"));
      zip.write(1);
    }
    assertThatThrownBy(() -> Npz.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("readme.txt, which is no .npy array");
    assertThatThrownBy(() -> Npz.read(folder.resolve("none.npz")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.npz: no such file");
    assertThatThrownBy(() -> Npz.read(folder))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("is no file");
  }
}
