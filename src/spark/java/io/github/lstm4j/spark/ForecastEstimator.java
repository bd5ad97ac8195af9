package io.github.lstm4j.spark;

import static io.github.lstm4j.spark.TableColumns.named;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tasks.Task;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.UUID;
import java.util.function.Function;
import org.apache.spark.HashPartitioner;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;

/**
 * Learns one model of many series, the groups of a table, to forecast each of them.
 *
 * <pre>{@code
 * ForecastSetup setup =
 *     ForecastSetup.of("load")
 *         .inputs(InputSetup.of("load", "temperature").time("hour").group("town").scalePerGroup(true))
 *         .window(24)
 *         .horizons(1, 6);
 * TaskModel model =
 *     new ForecastEstimator(
 *             setup,
 *             task -> {
 *               Sequential network = new Sequential();
 *               network.add(new LSTM(32).inputShape(24, task.inputs().width()));
 *               network.add(new Dense(task.head().units()));
 *               network.compile("adam", "mse");
 *               return network;
 *             },
 *             SparkFit.epochs(10).tasks(4).batchSize(256))
 *         .fit(readings);
 * }</pre>
 *
 * <p>Categories, scales and the time step are learnt at home, from all rows or, if there are more
 * than {@link #fitRows}, from those of some groups. Windows are cut by the tasks, each of which has
 * whole series, about as many windows as the others; so there must be at least as many groups as
 * tasks.
 */
public final class ForecastEstimator extends Estimator<TaskModel> {
  private static final long serialVersionUID = 1;
  private static final int BUCKETS = 1 << 16;
  private static final int GROUP = 0; // the field of the rows that are learnt from

  private final String uid;
  private final transient ForecastSetup setup;
  private final transient Function<ForecastTask, Model> network;
  private final SparkFit training;
  private final DoubleParam validationFraction;
  private final IntParam fitRows;

  /**
   * An estimator.
   *
   * @param setup what is to be forecast from what, with a column of the time and one of the group
   * @param network makes a model, compiled and built, whose inputs and outputs are the task's
   * @param training how to train; its columns are not used
   * @throws IllegalArgumentException if the setup has no time or no group
   */
  public ForecastEstimator(
      ForecastSetup setup, Function<ForecastTask, Model> network, SparkFit training) {
    this("lstm4j_" + UUID.randomUUID(), setup, network, training);
  }

  private ForecastEstimator(
      String uid, ForecastSetup setup, Function<ForecastTask, Model> network, SparkFit training) {
    this.uid = uid;
    this.setup = setup;
    this.network = network;
    this.training = training;
    if (setup.inputs().time() == null || setup.inputs().group() == null) {
      throw new IllegalArgumentException(
          "ForecastEstimator: expected inputs with a time and a group, got time "
              + Printable.text(String.valueOf(setup.inputs().time()))
              + " and group "
              + Printable.text(String.valueOf(setup.inputs().group())));
    }
    if (training.weight() != null || training.validation() != null) {
      throw new IllegalArgumentException(
          "ForecastEstimator: weightCol and validationIndicatorCol are of samples; use"
              + " setValidationFraction");
    }
    validationFraction =
        new DoubleParam(this, "validationFraction", "the newest rows of each series that validate");
    fitRows = new IntParam(this, "fitRows", "the most rows that scales are learnt from");
    setDefault(validationFraction, 0.0);
    setDefault(fitRows, 1_000_000);
  }

  @Override
  public String uid() {
    return uid;
  }

  /** The fraction of each series, its newest rows, that validates; default 0: none. */
  public DoubleParam validationFraction() {
    return validationFraction;
  }

  /** The most rows, about, that categories, scales and the time step are learnt from; 10⁶. */
  public IntParam fitRows() {
    return fitRows;
  }

  /** Sets {@link #validationFraction}. */
  public ForecastEstimator setValidationFraction(double fraction) {
    set(validationFraction, fraction);
    return this;
  }

  /** Sets {@link #fitRows}. */
  public ForecastEstimator setFitRows(int rows) {
    set(fitRows, rows);
    return this;
  }

  private double fraction() {
    double fraction = (double) $(validationFraction);
    if (!(fraction >= 0 && fraction < 1)) {
      throw new IllegalArgumentException("validationFraction must lie in [0, 1), got " + fraction);
    }
    return fraction;
  }

  /** The columns that the setup names; all where it takes all. */
  private TableColumns columns(StructType schema) {
    InputSetup inputs = setup.inputs();
    TableColumns columns = new TableColumns(inputs.time(), "");
    columns.text(schema, inputs.group());
    columns.time(schema);
    List<String> needed = new ArrayList<>(inputs.columns() == null ? List.of() : inputs.columns());
    if (inputs.columns() == null) {
      needed.addAll(List.of(schema.fieldNames()));
    }
    setup.targets().forEach(target -> columns.number(schema, target));
    for (String column : needed) {
      if (!column.equals(inputs.time()) && !column.equals(inputs.group())) {
        columns.any(schema, column);
      }
    }
    return columns;
  }

