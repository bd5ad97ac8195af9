package io.github.lstm4j.spark;

import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
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
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * What a model with a task says of the rows of a Dataset: series by series, if the task has a
 * column of the group, in the order of the time. The model is one of the command {@code train}, of
 * a task in Java, or of a {@link ForecastEstimator}; its encoder, scales, windows and labels are
 * those stored with it.
 *
 * <pre>{@code
 * Dataset<Row> forecasts = TaskModel.of(Models.load(Path.of("load.keras"))).transform(readings);
 * }</pre>
 *
 * <p>The rows and columns are those of the command {@code predict}, and so are the numbers: {@code
 * group}; {@code row}, within its series, counted from 1 as Spark sorts the column of the time;
 * {@code time}, in that column's type; and
 *
 * <ul>
 *   <li>of a forecasting task, for each window, horizon and target, {@code target}, {@code
 *       horizon}, {@code forecast}, its {@code lower} and {@code upper} end where the task has
 *       intervals, and {@code actual}, what came, where the rows have it; {@code row} is the
 *       window's last and {@code time} that of what is forecast;
 *   <li>of a task with labels, for each group, row or window, {@code predicted}, {@code
 *       probability_} of each class, and {@code actual} if the rows have the column of the label;
 *   <li>of anomaly detection, for each row, {@code score}, {@code anomaly}, {@code worst_column},
 *       and {@code actual} if the rows have the column of the label.
 * </ul>
 *
 * <p>What is missing is null. A series is held in memory as a whole, one at a time.
 */
public final class TaskModel extends org.apache.spark.ml.Model<TaskModel> implements MLWritable {
  private static final long serialVersionUID = 1;

  private final String uid;
  private final byte[] file;
  private final transient Task task; // at home only
  private final IntParam batchSize;

  TaskModel(String uid, byte[] file) {
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
   * @throws IllegalArgumentException if it has no task, or one without a time
   */
  public static TaskModel of(Model model) {
    return new TaskModel("lstm4j_" + UUID.randomUUID(), SharedModel.bytes(model));
  }

  static Task taskOf(Model model) {
    Task task = Tasks.fromExtra(model.extra());
    if (task == null) {
      throw new IllegalArgumentException(
          Printable.text(model.name())
              + ": expected a model with a task, got one without; score sequences with"
              + " SequenceTransformer");
    }
    if (task.inputs().time() == null) {
      throw new IllegalArgumentException(
          Printable.text(model.name())
              + ": the task has no column of the time (--time), and rows of a Dataset have no"
              + " order of their own");
    }
    return task;
  }

  @Override
  public String uid() {
    return uid;
  }

  /** What is told of what. */
  public Task task() {
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
  public TaskModel setBatchSize(int windows) {
    set(batchSize, windows);
    return this;
  }

  /** The columns of a table that a task reads. */
  private static TableColumns columns(Task task, StructType schema) {
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
    Answers.truth(task, schema, columns);
    return columns;
  }

  /**
   * The schema of the answers.
   *
   * @throws IllegalArgumentException if a column is not there or of another kind; names it
   */
  @Override
  public StructType transformSchema(StructType schema) {
    if ((int) $(batchSize) < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + $(batchSize));
    }
    return Answers.schema(task, schema, columns(task, schema).timeType());
  }

  @Override
  public Dataset<Row> transform(Dataset<?> data) {
    transformSchema(data.schema());
    TableColumns columns = columns(task, data.schema());
    StructType answers = Answers.schema(task, data.schema(), columns.givenTimeType());
    SharedModel shared = SharedModel.of(data.sparkSession(), file);
    int batch = (int) $(batchSize);
    Dataset<Row> answered =
        series(columns.of(data), task.inputs())
            .mapPartitions(
                (MapPartitionsFunction<Row, Row>)
                    rows -> {
                      Model model = shared.use();
                      Task own = taskOf(model);
                      return new Series<>(
                          rows,
                          groupField(own.inputs()),
                          s -> answers(model, own, columns, s, batch, answers));
                    },
                Encoders.row(answers));
    return answered.withColumn("time", functions.col("time").cast(columns.timeType()));
  }

  /** Whole series in each partition, one behind the other, each in the order of the time. */
  static Dataset<Row> series(Dataset<Row> rows, TableInputs inputs) {
    Column time = TableColumns.named(inputs.time());
    if (inputs.group() == null) {
      return rows.repartition(1).sortWithinPartitions(time);
    }
    Column group = TableColumns.named(inputs.group());
    return rows.repartition(group).sortWithinPartitions(group, time);
  }

  /** Where rows of {@link TableColumns} have the group; -1 without. */
  static int groupField(TableInputs inputs) {
    return inputs.group() == null ? -1 : 0;
  }

  private static List<Row> answers(
      Model model,
      Task task,
      TableColumns columns,
      List<Row> series,
      int batch,
      StructType answers) {
    try {
      Table table = task.inputs().reading().sorted().arranged(columns.table(series));
      TaskSamples samples = task.cutInputs(task.inputs().encode(table));
      return samples.size() == 0
          ? List.of()
          : Answers.rows(samples.results(model.predict(samples.source(), batch)), columns, answers);
    } catch (IllegalArgumentException e) {
      String group = task.inputs().group();
      throw group == null
          ? e
          : new IllegalArgumentException(
              Printable.text(group)
                  + " "
                  + Printable.text(series.get(0).getString(groupField(task.inputs())))
                  + ": "
                  + e.getMessage(),
              e);
    }
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
  public TaskModel copy(ParamMap extra) {
    return copyValues(new TaskModel(uid, file), extra).setParent(parent());
  }

  @Override
  public MLWriter write() {
    return new Stored.Writer(this, file);
  }

  /** What reads one that was stored. */
  public static MLReader<TaskModel> read() {
    return new Stored.Reader<>(TaskModel.class, TaskModel::new);
  }

  /** Reads one that was stored. */
  public static TaskModel load(String path) {
    return read().load(path);
  }
}
