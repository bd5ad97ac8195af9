package io.github.lstm4j.io.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class NpyTest {
  static final Path NUMPY = Path.of("src/test/resources/npy");

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "f4-little",
        "f4-big",
        "f8-little",
        "f8-big",
        "f2-little",
        "f2-big",
        "i1-byte",
        "i2-little",
        "i2-big",
        "i4-little",
        "i4-big",
        "i8-little",
        "i8-big"
      })
  void signedNumbersOfNumpy(String file) throws IOException {
    assertThat(Npy.read(NUMPY.resolve(file + ".npy")))
        .isEqualTo(Tensor.of(new float[][] {{-3, -2, -1}, {0, 1, 2}}));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"u1-byte", "u2-little", "u2-big", "u4-little", "u4-big", "u8-little", "u8-big"})
  void unsignedNumbersOfNumpy(String file) throws IOException {
    assertThat(Npy.read(NUMPY.resolve(file + ".npy")))
        .isEqualTo(Tensor.of(new float[][] {{0, 1, 2}, {3, 4, 5}}));
  }

  @Test
  void booleansOfNumpy() throws IOException {
    assertThat(Npy.read(NUMPY.resolve("b1-byte.npy")))
        .isEqualTo(Tensor.of(new float[][] {{0, 1, 1}, {1, 1, 1}}));
  }

  @Test
  void fortranOrder() throws IOException {
    float[] expected = new float[24];
    for (int i = 0; i < 24; i++) {
      expected[i] = i;
    }
    assertThat(Npy.read(NUMPY.resolve("fortran.npy"))).isEqualTo(Tensor.of(expected, 2, 3, 4));
  }

  @Test
  void scalarsVectorsAndNothing() throws IOException {
    assertThat(Npy.read(NUMPY.resolve("scalar.npy"))).isEqualTo(Tensor.of(new float[] {2.5f}));
    assertThat(Npy.read(NUMPY.resolve("scalar.npy")).shape()).isEqualTo(Shape.of());
    assertThat(Npy.read(NUMPY.resolve("empty.npy"))).isEqualTo(Tensor.zeros(0, 3));
    assertThat(Npy.read(NUMPY.resolve("vector.npy")))
        .isEqualTo(Tensor.of(new float[] {0, 1, 2, 3, 4}, 5));
  }

  @Test
  void formats2And3() throws IOException {
    Tensor expected = Tensor.of(new float[][] {{0, 1}, {2, 3}, {4, 5}});
    assertThat(Npy.read(NUMPY.resolve("format2.npy"))).isEqualTo(expected);
    assertThat(Npy.read(NUMPY.resolve("format3.npy"))).isEqualTo(expected);
  }

  @Test
  void halfPrecision() throws IOException { // what NumPy's astype('f4') gives
    assertThat(Npy.read(NUMPY.resolve("halves.npy")).data())
        .containsExactly(
            0f,
            -0f,
            1f,
            -2.5f,
            65504f,
            0x1p-24f,
            0x1.ff8p-15f,
            0x1.998p-4f,
            Float.POSITIVE_INFINITY,
            Float.NEGATIVE_INFINITY,
            Float.NaN);
  }

  @Test
  void wholeNumbersRoundToTheNearest() throws IOException { // what NumPy's astype('f4') gives
    assertThat(Npy.read(NUMPY.resolve("whole.npy")).data())
        .containsExactly(0x1p63f, -0x1p63f, 0x1p24f, 0x1p40f);
    assertThat(Npy.read(NUMPY.resolve("unsigned.npy")).data())
        .containsExactly(0x1p64f, 0x1p63f, 0x1.000002p63f, 7f);
  }

  @ParameterizedTest
  @ValueSource(strings = {"complex", "text", "object", "record"})
  void otherTypesAreRefused(String file) {
    assertThatThrownBy(() -> Npy.read(NUMPY.resolve(file + ".npy")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining(file + ".npy")
        .hasMessageContaining("dtype")
        .hasMessageContaining("supported: bool, int8 to int64");
  }

  @Test
  void writesTheBytesThatNumpyWrites() throws IOException {
    for (String file : new String[] {"f4-little", "scalar", "empty", "vector"}) {
      Path original = NUMPY.resolve(file + ".npy");
      Path copy = folder.resolve("copy.npy");
      Npy.write(copy, Npy.read(original));
      assertThat(copy).hasSameBinaryContentAs(original);
    }
  }

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void whatIsWrittenIsRead(long seed) throws IOException {
    Random random = new Random(seed);
    Tensor tensor = Tensor.zeros(random.ints(random.nextInt(6), 0, 14).toArray());
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = Float.intBitsToFloat(random.nextInt());
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Npy.write(out, tensor);
    assertThat(out.size() % 4).isZero();
    assertThat(read(out.toByteArray())).isEqualTo(tensor);
  }

  @Test
  void moreThanOneChunk() throws IOException { // beyond the 2^20 elements first set aside
    Tensor tensor = Tensor.zeros(1031, 2053);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = i % 8191;
    }
    Path file = folder.resolve("big.npy");
    Npy.write(file, tensor);
    assertThat(Npy.read(file)).isEqualTo(tensor);
  }

  @Test
  void everyCutIsNoticed() throws IOException {
    byte[] whole = Files.readAllBytes(NUMPY.resolve("f4-little.npy"));
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThatThrownBy(() -> read(cut))
          .isInstanceOf(IOException.class)
          .hasMessageStartingWith("x.npy: ")
          .hasMessageContaining(cut.length == 0 ? "empty" : cut.length < 6 ? "no .npy" : "cut off");
    }
    assertThatThrownBy(() -> read(Arrays.copyOf(whole, whole.length + 1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("bytes follow the array (2, 3)");
  }

  @Test
  void foreignFilesAndVersions() {
    assertThatThrownBy(() -> read("this is a text file".getBytes(StandardCharsets.UTF_8)))
        .isInstanceOf(IOException.class)
        .hasMessage("x.npy: is no .npy file (wrong first bytes)");
    byte[] version9 = npy("{}");
    version9[6] = 9;
    assertThatThrownBy(() -> read(version9))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("format 9.0 is unknown");
    assertThatThrownBy(() -> Npy.read(folder.resolve("none.npy")))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("none.npy: no such file");
  }

  @Test
  void headersThatLieCostNoMemory() {
    assertRefused("{'descr': '<f8', 'fortran_order': False, 'shape': (2147483647,), }", "cut off");
    assertRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (65536, 65536), }", "fit");
    assertRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), }", "large");
    assertRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (-3,), }", "dictionary");
    assertRefused("{'descr': '<f4', 'shape': (3,), }", "no dictionary of descr, fortran_order");
    assertRefused("", "no dictionary");
    byte[] longHeader = npy("{}");
    longHeader[6] = 2;
    Arrays.fill(longHeader, 8, 12, (byte) -1);
    assertThatThrownBy(() -> read(longHeader))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("states a header of 4294967295 bytes");
  }

  private static void assertRefused(String header, String why) {
    assertThatThrownBy(() -> read(npy(header)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("x.npy: ")
        .hasMessageContaining(why);
  }

  private static byte[] npy(String header) {
    byte[] bytes = ("?NUMPY??" + "??" + header).getBytes(StandardCharsets.ISO_8859_1);
    bytes[0] = (byte) 0x93;
    bytes[6] = 1;
    bytes[7] = 0;
    bytes[8] = (byte) header.length();
    bytes[9] = 0;
    return bytes;
  }

  private static Tensor read(byte[] bytes) throws IOException {
    return Npy.read(new ByteArrayInputStream(bytes), "x.npy");
  }
}
