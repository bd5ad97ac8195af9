package io.github.lstm4j.cli;

import java.nio.file.Path;
import java.util.Locale;
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
}
