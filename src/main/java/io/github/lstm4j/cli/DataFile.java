package io.github.lstm4j.cli;

import io.github.lstm4j.io.Printable;
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
   * What a file of arrays holds for a model, in the order of its inputs: for one input the only
   * array, or the one named x or as the input; for several those that have their names.
   *
   * @throws IllegalArgumentException if there are several and none has such a name, or one of
   *     several inputs has none
   */
  List<Tensor> inputsOf(Model model, Path file) throws IOException {
    List<String> inputs = model.graph().inputNames();
    if (inputs.size() > 1) {
      return named(file, this == NPY ? List.of() : Npz.names(file), inputs);
    } else if (this == NPY) {
      return List.of(Npy.read(file));
    }
    List<String> names = Npz.names(file);
    for (String name : names) {
      if (name.equals("x") || inputs.contains(name)) {
        return named(file, names, List.of(name));
      }
    }
    Map<String, Tensor> arrays = Npz.read(file);
    if (arrays.size() == 1) {
      return List.copyOf(arrays.values());
    }
    throw new IllegalArgumentException(
        file
            + ": expected one array of numbers, or one named x or as the model's input layer, "
            + inputs.get(0)
            + "; got "
            + Printable.text(names));
  }

  /**
   * What a file of arrays holds for a compiled model's outputs: for one the array named y or as the
   * output; for several those that have their names.
   */
  static List<Tensor> targetsOf(Model model, Path file) throws IOException {
    List<String> names = Npz.names(file);
    List<String> outputs = model.outputNames();
    List<String> wanted =
        model.objectives() == null
            ? outputs
            : model.objectives().list().stream().map(o -> outputs.get(o.output())).toList();
    boolean usual = wanted.size() == 1 && !names.contains(wanted.get(0));
    return named(file, names, usual ? List.of("y") : wanted);
  }

  private static List<Tensor> named(Path file, List<String> names, List<String> wanted)
      throws IOException {
    if (!names.containsAll(wanted)) {
      throw new IllegalArgumentException(
          file
              + ": expected arrays named as the model's inputs and outputs, "
              + wanted
              + ", got "
              + (names.isEmpty() ? "one without a name" : Printable.text(names)));
    }
    Map<String, Tensor> arrays = Npz.read(file, wanted);
    return wanted.stream().map(arrays::get).toList();
  }
}
