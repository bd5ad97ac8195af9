package examples;

import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.NpyRows;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.tensor.Series;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import java.io.IOException;
import java.nio.file.Path;
import java.util.stream.Stream;

/** Data that does not fit into memory, and frozen layers; README, "A first real example". */
public final class BatchesFromAnywhere {
  private BatchesFromAnywhere() {}

  public static void main(String[] args) throws IOException {
    Tensor series = Tensor.zeros(1000, 2); // all its windows together are 24 times as large
    Tensor next = Tensor.zeros(1000, 1);
    Windows day = Windows.of(24).horizons(1);
    int[] starts = day.starts(next, new Split.Range(0, 1000));
    LSTM memory = new LSTM(16).inputShape(24, 2).name("memory");
    Model large = new Sequential(memory, new Dense(1)).compile("adam", "mse");
    large.fit(BatchSource.of(day, series, next, starts), Fit.epochs(2).silent());
    Tensor answers = large.predict(BatchSource.of(day, series, null, starts), 64);
    System.out.println(answers.shape()); // (976, 1)

    large.layer("memory").trainable(false); // from here on only the Dense layer learns
    large.compile("adam", "mse");
    Batch zeros = Batch.of(Tensor.zeros(32, 24, 2), Tensor.zeros(32, 1));
    Stream<Batch> endless = Stream.generate(() -> zeros); // made as they are needed
    large.fit(BatchSource.of(endless), Fit.epochs(2).stepsPerEpoch(10).silent());

    Npy.write(Path.of("target/series.npy"), series);
    Series rows = NpyRows.of(Path.of("target/series.npy")); // mapped: as large as the disk
    BatchSource windows = BatchSource.of(day, rows, Series.of(next), starts);
    large.fit(windows.shuffleBlocks(128, 4).prefetch(2), Fit.epochs(2).silent());
  }
}
