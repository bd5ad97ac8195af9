package io.github.lstm4j.callbacks;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;

/**
 * Saves the model after each epoch, as a {@code .keras} file by its name. {@code {epoch}} in the
 * file's name becomes the epoch, counted from 1; without it the file is replaced, in one step.
 *
 * <p>The best value is remembered from one {@code fit} to the next, as in Keras, so that a second
 * one does not replace a better model.
 */
public final class ModelCheckpoint implements Callback {
  private final String file;
  private Monitor monitor = new Monitor("ModelCheckpoint", "val_loss");
  private boolean saveBestOnly;

  /** To that file. */
  public ModelCheckpoint(Path file) {
    this.file = file.toString();
  }

  /** The value by which {@link #saveBestOnly} judges; default {@code val_loss}. */
  public ModelCheckpoint monitor(String key) {
    monitor = new Monitor("ModelCheckpoint", key);
    return this;
  }

  /** Whether only epochs better than all before are saved; default false. */
  public ModelCheckpoint saveBestOnly(boolean best) {
    saveBestOnly = best;
    return this;
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (saveBestOnly && !monitor.improves(logs)) {
      return;
    }
    Path path = Path.of(file.replace("{epoch}", Integer.toString(epoch + 1)));
    try {
      training.model().save(path);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "ModelCheckpoint: cannot write " + path + ": " + Printable.reason(e), e);
    }
  }
}
