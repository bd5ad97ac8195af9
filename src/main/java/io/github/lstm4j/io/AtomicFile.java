package io.github.lstm4j.io;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.UUID;

/**
 * Writes a file whole or not at all.
 *
 * <p>The content goes to a temporary file beside the target, is flushed to the disk, and then takes
 * the target's name in one step. If anything fails on the way (a full disk, an error in the code
 * that writes), the temporary file is removed and an older file of that name stays as it was.
 *
 * <p>A target that is no regular file ({@code /dev/stdout}, a pipe) is written directly; a symbolic
 * link is followed, not replaced.
 */
public final class AtomicFile {
  private AtomicFile() {}

  /** Takes a value; may throw {@link IOException}. */
  @FunctionalInterface
  public interface IOConsumer<T> {
    /** Consumes {@code value}. */
    void accept(T value) throws IOException;
  }

  /**
   * Writes {@code target} with what {@code content} puts into the stream, which is buffered and may
   * be closed or left open.
   *
   * @throws IOException if the file cannot be written; the message names it
   */
  public static void write(Path target, IOConsumer<? super OutputStream> content)
      throws IOException {
    Path file = Files.exists(target) ? target.toRealPath() : target.toAbsolutePath();
    if (Files.isDirectory(file)) {
      throw new IOException("cannot write " + target + ": it is a directory");
    }
    if (Files.exists(file) && !Files.isRegularFile(file)) {
      try (var out = new BufferedOutputStream(Files.newOutputStream(file))) {
        content.accept(out);
      } catch (IOException e) {
        throw failure(target, e);
      }
      return;
    }
    Path directory = file.getParent();
    if (!Files.isDirectory(directory)) {
      throw new IOException("cannot write " + target + ": no directory " + directory);
    }
    Path temporary = directory.resolve("." + file.getFileName() + "." + UUID.randomUUID() + ".tmp");
    try {
      fill(temporary, content);
      Files.move(temporary, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      throw failure(target, e);
    } finally {
      Files.deleteIfExists(temporary);
    }
  }

  private static void fill(Path temporary, IOConsumer<? super OutputStream> content)
      throws IOException {
    try (FileChannel channel =
        FileChannel.open(temporary, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      OutputStream out = new Unclosed(Channels.newOutputStream(channel));
      content.accept(out);
      out.flush();
      // before the rename: else a power cut may leave the new name on an empty file
      channel.force(true);
    }
  }

  /** A writer wrapped around this may be closed: the file is closed here, once it is safe. */
  private static final class Unclosed extends BufferedOutputStream {
    Unclosed(OutputStream out) {
      super(out, 1 << 16);
    }

    @Override
    public void close() throws IOException {
      flush();
    }
  }

  private static IOException failure(Path target, IOException cause) {
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    return new IOException("cannot write " + target + ": " + why, cause);
  }
}
