package io.github.lstm4j.io;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.zip.CRC32;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileWindowTest {
  @TempDir Path folder;

  /** Whatever was read before, in whatever order, and twice or not at all. */
  @Test
  void theChecksumIsThatOfAllBytes() throws Exception {
    Random random = new Random(5);
    byte[] bytes = new byte[3 * FileWindow.PIECE + 12345];
    random.nextBytes(bytes);
    Path file = Files.write(folder.resolve("bytes"), bytes);
    int from = 77;
    int size = bytes.length - from - 1001;
    CRC32 whole = new CRC32();
    whole.update(bytes, from, size);
    for (int reads = 0; reads < 12; reads++) {
      try (FileWindow window = FileWindow.summed(file, from, size)) {
        IntStream.range(0, reads)
            .mapToObj(i -> new int[] {random.nextInt(size), random.nextInt(1 << 19)})
            .toList()
            .parallelStream()
            .forEach(part -> read(window, part[0], Math.min(part[1], size - part[0])));
        if (reads == 11) {
          window.read(0, size, piece -> {});
        }
        assertThat(window.checksum()).as("after %d reads", reads).isEqualTo(whole.getValue());
      }
    }
  }

  private static void read(FileWindow window, int at, int count) {
    try {
      window.read(at, ByteBuffer.allocate(count));
    } catch (java.io.IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @Test
  void anEmptyPartHasAChecksumToo() throws Exception {
    Path file = Files.write(folder.resolve("bytes"), new byte[] {1, 2, 3});
    try (FileWindow window = FileWindow.summed(file, 2, 0)) {
      assertThat(window.checksum()).isZero();
    }
  }
}
