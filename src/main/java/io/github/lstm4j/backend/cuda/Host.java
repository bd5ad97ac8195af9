package io.github.lstm4j.backend.cuda;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * What the search for native libraries sees of the machine. The tests make their own, so that the
 * search is tested without a GPU.
 *
 * @param os as the system property {@code os.name} has it
 * @param arch as the system property {@code os.arch} has it
 * @param property the system properties; null for one that is not set
 * @param environment the environment variables; null for one that is not set
 * @param root where the usual folders begin, {@code /} but for the tests
 */
record Host(
    String os,
    String arch,
    UnaryOperator<String> property,
    UnaryOperator<String> environment,
    Path root) {

  /** The machine that this runs on. */
  static Host current() {
    return new Host(
        System.getProperty("os.name", ""),
        System.getProperty("os.arch", ""),
        System::getProperty,
        System::getenv,
        Path.of("/"));
  }

  boolean windows() {
    return os.toLowerCase(Locale.ROOT).startsWith("windows");
  }

  /** System and processor in the words of JCuda's files: {@code linux-x86_64}. */
  String platform() {
    String name = os.toLowerCase(Locale.ROOT);
    String system = windows() ? "windows" : name.startsWith("mac") ? "apple" : name;
    return system + "-" + (arch.equals("amd64") ? "x86_64" : arch);
  }

  /** The property, else the environment variable {@code LSTM4J_…} of the same name, else "". */
  String setting(String name) {
    String value = property.apply(name);
    if (value == null) {
      value = environment.apply(name.toUpperCase(Locale.ROOT).replace('.', '_'));
    }
    return value == null ? "" : value.strip();
  }

  /** One of the usual folders, such as {@code /usr/lib64}. */
  Path folder(String absolute) {
    return root.resolve(absolute.substring(1));
  }

  /** A folder that an environment variable names, with what follows it; empty if it is not set. */
  List<Path> folderOf(String variable, String... below) {
    List<Path> folders = new ArrayList<>();
    for (Path folder : foldersOf(variable)) {
      folders.add(Path.of(folder.toString(), below));
    }
    return folders;
  }

  /** The absolute folders listed in an environment variable such as {@code LD_LIBRARY_PATH}. */
  List<Path> foldersOf(String variable) {
    String list = environment.apply(variable);
    List<Path> folders = new ArrayList<>();
    for (String entry : (list == null ? "" : list).split(windows() ? ";" : ":", -1)) {
      Path folder = pathOrNothing(entry.replace("\"", ""));
      // an empty or relative entry means the working folder: nobody wants its libraries
      if (folder.isAbsolute()) {
        folders.add(folder);
      }
    }
    return folders;
  }

  private static Path pathOrNothing(String entry) {
    try {
      return Path.of(entry);
    } catch (InvalidPathException e) {
      return Path.of("");
    }
  }
}
