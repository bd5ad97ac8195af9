package io.github.lstm4j.callbacks;

import io.github.lstm4j.io.EventFile;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.layers.Weight;
import io.github.lstm4j.training.Batch;
import io.github.lstm4j.training.Callback;
import io.github.lstm4j.training.Training;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Writes files that TensorBoard shows, as Keras's {@code TensorBoard}: below {@code train} the
 * epoch's means and the learning rate, {@code epoch_loss}, {@code epoch_learning_rate}; below
 * {@code validation} those of the validation under the same names, and {@code
 * evaluation_loss_vs_iterations}. On request there are means by step, {@code batch_loss}, and
 * histograms of weights and of gradients, {@code lstm/kernel/histogram} and {@code
 * lstm/kernel/gradient}. Graphs, images and profiles it does not write.
 *
 * <pre>{@code
 * new TensorBoard(Path.of("logs")).histogramFreq(1).updateFreq(100);
 * }</pre>
 *
 * <p>Then {@code tensorboard --logdir logs}. A training that goes on adds files to the folder.
 */
public final class TensorBoard implements Callback {
  private static final String VALIDATION = "val_";

  private final Path folder;
  private final Map<String, EventFile> files = new LinkedHashMap<>();
  private int histogramFreq;
  private int updateFreq;
  private Batch gradientsOf;

  /**
   * @param folder where {@code train} and {@code validation} are made
   */
  public TensorBoard(Path folder) {
    this.folder = folder;
  }

  /** After every how many epochs histograms are written; 0, the default: never. */
  public TensorBoard histogramFreq(int epochs) {
    histogramFreq = atLeast0("histogramFreq", epochs);
    return this;
  }

  /** After every how many steps the epoch's means so far are written; 0, the default: never. */
  public TensorBoard updateFreq(int steps) {
    updateFreq = atLeast0("updateFreq", steps);
    return this;
  }

  /** Whose gradients the histograms show, beside the weights': of the loss of these samples. */
  public TensorBoard gradientsOf(Batch batch) {
    gradientsOf = batch;
    return this;
  }

  private static int atLeast0(String name, int value) {
    if (value < 0) {
      throw new IllegalArgumentException(
          "TensorBoard: " + name + " must be at least 0, got " + value);
    }
    return value;
  }

  /** What is written into a file. */
  @FunctionalInterface
  private interface Writing {
    void to(EventFile file) throws IOException;
  }

  private void write(String part, Writing writing) {
    try {
      EventFile file = files.get(part);
      if (file == null) {
        file = new EventFile(folder.resolve(part));
        files.put(part, file);
      }
      writing.to(file);
    } catch (IOException e) {
      throw new UncheckedIOException(
          "TensorBoard: cannot write to " + folder + ": " + Printable.reason(e), e);
    }
  }

  private void scalar(String part, String tag, double value, long step) {
    write(part, file -> file.scalar(tag, value, step));
  }

  @Override
  public void onTrainBegin(Training training) {
    files.clear();
  }

  @Override
  public void onBatchEnd(Training training, int step) {
    long number = training.model().iterations();
    if (updateFreq > 0 && number % updateFreq == 0) {
      training.logs().forEach((key, mean) -> scalar("train", "batch_" + key, mean, number));
    }
  }

  @Override
  public void onEpochEnd(Training training, int epoch, Map<String, Double> logs) {
    long steps = training.model().iterations();
    Map<String, Double> all = new LinkedHashMap<>(logs);
    all.put("learning_rate", (double) training.model().learningRate());
    all.forEach(
        (key, value) -> {
          if (key.startsWith(VALIDATION)) {
            String name = key.substring(VALIDATION.length());
            scalar("validation", "evaluation_" + name + "_vs_iterations", value, steps);
            scalar("validation", "epoch_" + name, value, epoch);
          } else {
            scalar("train", "epoch_" + key, value, epoch);
          }
        });
    if (histogramFreq > 0 && epoch % histogramFreq == 0) {
      histograms(training, epoch);
    }
  }

  private void histograms(Training training, int epoch) {
    for (Weight w : training.model().weights()) {
      histogram(w.path(), "histogram", w.value().data(), epoch);
    }
    if (gradientsOf != null) {
      training
          .model()
          .gradients(gradientsOf)
          .forEach((path, g) -> histogram(path, "gradient", g.data(), epoch));
    }
  }

  private void histogram(String path, String what, float[] values, int epoch) {
    String tag = path.replace('.', '/') + "/" + what;
    write("train", file -> file.histogram(tag, values, epoch));
  }

  @Override
  public void onTrainEnd(Training training) {
    files.forEach((part, file) -> close(file));
    files.clear();
  }

  private void close(EventFile file) {
    try {
      file.close();
    } catch (IOException e) {
      throw new UncheckedIOException(
          "TensorBoard: cannot write " + file.path() + ": " + Printable.reason(e), e);
    }
  }
}
