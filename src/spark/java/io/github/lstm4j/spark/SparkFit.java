package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.BatchSource;
import io.github.lstm4j.training.Fit;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import org.apache.hadoop.fs.Path;
import org.apache.spark.Partitioner;
import org.apache.spark.api.java.JavaPairRDD;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.BooleanType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NumericType;
import org.apache.spark.sql.types.StructType;
import scala.Tuple2;
import scala.reflect.ClassTag$;

/**
 * Trains a model on the tasks of a Spark cluster, each of which has a share of every batch. The
 * numbers are, but for rounding, those of one process with the whole batches; see {@link
 * Fit#allReduce}. Immutable; each method returns a changed copy.
 *
 * <pre>{@code
 * model.compile("adam", "mse", "mae");
 * Trained trained =
 *     SparkFit.epochs(10)
 *         .tasks(4)
 *         .batchSize(256)
 *         .columns(List.of("readings"), List.of("answer"))
 *         .checkpoint("hdfs:///models/run1.keras")
 *         .fit(model, samples);
 * }</pre>
 *
 * <p>All tasks run at once (a barrier stage), so the cluster needs as many free slots. If one is
 * lost, Spark begins all anew, and they go on from the last checkpoint's epoch. Batches without
 * shuffling are the rows of the Dataset one after the other, if those have an order; a task holds
 * its samples in memory.
 *
 * @param epochs train until this epoch
 * @param tasks how many train
 * @param batchSize samples in a step, of all tasks together; at least one each
 * @param shuffle whether each task takes its samples in random order
 * @param inputs a column of arrays for each input of the model; see {@link SequenceTransformer}
 * @param targets a column of arrays, or of numbers, for each output that has a loss or metrics
 * @param weight the column of what each sample counts, or null
 * @param validation the column that says which rows validate, or null
 * @param checkpoint a file that this program and all tasks can read and write, or null. It is there
 *     until the training has come to its end; one that is there already is gone on from
 * @param averageEvery after how many steps of its own each task's weights are averaged, or 0: all
 *     make each step together; see {@link Fit#averageEvery}
 */
