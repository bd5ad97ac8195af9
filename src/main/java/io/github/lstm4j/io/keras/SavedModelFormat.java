package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.file.Files;

/**
 * TensorFlow's SavedModel, a folder, which is not read: it holds a graph of TensorFlow's own
 * operations. The error says how to make a {@code .keras} file of it.
 */
public final class SavedModelFormat implements ModelFormat {
  /** For the look-up of services. */
  public SavedModelFormat() {}

  @Override
  public String name() {
    return "TensorFlow SavedModel";
  }

  @Override
  public boolean isRead() {
    return false;
  }

  @Override
  public boolean recognizes(ModelFile file) {
    return file.isFolder()
        && (Files.exists(file.path().resolve("saved_model.pb"))
            || Files.exists(file.path().resolve("keras_metadata.pb")));
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    throw refused(file);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    throw refused(file);
  }

  private static IOException refused(ModelFile file) {
    return new IOException(
        file.name()
            + ": this is a SavedModel of TensorFlow, which is not read; in Python, with the"
            + " TensorFlow 2.12 to 2.15 or tf_keras that opens it:\n"
            + "  model = tf.keras.models.load_model(\"folder\")\n"
            + "  model.save(\"model.keras\")");
  }
}
