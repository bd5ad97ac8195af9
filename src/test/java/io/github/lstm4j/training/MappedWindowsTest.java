package io.github.lstm4j.training;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.NpyRows;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Windows over a file that is mapped: the same training as in memory, without the memory. */
class MappedWindowsTest {
  private static final int HEAP = 48; // MB of the other JVM
  private static final int ROWS = 4_000_000; // of 16 bytes: more than the heap

  @TempDir private Path folder;

  private static Model model() {
    return new Sequential(new LSTM(3).inputShape(8, 2), new Dense(2))
        .seed(2)
        .on(Backends.cpu())
        .compile("adam", "mse");
  }

  @Test
  void theSameNumbersAsInMemory() throws IOException {
    Tensor rows = Tensor.zeros(500, 2);
    Philox random = new Philox(1, 1);
    for (int i = 0; i < rows.size(); i++) {
      rows.data()[i] = (float) random.nextGaussian();
    }
    Path file = folder.resolve("rows.npy");
    Npy.write(file, rows);
    Series mapped = NpyRows.of(file);
    Windows windows = Windows.of(8).horizons(1);
    int[] starts = windows.starts(mapped, new Range(0, 500));
    assertThat(starts).isEqualTo(windows.starts(rows, new Range(0, 500)));
    Windows twice = windows.samplingRate(2);
    int[] wider = twice.starts(mapped, new Range(0, 500));
    assertThat(twice.inputs(mapped, wider)).isEqualTo(twice.inputs(rows, wider));

    BatchSource memory = BatchSource.of(windows, rows, rows, starts);
    BatchSource disk = BatchSource.of(windows, mapped, mapped, starts);
    try (Model a = model();
        Model b = model();
        Model c = model()) {
      Fit fit = Fit.epochs(2).batchSize(16).silent();
      BatchSource one = memory.shuffleBlocks(32, 4);
      BatchSource other = disk.shuffleBlocks(32, 4).prefetch(2);
      assertThat(b.fit(other, fit.validationData(disk)).toString())
          .isEqualTo(a.fit(one, fit.validationData(memory)).toString());
      assertThat(b.getWeights()).isEqualTo(a.getWeights());
      assertThat(b.predict(disk.prefetch(1), 16)).isEqualTo(a.predict(memory, 16));
      c.fit(memory, fit.validationData(memory));
      assertThat(c.getWeights()).isNotEqualTo(a.getWeights()); // in another order
    }
  }

  /** A file that is larger than the heap of the JVM that trains on it. */
  @Test
  void theHeapHasNothingOfIt() throws IOException, InterruptedException {
    Path file = folder.resolve("large.npy");
    String header =
        String.format(
            Locale.ROOT,
            "%-117s\n",
            "{'descr': '<f4', 'fortran_order': False, 'shape': (" + ROWS + ", 4), }");
    try (RandomAccessFile large = new RandomAccessFile(file.toFile(), "rw")) {
      large.write(
          new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0, (byte) header.length(), 0});
      large.write(header.getBytes(UTF_8));
      large.setLength(10 + header.length() + ROWS * 16L); // zeros
    }
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx" + HEAP + "m",
                "-XX:TieredStopAtLevel=1",
                "-cp",
                System.getProperty("java.class.path"),
                Trains.class.getName(),
                file.toString())
            .redirectErrorStream(true)
            .start();
    String text = new String(process.getInputStream().readAllBytes(), UTF_8);
    assertThat(process.waitFor()).as(text).isZero();
    assertThat(text).contains("steps 40");
  }

  /** What the other JVM runs. */
  static final class Trains {
    private Trains() {}

    public static void main(String[] args) throws IOException {
      Series rows = NpyRows.of(Path.of(args[0]));
      Windows windows = Windows.of(8).stride(16);
      int[] starts = windows.starts(rows, new Range(0, rows.rows()));
      BatchSource source = BatchSource.of(windows, rows, rows, starts);
      try (Model model =
          new Sequential(new LSTM(3).inputShape(8, 4), new Dense(4))
              .on(Backends.cpu())
              .compile("adam", "mse")) {
        model.fit(
            source.shuffleBlocks(1024, 8).prefetch(2),
            Fit.epochs(1).stepsPerEpoch(40).batchSize(64).silent());
        System.out.println("steps " + model.iterations());
      }
    }
  }
}
