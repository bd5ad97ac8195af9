package io.github.lstm4j.data;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class WindowsTest {

  /** 0, 1, 2, … in one column. */
  private static Tensor ramp(int rows) {
    float[] data = new float[rows];
    for (int i = 0; i < rows; i++) {
      data[i] = i;
    }
    return Tensor.of(data, rows, 1);
  }

  // The literals below are what keras.utils.timeseries_dataset_from_array gives for
  // data = arange(20), targets = arange(20) + 100.

  @Test
  void asInKeras() {
    Samples plain = cutKeras(Windows.of(5), 0, 20);
    assertThat(plain.size()).isEqualTo(16);
    assertThat(plain.x().rows(15, 16).data()).containsExactly(15, 16, 17, 18, 19);
    assertThat(plain.y().data()).startsWith(100, 101).endsWith(115);

    Samples spread = cutKeras(Windows.of(3).stride(4).samplingRate(2), 0, 20);
    assertThat(spread.x().data()).containsExactly(0, 2, 4, 4, 6, 8, 8, 10, 12, 12, 14, 16);
    assertThat(spread.y().data()).containsExactly(100, 104, 108, 112);

    Samples part = cutKeras(Windows.of(3).stride(3).samplingRate(2), 4, 17);
    assertThat(part.x().data()).containsExactly(4, 6, 8, 7, 9, 11, 10, 12, 14);
    assertThat(part.y().data()).containsExactly(104, 107, 110);
  }

  private static Samples cutKeras(Windows windows, int from, int to) {
    Tensor targets = ramp(20);
    for (int i = 0; i < 20; i++) {
      targets.data()[i] += 100;
    }
    return windows.cut(ramp(20), targets, new Range(from, to));
  }

  @Test
  void fewerTargetsThanInputsAsInKeras() {
    Samples samples = Windows.of(5).cut(ramp(20), ramp(10), new Range(0, 20));
    assertThat(samples.x().shape().dims()).containsExactly(10, 5, 1);
    assertThat(samples.y().data()).containsExactly(ramp(10).data());
  }

  @Test
  void horizonsCountFromTheLastRow() {
    Samples samples = Windows.of(3).samplingRate(2).horizons(1, 4).cut(ramp(12), ramp(12), all(12));
    // the last row is start + 4; start + 8 must exist
    assertThat(samples.x().data()).containsExactly(0, 2, 4, 1, 3, 5, 2, 4, 6, 3, 5, 7);
    assertThat(samples.y().data()).containsExactly(5, 8, 6, 9, 7, 10, 8, 11);
  }

  @Test
  void aBreakInTimeIsNotSpanned() {
    double[] hours = {0, 1, 2, 3, 4, 9, 10, 11, 12};
    Windows windows = Windows.of(2).horizons(1).segments(Segments.byTime(hours, 1));
    assertThat(windows.starts(ramp(9), all(9))).containsExactly(0, 1, 2, 5, 6);
    Segments station = Segments.byId(new int[] {7, 7, 7, 7, 7, 7, 7, 3, 3});
    assertThat(windows.segments(Segments.byTime(hours, 1).and(station)).starts(ramp(9), all(9)))
        .containsExactly(0, 1, 2);
    assertThat(windows.starts(9, all(9))).containsExactly(0, 1, 2, 3, 5, 6, 7);
  }

  @ParameterizedTest
  @MethodSource("io.github.lstm4j.Seeds#seeds")
  void agreesWithTheDefinition(long seed) {
    Random random = new Random(seed);
    int rows = 1 + random.nextInt(40);
    int length = 1 + random.nextInt(7);
    int stride = 1 + random.nextInt(5);
    int rate = 1 + random.nextInt(3);
    int horizonCount = random.nextInt(4);
    int f = 1 + random.nextInt(3);
    int k = 1 + random.nextInt(2);
    Tensor inputs = noise(rows, f, 0, random);
    Tensor targets = noise(rows, k, 0.1, random);
    int[] horizons = random.ints(horizonCount, 1, 6).toArray();
    int[] ids = random.ints(rows, 0, 12).map(v -> v / 11).toArray(); // a few breaks
    int from = random.nextInt(rows);
    int to = from + random.nextInt(rows - from + 1);

    Samples samples =
        Windows.of(length)
            .stride(stride)
            .samplingRate(rate)
            .horizons(horizons)
            .segments(Segments.byId(ids))
            .cut(inputs, targets, new Range(from, to));

    List<float[]> x = new ArrayList<>();
    List<float[]> y = new ArrayList<>();
    for (int start = from; start < to; start += stride) {
      float[] window = new float[length * f];
      float[] target = new float[Math.max(1, horizonCount) * k];
      int last = start + (length - 1) * rate;
      int end = last;
      for (int i = 0; i < Math.max(1, horizonCount); i++) {
        int row = horizonCount == 0 ? start : last + horizons[i];
        end = Math.max(end, row);
        for (int j = 0; j < k; j++) {
          target[i * k + j] = row < rows ? targets.get(row, j) : Float.NaN;
        }
      }
      boolean whole = end < to;
      for (int row = start; whole && row < end; row++) {
        whole = ids[row] == ids[row + 1];
      }
      for (float v : target) {
        whole = whole && !Float.isNaN(v);
      }
      if (whole) {
        for (int t = 0; t < length; t++) {
          for (int j = 0; j < f; j++) {
            window[t * f + j] = inputs.get(start + t * rate, j);
          }
        }
        x.add(window);
        y.add(target);
      }
    }
    assertThat(samples.x().shape().dims()).containsExactly(x.size(), length, f);
    assertThat(samples.y().shape().dims()).containsExactly(x.size(), Math.max(1, horizonCount) * k);
    for (int n = 0; n < x.size(); n++) {
      assertThat(samples.x().rows(n, n + 1).data()).containsExactly(x.get(n));
      assertThat(samples.y().rows(n, n + 1).data()).containsExactly(y.get(n));
    }
  }

  private static Tensor noise(int rows, int columns, double missing, Random random) {
    Tensor tensor = Tensor.zeros(rows, columns);
    for (int i = 0; i < tensor.size(); i++) {
      tensor.data()[i] = random.nextDouble() < missing ? Float.NaN : random.nextFloat();
    }
    return tensor;
  }

  @Test
  void tooFewRowsGiveNoWindow() {
    Samples none = Windows.of(24).horizons(1).cut(ramp(24), ramp(24), all(24));
    assertThat(none.x().shape().dims()).containsExactly(0, 24, 1);
    assertThat(none.y().shape().dims()).containsExactly(0, 1);
    assertThat(Windows.of(Integer.MAX_VALUE).samplingRate(99).starts(5, all(5))).isEmpty();
  }

  @Test
  void wrongUse() {
    assertThatThrownBy(() -> Windows.of(0)).hasMessage("window length must be at least 1; got 0");
    assertThatThrownBy(() -> Windows.of(2).stride(-1)).hasMessageContaining("stride");
    assertThatThrownBy(() -> Windows.of(2).samplingRate(0)).hasMessageContaining("sampling rate");
    assertThatThrownBy(() -> Windows.of(2).horizons(1, 0)).hasMessageContaining("horizon");
    assertThatThrownBy(() -> Windows.of(2).horizons(1).cut(ramp(5), ramp(6), all(5)))
        .hasMessageContaining("unequal rows");
    assertThatThrownBy(() -> Windows.of(2).cut(ramp(5), ramp(5), all(6)))
        .hasMessageContaining("rows 0 to 6 of a series of 5 rows");
    assertThatThrownBy(
            () -> Windows.of(2).segments(Segments.whole(4)).cut(ramp(5), ramp(5), all(5)))
        .hasMessageContaining("segments of 4");
    assertThatThrownBy(() -> Windows.of(2).cut(Tensor.zeros(5), Tensor.zeros(5), all(5)))
        .hasMessageContaining("must be (rows, columns); got (5,)");
    assertThatThrownBy(() -> Segments.whole(4).and(Segments.whole(5))).hasMessageContaining("rows");
    assertThatThrownBy(() -> new Samples(ramp(3), ramp(4))).hasMessageContaining("as many");
  }

  private static Range all(int rows) {
    return new Range(0, rows);
  }

  @Test
  void splits() {
    Split split = Split.fractions(10, 0.2, 0.1);
    assertThat(split).isEqualTo(Split.at(10, 7, 9));
    assertThat(Arrays.asList(split.train().size(), split.validation().size(), split.test().size()))
        .containsExactly(7, 2, 1);
    assertThat(Split.fractions(3, 0, 0)).isEqualTo(Split.at(3, 3, 3));
    assertThatThrownBy(() -> Split.fractions(10, 0.5, 0.5)).hasMessageContaining("fractions");
    assertThatThrownBy(() -> Split.at(10, 8, 7)).hasMessageContaining("no range of rows: 8 to 7");
  }

  /** Times with few digits, or that are no binary fractions, do not lie exactly one step apart. */
  @ParameterizedTest
  @CsvSource({"0.1, 1", "0.01, 2", "0.3333333333, 3", "1e-7, 12", "86400, 0"})
  void aTimeStepNeedNotBeABinaryFraction(double step, int digits) {
    double scale = Math.pow(10, digits);
    double[] times =
        IntStream.range(0, 1000).mapToDouble(i -> Math.rint(i * step * scale) / scale).toArray();
    assertThat(Segments.byTime(times, step).together(0, 999)).isTrue();
    times[500] += step; // a row is missing before it
    assertThat(Segments.byTime(times, step).together(499, 500)).isFalse();
  }
}
