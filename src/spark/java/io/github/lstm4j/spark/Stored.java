package io.github.lstm4j.spark;

import java.util.function.BiFunction;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.Path;
import org.apache.spark.ml.param.Params;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.DefaultParamsWriter;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.ml.util.MLWriter;
import org.apache.spark.sql.SparkSession;

/** How a stage that holds a model is stored: its parameters as Spark's own stages, and the file. */
final class Stored {
  private static final String FILE = "model.keras";

  private Stored() {}

  private static Path file(String path) {
    return new Path(path, FILE);
  }

  private static Configuration conf(SparkSession spark) {
    return spark.sparkContext().hadoopConfiguration();
  }

  static final class Writer extends MLWriter {
    private final Params stage;
    private final byte[] model;

    Writer(Params stage, byte[] model) {
      this.stage = stage;
      this.model = model;
    }

    @Override
    public void saveImpl(String path) {
      DefaultParamsWriter.saveMetadata(stage, path, sparkSession());
      SparkFiles.write(file(path), model, conf(sparkSession()));
    }
  }

  static final class Reader<T extends Params> extends MLReader<T> {
    private final Class<T> type;
    private final BiFunction<String, byte[], T> stage;

    /**
     * @param stage from its uid and the model's file
     */
    Reader(Class<T> type, BiFunction<String, byte[], T> stage) {
      this.type = type;
      this.stage = stage;
    }

    @Override
    public T load(String path) {
      DefaultParamsReader.Metadata stored =
          DefaultParamsReader.loadMetadata(path, sparkSession(), type.getName());
      byte[] model = SparkFiles.read(file(path), conf(sparkSession()));
      if (model == null) {
        throw new IllegalArgumentException(
            file(path) + ": is missing; the stage was not saved whole");
      }
      T loaded = stage.apply(stored.uid(), model);
      stored.getAndSetParams(loaded, stored.getAndSetParams$default$2());
      return loaded;
    }
  }
}
