package io.github.lstm4j.io.keras;

import io.github.lstm4j.model.Model;
import io.github.lstm4j.model.ModelFile;
import io.github.lstm4j.model.ModelFormat;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.List;

/**
 * Keras 3's {@code .keras} and {@code .weights.h5} files as a {@link ModelFormat}; see {@link
 * KerasModels} and {@link KerasWeights}.
 */
public final class KerasFormat implements ModelFormat {
  /** For the look-up of services. */
  public KerasFormat() {}

  @Override
  public String name() {
    return "Keras 3";
  }

  @Override
  public boolean recognizes(ModelFile file) {
    return KerasArchive.isArchive(file)
        && (!file.isFolder() || Files.exists(file.path().resolve(KerasArchive.CONFIG)));
  }

  @Override
  public Model load(ModelFile file) throws IOException {
    return KerasModels.load(file);
  }

  @Override
  public void loadWeights(Model model, ModelFile file) throws IOException {
    KerasWeights.load(model, file);
  }

  @Override
  public List<String> endings() {
    return List.of(".keras");
  }

  @Override
  public List<String> weightsEndings() {
    return List.of(".weights.h5");
  }

  @Override
  public void save(Model model, OutputStream out) throws IOException {
    KerasModels.save(model, out);
  }

  @Override
  public void saveWeights(Model model, OutputStream out) throws IOException {
    KerasWeights.save(model, out);
  }
}
