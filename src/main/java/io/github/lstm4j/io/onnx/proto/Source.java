package io.github.lstm4j.io.onnx.proto;

import io.github.lstm4j.io.FileWindow;
import io.github.lstm4j.io.Printable;
import io.github.lstm4j.io.ReadBudget;
import java.io.IOException;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;

/**
 * Where messages were read from.
 *
 * @param window the bytes
 * @param name what errors call the file
 * @param folder where files with external data lie; null if the model came from a stream
 */
record Source(FileWindow window, String name, Path folder, ReadBudget budget) {

  /** A run of bytes. */
  record Span(FileWindow window, long from, long bytes) {}

  IOException damaged(String what) {
    return new IOException(name + ": not a whole ONNX file: " + what);
  }

  IOException wrong(String what) {
    return new IOException(name + ": " + what);
  }

  /**
   * The file of external data of that name, opened.
   *
   * @param tensor whose data it has, for errors
   */
  FileWindow external(String location, String tensor) throws IOException {
    String shown = Printable.quoted(location);
    if (folder == null) {
      throw wrong(
          tensor
              + ": its data lie in the file "
              + shown
              + ", which is not known of a stream; load the model from its path");
    }
    try {
      Path file = folder.resolve(location).normalize();
      if (location.isEmpty() || !file.startsWith(folder.normalize())) {
        throw outside(tensor, shown);
      }
      if (!file.toRealPath().startsWith(folder.toRealPath())) { // by a link
        throw outside(tensor, shown);
      }
      return FileWindow.of(file);
    } catch (InvalidPathException e) {
      throw wrong(tensor + ": its data lie in " + shown + ", which is no name of a file");
    } catch (java.nio.file.FileSystemException e) {
      throw wrong(
          tensor
              + ": its data lie in the file "
              + shown
              + ", which cannot be read ("
              + Printable.reason(e)
              + "); keep it beside the model");
    }
  }

  private IOException outside(String tensor, String shown) {
    return wrong(tensor + ": its data lie in " + shown + ", outside the folder of the model");
  }
}
