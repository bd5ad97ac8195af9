package io.github.lstm4j.callbacks;

import io.github.lstm4j.io.Printable;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.CallbackState;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Saves the model after each epoch, as a {@code .keras} file by its name, which is replaced in one
 * step. Fields in the name become the epoch, counted from 1, and values of its logs, as in Keras:
 * {@code w.{epoch:02d}-{val_loss:.2f}.keras}; a brace itself is written twice. Folders with fields
 * in their names are made.
 *
 * <p>The best value is remembered from one {@code fit} to the next, as in Keras, and by a training
 * that goes on from a file that was saved in it, so that no better model is replaced.
 */
public final class ModelCheckpoint implements Callback {
  private static final String NAME = "ModelCheckpoint";

  private final Path file;
  private final FileNames names;
  private Monitor monitor = new Monitor(NAME, "val_loss");
  private String mode = "auto";
  private Double threshold;
  private boolean saveBestOnly;

  /**
   * To that file.
   *
   * @throws IllegalArgumentException if a field in its name is not of Python's formats d, f, e, g
   *     and %
   */
  public ModelCheckpoint(Path file) {
    this.file = file;
    this.names = new FileNames(NAME, file.toString());
  }

  /** To that file. */
  public ModelCheckpoint(String file) {
    this(Path.of(file));
  }

  /** The value by which {@link #saveBestOnly} judges; default {@code val_loss}. */
  public ModelCheckpoint monitor(String key) {
    monitor = new Monitor(NAME, key);
    return mode(mode).restart();
  }

  /**
   * Which values are better: {@code min}, {@code max}, or {@code auto}, the default: as the metric
   * of that name says.
   */
  public ModelCheckpoint mode(String direction) {
    monitor.mode(direction);
    mode = direction;
    return this;
  }

  /** A value that the first model must surpass to be saved, with {@link #saveBestOnly}. */
  public ModelCheckpoint initialValueThreshold(double value) {
    threshold = value;
    return restart();
  }

  private ModelCheckpoint restart() {
    monitor.best(threshold);
    return this;
  }

  /**
   * Whether only epochs better than all before are saved; default false. An epoch without a
   * validation is not, if that is what is monitored; Keras saves it.
   */
  public ModelCheckpoint saveBestOnly(boolean best) {
    saveBestOnly = best;
    return this;
  }

  @Override
  public void onTrainBegin(Training training) {
    names.requireKeys(training.keysOfEachEpoch());
    if (saveBestOnly) {
      monitor.begin(training);
    }
    if (hasOneFolder()) {
      try {
        training.model().trySave(file);
      } catch (IOException e) {
        throw failure(e);
      }
    }
  }

  private boolean hasOneFolder() {
    return new FileNames(NAME, file.toAbsolutePath().getParent().toString()).isConstant();
  }

  private Path name(int epoch, Map<String, Double> logs) {
    return file.getFileSystem().getPath(names.name(epoch, logs));
  }

  private static UncheckedIOException failure(IOException e) {
    return new UncheckedIOException(NAME + ": " + Printable.reason(e), e);
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    if (saveBestOnly && (monitor.passes(logs) || !monitor.improves(logs))) {
      return;
    }
    Path now = name(epoch + 1, logs);
    try {
      if (!hasOneFolder()) {
        Files.createDirectories(now.toAbsolutePath().getParent());
      }
      training.model().save(now);
    } catch (IOException e) {
      throw failure(e);
    }
  }

  @Override
  public String stateName() {
    return NAME + "(" + file.getFileName() + (saveBestOnly ? ", " + monitor.key() : "") + ")";
  }

  @Override
  public CallbackState state() {
    Map<String, Object> values = new LinkedHashMap<>();
    if (saveBestOnly) {
      values.put("best", monitor.best());
    }
    return CallbackState.of(values);
  }

  @Override
  public void restore(Training training, CallbackState state) {
    monitor.best(state.number("best"));
  }
}
