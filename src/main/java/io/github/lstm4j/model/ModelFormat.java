package io.github.lstm4j.model;

import static java.util.stream.Collectors.joining;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.names.Arguments;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;

/**
 * A kind of file that holds models, or weights alone. Formats are found as services, so that a
 * model can be saved and loaded without this package knowing them.
 */
public interface ModelFormat {
  /** The ending of files with whole models: {@code .keras}. */
  String ending();

  /** The ending of files with weights alone: {@code .weights.h5}. */
  String weightsEnding();

  /**
   * Saves a model.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  void save(Model model, Path file) throws IOException;

  /** Writes a model into a stream, which stays open. */
  void save(Model model, OutputStream out) throws IOException;

  /**
   * Loads a model.
   *
   * @throws IOException if the file cannot be read, or holds what is not supported; names both
   */
  Model load(Path file) throws IOException;

  /**
   * Loads a model from a stream, which is read to its end.
   *
   * @param name what errors call it
   * @throws IOException as {@link #load(Path)} does
   */
  Model load(InputStream in, String name) throws IOException;

  /**
   * Saves the weights alone.
   *
   * @throws IOException if the file cannot be written; an older one then stays as it was
   */
  void saveWeights(Model model, Path file) throws IOException;

  /** Writes the weights into a stream, which stays open. */
  void saveWeights(Model model, OutputStream out) throws IOException;

  /**
   * Sets the weights to those of a file of weights, or of a whole model.
   *
   * @throws IOException if the file cannot be read, or its weights do not fit; the model then stays
   *     as it was
   */
  void loadWeights(Model model, Path file) throws IOException;

  /**
   * Sets the weights to those that a stream has, which is read to its end.
   *
   * @param name what errors call it
   * @throws IOException as {@link #loadWeights(Model, Path)} does
   */
  void loadWeights(Model model, InputStream in, String name) throws IOException;

  /**
   * Tries whether such a file could be written there; one that exists stays as it is.
   *
   * @throws IOException if it could not
   */
  default void trySave(Path file) throws IOException {
    AtomicFile.probe(file);
  }

  /** The formats that there are, the usual one first. */
  private static List<ModelFormat> all() {
    return ServiceLoader.load(ModelFormat.class, ModelFormat.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .toList();
  }

  /** What streams have. */
  static ModelFormat usual() {
    return all().get(0);
  }

  /**
   * The format of a file with a whole model, by its name.
   *
   * @throws IllegalArgumentException if there is none; lists those that there are
   */
  static ModelFormat of(Path file) {
    return find(file, ModelFormat::ending);
  }

  /**
   * The format of a file with weights alone, by its name.
   *
   * @throws IllegalArgumentException if there is none; lists those that there are
   */
  static ModelFormat ofWeights(Path file) {
    return find(file, ModelFormat::weightsEnding);
  }

  private static ModelFormat find(Path file, Function<ModelFormat, String> ending) {
    String name = String.valueOf(Arguments.given("a file", file).getFileName());
    return all().stream()
        .filter(f -> name.endsWith(ending.apply(f)))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    file
                        + ": expected a file name that ends with "
                        + all().stream().map(ending).collect(joining(", "))
                        + "; rename the file"));
  }
}
