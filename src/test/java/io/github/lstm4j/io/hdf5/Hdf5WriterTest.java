package io.github.lstm4j.io.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What is written is read back by our reader, and by the HDF5 library's {@code h5dump} where it is.
 */
class Hdf5WriterTest {
  private static byte[] bytes(Hdf5Group root) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Hdf5Writer.write(root, out);
    return out.toByteArray();
  }

  private static Hdf5Reader reread(Hdf5Group root) throws IOException {
    return Hdf5Reader.of(bytes(root), "written.h5");
  }

  /** One of everything. */
  private static Hdf5Group sample() {
    Hdf5Group root = new Hdf5Group();
    root.group("layers/lstm/vars").attribute("name", "lstm_1").attribute("nothing", "");
    root.group("layers/lstm/cell/vars")
        .dataset("0", new float[] {1, -2.5f, Float.MIN_VALUE, -0f, 5, 6}, 2, 3)
        .dataset("1", Hdf5Array.of(Hdf5Array.Type.INT64, new long[] {1L << 62, -1}, 1, 2, 1))
        .attribute("names", List.of("kernel", "", "bias"))
        .attribute("none", List.of());
    root.group("empty");
    root.group("optimizer/vars")
        .dataset("0", Hdf5Array.scalar(Hdf5Array.Type.INT32, -7))
        .dataset("1", Hdf5Array.scalar(0.1f))
        .dataset("10", new float[0], 0, 3)
        .dataset("2", new float[0], 0)
        .attribute("count", Hdf5Array.scalar(Hdf5Array.Type.INT32, 3))
        .attribute("rates", Hdf5Array.of(new float[] {0.5f, 0.25f}, 2));
    return root;
  }

  @Test
  void everythingComesBack() throws IOException {
    try (var file = reread(sample())) {
      assertThat(file.groups("")).containsExactly("empty", "layers", "optimizer");
      assertThat(file.groups("empty")).isEmpty();
      assertThat(file.datasets("empty")).isEmpty();
      assertThat(file.text("layers/lstm/vars", "name")).isEqualTo("lstm_1");
      assertThat(file.text("layers/lstm/vars", "nothing")).isEmpty();
      assertThat(file.array("layers/lstm/cell/vars/0"))
          .isEqualTo(Hdf5Array.of(new float[] {1, -2.5f, Float.MIN_VALUE, -0f, 5, 6}, 2, 3));
      assertThat(file.array("layers/lstm/cell/vars/1"))
          .isEqualTo(Hdf5Array.of(Hdf5Array.Type.INT64, new long[] {1L << 62, -1}, 1, 2, 1));
      assertThat(file.texts("layers/lstm/cell/vars", "names"))
          .containsExactly("kernel", "", "bias");
      assertThat(file.texts("layers/lstm/cell/vars", "none")).isEmpty();
      assertThat(file.datasets("optimizer/vars")).containsExactly("0", "1", "10", "2");
      assertThat(file.array("optimizer/vars/0"))
          .isEqualTo(Hdf5Array.scalar(Hdf5Array.Type.INT32, -7));
      assertThat(file.array("optimizer/vars/1")).isEqualTo(Hdf5Array.scalar(0.1f));
      assertThat(file.tensor("optimizer/vars/10")).isEqualTo(Tensor.zeros(0, 3));
      assertThat(file.tensor("optimizer/vars/2")).isEqualTo(Tensor.zeros(0));
      assertThat(file.number("optimizer/vars", "count").intValue()).isEqualTo(3);
    }
  }

  @Test
  void anEmptyFileHasAnEmptyRoot() throws IOException {
    try (var file = reread(new Hdf5Group())) {
      assertThat(file.groups("")).isEmpty();
      assertThat(file.datasets("")).isEmpty();
    }
  }

  /** 3000 children need a B-tree of three levels and one global heap after another. */
  @Test
  void manyGroupsInOneParent() throws IOException {
    Hdf5Group root = new Hdf5Group();
    for (int i = 2999; i >= 0; i--) {
      root.group("layers/dense_" + i + "/vars").attribute("name", "the dense layer " + i);
    }
    try (var file = reread(root)) {
      assertThat(file.groups("layers")).hasSize(3000).isSorted();
      for (int i = 0; i < 3000; i++) {
        assertThat(file.text("layers/dense_" + i + "/vars", "name"))
            .isEqualTo("the dense layer " + i);
      }
    }
  }

  @Test
  void namesAreSortedByTheirUtf8Bytes() throws IOException {
    Hdf5Group root = new Hdf5Group();
    // as UTF-16 the second of the last two would come first
    List<String> names = List.of("A", "Z", "_", "a", "é", "\uff86", "\ud834\udd1e");
    for (int i = names.size() - 1; i >= 0; i--) {
      root.dataset(names.get(i), new float[] {i}, 1);
    }
    String raw = new String(bytes(root), StandardCharsets.ISO_8859_1);
    int from = raw.indexOf("HEAP");
    for (String name : names) {
      byte[] utf8 = (name + "\0").getBytes(StandardCharsets.UTF_8);
      int at = raw.indexOf(new String(utf8, StandardCharsets.ISO_8859_1), from + 1);
      assertThat(at).as(name).isGreaterThan(from);
      from = at;
    }
  }

  @Test
  void textsOfAnyLength() throws IOException {
    Hdf5Group root = new Hdf5Group();
    List<Integer> lengths = List.of(0, 1, 7, 8, 4063, 4064, 4065, 4096, 65535, 65536, 1_000_000);
    for (int n : lengths) {
      root.attribute("a" + n, "x".repeat(n)).group("g" + n).attribute("name", "y".repeat(n));
    }
    try (var file = reread(root)) {
      for (int n : lengths) {
        assertThat(file.text("", "a" + n)).isEqualTo("x".repeat(n));
        assertThat(file.text("g" + n, "name")).isEqualTo("y".repeat(n));
      }
    }
  }

  @Test
  void numbersAreStreamed(@TempDir Path dir) throws IOException {
    Random random = new Random(1);
    float[] large = new float[1_000_003];
    for (int i = 0; i < large.length; i++) {
      large[i] = Float.intBitsToFloat(random.nextInt() & 0xBFFFFFFF); // every finite kind
    }
    Hdf5Group root =
        new Hdf5Group().dataset("large", large, large.length).dataset("b", large, 1_000_003, 1);
    Path path = dir.resolve("large.h5");
    Hdf5Writer.write(root, path);
    try (var file = Hdf5Reader.open(path)) {
      assertThat(file.tensor("large").data()).isEqualTo(large);
      assertThat(file.tensor("b").data()).isEqualTo(large);
    }
    List<Integer> sizes = new ArrayList<>();
    Hdf5Writer.write(
        root,
        new OutputStream() {
          @Override
          public void write(int b) {
            sizes.add(1);
          }

          @Override
          public void write(byte[] b, int from, int length) {
            sizes.add(length);
          }
        });
    assertThat(sizes.stream().mapToLong(n -> n).sum()).isEqualTo(Files.size(path));
    assertThat(sizes).allMatch(n -> n <= 1 << 16);
  }

  @Test
  void theSameTreeGivesTheSameBytes() throws IOException {
    assertThat(bytes(sample())).isEqualTo(bytes(sample()));
  }

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void anyTreeComesBack(long seed) throws IOException {
    Hdf5Group root = new Hdf5Group();
    fill(root, new Random(seed), 3);
    try (var file = reread(root)) {
      check(file, "", root);
    }
  }

  private static void fill(Hdf5Group group, Random random, int depth) {
    int[] counts = {0, 1, 2, 8, 9, 33};
    int datasets = counts[random.nextInt(counts.length)];
    for (int i = 0; i < datasets; i++) {
      int[] dims = random.ints(random.nextInt(4), 0, 5).toArray();
      int size = 1;
      for (int d : dims) {
        size *= d;
      }
      float[] values = new float[size];
      for (int j = 0; j < size; j++) {
        values[j] = random.nextFloat();
      }
      group.dataset("d" + i, values, dims);
    }
    for (int i = depth == 0 ? 0 : random.nextInt(4); i > 0; i--) {
      fill(group.group("g" + random.nextInt(1000) + "_" + i), random, depth - 1);
      group.attribute("name" + i, "ü".repeat(random.nextInt(50)));
    }
  }

  private static void check(Hdf5Reader file, String path, Hdf5Group group) throws IOException {
    String prefix = path.isEmpty() ? "" : path + "/";
    assertThat(file.groups(path)).containsExactlyElementsOf(group.groups().keySet());
    assertThat(file.datasets(path)).containsExactlyElementsOf(group.datasets().keySet());
    for (var dataset : group.datasets().entrySet()) {
      assertThat(file.array(prefix + dataset.getKey())).isEqualTo(dataset.getValue());
    }
    for (var attribute : group.attributes().entrySet()) {
      assertThat(file.text(path, attribute.getKey())).isEqualTo(attribute.getValue());
    }
    for (var child : group.groups().entrySet()) {
      check(file, prefix + child.getKey(), child.getValue());
    }
  }

  /** The dump was recorded with h5dump 1.10.8, after h5py 3.14.0 had read the same file. */
  @Test
  void theHdf5LibraryReadsIt(@TempDir Path dir) throws Exception {
    Path file = dir.resolve("sample.h5");
    Hdf5Writer.write(sample(), file);
    Process dump;
    try {
      dump =
          new ProcessBuilder("h5dump", "-m", "%.9g", "sample.h5")
              .directory(dir.toFile())
              .redirectErrorStream(true)
              .start();
    } catch (IOException e) {
      Assumptions.abort("h5dump is not installed: " + e.getMessage());
      return;
    }
    String text = new String(dump.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(dump.waitFor(30, TimeUnit.SECONDS)).isTrue();
    assertThat(dump.exitValue()).as(text).isZero();
    try (var in = Hdf5WriterTest.class.getResourceAsStream("/golden/hdf5/sample.h5dump")) {
      assertThat(text).isEqualTo(new String(in.readAllBytes(), StandardCharsets.UTF_8));
    }
  }

  @Test
  void refusesNamesThatTheFormatCannotHold() {
    Hdf5Group root = new Hdf5Group().dataset("d", new float[1], 1);
    assertThatThrownBy(() -> root.dataset("d", new float[1], 1)).hasMessageContaining("\"d\"");
    assertThatThrownBy(() -> root.group("d/x")).hasMessageContaining("d is a dataset");
    for (String bad : new String[] {"", "a//b", "/a", "a/", ".", "a\0b"}) {
      assertThatThrownBy(() -> root.group(bad)).isInstanceOf(IllegalArgumentException.class);
    }
    assertThatThrownBy(() -> root.dataset("e", new float[5], 2, 3))
        .hasMessageContaining("(2, 3) has 6 elements");
    assertThatThrownBy(() -> Hdf5Array.scalar(Hdf5Array.Type.INT32, 1L << 31))
        .hasMessageContaining("does not fit");
    Hdf5Group attribute = new Hdf5Group().attribute("big", Hdf5Array.of(new float[20_000], 20_000));
    assertThatThrownBy(() -> bytes(attribute))
        .hasMessageContaining("attribute \"big\" takes")
        .hasMessageContaining("HDF5 allows 65528");
  }
}
