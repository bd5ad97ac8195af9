package io.github.lstm4j.io.hdf5;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.InputStream;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The same numbers, stored in every way that h5py knows: {@code golden/hdf5/kinds.py}. */
class Hdf5KindsTest {
  private static final Map<String, byte[]> FILES = new HashMap<>();

  private static synchronized Hdf5Reader open(String form) throws IOException {
    if (FILES.isEmpty()) {
      try (InputStream in = Hdf5KindsTest.class.getResourceAsStream("/golden/hdf5/kinds.zip");
          ZipInputStream zip = new ZipInputStream(in)) {
        for (ZipEntry entry = zip.getNextEntry(); entry != null; entry = zip.getNextEntry()) {
          FILES.put(entry.getName(), zip.readAllBytes());
        }
      }
    }
    return Hdf5Reader.of(FILES.get(form + ".h5"), form);
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v108", "latest", "user-block", "user-block-latest"})
  void readsTheSameNumbersFromAll(String form) throws IOException {
    try (var file = open(form)) {
      int read = 0;
      for (String name : file.datasets("numbers")) {
        float[] data = file.tensor("numbers/" + name).data();
        int written =
            switch (name) {
              case "fill partly 5" -> 20;
              case "fill grown 2" -> 15;
              default -> name.startsWith("fill") ? 0 : data.length;
            };
        float fill = Float.parseFloat("0" + name.replaceAll(".*[^0-9]", ""));
        for (int i = 0; i < data.length; i++) {
          assertThat(data[i]).as("%s[%d]", name, i).isEqualTo(i < written ? i : fill);
        }
        read++;
      }
      assertThat(read).isEqualTo(11 + 6 * 7 + 14);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"earliest", "v108", "latest", "user-block", "user-block-latest"})
  void readsCrowdsOfLinksAndAttributes(String form) throws IOException {
    try (var file = open(form)) {
      assertThat(file.groups("crowd")).hasSize(300).contains("group 0", "group 299");
      assertThat(file.groups("again")).isEqualTo(file.groups("crowd"));
      assertThat(file.attributes("labelled")).hasSize(62);
      for (int i = 0; i < 60; i++) {
        assertThat(file.text("labelled", "label " + i)).isEqualTo("the text " + i);
      }
      assertThat(file.number("labelled", "count").intValue()).isEqualTo(60);
      assertThat(file.text("labelled", "long")).hasSize(30000).matches("y+");
    }
  }
}
