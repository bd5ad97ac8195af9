package io.github.lstm4j.cli;

import io.github.lstm4j.io.AtomicFile;
import io.github.lstm4j.io.Printable;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/**
 * The files that a command reads and writes, looked at before it works for hours: each output can
 * be written, as far as a look can tell, and none is an input or another output.
 */
final class OutputFiles {
  private final CommandSpec command;
  private final Map<String, Path> files = new LinkedHashMap<>();

  OutputFiles(CommandSpec command) {
    this.command = command;
  }

  /** A file that is read; none if it is null. */
  OutputFiles reads(String option, Path file) {
    if (file != null) {
      files.put(option, file);
    }
    return this;
  }

  /**
   * A file that is written; none if it is null.
   *
   * @throws ParameterException if it cannot be, or is one of those before; names the option
   */
  OutputFiles writes(String option, Path file) {
    if (file == null) {
      return this;
    }
    files.forEach(
        (other, before) -> {
          if (isSame(file, before)) {
            throw wrong(option + " and " + other + " are the same file: " + text(file));
          }
        });
    try {
      AtomicFile.probe(file);
    } catch (IOException e) {
      throw wrong(option + ": " + Printable.reason(e));
    }
    files.put(option, file);
    return this;
  }

  /** As {@link #writes(String, Path)}, for a file whose name must end so. */
  OutputFiles writes(String option, Path file, String ending) {
    if (file != null && !file.toString().endsWith(ending)) {
      throw wrong(option + ": expected a name that ends in " + ending + ", got " + text(file));
    }
    return writes(option, file);
  }

  /**
   * Looks whether the disk has room.
   *
   * @param bytes how much the file will hold about
   */
  void needs(String option, long bytes) throws IOException {
    Path file = files.get(option);
    long free = Files.getFileStore(file.toAbsolutePath().getParent()).getUsableSpace();
    if (free < bytes) {
      throw new IOException(
          String.format(
              Locale.ROOT,
              "%s: %s needs about %,d bytes, and its disk has %,d left",
              option,
              file,
              bytes,
              free));
    }
  }

  private static boolean isSame(Path a, Path b) {
    try {
      if (Files.exists(a) && Files.exists(b)) {
        return Files.isRegularFile(a) && Files.isSameFile(a, b);
      }
      return place(a).equals(place(b));
    } catch (IOException unreadable) {
      return false; // reading or writing it will tell
    }
  }

  /** Where a file lies that may not be there yet. */
  private static Path place(Path file) throws IOException {
    Path whole = AtomicFile.followed(file);
    Path folder = whole.getParent();
    return folder != null && Files.isDirectory(folder)
        ? folder.toRealPath().resolve(whole.getFileName())
        : whole.normalize();
  }

  private static String text(Path file) {
    return Printable.text(file.toString());
  }

  private ParameterException wrong(String problem) {
    return new ParameterException(command.commandLine(), problem);
  }
}
