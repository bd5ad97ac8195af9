package io.github.lstm4j.spark;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/**
 * A cluster on this machine whose workers are JVMs of their own, as those of a real one. All tests
 * share it.
 */
final class LocalCluster implements BeforeAllCallback {
  private static final String EXECUTOR = "--add-modules jdk.incubator.vector -XX:+UseSerialGC";
  private static final String MEMORY = "768";

  /** Lets the session end when all tests have. */
  @Override
  public void beforeAll(ExtensionContext context) {
    context
        .getRoot()
        .getStore(ExtensionContext.Namespace.GLOBAL)
        .computeIfAbsent(LocalCluster.class, key -> (AutoCloseable) session()::stop);
  }

  /** Two workers, each of two cores; the same one for all. */
  static SparkSession session() {
    return of(2, 2);
  }

  /** So many workers, or those that there are. */
  static SparkSession of(int workers, int cores) {
    try {
      // a worker looks for Spark's own jars here; all there is comes with the class path
      Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    SparkSession session =
        SparkSession.builder()
            .master("local-cluster[" + workers + "," + cores + "," + MEMORY + "]")
            .appName("lstm4j")
            .config("spark.executor.memory", MEMORY + "m")
            .config("spark.executor.extraClassPath", System.getProperty("java.class.path"))
            .config("spark.executor.extraJavaOptions", EXECUTOR)
            .config("spark.ui.enabled", false)
            .config("spark.worker.timeout", 600) // a slow machine is no lost one
            .config("spark.network.timeout", "600s")
            .config("spark.sql.shuffle.partitions", 2)
            .config("spark.locality.wait", 0)
            .config("spark.task.maxFailures", 2)
            // how soon it looks again whether a lost worker is replaced
            .config("spark.scheduler.barrier.maxConcurrentTasksCheck.interval", "1s")
            .config("spark.sql.session.timeZone", "Europe/Berlin")
            .config("spark.sql.warehouse.dir", Path.of("target/spark/warehouse").toUri().toString())
            .getOrCreate();
    session.sparkContext().setLogLevel("ERROR");
    return session;
  }
}
