package io.github.lstm4j.io;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assumptions.assumeThat;

import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
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
