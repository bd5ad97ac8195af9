package io.github.lstm4j.demo;

import io.github.lstm4j.backend.Backend;
import io.github.lstm4j.callbacks.CSVLogger;
import io.github.lstm4j.callbacks.EarlyStopping;
import io.github.lstm4j.data.Encoder;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.ForecastErrors;
import io.github.lstm4j.data.Normalizer;
import io.github.lstm4j.data.Samples;
import io.github.lstm4j.demo.BeijingPm25.Form;
import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.JsonWriter;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.Dropout;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.model.SummaryStyle;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.Scales;
import io.github.lstm4j.tasks.TableInputs;
import io.github.lstm4j.tasks.TableReading;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * The two models of one unit that everyone asks about, then an LSTM trained on real data, judged
 * beside Keras and reported.
 */
public final class Demo {
  /** The batch size of the training. */
  public static final int BATCH = 128;

  private static final int UNITS = 64;
  private static final int PATIENCE = 3;
  private static final float DROPOUT = 0.2f;
  private static final float LEARNING_RATE = 1e-3f;

  private final long began = System.nanoTime();
  private final BeijingPm25 data = BeijingPm25.load();
  private final long seed;
  private final int epochs;
  private final Path directory;
  private final PrintStream out;

  /**
   * Loads the data; the time of the whole demo is counted from here.
   *
   * @param seed weights, shuffles and dropout follow from it
   * @param epochs at most as many
   * @param directory where model, history, result and report go
   * @param out where the text goes
   */
  public Demo(long seed, int epochs, Path directory, PrintStream out) {
    this.seed = seed;
    this.epochs = epochs;
    this.directory = directory;
    this.out = out;
  }

  /** The model, compiled, not bound to a backend yet. */
  public Model model() {
    return new Sequential()
        .seed(seed)
        .add(new LSTM(UNITS).inputShape(BeijingPm25.WINDOW, data.inputs().columns().size()))
        .add(new Dropout(DROPOUT))
        .add(new Dense(BeijingPm25.HORIZONS.size()))
        .compile(Optimizer.adam(LEARNING_RATE), Loss.meanSquaredError());
  }

  /**
   * Runs it all.
   *
   * @param model made by {@link #model}, bound to a backend
   * @param progress is told how the training goes
   * @throws IOException if a file cannot be written
   */
  public void run(Model model, Callback progress) throws IOException {
    oneUnit(1);
    oneUnit(2);
    forecast(model, progress);
  }

  /** One unit, one timestep: 12 weights for one feature, 16 for two. */
  private void oneUnit(int features) {
    LSTM lstm = new LSTM(1).inputShape(1, features).name("lstm_1");
    try (Sequential model = new Sequential(lstm)) {
      out.printf(
          Locale.ROOT,
          "%nmodel.add(LSTM(1, input_shape=(1, %d)))    units 1, timesteps 1, features %d%n",
          features,
          features);
      out.print(model.summaryText(SummaryStyle.KERAS_2_0));
      out.println("kernel_c " + lstm.kernelC().shape() + ", bias_c " + lstm.biasC().shape());
    }
  }

  private void forecast(Model model, Callback progress) throws IOException {
    Backend backend = model.backend();
    out.printf(
        Locale.ROOT,
        "%nFine dust (PM2.5) in Beijing: the last %d hours of %d columns in, the dust 1, 6 and%n"
            + "24 hours ahead out. Train 2010-2012 (%,d windows), validate 2013 (%,d),%n"
            + "test 2014 (%,d). LSTM(%d), Dropout(%s), Dense(3); Adam, early stopping,%n"
            + "batch %d, seed %d.%n%n",
        BeijingPm25.WINDOW,
        data.inputs().columns().size(),
        data.train().size(),
        data.validation().size(),
        data.test().size(),
        UNITS,
        DROPOUT,
        BATCH,
        seed);
    Files.createDirectories(directory);
    EpochTimes times = new EpochTimes();
    EarlyStopping stopping =
        new EarlyStopping("val_loss").patience(PATIENCE).restoreBestWeights(true);
    History history =
        train(model, times, stopping, new CSVLogger(directory.resolve("history.csv")), progress);
    Tensor predicted = model.predict(data.test().samples(Form.CHANGE).x(), BATCH);
    double[] forecasts = data.test().concentrations(predicted, Form.CHANGE);
    ForecastErrors errors = data.test().errors(forecasts);
    ForecastErrors persistence = data.test().errors(data.test().persistence());
    printErrors(errors, persistence, times);

    Path file = directory.resolve("model.keras");
    model.extra(task().toExtra());
    model.save(file);
    out.printf(
        Locale.ROOT,
        "Saved and loaded %s: its predictions differ by at most %.1e%n",
        file,
        reloadedDifference(file, backend, predicted));

    double seconds = (System.nanoTime() - began) * 1e-9;
    DemoReport.Run run = new DemoReport.Run(seed, stopping.bestEpoch(), seconds, times.median());
    writeResult(run, backend, model, times, errors, persistence);
    DemoReport.page(data, model, history, forecasts, run).write(directory.resolve("report.html"));
    out.printf(
        Locale.ROOT,
        "Wrote model.keras, history.csv, result.json and report.html to %s; %.1f s in all%n",
        directory,
        (System.nanoTime() - began) * 1e-9);
  }

