package io.github.lstm4j.spark;

import io.github.lstm4j.data.Frame;
import io.github.lstm4j.data.Split;
import io.github.lstm4j.data.Table;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tasks.ForecastSetup;
import io.github.lstm4j.tasks.ForecastTask;
import io.github.lstm4j.tasks.InputSetup;
import io.github.lstm4j.tasks.TaskSamples;
import io.github.lstm4j.tasks.Tasks;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Locale;
import java.util.UUID;
import java.util.function.Function;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.ml.Estimator;
import org.apache.spark.ml.param.DoubleParam;
import org.apache.spark.ml.param.IntParam;
import org.apache.spark.ml.param.ParamMap;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.StructType;

/**
 * Learns one model of many series, the groups of a table, to forecast each of them.
 *
 * <pre>{@code
 * ForecastSetup setup =
 *     ForecastSetup.of("load")
 *         .inputs(InputSetup.of("load", "temperature").time("hour").group("town").scalePerGroup(true))
 *         .window(24)
 *         .horizons(1, 6);
 * ForecastModel model =
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
 * whole series; so there must be at least as many groups as tasks.
 */
public final class ForecastEstimator extends Estimator<ForecastModel> {
  private static final long serialVersionUID = 1;
  private static final int BUCKETS = 1 << 16;

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
  public ForecastModel fit(Dataset<?> data) {
    TableColumns columns = columns(data.schema());
    Dataset<Row> rows = columns.of(data);
    double fraction = fraction();
    Table known = known(rows, columns);
    List<Split> splits = setup.splits(known, fraction, 0);
    ForecastTask task = setup.fit(known, splits.stream().map(Split::train).toList());
    Model model = network.apply(task);
    Tasks.checkFits(task, model);
    model.extra(task.toExtra());
    Column group = rows.col("`" + setup.inputs().group() + "`");
    JavaRDD<Row> series = rows.repartition(training.tasks(), group).toJavaRDD();
    Trained trained =
        training.fit(
            data.sparkSession(),
            model,
            series,
            (own, opened) -> read(own, opened, columns, fraction));
    return copyValues(new ForecastModel(uid, trained.file()), new ParamMap()).setParent(this);
  }

  /** The rows that are learnt from here: whole groups, about as many as asked for. */
  private Table known(Dataset<Row> rows, TableColumns columns) {
    long count = rows.count();
    int most = (int) $(fitRows);
    Dataset<Row> some = rows;
    if (count > most) {
      Column bucket =
          functions.pmod(
              functions.xxhash64(rows.col("`" + setup.inputs().group() + "`")),
              functions.lit(BUCKETS));
      some = rows.filter(bucket.lt((long) ((double) most / count * BUCKETS)));
    }
    List<Row> all = some.collectAsList();
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

  private static SparkFit.Data read(
      Iterator<Row> rows, Model model, TableColumns columns, double fraction) {
    List<Row> own = new ArrayList<>();
    rows.forEachRemaining(own::add);
    ForecastTask task = ForecastModel.taskOf(model);
    if (own.isEmpty()) {
      throw new IllegalArgumentException(
          "ForecastEstimator: a task has no series; use fewer tasks than groups");
    }
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