public record SparkFit(
    int epochs,
    int tasks,
    int batchSize,
    boolean shuffle,
    List<String> inputs,
    List<String> targets,
    String weight,
    String validation,
    String checkpoint,
    int averageEvery)
    implements Serializable {

  /** Checks the numbers. */
  public SparkFit {
    requirePositive("epochs", epochs);
    requirePositive("tasks", tasks);
    requirePositive("batchSize", batchSize);
    if (batchSize < tasks) {
      throw new IllegalArgumentException(
          "SparkFit: batchSize "
              + batchSize
              + " is less than the "
              + tasks
              + " tasks; each needs a sample of every batch");
    }
    inputs = new ArrayList<>(inputs); // of the JDK's immutable lists not all are serialized alike
    targets = new ArrayList<>(targets);
  }

  private static void requirePositive(String what, int number) {
    if (number < 1) {
      throw new IllegalArgumentException(
          "SparkFit: " + what + " must be at least 1, got " + number);
    }
  }

  /** That many epochs, on 2 tasks, with batches of 32, shuffled. */
  public static SparkFit epochs(int epochs) {
    return new SparkFit(
        epochs, 2, 32, true, List.of("features"), List.of("label"), null, null, null, 0);
  }

  /** On that many tasks. */
  public SparkFit tasks(int count) {
    return new SparkFit(
        epochs,
        count,
        Math.max(batchSize, count),
        shuffle,
        inputs,
        targets,
        weight,
        validation,
        checkpoint,
        averageEvery);
  }

  /** With that many samples in a step, of all tasks together. */
  public SparkFit batchSize(int samples) {
    return new SparkFit(
        epochs,
        tasks,
        samples,
        shuffle,
        inputs,
        targets,
        weight,
        validation,
        checkpoint,
        averageEvery);
  }

  /** With or without shuffling. */
  public SparkFit shuffle(boolean random) {
    return new SparkFit(
        epochs,
        tasks,
        batchSize,
        random,
        inputs,
        targets,
        weight,
        validation,
        checkpoint,
        averageEvery);
  }

  /** From these columns; default {@code features} and {@code label}. */
  public SparkFit columns(List<String> ofInputs, List<String> ofTargets) {
    return new SparkFit(
        epochs,
        tasks,
        batchSize,
        shuffle,
        ofInputs,
        ofTargets,
        weight,
        validation,
        checkpoint,
        averageEvery);
  }

  /** With a column of what each sample counts. */
  public SparkFit weightCol(String column) {
    return new SparkFit(
        epochs,
        tasks,
        batchSize,
        shuffle,
        inputs,
        targets,
        column,
        validation,
        checkpoint,
        averageEvery);
  }

  /** With a column of booleans that says which rows are for validation. */
  public SparkFit validationIndicatorCol(String column) {
    return new SparkFit(
        epochs,
        tasks,
        batchSize,
        shuffle,
        inputs,
        targets,
        weight,
        column,
        checkpoint,
        averageEvery);
  }

  /** With a file for the last whole epoch. */
  public SparkFit checkpoint(String file) {
    return new SparkFit(
        epochs, tasks, batchSize, shuffle, inputs, targets, weight, validation, file, averageEvery);
  }

  /**
   * With steps that each task makes by itself, and weights that are averaged after so many of them
   * and at an epoch's end; see {@link Fit#averageEvery}.
   */
  public SparkFit averageEvery(int steps) {
    requirePositive("averageEvery", steps);
    return new SparkFit(
        epochs, tasks, batchSize, shuffle, inputs, targets, weight, validation, checkpoint, steps);
  }

  /** The samples of every batch that are one task's. */
  int share(int rank) {
    return batchSize / tasks + (rank < batchSize % tasks ? 1 : 0);
  }

  /** Which task has that place of a batch. */
  private int rankOf(int place) {
    int large = batchSize / tasks + 1;
    int rest = batchSize % tasks;
    return place < large * rest ? place / large : rest + (place - large * rest) / (large - 1);
  }

  /** What a task learns from. */
  record Data(BatchSource training, BatchSource validation) {}

  /** How a task's rows become what it learns from. */
  interface Reader<T> extends Serializable {
    Data read(Iterator<T> rows, Model model);
  }

  /**
   * Trains.
   *
   * @param model compiled and built; it stays as it is
   * @throws IllegalArgumentException if a column is not there or of another kind, or what the model
   *     has cannot be shared; names it
   */
  public Trained fit(Model model, Dataset<?> data) {
    check(model, data.schema());
    return fit(
        data.sparkSession(),
        model,
        () -> shares(data),
        (own, opened) -> read(own, weight != null, validation != null));
  }

  /** The samples of each task, numbered. */
  private JavaRDD<Tuple2<Long, Sample>> shares(Dataset<?> data) {
    JavaRDD<Row> rows = selected(data).toJavaRDD();
    int in = inputs.size();
    int out = targets.size();
    boolean weighted = weight != null;
    boolean validated = validation != null;
    int last = in + out + (weighted ? 1 : 0); // the field that says what validates
    JavaPairRDD<Long, Sample> training =
        numbered(validated ? rows.filter(r -> !validates(r, last)) : rows, in, out, weighted);
    JavaPairRDD<Long, Sample> all =
        validated
            ? training.union(
                numbered(rows.filter(r -> validates(r, last)), in, out, weighted)
                    .mapToPair(s -> new Tuple2<>(-1 - s._1(), s._2())))
            : training;
    return all.repartitionAndSortWithinPartitions(new Places(this), new Ascending())
        .map(s -> new Tuple2<>(s._1(), s._2()));
  }

  /** By the number of a sample, or −1 − that of one that validates. */
  private static final class Places extends Partitioner {
    private static final long serialVersionUID = 1;
    private final SparkFit fit;

    Places(SparkFit fit) {
      this.fit = fit;
    }

    @Override
    public int numPartitions() {
      return fit.tasks;
    }

    @Override
    public int getPartition(Object key) {
      long number = (Long) key;
      return number < 0
          ? (int) ((-1 - number) % fit.tasks)
          : fit.rankOf((int) (number % fit.batchSize));
    }
  }

  private static final class Ascending implements Comparator<Long>, Serializable {
    private static final long serialVersionUID = 1;

    @Override
    public int compare(Long a, Long b) {
      return Long.compare(a, b);
    }
  }

  private static JavaPairRDD<Long, Sample> numbered(
      JavaRDD<Row> rows, int in, int out, boolean weighted) {
    return rows.zipWithIndex()
        .mapToPair(
            row ->
                new Tuple2<>(
                    row._2(),
                    new Sample(
                        tensors(row._1(), 0, in),
                        tensors(row._1(), in, in + out),
                        weighted ? (float) given(row._1(), in + out).getDouble(in + out) : 1)));
  }

  private static boolean validates(Row row, int field) {
    return given(row, field).getBoolean(field);
  }

  /** A row whose field is there. */
  private static Row given(Row row, int field) {
    if (row.isNullAt(field)) {
      throw new IllegalArgumentException(
          "column " + Printable.text(row.schema().fieldNames()[field]) + ": a value is missing");
    }
    return row;
  }

  private static List<Tensor> tensors(Row row, int from, int to) {
    List<Tensor> tensors = new ArrayList<>();
    for (int field = from; field < to; field++) {
      tensors.add(ArrayColumns.tensor(row, field));
    }
    return tensors;
  }

  private static Data read(
      Iterator<Tuple2<Long, Sample>> rows, boolean weighted, boolean validated) {
    List<Sample> training = new ArrayList<>();
    List<Sample> validation = new ArrayList<>();
    rows.forEachRemaining(s -> (s._1() < 0 ? validation : training).add(s._2()));
    return new Data(
        Sample.source(training, weighted), validated ? Sample.source(validation, weighted) : null);
  }

  private void check(Model model, StructType schema) {
    requireOneEach("inputs", inputs, model.graph().inputNames().size());
    int measured = model.objectives() == null ? 0 : model.objectives().list().size();
    if (measured == 0) {
      throw new IllegalStateException(
          model.name() + ": the model is not compiled; call compile(optimizer, loss) first");
    }
    requireOneEach("targets", targets, measured);
    for (int i = 0; i < inputs.size(); i++) {
      int rank = model.graph().inputShape(i).rank() - 1;
      ArrayColumns.require(schema, inputs.get(i), rank, "input " + i + " of the model");
    }
    for (int i = 0; i < targets.size(); i++) {
      ArrayColumns.require(schema, targets.get(i));
      if (!(schema.apply(targets.get(i)).dataType() instanceof NumericType)) {
        int output = model.objectives().list().get(i).output();
        int rank = model.graph().outputShape(output).rank() - 1;
        ArrayColumns.require(schema, targets.get(i), rank, "output " + output + " of the model");
      }
    }
    if (weight != null) {
      ArrayColumns.require(schema, weight, 0, "the weight of a sample");
    }
    if (validation != null) {
      ArrayColumns.require(schema, validation);
      DataType type = schema.apply(validation).dataType();
      if (!(type instanceof BooleanType)) {
        throw new IllegalArgumentException(
            "column "
                + Printable.text(validation)
                + ": expected booleans that say what validates, got "
                + type.simpleString());
      }
    }
  }

  private static void requireOneEach(String what, List<String> columns, int expected) {
    if (columns.size() != expected) {
      throw new IllegalArgumentException(
          "SparkFit: "
              + what
              + ": expected a column for each of the model's "
              + expected
              + ", got "
              + Printable.text(columns));
    }
  }

  /** Inputs, targets, the weight and what validates, in this order. */
  private Dataset<Row> selected(Dataset<?> data) {
    List<Column> columns = new ArrayList<>();
    inputs.forEach(c -> columns.add(TableColumns.named(c)));
    for (String target : targets) {
      Column column = TableColumns.named(target);
      boolean number = data.schema().apply(target).dataType() instanceof NumericType;
      columns.add(number ? functions.array(column).as(target) : column);
    }
    if (weight != null) {
      columns.add(TableColumns.named(weight).cast(DataTypes.DoubleType).as(weight));
    }
    if (validation != null) {
      columns.add(TableColumns.named(validation));
    }
    return data.toDF().select(columns.toArray(Column[]::new));
  }

  /**
   * Trains on the partitions of an RDD, of which there are as many as tasks.
   *
   * @param shares gives it; jobs that it runs for that are a part of the training
   */
  <T> Trained fit(SparkSession spark, Model model, Supplier<JavaRDD<T>> shares, Reader<T> reader) {
    if (checkpoint != null) {
      SparkFiles.requireWritable(
          new Path(checkpoint), spark.sparkContext().hadoopConfiguration(), "checkpoint");
    }
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    Broadcast<byte[]> file = context.broadcast(SharedModel.bytes(model));
    int threads = Integer.parseInt(context.getConf().get("spark.task.cpus", "1"));
    try {
      List<ShareTask.Outcome> all =
          shares
              .get()
              .rdd()
              .barrier()
              .mapPartitions(
                  new ShareTask<>(this, file, threads, reader),
                  false,
                  ClassTag$.MODULE$.<ShareTask.Outcome>apply(ShareTask.Outcome.class))
              .toJavaRDD()
              .repartition(1) // Spark begins a barrier stage anew if it is not a job's last one
              .collect();
      for (ShareTask.Outcome outcome : all) {
        if (outcome.failure() != null) {
          throw new IllegalArgumentException(outcome.failure());
        }
      }
      if (checkpoint != null) {
        SparkFiles.delete(new Path(checkpoint), spark.sparkContext().hadoopConfiguration());
      }
      return all.stream()
          .map(ShareTask.Outcome::trained)
          .filter(Objects::nonNull)
          .findFirst()
          .orElseThrow();
    } catch (Exception e) { // Spark's SparkException is a checked one that no signature tells of
      for (Throwable cause = e; cause != null; cause = cause.getCause()) {
        if (cause instanceof IllegalArgumentException) { // what a task says of the data
          throw new IllegalArgumentException(cause.getMessage(), e);
        }
      }
      throw e;
    } finally {
      file.destroy();
    }
  }
}
