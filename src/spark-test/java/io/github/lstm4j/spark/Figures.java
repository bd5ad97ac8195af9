package io.github.lstm4j.spark;

import io.github.lstm4j.layers.Dense;
import io.github.lstm4j.layers.LSTM;
import io.github.lstm4j.model.Sequential;
import io.github.lstm4j.runtime.Backends;
import io.github.lstm4j.tensor.Tensor;
import io.github.lstm4j.training.Fit;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.function.LongSupplier;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;

/**
 * The figures of SPARK.md: scoring and training in one process of one thread, and on workers of one
 * core each. {@code Figures 1 S} or {@code Figures 2 M}: the number of workers, and the size.
 */
final class Figures {
  private Figures() {}

  /** A model, and what it is measured with. */
  private record Size(int steps, int features, int units, int batch, int scored, int trained) {
    static Size of(String name) {
      return switch (name) { // as in the README's table of speeds on the CPU
        case "S" -> new Size(50, 8, 32, 32, 40_000, 8192);
        case "M" -> new Size(100, 64, 128, 64, 6_000, 1024);
        case "L" -> new Size(100, 256, 512, 64, 512, 128);
        default -> throw new IllegalArgumentException("expected S, M or L, got " + name);
      };
    }

    Sequential model() {
      Sequential model = new Sequential().seed(1);
      model.add(new LSTM(units).inputShape(steps, features));
      model.add(new Dense(1));
      model.compile("adam", "mse");
      model.on(Backends.cpu(1));
      return model;
    }

    Tensor x(int samples) {
      Random random = new Random(1);
      Tensor x = Tensor.zeros(samples, steps, features);
      for (int i = 0; i < x.size(); i++) {
        x.data()[i] = random.nextFloat();
      }
      return x;
    }

    Dataset<Row> rows(SparkSession spark, int samples, int partitions) {
      Dataset<Row> rows =
          spark
              .range(0, samples, 1, partitions)
              .select(
                  functions
                      .expr(
                          String.format(
                              Locale.ROOT,
                              "transform(sequence(1, %d), t -> transform(sequence(1, %d),"
                                  + " f -> float((id + t * f) %% 97 / 97)))",
                              steps,
                              features))
                      .as("features"),
                  functions.expr("float(id % 89 / 89)").as("label"))
              .persist();
      rows.count();
      return rows;
    }
  }

  private static double seconds(Runnable what) {
    LongSupplier clock = System::nanoTime;
    long begin = clock.getAsLong();
    what.run();
    return (clock.getAsLong() - begin) / 1e9;
  }

  private static void say(String line, Object... values) {
    System.out.println(String.format(Locale.ROOT, line, values));
  }

  public static void main(String[] args) {
    int workers = Integer.parseInt(args[0]);
    Size size = Size.of(args[1]);
    if (workers == 0) {
      oneProcess(size);
    } else {
      cluster(size, workers);
    }
  }

  private static void oneProcess(Size size) {
    Sequential model = size.model();
    Tensor x = size.x(Math.min(size.scored, 6_000));
    for (int round = 0; round < 3; round++) {
      double time = seconds(() -> model.predict(x, size.batch));
      say("one process, scoring: %.0f sequences/s", x.dim(0) / time);
    }
    Tensor learnt = size.x(size.trained);
    Tensor y = Tensor.zeros(size.trained, 1);
    for (int round = 0; round < 3; round++) {
      double time =
          seconds(() -> model.fit(learnt, y, Fit.epochs(1).batchSize(size.batch).silent()));
      say("one process, training, steps of %d: %.2f s an epoch", size.batch, time);
    }
  }

  private static void cluster(Size size, int workers) {
    SparkSession spark = LocalCluster.of(workers, 1);
    Dataset<Row> scored = size.rows(spark, size.scored, workers);
    Sequential model = size.model();
    say("file: %,d bytes", SharedModel.bytes(model).length);
    SequenceTransformer stage = SequenceTransformer.of(model).setBatchSize(size.batch);
    for (int round = 0; round < 4; round++) {
      double time =
          seconds(
              () ->
                  stage
                      .transform(scored)
                      .select("prediction")
                      .write()
                      .format("noop")
                      .mode("overwrite")
                      .save());
      say("%d workers, scoring: %.0f sequences/s, %.2f s", workers, size.scored / time, time);
    }
    double reading =
        seconds(() -> scored.select("features").toJavaRDD().foreach(row -> row.getList(0)));
    say("%d workers, rows alone: %.0f sequences/s", workers, size.scored / reading);
    scored.unpersist();
    Dataset<Row> learnt = size.rows(spark, size.trained, workers);
    SparkFit fit = SparkFit.epochs(3).tasks(workers).columns(List.of("features"), List.of("label"));
    train("a step an epoch", fit.batchSize(size.trained), model, learnt);
    train("steps of " + size.batch + " each", fit.batchSize(size.batch * workers), model, learnt);
    train(
        "steps of " + size.batch + " apart",
        fit.batchSize(size.batch * workers).averageEvery(size.trained),
        model,
        learnt);
    spark.stop();
  }

  private static void train(String how, SparkFit fit, Sequential model, Dataset<Row> rows) {
    Trained[] trained = new Trained[1];
    double all = seconds(() -> trained[0] = fit.fit(model, rows));
    say(
        "%d workers, training, %s: %.2f s an epoch, of it %.2f s reducing %,d numbers; around %d"
            + " epochs %.2f s",
        fit.tasks(),
        how,
        trained[0].seconds() / fit.epochs(),
        trained[0].secondsReducing() / fit.epochs(),
        trained[0].numbersSent() / fit.epochs(),
        fit.epochs(),
        all - trained[0].seconds());
  }
}
