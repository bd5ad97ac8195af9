package examples;

import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.data.CsvReader;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Samples;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.Windows;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.nio.file.Path;

/** A CSV file of hours, the load in 1 and in 6 hours; README, "A first real example". */
public final class HourlyForecast {
  private HourlyForecast() {}

  public static void main(String[] args) throws Exception {
    // load: past trains, then validation, then test; nothing is shuffled across
    Path data = Path.of("src/test/resources/examples/hourly.csv");
    Table table = CsvReader.of(data).columns("load", "temperature").read();
    Split split = Split.fractions(table.rows(), 0.15, 0.15);
    Frame inputs =
        Encoder.empty()
            .number("load", Missing.FAIL)
            .number("temperature", Missing.FORWARD_FILL)
            .encode(table);
    Frame targets = Encoder.empty().number("load", Missing.FAIL).encode(table);

    // scale by the training rows only, cut windows
    Normalizer inputScale = Normalizer.fit(Normalizer.Kind.STANDARD, inputs, split.train());
    Normalizer targetScale = Normalizer.fit(Normalizer.Kind.STANDARD, targets, split.train());
    Tensor in = inputScale.apply(inputs); // (rows, 2)
    Tensor out = targetScale.apply(targets); // (rows, 1)
    Windows windows = Windows.of(24).horizons(1, 6);
    Samples train = windows.cut(in, out, split.train()); // x (N, 24, 2), y (N, 2)
    Samples validation = windows.cut(in, out, split.validation());
    Samples test = windows.cut(in, out, split.test());

    // train
    Sequential model = new Sequential().seed(7);
    model.add(new LSTM(32).inputShape(24, 2));
    model.add(new Dropout(0.2f));
    model.add(new Dense(2));
    model.compile(Optimizer.adam(1e-3f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    model.fit(
        train.x(),
        train.y(),
        Fit.epochs(30)
            .batchSize(64)
            .validationData(validation.x(), validation.y())
            .callbacks(new EarlyStopping("val_loss").patience(3).restoreBestWeights(true)));
    System.out.println("test: " + model.evaluate(test.x(), test.y()));

    // save: Python's Keras 3 can load this file
    model.save(Path.of("target/load.keras"));

    // predict
    Model again = Models.load(Path.of("target/load.keras"));
    Tensor forecast = again.predict(test.x()); // (N, 2)
    Normalizer.Column load = targetScale.column("load");
    System.out.println("forecast in 1 h: " + load.invert(forecast.get(0, 0)));
    System.out.println("forecast in 6 h: " + load.invert(forecast.get(0, 1)));
  }
}
