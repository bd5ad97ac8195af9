package io.github.lstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import io.github.lstm4j.callbacks.ModelCheckpoint;
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
import io.github.lstm4j.random.Philox;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import io.github.lstm4j.training.History;
import java.io.Serializable;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import org.apache.spark.BarrierTaskContext;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
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
            .add("late", DataTypes.BooleanType)
            .add("id", DataTypes.IntegerType);
    List<Row> rows = new ArrayList<>();
    for (int late = 0; late < 2; late++) { // all rows again, to validate
      for (int n = 0; n < SAMPLES; n++) {
        rows.add(
            RowFactory.create(
                X.at(0, n).toArray2D(), Y.get(n, 0), WEIGHTS.get(n), late == 1, rows.size()));
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

  /** The samples of a batch that are one task's. */
  private static int[] own(int batch, int rank, int tasks) {
    int from = batch * BATCH + rank * BATCH / tasks;
    return IntStream.range(from, Math.min(from + BATCH / tasks, SAMPLES)).toArray();
  }

  private static List<Tensor> mean(List<Sequential> models, int[] seen) {
    List<Tensor> means = new ArrayList<>();
    int all = IntStream.of(seen).sum();
    for (int i = 0; i < models.get(0).getWeights().size(); i++) {
      Tensor mean = models.get(0).getWeights().get(i).map(v -> 0);
      for (int rank = 0; rank < seen.length; rank++) {
        float[] weights = models.get(rank).getWeights().get(i).data();
        for (int k = 0; k < weights.length; k++) {
          mean.data()[k] += weights[k] * seen[rank] / all;
        }
      }
      means.add(mean);
    }
    return means;
  }

  /** A model for each task, made to go together after two steps and at the epoch's end. */
  private static List<Tensor> averagedHere(int tasks, int epochs) {
    List<Sequential> models = new ArrayList<>();
    for (int rank = 0; rank < tasks; rank++) {
      Sequential model = network();
      model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
      models.add(model);
    }
    int[] seen = new int[tasks];
    for (int step = 0; step < 3 * epochs; step++) {
      int batch = step % 3;
      for (int rank = 0; rank < tasks; rank++) {
        int[] rows = own(batch, rank, tasks);
        models.get(rank).trainOnBatch(X.take(0, rows), Y.take(0, rows));
        seen[rank] += rows.length;
      }
      if (batch > 0) {
        List<Tensor> mean = mean(models, seen);
        models.forEach(model -> model.setWeights(mean));
        Arrays.fill(seen, 0);
      }
    }
    return models.get(0).getWeights();
  }

  @Test
  void weightsAreAveragedAsInOneProcess() {
    for (int tasks : new int[] {1, 2, 4}) {
      Sequential model = network();
      model.compile(Optimizer.sgd(0.1f), Loss.meanSquaredError());
      SparkFit options =
          SparkFit.epochs(2)
              .tasks(tasks)
              .batchSize(BATCH)
              .shuffle(false)
              .columns(List.of("readings"), List.of("answer"))
              .averageEvery(2);
      near(options.fit(model, data().filter("not late")), averagedHere(tasks, 2));
    }
  }

  private static void near(Trained trained, List<Tensor> weights) {
    for (int i = 0; i < weights.size(); i++) {
      assertThat(trained.model().getWeights().get(i).data())
          .containsExactly(weights.get(i).data(), within(NEAR));
    }
  }

  /** What may happen to a task when its epoch begins. */
  private interface Event extends Serializable {
    void at(int epoch, int rank, int attempt);
  }

  /** Trains without Spark's tables, on the rows of a batch that are a task's; with events. */
  private static Trained fit(SparkFit options, Event event) {
    int tasks = options.tasks();
    List<Integer> ranks = IntStream.range(0, tasks).boxed().toList();
    return options.fit(
        LocalCluster.session(),
        network(),
        () -> sparkContext().parallelize(ranks, tasks),
        (rows, model) -> {
          int rank = rows.next();
          int attempt = BarrierTaskContext.get().stageAttemptNumber();
          int[] all =
              IntStream.range(0, 3).flatMap(b -> Arrays.stream(own(b, rank, tasks))).toArray();
          BatchSource whole = BatchSource.of(X.take(0, all), Y.take(0, all));
          return new SparkFit.Data(
              new BatchSource() {
                @Override
                public int samples() {
                  return whole.samples();
                }

                @Override
                public Batches batches(int size, Philox shuffle) {
                  event.at((int) (model.iterations() / 3), rank, attempt);
                  return whole.batches(size, shuffle);
                }
              },
              null);
        });
  }

  private static JavaSparkContext sparkContext() {
    return JavaSparkContext.fromSparkContext(LocalCluster.session().sparkContext());
  }

  private static final Event NONE = (epoch, rank, attempt) -> {};

  private static SparkFit plain(int epochs, Path checkpoint) {
    return SparkFit.epochs(epochs)
        .tasks(4)
        .batchSize(BATCH)
        .shuffle(false)
        .checkpoint(checkpoint.toUri().toString());
  }

  @Test
  void aLostWorkerCostsTheEpochItWasIn(@TempDir Path folder) {
    int epochs = 5;
    Model here = network();
    here.fit(X, Y, Fit.epochs(epochs).batchSize(BATCH).shuffle(false).silent());
    Path checkpoint = folder.resolve("run.keras");
    Trained trained =
        fit(
            plain(epochs, checkpoint),
            (epoch, rank, attempt) -> {
              if (epoch == 3 && rank == 2 && attempt == 0) {
                Runtime.getRuntime().halt(137); // as a process that is killed
              }
            });
    assertThat(trained.restarts()).isPositive();
    near(trained, here.getWeights());
    assertThat(trained.model().iterations()).isEqualTo(here.iterations());
    assertThat(trained.history().get("loss")).hasSizeBetween(epochs - 3, epochs - 2); // it went on
    assertThat(checkpoint).doesNotExist();
  }

  /** Of a program that ended in the middle, too, where tasks make steps by themselves. */
  @Test
  void aTrainingIsTakenUp(@TempDir Path folder) {
    Path checkpoint = folder.resolve("in/a/folder/run.keras");
    SparkFit options = plain(4, checkpoint).averageEvery(2);
    Trained whole = fit(options, NONE);
    assertThat(checkpoint).doesNotExist();
    assertThatThrownBy(
            () ->
                fit(
                    options,
                    (epoch, rank, attempt) -> {
                      if (epoch == 2 && rank == 3) {
                        throw new IllegalArgumentException("no more of it");
                      }
                    }))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no more of it");
    assertThat(checkpoint).exists();
    Trained rest = fit(options, NONE);
    assertThat(rest.history().get("loss")).isEqualTo(whole.history().get("loss").subList(2, 4));
    assertThat(rest.model().getWeights()).isEqualTo(whole.model().getWeights());
    assertThat(rest.restarts()).isZero();
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
    // found by one task alone, while the others wait for it
    assertThatThrownBy(
            () -> options(1).fit(network(), data.withColumn("late", functions.expr("id = 50"))))
        .isExactlyInstanceOf(IllegalArgumentException.class)
        .hasMessage("fit: allReduce: share 1 has no samples of the validation");
    assertThatThrownBy(() -> options(1).weightCol("late").fit(network(), data))
        .hasMessage("column late: expected numbers for the weight of a sample, got boolean");
    assertThatThrownBy(() -> options(1).validationIndicatorCol("count").fit(network(), data))
        .hasMessage("column count: expected booleans that say what validates, got float");
    for (String column : List.of("late", "count", "answer", "readings")) {
      Column missing = functions.when(functions.expr("id != 7"), functions.col(column));
      assertThatThrownBy(() -> options(1).fit(network(), data.withColumn(column, missing)))
          .isExactlyInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("column " + column + ": ");
    }
  }

  @Test
  void aCheckpointThatIsNoneIsNamed(@TempDir Path folder) throws Exception {
    SparkFit options = options(1);
    assertThatThrownBy(() -> options.checkpoint(folder.toUri().toString()).fit(network(), data()))
        .hasMessage(
            "checkpoint "
                + uri(folder)
                + ": cannot be written: it is a folder; name a"
                + " file in it");
    assertThatThrownBy(() -> options.checkpoint("none://here/run.keras").fit(network(), data()))
        .hasMessageContaining("checkpoint none://here/run.keras: cannot be written: No FileSystem");
    Path other = folder.resolve("other.keras");
    Sequential another = new Sequential(new LSTM(2).inputShape(STEPS, FEATURES), new Dense(1));
    another.compile("adam", "mse");
    another.fit(X, Y, Fit.epochs(1).silent().callbacks(List.of(new ModelCheckpoint(other))));
    assertThatThrownBy(() -> options.checkpoint(other.toUri().toString()).fit(network(), data()))
        .hasMessageStartingWith(uri(other) + ": ")
        .hasMessageContaining("delete it to begin anew");
    Files.write(other, new byte[9]);
    assertThatThrownBy(() -> options.checkpoint(other.toUri().toString()).fit(network(), data()))
        .hasMessageStartingWith(uri(other) + ": ");
  }

  private static String uri(Path file) { // as Hadoop writes it
    return "file:" + file;
  }

  @Test
  void aForecasterOfManySeries(@TempDir Path folder) throws Exception {
    int[] hours = {90, 7, 30, 40, 20, 40}; // the second has no window with what is to come
    Random random = new Random(5);
    List<Row> rows = new ArrayList<>();
    List<String> towns = new ArrayList<>();
    double[] times = new double[IntStream.of(hours).sum()];
    double[] load = new double[times.length];
    for (int town = 0; town < hours.length; town++) {
      for (int h = 0; h < hours[town]; h++) {
        int row = rows.size();
        LocalDateTime at = LocalDateTime.of(2024, 6, 1, 0, 0).plusHours(h);
        towns.add("town" + town);
        times[row] = at.toEpochSecond(ZoneOffset.UTC);
        load[row] = 100 * (1 + town) + 10 * Math.sin(row / 4.0) + random.nextDouble();
        rows.add(RowFactory.create("town" + town, at, load[row]));
      }
    }
    Collections.shuffle(rows, random);
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
            SparkFit.epochs(5).tasks(4).batchSize(100));
    TaskModel model = estimator.setValidationFraction(0.25).fit(data);
    assertThatThrownBy(() -> estimator.fit(data.filter("town in ('town0', 'town1')")))
        .hasMessage(
            "ForecastEstimator: expected at least 4 groups, one for each task, of 8 rows or more,"
                + " a whole window with its target; got 1 in column town; use fewer tasks");

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
    List<Row> forecasts = TaskModel.load(path).transform(data).collectAsList();
    assertThat(forecasts).hasSize(IntStream.of(hours).map(h -> (h - 5) * 2).sum());
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
