package io.github.lstm4j.model;

import io.github.lstm4j.io.ReadBudget;
import io.github.lstm4j.names.Arguments;
import java.io.Closeable;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * What a model is read from: a file, a folder, or a stream, which is read to its end into a
 * temporary file. A {@link ModelFormat} knows its own by the first bytes.
 */
public final class ModelFile implements Closeable {
  /** How many bytes a format may look at to know its own. */
  public static final int HEAD = 4096;

  private final Path path;
  private final String name;
  private final boolean isCopy;
  private final byte[] head;

  private ModelFile(Path path, String name, boolean isCopy) throws IOException {
    this.path = path;
    this.name = name;
    this.isCopy = isCopy;
    if (Files.isDirectory(path)) {
      this.head = new byte[0];
    } else {
      try (InputStream in = Files.newInputStream(path)) {
        this.head = in.readNBytes(HEAD);
      }
    }
  }

  /**
   * A file or folder.
   *
   * @throws IOException if there is none, or it cannot be read
   */
  public static ModelFile of(Path path) throws IOException {
    String name = Arguments.given("a file", path).toString();
    if (!Files.exists(path)) {
      throw new IOException(name + ": no such file");
    }
    return new ModelFile(path, name, false);
  }

  /**
   * What a stream has. It may never end: more than a {@link ReadBudget} allows is not copied.
   *
   * @param name what errors call it
   */
  public static ModelFile of(InputStream in, String name) throws IOException {
    Arguments.given("a stream (a class has no such resource if getResourceAsStream is null)", in);
    ReadBudget budget = new ReadBudget(name, ReadBudget.standard());
    Path copy = Files.createTempFile("lstm4j", ".part");
    try {
      try (OutputStream out = Files.newOutputStream(copy)) {
        byte[] piece = new byte[1 << 16];
        long size = 0;
        for (int n; (n = in.read(piece)) >= 0; out.write(piece, 0, n)) {
          size += n;
          budget.check(size, "the stream");
        }
      }
      return new ModelFile(copy, name, true);
    } catch (IOException | RuntimeException | Error e) {
      Files.deleteIfExists(copy);
      throw e;
    }
  }

  /** Where the bytes lie. */
  public Path path() {
    return path;
  }

  /** What errors call it. */
  public String name() {
    return name;
  }

  /** Whether the bytes are a stream's: then no other files lie beside them. */
  public boolean isCopy() {
    return isCopy;
  }

  /** Whether it is a folder, which has no bytes. */
  public boolean isFolder() {
    return Files.isDirectory(path);
  }

  /** The first {@value #HEAD} bytes, or all if there are fewer. */
  public byte[] head() {
    return head.clone();
  }

  /** Whether the first bytes are these. */
  public boolean startsWith(byte... bytes) {
    return head.length >= bytes.length
        && Arrays.equals(head, 0, bytes.length, bytes, 0, bytes.length);
  }

  /** What reading it may fill, by default. */
  public ReadBudget budget() {
    return new ReadBudget(name, ReadBudget.standard());
  }

  /** Deletes what was copied of a stream. */
  @Override
  public void close() throws IOException {
    if (isCopy) {
      Files.deleteIfExists(path);
    }
  }
}
