package io.github.lstm4j.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.github.lstm4j.data.Calendar;
import io.github.lstm4j.data.Encoder.Missing;
import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split.Range;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.data.TimeFormat;
import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tasks.ForecastSamples;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tensor.Tensor;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.Pipeline;
import org.apache.spark.ml.PipelineModel;
import org.apache.spark.ml.PipelineStage;
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
    assertThatThrownBy(() -> ForecastModel.of(network(false)))
        .hasMessageContaining("expected a model with a forecasting task, got none");
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
        .withTimes("hour", times, clock)
        .withCategories("town", towns);
  }

  @Test
  void forecastsOfManySeries() throws Exception {
    Table table = table(60, TimeFormat.of("yyyy-MM-dd HH:mm:ss")).bySeries("town");
    InputSetup inputs =
        InputSetup.of("load", "heat")
            .time("hour")
            .group("town")
            .scalePerGroup(true)
            .missing(Missing.FORWARD_FILL)
            .calendar(Calendar.HOUR);
    ForecastTask task =
        ForecastSetup.of("load")
            .inputs(inputs)
            .window(6)
            .horizons(1, 3)
            .interval(0.8)
            .fit(table, new Range(0, table.rows()));
    Sequential model = new Sequential().seed(11);
    model.add(new LSTM(8).inputShape(6, task.inputs().width()));
    model.add(new Dense(task.head().units()));
    model.extra(task.toExtra());
    model.on(Backends.cpu(1));

    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < table.rows(); i++) {
      LocalDateTime at =
          LocalDateTime.ofEpochSecond((long) table.times("hour")[i], 0, ZoneOffset.UTC);
      double heat = table.numbers("heat")[i];
      rows.add(
          RowFactory.create(
              Timestamp.from(at.atZone(ZoneId.of("Europe/Berlin")).toInstant()),
              table.text("town", i),
              Double.isNaN(heat) ? null : heat,
              table.numbers("load")[i]));
    }
    Collections.shuffle(rows, new Random(1));
    StructType schema =
        new StructType()
            .add("hour", DataTypes.TimestampType)
            .add("town", DataTypes.StringType)
            .add("heat", DataTypes.DoubleType)
            .add("load", DataTypes.DoubleType);
    Dataset<Row> data = LocalCluster.session().createDataFrame(rows, schema);
    List<Row> got =
        ForecastModel.of(model).transform(data).orderBy("group", "row", "horizon").collectAsList();

    Frame frame = task.inputs().encode(table);
    ForecastSamples samples = task.cutInputs(frame);
    Table here = samples.results(model.predict(samples.source(), 128));
    assertThat(got).hasSize(here.rows());
    for (int i = 0; i < got.size(); i++) {
      Row row = got.get(i);
      LocalDateTime at =
          LocalDateTime.ofEpochSecond((long) here.times("time")[i], 0, ZoneOffset.UTC);
      assertThat(row.getString(0)).isEqualTo(here.text("group", i));
      assertThat(row.getTimestamp(2).toInstant())
          .isEqualTo(at.atZone(ZoneId.of("Europe/Berlin")).toInstant());
      assertThat(row.getString(3)).isEqualTo("load");
      assertThat(row.getInt(4)).isEqualTo((int) here.numbers("horizon")[i]);
      for (String column : List.of("forecast", "lower", "upper", "actual")) {
        Double value = row.getAs(column);
        assertThat(value == null ? Double.NaN : value)
            .as(column)
            .isEqualTo(Double.valueOf(here.numbers(column)[i]));
      }
    }
    ForecastModel stage = ForecastModel.of(model);
    assertThatThrownBy(() -> stage.transform(data.drop("heat")))
        .hasMessageContaining("column heat: is not among");
    assertThatThrownBy(() -> stage.transform(data.withColumn("heat", functions.lit("warm"))))
        .hasMessage("column heat: expected numbers, got string");
  }
}
