package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.ReadBudget;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** A folder's files. What is none, such as a pipe, which might never end, is not there. */
final class FolderContents implements ArchiveEntries {
  private final Path folder;
  private final String name;
  private final ReadBudget budget;

  /**
   * Of a folder.
   *
   * @param name what errors call it
   */
  FolderContents(Path folder, String name, ReadBudget budget) {
    this.folder = folder;
    this.name = name;
    this.budget = budget;
  }

  @Override
  public List<String> names() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      return files.map(f -> f.getFileName().toString()).sorted().limit(10).toList();
    }
  }

  @Override
  public boolean has(String entryName) {
    return file(entryName) != null;
  }

  /** Null if there is none within the folder: names may come from the configuration. */
  private Path file(String entryName) {
    Path file = folder.resolve(entryName).normalize();
    return file.startsWith(folder.normalize()) && Files.isRegularFile(file) ? file : null;
  }

  @Override
  public byte[] bytes(String entryName) throws IOException {
    Path file = file(entryName);
    if (file == null) {
      return null;
    }
    long size = Files.size(file);
    if (size > Integer.MAX_VALUE - 16) {
      throw new IOException(name + ", " + entryName + ": " + size + " bytes are too many");
    }
    budget.take(size, entryName);
    try (InputStream in = Files.newInputStream(file)) {
      return in.readNBytes((int) size); // never more than was taken
    }
  }

  @Override
  public <T> T read(String entryName, Reading<T> reading) throws IOException {
    Path file = file(entryName);
    if (file == null) {
      return null;
    }
    budget.check(Files.size(file), entryName);
    try (FileWindow window = FileWindow.of(file)) {
      return reading.of(window);
    }
  }

  @Override
  public void close() {} // holds nothing open
}
