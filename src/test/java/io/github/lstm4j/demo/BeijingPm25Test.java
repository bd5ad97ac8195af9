package io.github.lstm4j.demo;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Samples;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.demo.BeijingPm25.Form;
import io.github.lstm4j.demo.BeijingPm25.Part;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;

/** The shipped data against what the Python yardstick made of it: resources/beijing/README.md. */
class BeijingPm25Test {
  private static final BeijingPm25 DATA = BeijingPm25.load();

  @Test
  void everyWindowIsTheYardsticks() {
    // CRC-32 of NumPy's float32 arrays: equal to the last bit
    assertPart(DATA.train(), 23393, 4091140629L, 3470736035L);
    assertPart(DATA.validation(), 8493, 3086653079L, 2111920244L);
    assertPart(DATA.test(), 8447, 1600722906L, 1310011683L);
  }

  private static void assertPart(Part part, int windows, long x, long y) {
    Samples level = part.samples(Form.LEVEL);
    assertThat(level.x().shape().dims()).containsExactly(windows, 24, 11);
    assertThat(level.y().shape().dims()).containsExactly(windows, 3);
    assertThat(part.size()).isEqualTo(windows);
    assertThat(crc(level.x())).isEqualTo(x);
    assertThat(crc(level.y())).isEqualTo(y);
  }

  @Test
  void sums() {
    assertThat(sum(DATA.train().samples(Form.LEVEL).x()))
        .isEqualTo(-5227.84553396143, within(1e-6));
    assertThat(sum(DATA.train().samples(Form.LEVEL).y()))
        .isEqualTo(-17.3438030150719, within(1e-8));
    assertThat(sum(DATA.test().samples(Form.LEVEL).x()))
        .isEqualTo(-6573.566552357981, within(1e-6));
    assertThat(sum(DATA.train().samples(Form.CHANGE).y()))
        .isEqualTo(-85.07802424460091, within(1e-9));
    assertThat(sum(DATA.validation().samples(Form.CHANGE).y()))
        .isEqualTo(5.904949484900186, within(1e-9));
    assertThat(sum(DATA.test().samples(Form.CHANGE).y()))
        .isEqualTo(-58.47787562074435, within(1e-9));
  }

  @Test
  void someWholeWindowsAndTheScales() throws IOException {
    Map<String, Tensor> python = Npz.read(Path.of("src/test/resources/beijing/windows.npz"));
    Map<String, Part> parts =
        Map.of("train", DATA.train(), "validation", DATA.validation(), "test", DATA.test());
    for (Map.Entry<String, Part> entry : parts.entrySet()) {
      Part part = entry.getValue();
      int[] some = {0, 1, part.size() / 2, part.size() - 1};
      for (int i = 0; i < some.length; i++) {
        int n = some[i];
        String name = entry.getKey();
        Samples level = part.samples(Form.LEVEL);
        assertThat(level.x().rows(n, n + 1)).isEqualTo(python.get(name + "_x").rows(i, i + 1));
        assertThat(level.y().rows(n, n + 1)).isEqualTo(python.get(name + "_y").rows(i, i + 1));
        for (int h = 0; h < 3; h++) {
          // where nothing changed, the difference is what rounding left of two equal numbers
          assertThat(part.samples(Form.CHANGE).y().get(n, h))
              .isCloseTo(python.get(name + "_change").get(i, h), within(1e-13f));
        }
        assertThat((float) part.persistence()[3 * n]).isEqualTo(python.get(name + "_last").get(i));
      }
    }
    assertThat(DATA.inputs().columns()).hasSize(11);
    for (int j = 0; j < 11; j++) {
      Normalizer.Column column = DATA.inputs().columns().get(j);
      assertThat((float) column.shift()).isEqualTo(python.get("mean").get(j));
      assertThat((float) column.scale()).isEqualTo(python.get("std").get(j));
    }
    assertThat(DATA.target().shift()).isEqualTo(97.82344991399788, within(1e-10));
    assertThat(DATA.target().scale()).isEqualTo(89.24745024594563, within(1e-10));
  }

  @Test
  void persistenceToTheDigit() {
    ForecastErrors errors = DATA.test().errors(DATA.test().persistence());
    assertThat(rounded(errors.rmse())).containsExactly("22.149", "61.585", "98.446");
    assertThat(rounded(errors.mae())).containsExactly("11.955", "38.832", "67.099");
    ForecastErrors validation = DATA.validation().errors(DATA.validation().persistence());
    assertThat(rounded(validation.rmse())).containsExactly("24.832", "69.886", "110.697");
    assertThat(rounded(validation.mae())).containsExactly("13.256", "42.840", "76.443");
  }

  @Test
  void forecastsComeBackAsConcentrations() {
    Part test = DATA.test();
    double[] truth = test.truth();
    double[] persistence = test.persistence();
    double[] back = test.concentrations(test.samples(Form.CHANGE).y(), Form.CHANGE);
    double[] still = test.concentrations(Tensor.zeros(test.size(), 3), Form.CHANGE);
    double[] mean = test.concentrations(Tensor.zeros(test.size(), 3), Form.LEVEL);
    for (int i = 0; i < truth.length; i++) {
      assertThat(back[i]).isEqualTo(truth[i], within(1e-4));
      assertThat(still[i]).isEqualTo(persistence[i], within(1e-4)); // no change: persistence
      assertThat(mean[i]).isEqualTo(DATA.target().shift());
    }
    assertThatThrownBy(() -> test.concentrations(Tensor.zeros(5, 3), Form.LEVEL))
        .hasMessageContaining("expected forecasts of shape (8447, 3), got (5, 3)");
  }

  @Test
  void hours() {
    assertThat(DATA.test().hour(0)).isEqualTo(LocalDateTime.of(2014, 1, 1, 23, 0));
    assertThat(DATA.test().hour(DATA.test().size() - 1))
        .isEqualTo(LocalDateTime.of(2014, 12, 30, 23, 0));
    Table table = BeijingPm25.table();
    assertThat(table.rows()).isEqualTo(43824);
    assertThat(table.names()).hasSize(13).startsWith("No", "year").endsWith("Is", "Ir");
  }

  private static List<String> rounded(List<Double> values) {
    return values.stream().map(v -> String.format(Locale.ROOT, "%.3f", v)).toList();
  }

  private static double sum(Tensor tensor) {
    double sum = 0;
    for (float v : tensor.data()) {
      sum += v;
    }
    return sum;
  }

  private static long crc(Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate(4 * tensor.size()).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(tensor.data());
    CRC32 crc = new CRC32();
    crc.update(bytes.array());
    return crc.getValue();
  }
}
