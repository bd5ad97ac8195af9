package io.github.lstm4j.spark;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.Models;
import io.github.lstm4j.tensor.Tensor;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.api.java.function.Function;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.SparkSession;

/**
 * A model for the tasks of a Spark job. Its file goes to each executor once, as a broadcast, and is
 * opened there once: tasks of one JVM share the model.
 *
 * <pre>{@code
 * SharedModel model = SharedModel.of(spark, Models.load(Path.of("load.keras")));
 * Dataset<String> answers =
 *     readings.mapPartitions(
 *         model.scoring(64, row -> List.of(tensorOf(row)), (row, out) -> row.id() + ": " + out.get(0)),
 *         Encoders.STRING());
 * }</pre>
 *
 * <p>Predictions are those of {@link Model#predict(Tensor)}, bit for bit, where executors run with
 * the same options: {@code spark.executor.extraJavaOptions=--add-modules jdk.incubator.vector}, if
 * the program at home has that. They run on the CPU, with {@code spark.task.cpus} threads.
 */
public final class SharedModel implements Serializable {
  private static final long serialVersionUID = 1;

  private final Broadcast<byte[]> file;
  private final String hash;
  private final int threads;

  private SharedModel(Broadcast<byte[]> file, String hash, int threads) {
    this.file = file;
    this.hash = hash;
    this.threads = threads;
  }

  /** Sends a model, as it is now, to the executors. */
  public static SharedModel of(SparkSession spark, Model model) {
    return of(spark, bytes(model));
  }

  /** Sends the bytes of a model's file. */
  static SharedModel of(SparkSession spark, byte[] file) {
    int threads = Integer.parseInt(spark.sparkContext().getConf().get("spark.task.cpus", "1"));
    return new SharedModel(
        JavaSparkContext.fromSparkContext(spark.sparkContext()).broadcast(file),
        hash(file),
        threads);
  }

  /** The bytes of the file that {@link Model#save(java.io.OutputStream)} writes. */
  static byte[] bytes(Model model) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      model.save(out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toByteArray();
  }

  /** The model of a file's bytes. */
  static Model open(byte[] file) {
    try {
      return Models.load(new ByteArrayInputStream(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String hash(byte[] file) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(file));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e); // every JDK has it
    }
  }

  /**
   * What scores the rows of a partition, for {@code Dataset.mapPartitions} and, as {@code
   * scoring(…)::call}, {@code JavaRDD.mapPartitions}. Results come in the order of the rows; rows
   * are read a batch at a time.
   *
   * @param batchSize how many rows are predicted together
   * @param inputs a row as the model takes it, without the axis of the samples: a tensor (T,F) for
   *     each of the model's inputs; those of any number of timesteps may differ in it
   * @param result a row and what the model gave for it, without the axis of the samples: a tensor
   *     for each of its outputs
   */
  public <T, R> MapPartitionsFunction<T, R> scoring(
      int batchSize, Function<T, List<Tensor>> inputs, Function2<T, List<Tensor>, R> result) {
    if (batchSize < 1) {
      throw new IllegalArgumentException("batchSize must be at least 1, got " + batchSize);
    }
    return rows -> new Scoring<>(use(), rows, batchSize, inputs, result);
  }

  /** The model of this JVM, until the task ends. */
  Model use() {
    return OpenModels.forTask(hash, threads, file::value);
  }

  /** Frees the file's bytes on all executors, if no job is to score any more. */
  public void close() {
    file.destroy();
  }
}
