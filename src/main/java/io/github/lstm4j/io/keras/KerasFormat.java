package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.nio.file.Path;

/** Keras 3's {@code .keras} files as a {@link ModelFormat}; see {@link KerasModels}. */
public final class KerasFormat implements ModelFormat {
  /** For the look-up of services. */
  public KerasFormat() {}

  @Override
  public String ending() {
    return ".keras";
  }

  @Override
  public void save(Model model, Path file) throws IOException {
    KerasModels.save(model, file);
  }

  @Override
  public Model load(Path file) throws IOException {
    return KerasModels.load(file).model();
  }
}
