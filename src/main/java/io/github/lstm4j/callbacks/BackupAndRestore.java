package io.github.lstm4j.callbacks;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/**
 * Saves a training after each epoch, and goes on from there where one was broken off, as Keras's
 * {@code BackupAndRestore}: what a process that was killed has done is done again, to the bit, from
 * the last whole epoch. At its end the backup is deleted.
 *
 * <pre>{@code
 * // run it again after a crash: it goes on
 * model.fit(x, y, Fit.epochs(100).callbacks(new BackupAndRestore(Path.of("backup.keras"))));
 * }</pre>
 *
 * <p>Model, data and callbacks must be made as in the run before; a backup of another model is
 * refused. The same results, to the bit, come from the same kind of backend only.
 */
public final class BackupAndRestore implements Callback {
  private final Path file;
  private boolean deleteCheckpoint = true;

  /** To that file, a {@code .keras} file by its name. */
  public BackupAndRestore(Path file) {
    this.file = file;
  }

  /** Whether the file is deleted when the training has come to its end; default true. */
  public BackupAndRestore deleteCheckpoint(boolean delete) {
    deleteCheckpoint = delete;
    return this;
  }

  @Override
  public void onTrainBegin(Training training) {
    try {
      training.model().trySave(file);
      if (Files.exists(file)) {
        training.resume(file);
      }
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    try {
      training.model().save(file);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public void onTrainEnd(Training training) {
    if (deleteCheckpoint && training.isCompleted()) {
      try {
        Files.deleteIfExists(file);
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }

  private static UncheckedIOException failure(IOException e) {
    return new UncheckedIOException("BackupAndRestore: " + Printable.reason(e), e);
  }
}