  private History train(Model model, Callback... callbacks) {
    Samples train = data.train().samples(Form.CHANGE);
    Samples validation = data.validation().samples(Form.CHANGE);
    return model.fit(
        train.x(),
        train.y(),
        Fit.epochs(epochs)
            .batchSize(BATCH)
            .validationData(validation.x(), validation.y())
            .silent()
            .callbacks(callbacks));
  }

  private void printErrors(ForecastErrors errors, ForecastErrors persistence, EpochTimes times) {
    out.printf("%nTest errors, µg/m³         +1 h         +6 h        +24 h%n");
    row("RMSE  lstm4j     ", errors.rmse());
    StringBuilder keras = new StringBuilder("      Keras      ");
    for (int h = 0; h < 3; h++) {
      keras.append(
          String.format(
              Locale.ROOT,
              "%13s",
              Yardstick.LOWEST_RMSE.get(h) + "-" + Yardstick.HIGHEST_RMSE.get(h)));
    }
    out.println(keras + "  (recorded, 4 seeds)");
    row("      persistence", persistence.rmse());
    row("MAE   lstm4j     ", errors.mae());
    row("      persistence", persistence.mae());
    out.printf(
        Locale.ROOT,
        "%nAn epoch took %.2f s (median of %d); where ours took %s s, Keras's took %s s (recorded)%n",
        times.median(),
        times.epochs(),
        Yardstick.OUR_EPOCH_SECONDS,
        Yardstick.EPOCH_SECONDS);
  }

  private void row(String name, List<Double> values) {
    StringBuilder line = new StringBuilder(name);
    values.forEach(v -> line.append(String.format(Locale.ROOT, "%13.3f", v)));
    out.println(line);
  }

  /** What {@code predict} and {@code evaluate} need to use the model on a table like the demo's. */
  private ForecastTask task() {
    Encoder features = Encoder.empty().number("pm2.5", Missing.FORWARD_FILL_OR_ZERO);
    for (String column : List.of("DEWP", "TEMP", "PRES", "Iws", "Is", "Ir")) {
      features = features.number(column, Missing.FAIL);
    }
    features = features.oneHot("cbwd", Missing.FAIL, List.of("NW", "cv", "NE", "SE"));
    return new ForecastTask(
        new TableInputs(TableReading.DEFAULT, features, Scales.of(data.inputs()), null),
        Scales.of(new Normalizer(List.of(data.target()))),
        BeijingPm25.WINDOW,
        BeijingPm25.HORIZONS,
        true,
        null);
  }

  private double reloadedDifference(Path file, Backend backend, Tensor expected)
      throws IOException {
    try (Model loaded = Models.load(file).on(backend)) {
      Tensor predicted = loaded.predict(data.test().samples(Form.CHANGE).x(), BATCH);
      double largest = 0;
      for (int i = 0; i < expected.size(); i++) {
        largest = Math.max(largest, Math.abs(predicted.data()[i] - expected.data()[i]));
      }
      return largest;
    }
  }

  private void writeResult(
      DemoReport.Run run,
      Backend backend,
      Model model,
      EpochTimes times,
      ForecastErrors errors,
      ForecastErrors persistence)
      throws IOException {
    Map<String, Object> result = new LinkedHashMap<>();
    result.put("test_rmse", errors.rmse());
    result.put("test_mae", errors.mae());
    result.put("persistence_rmse", persistence.rmse());
    result.put("persistence_mae", persistence.mae());
    result.put("epochs", times.epochs());
    result.put("seconds", run.seconds());
    result.put("epoch_seconds", run.epochSeconds());
    result.put("params", model.countParams());
    result.put("backend", backend.name());
    result.put("backend_description", backend.description());
    result.put("seed", seed);
    AtomicFile.write(
        directory.resolve("result.json"),
        to -> to.write(JsonWriter.indented(result).getBytes(StandardCharsets.UTF_8)));
  }
}
