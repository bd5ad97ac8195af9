package io.github.lstm4j.io.keras;

import io.github.lstm4j.io.FileWindow;
import java.io.Closeable;
import java.io.IOException;
import java.util.List;

/**
 * The parts of a {@code .keras} model by their names, such as {@code config.json}: of the archive,
 * or of the folder that Keras writes with {@code zipped=False}.
 */
interface ArchiveEntries extends Closeable {
  /** The first names of entries, at most ten. */
  List<String> names() throws IOException;

  /** Whether there is such an entry. */
  boolean has(String entryName);

  /** An entry's bytes; null if there is none. */
  byte[] bytes(String entryName) throws IOException;

  /** What is made of an entry's bytes, which are closed behind it. */
  interface Reading<T> {
    T of(FileWindow bytes) throws IOException;
  }

  /**
   * Reads an entry's bytes; none of them fills the heap.
   *
   * @return null if there is no such entry
   */
  <T> T read(String entryName, Reading<T> reading) throws IOException;
}
