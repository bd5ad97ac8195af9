package io.github.lstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Calendar;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.layers.Masking;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tasks.AnomalySetup;
import io.github.lstm4j.tasks.AnomalyTask;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.Head;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tasks.SequenceSetup;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import scala.collection.Seq;

/** What executors score is what the model gives here, bit for bit. */
@ExtendWith(LocalCluster.class)
class ScoringTest {
  private static final int SAMPLES = 103; // no multiple of a batch
  private static final int STEPS = 7;
  private static final int FEATURES = 3;

  private static Sequential network(boolean sequences) {
    Sequential model = new Sequential().seed(3);
    model.add(new LSTM(20).returnSequences(sequences).inputShape(-1, FEATURES));
    model.add(new Dense(5));
    model.on(Backends.cpu(1));
    return model;
  }

  private static Tensor sequence(Random random, int steps) {
    Tensor x = Tensor.zeros(steps, FEATURES);
    for (int i = 0; i < x.size(); i++) {
      x.data()[i] = (float) random.nextGaussian();
    }
    return x;
  }

  private static double[][] nested(Tensor x) {
    double[][] rows = new double[x.dim(0)][x.dim(1)];
    for (int t = 0; t < rows.length; t++) {
      for (int f = 0; f < rows[t].length; f++) {
        rows[t][f] = x.get(t, f);
      }
    }
    return rows;
  }

