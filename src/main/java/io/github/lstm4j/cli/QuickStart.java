package io.github.lstm4j.cli;

import io.github.lstm4j.io.PrivateFolder;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * The JVM of a {@code predict} that has little to do. The Vector API takes longer to get ready than
 * plain loops take for the whole work, and so does the JIT compiler's second stage. What is left is
 * the loading of classes: they are kept in an archive in the user's cache, which the JVM of the
 * first such run of a jar makes when it ends. Here and in {@link Launcher} are loops where
 * elsewhere are streams: each lambda costs a JVM that starts a millisecond.
 */
final class QuickStart {
  /**
   * Bytes of the model times bytes of the input. For windows of 24 rows that is within a few
   * hundred million multiplications, half a second of plain loops.
   */
  private static final double LITTLE = 3e8;

  private final List<String> options = new ArrayList<>();
  private String start; // of the path of this build's archive
  private Path made; // null if there was the archive, or nothing may be made

  private QuickStart() {
    options.add("-XX:TieredStopAtLevel=1");
    options.add("-XX:+UseSerialGC");
    // the line that tells how to get the Vector API
    options.add("-Dorg.slf4j.simpleLogger.log.io.github.lstm4j.backend.cpu.CpuMath=warn");
  }

  /**
   * For a command.
   *
   * @param options those that this JVM got
   * @param args the command
   * @return none if the command is another, or has more to do, or its JVM was to be another
   */
  static Optional<QuickStart> of(List<String> options, String[] args) {
    for (String option : options) {
      if (!option.startsWith("-D") && !option.startsWith("-Xm")) {
        return Optional.empty();
      }
    }
    if (!little(args)) {
      return Optional.empty();
    }
    QuickStart quick = new QuickStart();
    String jar = System.getProperty("java.class.path");
    if (jar.endsWith(".jar") && !jar.contains(File.pathSeparator)) {
      try {
        quick.archive(PrivateFolder.of(cache(), "lstm4j", "classes"), Path.of(jar));
      } catch (IOException | InvalidPathException noPlace) {
        // then without
      }
    }
    return Optional.of(quick);
  }

  /** Those of its JVM, besides those that this one got. */
  List<String> options() {
    return options;
  }

  /** Keeps the archive that its JVM made, if it did its work: else there are classes missing. */
  void ended(int code) {
    if (made == null) {
      return;
    }
    try {
      if (code == 0) {
        Files.move(made, archive(made), StandardCopyOption.ATOMIC_MOVE);
      } else {
        Files.deleteIfExists(made);
      }
    } catch (IOException notMade) {
      // the next run makes it
    }
  }

  /** Looks for the archive of this jar by this JDK, or has it made in place of earlier builds'. */
  private void archive(Path folder, Path jar) throws IOException {
    Path file = jar.toAbsolutePath();
    int which = Arrays.hashCode(new Object[] {file, System.getProperty("java.home")});
    String of = "predict-" + Runtime.version() + "-" + Integer.toHexString(which) + "-";
    long build = Files.getLastModifiedTime(file).toMillis() ^ Files.size(file);
    start = folder.resolve(of + Long.toHexString(build) + "-").toString();
    List<Path> earlier = new ArrayList<>();
    Path there = null;
    try (DirectoryStream<Path> archives = Files.newDirectoryStream(folder, of + "*")) {
      for (Path one : archives) {
        if (one.equals(archive(one))) {
          there = one;
        } else {
          earlier.add(one);
        }
      }
    }
    if (there != null) {
      options.add("-XX:SharedArchiveFile=" + there);
    } else {
      for (Path old : earlier) {
        Files.deleteIfExists(old);
      }
      made = Path.of(start + "of-" + ProcessHandle.current().pid());
      options.add("-XX:ArchiveClassesAtExit=" + made);
    }
    options.add("-Xlog:disable"); // of an archive that is of no use it need not speak
  }

  /**
   * The name of this build's archive of a file's size: Java 17 does not look whether the archive
   * ends too early, and ends by a fault.
   */
  private Path archive(Path file) throws IOException {
    return Path.of(start + Long.toHexString(Files.size(file)) + ".jsa");
  }

  private static Path cache() {
    String set = System.getenv("XDG_CACHE_HOME");
    return set != null && Path.of(set).isAbsolute()
        ? Path.of(set)
        : Path.of(System.getProperty("user.home"), ".cache");
  }

  private static boolean little(String[] args) {
    if (args.length == 0 || !args[0].equals("predict")) {
      return false;
    }
    for (String arg : args) {
      if (arg.endsWith("cuda")) { // also --backend=cuda
        return false;
      }
    }
    return bytes("--model", args) * bytes("--input", args) <= LITTLE;
  }

  /** How large the file is that an option names; infinite if there is none. */
  private static double bytes(String option, String[] args) {
    int at = Arrays.asList(args).indexOf(option) + 1;
    try {
      return at > 0 && at < args.length ? Files.size(Path.of(args[at])) : Double.POSITIVE_INFINITY;
    } catch (IOException | InvalidPathException noFile) {
      return Double.POSITIVE_INFINITY; // the command says so
    }
  }
}
