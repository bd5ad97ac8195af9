package io.github.lstm4j.model;

import io.github.lstm4j.io.AtomicFile;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ServiceLoader;

/**
 * A kind of file that holds models. Formats are found as services, so that a model can be saved and
 * loaded without this package knowing them.
 */
public interface ModelFormat {
  /** The ending of its files: {@code .keras}. */
  String ending();

  /**
   * Saves a model.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  void save(Model model, Path file) throws IOException;

  /**
   * Tries whether such a file could be written there; one that exists stays as it is.
   *
   * @throws IOException if it could not
   */
  default void trySave(Path file) throws IOException {
    AtomicFile.probe(file);
  }

  /**
   * Loads a model.
   *
   * @throws IOException if the file cannot be read, or holds what is not supported; names both
   */
  Model load(Path file) throws IOException;

  /**
   * The format of a file, by its name.
   *
   * @throws IllegalArgumentException if there is none; lists those that there are
   */
  static ModelFormat of(Path file) {
    StringBuilder endings = new StringBuilder();
    for (ModelFormat format :
        ServiceLoader.load(ModelFormat.class, ModelFormat.class.getClassLoader())) {
      if (file.getFileName().toString().endsWith(format.ending())) {
        return format;
      }
      endings.append(endings.length() == 0 ? "" : ", ").append(format.ending());
    }
    throw new IllegalArgumentException(
        file + ": expected a file name that ends with " + endings + "; rename the file");
  }
}
