package io.github.lstm4j.cli;

import io.github.lstm4j.io.npy.Npy;
import io.github.lstm4j.io.npy.Npz;
import io.github.lstm4j.model.Model;
import io.github.lstm4j.tensor.Tensor;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** The kinds of files that data comes from and goes to, told by their ending. */
enum DataFile {
  CSV,
  NPY,
  NPZ;

  /** The kind of that file; any other ending is wrong usage. */
  static DataFile of(Path file, CommandSpec command) {
    String name = file.toString().toLowerCase(Locale.ROOT);
    for (DataFile kind : values()) {
      if (name.endsWith("." + kind.name().toLowerCase(Locale.ROOT))) {
        return kind;
      }
    }
    throw new ParameterException(
        command.commandLine(), file + ": expected a name that ends in .csv, .npy or .npz");
  }

  /**
   * What a file of arrays holds for a model: its only array, or the one named x or as the model's
   * input layer.
   *
   * @throws IllegalArgumentException if there are several and none has such a name
   */
  Tensor inputOf(Model model, Path file) throws IOException {
    if (this == NPY) {
      return Npy.read(file);
    }
    List<String> wanted = List.of("x", model.inputLayer().name());
    List<String> names = Npz.names(file);
    for (String name : names) {
      if (wanted.contains(name)) {
        return Npz.read(file, List.of(name)).get(name);
      }
    }
    Map<String, Tensor> arrays = Npz.read(file);
    if (arrays.size() == 1) {
      return arrays.values().iterator().next();
    }
    throw new IllegalArgumentException(
        file
            + ": expected one array of numbers, or one named x or as the model's input layer; got "
            + names);
  }
}
