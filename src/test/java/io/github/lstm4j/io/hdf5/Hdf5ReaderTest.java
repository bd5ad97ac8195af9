package io.github.lstm4j.io.hdf5;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Files recorded from h5py: {@code golden/hdf5/make.py}. */
class Hdf5ReaderTest {
  private static byte[] recorded(String form) throws IOException {
    try (InputStream in = Hdf5ReaderTest.class.getResourceAsStream("/golden/hdf5/" + form)) {
      return in.readAllBytes();
    }
  }

  private static Hdf5Reader open(String form) throws IOException {
    return Hdf5Reader.of(recorded(form + ".h5"), form + ".h5");
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void readsEveryKindOfFloat(String form) throws IOException {
    float[] expected = {0.5f, -1.25f, 3, 65504, -0f, 0x1p-14f};
    try (var file = open(form)) {
      assertThat(file.datasets("floats"))
          .containsExactly("big_endian", "float16", "float32", "float64");
      for (String type : file.datasets("floats")) {
        assertThat(file.tensor("floats/" + type).shape().toString()).isEqualTo("(2, 3)");
        assertThat(file.tensor("floats/" + type).data()).isEqualTo(expected);
      }
      assertThat(file.array("scalar/float")).isEqualTo(Hdf5Array.scalar(0.1f));
      assertThat(file.tensor("packed").shape().toString()).isEqualTo("(10, 100)");
      for (int i = 0; i < 1000; i++) {
        assertThat(file.tensor("packed").data()[i]).isEqualTo(i);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void readsIntegersOfEveryWidthWithoutLoss(String form) throws IOException {
    long big = 1L << 62;
    try (var file = open(form)) {
      assertThat(file.array("integers/int8").integers()).containsExactly(-128, 1, 127);
      assertThat(file.array("integers/int16").integers()).containsExactly(-32768, 1, 32767);
      assertThat(file.array("integers/int32").integers())
          .containsExactly(Integer.MIN_VALUE, 1, Integer.MAX_VALUE);
      assertThat(file.array("integers/int32").type()).isEqualTo(Hdf5Array.Type.INT32);
      assertThat(file.array("integers/int64").integers()).containsExactly(-big, 1, big);
      assertThat(file.array("integers/int64").type()).isEqualTo(Hdf5Array.Type.INT64);
      assertThat(file.array("integers/uint8").integers()).containsExactly(0, 1, 255);
      assertThat(file.array("integers/uint16").integers()).containsExactly(0, 1, 65535);
      assertThat(file.array("integers/uint32").integers()).containsExactly(0, 1, (1L << 32) - 1);
      assertThat(file.array("integers/uint64").integers()).containsExactly(0, 1, big);
      assertThat(file.tensor("integers/uint8").data()).containsExactly(0, 1, 255);
      assertThat(file.array("scalar/int")).isEqualTo(Hdf5Array.scalar(Hdf5Array.Type.INT32, -7));
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void readsEmptyThingsAndAttributes(String form) throws IOException {
    try (var file = open(form)) {
      assertThat(file.tensor("empty/zero").shape().toString()).isEqualTo("(0, 3)");
      assertThat(file.groups("empty")).containsExactly("group");
      assertThat(file.groups("empty/group")).isEmpty();
      assertThat(file.contains("empty/group")).isTrue();
      assertThat(file.contains("empty/no/such")).isFalse();
      assertThat(file.text("attributes", "name")).isEqualTo("lstm_é");
      assertThat(file.text("attributes", "nothing")).isEmpty();
      assertThat(file.text("attributes", "fixed")).isEqualTo("forty-two");
      assertThat(file.text("attributes", "absent")).isNull();
      assertThat(file.texts("attributes", "names")).containsExactly("kernel", "", "bias");
      assertThat(file.texts("attributes", "fixed_names")).containsExactly("kernel:0", "bias:0");
      assertThat(file.texts("attributes", "no_names")).isEmpty();
      assertThat(file.text("attributes", "long")).hasSize(form.equals("earliest") ? 70000 : 7);
      assertThat(file.number("attributes", "int").intValue()).isEqualTo(42);
      assertThat(file.number("attributes", "float").doubleValue()).isEqualTo(0.25);
      assertThat(file.attributes("attributes")).hasSize(9);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void refusesWhatHoldsNoNumbers(String form) throws IOException {
    try (var file = open(form)) {
      for (String path : new String[] {"text", "truth", "complex"}) {
        assertThatThrownBy(() -> file.tensor(path))
            .isInstanceOf(IOException.class)
            .hasMessageStartingWith(form + ".h5: \"" + path + "\": expected numbers")
            .hasMessageContaining("got ");
      }
      assertThatThrownBy(() -> file.tensor("soft")).hasMessageContaining("links are not followed");
      assertThatThrownBy(() -> file.tensor("outside"))
          .hasMessageContaining("links are not followed");
      assertThatThrownBy(() -> file.tensor("floats"))
          .hasMessage(form + ".h5: expected a dataset \"floats\", but there is a group");
      assertThatThrownBy(() -> file.groups("packed"))
          .hasMessage(form + ".h5: expected a group \"packed\", but there is a dataset");
      assertThatThrownBy(() -> file.tensor("floats/none"))
          .hasMessage(form + ".h5: expected a dataset \"floats/none\", but there is nothing");
      assertThatThrownBy(() -> file.text("attributes", "int"))
          .hasMessageContaining("attribute int: expected a text, got");
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void saysThatAFileIsCutShort(String form, @TempDir Path dir) throws IOException {
    byte[] whole = recorded(form + ".h5");
    for (int length : new int[] {8, 20, 47, 100, 1000, whole.length / 2, whole.length - 1}) {
      Path file = Files.write(dir.resolve("cut.h5"), Arrays.copyOf(whole, length));
      assertThatThrownBy(() -> Hdf5Reader.open(file).close())
          .isInstanceOf(IOException.class)
          .hasMessageContaining("cut.h5: HDF5 file cut short")
          .hasMessageContaining(length + "");
    }
  }

  @Test
  void saysThatAFileIsNotHdf5(@TempDir Path dir) throws IOException {
    assertThatThrownBy(
            () -> Hdf5Reader.of("PK\3\4 not this".getBytes(StandardCharsets.UTF_8), "a.h5"))
        .hasMessage("a.h5: not an HDF5 file: 13 bytes that do not begin with \\x89HDF");
    assertThatThrownBy(() -> Hdf5Reader.of(new byte[0], "b.h5"))
        .hasMessageContaining("b.h5: not an HDF5 file: 0 bytes");
    assertThatThrownBy(() -> Hdf5Reader.open(dir.resolve("none.h5")).close())
        .hasMessageContaining("none.h5: no such file");
  }

  /** Whatever is in a file, what comes out is numbers or an IOException that names it. */
  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v110"})
  void damageIsAnIoException(String form) throws IOException {
    byte[] whole = recorded(form + ".h5");
    Random random = new Random(7);
    int failed = 0;
    for (int i = 0; i < 300; i++) {
      byte[] damaged = whole.clone();
      for (int j = 0; j < 30; j++) {
        damaged[random.nextInt(whole.length)] = (byte) random.nextInt(256);
      }
      try (var file = Hdf5Reader.of(damaged, "damaged.h5")) {
        for (String group : file.groups("")) {
          for (String dataset : file.datasets(group)) {
            file.tensor(group + "/" + dataset);
          }
        }
        file.tensor("packed");
        file.attributes("attributes");
      } catch (IOException e) {
        assertThat(e).hasMessageContaining("damaged.h5: ");
        failed++;
      }
    }
    assertThat(failed).isPositive();
  }
}
