package io.github.lstm4j.model;

import static java.util.stream.Collectors.joining;

import io.github.lstm4j.names.Arguments;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.ServiceLoader;
import java.util.stream.Stream;

/**
 * A kind of file that holds models, or weights alone. Formats are found as services, so that a
 * model can be saved and loaded without this package knowing them. What is read is known by its
 * bytes, whatever it is called; what is written is chosen by the ending of its name. A format may
 * be read only, written only, or hold weights only.
 */
public interface ModelFormat {
  /** What errors and tables call it: {@code ONNX}. */
  String name();

  /** Whether models or weights of it are read; else it is known only to say what to do. */
  default boolean isRead() {
    return true;
  }

  /** Whether a file is of this format, seen from its first bytes, or from what a folder has. */
  boolean recognizes(ModelFile file);

  /**
   * Loads a model.
   *
   * @throws IOException if the file cannot be read, or holds no whole model, or what is not
   *     supported; names both
   */
  Model load(ModelFile file) throws IOException;

  /**
   * Which axes a file's inputs and outputs have, by the names that they have there, and which those
   * of the model.
   *
   * @return a line; empty where they are the model's own
   * @throws IOException as {@link #load}
   */
  default String axes(ModelFile file) throws IOException {
    return "";
  }

  /**
   * Sets the weights to those of a file of weights, or of a whole model.
   *
   * @throws IOException if the file cannot be read, or its weights do not fit; the model then stays
   *     as it was
   */
  default void loadWeights(Model model, ModelFile file) throws IOException {
    throw new IOException(
        file.name() + ": this is " + name() + ", which is loaded whole; use Models.load");
  }

  /** The endings of files with whole models that it writes, such as {@code .keras}. */
  default List<String> endings() {
    return List.of();
  }

  /** The endings of files with weights alone that it writes, such as {@code .weights.h5}. */
  default List<String> weightsEndings() {
    return List.of();
  }

  /**
   * Writes a model; the stream stays open. Called only where there are {@link #endings}.
   *
   * @throws IllegalArgumentException if the format cannot say what the model computes; names the
   *     layer and what of it
   */
  default void save(Model model, OutputStream out) throws IOException {
    throw new UnsupportedOperationException(name() + " is not written");
  }

  /** Writes the weights alone; the stream stays open. Called only with {@link #weightsEndings}. */
  default void saveWeights(Model model, OutputStream out) throws IOException {
    throw new UnsupportedOperationException(name() + " is not written");
  }

  private static ServiceLoader<ModelFormat> services() {
    return ServiceLoader.load(ModelFormat.class, ModelFormat.class.getClassLoader());
  }

  /** The formats that there are; a file is of the first that recognizes it. */
  static List<ModelFormat> all() {
    return services().stream().map(ServiceLoader.Provider::get).toList();
  }

  /** What streams are written in: the first format that writes. */
  static ModelFormat usual() {
    return all().stream().filter(f -> !f.endings().isEmpty()).findFirst().orElseThrow();
  }

  /**
   * The format of what is there.
   *
   * @throws IOException if no format knows it; lists those that are read
   */
  static ModelFormat of(ModelFile file) throws IOException {
    for (ModelFormat format : services()) { // none is made behind the one that it is
      if (format.recognizes(file)) {
        return format;
      }
    }
    throw new IOException(
        file.name()
            + ": expected a model ("
            + all().stream()
                .filter(ModelFormat::isRead)
                .map(ModelFormat::name)
                .collect(joining(", "))
            + "), but this "
            + (file.isFolder() ? "folder" : "file of " + Files.size(file.path()) + " bytes")
            + " is none of them");
  }

  /**
   * The format in which a whole model is written to such a file, by its name.
   *
   * @throws IllegalArgumentException if there is none; lists the endings that there are
   */
  static ModelFormat toWrite(Path file) {
    return find(file, false);
  }

  /**
   * The format in which weights alone are written to such a file, by its name.
   *
   * @throws IllegalArgumentException if there is none; lists the endings that there are
   */
  static ModelFormat toWriteWeights(Path file) {
    return find(file, true);
  }

  private static List<String> endings(ModelFormat format, boolean weights) {
    return weights ? format.weightsEndings() : format.endings();
  }

  /** How much of a name is a format's: {@code m.weights.h5} is not {@code .h5}. */
  private static int match(String name, ModelFormat format, boolean weights) {
    return endings(format, weights).stream()
        .filter(name::endsWith)
        .mapToInt(String::length)
        .max()
        .orElse(0);
  }

  private static ModelFormat find(Path file, boolean weights) {
    String name = String.valueOf(Arguments.given("a file", file).getFileName());
    List<ModelFormat> all = all();
    int best = 0;
    ModelFormat found = null;
    for (ModelFormat format : all) {
      int length = match(name, format, weights);
      if (length > best) {
        best = length;
        found = format;
      }
    }
    int longest = best;
    boolean other = all.stream().anyMatch(f -> match(name, f, !weights) > longest);
    if (found == null || other) {
      Stream<String> fit = all.stream().flatMap(f -> endings(f, weights).stream());
      throw new IllegalArgumentException(
          file
              + ": expected a file name that ends with "
              + fit.collect(joining(", "))
              + (other
                  ? "; such a name is for "
                      + (weights ? "whole models: save" : "weights alone: saveWeights")
                  : "; rename the file"));
    }
    return found;
  }
}
