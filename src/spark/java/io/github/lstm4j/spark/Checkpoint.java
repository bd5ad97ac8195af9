package io.github.lstm4j.spark;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;

/**
 * Keeps the last whole epoch in a file that all tasks can read; the first one writes it, all go on
 * from it.
 */
final class Checkpoint implements Callback {
  private final org.apache.hadoop.fs.Path file;
  private final boolean writes;
  private final Configuration conf = new Configuration();

  Checkpoint(String file, boolean writes) {
    this.file = new org.apache.hadoop.fs.Path(file);
    this.writes = writes;
  }

  @Override
  public void onTrainBegin(Training training) {
    byte[] saved = SparkFiles.read(file, conf);
    if (saved != null) {
      throughFile(
          here -> {
            Files.write(here, saved);
            resume(training, here);
          });
    }
  }

  private void resume(Training training, Path here) throws IOException {
    try {
      training.resume(here);
    } catch (IOException e) { // which names a file that is gone soon
      String reason = Printable.reason(e).replace(here.toString(), file.toString());
      throw new IllegalArgumentException(
          reason + "; delete it to begin anew, or give the training another checkpoint", e);
    }
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (writes) {
      throughFile(
          here -> {
            training.model().save(here);
            SparkFiles.write(file, Files.readAllBytes(here), conf);
          });
    }
  }

  private interface Use {
    void of(Path file) throws IOException;
  }

  private void throughFile(Use use) {
    try {
      Path folder = Files.createTempDirectory("lstm4j");
      Path here = folder.resolve("checkpoint.keras");
      try {
        use.of(here);
      } finally {
        Files.deleteIfExists(here);
        Files.delete(folder);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("checkpoint " + file + ": " + Printable.reason(e), e);
    }
  }
}
