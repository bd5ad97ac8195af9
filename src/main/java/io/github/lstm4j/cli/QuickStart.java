package io.github.lstm4j.cli;

import io.github.lstm4j.io.PrivateFolder;
import java.io.File;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SeekableByteChannel;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The JVM of a {@code predict} that has little to do. The Vector API takes longer to get ready than
 * plain loops take for the whole work, and so does the JIT compiler's second stage. What is left is
 * the loading of classes: from Java 19 on the JDK keeps them in an archive in the user's cache,
 * which it makes in the first such run of a jar.
 */
final class QuickStart {
  private static final int ARCHIVES_ITSELF = 19; // the JDK, since this version

  /**
   * Bytes of the model times bytes of the input. For windows of 24 rows that is within a few
   * hundred million multiplications, half a second of plain loops.
   */
  private static final double LITTLE = 3e8;

  /** What an archive begins with. The JDK writes it last. */
  private static final byte[] MAGIC = {(byte) 0xa8, (byte) 0xab, 0x0b, (byte) 0xf0};

  private QuickStart() {}

  /**
   * The options of its JVM.
   *
   * @param options those that this one got
   * @param args the command
   * @return none if the command is another, or has more to do, or its JVM was to be another
   */
  static List<String> options(List<String> options, String[] args) {
    if (!options.stream().allMatch(o -> o.startsWith("-D") || o.startsWith("-Xm"))
        || !little(args)) {
      return List.of();
    }
    List<String> quick = new ArrayList<>();
    quick.add("-XX:TieredStopAtLevel=1");
    quick.add("-XX:+UseSerialGC");
    // the line that tells how to get the Vector API
    quick.add("-Dorg.slf4j.simpleLogger.log.io.github.lstm4j.backend.cpu.CpuMath=warn");
    String jar = System.getProperty("java.class.path");
    if (Runtime.version().feature() >= ARCHIVES_ITSELF
        && jar.endsWith(".jar")
        && !jar.contains(File.pathSeparator)) {
      try {
        Path folder = PrivateFolder.of(cache(), "lstm4j", "classes");
        Path archive = archive(folder, Path.of(jar).toAbsolutePath());
        quick.add("-XX:+AutoCreateSharedArchive");
        quick.add("-XX:SharedArchiveFile=" + archive);
        quick.add("-Xlog:disable"); // of an archive that is of no use it need not speak
      } catch (IOException | InvalidPathException noPlace) {
        // then without
      }
    }
    return quick;
  }

  /** The archive of this jar by this JDK, which takes the place of those of earlier builds. */
  private static Path archive(Path folder, Path jar) throws IOException {
    String of = "predict-" + Runtime.version() + "-" + Integer.toHexString(jar.hashCode()) + "-";
    long build = Files.getLastModifiedTime(jar).toMillis() ^ Files.size(jar);
    Path archive = folder.resolve(of + Long.toHexString(build) + ".jsa");
    if (Files.notExists(archive)) {
      try (DirectoryStream<Path> earlier = Files.newDirectoryStream(folder, of + "*")) {
        for (Path file : earlier) {
          Files.deleteIfExists(file);
        }
      }
    } else {
      ByteBuffer head = ByteBuffer.allocate(MAGIC.length);
      try (SeekableByteChannel file = Files.newByteChannel(archive)) {
        file.read(head);
      }
      if (!Arrays.equals(head.array(), MAGIC)) {
        Files.deleteIfExists(archive); // unfinished; the JDK would not replace it
      }
    }
    return archive;
  }

  private static Path cache() {
    String set = System.getenv("XDG_CACHE_HOME");
    return set != null && Path.of(set).isAbsolute()
        ? Path.of(set)
        : Path.of(System.getProperty("user.home"), ".cache");
  }

  private static boolean little(String[] args) {
    return args.length > 0
        && args[0].equals("predict")
        && Arrays.stream(args).noneMatch(a -> a.endsWith("cuda")) // also --backend=cuda
        && bytes("--model", args) * bytes("--input", args) <= LITTLE;
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
