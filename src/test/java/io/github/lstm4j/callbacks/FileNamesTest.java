package io.github.lstm4j.callbacks;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Fields in file names, beside what Python wrote: {@code golden/callbacks/record.py}. */
class FileNamesTest {
  static List<String> recorded(String file) throws IOException {
    String name = "/golden/callbacks/" + file;
    try (InputStream in = FileNamesTest.class.getResourceAsStream(name)) {
      return new String(Objects.requireNonNull(in).readAllBytes(), StandardCharsets.UTF_8)
          .lines()
          .toList();
    }
  }

  static double number(String python) {
    return switch (python) {
      case "nan" -> Double.NaN;
      case "inf" -> Double.POSITIVE_INFINITY;
      case "-inf" -> Double.NEGATIVE_INFINITY;
      default -> Double.parseDouble(python);
    };
  }

  @Test
  void asPythonFormats() throws IOException {
    int lines = 0;
    for (String line : recorded("format.txt")) {
      String[] f = line.split("\t", -1);
      String field = "{" + f[0] + (f[1].isEmpty() ? "" : ":" + f[1]) + "}";
      double value = number(f[2]);
      String got =
          new FileNames("test", "a" + field + "b")
              .name(f[0].equals("epoch") ? (int) value : 3, Map.of("val_loss", value));
      assertThat(got).as(line).isEqualTo("a" + f[3] + "b");
      lines++;
    }
    assertThat(lines).isEqualTo(543);
  }

  @Test
  void bracesAndSeveralFields() {
    Map<String, Double> logs = Map.of("val_loss", 0.125, "mean error", 2.0);
    assertThat(
            new FileNames("test", "{{{epoch:02d}}}-{val_loss:.2f}-{mean error}.keras")
                .name(7, logs))
        .isEqualTo("{07}-0.12-2.0.keras");
    assertThat(new FileNames("test", "{val_loss:.8%}").name(1, Map.of("val_loss", -0.0)))
        .isEqualTo("-0.00000000%"); // as Python 3.11 says
    assertThat(new FileNames("test", "plain.keras").isConstant()).isTrue();
    assertThat(new FileNames("test", "a{{b}}.keras").name(1, logs)).isEqualTo("a{b}.keras");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{epoch:x}",
        "{val_loss:d}",
        "{epoch:.2d}",
        "{val_loss:.2}",
        "{val_loss:>8}",
        "{epoch:,}",
        "{epoch!r}",
        "{}",
        "{0}",
        "{val_loss:{w}}",
        "{",
        "a}b",
        "{epoch",
        "{lost:.2f}",
        "{epoch:n}",
        "{epoch.real}",
        "{val_loss:_f}",
        "{batch}"
      })
  void whatIsNotSupportedIsNamed(String name) {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new FileNames("ModelCheckpoint", name).requireKeys(Set.of("val_loss")))
        .withMessageContainingAll("ModelCheckpoint", name);
  }
}