  private static Dataset<Row> rows(List<Tensor> sequences) {
    StructType schema =
        new StructType()
            .add("id", DataTypes.IntegerType)
            .add(
                "readings",
                DataTypes.createArrayType(DataTypes.createArrayType(DataTypes.DoubleType)));
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < sequences.size(); i++) {
      rows.add(RowFactory.create(i, nested(sequences.get(i))));
    }
    return LocalCluster.session().createDataFrame(rows, schema).repartition(3);
  }

  private static float[] floats(Object seq) {
    Seq<?> values = (Seq<?>) seq;
    float[] all = new float[values.length()];
    for (int i = 0; i < all.length; i++) {
      all[i] = (Float) values.apply(i);
    }
    return all;
  }

  @Test
  void sequencesOfAnyLength(@TempDir Path folder) throws Exception {
    Random random = new Random(1);
    List<Tensor> sequences = new ArrayList<>();
    for (int i = 0; i < SAMPLES; i++) {
      sequences.add(sequence(random, i % 5 == 0 ? 4 : STEPS));
    }
    Model model = network(false);
    Pipeline pipeline =
        new Pipeline()
            .setStages(
                new PipelineStage[] {
                  SequenceTransformer.of(model)
                      .setInputCols("readings")
                      .setOutputCols("answer")
                      .setBatchSize(16)
                });
    PipelineModel fitted = pipeline.fit(rows(sequences));
    String path = folder.resolve("stage").toUri().toString();
    fitted.write().save(path);
    Dataset<Row> scored = PipelineModel.load(path).transform(rows(sequences));
    assertThat(scored.schema().fieldNames()).containsExactly("id", "readings", "answer");
    List<Row> all = scored.collectAsList();
    assertThat(all).hasSize(SAMPLES);
    for (Row row : all) {
      Tensor x = sequences.get(row.getInt(0));
      float[] here = model.predict(x.reshape(1, x.dim(0), x.dim(1))).data();
      assertThat(floats(row.get(2))).containsExactly(here);
    }
  }

  @Test
  void thePlainFunction() throws Exception {
    Model model = network(true);
    SharedModel shared = SharedModel.of(LocalCluster.session(), model);
    Random random = new Random(2);
    List<double[]> flat = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      flat.add(random.doubles(STEPS * FEATURES).toArray());
    }
    Dataset<double[]> data =
        LocalCluster.session()
            .createDataset(flat, Encoders.javaSerialization(double[].class))
            .repartition(4);
    List<float[]> scored =
        data.mapPartitions(
                shared.<double[], float[]>scoring(
                    8,
                    values -> List.of(Tensor.of(values, STEPS, FEATURES)),
                    (values, out) -> {
                      float[] both = Arrays.copyOf(out.get(0).data(), STEPS * 5 + 1);
                      both[STEPS * 5] = (float) values[0];
                      return both;
                    }),
                Encoders.javaSerialization(float[].class))
            .collectAsList();
    assertThat(scored).hasSize(40);
    for (float[] got : scored) {
      double[] values =
          flat.stream().filter(v -> (float) v[0] == got[STEPS * 5]).findFirst().orElseThrow();
      float[] here = model.predict(Tensor.of(values, 1, STEPS, FEATURES)).data();
      assertThat(Arrays.copyOf(got, STEPS * 5)).containsExactly(here);
    }
  }

  @Test
  void aJvmHasOneModel() {
    SharedModel shared = SharedModel.of(LocalCluster.session(), network(false));
    List<Integer> open =
        LocalCluster.session()
            .range(0, 40, 1, 8)
            .mapPartitions(
                (MapPartitionsFunction<Long, Integer>)
                    rows -> {
                      Model first = shared.use();
                      int models = first == shared.use() ? 0 : 100;
                      return List.of(models + OpenModels.count()).iterator();
                    },
                Encoders.INT())
            .collectAsList();
    assertThat(open).hasSize(8).allMatch(count -> count >= 1 && count <= 3);
  }

  @Test
  void whatDoesNotFitIsNamed() {
    Dataset<Row> data = rows(List.of(sequence(new Random(3), STEPS)));
    SequenceTransformer stage = SequenceTransformer.of(network(false));
    assertThatThrownBy(() -> stage.transform(data)).hasMessageContaining("features: is not among");
    stage.setInputCols("id");
    assertThatThrownBy(() -> stage.transform(data))
        .hasMessage("column id: expected array<array<numbers>> for input 0 of the model, got int");
    stage.setInputCols("readings").setOutputCols("id");
    assertThatThrownBy(() -> stage.transform(data)).hasMessageContaining("column id: is there");
    stage.setOutputCols("a", "b");
    assertThatThrownBy(() -> stage.transform(data))
        .hasMessage("outputCols: expected a column for each of the model's 1, got [a, b]");
    assertThatThrownBy(() -> TaskModel.of(network(false)))
        .hasMessageContaining("expected a model with a task, got one without");
  }

  /** A table of several series with gaps, of times as the clock shows them. */
  private static Table table(int hours, TimeFormat clock) {
    Random random = new Random(5);
    List<String> towns = new ArrayList<>();
    double[] times = new double[3 * hours];
    double[] load = new double[3 * hours];
    double[] heat = new double[3 * hours];
    double start = LocalDateTime.of(2024, 6, 1, 0, 0).toEpochSecond(ZoneOffset.UTC);
    for (int town = 0; town < 3; town++) {
      for (int h = 0; h < hours; h++) {
        int row = town * hours + h;
        towns.add("town" + town);
        times[row] = start + 3600.0 * (h + (h > hours / 2 ? 3 : 0));
        load[row] = 100 * (town + 1) + 10 * Math.sin(h / 4.0) + random.nextDouble();
        heat[row] = h % 11 == 5 ? Double.NaN : random.nextDouble();
      }
    }
    return Table.of(Map.of("load", load))
        .with("heat", heat)
        .withCategories(
            "state",
            IntStream.range(0, 3 * hours).mapToObj(i -> i % 5 < 2 ? "ill" : "well").toList())
        .withTimes("hour", times, clock)
        .withCategories("town", towns);
  }

  private static InputSetup inputs(String... columns) {
    return InputSetup.of(columns)
        .time("hour")
        .group("town")
        .missing(Missing.FORWARD_FILL)
        .calendar(Calendar.HOUR);
  }

  private static Table table() {
    return table(60, TimeFormat.of("yyyy-MM-dd HH:mm:ss")).bySeries("town");
  }

  /** The rows of a table in any order, its times as moments and what is missing as null. */
  private static Dataset<Row> rows(Table table) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < table.rows(); i++) {
      double heat = table.numbers("heat")[i];
      rows.add(
          RowFactory.create(
              Timestamp.from(moment(table.times("hour")[i])),
              table.text("town", i),
              Double.isNaN(heat) ? null : heat,
              table.numbers("load")[i],
              table.text("state", i)));
    }
    Collections.shuffle(rows, new Random(1));
    StructType schema =
        new StructType()
            .add("hour", DataTypes.TimestampType)
            .add("town", DataTypes.StringType)
            .add("heat", DataTypes.DoubleType)
            .add("load", DataTypes.DoubleType)
            .add("state", DataTypes.StringType);
    return LocalCluster.session().createDataFrame(rows, schema);
  }

  private static Instant moment(double clock) {
    LocalDateTime at = LocalDateTime.ofEpochSecond((long) clock, 0, ZoneOffset.UTC);
    return at.atZone(ZoneId.of("Europe/Berlin")).toInstant();
  }

  /** What Spark's answers are, is what the task says here. */
  private static void same(List<Row> got, Table here) {
    assertThat(got).hasSize(here.rows()).isNotEmpty();
    for (int i = 0; i < got.size(); i++) {
      Row row = got.get(i);
      assertThat(row.<Timestamp>getAs("time").toInstant()).isEqualTo(moment(here.times("time")[i]));
      for (String column : here.names()) {
        if (column.equals("time") || column.equals("row")) { // here the table's, there the series'
          continue;
        }
        Object value = row.getAs(column);
        if (here.isCategorical(column)) {
          assertThat(value == null ? null : value.toString())
              .as(column)
              .isEqualTo(here.text(column, i));
        } else {
          assertThat(value == null ? Double.NaN : ((Number) value).doubleValue())
              .as(column)
              .isEqualTo(Double.valueOf(here.numbers(column)[i]));
        }
      }
      assertThat(row.size()).isEqualTo(here.names().size());
    }
  }

  private static Sequential network(Task task) {
    Head head = task.head();
    boolean sequences = head.per() != Head.Per.SAMPLE;
    Sequential model = new Sequential().seed(11);
    if (head.padding() == null) {
      model.add(
          new LSTM(8)
              .returnSequences(sequences)
              .inputShape(task.inputShape().dim(0), task.inputShape().dim(1)));
    } else {
      model.add(
          new Masking(head.padding())
              .inputShape(task.inputShape().dim(0), task.inputShape().dim(1)));
      model.add(new LSTM(8).returnSequences(sequences));
    }
    model.add(new Dense(head.units()).activation(head.activation()));
    model.extra(task.toExtra());
    model.on(Backends.cpu(1));
    return model;
  }

  private static Table answers(Task task, Model model, Table table) {
    TaskSamples samples = task.cutInputs(task.inputs().encode(table));
    return samples.results(model.predict(samples.source(), 128));
  }

  @Test
  void forecastsOfManySeries() {
    Table table = table();
    Task task =
        ForecastSetup.of("load")
            .inputs(inputs("load", "heat").scalePerGroup(true))
            .window(6)
            .horizons(1, 3)
            .interval(0.8)
            .fit(table, new Range(0, table.rows()));
    Model model = network(task);
    Dataset<Row> data = rows(table);
    TaskModel stage = TaskModel.of(model);
    same(
        stage.transform(data).orderBy("group", "row", "horizon").collectAsList(),
        answers(task, model, table));

    assertThatThrownBy(() -> stage.transform(data.drop("heat")))
        .hasMessageContaining("column heat: is not among");
    assertThatThrownBy(() -> stage.transform(data.withColumn("heat", functions.lit("warm"))))
        .hasMessage("column heat: expected numbers, got string");
    Dataset<Row> few = data.filter("town = 'town1'").orderBy("hour").limit(5);
    assertThat(stage.transform(few).collectAsList()).isEmpty();
    assertThat(stage.transform(data.limit(0)).collectAsList()).isEmpty();
    assertThatThrownBy(() -> stage.transform(few.union(few)).collectAsList())
        .hasStackTraceContaining("town town1: table, row 1, column hour: 5 rows are at the same");
    assertThatThrownBy(
            () -> stage.transform(few.withColumn("hour", NOTHING.cast("timestamp"))).head())
        .hasStackTraceContaining("town town1: table, row 0, column hour: the time is missing");
    assertThatThrownBy(() -> stage.transform(few.withColumn("town", NOTHING.cast("string"))).head())
        .hasStackTraceContaining("column town: the group is missing");
  }

  private static final Column NOTHING = functions.lit(null);

  @Test
  void labelsAndAnomaliesOfManySeries() {
    Table table = table();
    Range all = new Range(0, table.rows());
    Dataset<Row> data = rows(table);
    List<Task> tasks =
        List.of(
            SequenceSetup.classify("state")
                .inputs(inputs("load", "heat"))
                .window(6)
                .fit(table, all),
            SequenceSetup.classify("state")
                .inputs(inputs("load", "heat"))
                .perStep(true)
                .fit(table, all),
            SequenceSetup.regress("heat").inputs(inputs("load")).window(6).fit(table, all));
    for (Task task : tasks) {
      Model model = network(task);
      same(
          TaskModel.of(model).transform(data).orderBy("group", "row").collectAsList(),
          answers(task, model, table));
    }
    AnomalyTask untold =
        AnomalySetup.of(6).inputs(inputs("load", "heat")).label("state").fit(table, all);
    Model model = network(untold);
    Task told =
        untold
            .cutInputs(untold.inputs().encode(table))
            .calibrated(source -> model.predict(source, 128));
    model.extra(told.toExtra());
    Dataset<Row> scored = TaskModel.of(model).transform(data);
    assertThat(scored.schema().apply("anomaly").dataType()).isEqualTo(DataTypes.BooleanType);
    same(scored.orderBy("group", "row").collectAsList(), answers(told, model, table));
    // the label need not be there
    Dataset<Row> bare = TaskModel.of(model).transform(data.drop("state"));
    assertThat(bare.columns()).doesNotContain("actual");
    same(
        bare.orderBy("group", "row").collectAsList(), answers(told, model, table.without("state")));
  }

  /** Its tasks are run by another, and nothing is missing or there twice. */
  @Test
  void aWorkerMayBeLost() throws Exception {
    Model model = network(true);
    SharedModel shared = SharedModel.of(LocalCluster.session(), model);
    List<Long> scored =
        LocalCluster.session()
            .range(0, 60, 1, 4)
            .mapPartitions(
                shared.<Long, Long>scoring(
                    4,
                    row -> {
                      if (row == 40 && TaskContext.get().attemptNumber() == 0) {
                        Runtime.getRuntime().halt(137); // as a process that is killed
                      }
                      return List.of(Tensor.zeros(STEPS, FEATURES));
                    },
                    (row, out) -> row),
                Encoders.LONG())
            .collectAsList();
    assertThat(scored).containsExactlyElementsOf(LongStream.range(0, 60).boxed().toList());
  }
}
