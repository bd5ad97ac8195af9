package io.github.lstm4j.model;

import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;

/** Models from files, of every {@link ModelFormat} that is read. */
public final class Models {
  private Models() {}

  /**
   * Loads a model that {@link Model#save} or another program wrote. What kind of file it is, its
   * bytes say, not its name.
   *
   * <pre>{@code
   * Model model = Models.load(Path.of("model.keras"));
   * Tensor answers = model.predict(x);
   * }</pre>
   *
   * @throws IOException if the file cannot be read, or holds no whole model, or what is not
   *     supported; names both
   */
  public static Model load(Path file) throws IOException {
    ModelFile known = ModelFile.of(file);
    return ModelFormat.of(known).load(known);
  }

  /**
   * As {@link #load(Path)}, from a stream such as a resource on the class path. It is read to its
   * end, and stays open.
   */
  public static Model load(InputStream in) throws IOException {
    try (ModelFile copy = ModelFile.of(in, "the stream")) {
      return ModelFormat.of(copy).load(copy);
    }
  }
}
