package io.github.lstm4j.io.npy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Rows that are read where they lie are the rows of the tensor that is read whole. */
class NpyRowsTest {
  @TempDir Path folder;

  private static Tensor all(Series series) {
    Tensor all = Tensor.zeros(series.rows(), series.columns());
    series.read(0, series.rows(), all.data(), 0);
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"f4-little", "f4-big", "f8-little", "f8-big", "f2-little", "i8-big"})
  void theNumbersOfNumpy(String file) throws IOException {
    Path path = NpyTest.NUMPY.resolve(file + ".npy");
    NpyRows rows = NpyRows.of(path);
    assertThat(all(rows)).isEqualTo(Npy.read(path));
    float[] second = {9, 9, 9, 9, 9};
    rows.read(1, 1, second, 1);
    assertThat(second).containsExactly(9, 0, 1, 2, 9);
  }

  @Test
  void oneAxisIsOneColumn() throws IOException {
    Path file = folder.resolve("one.npy");
    Npy.write(file, new double[] {0.1, 2, 3}, 3);
    NpyRows rows = NpyRows.of(file);
    assertThat(rows.columns()).isEqualTo(1);
    assertThat(all(rows)).isEqualTo(Tensor.of(new float[] {0.1f, 2, 3}, 3, 1));
  }

  @Test
  void scaledWhenRead() throws IOException {
    Path file = folder.resolve("two.npy");
    double[] values = {1, 7, 3, 7, 8, 7, Double.NaN, 7};
    Npy.write(file, values, 4, 2);
    for (Normalizer.Kind kind : Normalizer.Kind.values()) {
      Normalizer scale = Normalizer.fit(kind, NpyRows.of(file), new Range(0, 3));
      assertThat(scale.column("0").apply(4))
          .isEqualTo(
              kind == Normalizer.Kind.STANDARD ? 0 : kind == Normalizer.Kind.NONE ? 4 : 3 / 7.);
      assertThat(all(scale.apply(NpyRows.of(file)))).isEqualTo(scale.apply(values));
    }
  }

  @Test
  void whatCannotBeMapped() throws IOException {
    Path file = folder.resolve("a.npy");
    assertThatThrownBy(() -> NpyRows.of(file)).hasMessageContaining("no such file");
    Npy.write(file, Tensor.zeros(2, 2, 2));
    assertThatThrownBy(() -> NpyRows.of(file))
        .hasMessageContainingAll("(rows, columns)", "(2, 2, 2)");
    Npy.write(file, Tensor.zeros(4, 2));
    byte[] bytes = Files.readAllBytes(file);
    Files.write(file, Arrays.copyOf(bytes, bytes.length - 1));
    assertThatThrownBy(() -> NpyRows.of(file))
        .hasMessageContainingAll("cut off", "32 bytes", "31 are there");
    Files.write(file, Arrays.copyOf(bytes, bytes.length + 1));
    assertThatThrownBy(() -> NpyRows.of(file)).hasMessageContaining("bytes follow");
    Npy.write(file, new double[] {1, 1e300}, 2, 1);
    NpyRows rows = NpyRows.of(file);
    assertThatThrownBy(() -> all(rows)).hasMessageContainingAll("element 1", "1.0E300");
  }
}
