package io.github.lstm4j.io.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.tensor.Shape;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
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
    assertThat(Npy.read(NUMPY.resolve("scalar.npy")))
        .isEqualTo(Tensor.of(new float[] {2.5f}, Shape.of()));
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
    longHeader[8] = 0x11;
    longHeader[9] = 0x27; // 10,001
    longHeader[10] = longHeader[11] = 0;
    assertThatThrownBy(() -> read(longHeader))
        .hasMessageContaining("states a header of 10001 bytes; at most 10000");
  }

  /** What NumPy's ast.literal_eval reads, in one pass; what it does not, with the reason. */
  @Test
  void theHeaderIsReadFromEndToEnd() throws IOException {
    String data = "\0\0\u0080?\0\0\0@"; // 1, 2
    for (String header :
        new String[] {
          "{'descr':'<f4','fortran_order':False,'shape':(2,)}",
          "{\"shape\" : ( 2 , 1 ) , \"fortran_order\" : True, \"descr\" : \"<f4\"}  \n",
          "{'shape': (2L, 1L), 'fortran_order': False, 'descr': '<f4', }"
        }) {
      assertThat(read(npy(header, data)).data()).containsExactly(1, 2);
    }
    assertRefused(
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2,), 'x': 1}", "x is unknown");
    assertRefused("{'descr': '<f4', 'descr': '<f4'}", "descr is unknown, twice there");
    assertRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)} 7", "something follows");
    assertRefused("{'descr': '<f4', 'fortran_order': Falsely, 'shape': (2,)}", "expected , or }");
    assertRefused("{'descr': '<f4', 'fortran_order': 0, 'shape': (2,)}", "fortran_order");
    assertRefused("{'descr': '<f4', 'fortran_order': False, 'shape': (2 3)}", "shape");
    assertRefused("{'descr': '<f4' 'fortran_order': False}", "expected , or }");
    assertRefused("{'descr': [('a', '<f4'), 'fortran_order", "descr");
    assertRefused("{'descr': 'f\u001b[31m", "descr");
    assertRefused("{'descr': [('a]', '<f4')], 'fortran_order': False, 'shape': (2,)}", "[('a]',");
    assertRefused("['descr':".repeat(20), "does not begin with {");
    assertRefused("{'descr':" + "['descr':".repeat(20), "descr");
  }

  @Test
  void float64BeyondFloat32IsRefused() throws IOException {
    byte[] huge = npy("{'descr': '>f8', 'fortran_order': False, 'shape': (2,)}", "\0".repeat(16));
    ByteBuffer.wrap(huge).putDouble(huge.length - 8, -1e39);
    assertThatThrownBy(() -> read(huge))
        .isInstanceOf(IOException.class)
        .hasMessage("x.npy: element 1 is -1.0E39, which float32 cannot hold");
    ByteBuffer.wrap(huge).putDouble(huge.length - 8, Double.NEGATIVE_INFINITY);
    assertThat(read(huge).data()).containsExactly(0, Float.NEGATIVE_INFINITY);
  }

  private static void assertRefused(String header, String why) {
    assertThatThrownBy(() -> read(npy(header)))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("x.npy: ")
        .hasMessageContaining(why);
  }

  private static byte[] npy(String header) {
    return npy(header, "");
  }

  private static byte[] npy(String header, String data) {
    byte[] bytes = ("?NUMPY??" + "??" + header + data).getBytes(StandardCharsets.ISO_8859_1);
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
