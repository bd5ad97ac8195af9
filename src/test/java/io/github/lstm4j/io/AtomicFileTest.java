package io.github.lstm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.UUID;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AtomicFileTest {
  @TempDir Path folder;

  @Test
  void writesAndReplaces() throws IOException {
    Path file = folder.resolve("model.txt");
    AtomicFile.write(file, out -> out.write(new byte[] {1, 2, 3}));
    assertThat(file).hasBinaryContent(new byte[] {1, 2, 3});
    AtomicFile.write(file, out -> out.write(new byte[100_000]));
    assertThat(file).hasSize(100_000);
    assertThat(folder).isDirectoryContaining(file::equals);
    assertThat(folder.toFile().list()).containsExactly("model.txt");
  }

  @Test
  void theStreamMayBeClosedByAWriterAroundIt() throws IOException {
    Path file = folder.resolve("text.txt");
    AtomicFile.write(
        file,
        out -> {
          try (Writer writer = new OutputStreamWriter(out, StandardCharsets.UTF_8)) {
            writer.write("größer");
          }
        });
    assertThat(file).content(StandardCharsets.UTF_8).isEqualTo("größer");
  }

  @Test
  void aDiskThatFillsUpLeavesTheOldFile() throws IOException {
    Path file = folder.resolve("model.bin");
    Files.writeString(file, "old");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      OutputStream disk = new FullAfter(100_000, out);
                      for (int i = 0; i < 1000; i++) {
                        disk.write(new byte[1000]);
                      }
                    }))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write")
        .hasMessageContaining("model.bin: No space left on device");
    assertThat(file).hasContent("old");
    assertThat(folder.toFile().list()).containsExactly("model.bin");
  }

  @Test
  void anErrorInTheCodeThatWritesLeavesNothing() {
    Path file = folder.resolve("model.bin");
    assertThatThrownBy(
            () ->
                AtomicFile.write(
                    file,
                    out -> {
                      out.write(new byte[200_000]);
                      throw new IllegalStateException("bug");
                    }))
        .isInstanceOf(IllegalStateException.class)
        .hasMessage("bug");
    assertThat(folder).isEmptyDirectory();
  }

  @Test
  void placesThatCannotBeWritten() {
    assertThatThrownBy(() -> AtomicFile.write(folder, out -> out.write(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("it is a directory");
    assertThatThrownBy(() -> AtomicFile.write(folder.resolve("no/x"), out -> out.write(1)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("no directory");
  }

  @Test
  void aLinkIsFollowed() throws IOException {
    Path file = folder.resolve("file");
    Path link = folder.resolve("link");
    Files.writeString(file, "old");
    Files.createSymbolicLink(link, file);
    AtomicFile.write(link, out -> out.write('n'));
    assertThat(link).isSymbolicLink();
    assertThat(file).hasContent("n");
  }

  @Test
  void aLinkToWhereThereIsNoFileYetIsFollowed() throws IOException {
    Files.createDirectory(folder.resolve("disk"));
    Path link = folder.resolve("link");
    Files.createSymbolicLink(link, Path.of("disk", "file")); // relative to the link
    AtomicFile.write(link, out -> out.write('n'));
    assertThat(link).isSymbolicLink().hasContent("n");
    assertThat(folder.resolve("disk/file")).isRegularFile();

    Path circle = folder.resolve("circle");
    Files.createSymbolicLink(circle, circle);
    assertThatThrownBy(() -> AtomicFile.write(circle, out -> out.write('n')))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("circle: too many links");
  }

  @Test
  void aReplacedFileKeepsItsPermissions() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "old");
    for (String permissions : List.of("rw-------", "rw-rw-rw-", "rwxr-x--x")) {
      Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(permissions));
      AtomicFile.write(file, out -> out.write('n'));
      assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(file)))
          .isEqualTo(permissions);
    }
  }

  @Test
  void nothingIsReadableBeforeItMayBe() throws IOException {
    Path file = Files.writeString(folder.resolve("secret"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    AtomicFile.write(
        file,
        out -> {
          out.write(new byte[1 << 20]);
          try (Stream<Path> all = Files.list(folder)) {
            for (Path f : all.toList()) {
              assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(f)))
                  .isEqualTo("rw-------");
            }
          }
        });
  }

  @Test
  void whatAKilledProcessLeftIsSwept() throws IOException {
    Path file = folder.resolve("model.keras");
    Path left = folder.resolve(".model.keras." + UUID.randomUUID() + ".tmp");
    Path empty = folder.resolve(".model.keras." + UUID.randomUUID() + ".tmp");
    Path ofAnother = folder.resolve(".other.keras." + UUID.randomUUID() + ".tmp");
    Path notOurs = folder.resolve(".model.keras.notes.tmp");
    for (Path f : List.of(left, ofAnother, notOurs)) {
      Files.writeString(f, "half");
    }
    Files.createFile(empty);
    AtomicFile.write(file, out -> out.write('n'));
    assertThat(folder.toFile().listFiles())
        .extracting(File::toPath)
        .containsExactlyInAnyOrder(file, ofAnother, notOurs);
  }

  @Test
  void aNameMayBeAsLongAsAnyOther() throws IOException {
    for (String letter : List.of("n", "ü")) {
      Path file =
          folder.resolve(letter.repeat(254 / letter.getBytes(StandardCharsets.UTF_8).length));
      AtomicFile.write(file, out -> out.write('1'));
      AtomicFile.write(file, out -> out.write('2'));
      assertThat(file).hasContent("2");
    }
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void whatIsBeingWrittenIsNotSwept() throws IOException {
    Path file = folder.resolve("model.keras");
    AtomicFile.write(
        file,
        out -> {
          out.write(new byte[200_000]);
          AtomicFile.write(file, second -> second.write('2')); // as another process might
          assertThat(file).hasContent("2");
          out.write(new byte[200_000]);
        });
    assertThat(file).hasSize(400_000);
    assertThat(folder.toFile().list()).containsExactly("model.keras");
  }

  /** Several processes write one file, some are killed: it is always whole, and nothing is left. */
  @Test
  void processesMayWriteOneFile() throws Exception {
    Path file = folder.resolve("model.bin");
    List<Process> writers = new ArrayList<>();
    for (int i = 1; i <= 3; i++) {
      writers.add(
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Xmx64m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  Writes.class.getName(),
                  file.toString(),
                  Integer.toString(i))
              .redirectErrorStream(true)
              .redirectOutput(folder.resolve("out" + i).toFile())
              .start());
    }
    Process killed = writers.remove(0);
    while (!Files.exists(file)) {
      assertThat(killed.isAlive() || writers.stream().anyMatch(Process::isAlive)).isTrue();
    }
    killed.destroyForcibly().waitFor();
    do {
      byte[] bytes = Files.readAllBytes(file);
      byte[] whole = new byte[Writes.SIZE];
      Arrays.fill(whole, bytes[0]);
      assertThat(bytes).isEqualTo(whole);
    } while (writers.stream().anyMatch(Process::isAlive));
    for (Process writer : writers) {
      assertThat(writer.waitFor()).isZero();
    }
    AtomicFile.write(file, out -> out.write('n'));
    assertThat(folder.toFile().list())
        .containsExactlyInAnyOrder("model.bin", "out1", "out2", "out3");
  }

  /** Writes one file again and again. */
  static final class Writes {
    static final int SIZE = 300_000;

    private Writes() {}

    public static void main(String[] args) throws IOException {
      byte[] content = new byte[SIZE];
      Arrays.fill(content, Byte.parseByte(args[1]));
      for (int n = 0; n < 50; n++) {
        AtomicFile.write(Path.of(args[0]), out -> out.write(content));
      }
    }
  }

  /** Behind /dev/stdout is a link to a name that is no file's. */
  @Test
  void aPipeIsWrittenDirectly() throws Exception {
    assumeThat(Path.of("/proc/self/fd")).exists();
    Process writer =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m",
                "-cp",
                System.getProperty("java.class.path"),
                Writes.class.getName(),
                "/dev/stdout",
                "7")
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    byte[] got = writer.getInputStream().readAllBytes();
    assertThat(writer.waitFor()).isZero();
    assertThat(got).hasSize(50 * Writes.SIZE).containsOnly(7);
  }

  @Test
  void devicesAreWrittenDirectly() throws IOException {
    Path full = Path.of("/dev/full");
    assumeThat(full).exists();
    assertThatThrownBy(() -> AtomicFile.write(full, out -> out.write(new byte[100_000])))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("cannot write /dev/full: No space left on device");
    AtomicFile.write(Path.of("/dev/null"), out -> out.write(1));
    assertThat(Files.isRegularFile(Path.of("/dev/null"))).isFalse();
  }

  /** A disk with room for so many bytes. */
  private static final class FullAfter extends OutputStream {
    private final OutputStream out;
    private long room;

    FullAfter(long room, OutputStream out) {
      this.room = room;
      this.out = out;
    }

    @Override
    public void write(int b) throws IOException {
      if (room-- == 0) {
        throw new IOException("No space left on device");
      }
      out.write(b);
    }
  }
}
