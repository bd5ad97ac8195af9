package io.github.lstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.layers.BatchNormalization;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.losses.Loss;
import io.github.lstm4j.metrics.Metric;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.optimizers.Optimizer;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import org.apache.spark.api.java.function.MapFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Tasks of a cluster train as one process does. */
@ExtendWith(LocalCluster.class)
class TrainingTest {
  private static final int SAMPLES = 46;
  private static final int BATCH = 16; // the last one has 14
  private static final int STEPS = 5;
  private static final int FEATURES = 3;
  private static final float NEAR = 1e-6f;

  private static final Tensor X = random(1, SAMPLES, STEPS, FEATURES);
  private static final Tensor Y = random(2, SAMPLES, 1);
  private static final Tensor WEIGHTS = random(3, SAMPLES).map(Math::abs);

  private static Tensor random(long seed, int... dims) {
    Random random = new Random(seed);
    return Tensor.zeros(dims).map(v -> random.nextGaussian());
  }

  private static Dataset<Row> data() {
    StructType schema =
        new StructType()
            .add(
                "readings",
                DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.FloatType)))
            .add("answer", DataTypes.FloatType)
            .add("count", DataTypes.FloatType)
            .add("late", DataTypes.BooleanType);
    List<Row> rows = new ArrayList<>();
    for (int late = 0; late < 2; late++) { // all rows again, to validate
      for (int n = 0; n < SAMPLES; n++) {
        rows.add(RowFactory.create(X.at(0, n).toArray2D(), Y.get(n, 0), WEIGHTS.get(n), late == 1));
      }
    }
    return LocalCluster.session().createDataFrame(rows, schema);
  }

  private static Sequential network() {
    Sequential model = new Sequential().seed(5);
    model.add(new LSTM(6).inputShape(STEPS, FEATURES));
    model.add(new Dense(1));
    model.compile(Optimizer.adam(1e-2f), Loss.meanSquaredError(), Metric.MEAN_ABSOLUTE_ERROR);
    model.on(Backends.cpu(1));
    return model;
  }

  private static SparkFit options(int epochs) {
    return SparkFit.epochs(epochs)
        .batchSize(BATCH)
        .shuffle(false)
        .columns(List.of("readings"), List.of("answer"))
        .weightCol("count")
        .validationIndicatorCol("late");
  }

  @Test
  void oneTwoAndFourTasksAreOneProcess() {
    Model here = network();
    History history =
        here.fit(
            BatchSource.of(X, Y, WEIGHTS),
            Fit.epochs(1)
                .batchSize(BATCH)
                .shuffle(false)
                .silent()
                .validationData(BatchSource.of(X, Y, WEIGHTS)));
    for (int tasks : new int[] {1, 2, 4}) {
      Trained trained = options(1).tasks(tasks).fit(network(), data());
      List<Tensor> weights = trained.model().getWeights();
      for (int i = 0; i < weights.size(); i++) {
        assertThat(weights.get(i).data())
            .containsExactly(here.getWeights().get(i).data(), within(NEAR));
      }
      assertThat(trained.history().keySet()).containsExactlyElementsOf(history.keys());
      for (String key : history.keys()) {
        assertThat(trained.history().get(key).get(0))
            .as(key)
            .isCloseTo(history.get(key).get(0), within((double) NEAR));
      }
      assertThat(trained.model().iterations()).isEqualTo(here.iterations());
    }
  }

  /** An executor, as its own process. */
  private static ProcessHandle executor() {
    long pid =
        LocalCluster.session()
            .range(1)
            .map((MapFunction<Long, Long>) row -> ProcessHandle.current().pid(), Encoders.LONG())
            .head();
    assertThat(pid).isNotEqualTo(ProcessHandle.current().pid());
    return ProcessHandle.of(pid).orElseThrow();
  }

  @Test
  void aKilledWorkerCostsTheEpochItWasIn(@TempDir Path folder) throws Exception {
    int epochs = 6; // each takes two seconds, as Spark's allGather takes one
    SparkFit options =
        SparkFit.epochs(epochs)
            .tasks(4)
            .batchSize(2 * SAMPLES)
            .columns(List.of("readings"), List.of("answer"));
    Model here = network();
    here.fit(
        Tensor.concat(0, X, X), Tensor.concat(0, Y, Y), Fit.epochs(epochs).batchSize(92).silent());
    Path checkpoint = folder.resolve("run.keras");
    ProcessHandle executor = executor();
    CompletableFuture<ProcessHandle> killed;
    try (WatchService watch = FileSystems.getDefault().newWatchService()) {
      folder.register(watch, StandardWatchEventKinds.ENTRY_CREATE);
      killed =
          CompletableFuture.supplyAsync(
              () -> {
                try {
                  while (!Files.exists(checkpoint)) {
                    WatchKey key = watch.take();
                    key.pollEvents();
                    key.reset();
                  }
                  executor.destroyForcibly();
                  return executor.onExit().join();
                } catch (InterruptedException e) {
                  throw new IllegalStateException(e);
                }
              });
      Trained trained = options.checkpoint(checkpoint.toUri().toString()).fit(network(), data());
      assertThat(killed.get().isAlive()).isFalse();
      assertThat(trained.restarts()).isPositive();
      for (int i = 0; i < here.getWeights().size(); i++) {
        assertThat(trained.model().getWeights().get(i).data())
            .containsExactly(here.getWeights().get(i).data(), within(NEAR));
      }
      assertThat(trained.model().iterations()).isEqualTo(epochs);
      assertThat(trained.history().get("loss")).hasSizeLessThan(epochs); // it went on
      assertThat(checkpoint).doesNotExist();
    }
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Dataset<Row> data = data();
    assertThatThrownBy(() -> SparkFit.epochs(1).batchSize(1))
        .hasMessageContaining("batchSize 1 is less than the 2 tasks");
    assertThatThrownBy(() -> SparkFit.epochs(1).fit(network(), data))
        .hasMessageContaining("column features: is not among");
    assertThatThrownBy(
            () -> options(1).columns(List.of("count"), List.of("answer")).fit(network(), data))
        .hasMessage(
            "column count: expected array<array<numbers>> for input 0 of the model, got float");
    Sequential normalized =
        new Sequential(
            new LSTM(2).inputShape(STEPS, FEATURES), new BatchNormalization(), new Dense(1));
    normalized.compile("sgd", "mse");
    assertThatThrownBy(() -> options(1).fit(normalized, data))
        .hasMessageContaining("batch_normalization");
  }

  @Test
  void aForecasterOfManySeries(@TempDir Path folder) throws Exception {
    int hours = 40;
    Random random = new Random(5);
    List<Row> rows = new ArrayList<>();
    List<String> towns = new ArrayList<>();
    double[] times = new double[6 * hours];
    double[] load = new double[6 * hours];
    for (int i = 0; i < load.length; i++) {
      String town = "town" + i / hours;
      LocalDateTime at = LocalDateTime.of(2024, 6, 1, 0, 0).plusHours(i % hours);
      towns.add(town);
      times[i] = at.toEpochSecond(ZoneOffset.UTC);
      load[i] = 100 * (1 + i / hours) + 10 * Math.sin(i / 4.0) + random.nextDouble();
      rows.add(RowFactory.create(town, at, load[i]));
    }
    Dataset<Row> data =
        LocalCluster.session()
            .createDataFrame(
                rows,
                new StructType()
                    .add("town", DataTypes.StringType)
                    .add("hour", DataTypes.TimestampNTZType)
                    .add("load", DataTypes.DoubleType));
    ForecastSetup setup =
        ForecastSetup.of("load")
            .inputs(InputSetup.of("load").time("hour").group("town").scalePerGroup(true))
            .window(6)
            .horizons(1, 2);
    List<ForecastTask> tasks = new ArrayList<>();
    ForecastEstimator estimator =
        new ForecastEstimator(
            setup,
            task -> {
              tasks.add(task);
              Sequential network = new Sequential().seed(2);
              network.add(new LSTM(8).inputShape(6, task.inputs().width()));
              network.add(new Dense(task.head().units()));
              network.compile(Optimizer.adam(5e-2f), Loss.meanSquaredError());
              return network;
            },
            SparkFit.epochs(5).tasks(2).batchSize(100));
    ForecastModel model = estimator.setValidationFraction(0.25).fit(data);

    Map<String, double[]> numbers = new LinkedHashMap<>(Map.of("load", load));
    Table table =
        Table.of(numbers)
            .withTimes("hour", times, TimeFormat.of("yyyy-MM-dd HH:mm:ss"))
            .withCategories("town", towns)
            .bySeries("town");
    List<Range> training = setup.splits(table, 0.25, 0).stream().map(Split::train).toList();
    assertThat(tasks.get(0).toExtra()).isEqualTo(setup.fit(table, training).toExtra());
    String path = folder.resolve("model").toUri().toString();
    model.write().save(path);
    List<Row> forecasts = ForecastModel.load(path).transform(data).collectAsList();
    assertThat(forecasts).hasSize(6 * (hours - 5) * 2);
    double squares = 0;
    double naive = 0;
    int known = 0;
    for (Row row : forecasts) {
      Double actual = row.getAs("actual");
      if (actual != null) {
        double forecast = row.getAs("forecast");
        int town = row.<String>getAs("group").charAt(4) - '0';
        squares += Math.pow(forecast - actual, 2);
        naive += Math.pow(100 * (1 + town) - actual, 2);
        known++;
      }
    }
    assertThat(known).isPositive();
    assertThat(squares).isLessThan(naive); // better than a town's level
  }
}