  /** The schema of the forecasts is known once the task is: nothing is checked but the columns. */
  @Override
  public StructType transformSchema(StructType schema) {
    fraction();
    columns(schema);
    return schema;
  }

  @Override
  public TaskModel fit(Dataset<?> data) {
    TableColumns columns = columns(data.schema());
    Dataset<Row> rows = columns.of(data);
    double fraction = fraction();
    Table known = known(rows, columns);
    List<Split> splits = setup.splits(known, fraction, 0);
    ForecastTask task = setup.fit(known, splits.stream().map(Split::train).toList());
    Model model = network.apply(task);
    Tasks.checkFits(task, model);
    model.extra(task.toExtra());
    Broadcast<Map<String, Integer>> taskOf =
        JavaSparkContext.fromSparkContext(data.sparkSession().sparkContext())
            .broadcast(dealt(rows, task, training.tasks()));
    Trained trained =
        training.fit(
            data.sparkSession(),
            model,
            () ->
                rows.toJavaRDD()
                    .mapToPair(row -> new Tuple2<>(taskOf.value().get(row.getString(GROUP)), row))
                    .partitionBy(new HashPartitioner(training.tasks()))
                    .values(),
            (own, opened) -> read(own, opened, columns, fraction));
    return copyValues(new TaskModel(uid, trained.file()), new ParamMap()).setParent(this);
  }

  /**
   * Which task of the training has which group, so that all have about as many windows: the largest
   * group goes first, each to the task that has the fewest.
   */
  private static Map<String, Integer> dealt(Dataset<Row> rows, ForecastTask task, int tasks) {
    String column = task.inputs().group();
    long least = task.sampleRows(true);
    List<Row> groups = new ArrayList<>(rows.groupBy(named(column)).count().collectAsList());
    if (groups.stream().anyMatch(group -> group.isNullAt(0))) {
      throw new IllegalArgumentException(
          "column " + Printable.text(column) + ": a row has no group");
    }
    long whole = groups.stream().filter(group -> group.getLong(1) >= least).count();
    if (whole < tasks) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "ForecastEstimator: expected at least %d groups, one for each task, of %d rows or"
                  + " more, a %s; got %d in column %s; use fewer tasks",
              tasks,
              least,
              task.describeSample(true),
              whole,
              Printable.text(column)));
    }
    groups.sort(
        Comparator.<Row>comparingLong(group -> -group.getLong(1))
            .thenComparing(group -> group.getString(0)));
    long[] dealt = new long[tasks];
    Map<String, Integer> taskOf = new HashMap<>();
    for (Row group : groups) {
      int to = 0;
      for (int other = 1; other < tasks; other++) {
        to = dealt[other] < dealt[to] ? other : to;
      }
      dealt[to] += Math.max(0, group.getLong(1) - least + 1);
      taskOf.put(group.getString(0), to);
    }
    return taskOf;
  }

  /** The rows that are learnt from here: whole groups, about as many as asked for. */
  private Table known(Dataset<Row> rows, TableColumns columns) {
    long count = rows.count();
    if (count == 0) {
      throw new IllegalArgumentException("ForecastEstimator: the Dataset has no rows");
    }
    int most = (int) $(fitRows);
    Dataset<Row> some = rows;
    if (count > most) {
      Column bucket =
          functions.pmod(functions.xxhash64(named(setup.inputs().group())), functions.lit(BUCKETS));
      some = rows.filter(bucket.lt((long) ((double) most / count * BUCKETS)));
    }
    List<Row> all = inOrder(some.collectAsList());
    if (all.isEmpty()) {
      throw new IllegalArgumentException(
          String.format(
              Locale.ROOT,
              "ForecastEstimator: no rows to learn scales from, of %d; set fitRows, now %d, higher",
              count,
              most));
    }
    Table table = columns.table(all);
    return table.sort(setup.inputs().time()).bySeries(setup.inputs().group());
  }

  /** By the group, whatever order Spark gives them in. */
  private static List<Row> inOrder(List<Row> rows) {
    List<Row> sorted = new ArrayList<>(rows);
    sorted.sort(
        Comparator.comparing(
            row -> row.getString(GROUP), Comparator.nullsFirst(Comparator.naturalOrder())));
    return sorted;
  }

  private static SparkFit.Data read(
      Iterator<Row> rows, Model model, TableColumns columns, double fraction) {
    List<Row> all = new ArrayList<>();
    rows.forEachRemaining(all::add);
    List<Row> own = inOrder(all);
    Task task = TaskModel.taskOf(model);
    Table table = task.inputs().reading().sorted().arranged(columns.table(own));
    Frame frame = task.inputs().encode(table);
    List<Split> splits = Split.fractions(frame.table(), fraction, 0);
    TaskSamples training = task.cut(frame, splits.stream().map(Split::train).toList());
    TaskSamples validation = task.cut(frame, splits.stream().map(Split::validation).toList());
    return new SparkFit.Data(training.source(), fraction == 0 ? null : validation.source());
  }

  @Override
  public ForecastEstimator copy(ParamMap extra) {
    return copyValues(new ForecastEstimator(uid, setup, network, training), extra);
  }
}
