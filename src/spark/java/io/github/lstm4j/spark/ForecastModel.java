package io.github.lstm4j.spark;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.TableInputs;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Objects;
import java.util.UUID;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWritable;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/**
 * Forecasts of the rows of a Dataset: series by series, if the model's task has a column of the
 * group, in the order of the time. The model is one of the command {@code train}, of the
 * forecasting task in Java, or of a {@link ForecastEstimator}; its encoder, scales and windows are
 * those stored with it.
 *
 * <pre>{@code
 * Dataset<Row> forecasts =
 *     ForecastModel.of(Models.load(Path.of("load.keras"))).transform(readings);
 * }</pre>
 *
 * <p>There is a row for each window, horizon and target: {@code group} and {@code row}, the
 * window's last row within its series, counted from 1 as Spark sorts the column of the time; {@code
 * time}, of what is forecast, in that column's type; {@code target}, {@code horizon}, {@code
 * forecast}, its {@code lower} and {@code upper} end where the task has intervals, and {@code
 * actual}, what came, where the rows have it. The numbers are those of the command {@code predict}.
 * A series is held in memory as a whole, one at a time.
 */
public final class ForecastModel extends org.apache.spark.ml.Model<ForecastModel>
    implements MLWritable {
  private static final long serialVersionUID = 1;
  private static final List<String> INTERVAL = List.of("lower", "upper");

  private final String uid;
  private final byte[] file;
  private final transient ForecastTask task; // at home only
  private final IntParam batchSize;

  ForecastModel(String uid, byte[] file) {
    this.uid = uid;
    this.file = file;
    batchSize = new IntParam(this, "batchSize", "how many windows are predicted together");
    try (Model model = SharedModel.open(file)) {
      task = taskOf(model);
      Tasks.checkFits(task, model);
    }
    setDefault(batchSize, 128);
  }

  /**
   * Of a model with its task, as it is now.
   *
   * @throws IllegalArgumentException if it has no forecasting task with a time
   */
  public static ForecastModel of(Model model) {
    return new ForecastModel("lstm4j_" + UUID.randomUUID(), SharedModel.bytes(model));
  }

  static ForecastTask taskOf(Model model) {
    Task task = Tasks.fromExtra(model.extra());
    if (!(task instanceof ForecastTask forecast)) {
      throw new IllegalArgumentException(
          model.name()
              + ": expected a model with a forecasting task, got "
              + (task == null ? "none" : task.describeInputs())
              + "; score sequences with SequenceTransformer");
    }
    if (forecast.inputs().time() == null) {
      throw new IllegalArgumentException(
          model.name()
              + ": the forecasting task has no column of the time (--time), and rows of a Dataset"
              + " have no order of their own");
    }
    return forecast;
  }

  @Override
  public String uid() {
    return uid;
  }

  /** What is forecast from what. */
  public ForecastTask task() {
    return task;
  }

  /** The bytes of the model's {@code .keras} file, which the command line takes too. */
  public byte[] file() {
    return file.clone();
  }

  /** How many windows are predicted together; default 128, as on the command line. */
  public IntParam batchSize() {
    return batchSize;
  }

  /** Sets {@link #batchSize}. */
  public ForecastModel setBatchSize(int windows) {
    set(batchSize, windows);
    return this;
  }

  /** The columns of a table that a task reads. */
  private static TableColumns columns(ForecastTask task, StructType schema) {
    TableInputs inputs = task.inputs();
    TableColumns columns =
        new TableColumns(
            inputs.time(), inputs.reading().format().times().getOrDefault(inputs.time(), ""));
    if (inputs.group() != null) {
      columns.text(schema, inputs.group());
    }
    columns.time(schema);
    for (String column : inputs.features().columns()) {
      if (column.equals(inputs.time()) || column.equals(inputs.group())) {
        continue;
      }
      if (inputs.features().categoricalColumns().contains(column)) {
        columns.text(schema, column);
      } else {
        columns.number(schema, column);
      }
    }
    for (String target : task.targetNames()) {
      if (List.of(schema.fieldNames()).contains(target)) {
        columns.number(schema, target);
      }
    }
    return columns;
  }

  /**
   * The schema of the forecasts.
   *
   * @throws IllegalArgumentException if a column is not there or of another kind; names it
   */
  @Override
  public StructType transformSchema(StructType schema) {
    if ((int) $(batchSize) < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + $(batchSize));
    }
    return results(columns(task, schema).timeType());
  }

  private StructType results(DataType time) {
    StructType results = new StructType();
    if (task.inputs().group() != null) {
      results = results.add("group", DataTypes.StringType);
    }
    results =
        results
            .add("row", DataTypes.LongType, false)
            .add("time", time)
            .add("target", DataTypes.StringType, false)
            .add("horizon", DataTypes.IntegerType, false)
            .add("forecast", DataTypes.DoubleType);
    for (String end : task.interval() == null ? List.<String>of() : INTERVAL) {
      results = results.add(end, DataTypes.DoubleType);
    }
    return results.add("actual", DataTypes.DoubleType);
  }

  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    transformSchema(data.schema());
    TableColumns columns = columns(task, data.schema());
    SharedModel shared = SharedModel.of(data.sparkSession(), file);
    int batch = (int) $(batchSize);
    Dataset<Row> forecasts =
        series(columns.of(data), task.inputs())
            .mapPartitions(
                (MapPartitionsFunction<Row, Row>)
                    rows -> {
                      Model model = shared.use();
                      ForecastTask own = taskOf(model);
                      return new Series<>(
                          rows,
                          groupField(own.inputs()),
                          s -> forecasts(model, own, columns, s, batch));
                    },
                Encoders.row(results(columns.givenTimeType())));
    return forecasts.withColumn("time", functions.col("time").cast(columns.timeType()));
  }

  /** Whole series in each partition, one behind the other, each in the order of the time. */
  static Dataset<Row> series(Dataset<Row> rows, TableInputs inputs) {
    Column time = rows.col("`" + inputs.time() + "`");
    if (inputs.group() == null) {
      return rows.repartition(1).sortWithinPartitions(time);
    }
    Column group = rows.col("`" + inputs.group() + "`");
    return rows.repartition(group).sortWithinPartitions(group, time);
  }

  /** Where rows of {@link TableColumns} have the group; -1 without. */
  static int groupField(TableInputs inputs) {
    return inputs.group() == null ? -1 : 0;
  }

  private static List<Row> forecasts(
      Model model, ForecastTask task, TableColumns columns, List<Row> series, int batch) {
    Table table = task.inputs().reading().sorted().arranged(columns.table(series));
    Frame frame = task.inputs().encode(table);
    TaskSamples samples = task.cutInputs(frame);
    if (samples.size() == 0) {
      return List.of();
    }
    Table results = samples.results(model.predict(samples.source(), batch));
    double[] rows = results.numbers("row");
    double[] times = results.times("time");
    double[] horizons = results.numbers("horizon");
    List<String> numbers = new ArrayList<>(List.of("forecast"));
    numbers.addAll(task.interval() == null ? List.of() : INTERVAL);
    numbers.add("actual");
    List<double[]> values = numbers.stream().map(results::numbers).toList();
    List<Row> all = new ArrayList<>();
    for (int i = 0; i < results.rows(); i++) {
      List<Object> row = new ArrayList<>();
      if (task.inputs().group() != null) {
        row.add(results.text("group", i));
      }
      Collections.addAll(
          row,
          (long) rows[i],
          columns.time(results, "time", times[i]),
          results.text("target", i),
          (int) horizons[i]);
      for (double[] column : values) {
        row.add(Double.isNaN(column[i]) ? null : column[i]);
      }
      all.add(RowFactory.create(row.toArray()));
    }
    return all;
  }

  /** What is made of each series of a partition. */
  static final class Series<R> implements Iterator<R> {
    /** What is made of one. */
    interface Use<R> {
      List<R> of(List<Row> series);
    }

    private final Iterator<Row> rows;
    private final int group;
    private final Use<R> use;
    private Row next;
    private Iterator<R> made = Collections.emptyIterator();

    /**
     * @param group the field that tells series apart, or -1: all rows are one
     */
    Series(Iterator<Row> rows, int group, Use<R> use) {
      this.rows = rows;
      this.group = group;
      this.use = use;
      next = rows.hasNext() ? rows.next() : null;
    }

    @Override
    public boolean hasNext() {
      while (!made.hasNext() && next != null) {
        made = use.of(series()).iterator();
      }
      return made.hasNext();
    }

    private List<Row> series() {
      List<Row> series = new ArrayList<>();
      Object name = group < 0 ? null : next.get(group);
      do {
        series.add(next);
        next = rows.hasNext() ? rows.next() : null;
      } while (next != null && (group < 0 || Objects.equals(next.get(group), name)));
      return series;
    }

    @Override
    public R next() {
      if (!hasNext()) {
        throw new NoSuchElementException();
      }
      return made.next();
    }
  }

  @Override
  public ForecastModel copy(ParamMap extra) {
    return copyValues(new ForecastModel(uid, file), extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new Stored.Writer(this, file);
  }

  /** What reads one that was stored. */
  public static MLReader<ForecastModel> read() {
    return new Stored.Reader<>(ForecastModel.class, ForecastModel::new);
  }

  /** Reads one that was stored. */
  public static ForecastModel load(String path) {
    return read().load(path);
  }
}
